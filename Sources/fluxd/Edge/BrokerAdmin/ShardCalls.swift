package import Core
package import EventLoop

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

    /// Carries a value through all shards, one after the other, in as many slices as they want.
    ///
    /// - Parameter step: Does one slice from a cursor on, which begins at 0 on each shard; returns where the next one begins, nil at
    ///   the shard's end.
    package func walk<Value: Sendable>(
        _ value: Value,
        _ step: @escaping @Sendable (ShardState, inout Value, Int) -> Int?,
        _ answer: @escaping (Value) -> Void
    ) {
        let number = self.expect(answer)
        let (me, hosts, onControl) = (Confined(self, to: self.loop), self.hosts, self.onControl)
        let carried = Carried(value)
        Task(executorPreference: self.loop) {
            for host in hosts {
                var cursor: Int? = 0
                while let start = cursor { cursor = await host.perform { step($0, &carried.value, start) } }
            }
            await onControl { me.use().finish(number, carried.value) }
        }
    }

    /// Asks all shards the same, one after the other; answers come in their order.
    package func askAll<Result: Sendable>(
        _ body: @escaping @Sendable (ShardState) -> Result,
        _ answer: @escaping ([Result]) -> Void
    ) {
        self.walk([Result]()) { shard, results, _ in
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
        self.walk([Row?](repeating: nil, count: keys.count)) { shard, rows, start in
            let mine = questions[shard.index]
            let end = min(mine.count, start + Self.slice)
            if start < end { for (position, key) in mine[start..<end] { rows[position] = body(shard, key) } }
            return end < mine.count ? end : nil
        } _: {
            answer($0.compactMap { $0 })
        }
    }

    private static var slice: Int { 256 }

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

/// A value on its way through the shards.
private final class Carried<Value: Sendable>: @unchecked Sendable {
    // Sendable because: one loop has it at a time; each hands it on by an `await`.
    var value: Value

    init(_ value: Value) { self.value = value }
}

@available(*, unavailable)
extension ShardCalls: Sendable {}
