import Bytes
import HTTP1Wire

/// A server's side of the opening handshake: collects the request, and says what to answer.
///
/// Source: RFC 6455 §4.2, MQTT 5.0 §6.
package struct WebSocketServerHandshake: Sendable {
    package enum Outcome: Equatable, Sendable {
        /// The request is not whole.
        case more
        /// The connection is a WebSocket once `answer` is sent; `unread` are its first bytes.
        case accepted(answer: [UInt8], unread: [UInt8])
        /// The connection is closed once `answer` is sent.
        case refused(answer: [UInt8], Refusal)
    }

    package struct Refusal: Equatable, Sendable {
        package var status: Int
        /// For the log, and in the body for whoever looks with a browser.
        package var reason: String
    }

    /// Names of MQTT, in whatever version, that clients offer. Source: MQTT 5.0 §6 [MQTT-6.0.0-3], MQTT 3.1's `mqttv3.1`.
    package static let subprotocols = ["mqtt", "mqttv3.1"]
    /// Bytes of the whole request.
    package static let limit = 8 << 10

    private let path: String
    private let origins: WebSocketOrigins
    private var parser: HTTP1RequestParser
    /// The start of the request; the parser bounds it.
    private var unread: [UInt8] = []

    /// - Parameters:
    ///   - path: As it stands in the URL, percent-encoded: `/mqtt`.
    ///   - origins: Whose pages may connect.
    package init(path: String, origins: WebSocketOrigins) {
        self.path = path
        self.origins = origins
        var limits = HTTP1Limits()
        limits.requestLine = 4 << 10
        limits.headerBlock = Self.limit
        limits.headers = 64
        limits.body = 0
        self.parser = HTTP1RequestParser(limits: limits)
    }

    package mutating func received(_ bytes: Span<UInt8>) -> Outcome {
        let bytes = self.unread + bytes.copied()
        var index = 0
        do throws(HTTP1Error) {
            let request = try self.parser.next(in: bytes.span, at: &index)
            self.unread = Array(bytes[index...])
            guard let request else { return .more }
            guard let problem = self.problem(request) else {
                return .accepted(answer: self.answer(request), unread: self.unread)
            }
            return .refused(
                answer: problem.response.encoded(to: request, keepAlive: false),
                Refusal(status: problem.status, reason: problem.reason)
            )
        } catch {
            return .refused(
                answer: HTTP1Response(refusing: error).encoded(to: nil),
                Refusal(status: error.status, reason: error.reason)
            )
        }
    }

    private func problem(_ request: HTTP1Request) -> Problem? {
        guard request.path == self.path else {
            return Problem(404, "MQTT over WebSocket is at \(self.path) here")
        }
        guard request.method == "GET" else {
            return Problem(405, "a WebSocket is opened with GET", HTTP1Header("Allow", "GET"))
        }
        guard request.version == .http1_1 else {
            return Problem(400, "a WebSocket is opened with HTTP/1.1; a proxy in between has to speak it")
        }
        guard request.has(token: "websocket", in: "upgrade"), request.has(token: "upgrade", in: "connection") else {
            return Problem(
                426,
                "this is an MQTT over WebSocket listener; connect with a WebSocket client and the subprotocol mqtt "
                    + "(a proxy in between has to pass Upgrade and Connection on)",
                HTTP1Header("Upgrade", "websocket"),
                HTTP1Header("Connection", "Upgrade")
            )
        }
        guard request.elements(of: "sec-websocket-version") == ["13"] else {
            return Problem(
                426,
                "only version 13 of WebSocket is spoken here",
                HTTP1Header("Upgrade", "websocket"),
                HTTP1Header("Connection", "Upgrade"),
                HTTP1Header("Sec-WebSocket-Version", "13")
            )
        }
        let keys = request.headers.filter { $0.isNamed("sec-websocket-key") }
        guard keys.count == 1, isWebSocketKey(keys[0].value) else {
            return Problem(400, "Sec-WebSocket-Key is not sixteen bytes in base64")
        }
        guard self.isAllowed(origin: request.header("origin")) else {
            return Problem(403, "pages of this origin may not connect")
        }
        guard self.subprotocol(request) != nil else {
            return Problem(400, "the client must offer the subprotocol mqtt: Sec-WebSocket-Protocol: mqtt")
        }
        return nil
    }

    private func isAllowed(origin: String?) -> Bool { origin.map(self.origins.allows) ?? true }

    /// The first offered one that is MQTT.
    private func subprotocol(_ request: HTTP1Request) -> String? {
        request.elements(of: "sec-websocket-protocol").map { String($0) }.first { Self.subprotocols.contains($0) }
    }

    /// Offered extensions are left unanswered, which declines them. Source: RFC 6455 §9.1.
    private func answer(_ request: HTTP1Request) -> [UInt8] {
        Array(
            """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: \(webSocketAcceptKey(for: request.header("sec-websocket-key") ?? ""))\r
            Sec-WebSocket-Protocol: \(self.subprotocol(request) ?? "")\r
            \r

            """.utf8
        )
    }
}

private struct Problem {
    var status: Int
    var reason: String
    var headers: [HTTP1Header]

    init(_ status: Int, _ reason: String, _ headers: HTTP1Header...) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    var response: HTTP1Response {
        var response = HTTP1Response(status: self.status, text: "\(self.reason)\n")
        response.headers += self.headers
        return response
    }
}
