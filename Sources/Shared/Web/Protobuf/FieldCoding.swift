/// How a type of the `.proto` language is written. A Swift type alone does not say it: `Int32` is int32, sint32 and sfixed32.
public protocol FieldCoding {
    associatedtype Value: Sendable, Equatable

    static var wireType: WireType { get }

    /// What an absent field means.
    static var zero: Value { get }

    /// Whether a field without presence is left out.
    static func isZero(_ value: Value) -> Bool

    /// Reads what follows the tag. `value` is what the field had before; messages are merged into it.
    static func read(into value: inout Value, from decoder: inout BinaryDecoder) throws(ProtobufError)

    /// Writes what follows the tag.
    static func write(_ value: Value, to encoder: inout BinaryEncoder)

    /// - Returns: nil for an enum's value that has no name here, if unknown things are to be ignored.
    static func read(from reader: JSONReader) throws(ProtobufError) -> Value?

    static func write(_ value: Value, to writer: inout JSONWriter)
}

/// A type that map keys can have.
public protocol MapKeyCoding: FieldCoding where Value: Hashable {
    /// The order in which entries are written, so that equal messages are equal bytes.
    static func precedes(_ left: Value, _ right: Value) -> Bool

    /// The name of a JSON object's member.
    static func jsonKey(_ value: Value) -> String

    /// - Returns: nil for a name that is no such key.
    static func value(ofJSONKey key: String) -> Value?
}

extension FieldCoding where Value: AdditiveArithmetic {
    public static var zero: Value { .zero }
    public static func isZero(_ value: Value) -> Bool { value == .zero }
}

extension MapKeyCoding where Value: Comparable {
    public static func precedes(_ left: Value, _ right: Value) -> Bool { left < right }
}

public enum ProtoInt32: MapKeyCoding {
    public static var wireType: WireType { .varint }
    public static func read(into value: inout Int32, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = Int32(truncatingIfNeeded: try decoder.readVarint())
    }
    public static func write(_ value: Int32, to encoder: inout BinaryEncoder) {
        encoder.prependVarint(UInt64(bitPattern: Int64(value)))
    }
}

public enum ProtoInt64: MapKeyCoding {
    public static var wireType: WireType { .varint }
    public static func read(into value: inout Int64, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = Int64(bitPattern: try decoder.readVarint())
    }
    public static func write(_ value: Int64, to encoder: inout BinaryEncoder) {
        encoder.prependVarint(UInt64(bitPattern: value))
    }
}

public enum ProtoUInt32: MapKeyCoding {
    public static var wireType: WireType { .varint }
    public static func read(into value: inout UInt32, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = UInt32(truncatingIfNeeded: try decoder.readVarint())
    }
    public static func write(_ value: UInt32, to encoder: inout BinaryEncoder) { encoder.prependVarint(UInt64(value)) }
}

public enum ProtoUInt64: MapKeyCoding {
    public static var wireType: WireType { .varint }
    public static func read(into value: inout UInt64, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readVarint()
    }
    public static func write(_ value: UInt64, to encoder: inout BinaryEncoder) { encoder.prependVarint(value) }
}

/// ZigZag: small numbers of either sign are short.
public enum ProtoSInt32: MapKeyCoding {
    public static var wireType: WireType { .varint }
    public static func read(into value: inout Int32, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        let bits = UInt32(truncatingIfNeeded: try decoder.readVarint())
        value = Int32(bitPattern: bits >> 1) ^ -Int32(bits & 1)
    }
    public static func write(_ value: Int32, to encoder: inout BinaryEncoder) {
        encoder.prependVarint(UInt64(UInt32(bitPattern: value << 1 ^ value >> 31)))
    }
}

/// ZigZag: small numbers of either sign are short.
public enum ProtoSInt64: MapKeyCoding {
    public static var wireType: WireType { .varint }
    public static func read(into value: inout Int64, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        let bits = try decoder.readVarint()
        value = Int64(bitPattern: bits >> 1) ^ -Int64(bits & 1)
    }
    public static func write(_ value: Int64, to encoder: inout BinaryEncoder) {
        encoder.prependVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }
}

public enum ProtoFixed32: MapKeyCoding {
    public static var wireType: WireType { .fixed32 }
    public static func read(into value: inout UInt32, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readFixed()
    }
    public static func write(_ value: UInt32, to encoder: inout BinaryEncoder) { encoder.prependFixed(value) }
}

public enum ProtoFixed64: MapKeyCoding {
    public static var wireType: WireType { .fixed64 }
    public static func read(into value: inout UInt64, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readFixed()
    }
    public static func write(_ value: UInt64, to encoder: inout BinaryEncoder) { encoder.prependFixed(value) }
}

public enum ProtoSFixed32: MapKeyCoding {
    public static var wireType: WireType { .fixed32 }
    public static func read(into value: inout Int32, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readFixed()
    }
    public static func write(_ value: Int32, to encoder: inout BinaryEncoder) { encoder.prependFixed(value) }
}

public enum ProtoSFixed64: MapKeyCoding {
    public static var wireType: WireType { .fixed64 }
    public static func read(into value: inout Int64, from decoder: inout BinaryDecoder) throws(ProtobufError) {
        value = try decoder.readFixed()
    }
    public static func write(_ value: Int64, to encoder: inout BinaryEncoder) { encoder.prependFixed(value) }
}
