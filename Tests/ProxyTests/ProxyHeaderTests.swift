import Bytes
import FuzzChecks
import ProxyWire
import Testing

@Suite("PROXY headers")
struct ProxyHeaderTests {
    static let good: [(String, [UInt8], ProxyHeader.Source)] = [
        ("TCP4", v1("PROXY TCP4 192.0.2.7 198.51.100.1 56324 1883"), v4Source),
        ("TCP4, all ones", v1("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535"), .ip(.v4(.max), port: 65_535)),
        ("TCP4, port 0", v1("PROXY TCP4 192.0.2.7 198.51.100.1 0 1"), .ip(.v4(0xC000_0207), port: 0)),
        ("TCP6", v1("PROXY TCP6 2001:db8::7 2001:DB8:0:0::1 56324 1883"), v6Source),
        (
            "TCP6, at its longest",
            v1(
                "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535"
            ),
            .ip(.v6(.max, .max), port: 65_535)
        ),
        (
            "TCP6, an IPv4 address inside", v1("PROXY TCP6 ::ffff:10.0.0.7 ::1 1 2"),
            .ip(.v6(0, 0xFFFF_0A00_0007), port: 1)
        ),
        ("UNKNOWN", v1("PROXY UNKNOWN"), .proxyItself),
        ("UNKNOWN with what is to be ignored", v1("PROXY UNKNOWN ffff::1 what ever  65535"), .proxyItself),
        ("UNKNOWN, 107 bytes", v1("PROXY UNKNOWN " + String(repeating: "x", count: 91)), .proxyItself),
        ("v2 TCP4", v2(family: 0x11, v4Body), v4Source),
        ("v2 TCP6", v2(family: 0x21, v6Body), v6Source),
        ("v2 unix stream", v2(family: 0x31, Array(repeating: 0x61, count: 216)), .unix),
        ("v2 unspecified", v2(family: 0x00, []), .proxyItself),
        ("v2 unspecified, with bytes to skip", v2(family: 0x00, [1, 2, 3, 4, 5]), .proxyItself),
        ("v2 unspecified transport over IPv4", v2(family: 0x10, v4Body), .proxyItself),
        ("v2 UDP over IPv4", v2(family: 0x12, v4Body), .proxyItself),
        ("v2 UDP over IPv6", v2(family: 0x22, v6Body), .proxyItself),
        ("v2 unix datagram", v2(family: 0x32, Array(repeating: 0, count: 216)), .proxyItself),
        ("v2 LOCAL", v2(command: 0x20, family: 0x00, []), .proxyItself),
        ("v2 LOCAL with an address that says nothing", v2(command: 0x20, family: 0x11, v4Body), .proxyItself),
        ("v2 LOCAL with a family that nobody knows", v2(command: 0x20, family: 0xFF, [9]), .proxyItself),
        (
            "v2 with extensions", v2(family: 0x11, v4Body + tlv(0x01, [0x68, 0x32]) + tlv(0x04, []) + tlv(0xEE, [1])),
            v4Source
        ),
        ("v2 with a checksum", v2WithChecksum(v4Body), v4Source),
        (
            "v2 with a checksum behind other extensions", v2WithChecksum(v4Body + tlv(0x02, Array("broker".utf8))),
            v4Source
        ),
        ("v2 at its longest", v2(family: 0x11, v4Body + tlv(0x04, Array(repeating: 0, count: 16_353))), v4Source),
    ]

