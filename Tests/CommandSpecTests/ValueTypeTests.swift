import CommandSpec
import JSON
import Testing

@Suite("Values on a command line")
struct ValueTypeTests {
    @Test(
        "a duration is read by its units",
        arguments: [
            ("250ms", Duration.milliseconds(250)), ("1.5s", .milliseconds(1_500)), ("1d3h5m2s", .seconds(97_502)),
            ("0", .zero),
            ("1h30m", .seconds(5_400)), ("7us", .microseconds(7)),
        ]
    )
    func durations(_ text: String, _ expected: Duration) { #expect(parseDuration(text) == expected) }

    @Test(
        "what is no duration is refused",
        arguments: ["", "5", "s", "5x", "1s1h", "1s1s", "-1s", "1.2.3s", "9999999999d"]
    )
    func noDurations(_ text: String) { #expect(parseDuration(text) == nil) }

    @Test("a bare number is told which unit to take")
    func durationHint() {
        #expect(throws: ValueProblem("is not a duration", hint: "give it a unit: 60s")) {
            try ValueType<Duration>.duration("D").read("60")
        }
    }

    @Test(
        "a size counts thousands with k and 1,024s with Ki",
        arguments: [
            ("512", 512), ("128B", 128), ("10k", 10_000), ("1GB", 1_000_000_000), ("1MiB", 1_048_576), ("2Ki", 2_048),
        ]
    )
    func sizes(_ text: String, _ expected: Int) throws {
        #expect(try ValueType<Int>.size("SIZE").read(text) == expected)
    }

    @Test("what is no size is refused", arguments: ["", "k", "1.5k", "-1", "1kb", "99999999999GiB"])
    func noSizes(_ text: String) { #expect(throws: ValueProblem.self) { try ValueType<Int>.size("SIZE").read(text) } }

    @Test("a wrong word names the right ones and the nearest")
    func words() {
        #expect(throws: ValueProblem("is none of table, json", hint: "did you mean json?")) {
            try ValueType<String>.word("FORMAT", of: ["table", "json"]).read("jsno")
        }
    }

    @Test("a whole number beyond its range is refused", arguments: ["-1", "3", "x", "1.0", ""])
    func integers(_ text: String) {
        #expect(throws: ValueProblem("is not a whole number from 0 to 2")) {
            try ValueType<Int>.integer("N", in: 0...2).read(text)
        }
    }

    @Test("a swap of neighbours is one slip")
    func editDistances() {
        #expect(editDistance("qso", "qos") == 1)
        #expect(editDistance("", "abc") == 3)
        #expect(closest(to: "retian", among: ["retain", "raw"]) == "retain")
        #expect(closest(to: "zzzzzz", among: ["retain", "raw"]) == nil)
    }
}

@Suite("JSON text")
struct JSONTextTests {
    @Test("a JSON string escapes what a terminal would obey")
    func json() {
        #expect(JSONValue.string("a\"\\\n\u{1B}\u{9B}\u{202E}é").text == #""a\"\\\n\u001b\u009b\u202eé""#)
        let value = JSONValue.object([("b", .integer(1)), ("a", .array([.null, .bool(true), .number(0.5)]))])
        #expect(value.text == #"{"b":1,"a":[null,true,0.5]}"#)
    }
}
