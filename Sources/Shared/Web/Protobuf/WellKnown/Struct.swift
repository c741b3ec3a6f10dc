/// JSON inside of protobuf: `google.protobuf.Struct` and what belongs to it.
extension WellKnown {
    /// A JSON object.
    public struct Struct: Message {
        public var fields: [String: Value] = [:]
        public var unknownFields = UnknownFields()

        public init() {}
    }

    /// Any JSON value.
    public struct Value: Message {
        /// nil is no value at all, which a peer should not send.
        public var kind: KindOneof?
        public var unknownFields = UnknownFields()

        public init() {}

        public enum KindOneof: Sendable, Equatable {
            case nullValue(NullValue)
            case numberValue(Double)
            case stringValue(String)
            case boolValue(Bool)
            case structValue(Struct)
            case listValue(ListValue)
        }
    }

    /// A JSON array.
    public struct ListValue: Message {
        public var values: [Value] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }

    /// JSON's null.
    public enum NullValue: ProtoEnum {
        case nullValue
        /// A number that is not 0.
        case unrecognized(Int32)
    }
}

extension WellKnown.NullValue {
    public static let allCases: [Self] = [.nullValue]

    public init(rawValue: Int32) { self = rawValue == 0 ? .nullValue : .unrecognized(rawValue) }

    public var rawValue: Int32 {
        switch self {
        case .nullValue: 0
        case .unrecognized(let number): number
        }
    }

    public var name: String { self.protoName?.lowercased() ?? String(self.rawValue) }

    public var protoName: String? { self == .nullValue ? "NULL_VALUE" : nil }

    public init?(protoName: String) {
        guard protoName == "NULL_VALUE" else { return nil }
        self = .nullValue
    }
}

extension WellKnown.Struct {
    public static let protoName = "google.protobuf.Struct"

    public static let fields = [
        FieldDescriptor(
            number: 1,
            name: "fields",
            jsonName: "fields",
            kind: .message,
            isRepeated: true,
            isMap: true,
            typeName: "google.protobuf.Struct.FieldsEntry"
        )
    ]

    public func value(of number: Int) -> FieldValue { .none }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        guard decoder.field == 1 else { return }
        try decoder.read(ProtoString.self, MessageCoding<WellKnown.Value>.self, into: &self.fields)
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeMap(ProtoString.self, MessageCoding<WellKnown.Value>.self, 1, self.fields)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        guard number == 1 else { return }
        try reader.read(ProtoString.self, MessageCoding<WellKnown.Value>.self, into: &self.fields)
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeMap(ProtoString.self, MessageCoding<WellKnown.Value>.self, "fields", self.fields)
    }

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        try self.readJSONField(1, from: reader)
    }

    public func writeJSONValue(to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, value) in self.fields.sorted(by: { $0.key < $1.key }) {
                writer.writePresent(MessageCoding<WellKnown.Value>.self, name, value)
            }
        }
    }
}

extension WellKnown.ListValue {
    public static let protoName = "google.protobuf.ListValue"

    public static let fields = [
        FieldDescriptor(
            number: 1,
            name: "values",
            jsonName: "values",
            kind: .message,
            isRepeated: true,
            typeName: "google.protobuf.Value"
        )
    ]

    public func value(of number: Int) -> FieldValue { .none }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        if decoder.field == 1 { try decoder.read(MessageCoding<WellKnown.Value>.self, into: &self.values) }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(MessageCoding<WellKnown.Value>.self, 1, self.values)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        if number == 1 { try reader.read(MessageCoding<WellKnown.Value>.self, into: &self.values) }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(MessageCoding<WellKnown.Value>.self, "values", self.values)
    }

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        try self.readJSONField(1, from: reader)
    }

    public func writeJSONValue(to writer: inout JSONWriter) {
        writer.array { writer in
            for value in self.values {
                writer.separate()
                value.writeJSONValue(to: &writer)
            }
        }
    }
}
