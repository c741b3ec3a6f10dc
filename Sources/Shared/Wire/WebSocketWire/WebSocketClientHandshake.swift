import Bytes

/// A client's side of the opening handshake. Source: RFC 6455 §4.1, MQTT 5.0 §6.
package struct WebSocketClientHandshake: Sendable {
    /// Why there is no WebSocket, for people.
    package struct Failure: Error, Equatable, Sendable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// Bytes of the server's header.
    package static let limit = 16 << 10

    private let host: String
    private let path: String
    private let key: String
    private var answer: [UInt8] = []

    /// - Parameters:
    ///   - host: As it stands in Host: `example.com:8083`, `[::1]`.
    ///   - path: From `/` on, with a query if there is one.
    ///   - nonce: Sixteen bytes that were never used before.
    package init(host: String, path: String, nonce: [UInt8]) {
        precondition(nonce.count == 16, "a WebSocket's nonce has sixteen bytes")
        self.host = host
        self.path = path
        self.key = base64(nonce)
    }

    package var request: [UInt8] {
        Array(
            """
            GET \(self.path) HTTP/1.1\r
            Host: \(self.host)\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: \(self.key)\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Protocol: mqtt\r
            \r

            """.utf8
        )
    }

    /// - Returns: The first bytes of the WebSocket; nil while the server's answer is not whole.
    package mutating func received(_ bytes: Span<UInt8>) throws(Failure) -> [UInt8]? {
        self.answer += bytes.copied()
        let end = self.endOfHeader
        if end ?? self.answer.count > Self.limit {
            throw Failure(reason: "the server's answer to the WebSocket handshake is longer than \(Self.limit) bytes")
        }
        guard let end else {
            // What is no HTTP (an MQTT broker's own port, TLS) need not be waited for.
            let start = Array("HTTP/1.".utf8)
            if !self.answer.prefix(start.count).elementsEqual(start.prefix(self.answer.count)) {
                throw Failure(reason: "the server does not speak HTTP, and so no WebSocket")
            }
            return nil
        }
        try self.check(ResponseHeader(self.answer[..<end]), body: self.answer[end...])
        return Array(self.answer[end...])
    }

    private var endOfHeader: Int? {
        var index = 3
        while index < self.answer.count {
            if self.answer[index] == 0x0A, self.answer[index - 1] == 0x0D, self.answer[index - 2] == 0x0A {
                return index + 1
            }
            index += 1
        }
        return nil
    }

    private func check(_ header: ResponseHeader, body: ArraySlice<UInt8>) throws(Failure) {
        guard header.status == 101 else {
            throw Failure(
                reason: "the server answered \(header.statusText) at \(self.path), and no WebSocket"
                    + (Self.firstLine(body).map { ": \($0)" } ?? "")
            )
        }
        guard header.values("upgrade").contains(where: { $0.lowercased() == "websocket" }),
            header.values("connection").contains(where: { $0.lowercased() == "upgrade" })
        else { throw Failure(reason: "the server switched to another protocol than WebSocket") }
        guard header.values("sec-websocket-accept") == [webSocketAcceptKey(for: self.key)] else {
            throw Failure(reason: "the server's Sec-WebSocket-Accept does not answer this client's key")
        }
        guard header.values("sec-websocket-extensions").isEmpty else {
            throw Failure(reason: "the server chose a WebSocket extension that was not offered")
        }
        guard header.values("sec-websocket-protocol") == ["mqtt"] else {
            throw Failure(reason: "the server did not choose the WebSocket subprotocol mqtt")
        }
    }

    /// As much of the body as has come, if it is a line of text and no page.
    private static func firstLine(_ body: ArraySlice<UInt8>) -> String? {
        let line = body.prefix { $0 >= 0x20 && $0 < 0x7F }.prefix(300)
        return line.isEmpty || line.first == UInt8(ascii: "<") ? nil : String(decoding: line, as: UTF8.self)
    }
}

/// A status line and fields, as far as a client of WebSocket wants them.
private struct ResponseHeader {
    var status: Int?
    /// `404 Not Found`.
    var statusText = ""
    private var fields: [(name: String, value: String)] = []

    init(_ bytes: ArraySlice<UInt8>) {
        let lines = bytes.split(separator: 0x0A).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }
        let words = lines.first?.split(separator: " ", maxSplits: 1) ?? []
        if words.count == 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0" {
            self.statusText = String(words[1])
            self.status = Int(words[1].prefix(3))
        }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmed
            self.fields.append((line[..<colon].lowercased(), String(value)))
        }
    }

    /// The elements of a list, over all lines that the field has.
    func values(_ name: String) -> [String] {
        self.fields.filter { $0.name == name }
            .flatMap { $0.value.split(separator: ",").map { String($0.trimmed) } }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = self.drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }
}
