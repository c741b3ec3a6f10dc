import Bytes
import MQTTWire
import Testing

@testable import fluxctl

private let second: UInt64 = 1_000_000_000
private let millisecond: UInt64 = 1_000_000

private func plan(
    _ scenario: LoadPlan.Scenario = .pubsub,
    _ version: MQTTVersion = .v5,
    publishers: Int = 1,
    subscribers: Int = 1,
    topics: Int? = nil,
    qos: UInt8 = 1,
    rate: Double? = 1_000,
    closed: Bool = false,
    seconds: UInt64 = 1
) -> LoadPlan {
    let layout = LoadLayout(publishers: publishers, subscribers: subscribers, topics: topics ?? max(1, publishers))
    var plan = LoadPlan(scenario: scenario, version: version, layout: layout)
    (plan.qos, plan.rate, plan.isOpenLoop, plan.duration) = (qos, rate, rate != nil && !closed, seconds * second)
    (plan.run, plan.window) = (7, 20)
    return plan
}

@Suite("A load against a scripted broker")
struct LoadTests {
    @Test(
        "every message arrives once, in order and on time, whatever the version and the QoS",
        arguments: [MQTTVersion.v5, .v3_1_1],
        [0, 1, 2] as [UInt8]
    )
    func arrives(_ version: MQTTVersion, _ qos: UInt8) throws {
        let load = SimulatedLoad(plan(.pubsub, version, publishers: 3, subscribers: 2, topics: 4, qos: qos))
        #expect(load.areReady)
        try load.run(for: 2 * second)
        #expect(load.tally.sent == 1_000 && load.tally.received == 1_000 && load.tally.expected == 1_000)
        #expect(load.tally.acknowledged == (qos == 0 ? 0 : 1_000))
        #expect(load.result.lost == 0 && load.tally.duplicates == 0 && load.tally.reordered == 0)
        #expect(load.tally.late == 0 && load.tally.errors == 0 && load.tally.foreign == 0)
        #expect(load.tally.receivedBytes == 256_000)
        // The clock ticks each millisecond, and the broker takes 0.2 ms: all is seen at the next tick but one.
        #expect(load.tally.latency.count == 1_000)
        #expect(load.tally.latency.minimum >= 200_000 && load.tally.latency.maximum <= 2 * millisecond)
        let rate = try #require(load.result.sentPerSecond)
        #expect(abs(rate - 1_000) < 2)
    }

    @Test("fan-out is counted for each receiver")
    func fanOut() throws {
        let load = SimulatedLoad(plan(publishers: 1, subscribers: 5))
        try load.run(for: 2 * second)
        #expect(load.tally.sent == 1_000 && load.tally.expected == 5_000 && load.tally.received == 5_000)
    }

    @Test("scripted losses, duplicates and delays are found, each as what it is")
    func scripted() throws {
        let load = SimulatedLoad(plan())
        load.script = { number in
            switch number {
            case 10, 20, 30: .lose
            case 40, 50: .double
            case 60, 61: .delay(20 * 1_000_000)
            default: .deliver
            }
        }
        try load.run(for: 2 * second)
        #expect(load.tally.sent == 1_000 && load.result.lost == 3)
        #expect(load.tally.duplicates == 2 && load.tally.reordered == 2)
        #expect(load.tally.received == 999 && load.tally.distinct == 997)
        #expect(load.tally.latency.count == 997, "the second of two does not count")
    }

    @Test("an open loop shows a stall of 2 s in its latency, and not in its service time")
    func stall() throws {
        let load = SimulatedLoad(plan(seconds: 30))
        load.stall = (10 * second)..<(12 * second)
        try load.run(for: 32 * second)
        let tally = load.tally
        #expect(tally.sent == 30_000 && load.result.lost == 0)
        #expect(try #require(tally.latency.quantile(0.999)) >= 1_900 * millisecond)
        #expect(try #require(tally.latency.quantile(0.95)) >= 400 * millisecond)
        #expect(try #require(tally.service.quantile(0.99)) <= 3 * millisecond)
        // Twenty were under way: the window.
        #expect(try #require(tally.service.quantile(1)) >= 1_900 * millisecond)
        #expect(tally.late == 0, "the broker held them back, not the generator")
    }

    @Test("a closed loop hides the same stall: it asks a slow broker less")
    func omission() throws {
        let load = SimulatedLoad(plan(closed: true, seconds: 30))
        load.stall = (10 * second)..<(12 * second)
        try load.run(for: 32 * second)
        #expect(load.tally.sent < 29_000)
        #expect(try #require(load.tally.latency.quantile(0.99)) <= 3 * millisecond)
    }

    @Test("what is held back to the end is owed, and does not vanish")
    func owed() throws {
        let load = SimulatedLoad(plan(seconds: 2))
        load.stall = (1_500 * millisecond)..<(100 * second)
        try load.run(for: 10 * second)
        #expect(load.tally.sent + Int(load.owed) == 2_000)
        #expect(load.owed > 1_000)
    }

