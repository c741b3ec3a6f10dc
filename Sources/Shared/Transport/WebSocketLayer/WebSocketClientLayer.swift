package import Machine
import WebSocketWire

/// MQTT over WebSocket, on the client's side. Source: RFC 6455, MQTT 5.0 §6.
package final class WebSocketClientLayer: StreamLayer {
    private var opening: WebSocketClientHandshake?
    private var stream: WebSocketStream

    /// - Parameters:
    ///   - host: As it stands in Host: `example.com:8083`, `[::1]`.
    ///   - path: From `/` on, percent-encoded, with a query if there is one.
    ///   - maxPayload: Bytes of one frame that the server may send.
    ///   - random: For the nonce and each frame's mask, which nobody may foresee. Source: RFC 6455 §10.3.
    package init(
        host: String,
        path: String,
        maxPayload: Int = 256 << 20,
        random: @escaping () -> UInt32 = { .random(in: 0 ... .max) }
    ) {
        let nonce = (0..<4).flatMap { _ in
            let word = random()
            return (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) }
        }
        self.opening = WebSocketClientHandshake(host: host, path: path, nonce: nonce)
        self.stream = WebSocketStream(client: maxPayload, makeKey: random)
        super.init()
    }

    override package var isOpen: Bool { self.opening == nil }
    override package var hasEnded: Bool { self.stream.hasEnded }

    override package func start(down: inout [UInt8]) throws(LayerFailure) {
        if let opening { down += opening.request }
    }

    override package func received(
        _ bytes: Span<UInt8>,
        up: inout [UInt8],
        down: inout [UInt8]
    ) throws(LayerFailure) {
        guard self.opening != nil else { return try self.stream.received(bytes, up: &up, down: &down) }
        let unread: [UInt8]?
        do throws(WebSocketClientHandshake.Failure) {
            unread = try self.opening?.received(bytes)
        } catch {
            throw LayerFailure(error.reason)
        }
        guard let unread else { return }
        self.opening = nil
        try self.stream.received(unread.span, up: &up, down: &down)
    }

    override package func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) throws(LayerFailure) {
        self.stream.send(bytes, &down)
    }

    override package func close(down: inout [UInt8]) {
        if self.isOpen { self.stream.close(WebSocketClose(.normal), &down) }
    }

    override package func describe(_ facts: inout StreamFacts) { facts.isWebSocket = true }
}
