import Core
import MQTTServer
import MQTTWire
import Simulation
import Testing

/// A broker in the simulator, and the clients of one row's script. What may be chosen is chosen before the first client.
final class Stage {
    /// The version that its clients speak, unless they are told another.
    let wire: Wire
    private let shardCount: Int
    var settings = MQTTSettings()
    var authenticator: any Authenticator = OpenAuthenticator(anonymous: [0])
    var authorizer: any Authorizer = AllowEverything()
    var versions = MQTTVersion.allCases
    /// What its broker tells every client of MQTT 5 about its limits.
    var limits = Property.limits
    /// How often something was expected: a script that expects nothing proves nothing.
    fileprivate(set) var checks = 0

    private lazy var simulator = Simulator(seed: 1)
    private lazy var world: (broker: Broker, servers: [MQTTShard]) = self.makeWorld()

    init(_ wire: Wire, shards: Int) {
        self.wire = wire
        self.shardCount = shards
    }

    private func makeWorld() -> (Broker, [MQTTShard]) {
        let broker = Broker(
            shards: self.shardCount,
            key: 1,
            settings: BrokerSettings(),
            authenticator: self.authenticator,
            authorizer: self.authorizer
        )
        let start = self.simulator.now
        let shards = (0..<self.shardCount).map { ShardState(index: $0, broker: broker, now: start) }
        let listener = MQTTListener(
            index: 0,
            name: "stage",
            versions: self.versions,
            allowsAnonymous: true,
            connectTimeout: 10_000
        )
        let servers = shards.map { MQTTShard(on: $0, settings: self.settings, listeners: [listener]) }
        self.simulator.add(shards)
        return (broker, servers)
    }

    /// Lets time pass.
    func passes(seconds: UInt64) { self.simulator.run(for: seconds * 1_000) }

    func wait(_ condition: () -> Bool) -> Bool { self.simulator.run(atMost: 5_000, until: condition) }

    /// Every client is told that the broker stops.
    func shutsDown() {
        for (loop, server) in zip(self.simulator.loops, self.world.servers) { loop.perform { server.shutDown() } }
    }

    // MARK: Clients

    /// A network connection, on which nothing was sent.
    func opened(_ name: String = "somebody", _ wire: Wire? = nil) -> Peer {
        _ = self.world
        return Peer(name, wire ?? self.wire, self) { [simulator] in simulator.connect($0) }
    }

    /// A client whose CONNECT was accepted.
    ///
    /// - Parameter keeps: It asks for a session that outlives the connection by an hour, and goes on with the one it has.
    func connected(
        _ clientID: Text,
        _ wire: Wire? = nil,
        keeps: Bool = false,
        keepAlive: UInt16 = 0,
        will: Packet.Will? = nil,
        problems: UInt8 = 0,
        with properties: [Property] = [],
        finds session: Bool = false,
        at location: SourceLocation = #_sourceLocation
    ) -> Peer {
        let peer = self.opened(String(decoding: clientID.bytes.prefix(20), as: UTF8.self), wire)
        peer.sends(
            .connect(
                clientID,
                clean: !keeps,
                expiry: keeps ? 3_600 : nil,
                keepAlive: keepAlive,
                will: will,
                problems: problems,
                with: properties
            )
        )
        peer.gets(.connack(session: session, self.limits), at: location)
        return peer
    }

    func expect(_ condition: Bool, _ what: String, at location: SourceLocation = #_sourceLocation) {
        self.checks += 1
        #expect(condition, "\(what)", sourceLocation: location)
    }
}

/// A client that does what its script says, and nothing by itself.
final class Peer: SimulatedPeer {
    let name: String
    let wire: Wire
    private unowned let stage: Stage
    private var connection: SimulatedConnection?
    private var inbox: [UInt8] = []
    private var isOpen = true
    private var lastID: UInt16 = 1_000

