/// A protocol level of CONNECT that is understood.
///
/// Source: MQTT 3.1 §3.1, MQTT 3.1.1 §3.1.2.2, MQTT 5.0 §3.1.2.2.
@usableFromInline
package enum MQTTVersion: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    /// Named `MQIsdp` on the wire; the others are named `MQTT`.
    case v3_1 = 3
    case v3_1_1 = 4
    case v5 = 5

    @usableFromInline package var description: String {
        switch self {
        case .v3_1: "3.1"
        case .v3_1_1: "3.1.1"
        case .v5: "5.0"
        }
    }
}

/// The upper four bits of a packet's first byte. Source: MQTT 5.0 §2.1.2.
@usableFromInline
package enum MQTTPacketType: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    case connect = 1
    case connack
    case publish
    case puback
    case pubrec
    case pubrel
    case pubcomp
    case subscribe
    case suback
    case unsubscribe
    case unsuback
    case pingreq
    case pingresp
    case disconnect
    case auth

    @usableFromInline package var description: String {
        switch self {
        case .connect: "CONNECT"
        case .connack: "CONNACK"
        case .publish: "PUBLISH"
        case .puback: "PUBACK"
        case .pubrec: "PUBREC"
        case .pubrel: "PUBREL"
        case .pubcomp: "PUBCOMP"
        case .subscribe: "SUBSCRIBE"
        case .suback: "SUBACK"
        case .unsubscribe: "UNSUBSCRIBE"
        case .unsuback: "UNSUBACK"
        case .pingreq: "PINGREQ"
        case .pingresp: "PINGRESP"
        case .disconnect: "DISCONNECT"
        case .auth: "AUTH"
        }
    }

    /// What the lower four bits of the first byte must be; nil for PUBLISH, where they carry DUP, QoS and RETAIN.
    ///
    /// Source: MQTT 5.0 §2.1.3.
    @inlinable package var requiredFlags: UInt8? {
        switch self {
        case .publish: nil
        case .pubrel, .subscribe, .unsubscribe: 0b0010
        default: 0
        }
    }

    /// The first byte of a packet of this type, PUBLISH with no flag set.
    @inlinable package var firstByte: UInt8 { self.rawValue << 4 | (self.requiredFlags ?? 0) }
}
