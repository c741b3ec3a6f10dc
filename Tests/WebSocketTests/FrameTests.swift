import Testing
import WebSocketWire

/// What a reader makes of a stream: payload unmasked, control frames in words, and why it ended.
struct Reading: Equatable {
    var payload: [UInt8] = []
    var controls: [String] = []
    var code: UInt16?

    init(_ pieces: [[UInt8]], from sender: WebSocketRole, limit: Int = 1 << 20) {
        var reader = WebSocketReader(of: sender, limit: limit)
        for piece in pieces {
            var index = 0
            do throws(WebSocketError) {
                while let event = try reader.next(in: piece.span, at: &index) { self.take(event, piece) }
            } catch {
                self.code = error.code.rawValue
                return
            }
        }
    }

    private mutating func take(_ event: WebSocketReader.Event, _ piece: [UInt8]) {
        switch event {
        case .payload(let range, let mask):
            let start = self.payload.count
            self.payload += piece[range]
            mask?.apply(to: &self.payload, from: start)
        case .ping(let bytes): self.controls.append("ping \(String(decoding: bytes, as: UTF8.self))")
        case .pong: self.controls.append("pong")
        case .close(let close): self.controls.append("close \(close.code?.rawValue ?? 0) \(close.reason)")
        }
    }
}

/// One frame as a client or server writes it.
func frame(
    _ opcode: WebSocketOpcode,
    _ payload: [UInt8],
    isFinal: Bool = true,
    mask: UInt32? = nil
) -> [UInt8] {
    let mask = mask.map { WebSocketMask(key: $0) }
    var bytes: [UInt8] = []
    WebSocketFrameHeader(opcode, isFinal: isFinal, payloadLength: payload.count, mask: mask).append(to: &bytes)
    let start = bytes.count
    bytes += payload
    mask?.apply(to: &bytes, from: start)
    return bytes
}

func cut(_ bytes: [UInt8], every size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
}

private let hello = Array("Hello".utf8)

