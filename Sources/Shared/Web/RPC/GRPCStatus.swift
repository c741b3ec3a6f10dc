package import HTTP

/// The status of a gRPC call, as its trailers have it. Source: gRPC over HTTP/2, "Status", "Status-Message".
package enum GRPCStatus {
    /// Bytes of a status message at most, before it is escaped; what is longer is cut. Common clients refuse trailers of 8 KiB.
    package static let messageLimit = 1 << 10
    /// Bytes of all details at most, as `google.rpc.Status`; with more there are none: half a message is worse than no message.
    package static let detailsLimit = 4 << 10

    /// The trailers that end a call; nil ends it well.
    package static func trailers(_ error: RPCError?) -> HTTPFields {
        guard let error else { return HTTPFields(["grpc-status": "0"]) }
        var fields = HTTPFields(["grpc-status": String(error.code.rawValue)])
        let message = self.shortened(error.message)
        if !message.isEmpty { fields["grpc-message"] = PercentEncoding.encode(message) }
        if !error.details.isEmpty {
            let details = StatusMessage.encode(RPCError(error.code, message, details: error.details))
            if details.count <= self.detailsLimit { fields["grpc-status-details-bin"] = Base64.encode(details) }
        }
        return fields
    }

    /// How a call ended; nil when the fields have no status.
    ///
    /// Details that cannot be read are left out: the status itself is worth more.
    package static func parse(_ fields: HTTPFields) -> Result<Void, RPCError>? {
        guard let text = fields["grpc-status"] else { return nil }
        let message = PercentEncoding.decode(fields["grpc-message"] ?? "")
        guard let number = decimal(text.utf8), let code = RPCCode(rawValue: Int(clamping: number)) else {
            return .failure(RPCError(.unknown, message.isEmpty ? "unknown status '\(text)'" : message))
        }
        if code == .ok { return .success(()) }
        let details = fields["grpc-status-details-bin"].flatMap { Base64.decode($0) }.flatMap {
            StatusMessage.details($0)
        }
        return .failure(RPCError(code, message, details: details ?? []))
    }

    private static func shortened(_ message: String) -> String {
        guard message.utf8.count > self.messageLimit else { return message }
        var end = message.utf8.index(message.utf8.startIndex, offsetBy: self.messageLimit)
        while end.samePosition(in: message.unicodeScalars) == nil { end = message.utf8.index(before: end) }
        return String(message[..<end])
    }
}

/// `grpc-message`: UTF-8, of which all but printable ASCII is escaped, and `%`. Source: gRPC over HTTP/2, "Status-Message".
package enum PercentEncoding {
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if (0x20...0x7E).contains(byte), byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An escape that is none stays as it is, and bytes that are no UTF-8 are replaced: a status is never refused for its text.
    package static func decode(_ text: String) -> String {
        String(decoding: self.bytes(text), as: UTF8.self)
    }

    package static func bytes(_ text: some StringProtocol) -> [UInt8] {
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count, let high = self.digit(source[index + 1]),
                let low = self.digit(source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(source[index])
                index += 1
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}
