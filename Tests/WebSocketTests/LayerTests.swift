import Machine
import Testing
import WebSocketLayer
import WebSocketWire

/// Layers are called here as a pipe calls them; what went up and down is kept.
private struct Harness {
    let layer: StreamLayer
    var up: [UInt8] = []
    var down: [UInt8] = []
    var failure: LayerFailure?

    init(_ layer: StreamLayer) { self.layer = layer }

    static func server(maxPayload: Int = 1 << 20) -> Harness {
        var harness = Harness(WebSocketServerLayer(WebSocketSettings(maxPayload: maxPayload)))
        harness.receive(request())
        harness.down = []
        return harness
    }

    mutating func receive(_ bytes: [UInt8]) {
        do throws(LayerFailure) {
            try self.layer.received(bytes.span, up: &self.up, down: &self.down)
        } catch {
            self.failure = error
        }
    }

    mutating func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBufferPointer { try self.layer.send($0, down: &self.down) }
    }

    mutating func close() { self.layer.close(down: &self.down) }

    mutating func taken() -> [UInt8] {
        defer { self.down = [] }
        return self.down
    }
}

@Suite("The WebSocket layer")
struct LayerTests {
    @Test("a listener's layer opens with the handshake, and hands up what follows it in the same read")
    func opens() {
        var server = Harness(WebSocketServerLayer(WebSocketSettings(path: "/mqtt", maxPayload: 10)))
        #expect(!server.layer.isOpen)
        server.receive(Array(request().prefix(20)))
        #expect(!server.layer.isOpen && server.down.isEmpty)
        server.receive(Array(request().dropFirst(20)) + frame(.binary, [1, 2, 3], mask: 9))
        #expect(server.layer.isOpen && server.up == [1, 2, 3] && server.failure == nil)
        #expect(String(decoding: server.down, as: UTF8.self).hasPrefix("HTTP/1.1 101 "))
        var facts = StreamFacts(remote: .unix(nil))
        server.layer.describe(&facts)
        #expect(facts.isWebSocket)
    }

    @Test("a refused handshake is answered and ends the stream; one who only looks with a browser has done no wrong")
    func refuses() {
        var server = Harness(WebSocketServerLayer(WebSocketSettings(path: "/mqtt", maxPayload: 10)))
        server.receive(request("GET /mqtt HTTP/1.1", ["Upgrade": nil]))
        #expect(server.failure?.isPeersFault == false && !server.layer.isOpen)
        #expect(String(decoding: server.down, as: UTF8.self).hasPrefix("HTTP/1.1 426 Upgrade Required\r\n"))
        server = Harness(WebSocketServerLayer(WebSocketSettings(path: "/mqtt", maxPayload: 10)))
        server.receive(Array("\u{10}\u{0C}\0\u{04}MQTT\r\n\r\n".utf8))
        #expect(server.failure?.isPeersFault == true)
    }

    @Test("payload goes up before its frame is whole, and frames need not fit packets [MQTT-6.0.0-2]")
    func streams() {
        var server = Harness.server()
        let bytes = frame(.binary, Array(1...100), mask: 0x0A0B_0C0D)
        server.receive(Array(bytes[..<50]))
        #expect(server.up == Array(1...44))
        server.receive(Array(bytes[50...]) + frame(.binary, [101], mask: 1))
        #expect(server.up == Array(1...101))
    }

    @Test("what is sent is one unmasked binary frame from the server, and one masked frame from the client")
    func sends() throws {
        var server = Harness.server()
        try server.send([1, 2, 3])
        try server.send([])
        #expect(server.down == [0x82, 3, 1, 2, 3])
        var client = Harness(WebSocketClientLayer(host: "h", path: "/mqtt", random: { 0x0102_0304 }))
        try client.layer.start(down: &client.down)
        var other = Harness(WebSocketServerLayer(WebSocketSettings(maxPayload: 70_000)))
        other.receive(client.taken())
        client.receive(other.taken())
        #expect(client.layer.isOpen && other.layer.isOpen)
        let large = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        try client.send([1, 2, 3])
        #expect(client.down == [0x82, 0x83, 1, 2, 3, 4, 0, 0, 0])
        try client.send(large)
        other.receive(client.taken())
        #expect(other.up == [1, 2, 3] + large)
        try other.send(large)
        client.receive(other.taken())
        #expect(client.up == large)
    }

