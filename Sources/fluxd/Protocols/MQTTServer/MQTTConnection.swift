import Bytes
import Core
import MQTTWire
import Machine

/// One client's connection, from accept to close: bytes to packets, and packets to what the session and the core do about them.
///
/// Who it is is settled in `MQTTConnection+Login`, CONNECT in `+Connect`, messages in `+Publish`, subscriptions in `+Subscribe`,
/// writing in `+Write`, what bounds a client's sending in `+Limits`, and ends in `+Ends`.
final class MQTTConnection: StreamPeer {
    /// Payloads from here on are sent from the block they are in.
    static let referenceThreshold = 8 << 10

    /// What only a phase that soon is over knows is in a box: 15,000 idle connections would each keep room for it.
    enum Phase {
        case awaitingConnect
        /// Who the client is is being found out: by a job, or by an exchange of AUTH packets.
        indirect case authenticating(PendingConnect)
        /// The session's record is on its way to the store; CONNACK promises it only then.
        indirect case storing(Receipt, MQTTConnack, isResumed: Bool)
        case open
        case closed
    }

    let shard: ShardState
    unowned(unsafe) let server: MQTTShard  // which outlives its connections
    let counters: ShardCounters
    /// The settings that every packet is checked against, as plain values.
    let limits: PacketLimits
    let listener: MQTTListener
    let facts: StreamFacts
    var remote: PeerAddress { self.facts.remote }
    var origin: MQTTOrigin { MQTTOrigin(remote: self.remote, listener: self.listener.name) }
    let line: UnsafeMutablePointer<ConnectionCounters>
    var phase = Phase.awaitingConnect
    var isOpen = false
    var isClosed = false
    /// The stream is about to leave for another shard, with whatever is unread.
    var isMoving = false
    /// Nothing is parsed until somebody answers: a job, or the store.
    var isHeld = false { didSet { self.noteLook() } }
    /// One look for all that is rarely so, at the start of a read.
    var looksFirst = false
    var version = MQTTVersion.v5
    /// CONNECT named it, so an answer can be in its form.
    var isVersionKnown = false
    /// Owned by ``MQTTShard``'s table, and taken out here before it goes there: no reference is counted a packet.
    unowned(unsafe) var session: MQTTSession?
    /// How often the stream came from another shard.
    var hops = 0
    /// Milliseconds of the shard's clock, when the stream came to this shard.
    let openedAt: UInt64
    var isCleanStart = true
    /// Its CONNECT ended a session that was in the store.
    var endedStoredSession = false

    /// Milliseconds of the shard's clock.
    var lastSeen: UInt64
    /// Milliseconds without a packet that end the connection; 0 for no limit.
    var keepAliveLimit: UInt64 = 0
    /// We stopped reading: then silence is ours.
    var isStopped = false
    /// The serial of the route that publishing rights were given for; 0 for none.
    var allowedRoute: UInt64 = 0
    var allowedGeneration: UInt64 = 0
    /// The other routes.
    var rights = PublishRights()
    var identity = Identity(clientID: [], username: nil, listener: 0)
    /// The user that the connection counts for.
    var countedUser: String?
    /// How this client proves who it is, as its CONNECT named it; nil for user name and password.
    var authenticationMethod: String? {
        get { self.enhanced?.method }
        set { if newValue != nil || self.enhanced != nil { self.makeEnhanced().method = newValue } }
    }
    /// The exchange of AUTH packets under way.
    var exchange: (any LoginExchange)? {
        get { self.enhanced?.exchange }
        set { if newValue != nil || self.enhanced != nil { self.makeEnhanced().exchange = newValue } }
    }
    /// When an exchange on an open connection has to be over; 0 for none.
    var exchangeDue: UInt64 {
        get { self.enhanced?.due ?? 0 }
        set { if newValue != 0 || self.enhanced != nil { self.makeEnhanced().due = newValue } }
    }
    /// Of who logs in by AUTH; the others do not pay for it.
    private var enhanced: EnhancedLogin?

    private func makeEnhanced() -> EnhancedLogin {
        if let enhanced { return enhanced }
        let made = EnhancedLogin()
        self.enhanced = made
        return made
    }

    // What the client can take.
    var sendMaximum = 0
    var maximumPacketSize = Int.max
    var wantsProblemInformation = true
    var outboundAliases: OutboundAliases? { didSet { self.hasAliases = self.outboundAliases != nil } }
    private(set) var hasAliases = false

