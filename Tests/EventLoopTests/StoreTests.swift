import EventLoop
import Machine
import Synchronization
import Testing

@Suite("A loop and its store")
struct StoreTests {
    @Test("everything of a burst goes to the store at once, and answers come back in order, many at a time")
    func throughAStore() async {
        let store = LateStore()
        let host = LoopHost(
            index: 0,
            inboxes: LoopHost<StoringMachine>.makeInboxes(1),
            machine: StoringMachine(),
            store: store
        ) { _ in }
        host.eventLoop.start()
        await host.perform { machine in
            machine.store(.synced, 3)
            machine.store(.buffered, 2)
            machine.read(ticket: 9)
        }
        #expect(store.submissions == ["0: synced 1, synced 2, synced 3, buffered 1, buffered 2; read 9"])
        #expect(await host.perform { $0.heard } == [])
        store.answer([.stored(.buffered, through: 1), .stored(.synced, through: 3)])
        store.answer([.news(.found(ticket: 9, .success(4)))])
        await TestLoops.eventually("answers arrive") { await host.perform { $0.heard.count } == 3 }
        #expect(await host.perform { $0.heard } == ["buffered 1", "synced 3", "found 9"])
        host.eventLoop.stop()
    }

    @Test("without a store the machine's memory has everything at once, and no log to read")
    func withoutAStore() async {
        let host = LoopHost(
            index: 0,
            inboxes: LoopHost<StoringMachine>.makeInboxes(1),
            machine: StoringMachine()
        ) { _ in }
        host.eventLoop.start()
        await host.perform { machine in
            machine.store(.state, 2)
            machine.read(ticket: 9)
        }
        #expect(await host.perform { $0.heard } == ["state 1", "state 2", "read 9 gone"])
        host.eventLoop.stop()
    }
}

/// Keeps what it is given until the test answers.
private final class LateStore: Store {
    private let deliver = Mutex<(@Sendable ([StoreAnswer]) -> Void)?>(nil)
    private let list = Mutex<[String]>([])

    var submissions: [String] { self.list.withLock { $0 } }

    func attach(shard: Int, _ deliver: @escaping @Sendable ([StoreAnswer]) -> Void) {
        self.deliver.withLock { $0 = deliver }
    }

    func submit(_ batches: [StoreBatch], reads: [ReadRequest], from shard: Int) {
        let words = batches.map { "\($0.kind) \($0.number)" }.joined(separator: ", ")
        let tickets = reads.map { "; read \($0.ticket)" }.joined()
        self.list.withLock { $0.append("\(shard): \(words)\(tickets)") }
    }

    func answer(_ answers: [StoreAnswer]) { self.deliver.withLock { $0 }?(answers) }
}

/// Stores what it is told to, and writes down what it hears.
private final class StoringMachine: Machine {
    let effects = Effects()
    var now: UInt64 = 0
    private(set) var heard: [String] = []
    private var numbers = [UInt64](repeating: 0, count: DurabilityClass.allCases.count)

    func store(_ kind: DurabilityClass, _ count: Int) {
        for _ in 0..<count {
            self.numbers[Int(kind.rawValue)] += 1
            self.effects.storage.append(StoreBatch(kind: kind, number: self.numbers[Int(kind.rawValue)], records: 1))
        }
    }

    func read(ticket: UInt64) {
        let log = LogID(owner: 1, part: .messages())
        self.effects.reads.append(
            ReadRequest(ticket: ticket, log: log, question: .records(from: 0, maximumBytes: 1_000))
        )
    }

    func stored(_ kind: DurabilityClass, through number: UInt64) { self.heard.append("\(kind) \(number)") }

    func received(_ news: StorageNews) {
        switch news {
        case .found(let ticket, _): self.heard.append("found \(ticket)")
        case .read(let ticket, .failure(let failure)): self.heard.append("read \(ticket) \(failure.kind)")
        case .read, .repaired, .trimmed, .quarantined: self.heard.append("something else")
        }
    }

    func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? { nil }
    func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer { preconditionFailure("no stream moves here") }
    func received(_ batch: LinkBatch, from shard: Int) {}
    func received(_ answer: LinkAnswer, from shard: Int) {}
    func tick() {}
    func endOfBurst() {}
    var wantsFlush: Bool { false }
    func flushed() {}
}
