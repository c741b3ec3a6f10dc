import Protobuf
import Simulation
import StateRecords
import Testing

@Suite("State keys and records")
struct StateRecordTests {
    @Test("a key reads back as what it was made of, and no two things have one key")
    func roundTrip() {
        var random = SeededRandom(seed: 1)
        var keys: [[UInt8]: StateKey] = [:]
        func bytes() -> [UInt8] { (0..<random.value(in: 1...4)).map { _ in UInt8(random.value(in: 0...2)) } }
        for _ in 0..<20_000 {
            let number = UInt64(random.value(in: 0...3)) << UInt64(random.value(in: 0...62))
            let key: StateKey =
                switch random.value(in: 0...5) {
                case 0: .numberLease(shard: UInt8(random.value(in: 0...255)))
                case 1: .session(number)
                case 2: .subscription(session: number, filter: bytes())
                case 3: .will(session: number)
                case 4: .queue(number)
                default: .retained(namespace: UInt16(random.value(in: 0...2)), topic: bytes())
                }
            #expect(StateKey(key.bytes) == key)
            #expect(keys.updateValue(key, forKey: key.bytes) ?? key == key)
        }
    }

    @Test(
        "what is no key is none",
        arguments: [[], [0], [0x01], [0x10, 1], [0x11, 0, 0, 0, 0, 0, 0, 0, 1], [0x18, 0, 0], [0xFF]] as [[UInt8]]
    )
    func notAKey(bytes: [UInt8]) {
        #expect(StateKey(bytes) == nil)
    }

    @Test("keys of sessions are in the order of their numbers, and each session's filters stand together")
    func order() {
        let numbers: [UInt64] = [0, 1, 255, 256, 65_535, 1 << 40, .max]
        let sorted = numbers.map { StateKey.session($0).bytes }.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(sorted.map { StateKey($0) } == numbers.map { .session($0) })
        let filters = numbers.flatMap { number in
            [[0], [255, 255]].map { StateKey.subscription(session: number, filter: $0) }
        }
        #expect(filters.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) } == filters.map(\.bytes))
    }

    @Test("a record reads back as it was, unknown fields included")
    func records() throws {
        var session = StateV1.Session()
        (session.clientID, session.expiryInterval, session.disconnectedAt) = ([0xFF, 0, 1], .max, 1_700_000_000_000)
        session.user = ""
        #expect(try StateV1.Session(serialized: session.serialized()) == session)
        let newer = session.serialized() + [0xF8, 0x07, 0x2A]  // field 127, 42
        #expect(try StateV1.Session(serialized: newer).serialized().count == newer.count)
    }
}
