import Configuration
import DaemonConfig
import Testing

@Suite("Listen addresses")
struct ListenAddressTests {
    @Test(
        "an address is read, printed and known as loopback or not",
        arguments: [
            ("127.0.0.1:1883", "127.0.0.1", 1_883, true), ("127.9.9.9:0", "127.9.9.9", 0, true),
            ("[::1]:1", "::1", 1, true),
            ("[0:0:0:0:0:0:0:1]:1", "0:0:0:0:0:0:0:1", 1, true), ("localhost:65535", "localhost", 65_535, true),
            (":1883", "", 1_883, false), ("0.0.0.0:1883", "0.0.0.0", 1_883, false), ("[::]:1", "::", 1, false),
            ("broker.example:1883", "broker.example", 1_883, false), ("128.0.0.1:1", "128.0.0.1", 1, false),
            ("[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1, false),
            ("localhost.example:1", "localhost.example", 1, false),
        ]
    )
    func valid(text: String, host: String, port: UInt16, isLoopback: Bool) throws {
        let address = try ListenAddress(text)
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.isLoopback == isLoopback)
        #expect("\(address)" == text)
    }

    @Test(
        "what is no address is refused with a reason",
        arguments: [
            ("localhost", "'localhost' has no port"),
            ("localhost:", "'localhost:' needs a port in digits"),
            ("localhost:mqtt", "'localhost:mqtt' needs a port in digits"),
            ("localhost:65536", "port 65536 is out of range, 0...65535"),
            ("*:1883", "'*' is not a host; an empty one is every address"),
            ("[::g]:1883", "'[::g]' is not an IPv6 address"),
            ("::1:1883", "an IPv6 address stands in brackets"),
            ("127.1:1883", "'127.1' is neither an address nor a host name"),
            ("a b:1883", "'a b' is neither an address nor a host name"),
        ]
    )
    func invalid(text: String, message: String) {
        #expect { try ListenAddress(text) } throws: { ($0 as? ConfigProblem)?.message == message }
    }

    @Test(
        "two listeners conflict on one port when one host covers the other",
        arguments: [
            ("127.0.0.1:1", "127.0.0.1:1", true), ("127.0.0.1:1", "127.0.0.1:2", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
            (":1", "127.0.0.1:1", true), (":1", "[::1]:1", true), ("[::]:1", "10.0.0.1:1", true),
            ("0.0.0.0:1", "10.0.0.1:1", true),
            ("0.0.0.0:1", "name:1", true), ("0.0.0.0:1", "[::1]:1", false), ("0.0.0.0:1", ":1", true),
            ("0.0.0.0:1", "[::]:1", true),
            ("[::1]:1", "[0:0:0:0:0:0:0:1]:1", true), ("[::1]:1", "127.0.0.1:1", false), ("Name:1", "name:1", true),
            ("127.0.0.1:1", "127.0.0.2:1", false),
        ]
    )
    func conflicts(a: String, b: String, expected: Bool) throws {
        #expect(try ListenAddress(a).conflicts(with: try ListenAddress(b)) == expected)
        #expect(try ListenAddress(b).conflicts(with: try ListenAddress(a)) == expected)
    }
}