    @Test("publishing alone measures the time to the acknowledgement", arguments: [1, 2] as [UInt8])
    func acknowledgements(_ qos: UInt8) throws {
        let load = SimulatedLoad(plan(.pub, subscribers: 0, qos: qos))
        try load.run(for: 2 * second)
        #expect(load.tally.acknowledged == 1_000 && load.tally.received == 0 && load.result.lost == 0)
        #expect(load.tally.latency.count == 1_000 && load.tally.service.count == 1_000)
        #expect(load.tally.latency.minimum >= UInt64(qos) * 200_000)
    }

    @Test("the warm-up is sent and does not count")
    func warmUp() throws {
        var warm = plan()
        warm.warmUp = second
        let load = SimulatedLoad(warm)
        try load.run(for: 3 * second)
        #expect(load.tally.sent == 1_000 && load.tally.received == 1_000 && load.result.lost == 0)
    }

    @Test("sizes of a range are all used, and none beyond it")
    func sizes() throws {
        var mixed = plan()
        mixed.size = 32...132
        let load = SimulatedLoad(mixed)
        try load.run(for: 2 * second)
        let mean = Double(load.tally.receivedBytes) / 1_000
        #expect(load.tally.received == 1_000 && abs(mean - 82) < 2)
    }

    @Test("what the broker refuses is an error with its word for it")
    func refusals() throws {
        var load = plan(.pub, subscribers: 0)
        load.rate = nil
        let session = LoadSession(load, .publisher(0), filler: Array(repeating: 0, count: 256), pool: .init())
        session.begin()
        var tally = Tally()
        let refusal = MQTTConnack(reason: .notAuthorized).encoded(.v5)
        #expect(throws: LoadProblem(text: "the broker refused a connection: Not authorized", reason: .notAuthorized)) {
            try session.received(refusal.span, now: 1, &tally)
        }
        let accepted = LoadSession(load, .publisher(0), filler: Array(repeating: 0, count: 256), pool: .init())
        accepted.begin()
        accepted.start(Schedule(start: 0, count: 1, publishers: 1))
        _ = try accepted.received(MQTTConnack().encoded(.v5).span, now: 1, &tally)
        #expect(accepted.pump(now: 2, &tally) == 1)
        let no = MQTTAcknowledgement(type: .puback, packetID: 1, reason: .quotaExceeded).encoded(.v5)
        _ = try accepted.received(no.span, now: 3, &tally)
        #expect(tally.errors == 1 && tally.acknowledged == 0)
        #expect(tally.problems == ["a message was refused: Quota exceeded": 1])
        #expect(accepted.isIdle == false && accepted.unacknowledged == 0)
        let garbage: [UInt8] = [0x30, 0xFF, 0xFF, 0xFF, 0xFF]
        #expect(throws: LoadProblem.self) { try accepted.received(garbage.span, now: 4, &tally) }
    }

    @Test("packets are found wherever the bytes are cut", arguments: 1...40)
    func cuts(_ size: Int) throws {
        var load = plan(.sub, publishers: 0)
        load.rate = nil
        let session = LoadSession(load, .subscriber(0), filler: [], pool: .init())
        session.begin()
        var tally = Tally()
        var bytes = MQTTConnack().encoded(.v5) + MQTTSuback(packetID: 1, reasons: [.grantedQoS1]).encoded(.v5)
        for number in 0..<5 {
            bytes += MQTTPublish(topic: Array("t".utf8), payload: [UInt8(number)], qos: 1, packetID: 9).encoded(.v5)
        }
        var partial: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            partial += bytes[start..<min(bytes.count, start + size)]
            partial.removeFirst(try session.received(partial.span, now: 5, &tally))
        }
        #expect(partial.isEmpty && session.phase == .ready)
        #expect(tally.received == 5 && tally.foreign == 5)
    }

    @Test("a mark comes back as it was written, and nothing else is one")
    func marks() throws {
        let mark = Mark(
            run: 0xFFFF_FFFF,
            stream: 12,
            isWarmUp: true,
            sequence: 1 << 40,
            intended: 1 << 50,
            waited: .max
        )
        var output = OutputBuffer(pool: ChunkPool())
        output.append(upTo: Mark.size) { mark.write(to: &$0) }
        #expect(output.count == Mark.size)
        let bytes = output.withPending(limit: 1) { segments in
            segments.first.map { Array(UnsafeRawBufferPointer(start: $0.base, count: $0.count)) } ?? []
        }
        var reader = ByteReader(bytes.span)
        #expect(Mark(&reader) == mark)
        var short = ByteReader(bytes.span.extracting(first: Mark.size - 1))
        #expect(Mark(&short) == nil)
        let other = [UInt8](repeating: 7, count: Mark.size)
        var foreign = ByteReader(other.span)
        #expect(Mark(&foreign) == nil)
    }
}
