import Bytes

/// Why a WebSocket ends. Source: RFC 6455 §7.4.
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let normal = WebSocketCloseCode(rawValue: 1000)
    /// A server that stops, a page that was left.
    package static let goingAway = WebSocketCloseCode(rawValue: 1001)
    package static let protocolError = WebSocketCloseCode(rawValue: 1002)
    /// Text, where only binary is spoken.
    package static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
    /// Text that is not UTF-8.
    package static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
    /// What no clause forbids, and no good client does.
    package static let policyViolation = WebSocketCloseCode(rawValue: 1008)
    package static let messageTooBig = WebSocketCloseCode(rawValue: 1009)

    /// Whether a close frame may carry it: those that IANA lists but 1004, 1005, 1006 and 1015, which stand for what happened
    /// without one, and those left to libraries (3000...3999) and applications (4000...4999).
    package var mayBeSent: Bool {
        switch self.rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// What a peer did that ends the WebSocket; ``code`` goes into the close frame.
package struct WebSocketError: Error, Equatable, Sendable {
    package let code: WebSocketCloseCode
    /// For the log.
    package let reason: String

    package init(_ code: WebSocketCloseCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    static func protocolError(_ reason: String) -> WebSocketError { WebSocketError(.protocolError, reason) }
}

/// The payload of a close frame: nothing, or two bytes of code and text. Source: RFC 6455 §5.5.1.
package struct WebSocketClose: Equatable, Sendable {
    /// nil when the frame has none.
    package var code: WebSocketCloseCode?
    /// The peer's words, for people.
    package var reason: String

    package init(_ code: WebSocketCloseCode?, _ reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// - Throws: 1002 for half a code or one that nobody may send, 1007 for text that is not UTF-8.
    package init(payload: [UInt8]) throws(WebSocketError) {
        if payload.isEmpty {
            self.init(nil)
            return
        }
        guard payload.count >= 2 else { throw .protocolError("a close frame has one byte") }
        let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.mayBeSent else { throw .protocolError("a close frame has the code \(code.rawValue)") }
        guard let reason = String(validating: payload[2...], as: UTF8.self) else {
            throw WebSocketError(.invalidPayload, "the reason of a close frame is not UTF-8")
        }
        self.init(code, reason)
    }

    /// Text beyond what a control frame holds is left out.
    package var payload: [UInt8] {
        guard let code else { return [] }
        var text = self.reason
        while text.utf8.count > WebSocketFrameHeader.controlLimit - 2 { text.removeLast() }
        return [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)] + Array(text.utf8)
    }
}
