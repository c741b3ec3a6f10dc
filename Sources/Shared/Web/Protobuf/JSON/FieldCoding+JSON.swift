internal import JSON

extension FieldCoding where Value: FixedWidthInteger {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> Value? { try reader.integer() }

    /// Integers of 64 bits are strings: JavaScript's numbers are exact up to 53 bits only.
    public static func write(_ value: Value, to writer: inout JSONWriter) {
        if Value.bitWidth == 64 { writer.string(String(value)) } else { writer.word(String(value)) }
    }
}

extension MapKeyCoding where Value: FixedWidthInteger {
    public static func jsonKey(_ value: Value) -> String { String(value) }
    public static func value(ofJSONKey key: String) -> Value? { JSONReader.number(in: key).flatMap(JSONReader.integer) }
}

extension FieldCoding where Value: BinaryFloatingPoint & LosslessStringConvertible {
    public static func write(_ value: Value, to writer: inout JSONWriter) {
        if value.isFinite {
            writer.word(String(value))
        } else {
            writer.string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
        }
    }
}

extension ProtoDouble {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> Double? { try reader.double() }
}

extension ProtoFloat {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> Float? {
        let number = try reader.double()
        let value = Float(number)
        if value.isInfinite && number.isFinite { throw reader.problem("is too large a number") }
        return value
    }
}

extension ProtoBool {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> Bool? {
        guard case .bool(let value) = reader.value else { throw reader.problem("must be true or false") }
        return value
    }
    public static func write(_ value: Bool, to writer: inout JSONWriter) { writer.word(value ? "true" : "false") }
    public static func jsonKey(_ value: Bool) -> String { value ? "true" : "false" }
    public static func value(ofJSONKey key: String) -> Bool? { Bool(key) }
}

extension ProtoString {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> String? { try reader.string() }
    public static func write(_ value: String, to writer: inout JSONWriter) { writer.string(value) }
    public static func jsonKey(_ value: String) -> String { value }
    public static func value(ofJSONKey key: String) -> String? { key }
}

/// Base64; both of its alphabets are read, with padding or without.
extension ProtoBytes {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> [UInt8]? {
        guard let bytes = Base64.decode(try reader.string()) else { throw reader.problem("must be base64") }
        return bytes
    }
    public static func write(_ value: [UInt8], to writer: inout JSONWriter) { writer.string(Base64.encode(value)) }
}

/// By name; numbers are read too, and written for what has no name.
extension EnumCoding {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> Value? {
        switch reader.value {
        case .string(let name):
            if let value = Value(protoName: name) { return value }
            if reader.ignoresUnknown { return nil }
            throw reader.problem("has no value '\(name)'")
        case .integer, .unsigned, .number: return Value(rawValue: try reader.integer())
        case .null where Value.self == WellKnown.NullValue.self: return Value(rawValue: 0)
        default: throw reader.problem("must be the name of a value, or its number")
        }
    }

    public static func write(_ value: Value, to writer: inout JSONWriter) {
        if value is WellKnown.NullValue { return writer.word("null") }
        if let name = value.protoName { writer.string(name) } else { writer.word(String(value.rawValue)) }
    }
}

extension MessageCoding {
    public static func read(from reader: JSONReader) throws(ProtobufError) -> Value? { try reader.message(Value.self) }
    public static func write(_ value: Value, to writer: inout JSONWriter) { value.writeJSONValue(to: &writer) }
}