    // What the client sends.
    var inboundAliases = InboundAliases()
    var routeHint: Int32 = -1
    /// What queues are told of a message without properties, once it was made: who publishes here.
    var plainEnvelope: [UInt8] = []
    var owed = OwedAcknowledgements()
    /// The PUBLISH under way was read into a block of its own.
    var packetBlock: PacketBlock?
    private var isWaitingForStore = false
    // What bounds its sending.
    var messageTokens: TokenBucket
    var byteTokens: TokenBucket
    var filterTokens: TokenBucket
    /// When it was stopped for a rate; 0 while it is read.
    var throttledSince: UInt64 = 0
    var hasWaited = false
    /// When the packet began that is not whole yet, and its size as far as it is known; 0 for none.
    var partialSince: UInt64 = 0
    var partialSize = 0
    /// When it is looked at next; 0 for never. Reminders for later than that are stale.
    var partialWatch: UInt64 = 0
    /// When something was last reported that a client can bring about at will; 0 for never.
    var lastDenial: UInt64 = 0
    var lastLimit: UInt64 = 0
    /// Why it ended, in words.
    var end = "the network connection ended"
    /// Parsing stopped because the client does not read its answers.
    private var waitsForRoom = false
    /// Bytes of the budget for a packet that is not whole yet.
    private var reserved = 0
    /// The SUBSCRIBE or UNSUBSCRIBE under way.
    var request: FilterRequest?
    var replays = RetainedReplays()
    /// While a worker looks at the client's password.
    var login: PendingLogin?

    init(id: StreamID, listener: MQTTListener, facts: StreamFacts, server: MQTTShard) {
        self.server = server
        self.shard = server.shard
        self.counters = server.shard.counters
        self.limits = server.limits
        self.listener = listener
        self.facts = facts
        self.lastSeen = server.shard.now
        self.openedAt = server.shard.now
        self.line = server.shard.connections.line(for: Int(id.slot))
        self.messageTokens = TokenBucket(server.settings.messageRate, now: server.shard.now)
        self.byteTokens = TokenBucket(server.settings.byteRate, now: server.shard.now)
        self.filterTokens = TokenBucket(server.settings.subscribeRate, now: server.shard.now)
        super.init(id: id, effects: server.shard.effects)
        self.line.pointee = ConnectionCounters()
        self.line.pointee.generation = id.generation
        self.outputGauge = UnsafeMutableRawPointer(self.line)
            .advanced(by: MemoryLayout<ConnectionCounters>.offset(of: \.bufferedBytes) ?? 0)
            .assumingMemoryBound(to: UInt64.self)
        self.noteLook()
    }

    // MARK: Reading

