import FuzzChecks
import Protobuf
import TestMessages
import Testing

@Suite("Messages as JSON")
struct JSONFormTests {
    private func text(_ message: some Message) -> String { String(decoding: message.json(), as: UTF8.self) }

    @Test("each type has the form that the specification gives it")
    func scalars() {
        #expect(
            text(Samples.scalars)
                == #"{"doubleValue":1.5,"floatValue":-0.25,"int32Value":-1,"int64Value":"-9223372036854775808","#
                + #""uint32Value":4294967295,"uint64Value":"18446744073709551615","sint32Value":-2147483648,"#
                + #""sint64Value":"-2","fixed32Value":16909060,"fixed64Value":"72623859790382856","sfixed32Value":-1,"#
                + #""sfixed64Value":"-1","boolValue":true,"stringValue":"äöü","bytesValue":"AP8=","color":"COLOR_DARK_BLUE","#
                + #""mode":9}"#
        )
    }

    @Test("zeros without presence and empty collections are left out; what is present is not")
    func presence() {
        #expect(text(TestV1.Scalars()) == "{}")
        #expect(text(TestV1.Repeated()) == "{}")
        #expect(text(TestV1.Maps()) == "{}")
        var optionals = TestV1.Optionals()
        optionals.int64Value = 0
        optionals.scalars = TestV1.Scalars()
        #expect(text(optionals) == #"{"int64Value":"0","scalars":{}}"#)
        var choices = TestV1.Choices()
        choices.choice = .flag(false)
        #expect(text(choices) == #"{"flag":false}"#)
    }

    @Test("keys of maps are strings, in the order of their values")
    func maps() {
        #expect(
            text(Samples.maps).hasPrefix(
                #"{"stringToString":{"a":"x","b":""},"int32ToInt64":{"-1":"1","0":"0"},"#
                    + #""sint64ToColor":{"5":"COLOR_BELOW_ZERO"},"boolToScalars":{"false":{},"true":{"#
            )
        )
    }

    @Test("what is written is read back")
    func roundTrips() throws {
        try expectRoundTrip(Samples.scalars)
        try expectRoundTrip(Samples.repeated)
        try expectRoundTrip(Samples.maps)
        try expectRoundTrip(Samples.node)
    }

    private func expectRoundTrip<M: Message>(_ message: M) throws {
        #expect(try M(json: message.json()) == message)
    }

    @Test(
        "a number is read in each of its forms",
        arguments: [
            #"{"int64Value":1000}"#, #"{"int64_value":"1000"}"#, #"{"int64Value":1e3}"#, #"{"int64Value":"1000.0"}"#,
        ]
    )
    func numbers(_ text: String) throws {
        #expect(try TestV1.Scalars(json: Array(text.utf8)).int64Value == 1_000)
    }

    @Test(
        "bytes are read in both alphabets, with padding or without",
        arguments: ["+/8=", "+/8", "-_8=", "-_8"]
    )
    func base64(_ text: String) throws {
        #expect(try TestV1.Scalars(json: Array(#"{"bytesValue":"\#(text)"}"#.utf8)).bytesValue == [0xFB, 0xFF])
    }

    @Test(
        "what is no base64 is refused",
        arguments: ["A", "AB=", "AB===", "A===", "AB==C", "A B", "AB=C", "é", "AR=="]
    )
    func badBase64(_ text: String) {
        #expect(throws: ProtobufError.invalidJSON(path: "bytesValue", problem: "must be base64")) {
            try TestV1.Scalars(json: Array(#"{"bytesValue":"\#(text)"}"#.utf8))
        }
    }

    @Test(
        "a mistake is reported with its place",
        arguments: [
            (#"{"scalars":[{},{"int32Value":"x"}]}"#, "scalars[1].int32Value", "must be an integer"),
            (#"{"int32Values":[1,null]}"#, "int32Values[1]", "must be an integer"),
            (#"{"int32Values":[2147483648]}"#, "int32Values[0]", "must be an integer from -2147483648 to 2147483647"),
            (#"{"colors":["BLACK"]}"#, "colors[0]", "has no value 'BLACK'"),
            (#"{"scalars":[{"x":1}]}"#, "scalars[0].x", "fluxmq.test.v1.Scalars has no such field"),
            (#"{"colors":[],"colors":[]}"#, "colors", "is given twice"),
            (#"{"int32Values":[],"int32_values":[]}"#, "int32_values", "is given twice"),
            ("[]", "", "must be an object"),
        ]
    )
    func places(_ text: String, _ path: String, _ problem: String) {
        #expect(throws: ProtobufError.invalidJSON(path: path, problem: problem)) {
            try TestV1.Repeated(json: Array(text.utf8))
        }
    }

    @Test("of a oneof only one member can be given, and null is none")
    func oneofs() throws {
        #expect(throws: ProtobufError.invalidJSON(path: "number", problem: "only one member of 'choice' can be given"))
        {
            try TestV1.Choices(json: Array(#"{"text":"a","number":1}"#.utf8))
        }
        #expect(try TestV1.Choices(json: Array(#"{"text":"a","number":null}"#.utf8)).choice == .text("a"))
        #expect(try TestV1.Choices(json: Array(#"{"null":null}"#.utf8)).choice == .null(.nullValue))
    }

    @Test("unknown members and names are passed over only on demand")
    func unknown() throws {
        let text = Array(#"{"new":{"a":[1]},"int32Values":[1],"colors":["COLOR_RED","COLOR_NEW"]}"#.utf8)
        #expect(throws: ProtobufError.self) { try TestV1.Repeated(json: text) }
        let message = try TestV1.Repeated(json: text, ignoringUnknownMembers: true)
        #expect(message.int32Values == [1] && message.colors == [.red])
    }

    @Test("what is no JSON is refused with its place")
    func malformed() {
        #expect(throws: ProtobufError.malformedJSON("a comma or } is missing", offset: 15)) {
            try TestV1.Scalars(json: Array(#"{"int32Value":1"#.utf8))
        }
        #expect(throws: ProtobufError.malformedJSON("not UTF-8", offset: 0)) { try TestV1.Scalars(json: [0xFF]) }
    }

    @Test("messages nest 100 deep and no deeper")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: #"{"next":"#, count: depth) + "{}" + String(repeating: "}", count: depth)).utf8)
        }
        _ = try TestV1.Node(json: nested(100))
        #expect(throws: ProtobufError.nestedTooDeeply) { try TestV1.Node(json: nested(101)) }
        #expect(throws: ProtobufError.self) { try TestV1.Node(json: nested(100_000)) }
    }

    @Test("unknown fields have no JSON form")
    func unknownFields() throws {
        #expect(text(try TestV1.Older(serialized: [0x08, 1, 0x78, 1])) == #"{"id":1}"#)
    }

    @Test("what fuzzing found interesting stays right")
    func corpusHolds() {
        let inputs = corpus("FuzzProtobufJSON")
        #expect(!inputs.isEmpty)
        for input in inputs { fuzzProtobufJSON(input.bytes) }
    }
}