    static let bad: [(String, [UInt8], ProxyError)] = [
        ("MQTT", [0x10, 0x0C, 0, 4], .noHeader),
        ("TLS", [0x16, 0x03, 0x01], .noHeader),
        ("another word", Array("PROXX".utf8), .noHeader),
        ("no space", Array("PROXYTCP4".utf8), .noHeader),
        ("lower case", Array("proxy ".utf8), .noHeader),
        ("a signature that goes wrong", [0x0D, 0x0A, 0x0D, 0x0A, 0x01], .noHeader),
        ("no family", v1("PROXY "), .family),
        ("two spaces", v1("PROXY  TCP4 192.0.2.7 198.51.100.1 1 2"), .family),
        ("UDP4", v1("PROXY UDP4 192.0.2.7 198.51.100.1 1 2"), .family),
        ("UNKNOWNS", v1("PROXY UNKNOWNS"), .family),
        ("no addresses", v1("PROXY TCP4"), .endpoints),
        ("a port is missing", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1"), .endpoints),
        ("one field too many", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3"), .endpoints),
        ("a space at the end", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1 2 "), .endpoints),
        ("two spaces between", v1("PROXY TCP4 192.0.2.7  198.51.100.1 1 2"), .endpoints),
        ("a tab", v1("PROXY TCP4 192.0.2.7\t198.51.100.1 1 2"), .endpoints),
        ("a leading zero in an address", v1("PROXY TCP4 192.0.2.07 198.51.100.1 1 2"), .endpoints),
        ("256", v1("PROXY TCP4 256.0.2.7 198.51.100.1 1 2"), .endpoints),
        ("three numbers", v1("PROXY TCP4 192.0.2 198.51.100.1 1 2"), .endpoints),
        ("a leading zero in a port", v1("PROXY TCP4 192.0.2.7 198.51.100.1 01 2"), .endpoints),
        ("a port beyond 65535", v1("PROXY TCP4 192.0.2.7 198.51.100.1 1 65536"), .endpoints),
        ("a signed port", v1("PROXY TCP4 192.0.2.7 198.51.100.1 +1 2"), .endpoints),
        ("IPv6 under TCP4", v1("PROXY TCP4 ::1 ::1 1 2"), .endpoints),
        ("IPv4 under TCP6", v1("PROXY TCP6 192.0.2.7 192.0.2.7 1 2"), .endpoints),
        ("families mixed", v1("PROXY TCP6 ::1 192.0.2.7 1 2"), .endpoints),
        ("a zone", v1("PROXY TCP6 fe80::1%eth0 ::1 1 2"), .endpoints),
        ("LF alone", Array("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n".utf8), .line),
        ("CR alone", Array("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\rX".utf8), .line),
        ("108 bytes", v1("PROXY UNKNOWN " + String(repeating: "x", count: 92)), .line),
        ("v2 version 1", v2(command: 0x11, family: 0x11, v4Body), .versionOrCommand(0x11)),
        ("v2 version 3", v2(command: 0x31, family: 0x11, v4Body), .versionOrCommand(0x31)),
        ("v2 command 2", v2(command: 0x22, family: 0x11, v4Body), .versionOrCommand(0x22)),
        ("v2 family 4", v2(family: 0x41, v4Body), .familyOrTransport(0x41)),
        ("v2 transport 3", v2(family: 0x13, v4Body), .familyOrTransport(0x13)),
        ("v2 too short for IPv4", v2(family: 0x11, Array(v4Body.dropLast())), .length(11)),
        ("v2 too short for IPv6", v2(family: 0x21, v4Body), .length(12)),
        ("v2 too short for unix", v2(family: 0x31, Array(repeating: 0, count: 215)), .length(215)),
        ("v2 too long", v2(family: 0x11, v4Body + Array(repeating: 0, count: 16_357)), .length(16_369)),
        ("v2, an extension cut in its length", v2(family: 0x11, v4Body + [0x04, 0]), .extensions),
        ("v2, an extension cut in its value", v2(family: 0x11, v4Body + [0x04, 0, 2, 1]), .extensions),
        ("v2, a checksum of three bytes", v2(family: 0x11, v4Body + tlv(0x03, [1, 2, 3])), .extensions),
        ("v2, a wrong checksum", v2WithChecksum(v4Body, wrongBy: 1), .checksum),
    ]

    @Test("a header gives its source, and ends with its last byte", arguments: good)
    func reads(_ name: String, _ bytes: [UInt8], _ source: ProxyHeader.Source) throws {
        for stream in [bytes, bytes + [0x10, 0x00]] {
            let header = try #require(try ProxyHeader.read(stream.span), "\(name)")
            #expect(header.source == source, "\(name)")
            #expect(header.length == bytes.count, "\(name)")
        }
    }

    @Test("a header cut at any byte waits for the rest", arguments: good)
    func waits(_ name: String, _ bytes: [UInt8], _ source: ProxyHeader.Source) throws {
        for cut in 0..<bytes.count {
            #expect(try ProxyHeader.read(bytes.span.extracting(0..<cut)) == nil, "\(name), \(cut)")
        }
    }

    @Test("what is no header is refused with the reason", arguments: bad)
    func refuses(_ name: String, _ bytes: [UInt8], _ error: ProxyError) {
        #expect(throws: error, "\(name)") { try ProxyHeader.read(bytes.span) }
    }

    @Test("a header that cannot become right is refused before it is whole")
    func refusesEarly() {
        #expect(throws: ProxyError.noHeader) { try ProxyHeader.read([0x16].span) }
        #expect(throws: ProxyError.versionOrCommand(0x12)) { try ProxyHeader.read((v2Signature + [0x12]).span) }
        #expect(throws: ProxyError.length(65_535)) {
            try ProxyHeader.read((v2Signature + [0x21, 0x11, 0xFF, 0xFF]).span)
        }
        let endless = Array("PROXY UNKNOWN ".utf8) + Array(repeating: 0x20, count: 93)
        #expect(throws: ProxyError.line) { try ProxyHeader.read(endless.span) }
    }

    @Test("what these tests compute a checksum with is CRC-32C: its check value is E3069283")
    func checkValue() { #expect(crc32c(Array("123456789".utf8)) == 0xE306_9283) }

    @Test("the fuzzer's corpus and all headers of this suite hold the reader's promises")
    func corpusHolds() {
        let inputs = corpus("FuzzProxy")
        #expect(!inputs.isEmpty)
        for input in inputs { fuzzProxy(input.bytes) }
        for (_, bytes, _) in Self.good { fuzzProxy(bytes + [1, 2, 3]) }
        for (_, bytes, _) in Self.bad { fuzzProxy(bytes + [1, 2, 3]) }
    }
}
