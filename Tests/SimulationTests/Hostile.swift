import MQTTWire
import Simulation

/// What a connected client may not do. Each ends its connection, and nothing else.
enum Hostile: Equatable, CaseIterable {
    case garbage, endlessLength, secondConnect, reservedFlags, wildcardTopic, emptyTopic, packetID0, qos3,
        illFormedTopic
    case serverPacket, noFilters, noFiltersGone, unexpectedAuth, tooLarge, unknownAlias, aliasTooHigh,
        receiveMaximumOverrun
    case noLocalShared
    /// Half a packet, and then silence.
    case half

    /// Longer than ``MQTTSettings/packetTimeout`` asks for with what ``bytes(_:)`` begins.
    static let halfLimit: UInt64 = 60_000 + 200 * 4

    /// What is against the rules of MQTT 5 alone, or asks for its packets.
    private var isV5Only: Bool {
        switch self {
        case .unknownAlias, .aliasTooHigh, .receiveMaximumOverrun, .noLocalShared: true
        default: false
        }
    }

    /// nil where the version has no such thing, or forgives it.
    func bytes(_ version: MQTTVersion) -> [UInt8]? {
        if self.isV5Only, version != .v5 { return nil }
        let properties: [UInt8] = version == .v5 ? [0] : []
        switch self {
        case .garbage: return [0x07, 2, 0xDE, 0xAD, 0xBE, 0xEF, 0x30, 0x00, 0xFF]
        case .endlessLength: return [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]
        case .secondConnect: return MQTTConnect(version: version, clientID: "other").encoded()
        case .reservedFlags: return MQTTHostile.packet(0x80, [0, 9] + properties + [0, 1, 0x61, 0])
        case .wildcardTopic: return MQTTHostile.packet(0x30, [0, 3] + Array("a/+".utf8) + properties)
        case .emptyTopic: return MQTTHostile.packet(0x30, [0, 0] + properties)
        case .packetID0: return MQTTHostile.packet(0x32, [0, 1, 0x61, 0, 0] + properties)
        case .qos3: return MQTTHostile.packet(0x36, [0, 1, 0x61, 0, 9] + properties)
        case .illFormedTopic: return MQTTHostile.packet(0x30, [0, 2, 0xC3, 0x28] + properties)
        case .serverPacket: return MQTTHostile.packet(0x90, [0, 9] + properties + [0])
        case .noFilters: return MQTTHostile.packet(0x82, [0, 9] + properties)
        case .noFiltersGone: return MQTTHostile.packet(0xA2, [0, 9] + properties)
        case .unexpectedAuth: return [0xF0, 0]
        case .tooLarge: return [0x30, 0xFF, 0xFF, 0xFF, 0x7F]
        case .unknownAlias: return MQTTHostile.packet(0x30, [0, 0, 3, 0x23, 0, 60])
        case .aliasTooHigh: return MQTTHostile.packet(0x30, [0, 1, 0x61, 3, 0x23, 0xFF, 0xFF])
        case .receiveMaximumOverrun:
            return (0...20 as ClosedRange<UInt16>).flatMap { number in
                MQTTPublish(topic: Array("$hostile".utf8), payload: [], qos: 2, packetID: SimClient.rawIDs + number)
                    .encoded(.v5)
            }
        case .noLocalShared: return MQTTHostile.packet(0x82, [0, 9, 0, 0, 10] + Array("$share/g/a".utf8) + [0b101])
        case .half: return [0x30, 0xC6, 0x01, 0, 1, 0x61]
        }
    }

    /// What DISCONNECT may say to a client of MQTT 5; a 3.1.1 client is told nothing.
    var reasons: Set<MQTTReasonCode> {
        switch self {
        case .garbage: [.malformedPacket, .protocolError]
        case .endlessLength, .reservedFlags, .qos3, .illFormedTopic: [.malformedPacket]
        case .secondConnect, .packetID0, .serverPacket, .noFilters, .noFiltersGone, .unexpectedAuth, .unknownAlias,
            .noLocalShared:
            [.protocolError]
        case .wildcardTopic: [.topicNameInvalid]
        case .emptyTopic: [.topicNameInvalid, .protocolError]
        case .tooLarge: [.packetTooLarge]
        case .aliasTooHigh: [.topicAliasInvalid]
        case .receiveMaximumOverrun: [.receiveMaximumExceeded]
        case .half: [.implementationSpecificError, .keepAliveTimeout]
        }
    }
}

private enum MQTTHostile {
    /// Shorter than 128 bytes.
    static func packet(_ first: UInt8, _ body: [UInt8]) -> [UInt8] { [first, UInt8(body.count)] + body }
}

/// What comes on a connection that never becomes a client's.
enum Stranger: Equatable, CaseIterable {
    case ping, text, half, level9, reservedConnectFlag, emptyIdentifier

    var bytes: [UInt8] {
        switch self {
        case .ping: [0xC0, 0]
        case .text: Array("GET / HTTP/1.1\r\nHost: broker\r\n\r\n".utf8)
        case .half: [0x10, 40, 0, 4, 0x4D]
        case .level9: [0x10, 13, 0, 4] + Array("MQTT".utf8) + [9, 2, 0, 0, 0, 1, 0x61]
        case .reservedConnectFlag: [0x10, 14, 0, 4] + Array("MQTT".utf8) + [5, 3, 0, 0, 0, 0, 1, 0x61]
        case .emptyIdentifier: [0x10, 12, 0, 4] + Array("MQTT".utf8) + [4, 0, 0, 0, 0, 0]
        }
    }

    /// The reason in the CONNACK that must come before the close; nil for a close without a byte.
    var connack: (version: MQTTVersion, code: UInt8)? {
        switch self {
        case .ping, .text, .half: nil
        case .level9: (.v5, 0x84)
        case .reservedConnectFlag: (.v5, 0x81)
        case .emptyIdentifier: (.v3_1_1, 0x02)
        }
    }
}

final class StrangerPeer: SimulatedPeer {
    let kind: Stranger
    let began: UInt64
    private(set) var answer: [UInt8] = []
    private(set) var isClosed = false
    private(set) var wasReset = false

    init(_ kind: Stranger, began: UInt64) {
        self.kind = kind
        self.began = began
    }

    func received(_ bytes: [UInt8], on connection: SimulatedConnection) { self.answer += bytes }

    func closed(_ connection: SimulatedConnection, wasReset: Bool) {
        self.isClosed = true
        self.wasReset = wasReset
    }

    /// What was wrong with its end; nil when nothing was.
    var fault: String? {
        if self.wasReset { return nil }
        guard let connack = self.kind.connack else {
            return self.answer.isEmpty ? nil : "\(self.kind) was answered with \(self.answer)"
        }
        let code = self.answer.count > 3 && self.answer[0] == 0x20 ? self.answer[3] : nil
        return code == connack.code ? nil : "\(self.kind) was answered with \(self.answer)"
    }
}
