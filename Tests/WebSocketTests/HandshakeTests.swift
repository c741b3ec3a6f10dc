import FuzzChecks
import Testing
import WebSocketWire

/// A good request with fields changed: nil takes one away.
func request(
    _ line: String = "GET /mqtt HTTP/1.1",
    _ changes: [String: String?] = [:]
) -> [UInt8] {
    var fields: [(String, String?)] = [
        ("Host", "broker.example:8083"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Protocol", "mqtt"),
    ]
    for (name, value) in changes.sorted(by: { $0.key < $1.key }) {
        if let index = fields.firstIndex(where: { $0.0 == name }) {
            fields[index].1 = value
        } else {
            fields.append((name, value))
        }
    }
    let lines = fields.compactMap { name, value in value.map { "\(name): \($0)\r\n" } }
    return Array("\(line)\r\n\(lines.joined())\r\n".utf8)
}

private func answer(_ bytes: [UInt8], origins: [String] = []) -> (text: String, refusal: Int?) {
    var handshake = WebSocketServerHandshake(path: "/mqtt", origins: origins.isEmpty ? .any : .listed(origins))
    switch handshake.received(bytes.span) {
    case .more: return ("", nil)
    case .accepted(let answer, _): return (String(decoding: answer, as: UTF8.self), nil)
    case .refused(let answer, let refusal): return (String(decoding: answer, as: UTF8.self), refusal.status)
    }
}

@Suite("The WebSocket handshake")
struct HandshakeTests {
    @Test("a key is answered as in RFC 6455 §1.3, and SHA-1 is right around the bounds of its blocks")
    func acceptKey() {
        #expect(webSocketAcceptKey(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        // 36 bytes of constant and these: 55, 56, 64 and 128 in all. Worked out with sha1sum.
        let expected = [
            19: "qQsxh2Nb/vsnD9od6HBiP6Igif0=", 20: "7jD6MP55bPPoLSNhT1mD/AE8sjc=", 28: "atUL8kQGe4qplhq19Y5TKRw/Uj4=",
            92: "N6jQH9SY1VrfN6p4qvkUdTUUhwQ=",
        ]
        for (count, hash) in expected { #expect(webSocketAcceptKey(for: String(repeating: "x", count: count)) == hash) }
        #expect(
            ["", "f", "fo", "foo", "foob"].map { base64(Array($0.utf8)) } == ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]
        )
    }

    @Test("a good request gets 101 with the accepted key and the subprotocol, and offered extensions no answer")
    func accepted() {
        let bytes = request("GET /mqtt?token=1 HTTP/1.1", ["Sec-WebSocket-Extensions": "permessage-deflate"])
        #expect(
            answer(bytes).text
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
        )
    }

    @Test("frames right behind the request are not lost, wherever the bytes are cut", arguments: 1..<60)
    func unread(_ size: Int) {
        var handshake = WebSocketServerHandshake(path: "/mqtt", origins: .any)
        var unread: [UInt8]?
        for piece in cut(request() + [0x82, 0x80, 1, 2, 3, 4], every: size) {
            if unread != nil {
                unread? += piece
            } else if case .accepted(_, let rest) = handshake.received(piece.span) {
                unread = rest
            }
        }
        #expect(unread == [0x82, 0x80, 1, 2, 3, 4])
    }

    @Test(
        "tokens count in whatever case and list, and the first subprotocol that is MQTT is chosen",
        arguments: [
            (["Upgrade": "WebSocket"], "mqtt"), (["Connection": "keep-alive, UPGRADE"], "mqtt"),
            (["Upgrade": "h2c, websocket"], "mqtt"), (["Sec-WebSocket-Protocol": "chat, mqttv3.1, mqtt"], "mqttv3.1"),
            (["Origin": "https://EXAMPLE.com"], "mqtt"),
        ] as [([String: String], String)]
    )
    func tokens(_ changes: [String: String], _ subprotocol: String) {
        let answer = answer(request("GET /mqtt HTTP/1.1", changes), origins: ["https://example.com"])
        #expect(
            answer.text.hasPrefix("HTTP/1.1 101 ") && answer.text.contains("Sec-WebSocket-Protocol: \(subprotocol)\r\n")
        )
    }

    static let refused: [(String, [String: String?], Int, String)] = [
        ("GET / HTTP/1.1", [:], 404, "MQTT over WebSocket is at /mqtt here"),
        ("GET /mqtt/ HTTP/1.1", [:], 404, "MQTT over WebSocket is at /mqtt here"),
        ("POST /mqtt HTTP/1.1", [:], 405, "Allow: GET\r\n"),
        ("GET /mqtt HTTP/1.0", [:], 400, "HTTP/1.1"),
        ("GET /mqtt HTTP/2.0", [:], 505, "HTTP/1.1"),
        ("GET /mqtt HTTP/1.1", ["Upgrade": nil], 426, "this is an MQTT over WebSocket listener"),
        ("GET /mqtt HTTP/1.1", ["Connection": "keep-alive"], 426, "Upgrade: websocket\r\nConnection: Upgrade\r\n"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Version": "8"], 426, "Sec-WebSocket-Version: 13\r\n"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Version": nil], 426, "Sec-WebSocket-Version: 13\r\n"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Key": nil], 400, "Sec-WebSocket-Key"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Key": "c2hvcnQ="], 400, "Sec-WebSocket-Key"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ!="], 400, "Sec-WebSocket-Key"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Key": "aaaaaaaaaaaaaaaaaaaaaaaa"], 400, "Sec-WebSocket-Key"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Protocol": nil], 400, "must offer the subprotocol mqtt"),
        ("GET /mqtt HTTP/1.1", ["Sec-WebSocket-Protocol": "chat"], 400, "must offer the subprotocol mqtt"),
        ("GET /mqtt HTTP/1.1", ["Origin": "https://evil.example"], 403, "pages of this origin may not connect"),
        ("GET /mqtt HTTP/1.1", ["Origin": "null"], 403, "pages of this origin may not connect"),
        ("GET /mqtt HTTP/1.1", ["Host": nil], 400, "no Host"),
        ("GET /mqtt HTTP/1.1", ["Content-Length": "1"], 413, "the body"),
        ("GET /mqtt HTTP/1.1", ["X": String(repeating: "x", count: 9_000)], 431, "the header is longer"),
        ("GET /\(String(repeating: "x", count: 5_000)) HTTP/1.1", [:], 414, "the request line is longer"),
        ("\u{10}\u{0C}", [:], 400, "the request line has no version"),
    ]

    @Test("what is wrong with a request is said with its status, and the connection closes", arguments: refused)
    func refusals(_ line: String, _ changes: [String: String?], _ status: Int, _ text: String) {
        let bytes = request(line, changes)
        let answer = answer(bytes, origins: ["https://example.com"])
        #expect(answer.refusal == status)
        #expect(answer.text.hasPrefix("HTTP/1.1 \(status) ") && answer.text.contains(text))
        #expect(answer.text.contains("Connection: close\r\n"))
    }

    @Test("a header without an end is refused once it is over the limit, and not collected for ever")
    func endless() {
        var handshake = WebSocketServerHandshake(path: "/mqtt", origins: .any)
        var sent = 0
        let line = Array("X: y\r\n".utf8)
        var outcome = handshake.received(Array("GET /mqtt HTTP/1.1\r\nHost: h\r\n".utf8).span)
        while outcome == .more, sent < 1 << 20 {
            outcome = handshake.received(line.span)
            sent += line.count
        }
        guard case .refused(_, let refusal) = outcome else { return #expect(Bool(false), "it is collected for ever") }
        #expect(refusal.status == 431 && sent <= 9 << 10)
    }

    // MARK: The client

    private static let nonce = Array("the sample nonce".utf8)
    private static let good = [
        "HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: mqtt",
    ]

    @Test("the client's request is one that the server takes, and the client takes the server's answer")
    func both() throws {
        var client = WebSocketClientHandshake(host: "[::1]:8083", path: "/mqtt?a=b", nonce: Self.nonce)
        var server = WebSocketServerHandshake(path: "/mqtt", origins: .listed(["https://example.com"]))
        guard case .accepted(let answer, let unread) = server.received(client.request.span) else {
            return #expect(Bool(false), "the server refuses the client")
        }
        #expect(unread.isEmpty)
        for byte in answer.dropLast() { #expect(try client.received([byte].span) == nil) }
        #expect(try client.received([0x0A, 0x82].span) == [0x82])
    }

    static let answers: [([String], String)] = [
        (good, ""),
        (
            ["HTTP/1.1 101 Switching Protocols", "upgrade: WebSocket", "connection: keep-alive, upgrade"] + good[3...],
            ""
        ),
        (["HTTP/1.1 404 Not Found"], "the server answered 404 Not Found at /mqtt, and no WebSocket"),
        (["HTTP/1.0 200 OK"], "the server answered 200 OK at /mqtt, and no WebSocket"),
        (Array(good[..<1]) + good[2...], "the server switched to another protocol than WebSocket"),
        (
            Array(good[..<3]) + ["Sec-WebSocket-Accept: x"] + good[4...],
            "the server's Sec-WebSocket-Accept does not answer this client's key"
        ),
        (Array(good[..<4]), "the server did not choose the WebSocket subprotocol mqtt"),
        (
            Array(good[..<4]) + ["Sec-WebSocket-Protocol: chat"],
            "the server did not choose the WebSocket subprotocol mqtt"
        ),
        (
            good + ["Sec-WebSocket-Extensions: permessage-deflate"],
            "the server chose a WebSocket extension that was not offered"
        ),
    ]

    @Test("the client takes a good answer only, and says what is wrong with another", arguments: answers)
    func clientRefusals(_ lines: [String], _ problem: String) {
        var client = WebSocketClientHandshake(host: "h", path: "/mqtt", nonce: Self.nonce)
        var said = ""
        do throws(WebSocketClientHandshake.Failure) {
            let bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
            #expect(try client.received(bytes.span) == [])
        } catch {
            said = error.reason
        }
        #expect(said == problem)
    }

    @Test("the client says what the server wrote, does not wait for what is no HTTP, and collects no endless header")
    func clientBounds() {
        var client = WebSocketClientHandshake(host: "h", path: "/x", nonce: Self.nonce)
        let refusal = Array("HTTP/1.1 404 Not Found\r\n\r\nMQTT over WebSocket is at /mqtt here\n".utf8)
        #expect(
            throws: WebSocketClientHandshake.Failure(
                reason:
                    "the server answered 404 Not Found at /x, and no WebSocket: MQTT over WebSocket is at /mqtt here"
            )
        ) { try client.received(refusal.span) }
        client = WebSocketClientHandshake(host: "h", path: "/x", nonce: Self.nonce)
        #expect(throws: WebSocketClientHandshake.Failure.self) { try client.received([0x20, 0x02, 0, 1].span) }
        client = WebSocketClientHandshake(host: "h", path: "/x", nonce: Self.nonce)
        let endless = Array("HTTP/1.1 101 x\r\n".utf8) + [UInt8](repeating: 0x61, count: 17 << 10)
        #expect(throws: WebSocketClientHandshake.Failure.self) { try client.received(endless.span) }
    }

    @Test("what the fuzzer started from and found holds, cut everywhere")
    func corpusHolds() {
        let inputs = corpus("FuzzWebSocket")
        #expect(!inputs.isEmpty)
        for input in inputs {
            for size in UInt8(0)..<31 {
                fuzzWebSocket([(input.bytes.first ?? 0) & 3 | size << 2] + input.bytes.dropFirst())
            }
        }
    }

    @Test(
        "the rule for loopback lets in what this machine serves, and nobody who only looks like it",
        arguments: [
            ("http://localhost", true), ("https://localhost:3000", true), ("http://127.0.0.1:8080", true),
            ("http://127.9.9.9", true), ("http://[::1]:80", true), ("HTTP://LOCALHOST", true),
            ("https://example.com", false), ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://127.1", false), ("http://[::2]", false), ("null", false), ("file://", false), ("", false),
            ("ftp://localhost", false), ("http://example.com/localhost", false),
        ]
    )
    func loopbackOrigins(_ origin: String, _ isAllowed: Bool) {
        #expect(WebSocketOrigins.loopback.allows(origin) == isAllowed)
        #expect(WebSocketOrigins.any.allows(origin))
        #expect(!WebSocketOrigins.listed(["https://a.example"]).allows(origin))
    }
}
