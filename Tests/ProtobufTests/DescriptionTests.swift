import Protobuf
import TestMessages
import Testing

@Suite("Generated types")
struct DescriptionTests {
    private func field(_ name: String, of fields: [FieldDescriptor]) throws -> FieldDescriptor {
        try #require(fields.first { $0.name == name })
    }

    @Test("a field's value is there by its number")
    func values() {
        let message = Samples.scalars
        #expect(message.value(of: 1) == .double(1.5))
        #expect(message.value(of: 2) == .double(-0.25))
        #expect(message.value(of: 3) == .int(-1))
        #expect(message.value(of: 4) == .int(.min))
        #expect(message.value(of: 5) == .uint(UInt64(UInt32.max)))
        #expect(message.value(of: 6) == .uint(.max))
        #expect(message.value(of: 13) == .bool(true))
        #expect(message.value(of: 14) == .string("äöü"))
        #expect(message.value(of: 15) == .bytes([0, 0xFF]))
        #expect(message.value(of: 16) == .enumeration("dark_blue"))
        #expect(message.value(of: 17) == .enumeration("9"))
        #expect(message.value(of: 18) == .none)
        #expect(TestV1.Scalars().value(of: 3) == .int(0))
    }

    @Test("what is absent or not one value has none")
    func absentValues() {
        #expect(TestV1.Optionals().value(of: 3) == .none)
        #expect(Samples.repeated.value(of: 3) == .none)
        #expect(Samples.maps.value(of: 1) == .none)
        #expect(Samples.node.value(of: 2) == .none)
        var choices = TestV1.Choices()
        choices.choice = .number(5)
        #expect(choices.value(of: 2) == .none && choices.value(of: 3) == .int(5))
        var known = TestV1.WellKnownTypes()
        #expect(known.value(of: 1) == .none)
        known.timestamp = Timestamp(seconds: 5, nanos: 6)
        #expect(known.value(of: 1) == .timestamp(Timestamp(seconds: 5, nanos: 6)))
    }

    @Test("a message knows its name, and its fields their types")
    func descriptors() throws {
        #expect(TestV1.Branch.Inner.protoName == "fluxmq.test.v1.Branch.Inner")
        let scalars = try field("scalars", of: TestV1.Repeated.fields)
        #expect(scalars.kind == .message && scalars.isRepeated && scalars.typeName == "fluxmq.test.v1.Scalars")
        let map = try field("string_to_string", of: TestV1.Maps.fields)
        #expect(map.isMap && map.isRepeated && map.jsonName == "stringToString")
        let optional = try field("color", of: TestV1.Optionals.fields)
        #expect(optional.isOptional && optional.kind == .enumeration && optional.oneof == nil)
        let member = try field("text", of: TestV1.Choices.fields)
        #expect(member.oneof == "choice" && member.comment == "The first.")
        #expect(try field("custom", of: TestV1.Names.fields).jsonName == "@custom\"")
    }

    @Test("names that Swift has another use for are still there")
    func names() throws {
        var message = TestV1.Names()
        message.default = "a"
        message.self_ = "b"
        message.init_ = "c"
        message.clientID = "d"
        message.unknownFields_ = "e"
        message.type = TestV1.Names.Type_()
        message.type?.number = 1
        message.string = TestV1.Names.String_()
        #expect(try TestV1.Names(serialized: message.serialized()) == message)
        #expect(try TestV1.Names(json: message.json()) == message)
        #expect(TestV1.Names.Type_.protoName == "fluxmq.test.v1.Names.Type")
    }

    @Test("an enum's values have short names, full names and aliases")
    func enums() {
        #expect(TestV1.Color.allCases == [.unspecified, .red, .darkBlue, .default, .belowZero])
        #expect(TestV1.Color.darkBlue.name == "dark_blue")
        #expect(TestV1.Color.darkBlue.protoName == "COLOR_DARK_BLUE")
        #expect(TestV1.Color.unrecognized(5).protoName == nil)
        #expect(TestV1.Color(protoName: "COLOR_CRIMSON") == .red)
        #expect(TestV1.Color(protoName: "RED") == nil)
        #expect(TestV1.Color(name: "below_zero") == .belowZero)
        #expect(TestV1.Color(rawValue: -7) == .belowZero)
        #expect(TestV1.Mode.allCases.map(\.name) == ["off", "in", "step_2"])
    }

    @Test("a service's methods know their paths and which side streams")
    func methods() {
        #expect(TestV1.EchoMethods.once.path == "/fluxmq.test.v1.Echo/Once")
        #expect(TestV1.EchoMethods.once.kind == .unary)
        #expect(TestV1.EchoMethods.down.kind == .serverStreaming)
        #expect(TestV1.EchoMethods.up.kind == .clientStreaming)
        #expect(TestV1.EchoMethods.both.kind == .bidirectional)
    }
}
