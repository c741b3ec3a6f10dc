/// A point in time: `google.protobuf.Timestamp`.
public struct Timestamp: Message {
    /// Since 1970-01-01T00:00:00Z, without leap seconds; from year 1 to year 9999.
    public var seconds: Int64 = 0
    /// 0 to 999,999,999, and forward in time before 1970 too.
    public var nanos: Int32 = 0
    public var unknownFields = UnknownFields()

    public init() {}

    public init(seconds: Int64, nanos: Int32 = 0) {
        self.seconds = seconds
        self.nanos = nanos
    }
}

extension Timestamp {
    public static let protoName = "google.protobuf.Timestamp"

    public static let fields = [
        FieldDescriptor(number: 1, name: "seconds", jsonName: "seconds", kind: .int64),
        FieldDescriptor(number: 2, name: "nanos", jsonName: "nanos", kind: .int32),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .int(self.seconds)
        case 2: .int(Int64(self.nanos))
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoInt64.self, into: &self.seconds)
        case 2: try decoder.read(ProtoInt32.self, into: &self.nanos)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoInt32.self, 2, self.nanos)
        encoder.write(ProtoInt64.self, 1, self.seconds)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoInt64.self, into: &self.seconds)
        case 2: try reader.read(ProtoInt32.self, into: &self.nanos)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoInt64.self, "seconds", self.seconds)
        writer.write(ProtoInt32.self, "nanos", self.nanos)
    }

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        guard let time = Timestamp(text: try reader.string()) else {
            throw reader.problem("must be a time like '2026-01-31T12:00:00.5Z'")
        }
        self = time
    }

    public func writeJSONValue(to writer: inout JSONWriter) {
        if let text = self.text { writer.string(text) } else { writer.word("null") }
    }
}
