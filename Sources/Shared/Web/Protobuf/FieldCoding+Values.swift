/// Minus zero is not left out: it is another value.
public enum ProtoFloat: FieldCoding {
    public static var wireType: WireType { .fixed32 }
    public static func isZero(_ value: Float) -> Bool { value.bitPattern == 0 }
    public static func read(into value: inout Float, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = Float(bitPattern: try decoder.readFixed())
    }
    public static func write(_ value: Float, to encoder: inout BinaryEncoder) { encoder.prependFixed(value.bitPattern) }
}

/// Minus zero is not left out: it is another value.
public enum ProtoDouble: FieldCoding {
    public static var wireType: WireType { .fixed64 }
    public static func isZero(_ value: Double) -> Bool { value.bitPattern == 0 }
    public static func read(into value: inout Double, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = Double(bitPattern: try decoder.readFixed())
    }
    public static func write(_ value: Double, to encoder: inout BinaryEncoder) {
        encoder.prependFixed(value.bitPattern)
    }
}

public enum ProtoBool: MapKeyCoding {
    public static var wireType: WireType { .varint }
    public static var zero: Bool { false }
    public static func isZero(_ value: Bool) -> Bool { !value }
    public static func precedes(_ left: Bool, _ right: Bool) -> Bool { !left && right }
    public static func read(into value: inout Bool, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readVarint() != 0
    }
    public static func write(_ value: Bool, to encoder: inout BinaryEncoder) { encoder.prependVarint(value ? 1 : 0) }
}

/// Swift's strings are equal when their characters are: of two keys of a map that differ only in how an accent is composed,
/// the later one counts.
public enum ProtoString: MapKeyCoding {
    public static var wireType: WireType { .lengthDelimited }
    public static var zero: String { "" }
    public static func isZero(_ value: String) -> Bool { value.isEmpty }
    public static func read(into value: inout String, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readString()
    }
    public static func write(_ value: String, to encoder: inout BinaryEncoder) {
        encoder.prepend(value)
        encoder.prependVarint(UInt64(value.utf8.count))
    }
}

public enum ProtoBytes: FieldCoding {
    public static var wireType: WireType { .lengthDelimited }
    public static var zero: [UInt8] { [] }
    public static func isZero(_ value: [UInt8]) -> Bool { value.isEmpty }
    public static func read(into value: inout [UInt8], from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readBytes()
    }
    public static func write(_ value: [UInt8], to encoder: inout BinaryEncoder) {
        encoder.prepend(value)
        encoder.prependVarint(UInt64(value.count))
    }
}

public enum EnumCoding<Value: ProtoEnum>: FieldCoding {
    public static var wireType: WireType { .varint }
    public static var zero: Value { Value(rawValue: 0) }
    public static func isZero(_ value: Value) -> Bool { value.rawValue == 0 }
    public static func read(into value: inout Value, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = Value(rawValue: Int32(truncatingIfNeeded: try decoder.readVarint()))
    }
    public static func write(_ value: Value, to encoder: inout BinaryEncoder) {
        encoder.prependVarint(UInt64(bitPattern: Int64(value.rawValue)))
    }
}

public enum MessageCoding<Value: Message>: FieldCoding {
    public static var wireType: WireType { .lengthDelimited }
    public static var zero: Value { Value() }
    /// A message has presence: an empty one is written too.
    public static func isZero(_ value: Value) -> Bool { false }
    public static func read(into value: inout Value, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        try decoder.nested { (decoder) throws(ProtobufError) in try value.merge(from: &decoder) }
    }
    public static func write(_ value: Value, to encoder: inout BinaryEncoder) {
        encoder.prependNested { value.writeFields(to: &$0) }
    }
}
