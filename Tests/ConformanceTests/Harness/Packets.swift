/// Which form of a packet is meant.
enum Wire: String, Sendable { case v31 = "3.1", v311 = "3.1.1", v5 = "5.0" }

/// The bytes of a string on the wire: mostly a literal, or hexadecimal digits where it must not be one.
struct Text: Sendable, ExpressibleByStringInterpolation {
    let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    init(stringLiteral text: String) { self.bytes = Array(text.utf8) }
    static func hex(_ text: String) -> Text { Text(hexBytes(text)) }
}

/// A packet as the specifications draw it, written down byte by byte: nothing of the code under test is asked.
///
/// One value has a form in each version, so that a script can be read, and run, for either: 3.1.1 leaves out properties and
/// reason codes.
struct Packet: Sendable {
    let bytes: @Sendable (Wire) -> [UInt8]

    private init(_ bytes: @escaping @Sendable (Wire) -> [UInt8]) { self.bytes = bytes }

    /// The fixed header before a body.
    private init(_ first: UInt8, _ body: @escaping @Sendable (Wire) -> [UInt8]) {
        self.bytes = { wire in
            let body = body(wire)
            return [first] + variableByteInteger(body.count) + body
        }
    }

    /// Bytes as they are: hexadecimal digits, spaces where they help, and ASCII between apostrophes.
    static func hex(_ text: String) -> Packet {
        let bytes = hexBytes(text)
        return Packet { _ in bytes }
    }

    static func raw(_ bytes: [UInt8]) -> Packet { Packet { _ in bytes } }

    // MARK: Connections

    struct Will: Sendable {
        var topic: Text
        var payload = "gone"
        var qos: UInt8 = 0
        var retain = false
        var with: [Property] = []
    }

    /// - Parameter problems: Request Problem Information: mostly 0, so that a DISCONNECT is its reason code alone.
    static func connect(
        _ clientID: Text,
        clean: Bool = true,
        expiry: UInt32? = nil,
        keepAlive: UInt16 = 0,
        will: Will? = nil,
        user: Text? = nil,
        password: String? = nil,
        problems: UInt8 = 0,
        with properties: [Property] = []
    ) -> Packet {
        Packet(0x10) { wire in
            var body: [UInt8] =
                switch wire {
                case .v31: string("MQIsdp") + [3]
                case .v311: string("MQTT") + [4]
                case .v5: string("MQTT") + [5]
                }
            var flags: UInt8 = clean ? 0x02 : 0
            if let will { flags |= 0x04 | will.qos << 3 | (will.retain ? 0x20 : 0) }
            if user != nil { flags |= 0x80 }
            if password != nil { flags |= 0x40 }
            body += [flags] + uint16(keepAlive)
            if wire == .v5 {
                body += Property.section(
                    (expiry.map { [.sessionExpiry($0)] } ?? []) + [.requestProblems(problems)] + properties
                )
            }
            body += string(clientID)
            if let will {
                if wire == .v5 { body += Property.section(will.with) }
                body += string(will.topic) + string(Text(Array(will.payload.utf8)))
            }
            return body + (user.map(string) ?? []) + (password.map { string(Text(Array($0.utf8))) } ?? [])
        }
    }

    /// The server's welcome; what MQTT 5 is told of its limits stands in ``Property/limits``.
    static func connack(session: Bool = false, _ properties: [Property] = Property.limits) -> Packet {
        Packet(0x20) { wire in
            [session && wire != .v31 ? 1 : 0, 0] + (wire == .v5 ? Property.section(properties) : [])
        }
    }

    static var pingreq: Packet { .hex("C0 00") }
    static var pingresp: Packet { .hex("D0 00") }

    /// - Parameter reason: Said in MQTT 5 only, and only when it is not 0.
    static func disconnect(_ reason: UInt8 = 0, with properties: Property...) -> Packet {
        Packet(0xE0) { Packet.reason($0, reason, properties) }
    }

    static func auth(_ reason: UInt8, with properties: Property...) -> Packet {
        Packet(0xF0) { Packet.reason($0, reason, properties) }
    }

    private static func reason(_ wire: Wire, _ reason: UInt8, _ properties: [Property]) -> [UInt8] {
        if wire != .v5 || (reason == 0 && properties.isEmpty) { return [] }
        return [reason] + (properties.isEmpty ? [] : Property.section(properties))
    }

    // MARK: Messages

    static func publish(
        _ topic: Text,
        _ payload: String = "hello",
        qos: UInt8 = 0,
        id: UInt16 = 0,
        retain: Bool = false,
        dup: Bool = false,
        with properties: Property...
    ) -> Packet {
        Packet(0x30 | (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0)) { wire in
            string(topic) + (qos > 0 ? uint16(id) : []) + (wire == .v5 ? Property.section(properties) : [])
                + Array(payload.utf8)
        }
    }

    static func puback(_ id: UInt16, _ reason: UInt8 = 0) -> Packet { .answer(0x40, id, reason) }
    static func pubrec(_ id: UInt16, _ reason: UInt8 = 0) -> Packet { .answer(0x50, id, reason) }
    static func pubrel(_ id: UInt16, _ reason: UInt8 = 0) -> Packet { .answer(0x62, id, reason) }
    static func pubcomp(_ id: UInt16, _ reason: UInt8 = 0) -> Packet { .answer(0x70, id, reason) }

    private static func answer(_ first: UInt8, _ id: UInt16, _ code: UInt8) -> Packet {
        Packet(first) { uint16(id) + Packet.reason($0, code, []) }
    }

    // MARK: Subscriptions

