import WebSocketWire

/// Reads bytes as one side of a WebSocket and traps when a promise of the codec does not hold.
///
/// The first byte chooses what is read (a client's frames, a server's, a client's handshake, a server's) and into what pieces
/// the stream is cut. Cut or whole, the same comes out, and both fail in the same way or neither does; what was carried is
/// carried again by frames that are written anew.
package func fuzzWebSocket(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let stream = Array(bytes.dropFirst())
    let size = Int(first >> 2) % 31 + 1
    switch first & 3 {
    case 0: checkFrames(stream, from: .client, cutInto: size)
    case 1: checkFrames(stream, from: .server, cutInto: size)
    case 2: checkServerHandshake(stream, cutInto: size)
    default: checkClientHandshake(stream, cutInto: size)
    }
}

private struct Carried: Equatable {
    var payload: [UInt8] = []
    /// Control frames, and how many bytes had been carried before each.
    var controls: [Control] = []
    var error: WebSocketError?

    struct Control: Equatable {
        var event: WebSocketReader.Event
        var position: Int
    }
}

private func pieces(_ stream: [UInt8], of size: Int) -> [[UInt8]] {
    stride(from: 0, to: stream.count, by: size).map { Array(stream[$0..<min($0 + size, stream.count)]) }
}

private func read(_ pieces: [[UInt8]], from sender: WebSocketRole) -> Carried {
    var reader = WebSocketReader(of: sender, limit: 4_096)
    var result = Carried()
    for piece in pieces {
        var index = 0
        do throws(WebSocketError) {
            while let event = try reader.next(in: piece.span, at: &index) {
                guard case .payload(let range, let mask) = event else {
                    result.controls.append(.init(event: event, position: result.payload.count))
                    continue
                }
                precondition(!range.isEmpty, "payload without a byte is handed out")
                let start = result.payload.count
                result.payload += piece[range]
                mask?.apply(to: &result.payload, from: start)
            }
        } catch {
            result.error = error
            return result
        }
        precondition(index == piece.count, "bytes are left over")
    }
    return result
}

private func checkFrames(_ stream: [UInt8], from sender: WebSocketRole, cutInto size: Int) {
    let whole = read([stream], from: sender)
    precondition(whole == read(pieces(stream, of: size), from: sender), "where the bytes are cut changes what is read")
    let mask = sender == .client ? WebSocketMask(key: 0x0102_F3F4) : nil
    var again: [UInt8] = []
    var written = 0
    func write(_ opcode: WebSocketOpcode, _ payload: [UInt8]) {
        let header = WebSocketFrameHeader(opcode, payloadLength: payload.count, mask: mask)
        let start = again.count
        header.append(to: &again)
        precondition(again.count - start == header.length, "a header has another length than it says")
        let body = again.count
        again += payload
        mask?.apply(to: &again, from: body)
    }
    func writePayload(until end: Int) {
        for piece in pieces(Array(whole.payload[written..<end]), of: 4_096) { write(.binary, piece) }
        written = end
    }
    for control in whole.controls {
        writePayload(until: control.position)
        switch control.event {
        case .ping(let payload): write(.ping, payload)
        case .pong: write(.pong, [])
        case .close(let close): write(.close, close.payload)
        case .payload: break
        }
    }
    writePayload(until: whole.payload.count)
    var expected = whole
    expected.error = nil
    precondition(read([again], from: sender) == expected, "frames written anew carry something else")
}

private func checkServerHandshake(_ stream: [UInt8], cutInto size: Int) {
    func outcome(_ pieces: [[UInt8]]) -> WebSocketServerHandshake.Outcome {
        var handshake = WebSocketServerHandshake(path: "/mqtt", origins: .listed(["https://example.com"]))
        for (index, piece) in pieces.enumerated() {
            switch handshake.received(piece.span) {
            case .more: continue
            case .accepted(let answer, let unread):
                return .accepted(answer: answer, unread: unread + pieces[(index + 1)...].joined())
            case let refused: return refused
            }
        }
        return .more
    }
    let whole = outcome([stream])
    switch (whole, outcome(pieces(stream, of: size))) {
    // A request that is too long and wrong in another way may be refused for either.
    case (.refused, .refused): break
    case (let first, let second):
        precondition(first == second, "where the bytes are cut changes what is answered")
    }
}

private func checkClientHandshake(_ stream: [UInt8], cutInto size: Int) {
    func outcome(_ pieces: [[UInt8]]) -> [UInt8]? {
        var handshake = WebSocketClientHandshake(host: "h", path: "/", nonce: [UInt8](repeating: 0, count: 16))
        for (index, piece) in pieces.enumerated() {
            guard let unread = try? handshake.received(piece.span) else { continue }
            return unread + pieces[(index + 1)...].joined()
        }
        return nil
    }
    // A failed handshake is not asked again by any caller; here it is, and must bear it.
    _ = outcome(pieces(stream, of: size))
    var handshake = WebSocketClientHandshake(host: "h", path: "/", nonce: [UInt8](repeating: 0, count: 16))
    if let unread = try? handshake.received(stream.span) {
        precondition(outcome(pieces(stream, of: size)) == unread, "where the bytes are cut changes what is unread")
    }
}
