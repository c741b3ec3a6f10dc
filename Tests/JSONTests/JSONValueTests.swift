import JSON
import Testing

@Suite("JSON values")
struct JSONValueTests {
    @Test("a member is found by its name")
    func members() {
        let value = JSONValue.object([("a", .integer(1)), ("b", "two")])
        #expect(value["b"]?.text == "\"two\"")
        #expect(value["c"] == nil)
        #expect(JSONValue.array([value])["a"] == nil)
    }

    @Test("characters that would move a terminal's cursor or turn its text around are escaped")
    func controls() {
        #expect(JSONValue.string("\u{1B}[2J\u{9B}\u{202E}é").text == #""\u001b[2J\u009b\u202eé""#)
    }

    @Test("a number that JSON lacks is null", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(_ number: Double) { #expect(JSONValue.number(number).text == "null") }

    @Test("the form for people has a line for each item, and nothing between the brackets of an empty one")
    func indented() {
        let value = JSONValue.object([("a", .array([.null, .bool(true)])), ("b", .array([])), ("c", .object([]))])
        #expect(
            value.indentedText == """
                {
                  "a": [
                    null,
                    true
                  ],
                  "b": [],
                  "c": {}
                }
                """
        )
    }
}
