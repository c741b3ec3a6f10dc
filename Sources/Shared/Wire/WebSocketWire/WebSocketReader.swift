import Bytes

/// Finds what one side's frames carry, wherever the bytes are cut: payload is handed out as it comes, without waiting for the
/// end of its frame, and control frames when they are whole.
///
///     var index = 0
///     while let event = try reader.next(in: bytes, at: &index) { ... }   // all of `bytes` is used up then
///
/// MQTT is carried in binary messages, whose bounds mean nothing to it [MQTT-6.0.0-2]; so neither text nor the ends of messages
/// come out. After an error nothing more is read.
///
/// Source: RFC 6455 §5.
package struct WebSocketReader: Sendable {
    package enum Event: Equatable, Sendable {
        /// Bytes of binary messages: where they are, and what they are masked with.
        case payload(Range<Int>, WebSocketMask?)
        case ping([UInt8])
        case pong
        case close(WebSocketClose)
    }

    /// Frames in a row without a byte of payload.
    private static let emptyFrames = 128

    private let sender: WebSocketRole
    /// Bytes of one frame's payload; a larger one is refused by its header.
    private let limit: Int
    /// Bytes of the current data frame that are still to come.
    private var remaining = 0
    private var mask: WebSocketMask?
    /// A message was begun and its final frame's header is still to come.
    private var isWithinMessage = false
    /// A control frame whose payload is not whole.
    private var control: WebSocketFrameHeader?
    /// The start of a header, or of a control frame's payload: at most 125 bytes, mostly none.
    private var partial: [UInt8] = []

    package init(of sender: WebSocketRole, limit: Int) {
        self.sender = sender
        self.limit = limit
    }

    /// The next thing in `bytes`; nil when all of them are used.
    ///
    /// - Parameter index: Where to start, then where to go on.
    package mutating func next(in bytes: Span<UInt8>, at index: inout Int) throws(WebSocketError) -> Event? {
        var empty = 0
        while index < bytes.count {
            if self.remaining > 0 { return self.payload(bytes, &index) }
            empty += 1
            if empty > Self.emptyFrames { throw WebSocketError(.policyViolation, "a flood of empty frames") }
            if self.control == nil {
                guard let header = try self.header(bytes, &index) else { return nil }
                try self.begin(header)
            }
            if let control = self.control, let event = try self.event(of: control, bytes, &index) { return event }
        }
        return nil
    }

    private mutating func payload(_ bytes: Span<UInt8>, _ index: inout Int) -> Event {
        let count = min(self.remaining, bytes.count - index)
        let event = Event.payload(index..<(index + count), self.mask)
        self.mask = self.mask?.advanced(by: count)
        self.remaining -= count
        index += count
        return event
    }

    private mutating func header(
        _ bytes: Span<UInt8>,
        _ index: inout Int
    ) throws(WebSocketError) -> WebSocketFrameHeader? {
        if self.partial.isEmpty {
            let rest = bytes.extracting(index..<bytes.count)
            if let header = try WebSocketFrameHeader(rest, sentBy: self.sender) {
                index += header.length
                return header
            }
        }
        while index < bytes.count {
            self.partial.append(bytes[index])
            index += 1
            if let header = try WebSocketFrameHeader(self.partial.span, sentBy: self.sender) {
                self.partial = []
                return header
            }
        }
        return nil
    }

    private mutating func begin(_ header: WebSocketFrameHeader) throws(WebSocketError) {
        switch header.opcode {
        case .continuation:
            guard self.isWithinMessage else { throw .protocolError("a continuation of no message") }
        case .binary:
            if self.isWithinMessage { throw .protocolError("a message begins within another one") }
        case .text: throw WebSocketError(.unsupportedData, "a text message; MQTT is carried in binary ones")
        case .close, .ping, .pong:
            self.control = header
            return
        }
        if header.payloadLength > self.limit {
            throw WebSocketError(
                .messageTooBig,
                "a frame of \(header.payloadLength) bytes, and no more than \(self.limit) are taken"
            )
        }
        self.isWithinMessage = !header.isFinal
        self.remaining = header.payloadLength
        self.mask = header.mask
    }

    private mutating func event(
        of header: WebSocketFrameHeader,
        _ bytes: Span<UInt8>,
        _ index: inout Int
    ) throws(WebSocketError) -> Event? {
        while self.partial.count < header.payloadLength, index < bytes.count {
            self.partial.append(bytes[index])
            index += 1
        }
        guard self.partial.count == header.payloadLength else { return nil }
        var payload = self.partial
        self.partial = []
        self.control = nil
        header.mask?.apply(to: &payload, from: 0)
        switch header.opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong
        default: return .close(try WebSocketClose(payload: payload))
        }
    }
}
