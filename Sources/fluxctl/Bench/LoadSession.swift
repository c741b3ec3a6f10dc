import Bytes
import MQTTWire

/// Why a connection of a load is of no more use, in words.
struct LoadProblem: Error, Equatable {
    var text: String
    /// The broker's word for it, if it said one.
    var reason: MQTTReasonCode?
}

/// One connection of a load: MQTT reduced to what it needs. Bytes come in and go out; there is no socket and no clock here.
///
/// Packets that a load sees by the million are read and written in place, the others as values.
final class LoadSession {
    enum Role: Equatable {
        case idle
        case publisher(Int)
        case subscriber(Int)
    }

    enum Phase { case connecting, subscribing, ready }

    /// Bytes that wait for the socket; a publisher does not add to more than this.
    static let outputLimit = 64 << 10
    /// Bytes of a packet; a broker that sends a larger one is left.
    static let packetLimit = 16 << 20
    private static let subscriptionsPerPacket = 100
    /// Publishers that one subscriber follows; messages of others count and are not checked.
    private static let checkLimit = 10_000

    let plan: LoadPlan
    let role: Role
    private(set) var phase = Phase.connecting
    var output: OutputBuffer
    private(set) var pacer: Pacer?
    /// What is received from then on counts.
    var countsFrom: UInt64 = 0

    private let streams: [Int]
    private let topics: [[UInt8]]
    private var sequences: [UInt64]
    private let filler: [UInt8]
    private var sizeStep = 0

    private var window: Int
    private var flights: [Flight] = []
    private var freeIDs: [UInt16] = []
    private var unconfirmedSubscriptions = 0
    private var checks: [UInt64: SequenceCheck] = [:]
    /// Of a queue's consumer: what the members of its group have got together, and the last number of each stream here.
    private let shared: SharedChecks?
    private var last: [UInt64: UInt64] = [:]

    private struct Flight {
        var intended: UInt64 = 0
        var sent: UInt64 = 0
        var counts = false
    }

    /// - Parameter shared: Of all sessions of a load through a queue.
    init(_ plan: LoadPlan, _ role: Role, filler: [UInt8], pool: ChunkPool, shared: SharedChecks? = nil) {
        self.shared = shared
        self.plan = plan
        self.role = role
        self.filler = filler
        self.output = OutputBuffer(pool: pool)
        self.window = plan.window
        switch role {
        case .publisher(let index):
            self.streams = plan.layout.streams(ofPublisher: index)
            self.topics = self.streams.map { plan.topic(plan.layout.topic(ofStream: $0)) }
        case .subscriber(let index):
            self.streams = []
            self.topics = plan.layout.topics(ofSubscriber: index).map { plan.topic($0) }
        case .idle: (self.streams, self.topics) = ([], [])
        }
        self.sequences = [UInt64](repeating: 0, count: self.streams.count)
    }

    /// Messages that wait for their acknowledgement.
    var unacknowledged: Int { self.flights.count - self.freeIDs.count }
    /// Numbers that were passed over and have not come.
    var missing: UInt64 { self.checks.values.reduce(0) { $0 + $1.missing } }
    var isIdle: Bool { self.output.isEmpty && self.unacknowledged == 0 }

    /// The transport is connected: says CONNECT.
    func begin() {
        var properties = MQTTProperties()
        if self.plan.version == .v5 { properties.maximumPacketSize = UInt32(Self.packetLimit) }
        if self.plan.scenario.isQueue { properties.receiveMaximum = UInt16(clamping: self.plan.prefetch) }
        self.output.append(
            MQTTConnect(
                version: self.plan.version,
                cleanStart: true,
                keepAlive: 60,
                clientID: "",
                username: self.plan.username,
                password: self.plan.password,
                properties: properties
            ).encoded()
        )
    }

    func ping() { self.output.append(MQTTPing.request) }

    func finish() { self.output.append(MQTTDisconnect().encoded(self.plan.version)) }

    func start(_ schedule: Schedule) {
        if case .publisher(let index) = self.role { self.pacer = Pacer(schedule, index: index) }
    }

    // MARK: Sending

    private var hasRoom: Bool {
        self.output.count < Self.outputLimit && (self.plan.qos == 0 || self.unacknowledged < self.window)
    }

    /// When it may send on in a closed loop; nil when something else than time holds it back.
    var nextInClosedLoop: UInt64? {
        self.phase == .ready && self.hasRoom && self.pacer?.isDone == false ? self.pacer?.notBefore : nil
    }

    /// Sends what is due and has room.
    ///
    /// - Returns: How many messages that was.
    @discardableResult
    func pump(now: UInt64, _ tally: inout Tally) -> Int {
        guard self.phase == .ready, let lateBefore = self.pacer?.late else { return 0 }
        var count = 0
        while let send = self.pacer?.next(now: now, hasRoom: self.hasRoom) {
            self.publish(send, now: now, &tally)
            count += 1
        }
        tally.late += Int((self.pacer?.late ?? 0) - lateBefore)
        return count
    }

