import JSON
import Testing

@Suite("JSON")
struct JSONParserTests {
    @Test(
        "what is written is read back",
        arguments: [
            #"{"a":[1,-2,0.5,1e3,true,false,null,"x\u00e9\ud83d\ude00\n"],"b":{}}"#, "[]", "\"\"", "0", "-0.5",
        ]
    )
    func values(_ text: String) throws {
        let value = try JSONParser.parse(Array(text.utf8))
        #expect(try JSONParser.parse(Array(value.text.utf8)).text == value.text)
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "-", "1.", "1e", "\"\\x\"", "\"\\ud800\"", "\"a", "tru",
            "[1 2]", "{} {}", "\"\u{1}\"", "+1", ".5",
            String(repeating: "[", count: 100),
        ]
    )
    func mistakes(_ text: String) {
        #expect(throws: JSONParser.Problem.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test(
        "integers are exact up to the largest of 64 bits without a sign",
        arguments: ["0", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "18446744073709551615"]
    )
    func integers(_ text: String) throws {
        #expect(try JSONParser.parse(Array(text.utf8)).text == text)
    }

    @Test("an integer beyond 64 bits is a number")
    func largeIntegers() throws {
        guard case .number(let number) = try JSONParser.parse(Array("18446744073709551616".utf8)) else {
            Issue.record("not a number")
            return
        }
        #expect(number == 0x1p64)
    }

    @Test("arrays and objects nest as deep as the caller allows", arguments: [1, 64, 200])
    func depth(_ depth: Int) throws {
        let deepest = Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        _ = try JSONParser.parse(deepest, maximumDepth: depth)
        #expect(throws: JSONParser.Problem.self) { try JSONParser.parse(deepest, maximumDepth: depth - 1) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func notUTF8() {
        let problem = #expect(throws: JSONParser.Problem.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
        #expect(problem?.message == "not UTF-8" && problem?.offset == 0)
    }
}