@Suite("WebSocket frames")
struct FrameTests {
    @Test("the examples of RFC 6455 §5.7 are written and read as they stand there, but for text, which is not MQTT's")
    func examples() {
        #expect(frame(.text, hello) == [0x81, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(
            frame(.text, hello, mask: 0x37FA_213D)
                == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        )
        #expect(frame(.ping, hello) == [0x89, 0x05, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        let pong: [UInt8] = [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
        #expect(frame(.pong, hello, mask: 0x37FA_213D) == pong)
        #expect(Reading([pong], from: .client).controls == ["pong"])
        let fragments: [UInt8] = [0x02, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F]
        #expect(Reading([fragments], from: .server).payload == hello)
        #expect(frame(.binary, [UInt8](repeating: 7, count: 256)).prefix(4) == [0x82, 0x7E, 0x01, 0x00])
        let large = frame(.binary, [UInt8](repeating: 7, count: 65_536))
        #expect(large.prefix(10) == [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test(
        "payloads around the bounds of each length's form arrive whole",
        arguments: [0, 1, 125, 126, 127, 65_535, 65_536]
    )
    func lengths(_ count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for mask in [nil, 0x0102_03FF] as [UInt32?] {
            let bytes = frame(.binary, payload, mask: mask)
            let sender: WebSocketRole = mask == nil ? .server : .client
            for pieces in [[bytes], cut(bytes, every: 1), cut(bytes, every: 4_093)] {
                #expect(Reading(pieces, from: sender) == Reading(payload))
            }
        }
    }

    @Test("fragments with control frames between them are one payload, wherever the bytes are cut", arguments: 1..<40)
    func cuts(_ size: Int) {
        let stream =
            frame(.binary, [1, 2, 3, 4, 5], isFinal: false, mask: 0xDEAD_BEEF) + frame(.ping, [0x61], mask: 1)
            + frame(.continuation, [], isFinal: false, mask: 2) + frame(.pong, [], mask: 3)
            + frame(.continuation, [6, 7, 8, 9], mask: 0xCAFE_F00D) + frame(.ping, [0x62], mask: 4)
            + frame(.binary, [10], mask: 5) + frame(.close, [0x03, 0xE8, 0x6F, 0x6B], mask: 6)
        let expected = Reading(Array(1...10), ["ping a", "pong", "ping b", "close 1000 ok"])
        #expect(Reading(cut(stream, every: size), from: .client) == expected)
    }

    @Test("a mask is the same at every offset", arguments: 0..<20)
    func masks(_ count: Int) {
        let mask = WebSocketMask(key: 0x1122_3344)
        let plain = (0..<40).map { UInt8($0) }
        let expected = plain.enumerated().map { $1 ^ [0x11, 0x22, 0x33, 0x44][$0 % 4] }
        var whole = plain
        mask.apply(to: &whole, from: 0)
        #expect(whole == expected)
        var (head, tail) = (Array(plain[..<count]), Array(plain[count...]))
        mask.apply(to: &head, from: 0)
        mask.advanced(by: count).apply(to: &tail, from: 0)
        #expect(head + tail == expected)
    }

    static let wrong: [(String, [UInt8], UInt16)] = [
        ("RSV1 without an extension", [0xC2, 0x80, 0, 0, 0, 0], 1002),
        ("RSV2", [0xA2, 0x80, 0, 0, 0, 0], 1002),
        ("RSV3 on a ping", [0x99, 0x80, 0, 0, 0, 0], 1002),
        ("reserved opcode 3", [0x83, 0x80, 0, 0, 0, 0], 1002),
        ("reserved opcode 7", [0x87, 0x80, 0, 0, 0, 0], 1002),
        ("reserved opcode 11", [0x8B, 0x80, 0, 0, 0, 0], 1002),
        ("reserved opcode 15", [0x8F, 0x80, 0, 0, 0, 0], 1002),
        ("a fragmented ping", [0x09, 0x80, 0, 0, 0, 0], 1002),
        ("a fragmented close", [0x08, 0x80, 0, 0, 0, 0], 1002),
        ("a ping of 126 bytes", [0x89, 0xFE, 0, 126], 1002),
        ("a frame without a mask", [0x82, 0x01, 0x61], 1002),
        ("125 in two bytes", [0x82, 0xFE, 0, 125], 1002),
        ("65,535 in eight bytes", [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 1002),
        ("a length with its highest bit", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], 1002),
        ("a continuation of nothing", [0x80, 0x80, 0, 0, 0, 0], 1002),
        ("a continuation after a whole message", [0x82, 0x80, 0, 0, 0, 0, 0x80, 0x80, 0, 0, 0, 0], 1002),
        ("a message within a message", [0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0], 1002),
        ("text", [0x81, 0x80, 0, 0, 0, 0], 1003),
        ("a frame over the limit", [0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1, 0, 0, 0, 0], 1009),
        ("the largest length", [0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0], 1009),
        ("a close of one byte", [0x88, 0x81, 0, 0, 0, 0, 3], 1002),
        ("a close whose text is not UTF-8", [0x88, 0x84, 0, 0, 0, 0, 0x03, 0xE8, 0xC3, 0x28], 1007),
        ("a close whose text is a surrogate", [0x88, 0x85, 0, 0, 0, 0, 0x03, 0xE8, 0xED, 0xA0, 0x80], 1007),
    ]

    @Test("what a client may not send is refused with its code, whole and byte by byte", arguments: wrong)
    func refusals(_ name: String, _ bytes: [UInt8], _ code: UInt16) {
        #expect(Reading([bytes], from: .client).code == code)
        #expect(Reading(cut(bytes, every: 1), from: .client).code == code)
    }

    @Test("a header is refused by its first bytes, before the rest has come")
    func early() {
        #expect(Reading([[0xC2]], from: .client).code == 1002)
        #expect(Reading([[0x82, 0x01]], from: .client).code == 1002)
        #expect(Reading([[0x82, 0x81]], from: .server).code == 1002)
    }

    @Test(
        "close codes that stand for what happened without a close frame, and unassigned ones, are refused",
        arguments: [
            (0, false), (999, false), (1000, true), (1001, true), (1002, true), (1003, true), (1004, false),
            (1005, false),
            (1006, false), (1007, true), (1011, true), (1014, true), (1015, false), (1016, false), (2999, false),
            (3000, true), (3999, true), (4000, true), (4999, true), (5000, false), (65_535, false),
        ] as [(UInt16, Bool)]
    )
    func closeCodes(_ code: UInt16, _ isLegal: Bool) {
        let bytes = frame(.close, [UInt8(code >> 8), UInt8(code & 255)], mask: 0)
        let reading = Reading([bytes], from: .client)
        #expect(reading.code == (isLegal ? nil : 1002))
        #expect(reading.controls == (isLegal ? ["close \(code) "] : []))
    }

    @Test("a close without a code is one, and a reason is cut to what a control frame holds")
    func closePayloads() throws {
        #expect(Reading([frame(.close, [])], from: .server).controls == ["close 0 "])
        let long = WebSocketClose(.normal, String(repeating: "é", count: 100)).payload
        #expect(long.count <= 125)
        #expect(try WebSocketClose(payload: long).reason.count == 61)
    }
}

extension Reading {
    init(_ payload: [UInt8], _ controls: [String] = []) {
        self.payload = payload
        self.controls = controls
    }
}
