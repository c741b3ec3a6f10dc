import Bytes
import MQTTWire

@testable import fluxctl

/// A load on a simulated clock: real sessions, and a broker that does as a script says.
final class SimulatedLoad {
    /// What the broker does to one delivery; the number counts all deliveries from 0.
    typealias Script = (Int) -> Fate
    enum Fate { case deliver, lose, double, delay(UInt64) }

    let plan: LoadPlan
    private(set) var tally = Tally()
    private(set) var now: UInt64 = 1_000_000_000
    private var sessions: [LoadSession] = []
    private let pool = ChunkPool()
    /// The broker's side, for each session.
    private var inputs: [[UInt8]] = []
    private var topics: [Int: [[UInt8]]] = [:]
    private var nextID: UInt16 = 0
    private var deliveries = 0
    /// Bytes on their way to a session, and when they are there; in the order of sending.
    private var underway: [(time: UInt64, session: Int, bytes: [UInt8])] = []
    var script: Script = { _ in .deliver }
    /// While it lasts the broker takes nothing.
    var stall: Range<UInt64> = 0..<0
    var latency: UInt64 = 200_000

    init(_ plan: LoadPlan) {
        self.plan = plan
        let filler = [UInt8](repeating: 0, count: plan.size.upperBound)
        self.sessions = (0..<plan.connections).map {
            LoadSession(plan, plan.role(ofConnection: $0), filler: filler, pool: self.pool)
        }
        self.inputs = Array(repeating: [], count: plan.connections)
        for session in self.sessions { session.begin() }
        for _ in 0..<10 { self.step(by: 1_000_000) }
    }

    /// Due and held back.
    var owed: UInt64 { self.sessions.reduce(0) { $0 + ($1.pacer?.owed(now: self.now) ?? 0) } }
    var areReady: Bool { self.sessions.allSatisfy { $0.phase == .ready } }
    var result: LoadResult {
        let missing = self.sessions.reduce(0) { $0 + $1.missing }
        return LoadResult(plan: self.plan, total: self.tally, elapsed: self.plan.duration ?? 1, missing: missing)
    }

    /// Runs for so long, a millisecond at a time.
    func run(for length: UInt64, step: UInt64 = 1_000_000) throws {
        let schedule = self.plan.schedule(startingAt: self.now)
        for session in self.sessions {
            session.start(schedule)
            session.countsFrom = schedule.measureStart
        }
        let end = self.now + length
        while self.now < end { self.step(by: step) }
    }

    private func step(by length: UInt64) {
        self.now += length
        let arrived = self.underway.filter { $0.time <= self.now }
        self.underway.removeAll { $0.time <= self.now }
        for item in arrived {
            let used = try? self.sessions[item.session].received(item.bytes.span, now: self.now, &self.tally)
            precondition(used == item.bytes.count, "a session refused what the broker sent")
        }
        for index in self.sessions.indices {
            self.sessions[index].pump(now: self.now, &self.tally)
            if !self.stall.contains(self.now) { self.serve(index) }
        }
    }

    /// The broker reads what a session has sent, and answers.
    private func serve(_ index: Int) {
        let session = self.sessions[index]
        while !session.output.isEmpty {
            let piece = session.output.withPending(limit: 1) { segments in
                segments.first.map { Array(UnsafeRawBufferPointer(start: $0.base, count: $0.count)) } ?? []
            }
            self.inputs[index] += piece
            session.output.dropFirst(piece.count)
        }
        let bytes = self.inputs[index]
        var used = 0
        while let header = try? mqttFrameHeader(in: bytes.span, at: used), used + header.totalLength <= bytes.count {
            let body = bytes.span.extracting((used + header.headerLength)..<(used + header.totalLength))
            if let packet = try? MQTTPacket.decode(header, body, version: self.plan.version) {
                self.answer(packet, of: index)
            }
            used += header.totalLength
        }
        self.inputs[index].removeFirst(used)
    }

    private func answer(_ packet: MQTTPacket, of index: Int) {
        let version = self.plan.version
        switch packet {
        case .connect: self.send(MQTTConnack().encoded(version), to: index)
        case .subscribe(let request):
            self.topics[index, default: []] += request.filters.map(\.filter)
            let reasons = request.filters.map { MQTTReasonCode(rawValue: $0.qos) }
            self.send(MQTTSuback(packetID: request.packetID, reasons: reasons).encoded(version), to: index)
        case .publish(let message):
            if let id = message.packetID {
                self.send(MQTTAcknowledgement(type: message.qos == 1 ? .puback : .pubrec, packetID: id), to: index)
            }
            for (receiver, topics) in self.topics.sorted(by: { $0.key < $1.key }) where topics.contains(message.topic) {
                self.deliver(message, to: receiver)
            }
        case .acknowledgement(let answer) where answer.type == .pubrel:
            self.send(MQTTAcknowledgement(type: .pubcomp, packetID: answer.packetID), to: index)
        case .acknowledgement(let answer) where answer.type == .pubrec:
            self.send(MQTTAcknowledgement(type: .pubrel, packetID: answer.packetID), to: index)
        default: break
        }
    }

    private func deliver(_ message: MQTTPublish, to receiver: Int) {
        var message = message
        if message.qos > 0 {
            self.nextID = self.nextID == .max ? 1 : self.nextID + 1
            message.packetID = self.nextID
        }
        let bytes = message.encoded(self.plan.version)
        defer { self.deliveries += 1 }
        switch self.script(self.deliveries) {
        case .deliver: self.send(bytes, to: receiver)
        case .lose: break
        case .double:
            self.send(bytes, to: receiver)
            self.send(bytes, to: receiver)
        case .delay(let time): self.send(bytes, to: receiver, after: time)
        }
    }

    private func send(_ answer: MQTTAcknowledgement, to index: Int) {
        self.send(answer.encoded(self.plan.version), to: index)
    }

    private func send(_ bytes: [UInt8], to index: Int, after delay: UInt64 = 0) {
        self.underway.append((self.now + self.latency + delay, index, bytes))
    }
}
