package import Core
package import EventLoop
import Glibc

/// A value that only one loop touches, for closures that other threads carry.
package struct Confined<Value>: @unchecked Sendable {
    // Sendable because: `use` insists on the loop's thread.
    private let value: Value
    private let loop: EventLoop

    package init(_ value: Value, to loop: EventLoop) {
        self.value = value
        self.loop = loop
    }

    package func use() -> Value {
        self.loop.checkIsolated()
        return self.value
    }
}

/// Asks shards on behalf of the control loop: questions go to a shard's loop in slices, answers come back, later, to the loop that
/// asked.
package final class ShardCalls {
    /// Calls a closure on the control loop, and then has its machine's wishes done.
    package typealias OnControl = @Sendable (_ body: @escaping @Sendable () -> Void) async -> Void

    private let hosts: [LoopHost<ShardState>]
    private let loop: EventLoop
    private let onControl: OnControl
    private var waiting: [UInt64: (any Sendable) -> Void] = [:]
    private var last: UInt64 = 0
    /// Walks that wait for the one under way.
    private var queue: [() -> Void] = []
    private var isWalking = false

    /// - Parameter loop: The control loop.
    package init(hosts: [LoopHost<ShardState>], loop: EventLoop, onControl: @escaping OnControl) {
        self.hosts = hosts
        self.loop = loop
        self.onControl = onControl
    }

    package var shards: Int { self.hosts.count }

    /// Asks one shard once.
    package func ask<Result: Sendable>(
        _ shard: Int,
        _ body: @escaping @Sendable (ShardState) -> Result,
        _ answer: @escaping (Result) -> Void
    ) {
        let number = self.expect(answer)
        let (me, host, onControl) = (Confined(self, to: self.loop), self.hosts[shard], self.onControl)
        Task(executorPreference: self.loop) {
            let result = await host.perform(body)
            await onControl { me.use().finish(number, result) }
        }
    }

    /// Asks one shard what it cannot say at once: it calls what it is given, once, on its own loop.
    package func begin<Result: Sendable>(
        _ shard: Int,
        _ body: @escaping @Sendable (ShardState, _ answer: @escaping @Sendable (Result) -> Void) -> Void,
        _ answer: @escaping (Result) -> Void
    ) {
        let number = self.expect(answer)
        let (me, host, loop, onControl) = (Confined(self, to: self.loop), self.hosts[shard], self.loop, self.onControl)
        Task(executorPreference: loop) {
            await host.perform { shard in
                body(shard) { result in
                    Task(executorPreference: loop) { await onControl { me.use().finish(number, result) } }
                }
            }
        }
    }

    /// Carries a value through all shards, one after the other, in as many slices as they want.
    ///
    /// Walks wait for each other, and a shard has its own work between any two slices: however many ask, one slice is what a message
    /// may have to wait for. A slice is made to take 0.4 ms, by what the one before it took.
    ///
    /// - Parameters:
    ///   - rows: Of the first slice.
    ///   - step: Does one slice of so many rows from a cursor on, which begins at 0 on each shard; returns where the next one
    ///     begins, nil at the shard's end.
    package func walk<Value: Sendable>(
        _ value: Value,
        beginningWith rows: Int = 256,
        _ step: @escaping @Sendable (ShardState, inout Value, _ cursor: Int, _ rows: Int) -> Int?,
        _ answer: @escaping (Value) -> Void
    ) {
        let number = self.expect(answer)
        let (me, hosts, onControl) = (Confined(self, to: self.loop), self.hosts, self.onControl)
        let carried = Carried(value)
        self.queue.append {
            Task(executorPreference: self.loop) {
                var pace = SlicePace(rows: rows)
                for host in hosts {
                    var cursor: Int? = 0
                    while let start = cursor {
                        let rows = pace.rows
                        let (next, took) = await host.perform { shard in
                            let clock = monotonicNanoseconds()
                            let next = step(shard, &carried.value, start, rows)
                            return (next, monotonicNanoseconds() - clock)
                        }
                        cursor = next
                        if pace.note(took) { try? await Task.sleep(for: .milliseconds(1)) }
                    }
                }
                await onControl { me.use().finish(walk: number, carried.value) }
            }
        }
        self.startNext()
    }

    private func startNext() {
        guard !self.isWalking, !self.queue.isEmpty else { return }
        self.isWalking = true
        self.queue.removeFirst()()
    }

    private func finish(walk number: UInt64, _ result: any Sendable) {
        self.isWalking = false
        self.finish(number, result)
        self.startNext()
    }

    /// Asks all shards the same, one after the other; answers come in their order.
    package func askAll<Result: Sendable>(
        _ body: @escaping @Sendable (ShardState) -> Result,
        _ answer: @escaping ([Result]) -> Void
    ) {
        self.walk([Result]()) { shard, results, _, _ in
            results.append(body(shard))
            return nil
        } _: {
            answer($0)
        }
    }

    /// Looks rows up where they live, and brings them back in the order of their keys.
    ///
    /// - Parameters:
    ///   - home: The shard of a key; nil for one that nobody has.
    ///   - body: Makes a key's row, on its shard; nil when it is gone.
    package func gather<Key: Sendable, Row: Sendable>(
        _ keys: [Key],
        on home: (Key) -> Int?,
        _ body: @escaping @Sendable (ShardState, Key) -> Row?,
        _ answer: @escaping ([Row]) -> Void
    ) {
        var wanted: [[(position: Int, key: Key)]] = Array(repeating: [], count: self.shards)
        for (position, key) in keys.enumerated() {
            if let shard = home(key), shard < self.shards { wanted[shard].append((position, key)) }
        }
        let questions = wanted
        self.walk([Row?](repeating: nil, count: keys.count)) { shard, rows, start, limit in
            let mine = questions[shard.index]
            let end = min(mine.count, start + limit)
            if start < end { for (position, key) in mine[start..<end] { rows[position] = body(shard, key) } }
            return end < mine.count ? end : nil
        } _: {
            answer($0.compactMap { $0 })
        }
    }

    private func expect<Result>(_ answer: @escaping (Result) -> Void) -> UInt64 {
        self.last += 1
        self.waiting[self.last] = { result in
            guard let result = result as? Result else { preconditionFailure("a shard's answer is of another type") }
            answer(result)
        }
        return self.last
    }

    private func finish(_ number: UInt64, _ result: any Sendable) { self.waiting.removeValue(forKey: number)?(result) }
}

/// How many rows the slices of one walk have.
struct SlicePace: Sendable {
    private(set) var rows: Int
    private var slices = 0
    /// Nanoseconds.
    private static let wanted: UInt64 = 400_000
    private static let most = 8_192
    /// After so many slices a walk is long, and rests after every fourth: it takes half of a shard's time at most.
    private static let brisk = 40

    init(rows: Int) { self.rows = rows }

    /// - Returns: Whether to rest before the next slice.
    mutating func note(_ took: UInt64) -> Bool {
        if took > Self.wanted * 2 {
            self.rows = max(1, self.rows / Int(min(16, took / Self.wanted)))
        } else if took < Self.wanted / 2 {
            self.rows = min(Self.most, self.rows * 2)
        }
        self.slices += 1
        return self.slices > Self.brisk && self.slices % 4 == 0 || took > Self.wanted * 8
    }
}

func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// A value on its way through the shards.
private final class Carried<Value: Sendable>: @unchecked Sendable {
    // Sendable because: one loop has it at a time; each hands it on by an `await`.
    var value: Value

    init(_ value: Value) { self.value = value }
}

@available(*, unavailable)
extension ShardCalls: Sendable {}