    /// - Parameter filters: Each with its options: QoS in bits 0 and 1; in MQTT 5 no local 4, retain as published 8, retain
    ///   handling 16 and 32.
    static func subscribe(_ id: UInt16, _ filters: (Text, UInt8)..., with properties: Property...) -> Packet {
        .subscribe(id, filters, properties)
    }

    static func subscribe(_ id: UInt16, _ filters: [(Text, UInt8)], _ properties: [Property]) -> Packet {
        Packet(0x82) { wire in
            uint16(id) + (wire == .v5 ? Property.section(properties) : [])
                + filters.flatMap { string($0.0) + [$0.1] }
        }
    }

    /// 3.1.1 has one failure.
    static func suback(_ id: UInt16, _ reasons: UInt8...) -> Packet {
        Packet(0x90) { wire in
            uint16(id) + (wire == .v5 ? [0] + reasons : reasons.map { $0 >= 0x80 ? 0x80 : $0 })
        }
    }

    static func unsubscribe(_ id: UInt16, _ filters: Text..., with properties: Property...) -> Packet {
        Packet(0xA2) { wire in
            uint16(id) + (wire == .v5 ? Property.section(properties) : []) + filters.flatMap(string)
        }
    }

    static func unsuback(_ id: UInt16, _ reasons: UInt8...) -> Packet {
        Packet(0xB0) { wire in uint16(id) + (wire == .v5 ? [0] + reasons : []) }
    }
}

/// One property of MQTT 5, as it stands on the wire.
struct Property: Sendable {
    let bytes: [UInt8]

    static func section(_ properties: [Property]) -> [UInt8] {
        let bytes = properties.flatMap(\.bytes)
        return variableByteInteger(bytes.count) + bytes
    }

    /// What the stage's broker tells every client of its own limits: 256 messages under way, 64 aliases, 1 MiB and a bit.
    static let limits: [Property] = [.receiveMaximum(256), .aliasMaximum(64), .maximumPacketSize(0x0011_0005)]

    static func payloadFormat(_ value: UInt8) -> Property { .init(bytes: [0x01, value]) }
    static func messageExpiry(_ seconds: UInt32) -> Property { .init(bytes: [0x02] + uint32(seconds)) }
    static func contentType(_ text: Text) -> Property { .init(bytes: [0x03] + string(text)) }
    static func responseTopic(_ text: Text) -> Property { .init(bytes: [0x08] + string(text)) }
    static func correlation(_ text: Text) -> Property { .init(bytes: [0x09] + string(text)) }
    static func subscription(_ identifier: Int) -> Property { .init(bytes: [0x0B] + variableByteInteger(identifier)) }
    static func sessionExpiry(_ seconds: UInt32) -> Property { .init(bytes: [0x11] + uint32(seconds)) }
    static func serverKeepAlive(_ seconds: UInt16) -> Property { .init(bytes: [0x13] + uint16(seconds)) }
    static func method(_ text: Text) -> Property { .init(bytes: [0x15] + string(text)) }
    static func data(_ text: Text) -> Property { .init(bytes: [0x16] + string(text)) }
    static func requestProblems(_ value: UInt8) -> Property { .init(bytes: [0x17, value]) }
    static func willDelay(_ seconds: UInt32) -> Property { .init(bytes: [0x18] + uint32(seconds)) }
    static func requestResponse(_ value: UInt8) -> Property { .init(bytes: [0x19, value]) }
    static func reason(_ text: Text) -> Property { .init(bytes: [0x1F] + string(text)) }
    static func receiveMaximum(_ count: UInt16) -> Property { .init(bytes: [0x21] + uint16(count)) }
    static func aliasMaximum(_ count: UInt16) -> Property { .init(bytes: [0x22] + uint16(count)) }
    static func alias(_ number: UInt16) -> Property { .init(bytes: [0x23] + uint16(number)) }
    static func maximumQoS(_ qos: UInt8) -> Property { .init(bytes: [0x24, qos]) }
    static func user(_ name: Text, _ value: Text) -> Property {
        .init(bytes: [0x26] + string(name) + string(value))
    }
    static func maximumPacketSize(_ bytes: UInt32) -> Property { .init(bytes: [0x27] + uint32(bytes)) }
    static func hex(_ text: String) -> Property { .init(bytes: hexBytes(text)) }
}

// MARK: Fields

private func string(_ text: Text) -> [UInt8] { uint16(UInt16(text.bytes.count)) + text.bytes }
private func uint16(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
private func uint32(_ value: UInt32) -> [UInt8] { uint16(UInt16(value >> 16)) + uint16(UInt16(value & 0xFFFF)) }

private func variableByteInteger(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127 | 128)] + variableByteInteger(value >> 7)
}

private func hexBytes(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    var isQuoted = false
    for byte in text.utf8 {
        if byte == UInt8(ascii: "'") {
            isQuoted.toggle()
        } else if isQuoted {
            bytes.append(byte)
        } else if let digit = Character(UnicodeScalar(byte)).hexDigitValue {
            if let first = high { bytes.append(first << 4 | UInt8(digit)) }
            high = high == nil ? UInt8(digit) : nil
        } else {
            precondition(byte == UInt8(ascii: " "), "not hexadecimal: \(text)")
        }
    }
    precondition(high == nil && !isQuoted, "half a byte at the end: \(text)")
    return bytes
}

/// Bytes for a failure's words.
func words(_ bytes: [UInt8]) -> String {
    bytes.prefix(80).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
        + (bytes.count > 80 ? " ... (\(bytes.count) bytes)" : "")
}
