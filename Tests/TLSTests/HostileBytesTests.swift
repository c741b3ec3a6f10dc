import Machine
import TLS
import Testing

@Suite("Bytes that are no handshake")
struct HostileBytesTests {
    @Test(
        "plain protocols on a TLS port are recognised",
        arguments: [
            ([0x10, 0x0C, 0x00, 0x04], "an MQTT CONNECT"), (Array("GET / HTTP/1.1\r\n".utf8), "an HTTP request"),
            (Array("PROXY TCP4 1.2.3.4".utf8), "a PROXY header"), (Array("AMQP\u{0}\u{1}".utf8), "an AMQP header"),
            ([0x00, 0x01], "byte 0x00 first"),
        ] as [([UInt8], String)]
    )
    func plain(_ bytes: [UInt8], _ what: String) throws {
        let layer = try TestSite().makeServer().makeLayer()
        var (up, down): ([UInt8], [UInt8]) = ([], [])
        #expect(throws: LayerFailure("the peer speaks no TLS (it sent \(what))")) {
            try layer.received(bytes.span, up: &up, down: &down)
        }
        #expect(up.isEmpty && down.isEmpty)
    }

    @Test("a client says so of a server without TLS")
    func plainServer() throws {
        let layer = try TestSite().makeClient()
        var (up, down): ([UInt8], [UInt8]) = ([], [])
        try layer.start(down: &down)
        let answer = Array("HTTP/1.1 400 Bad Request\r\n".utf8)
        #expect(throws: LayerFailure("the peer speaks no TLS (it sent an HTTP response)")) {
            try layer.received(answer.span, up: &up, down: &down)
        }
    }

    @Test("100,000 random bytes after a record's head open nothing and crash nothing")
    func garbage() throws {
        let server = try TestSite().makeServer()
        var random = SeededGenerator(state: 7)
        for _ in 0..<1_000 {
            let layer = server.makeLayer()
            let body = (0..<100).map { _ in UInt8.random(in: 0...255, using: &random) }
            let length = UInt8.random(in: 4...95, using: &random)
            // One in two looks like a ClientHello.
            let hello: [UInt8] = Bool.random(using: &random) ? [1, 0, 0, length - 4, 3, 3] : []
            self.feed([22, 3, 1, 0, length] + hello + body, to: layer)
            #expect(!layer.isOpen)
        }
    }

    @Test("a ClientHello with any byte changed opens nothing and crashes nothing")
    func damagedHello() throws {
        let site = try TestSite()
        let server = try TLSServer(site.server)
        var hello: [UInt8] = []
        try TLSClientContext(site.client).makeLayer().start(down: &hello)
        var random = SeededGenerator(state: 11)
        for index in hello.indices {
            var changed = hello
            changed[index] = UInt8.random(in: 0...255, using: &random)
            let layer = server.makeLayer()
            self.feed(changed, to: layer)
            #expect(!layer.isOpen)
        }
    }

    @Test("after a failure a layer takes no more and says no more")
    func afterFailure() throws {
        let layer = try TestSite().makeServer().makeLayer()
        self.feed([22, 3, 1, 0, 4, 9, 9, 9, 9], to: layer)
        var (up, down): ([UInt8], [UInt8]) = ([], [])
        let more: [UInt8] = [22, 3, 1, 0, 0]
        try layer.received(more.span, up: &up, down: &down)
        layer.close(down: &down)
        #expect(up.isEmpty && down.isEmpty)
    }

    private func feed(_ bytes: [UInt8], to layer: TLSLayer) {
        var (up, down): ([UInt8], [UInt8]) = ([], [])
        try? layer.received(bytes.span, up: &up, down: &down)
        #expect(up.isEmpty)
    }
}

/// SplitMix64.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
