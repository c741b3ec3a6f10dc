/// Types of the package `google.protobuf` that come with protobuf and have a JSON form of their own. ``Timestamp`` is one too.
///
/// What has no such form (a time after year 9999, a number that JSON lacks) is written as null.
public enum WellKnown {
    /// A message without fields.
    public struct Empty: Message {
        public var unknownFields = UnknownFields()
        public init() {}
    }

    public typealias DoubleValue = Wrapper<ProtoDouble>
    public typealias FloatValue = Wrapper<ProtoFloat>
    public typealias Int64Value = Wrapper<ProtoInt64>
    public typealias UInt64Value = Wrapper<ProtoUInt64>
    public typealias Int32Value = Wrapper<ProtoInt32>
    public typealias UInt32Value = Wrapper<ProtoUInt32>
    public typealias BoolValue = Wrapper<ProtoBool>
    public typealias StringValue = Wrapper<ProtoString>
    public typealias BytesValue = Wrapper<ProtoBytes>

    /// A scalar as a message, and in JSON as the scalar: from before proto3 had `optional`.
    public struct Wrapper<Coding: WrappedCoding>: Message {
        public var value: Coding.Value = Coding.zero
        public var unknownFields = UnknownFields()

        public init() {}

        public init(_ value: Coding.Value) { self.value = value }
    }
}

extension WellKnown.Empty {
    public static var protoName: String { "google.protobuf.Empty" }
    public static var fields: [FieldDescriptor] { [] }
    public func value(of number: Int) -> FieldValue { .none }
    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {}
    public func writeFields(to encoder: inout BinaryEncoder) { encoder.write(self.unknownFields) }
    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {}
    public func writeJSONFields(to writer: inout JSONWriter) {}
}

extension WellKnown.Wrapper {
    public static var protoName: String { "google.protobuf.\(Coding.wrapperName)" }

    public static var fields: [FieldDescriptor] {
        [FieldDescriptor(number: 1, name: "value", jsonName: "value", kind: Coding.wrappedKind)]
    }

    public func value(of number: Int) -> FieldValue { number == 1 ? Coding.fieldValue(self.value) : .none }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        if decoder.field == 1 { try decoder.read(Coding.self, into: &self.value) }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(Coding.self, 1, self.value)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        if number == 1 { try reader.read(Coding.self, into: &self.value) }
    }

    public func writeJSONFields(to writer: inout JSONWriter) { writer.write(Coding.self, "value", self.value) }

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        try reader.read(Coding.self, into: &self.value)
    }

    public func writeJSONValue(to writer: inout JSONWriter) { Coding.write(self.value, to: &writer) }
}

/// A scalar type that ``WellKnown`` has a wrapper for.
public protocol WrappedCoding: FieldCoding {
    /// Without the package: `DoubleValue`.
    static var wrapperName: String { get }
    static var wrappedKind: FieldDescriptor.Kind { get }
    static func fieldValue(_ value: Value) -> FieldValue
}

extension ProtoDouble: WrappedCoding {
    public static var wrapperName: String { "DoubleValue" }
    public static var wrappedKind: FieldDescriptor.Kind { .double }
    public static func fieldValue(_ value: Double) -> FieldValue { .double(value) }
}

extension ProtoFloat: WrappedCoding {
    public static var wrapperName: String { "FloatValue" }
    public static var wrappedKind: FieldDescriptor.Kind { .float }
    public static func fieldValue(_ value: Float) -> FieldValue { .double(Double(value)) }
}

extension ProtoInt64: WrappedCoding {
    public static var wrapperName: String { "Int64Value" }
    public static var wrappedKind: FieldDescriptor.Kind { .int64 }
    public static func fieldValue(_ value: Int64) -> FieldValue { .int(value) }
}

extension ProtoUInt64: WrappedCoding {
    public static var wrapperName: String { "UInt64Value" }
    public static var wrappedKind: FieldDescriptor.Kind { .uint64 }
    public static func fieldValue(_ value: UInt64) -> FieldValue { .uint(value) }
}

extension ProtoInt32: WrappedCoding {
    public static var wrapperName: String { "Int32Value" }
    public static var wrappedKind: FieldDescriptor.Kind { .int32 }
    public static func fieldValue(_ value: Int32) -> FieldValue { .int(Int64(value)) }
}

extension ProtoUInt32: WrappedCoding {
    public static var wrapperName: String { "UInt32Value" }
    public static var wrappedKind: FieldDescriptor.Kind { .uint32 }
    public static func fieldValue(_ value: UInt32) -> FieldValue { .uint(UInt64(value)) }
}

extension ProtoBool: WrappedCoding {
    public static var wrapperName: String { "BoolValue" }
    public static var wrappedKind: FieldDescriptor.Kind { .bool }
    public static func fieldValue(_ value: Bool) -> FieldValue { .bool(value) }
}

extension ProtoString: WrappedCoding {
    public static var wrapperName: String { "StringValue" }
    public static var wrappedKind: FieldDescriptor.Kind { .string }
    public static func fieldValue(_ value: String) -> FieldValue { .string(value) }
}

extension ProtoBytes: WrappedCoding {
    public static var wrapperName: String { "BytesValue" }
    public static var wrappedKind: FieldDescriptor.Kind { .bytes }
    public static func fieldValue(_ value: [UInt8]) -> FieldValue { .bytes(value) }
}