    override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        self.lastSeen = self.shard.now
        self.isStopped = false
        if self.looksFirst, let stop = self.look(bytes.count) { return stop }
        self.refreshRights()
        if block != nil { self.giveReserved() }
        if self.output.count > self.shard.outputWatermark + MQTTConnection.answerRoom { return self.awaitRoom() }
        let result = self.parse(bytes, block)
        self.counters.add(.streamBytesReceived, result.consumed)
        self.byteTokens.left &-= result.consumed
        let isPartial = result.stop == nil && result.consumed < bytes.count
        if isPartial != (self.partialSince != 0) || isPartial && result.consumed > 0 {
            self.notePartial(isPartial ? result.wanted : nil)
        }
        return result
    }

    /// Uses up whole packets, one after the other, until something stops it.
    @inline(__always)
    private func parse(_ bytes: Span<UInt8>, _ block: ByteBlock?) -> Received {
        let work = (self.shard.workDeliveries, self.shard.workBytes)
        var session = self.openSession
        var start = 0
        var left = Work.packets
        defer { self.counters.add(.packetsReceived, Work.packets - left) }
        do throws(MQTTDecodeError) {
            while let header = try mqttFrameHeader(in: bytes, at: start) {
                let total = header.totalLength
                // Refused from its first bytes: a stream that is not MQTT is not waited for [MQTT-3.1.0-1].
                if session == nil, header.typeAndFlags >> 4 != 1, self.exchange == nil {
                    self.closeSilently("the first packet is not a CONNECT")
                    return self.stop(.closing, at: bytes.count)
                }
                if header.remainingLength > self.limits.remaining { throw self.tooLarge(header) }
                if bytes.count - start < total {
                    if total >= MQTTConnection.reservedSize, !self.reserve(total) {
                        self.fail(.quotaExceeded, "no memory for a packet of \(total) bytes")
                        return self.stop(.closing, at: bytes.count)
                    }
                    return Received(consumed: start, wanted: total)
                }
                let body = bytes.extracting((start + header.headerLength)..<(start + total))
                if header.isPadded {
                    // MQTT 5 forbids it [MQTT-1.5.5-1], 3.1.1 does not.
                    let level = session == nil ? MQTTConnect.protocolLevel(in: body) : self.version.rawValue
                    if level == 5 { throw .malformed("the remaining length is written longer than needed") }
                }
                if header.typeAndFlags >> 4 == 3, let session {
                    self.messageTokens.left &-= 1
                    if self.messageTokens.left < 0 { return self.throttleMessages(at: start) }
                    if let block { self.packetBlock = PacketBlock(block: block, body: header.headerLength) }
                    if try !self.receivedPublish(header.typeAndFlags, body, session) {
                        self.messageTokens.left &+= 1  // it is offered again
                        return self.stop(.link, at: start)
                    }
                } else if let session, self.receivedShortAnswer(header.typeAndFlags, body, session) {
                    // The most frequent packets after PUBLISH.
                } else if let stop = try self.receivedRare(header.typeAndFlags, body) {
                    return self.stop(stop, at: start + total)
                } else {
                    session = self.openSession
                }
                start += total
                left -= 1
                if self.isClosed { return self.stop(.closing, at: bytes.count) }
                let isSliceUsed =
                    self.shard.workDeliveries - work.0 >= Work.deliveries || self.shard.workBytes - work.1 >= Work.bytes
                    || left == 0
                if isSliceUsed, start < bytes.count { return self.stop(.slice, at: start) }
            }
        } catch {
            self.fail(error)
            return self.stop(.closing, at: bytes.count)
        }
        return Received(consumed: start)
    }

    func stop(_ reason: StopReason, at consumed: Int) -> Received {
        self.isStopped = true
        return Received(consumed: consumed, stop: reason)
    }

    /// What a packet beside PUBLISH and its answers takes of a slice, and a filter in it, in deliveries: a flood of them must
    /// not hold the shard up any longer than one of messages.
    static let rareWork = 4
    static let filterWork = 16
    /// Packets from here on are counted as memory while they are not whole, or not done.
    static let reservedSize = 32 << 10
    /// Bytes of answers that a client may leave unread, beyond what may wait for it anyway: then it is not read either.
    private static let answerRoom = 1 << 20

    @inline(never) private func awaitRoom() -> Received {
        self.roomWanted = self.shard.outputWatermark
        self.waitsForRoom = true
        return self.stop(.output, at: 0)
    }

    /// Counts a packet that is about to be read into a block of its own, or that is kept until all of it is done.
    ///
    /// - Returns: False when the process has no memory left.
    func reserve(_ bytes: Int) -> Bool {
        if self.reserved > 0 { return true }
        guard self.shard.reserve(bytes) else { return false }
        self.reserved = bytes
        return true
    }

    func giveReserved() {
        self.shard.unreserve(self.reserved)
        self.reserved = 0
    }

    override func heard() { self.lastSeen = self.shard.now }

    /// What parsing waited for has come. The client's silence counts from here.
    func resumeParsing() {
        self.isStopped = false
        self.lastSeen = self.shard.now
        self.effects.resume.append(self.id)
    }

    private func tooLarge(_ header: MQTTFrameHeader) -> MQTTDecodeError {
        .packetTooLarge(bytes: header.remainingLength, limit: self.limits.remaining)
    }

    /// The session, while packets may come for it.
    private var openSession: MQTTSession? { self.isOpen ? self.session : nil }

    /// PUBACK, PUBREC, PUBREL and PUBCOMP in their form of two bytes, without a value of their own.
    ///
    /// - Returns: False for anything else.
    @inline(__always)
    private func receivedShortAnswer(_ typeAndFlags: UInt8, _ body: Span<UInt8>, _ session: MQTTSession) -> Bool {
        guard body.count == 2 else { return false }
        let packetID = UInt16(body[0]) << 8 | UInt16(body[1])
        if packetID == 0 { return false }
        switch typeAndFlags {
        case 0x40: session.receivedPuback(packetID)
        case 0x50: session.receivedPubrec(packetID, .success)
        case 0x62: self.receivedPubrel(packetID, session)
        case 0x70: session.receivedPubcomp(packetID)
        default: return false
        }
        return true
    }

    /// Any other packet.
    ///
    /// - Returns: Why parsing has to stop behind it.
    @inline(never)
    private func receivedRare(_ typeAndFlags: UInt8, _ body: Span<UInt8>) throws(MQTTDecodeError) -> StopReason? {
        let type = MQTTPacketType(rawValue: typeAndFlags >> 4)
        guard self.isOpen, let session = self.session else {
            return try self.receivedBeforeSession(typeAndFlags, body)
        }
        try validateFlags(typeAndFlags)
        self.shard.workDeliveries += MQTTConnection.rareWork
        switch type {
        case .connect: throw .protocolError("a second CONNECT")
        case .puback, .pubrec, .pubrel, .pubcomp:
            let answer = try MQTTAcknowledgement.decode(type.unsafelyUnwrapped, body, version: self.version)
            switch answer.type {
            case .puback: session.receivedPuback(answer.packetID, answer.reason)
            case .pubrec: session.receivedPubrec(answer.packetID, answer.reason)
            case .pubrel: self.receivedPubrel(answer.packetID, session)
            default: session.receivedPubcomp(answer.packetID)
            }
        case .subscribe: return try self.receivedFilters(.subscribe, body, session)
        case .unsubscribe: return try self.receivedFilters(.unsubscribe, body, session)
        case .pingreq:
            if !body.isEmpty { throw .malformed("a PINGREQ with a body") }
            self.send(MQTTPing.response)
        case .disconnect:
            try self.receivedDisconnect(try MQTTDisconnect.decode(body, version: self.version), session)
            return .closing
        case .auth: return try self.receivedAuth(try MQTTAuth.decode(body, version: self.version))
        case .publish, .connack, .suback, .unsuback, .pingresp, nil:
            throw .protocolError("a packet that only a server sends")
        }
        return nil
    }

    // MARK: Answers that wait

    /// Sends an answer, now or when its receipt is settled, and never before those that are owed already.
    @inline(__always)
    func answer(_ packet: [UInt8], _ receipt: Receipt?, toPublish: Bool = false) {
        if receipt == nil, self.owed.isEmpty { return self.send(packet) }
        self.owe(.init(receipt: receipt, packet: packet, answersPublish: toPublish))
    }

    @inline(never) func owe(_ run: consuming OwedAcknowledgements.Run) {
        self.owed.append(run)
        self.awaitStore()
    }

    @inline(never)
    func owe(_ type: UInt8, _ packetID: UInt16, _ reason: MQTTReasonCode, _ receipt: Receipt?, answersPublish: Bool) {
        let answer = OwedAcknowledgements.Acknowledgement(type: type, packetID: packetID, reason: reason)
        self.owed.append(answer, receipt, answersPublish: answersPublish)
        self.awaitStore()
    }

    func awaitStore() {
        guard !self.isWaitingForStore, let receipt = self.awaited else { return }
        self.isWaitingForStore = true
        self.shard.waitForStore(self, until: receipt)
    }

    /// What has to be stored first.
    private var awaited: Receipt? {
        if case .storing(let receipt, _, _) = self.phase { return receipt }
        return self.owed.firstReceipt
    }

    override func progressed() {
        self.isWaitingForStore = false
        switch self.phase {
        case .storing(let receipt, let connack, let isResumed):
            guard self.shard.isSettled(receipt) else { return self.awaitStore() }
            self.isHeld = false
            self.open(connack, isResumed: isResumed)
            self.resumeParsing()
        case .open:
            self.sendOwed()
        case .awaitingConnect, .authenticating, .closed: break
        }
    }

    /// A whole packet that is no message.
    override func send(_ bytes: [UInt8]) {
        self.counters.add(.answersSent)
        super.send(bytes)
    }

    override func closed() { self.leave() }

    override func drained() {
        if self.waitsForRoom {
            self.waitsForRoom = false
            self.resumeParsing()
        }
        guard self.isOpen, let session = self.session else { return }
        if session.withholdsCredit { session.lend(session.credit(limit: self.sendMaximum)) }
        if session.queues != nil { session.renewCredit() }
        if !session.queue.isEmpty { session.sendQueued() }
        if !self.replays.isEmpty { self.replay() }
    }
}

/// A packet that was read into a block of its own, and where its body starts there.
struct PacketBlock {
    var block: ByteBlock
    var body: Int
}

/// What a connection keeps of a login by AUTH.
private final class EnhancedLogin {
    var method: String?
    var exchange: (any LoginExchange)?
    var due: UInt64 = 0
}
