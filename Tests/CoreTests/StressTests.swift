import Bytes
import Glibc
import Simulation
import Synchronization
import Testing

@testable import Core

/// Runs `body` on threads of their own and waits for all: what is tried here is meant for loops, not for tasks.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let threads = (0..<count).map { index -> pthread_t in
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Work { body(index) })
        let made = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            box.toOpaque()
        )
        precondition(made == 0, "no thread")
        return thread
    }
    for thread in threads { pthread_join(thread, nil) }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// What threads found wrong: expectations of a test belong to its own task.
private final class Faults: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { self.texts.withLock { $0.append(text) } }
    var all: [String] { self.texts.withLock { $0 } }
}

@Suite("Stress: what shards share", .serialized)
struct SharedStateStressTests {
    private static let rounds = 3_000

    @Test("a subscription is seen by every shard's route cache as soon as it was made, and not after it is gone")
    func routes() {
        let hash = KeyedHash(key: 3)
        let tree = SubscriptionTree(shards: 4, hash: hash)
        let made = Atomic<Int>(-1)
        let faults = Faults()
        onThreads(4) { shard in
            var random = SeededRandom(seed: UInt64(shard))
            if shard == 0 {
                for round in 0..<SharedStateStressTests.rounds {
                    let filter = Array("made/\(round % 50)/\(round)".utf8)
                    _ = tree.set(
                        .init(subscribed: true, stores: round % 2 == 0 ? .journal : []),
                        filter.span,
                        in: .standard,
                        on: 0
                    )
                    made.store(round, ordering: .releasing)
                }
                return
            }
            let cache = RouteCache(tree: tree, shard: shard, hash: hash, limit: 200)
            for _ in 0..<SharedStateStressTests.rounds {
                let round = made.load(ordering: .acquiring)
                guard round >= 0 else { continue }
                let topic = Array("made/\(round % 50)/\(round)".utf8)
                var hint: Int32 = -1
                if let route = cache.find(topic.span, in: .standard, hint: &hint)?.takeUnretainedValue() {
                    if route.targets.remote != 1 { faults.add("\(round) is not seen by shard \(shard)") }
                }
                let own = Array("own/\(shard)/\(random.below(20))/+".utf8)
                let mine = Array("own/\(shard)/\(random.below(20))/x".utf8)
                if random.chance(perMille: 500) {
                    _ = tree.set(.init(subscribed: true, stores: []), own.span, in: .standard, on: shard)
                } else {
                    tree.remove(own.span, in: .standard, on: shard)
                }
                hint = Int32(random.below(100))
                let found = cache.find(mine.span, in: .standard, hint: &hint)?.takeUnretainedValue().targets
                if found != tree.match(mine.span, in: .standard, for: shard) {
                    faults.add("shard \(shard) has an old route")
                }
            }
            for number in 0..<20 { tree.remove(Array("own/\(shard)/\(number)/+".utf8).span, in: .standard, on: shard) }
        }
        #expect(faults.all.isEmpty)
        #expect(tree.filterCount == SharedStateStressTests.rounds)
    }

    @Test("a name has one home at a time, whoever claims it")
    func directory() {
        let directory = Directory(hash: KeyedHash(key: 3))
        let homes = (0..<16).map { _ in Owner() }
        let faults = Faults()
        onThreads(4) { shard in
            var random = SeededRandom(seed: UInt64(shard))
            for _ in 0..<SharedStateStressTests.rounds {
                let number = random.below(homes.count)
                let name = Directory.Name.client(.standard, [UInt8(number)])
                guard directory.claim(name, for: shard) == shard else { continue }
                if homes[number].shard.exchange(shard, ordering: .acquiringAndReleasing) != -1 {
                    faults.add("two homes")
                }
                if homes[number].shard.exchange(-1, ordering: .acquiringAndReleasing) != shard {
                    faults.add("a lost home")
                }
                directory.release(name, from: shard)
            }
        }
        #expect(faults.all.isEmpty)
        #expect(directory.count == 0)
    }

    private final class Owner: Sendable { let shard = Atomic<Int>(-1) }

    @Test("retained messages are read whole while others replace and remove them")
    func retained() {
        let index = RetainedIndex()
        let faults = Faults()
        onThreads(4) { shard in
            var random = SeededRandom(seed: UInt64(shard))
            for round in 0..<SharedStateStressTests.rounds {
                let number = random.below(800)
                let topic = Array("r/\(shard % 2)/\(number)".utf8)
                switch random.below(5) {
                case 0: _ = index.remove(topic.span, in: .standard)
                case 1:
                    let slice = index.read(Array("r/+/#".utf8).span, in: .standard, after: topic, now: 5, limit: 20)
                    for message in slice.messages {
                        let isWhole = message.withView { view in
                            (0..<view.payload.count).allSatisfy { view.payload[$0] == view.payload[0] }
                        }
                        if !isWhole { faults.add("a torn message") }
                    }
                case 2 where round % 20 == 0: _ = index.sweep(.standard, after: nil, now: 5)
                default:
                    let (header, payload): ([UInt8], [UInt8]) = (
                        [], Array(repeating: UInt8(shard), count: random.value(in: 1...100))
                    )
                    let view = MessageView(
                        topic: topic.span,
                        header: header.span,
                        payload: payload.span,
                        qos: 0,
                        expiry: round % 3 == 0 ? 1 : 0
                    )
                    _ = index.set(StoredMessage(copying: view), limit: 1_000, now: 0)
                }
            }
        }
        #expect(faults.all.isEmpty)
        var cursor: [UInt8]?
        var count = 0
        repeat {
            let slice = index.read([35].span, in: .standard, after: cursor, now: 0)
            count += slice.messages.count
            cursor = slice.last
        } while cursor != nil
        #expect(count == index.count())
    }

    @Test("leases of all shards together stay within the budget")
    func memory() {
        let budget = MemoryBudget(limit: 10 * MemoryBudget.leaseSize)
        let held = Atomic<Int>(0)
        let faults = Faults()
        onThreads(4) { shard in
            var random = SeededRandom(seed: UInt64(shard))
            var lease = MemoryLease(budget)
            var mine: [Int] = []
            for _ in 0..<SharedStateStressTests.rounds {
                if mine.isEmpty || random.chance(perMille: 550) {
                    let bytes = random.below(1 << 20)
                    guard lease.take(bytes) else { continue }
                    mine.append(bytes)
                    if held.add(bytes, ordering: .relaxed).newValue > budget.limit { faults.add("over the limit") }
                } else {
                    let bytes = mine.removeLast()
                    held.subtract(bytes, ordering: .relaxed)
                    lease.give(bytes)
                }
            }
            for bytes in mine {
                held.subtract(bytes, ordering: .relaxed)
                lease.give(bytes)
            }
        }
        #expect(faults.all.isEmpty)
        #expect(budget.leasedBytes == 0)
    }
}
