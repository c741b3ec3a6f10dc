import Bytes
import Machine
import Testing

@Suite("Addresses and blocks of them")
struct AddressBlockTests {
    @Test(
        "an address is read as RFC 4291 says and written as RFC 5952 says",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("10.0.0.7", "10.0.0.7"), ("::", "::"),
            ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::ffff:10.0.0.7", "::ffff:10.0.0.7"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("fe80::", "fe80::"),
        ]
    )
    func addresses(_ text: String, _ written: String) {
        #expect(IPAddress(text)?.description == written)
    }

    @Test(
        "what is no address is none",
        arguments: [
            "", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1..3.4", "1.2.3.", ":", ":::",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:", ":1",
            "fe80::1%lo",
            "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "[::1]", "localhost",
        ]
    )
    func noAddresses(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test("a block contains what shares its prefix")
    func contains() throws {
        func has(_ block: String, _ address: PeerAddress) throws -> Bool { try AddressBlock(block).contains(address) }
        #expect(try has("10.0.0.0/8", .ipv4(0x0AFF_FFFF, port: 1)))
        #expect(try !has("10.0.0.0/8", .ipv4(0x0B00_0000, port: 1)))
        #expect(try has("192.0.2.7", .ipv4(0xC000_0207, port: 9)))
        #expect(try !has("192.0.2.7", .ipv4(0xC000_0208, port: 9)))
        #expect(try has("0.0.0.0/0", .ipv4(0xC000_0208, port: 9)))
        #expect(try !has("0.0.0.0/0", .ipv6(1, 1, port: 9)))
        #expect(try has("::/0", .ipv6(.max, .max, port: 9)))
        #expect(try !has("::/0", .ipv4(1, port: 9)))
        #expect(try has("2001:db8::/33", .ipv6(0x2001_0DB8_7FFF_FFFF, 1, port: 9)))
        #expect(try !has("2001:db8::/33", .ipv6(0x2001_0DB8_8000_0000, 1, port: 9)))
        #expect(try has("::1/128", .ipv6(0, 1, port: 9)))
        #expect(try !has("::1", .ipv6(0, 2, port: 9)))
        #expect(try has("2001:db8::8/125", .ipv6(0x2001_0DB8_0000_0000, 0xF, port: 9)))
        #expect(try has("unix", .unix(nil)))
        #expect(try !has("unix", .ipv4(1, port: 1)))
        #expect(try !has("::/0", .unix(nil)))
    }

    @Test("an IPv4 address that is written as an IPv6 one is in the blocks of either")
    func mapped() throws {
        let mapped = PeerAddress.ipv6(0, 0xFFFF_0A00_0007, port: 1)
        #expect(try AddressBlock("10.0.0.0/8").contains(mapped))
        #expect(try AddressBlock("::ffff:10.0.0.0/104").contains(mapped))
    }

    @Test("a text that is no block says what is wrong and what would be right")
    func errors() {
        func message(_ text: String) -> String? {
            do { _ = try AddressBlock(text) } catch { return error.description }
            return nil
        }
        #expect(message("10.0.0.7/8") == "'10.0.0.7/8' has address bits after its prefix; did you mean '10.0.0.0/8'?")
        #expect(message("10.0.0.0/33") == "'10.0.0.0/33': the prefix after '/' is a number of bits, 0...32")
        #expect(message("::/129") == "'::/129': the prefix after '/' is a number of bits, 0...128")
        #expect(message("::/") == "'::/': the prefix after '/' is a number of bits, 0...128")
        #expect(message("::/+1") == "'::/+1': the prefix after '/' is a number of bits, 0...128")
        #expect(
            message("balancer")
                == "'balancer' is no block of addresses; write it like 10.0.0.0/8, 192.0.2.7, 2001:db8::/32 or unix"
        )
        #expect(message("10.0.0.0/8") == nil)
    }

    @Test("a block is written with its prefix")
    func written() throws {
        #expect(try AddressBlock("192.0.2.7").description == "192.0.2.7/32")
        #expect(try AddressBlock("2001:DB8::/32").description == "2001:db8::/32")
        #expect(try AddressBlock("unix").description == "unix")
    }
}
