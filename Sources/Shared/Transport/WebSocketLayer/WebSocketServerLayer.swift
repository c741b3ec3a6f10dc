package import Machine
import Synchronization
import WebSocketWire

/// Whether a listener's clients are told that the server goes away when their connections are closed. One for all of them.
package final class WebSocketDeparture: Sendable {
    private let flag = Atomic<Bool>(false)

    package init() {}

    /// What is closed from now on is closed because the server stops.
    package func begin() { self.flag.store(true, ordering: .relaxed) }
    var hasBegun: Bool { self.flag.load(ordering: .relaxed) }
}

/// MQTT over WebSocket, on the listener's side. Source: RFC 6455, MQTT 5.0 §6.
///
/// Anything that is not a good opening handshake is answered with HTTP words about what is wrong, then the stream ends.
package final class WebSocketServerLayer: StreamLayer {
    /// What only the handshake needs, in an object of its own that goes away with it.
    private final class Opening {
        var handshake: WebSocketServerHandshake
        init(_ handshake: WebSocketServerHandshake) { self.handshake = handshake }
    }

    private var opening: Opening?
    private var stream: WebSocketStream
    private let departure: WebSocketDeparture?

    package init(_ settings: WebSocketSettings, departure: WebSocketDeparture? = nil) {
        self.departure = departure
        self.opening = Opening(
            WebSocketServerHandshake(path: settings.path, origins: settings.origins)
        )
        self.stream = WebSocketStream(server: settings.maxPayload)
        super.init()
    }

    override package var isOpen: Bool { self.opening == nil }
    override package var hasEnded: Bool { self.stream.hasEnded }

    override package func received(
        _ bytes: Span<UInt8>,
        up: inout [UInt8],
        down: inout [UInt8]
    ) throws(LayerFailure) {
        guard let opening = self.opening else {
            return try self.stream.received(bytes, up: &up, down: &down)
        }
        switch opening.handshake.received(bytes) {
        case .more: return
        case .accepted(let answer, let unread):
            self.opening = nil
            down += answer
            try self.stream.received(unread.span, up: &up, down: &down)
        case .refused(let answer, let refusal):
            down += answer
            // 426 goes to those who only look, with a browser or a health check.
            throw LayerFailure("WebSocket: \(refusal.reason)", isPeersFault: refusal.status != 426)
        }
    }

    override package func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) throws(LayerFailure) {
        self.stream.send(bytes, &down)
    }

    override package func close(down: inout [UInt8]) {
        // Before the handshake there is no frame to send.
        guard self.isOpen else { return }
        // Source: RFC 6455 §7.4.1: 1001 when a server goes down.
        self.stream.close(WebSocketClose(self.departure?.hasBegun == true ? .goingAway : .normal), &down)
    }

    override package func describe(_ facts: inout StreamFacts) { facts.isWebSocket = true }
}
