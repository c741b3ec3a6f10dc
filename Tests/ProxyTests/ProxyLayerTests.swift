import Bytes
import Machine
import ProxyLayer
import Testing

@Suite("PROXY layer")
struct ProxyLayerTests {
    private static let proxy = PeerAddress.ipv4(0x0A00_0001, port: 40_000)

    /// What a layer carries of a stream that comes in pieces, and what it then says of the client.
    private func run(_ stream: [UInt8], cut: Int) throws(LayerFailure) -> (up: [UInt8], facts: StreamFacts) {
        let layer = ProxyLayer()
        var (up, down): ([UInt8], [UInt8]) = ([], [])
        for piece in [stream[..<cut], stream[cut...]] where !piece.isEmpty {
            try layer.received(Array(piece).span, up: &up, down: &down)
        }
        #expect(layer.isOpen)
        #expect(down.isEmpty)
        var facts = StreamFacts(remote: Self.proxy)
        layer.describe(&facts)
        return (up, facts)
    }

    @Test("cut at any byte, the client's address comes from the header and its bytes go up unchanged")
    func carries() throws {
        for header in [v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883"), v2(family: 0x11, v4Body)] {
            let stream = header + [0x10, 0x00, 0xFF]
            for cut in 0...stream.count {
                let (up, facts) = try self.run(stream, cut: cut)
                #expect(up == [0x10, 0x00, 0xFF])
                #expect(facts.remote == .ipv4(0xC000_0207, port: 56_324))
                #expect(facts.proxy == Self.proxy)
            }
        }
    }

    @Test(
        "an IPv4 client that is written as an IPv6 one is the IPv4 client, a unix client is one of whom nothing is known"
    )
    func forms() throws {
        let mapped = v1("PROXY TCP6 ::ffff:192.0.2.7 ::1 5 6")
        #expect(try self.run(mapped, cut: 3).facts.remote == .ipv4(0xC000_0207, port: 5))
        let v6 = v2(family: 0x21, v6Body)
        #expect(try self.run(v6, cut: 3).facts.remote == .ipv6(0x2001_0DB8_0000_0000, 7, port: 56_324))
        let unix = v2(family: 0x31, Array(repeating: 0, count: 216))
        #expect(try self.run(unix, cut: 3).facts.remote == .unix(nil))
    }

    @Test("a proxy that speaks for itself keeps the socket's address, and is not local")
    func local() throws {
        let (_, facts) = try self.run(v2(command: 0x20, family: 0, []), cut: 0)
        #expect(facts.remote == Self.proxy)
        #expect(facts.proxy == facts.remote)
    }

    @Test("a stream without a header ends at its first byte, and that is not held against the proxy's address")
    func required() {
        let layer = ProxyLayer()
        var (up, down): ([UInt8], [UInt8]) = ([], [])
        let failure = #expect(throws: LayerFailure.self) { try layer.received([0x10].span, up: &up, down: &down) }
        #expect(failure?.isPeersFault == false)
        #expect(
            failure?.reason
                == "the stream does not begin with a PROXY header; its address is in proxy_from, so one is required"
        )
    }
}