    @Test(
        "frames that carry nothing are bounded in one read, whatever they are",
        arguments: [WebSocketOpcode.ping, .pong]
    )
    func floods(_ opcode: WebSocketOpcode) {
        var server = Harness.server()
        for _ in 0..<10 { server.receive(Array((0..<128).map { _ in frame(opcode, [], mask: 7) }.joined())) }
        #expect(server.failure == nil)
        server.receive(Array((0..<129).map { _ in frame(opcode, [], mask: 7) }.joined()))
        #expect(server.failure?.reason == "WebSocket: a flood of control frames")
        #expect(server.down.contains([0x03, 0xF0]) && server.layer.hasEnded)  // 1008
        var empty = Harness.server()
        empty.receive(frame(.binary, [], isFinal: false, mask: 7))
        empty.receive(Array((0..<200).map { _ in frame(.continuation, [], isFinal: false, mask: 7) }.joined()))
        #expect(empty.failure?.reason == "WebSocket: a flood of empty frames")
    }

    @Test("of the pings in one read the last is answered, so that a flood of them makes no flood of pongs")
    func pings() {
        var server = Harness.server()
        server.receive((0..<100).flatMap { frame(.ping, [$0], mask: 7) })
        #expect(server.taken() == [0x8A, 1, 99])
        server.receive(frame(.binary, [1], isFinal: false, mask: 0) + frame(.ping, [], mask: 0))
        #expect(server.taken() == [0x8A, 0] && server.up == [1])
        server.receive(frame(.pong, [1, 2], mask: 0))
        #expect(server.down.isEmpty && server.failure == nil)
    }

    @Test(
        "a peer's close is returned with its code, and ends the stream without a fault",
        arguments: [
            ([], [0x88, 0]), ([0x03, 0xE8], [0x88, 2, 0x03, 0xE8]), ([0x03, 0xE9, 0x78], [0x88, 2, 0x03, 0xE9]),
            ([0x0B, 0xB8], [0x88, 2, 0x0B, 0xB8]),
        ] as [([UInt8], [UInt8])]
    )
    func closed(_ payload: [UInt8], _ answer: [UInt8]) throws {
        var server = Harness.server()
        server.receive(frame(.binary, [1], mask: 3) + frame(.close, payload, mask: 5) + [0xFF, 0xFF])
        #expect(server.up == [1] && server.down == answer && server.layer.hasEnded && server.failure == nil)
        server.close()
        try server.send([1])
        server.receive([0xFF])
        #expect(server.down == answer && server.failure == nil)
    }

    @Test("a peer that closes because of what it was sent is a failure, though not the peer's fault")
    func closedWithComplaint() {
        var server = Harness.server()
        server.receive(frame(.close, [0x03, 0xF1] + Array("too big".utf8), mask: 5))
        #expect(
            server.failure
                == LayerFailure("the peer closed the WebSocket with code 1009 (too big)", isPeersFault: false)
        )
        #expect(server.layer.hasEnded)
    }

    @Test("closing sends 1000 once, and what still comes is dropped until the peer's close")
    func closes() throws {
        var server = Harness.server()
        server.close()
        server.close()
        try server.send([1])
        #expect(server.taken() == [0x88, 2, 0x03, 0xE8])
        server.receive(frame(.binary, [1, 2], mask: 3) + frame(.ping, [], mask: 2))
        #expect(server.up.isEmpty && server.down.isEmpty && !server.layer.hasEnded)
        server.receive(frame(.close, [0x03, 0xE8], mask: 3))
        #expect(server.layer.hasEnded && server.down.isEmpty)
        var early = Harness(WebSocketServerLayer(WebSocketSettings(maxPayload: 10)))
        early.close()
        #expect(early.down.isEmpty)
    }

    @Test("a server that stops says 1001, to those it has let in before too")
    func departs() {
        let departure = WebSocketDeparture()
        var servers = (0..<2).map { _ in
            Harness(WebSocketServerLayer(WebSocketSettings(maxPayload: 10), departure: departure))
        }
        for index in servers.indices {
            servers[index].receive(request())
            _ = servers[index].taken()
        }
        servers[0].close()
        #expect(servers[0].taken() == [0x88, 2, 0x03, 0xE8])
        departure.begin()
        servers[1].close()
        #expect(servers[1].taken() == [0x88, 2, 0x03, 0xE9])
    }

    @Test(
        "what is not allowed is answered with its close code, and ends the stream",
        arguments: [
            (frame(.text, [0x61], mask: 1), 1003), (frame(.binary, [UInt8](repeating: 0, count: 11), mask: 1), 1009),
            (frame(.binary, [1]), 1002), ([0xC2, 0x81], 1002),
        ] as [([UInt8], UInt16)]
    )
    func violations(_ bytes: [UInt8], _ code: UInt16) {
        var server = Harness.server(maxPayload: 10)
        server.receive(frame(.binary, [1], mask: 1) + bytes)
        #expect(server.up == [1] && server.failure?.isPeersFault == true && server.layer.hasEnded)
        #expect(Reading([server.down], from: .server).controls.first?.hasPrefix("close \(code) ") == true)
    }
}