    private func publish(_ send: Pacer.Send, now: UInt64, _ tally: inout Tally) {
        let turn = Int(((self.pacer?.sent ?? 1) - 1) % UInt64(self.streams.count))
        let stream = self.streams[turn]
        let size = self.nextSize()
        var encoding = PublishEncoding()
        encoding.version = self.plan.version
        encoding.qos = self.plan.qos
        if self.plan.qos > 0 {
            encoding.packetID = self.takeID(Flight(intended: send.intended, sent: now, counts: !send.isWarmUp))
        }
        let mark = Mark(
            run: self.plan.run,
            stream: UInt32(truncatingIfNeeded: stream),
            isWarmUp: send.isWarmUp,
            sequence: send.isWarmUp ? 0 : self.sequences[turn],
            intended: send.intended,
            waited: UInt32(clamping: (now - send.intended) / 1_000)
        )
        let topic = self.topics[turn]
        let filler = self.filler
        let room = encoding.packetBytes(topic: topic.count, forwarded: 0, payload: size)
        self.output.append(upTo: room) { writer in
            encoding.writeHead(&writer, topic: topic.span, forwarded: Span(), payload: size)
            mark.write(to: &writer)
            writer.write(filler.span.extracting(first: size - Mark.size))
        }
        if send.isWarmUp { return }
        self.sequences[turn] += 1
        tally.sent += 1
        tally.expected += self.plan.receivers(ofTopic: self.plan.layout.topic(ofStream: stream))
        tally.sending.note(now)
    }

    /// Sizes of a range come in an order that mixes small and large: each is 5/8 of the range further on, modulo its length.
    private func nextSize() -> Int {
        let size = self.plan.size
        if size.count == 1 { return size.lowerBound }
        defer { self.sizeStep = (self.sizeStep + size.count * 5 / 8 + 1) % size.count }
        return size.lowerBound + self.sizeStep
    }

    private func takeID(_ flight: Flight) -> UInt16 {
        if let id = self.freeIDs.popLast() {
            self.flights[Int(id) - 1] = flight
            return id
        }
        self.flights.append(flight)
        return UInt16(self.flights.count)
    }

    // MARK: Receiving

    /// Takes the whole packets at the start of `bytes`.
    ///
    /// - Returns: How many bytes they were.
    /// - Throws: when the connection is of no more use.
    func received(_ bytes: Span<UInt8>, now: UInt64, _ tally: inout Tally) throws(LoadProblem) -> Int {
        var used = 0
        var problem: LoadProblem?
        do throws(MQTTDecodeError) {
            while problem == nil, let header = try mqttFrameHeader(in: bytes, at: used) {
                if header.totalLength > Self.packetLimit {
                    throw .malformed("a packet of \(header.totalLength) bytes")
                }
                guard used + header.totalLength <= bytes.count else { break }
                let body = bytes.extracting((used + header.headerLength)..<(used + header.totalLength))
                switch header.type {
                case .publish: try self.delivered(header, body, now: now, &tally)
                case .puback, .pubrec, .pubrel, .pubcomp: self.acknowledged(header, body, now: now, &tally)
                default: problem = self.answered(try MQTTPacket.decode(header, body, version: self.plan.version))
                }
                used += header.totalLength
            }
        } catch {
            throw LoadProblem(text: "the broker broke the protocol: \(error)")
        }
        if let problem { throw problem }
        return used
    }

    private func delivered(_ header: MQTTFrameHeader, _ body: Span<UInt8>, now: UInt64, _ tally: inout Tally)
        throws(MQTTDecodeError)
    {
        let fields = try PublishFields(header.typeAndFlags, body, self.plan.version)
        if fields.qos > 0 { self.acknowledge(fields.qos == 1 ? .puback : .pubrec, fields.packetID) }
        var reader = ByteReader(body.extracting(fields.payload))
        guard now >= self.countsFrom else { return }
        let mark = Mark(&reader)
        if self.plan.scenario.isClosed, mark?.run != self.plan.run {
            tally.foreign += 1
            return
        }
        if let mark, mark.isWarmUp { return }
        tally.received += 1
        tally.receivedBytes += fields.payload.count
        tally.receiving.note(now)
        guard let mark else {
            tally.foreign += 1
            return
        }
        switch self.check(mark) {
        case .inOrder: break
        case .reordered: tally.reordered += 1
        case .duplicate:
            tally.duplicates += 1
            return  // the first one's latency counts
        }
        guard self.plan.scenario.isClosed else { return }
        tally.latency.record(now > mark.intended ? now - mark.intended : 0)
        tally.service.record(now > mark.sent ? now - mark.sent : 0)
    }

