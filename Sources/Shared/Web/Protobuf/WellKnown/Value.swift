internal import JSON

extension WellKnown.Value {
    public static let protoName = "google.protobuf.Value"

    public static let fields = [
        FieldDescriptor(
            number: 1,
            name: "null_value",
            jsonName: "nullValue",
            kind: .enumeration,
            oneof: "kind",
            typeName: "google.protobuf.NullValue"
        ),
        FieldDescriptor(number: 2, name: "number_value", jsonName: "numberValue", kind: .double, oneof: "kind"),
        FieldDescriptor(number: 3, name: "string_value", jsonName: "stringValue", kind: .string, oneof: "kind"),
        FieldDescriptor(number: 4, name: "bool_value", jsonName: "boolValue", kind: .bool, oneof: "kind"),
        FieldDescriptor(
            number: 5,
            name: "struct_value",
            jsonName: "structValue",
            kind: .message,
            oneof: "kind",
            typeName: "google.protobuf.Struct"
        ),
        FieldDescriptor(
            number: 6,
            name: "list_value",
            jsonName: "listValue",
            kind: .message,
            oneof: "kind",
            typeName: "google.protobuf.ListValue"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch (number, self.kind) {
        case (1, .nullValue(let value)?): .enumeration(value.name)
        case (2, .numberValue(let value)?): .double(value)
        case (3, .stringValue(let value)?): .string(value)
        case (4, .boolValue(let value)?): .bool(value)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try self.take(EnumCoding<WellKnown.NullValue>.self, from: &decoder) { .nullValue($0) }
        case 2: try self.take(ProtoDouble.self, from: &decoder) { .numberValue($0) }
        case 3: try self.take(ProtoString.self, from: &decoder) { .stringValue($0) }
        case 4: try self.take(ProtoBool.self, from: &decoder) { .boolValue($0) }
        case 5:
            var member: WellKnown.Struct?
            if case .structValue(let present)? = self.kind {
                member = present
                self.kind = nil
            }
            try decoder.read(MessageCoding<WellKnown.Struct>.self, into: &member)
            if let member { self.kind = .structValue(member) }
        case 6:
            var member: WellKnown.ListValue?
            if case .listValue(let present)? = self.kind {
                member = present
                self.kind = nil
            }
            try decoder.read(MessageCoding<WellKnown.ListValue>.self, into: &member)
            if let member { self.kind = .listValue(member) }
        default: break
        }
    }

    private mutating func take<Coding: FieldCoding>(
        _: Coding.Type,
        from decoder: inout BinaryDecoder,
        as member: (Coding.Value) -> KindOneof
    ) throws(ProtobufError) {
        var value: Coding.Value?
        try decoder.read(Coding.self, into: &value)
        if let value { self.kind = member(value) }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        switch self.kind {
        case .nullValue(let value)?: encoder.writePresent(EnumCoding<WellKnown.NullValue>.self, 1, value)
        case .numberValue(let value)?: encoder.writePresent(ProtoDouble.self, 2, value)
        case .stringValue(let value)?: encoder.writePresent(ProtoString.self, 3, value)
        case .boolValue(let value)?: encoder.writePresent(ProtoBool.self, 4, value)
        case .structValue(let value)?: encoder.writePresent(MessageCoding<WellKnown.Struct>.self, 5, value)
        case .listValue(let value)?: encoder.writePresent(MessageCoding<WellKnown.ListValue>.self, 6, value)
        case nil: break
        }
    }

    /// A value's JSON is never an object of its fields: see ``readJSONValue(from:)``.
    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {}
    public func writeJSONFields(to writer: inout JSONWriter) {}

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        self.kind =
            switch reader.value {
            case .null: .nullValue(.nullValue)
            case .bool(let value): .boolValue(value)
            case .integer, .unsigned, .number: .numberValue(try reader.double())
            case .string(let value): .stringValue(value)
            case .array: .listValue(try reader.message(WellKnown.ListValue.self))
            case .object: .structValue(try reader.message(WellKnown.Struct.self))
            }
    }

    public func writeJSONValue(to writer: inout JSONWriter) {
        switch self.kind {
        case .numberValue(let value)? where value.isFinite: ProtoDouble.write(value, to: &writer)
        case .stringValue(let value)?: writer.string(value)
        case .boolValue(let value)?: ProtoBool.write(value, to: &writer)
        case .structValue(let value)?: value.writeJSONValue(to: &writer)
        case .listValue(let value)?: value.writeJSONValue(to: &writer)
        case .nullValue?, .numberValue?, nil: writer.word("null")
        }
    }
}
