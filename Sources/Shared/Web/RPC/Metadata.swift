package import HTTP

/// What a call carries beside its messages, in its order; a name may come more than once.
///
/// Names that end in `-bin` have bytes, which travel as base64; the others have printable ASCII. Names that belong to HTTP, to
/// gRPC (`grpc-`) or to Connect (`connect-`) are not metadata and are never found in it.
///
/// Source: gRPC over HTTP/2, "Custom-Metadata".
package struct Metadata: Equatable, Sendable {
    package enum Value: Equatable, Sendable {
        case text(String)
        case bytes([UInt8])
    }

    package struct Entry: Equatable, Sendable {
        package let name: String
        package let value: Value
    }

    package private(set) var entries: [Entry] = []

    package init() {}

    /// What of a message's header or trailer fields is metadata.
    ///
    /// - Throws: `.internal` when a `-bin` field is not base64.
    package init(_ fields: HTTPFields) throws(RPCError) {
        for field in fields.all where !Self.isReserved(field.name) {
            guard field.name.hasSuffix("-bin") else {
                self.entries.append(Entry(name: field.name, value: .text(field.value)))
                continue
            }
            // Proxies may join fields of one name; base64 has no comma, so they can be told apart again.
            for part in field.value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let bytes = Base64.decode(trimmed(part)) else {
                    throw RPCError(.internal, "metadata '\(field.name)' is not base64")
                }
                self.entries.append(Entry(name: field.name, value: .bytes(bytes)))
            }
        }
    }

    /// The first text of the name; nil when there is none.
    package subscript(name: String) -> String? {
        guard case .text(let text)? = self.entries.first(where: { $0.name == name })?.value else { return nil }
        return text
    }

    /// The first bytes of a name that ends in `-bin`.
    package subscript(bytes name: String) -> [UInt8]? {
        guard case .bytes(let bytes)? = self.entries.first(where: { $0.name == name })?.value else { return nil }
        return bytes
    }

    package func values(_ name: String) -> [Value] { self.entries.filter { $0.name == name }.map(\.value) }

    /// Adds a text. What is not printable ASCII becomes `?`: a header field cannot hold it.
    ///
    /// - Parameter name: Lower case, not reserved, not ending in `-bin`.
    package mutating func add(_ name: String, _ text: String) {
        precondition(Self.isValidName(name) && !name.hasSuffix("-bin"), "'\(name)' is no name for text metadata")
        let printable = text.unicodeScalars.map { (0x20...0x7E).contains($0.value) ? Character($0) : "?" }
        self.entries.append(Entry(name: name, value: .text(String(printable))))
    }

    /// - Parameter name: Lower case, not reserved, ending in `-bin`.
    package mutating func add(_ name: String, bytes: [UInt8]) {
        precondition(Self.isValidName(name) && name.hasSuffix("-bin"), "'\(name)' is no name for binary metadata")
        self.entries.append(Entry(name: name, value: .bytes(bytes)))
    }

    /// - Parameter prefix: Connect puts `trailer-` before what would be trailers of a unary call.
    package func append(to fields: inout HTTPFields, prefix: String = "") {
        for entry in self.entries { fields.append(prefix + entry.name, entry.wireValue) }
    }

    private static func isValidName(_ name: String) -> Bool {
        let isWritten = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        return !name.isEmpty && isWritten && !self.isReserved(name)
    }

    private static func isReserved(_ name: String) -> Bool {
        switch name {
        case "connection", "content-encoding", "content-length", "content-type", "host", "keep-alive", "te", "trailer",
            "transfer-encoding", "upgrade":
            true
        default: name.hasPrefix(":") || name.hasPrefix("grpc-") || name.hasPrefix("connect-")
        }
    }
}

extension Metadata.Entry {
    /// As a header field has it.
    package var wireValue: String {
        switch self.value {
        case .text(let text): text
        case .bytes(let bytes): Base64.encode(bytes)
        }
    }
}

/// Without the spaces and tabs at both ends. Source: RFC 9110 §5.6.3.
package func trimmed(_ text: some StringProtocol) -> String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let front = text.utf8.drop(while: isSpace)
    return String(decoding: front.reversed().drop(while: isSpace).reversed(), as: UTF8.self)
}