    /// A subscriber alone may come when others have long been publishing: the first number that it sees is the first one.
    private func check(_ mark: Mark) -> SequenceCheck.Verdict {
        if self.plan.scenario.isQueue { return self.checkShared(mark) }
        let key = UInt64(mark.run) << 32 | UInt64(mark.stream)
        if self.checks[key] == nil {
            if self.checks.count >= Self.checkLimit { return .inOrder }
            self.checks[key] = SequenceCheck(next: self.plan.scenario == .pubsub ? 0 : mark.sequence)
        }
        return self.checks[key]?.received(mark.sequence) ?? .inOrder
    }

    /// What another member of the group has got is missing here, and no loss; what one of them has got already came twice.
    private func checkShared(_ mark: Mark) -> SequenceCheck.Verdict {
        guard case .subscriber(let index) = self.role, let shared else { return .inOrder }
        let stream = UInt64(mark.stream)
        if shared.received(mark.sequence, of: stream, in: self.plan.group(ofSubscriber: index)) == .duplicate {
            return .duplicate
        }
        let last = self.last[stream]
        self.last[stream] = max(last ?? 0, mark.sequence)
        return last.map { mark.sequence < $0 } == true ? .reordered : .inOrder
    }

    private func acknowledged(_ header: MQTTFrameHeader, _ body: Span<UInt8>, now: UInt64, _ tally: inout Tally) {
        guard body.count >= 2 else { return }
        let id = UInt16(body[0]) << 8 | UInt16(body[1])
        let isRefused = body.count > 2 && body[2] >= 0x80
        switch header.type {
        case .pubrel: self.acknowledge(.pubcomp, id)
        case .pubrec where !isRefused: self.acknowledge(.pubrel, id)
        default:
            guard id > 0, Int(id) <= self.flights.count, self.flights[Int(id) - 1].sent > 0 else { return }
            let flight = self.flights[Int(id) - 1]
            self.flights[Int(id) - 1] = Flight()
            self.freeIDs.append(id)
            guard flight.counts else { return }
            if isRefused { return tally.note(problem: "a message was refused: \(MQTTReasonCode(rawValue: body[2]))") }
            tally.acknowledged += 1
            guard self.plan.measuresAcknowledgements else { return }
            tally.latency.record(now - flight.intended)
            tally.service.record(now - flight.sent)
        }
    }

    /// The short form of any acknowledgement: success, and no properties.
    private func acknowledge(_ type: MQTTPacketType, _ id: UInt16) {
        self.output.append(upTo: 4) { writer in
            writer.write(type.firstByte)
            writer.write(2 as UInt8)
            writer.write(bigEndian: id)
        }
    }

    private func answered(_ packet: MQTTPacket) -> LoadProblem? {
        switch packet {
        case .connack(let answer):
            if answer.reason.isError {
                return LoadProblem(text: "the broker refused a connection: \(answer.reason)", reason: answer.reason)
            }
            if let maximum = answer.properties.maximumQoS, maximum < self.plan.qos {
                return LoadProblem(text: "the broker takes no messages above QoS \(maximum)", reason: .qosNotSupported)
            }
            self.window = min(self.window, Int(answer.properties.receiveMaximum ?? .max))
            self.subscribe()
        case .suback(let answer):
            if let refusal = answer.reasons.first(where: \.isError) {
                return LoadProblem(text: "the broker refused a subscription: \(refusal)", reason: refusal)
            }
            self.unconfirmedSubscriptions -= 1
            if self.unconfirmedSubscriptions == 0 { self.phase = .ready }
        case .disconnect(let packet):
            return LoadProblem(text: "the broker closed a connection: \(packet.reason)", reason: packet.reason)
        default: break
        }
        return nil
    }

    /// Settles with PUBACK, and begins with what comes now.
    private var subscribeProperties: MQTTProperties {
        var properties = MQTTProperties()
        guard self.plan.scenario.isQueue, case .subscriber(let index) = self.role else { return properties }
        let group = self.plan.group(ofSubscriber: index)
        properties.userProperties = [
            MQTTUserProperty(name: "consumer-group", value: group == 0 ? "bench" : "bench-\(group + 1)"),
            MQTTUserProperty(name: "x-ack-mode", value: "puback"),
        ]
        if self.plan.scenario == .stream {
            properties.userProperties.append(MQTTUserProperty(name: "x-stream-offset", value: "next"))
        }
        return properties
    }

    private func subscribe() {
        guard case .subscriber = self.role else {
            self.phase = .ready
            return
        }
        self.phase = .subscribing
        var first = 0
        while first < self.topics.count {
            let some = self.topics[first...].prefix(Self.subscriptionsPerPacket)
            self.unconfirmedSubscriptions += 1
            let request = MQTTSubscribe(
                packetID: UInt16(truncatingIfNeeded: self.unconfirmedSubscriptions),
                filters: some.map { MQTTSubscription(filter: $0, qos: self.plan.qos) },
                properties: self.subscribeProperties
            )
            self.output.append(request.encoded(self.plan.version))
            first += some.count
        }
    }
}

@available(*, unavailable)
extension LoadSession: Sendable {}
