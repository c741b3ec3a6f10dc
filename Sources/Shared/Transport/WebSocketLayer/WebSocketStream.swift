import Machine
import WebSocketWire

/// An open WebSocket on either side: frames in, payload out, and the reverse; pings are answered and closes are returned.
struct WebSocketStream {
    private var reader: WebSocketReader
    /// Random bits for the mask of each frame; nil on the server's side, which masks none.
    private let makeKey: (() -> UInt32)?
    private var hasSentClose = false
    /// Frames that carry nothing, in one read: each costs as much as a packet, and no rate of packets bounds them.
    private static let controlsPerRead = 128
    /// The peer has closed: nothing more is read.
    private(set) var hasEnded = false

    init(server limit: Int) {
        self.reader = WebSocketReader(of: .client, limit: limit)
        self.makeKey = nil
    }

    init(client limit: Int, makeKey: @escaping () -> UInt32) {
        self.reader = WebSocketReader(of: .server, limit: limit)
        self.makeKey = makeKey
    }

    /// Of several pings only the last is answered, which the specification allows: one read makes one pong at most.
    ///
    /// Source: RFC 6455 §5.5.3.
    mutating func received(
        _ bytes: Span<UInt8>,
        up: inout [UInt8],
        down: inout [UInt8]
    ) throws(LayerFailure) {
        if self.hasEnded { return }
        var index = 0
        var controls = 0
        var ping: [UInt8]?
        var close: WebSocketClose?
        do throws(WebSocketError) {
            while close == nil, let event = try self.reader.next(in: bytes, at: &index) {
                if case .payload = event {} else { controls += 1 }
                if controls > WebSocketStream.controlsPerRead {
                    throw WebSocketError(.policyViolation, "a flood of control frames")
                }
                switch event {
                case .payload(let range, let mask):
                    // Whoever has closed wants no more, and waits for the peer's close only.
                    if self.hasSentClose { continue }
                    let start = up.count
                    bytes.extracting(range).withUnsafeBufferPointer { up.append(contentsOf: $0) }
                    mask?.apply(to: &up, from: start)
                case .ping(let payload): ping = payload
                case .pong: break
                case .close(let reason): close = reason
                }
            }
        } catch {
            if let ping { self.sendControl(.pong, ping, &down) }
            self.close(WebSocketClose(error.code, error.reason), &down)
            self.hasEnded = true
            throw LayerFailure("WebSocket: \(error.reason)")
        }
        if let ping { self.sendControl(.pong, ping, &down) }
        if let close { try self.peerClosed(close, &down) }
    }

    private mutating func peerClosed(_ close: WebSocketClose, _ down: inout [UInt8]) throws(LayerFailure) {
        self.hasEnded = true
        // The same code goes back. Source: RFC 6455 §5.5.1.
        self.close(WebSocketClose(close.code), &down)
        switch close.code?.rawValue {
        case nil, 1000, 1001, .some(3000...): return
        case .some(let code):
            let words = close.reason.isEmpty ? "" : " (\(close.reason))"
            throw LayerFailure("the peer closed the WebSocket with code \(code)\(words)", isPeersFault: false)
        }
    }

    /// One binary frame.
    func send(_ bytes: UnsafeBufferPointer<UInt8>, _ down: inout [UInt8]) {
        if self.hasSentClose || bytes.isEmpty { return }
        let mask = self.makeKey.map { WebSocketMask(key: $0()) }
        let header = WebSocketFrameHeader(.binary, payloadLength: bytes.count, mask: mask)
        down.reserveCapacity(down.count + header.length + bytes.count)
        header.append(to: &down)
        let start = down.count
        down.append(contentsOf: bytes)
        mask?.apply(to: &down, from: start)
    }

    /// Sends a close frame, once.
    mutating func close(_ close: WebSocketClose, _ down: inout [UInt8]) {
        if self.hasSentClose { return }
        self.sendControl(.close, close.payload, &down)
        self.hasSentClose = true
    }

    private func sendControl(_ opcode: WebSocketOpcode, _ payload: [UInt8], _ down: inout [UInt8]) {
        if self.hasSentClose { return }
        let mask = self.makeKey.map { WebSocketMask(key: $0()) }
        WebSocketFrameHeader(opcode, payloadLength: payload.count, mask: mask).append(to: &down)
        let start = down.count
        down += payload
        mask?.apply(to: &down, from: start)
    }
}
