import Bytes

/// What a message says about itself, in words no protocol owns.
///
/// On the way through the core a header is bytes: fields one after the other, each a number and a value. Numbers below 0x80 are
/// MQTT 5's property identifiers with MQTT 5's encoding, so that an MQTT publish travels to MQTT subscribers in one copy;
/// from 0x80 on they are ours, a string or bytes with two bytes of length each. Every protocol maps its own properties here.
package enum HeaderField: UInt8, CaseIterable, Sendable {
    /// One byte: 1 when the payload is UTF-8 text.
    case payloadFormat = 0x01
    /// String.
    case contentType = 0x03
    /// String: the topic or address that an answer goes to.
    case replyTo = 0x08
    /// Bytes.
    case correlation = 0x09
    /// Two strings, a name and a value; the only field that may repeat, in order.
    case userHeader = 0x26
    /// String.
    case messageID = 0x80
    /// One byte, 0...255; 4 is what a message without the field has.
    case priority = 0x81
}

/// A header as a value: for protocols that need its fields by name, for tests, and for tools.
package struct MessageHeader: Equatable, Sendable {
    package var isText: Bool?
    package var contentType: String?
    package var replyTo: String?
    package var correlation: [UInt8]?
    package var messageID: String?
    package var priority: UInt8?
    /// In order, duplicates kept.
    package var userHeaders: [UserHeader] = []

    package struct UserHeader: Equatable, Sendable {
        package var name: String
        package var value: String
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init() {}

    /// - Returns: nil when the bytes are no header: an unknown field or one that ends too early.
    package init?(_ bytes: Span<UInt8>) {
        var reader = ByteReader(bytes)
        while let number = reader.readUInt8() {
            guard let field = HeaderField(rawValue: number) else { return nil }
            switch field {
            case .payloadFormat:
                guard let value = reader.readUInt8() else { return nil }
                self.isText = value == 1
            case .priority:
                guard let value = reader.readUInt8() else { return nil }
                self.priority = value
            case .contentType:
                guard let value = reader.readLengthPrefixed() else { return nil }
                self.contentType = value.string()
            case .replyTo:
                guard let value = reader.readLengthPrefixed() else { return nil }
                self.replyTo = value.string()
            case .messageID:
                guard let value = reader.readLengthPrefixed() else { return nil }
                self.messageID = value.string()
            case .correlation:
                guard let value = reader.readLengthPrefixed() else { return nil }
                self.correlation = value.copied()
            case .userHeader:
                guard let name = reader.readLengthPrefixed(), let value = reader.readLengthPrefixed() else {
                    return nil
                }
                self.userHeaders.append(UserHeader(name.string(), value.string()))
            }
        }
    }

    /// The header as bytes. Strings over 65,535 bytes of UTF-8 are cut at a character.
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        if let isText { bytes += [HeaderField.payloadFormat.rawValue, isText ? 1 : 0] }
        if let contentType { bytes.append(.contentType, contentType) }
        if let replyTo { bytes.append(.replyTo, replyTo) }
        if let correlation {
            bytes.append(HeaderField.correlation.rawValue)
            bytes.append(prefixed: correlation.prefix(Int(UInt16.max)))
        }
        for header in self.userHeaders {
            bytes.append(.userHeader, header.name)
            bytes.append(prefixed: header.value.fitting())
        }
        if let messageID { bytes.append(.messageID, messageID) }
        if let priority { bytes += [HeaderField.priority.rawValue, priority] }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ field: HeaderField, _ string: String) {
        self.append(field.rawValue)
        self.append(prefixed: string.fitting())
    }

    fileprivate mutating func append(prefixed bytes: some Collection<UInt8>) {
        self += [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
        self += bytes
    }
}

extension String {
    fileprivate func fitting() -> [UInt8] {
        var cut = self[...]
        while cut.utf8.count > Int(UInt16.max) { cut = cut.dropLast() }
        return Array(cut.utf8)
    }
}
