import Protobuf
import TestMessages
import Testing

@Suite("Well-known types")
struct WellKnownTests {
    @Test(
        "a time is text in UTC and comes back",
        arguments: [
            (0, 0, "1970-01-01T00:00:00Z"),
            (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 500_000_000, "9999-12-31T23:59:59.500Z"),
            (951_782_400, 10_000, "2000-02-29T00:00:00.000010Z"),
            (4_107_542_400, 1, "2100-03-01T00:00:00.000000001Z"),
        ] as [(Int64, Int32, String)]
    )
    func times(_ seconds: Int64, _ nanos: Int32, _ text: String) {
        let time = Timestamp(seconds: seconds, nanos: nanos)
        #expect(time.text == text)
        #expect(Timestamp(text: text) == time)
    }

    @Test("each day of 400 years has its date")
    func everyDay() {
        var previous = ""
        for day in 0..<146_097 {
            let time = Timestamp(seconds: Int64(day) * 86_400 - 62_135_596_800)
            guard let text = time.text else {
                Issue.record("day \(day) has no text")
                return
            }
            #expect(text > previous && Timestamp(text: text) == time)
            previous = text
        }
        #expect(previous == "0400-12-31T00:00:00Z")
    }

    @Test("an offset from UTC is taken away")
    func offsets() {
        #expect(Timestamp(text: "1970-01-01T01:30:00+01:30")?.seconds == 0)
        #expect(Timestamp(text: "1969-12-31T23:00:00-01:00")?.seconds == 0)
        #expect(Timestamp(text: "0001-01-01T00:00:00+00:01") == nil)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-01-01t00:00:00z",
            "1970-13-01T00:00:00Z",
            "1970-00-01T00:00:00Z", "1970-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "1970-01-01T24:00:00Z",
            "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.0000000000Z",
            "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+1:00", "0000-12-31T23:59:59Z", "10000-01-01T00:00:00Z",
            "-001-01-01T00:00:00Z",
        ]
    )
    func badTimes(_ text: String) { #expect(Timestamp(text: text) == nil) }

    @Test("times that have no text are null, and so are durations and masks")
    func noText() {
        var message = TestV1.WellKnownTypes()
        message.timestamp = Timestamp(seconds: .max, nanos: 0)
        message.duration = WellKnown.Duration(seconds: 1, nanos: -1)
        message.fieldMask = WellKnown.FieldMask()
        message.fieldMask?.paths = ["fooBar"]
        #expect(message.json() == Array(#"{"timestamp":null,"duration":null,"fieldMask":null}"#.utf8))
        #expect(Timestamp(seconds: 0, nanos: -1).text == nil)
        #expect(Timestamp(seconds: 0, nanos: 1_000_000_000).text == nil)
    }

    @Test(
        "a duration is a number of seconds and comes back",
        arguments: [
            (0, 0, "0s"), (1, 500_000_000, "1.500s"), (-1, -1, "-1.000000001s"), (0, -5_000, "-0.000005s"),
            (315_576_000_000, 999_999_999, "315576000000.999999999s"),
        ] as [(Int64, Int32, String)]
    )
    func durations(_ seconds: Int64, _ nanos: Int32, _ text: String) {
        let duration = WellKnown.Duration(seconds: seconds, nanos: nanos)
        #expect(duration.text == text)
        #expect(WellKnown.Duration(text: text) == duration)
    }

    @Test(
        "what is no duration is refused",
        arguments: ["", "s", "1", "+1s", "--1s", "1.s", ".5s", "1e3s", "315576000001s", "1 s"]
    )
    func badDurations(_ text: String) { #expect(WellKnown.Duration(text: text) == nil) }

    @Test("values, structs and lists are the JSON that they stand for")
    func structs() throws {
        let text = #"{"struct":{"a":[1.5,null,{"b":"x"}],"c":true},"value":null,"listValue":[[],{}],"values":["",0.0]}"#
        let message = try TestV1.WellKnownTypes(json: Array(text.utf8))
        #expect(message.value?.kind == .nullValue(.nullValue))
        #expect(message.struct?.fields["c"]?.kind == .boolValue(true))
        #expect(String(decoding: message.json(), as: UTF8.self) == text)
        #expect(try TestV1.WellKnownTypes(serialized: message.serialized()) == message)
    }

    @Test("lists in lists are messages in messages, and limited like them")
    func depth() throws {
        func lists(_ depth: Int) -> [UInt8] {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return Array(#"{"value":\#(text)}"#.utf8)
        }
        _ = try TestV1.WellKnownTypes(json: lists(50))
        #expect(throws: ProtobufError.nestedTooDeeply) { try TestV1.WellKnownTypes(json: lists(51)) }
    }

    @Test("a wrapper is its scalar, and null is none")
    func wrappers() throws {
        let text = #"{"int64Value":"0","boolValue":false,"stringValue":"","bytesValue":"AQ==","int64Values":["1"]}"#
        let message = try TestV1.WellKnownTypes(json: Array(text.utf8))
        #expect(message.int64Value == WellKnown.Int64Value(0))
        #expect(message.boolValue?.value(of: 1) == .bool(false))
        #expect(String(decoding: message.json(), as: UTF8.self) == text)
        #expect(try TestV1.WellKnownTypes(json: Array(#"{"int64Value":null}"#.utf8)).int64Value == nil)
        #expect(WellKnown.UInt32Value.protoName == "google.protobuf.UInt32Value")
    }

    @Test("a mask's names change their style")
    func fieldMasks() throws {
        let message = try TestV1.WellKnownTypes(json: Array(#"{"fieldMask":"query.totalMatched,id"}"#.utf8))
        #expect(message.fieldMask?.paths == ["query.total_matched", "id"])
        #expect(message.json() == Array(#"{"fieldMask":"query.totalMatched,id"}"#.utf8))
    }

    @Test("an empty message has no fields")
    func empty() throws {
        #expect(try WellKnown.Empty(json: Array("{}".utf8)).json() == Array("{}".utf8))
        #expect(throws: ProtobufError.self) { try WellKnown.Empty(json: Array(#"{"a":1}"#.utf8)) }
    }
}