    init(_ name: String, _ wire: Wire, _ stage: Stage, connect: (Peer) -> SimulatedConnection) {
        self.name = name
        self.wire = wire
        self.stage = stage
        self.connection = connect(self)
    }

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) { self.inbox += bytes }
    func closed(_ connection: SimulatedConnection, wasReset: Bool) { self.isOpen = false }

    // MARK: What it does

    func sends(_ packets: Packet...) {
        self.connection?.send(packets.flatMap { $0.bytes(self.wire) })
    }

    /// The network breaks.
    func vanishes() {
        self.connection?.reset()
        self.stage.passes(seconds: 1)
    }

    /// DISCONNECT, and its half of the connection is closed.
    func leaves(_ packet: Packet = .disconnect(), at location: SourceLocation = #_sourceLocation) {
        self.sends(packet)
        self.connection?.finish()
        self.closes(at: location)
    }

    /// Takes no more of what comes, or does again.
    func reads(_ takes: Bool) { self.connection?.takes = takes }

    /// SUBSCRIBE and its SUBACK, for what is not about them.
    func subscribes(
        _ filter: Text,
        _ options: UInt8 = 0,
        with properties: [Property] = [],
        at location: SourceLocation = #_sourceLocation
    ) {
        self.lastID += 1
        self.sends(.subscribe(self.lastID, [(filter, options)], properties))
        self.gets(.suback(self.lastID, options & 3), at: location)
    }

    /// PUBLISH and all that belongs to its QoS, for what is not about that.
    func publishes(
        _ topic: Text,
        _ payload: String = "hello",
        qos: UInt8 = 1,
        retain: Bool = false,
        at location: SourceLocation = #_sourceLocation
    ) {
        self.lastID += 1
        self.sends(.publish(topic, payload, qos: qos, id: self.lastID, retain: retain))
        if qos == 0 { return }
        let first: UInt8 = qos == 1 ? 0x40 : 0x50
        let answer = self.next() ?? []
        let isFine = answer.first == first && (answer.count == 4 || (answer.count == 5 && answer[4] == 0x10))
        self.stage.expect(isFine, "\(self.name)'s publish was answered \(words(answer))", at: location)
        if qos == 2 {
            self.sends(.pubrel(self.lastID))
            self.gets(.pubcomp(self.lastID), at: location)
        }
    }

    // MARK: What it meets

    /// The next whole packet; nil when none comes for five seconds, or the connection is closed.
    func next() -> [UInt8]? {
        var whole: Int?
        _ = self.stage.wait {
            whole = self.wholePacket
            return whole != nil || !self.isOpen
        }
        guard let whole else { return nil }
        defer { self.inbox.removeFirst(whole) }
        return Array(self.inbox.prefix(whole))
    }

    /// All packets that have come.
    func takeAll() -> [[UInt8]] {
        var all: [[UInt8]] = []
        while let whole = self.wholePacket {
            all.append(Array(self.inbox.prefix(whole)))
            self.inbox.removeFirst(whole)
        }
        return all
    }

    private var wholePacket: Int? {
        var length = 0
        for width in 1...4 where width < self.inbox.count {
            length |= Int(self.inbox[width] & 127) << (7 * (width - 1))
            if self.inbox[width] < 128 {
                let total = 1 + width + length
                return self.inbox.count >= total ? total : nil
            }
        }
        return nil
    }

    /// These packets and no other, in this order.
    func gets(_ packets: Packet..., at location: SourceLocation = #_sourceLocation) {
        for packet in packets {
            let wanted = packet.bytes(self.wire)
            let got = self.next() ?? []
            self.stage.expect(got == wanted, "\(self.name) got \(words(got)), not \(words(wanted))", at: location)
        }
    }

    /// The same packets, in whatever order.
    func getsInAnyOrder(_ packets: Packet..., at location: SourceLocation = #_sourceLocation) {
        var wanted = packets.map { $0.bytes(self.wire) }
        for _ in packets {
            let got = self.next() ?? []
            let index = wanted.firstIndex(of: got)
            self.stage.expect(index != nil, "\(self.name) got \(words(got))", at: location)
            if let index { wanted.remove(at: index) }
        }
    }

    /// One of these: where the specification leaves an order open.
    func getsOne(of packets: Packet..., at location: SourceLocation = #_sourceLocation) {
        let got = self.next() ?? []
        let isOne = packets.contains { $0.bytes(self.wire) == got }
        self.stage.expect(isOne, "\(self.name) got \(words(got))", at: location)
    }

    /// This answer with a Reason String behind it, whatever its words, and no other property.
    func getsExplained(_ packet: Packet, at location: SourceLocation = #_sourceLocation) {
        let plain = packet.bytes(self.wire)
        let got = self.next() ?? []
        let isBefore = got.first == plain.first && got.dropFirst(2).starts(with: plain.dropFirst(2))
        let rest = Array(got.dropFirst(plain.count))
        let isReason = rest.count > 4 && Int(rest[0]) == rest.count - 1 && rest[1] == 0x1F
        self.stage.expect(isBefore && isReason, "\(self.name) got \(words(got))", at: location)
    }

    /// Nothing for so long, and the connection stands.
    func getsNothing(for seconds: UInt64 = 1, at location: SourceLocation = #_sourceLocation) {
        self.stage.passes(seconds: seconds)
        self.stage.expect(self.inbox.isEmpty, "\(self.name) got \(words(self.inbox))", at: location)
        self.stage.expect(self.isOpen, "\(self.name) was closed", at: location)
        self.inbox = []
    }

    /// The server closes, without another byte.
    func closes(at location: SourceLocation = #_sourceLocation) {
        _ = self.stage.wait { !self.isOpen }
        self.stage.expect(!self.isOpen, "\(self.name) is still connected", at: location)
        self.stage.expect(self.inbox.isEmpty, "\(self.name) got \(words(self.inbox))", at: location)
        self.inbox = []
    }

    /// Closed by the server: MQTT 5 is told why in a DISCONNECT, with or without a reason in words; 3.1.1 only sees the close.
    func isThrownOut(_ reason: UInt8, at location: SourceLocation = #_sourceLocation) {
        if self.wire == .v5 {
            let got = self.next() ?? []
            let isGoodbye = got.first == 0xE0 && Peer.hasReason(got.dropFirst(2), reason, endsAfterCode: true)
            self.stage.expect(isGoodbye, "\(self.name) got \(words(got)), not a DISCONNECT", at: location)
        }
        self.closes(at: location)
    }

    /// A CONNACK that says no, and the end.
    ///
    /// - Parameter code: What 3.1.1 says; nil when it has no words for it and only closes.
    func isRefused(_ reason: UInt8, v3 code: UInt8? = nil, at location: SourceLocation = #_sourceLocation) {
        if self.wire == .v5 || code != nil {
            let got = self.next() ?? []
            var isRefusal = got.count >= 4 && got[0] == 0x20 && got[2] == 0
            if self.wire == .v5 {
                isRefusal = isRefusal && Peer.hasReason(got.dropFirst(3), reason, endsAfterCode: false)
            } else {
                isRefusal = isRefusal && got.count == 4 && got[3] == code
            }
            self.stage.expect(isRefusal, "\(self.name) got \(words(got)), not a refusal", at: location)
        }
        self.closes(at: location)
    }

    /// Whether a reason code is followed by nothing, or by properties of which the only one is a reason string.
    private static func hasReason(_ bytes: ArraySlice<UInt8>, _ reason: UInt8, endsAfterCode: Bool) -> Bool {
        let bytes = Array(bytes)
        guard bytes.first == reason else { return false }
        if bytes.count == 1 { return endsAfterCode }
        if bytes.count == 2 { return bytes[1] == 0 }
        return bytes.count > 5 && Int(bytes[1]) == bytes.count - 2 && bytes[2] == 0x1F
            && Int(bytes[3]) << 8 | Int(bytes[4]) == bytes.count - 5
    }
}

@available(*, unavailable)
extension Stage: Sendable {}
@available(*, unavailable)
extension Peer: Sendable {}
