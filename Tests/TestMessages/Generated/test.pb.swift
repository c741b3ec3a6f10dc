// swift-format-ignore-file
// Made from fluxmq/test/v1/test.proto by protoc-gen-fluxmq. Do not edit: scripts/generate-protobuf makes it again.
public import Protobuf

/// `fluxmq.test.v1`.
public enum TestV1 {}

extension TestV1 {
    /// A "quoted" \comment.
    ///
    /// With a second paragraph,
    /// of two lines.
    public enum Color: ProtoEnum {
        case unspecified
        case red
        case darkBlue
        /// Behind the value.
        case `default`
        case belowZero
        /// A number that had no name when this was made.
        case unrecognized(Int32)
    }
}

extension TestV1.Color {
    public static let allCases: [Self] = [
        .unspecified, .red, .darkBlue, .`default`, .belowZero
    ]

    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .unspecified
        case 1: self = .red
        case 2: self = .darkBlue
        case 3: self = .`default`
        case -7: self = .belowZero
        default: self = .unrecognized(rawValue)
        }
    }

    public var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .red: 1
        case .darkBlue: 2
        case .`default`: 3
        case .belowZero: -7
        case .unrecognized(let number): number
        }
    }

    public var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .red: "red"
        case .darkBlue: "dark_blue"
        case .`default`: "default"
        case .belowZero: "below_zero"
        case .unrecognized(let number): String(number)
        }
    }

    public var protoName: String? {
        switch self {
        case .unspecified: "COLOR_UNSPECIFIED"
        case .red: "COLOR_RED"
        case .darkBlue: "COLOR_DARK_BLUE"
        case .`default`: "COLOR_DEFAULT"
        case .belowZero: "COLOR_BELOW_ZERO"
        case .unrecognized: nil
        }
    }

    public init?(protoName: String) {
        switch protoName {
        case "COLOR_UNSPECIFIED": self = .unspecified
        case "COLOR_RED": self = .red
        case "COLOR_DARK_BLUE": self = .darkBlue
        case "COLOR_DEFAULT": self = .`default`
        case "COLOR_BELOW_ZERO": self = .belowZero
        case "COLOR_CRIMSON": self = .red
        default: return nil
        }
    }
}

extension TestV1 {
    /// Names without the enum's, and one that is a keyword.
    public enum Mode: ProtoEnum {
        case off
        case `in`
        case step2
        /// A number that had no name when this was made.
        case unrecognized(Int32)
    }
}

extension TestV1.Mode {
    public static let allCases: [Self] = [
        .off, .`in`, .step2
    ]

    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .off
        case 1: self = .`in`
        case 2: self = .step2
        default: self = .unrecognized(rawValue)
        }
    }

    public var rawValue: Int32 {
        switch self {
        case .off: 0
        case .`in`: 1
        case .step2: 2
        case .unrecognized(let number): number
        }
    }

    public var name: String {
        switch self {
        case .off: "off"
        case .`in`: "in"
        case .step2: "step_2"
        case .unrecognized(let number): String(number)
        }
    }

    public var protoName: String? {
        switch self {
        case .off: "off"
        case .`in`: "in"
        case .step2: "STEP_2"
        case .unrecognized: nil
        }
    }

    public init?(protoName: String) {
        switch protoName {
        case "off": self = .off
        case "in": self = .`in`
        case "STEP_2": self = .step2
        default: return nil
        }
    }
}

extension TestV1 {
    public struct Scalars: Message {
        public var doubleValue: Double = 0
        public var floatValue: Float = 0
        public var int32Value: Int32 = 0
        public var int64Value: Int64 = 0
        public var uint32Value: UInt32 = 0
        public var uint64Value: UInt64 = 0
        public var sint32Value: Int32 = 0
        public var sint64Value: Int64 = 0
        public var fixed32Value: UInt32 = 0
        public var fixed64Value: UInt64 = 0
        public var sfixed32Value: Int32 = 0
        public var sfixed64Value: Int64 = 0
        public var boolValue: Bool = false
        public var stringValue: String = ""
        public var bytesValue: [UInt8] = []
        public var color: TestV1.Color = .unspecified
        public var mode: TestV1.Mode = .off
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Scalars {
    public static let protoName = "fluxmq.test.v1.Scalars"

    public enum FieldNumber {
        public static let doubleValue = 1
        public static let floatValue = 2
        public static let int32Value = 3
        public static let int64Value = 4
        public static let uint32Value = 5
        public static let uint64Value = 6
        public static let sint32Value = 7
        public static let sint64Value = 8
        public static let fixed32Value = 9
        public static let fixed64Value = 10
        public static let sfixed32Value = 11
        public static let sfixed64Value = 12
        public static let boolValue = 13
        public static let stringValue = 14
        public static let bytesValue = 15
        public static let color = 16
        public static let mode = 17
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "double_value", jsonName: "doubleValue", kind: .double),
        FieldDescriptor(number: 2, name: "float_value", jsonName: "floatValue", kind: .float),
        FieldDescriptor(number: 3, name: "int32_value", jsonName: "int32Value", kind: .int32),
        FieldDescriptor(number: 4, name: "int64_value", jsonName: "int64Value", kind: .int64),
        FieldDescriptor(number: 5, name: "uint32_value", jsonName: "uint32Value", kind: .uint32),
        FieldDescriptor(number: 6, name: "uint64_value", jsonName: "uint64Value", kind: .uint64),
        FieldDescriptor(number: 7, name: "sint32_value", jsonName: "sint32Value", kind: .sint32),
        FieldDescriptor(number: 8, name: "sint64_value", jsonName: "sint64Value", kind: .sint64),
        FieldDescriptor(number: 9, name: "fixed32_value", jsonName: "fixed32Value", kind: .fixed32),
        FieldDescriptor(number: 10, name: "fixed64_value", jsonName: "fixed64Value", kind: .fixed64),
        FieldDescriptor(number: 11, name: "sfixed32_value", jsonName: "sfixed32Value", kind: .sfixed32),
        FieldDescriptor(number: 12, name: "sfixed64_value", jsonName: "sfixed64Value", kind: .sfixed64),
        FieldDescriptor(number: 13, name: "bool_value", jsonName: "boolValue", kind: .bool),
        FieldDescriptor(number: 14, name: "string_value", jsonName: "stringValue", kind: .string),
        FieldDescriptor(number: 15, name: "bytes_value", jsonName: "bytesValue", kind: .bytes),
        FieldDescriptor(
            number: 16, name: "color", jsonName: "color", kind: .enumeration, typeName: "fluxmq.test.v1.Color"
        ),
        FieldDescriptor(
            number: 17, name: "mode", jsonName: "mode", kind: .enumeration, typeName: "fluxmq.test.v1.Mode"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .double(self.doubleValue)
        case 2: .double(Double(self.floatValue))
        case 3: .int(Int64(self.int32Value))
        case 4: .int(self.int64Value)
        case 5: .uint(UInt64(self.uint32Value))
        case 6: .uint(self.uint64Value)
        case 7: .int(Int64(self.sint32Value))
        case 8: .int(self.sint64Value)
        case 9: .uint(UInt64(self.fixed32Value))
        case 10: .uint(self.fixed64Value)
        case 11: .int(Int64(self.sfixed32Value))
        case 12: .int(self.sfixed64Value)
        case 13: .bool(self.boolValue)
        case 14: .string(self.stringValue)
        case 15: .bytes(self.bytesValue)
        case 16: .enumeration(self.color.name)
        case 17: .enumeration(self.mode.name)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoDouble.self, into: &self.doubleValue)
        case 2: try decoder.read(ProtoFloat.self, into: &self.floatValue)
        case 3: try decoder.read(ProtoInt32.self, into: &self.int32Value)
        case 4: try decoder.read(ProtoInt64.self, into: &self.int64Value)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.uint32Value)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.uint64Value)
        case 7: try decoder.read(ProtoSInt32.self, into: &self.sint32Value)
        case 8: try decoder.read(ProtoSInt64.self, into: &self.sint64Value)
        case 9: try decoder.read(ProtoFixed32.self, into: &self.fixed32Value)
        case 10: try decoder.read(ProtoFixed64.self, into: &self.fixed64Value)
        case 11: try decoder.read(ProtoSFixed32.self, into: &self.sfixed32Value)
        case 12: try decoder.read(ProtoSFixed64.self, into: &self.sfixed64Value)
        case 13: try decoder.read(ProtoBool.self, into: &self.boolValue)
        case 14: try decoder.read(ProtoString.self, into: &self.stringValue)
        case 15: try decoder.read(ProtoBytes.self, into: &self.bytesValue)
        case 16: try decoder.read(EnumCoding<TestV1.Color>.self, into: &self.color)
        case 17: try decoder.read(EnumCoding<TestV1.Mode>.self, into: &self.mode)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(EnumCoding<TestV1.Mode>.self, 17, self.mode)
        encoder.write(EnumCoding<TestV1.Color>.self, 16, self.color)
        encoder.write(ProtoBytes.self, 15, self.bytesValue)
        encoder.write(ProtoString.self, 14, self.stringValue)
        encoder.write(ProtoBool.self, 13, self.boolValue)
        encoder.write(ProtoSFixed64.self, 12, self.sfixed64Value)
        encoder.write(ProtoSFixed32.self, 11, self.sfixed32Value)
        encoder.write(ProtoFixed64.self, 10, self.fixed64Value)
        encoder.write(ProtoFixed32.self, 9, self.fixed32Value)
        encoder.write(ProtoSInt64.self, 8, self.sint64Value)
        encoder.write(ProtoSInt32.self, 7, self.sint32Value)
        encoder.write(ProtoUInt64.self, 6, self.uint64Value)
        encoder.write(ProtoUInt32.self, 5, self.uint32Value)
        encoder.write(ProtoInt64.self, 4, self.int64Value)
        encoder.write(ProtoInt32.self, 3, self.int32Value)
        encoder.write(ProtoFloat.self, 2, self.floatValue)
        encoder.write(ProtoDouble.self, 1, self.doubleValue)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoDouble.self, into: &self.doubleValue)
        case 2: try reader.read(ProtoFloat.self, into: &self.floatValue)
        case 3: try reader.read(ProtoInt32.self, into: &self.int32Value)
        case 4: try reader.read(ProtoInt64.self, into: &self.int64Value)
        case 5: try reader.read(ProtoUInt32.self, into: &self.uint32Value)
        case 6: try reader.read(ProtoUInt64.self, into: &self.uint64Value)
        case 7: try reader.read(ProtoSInt32.self, into: &self.sint32Value)
        case 8: try reader.read(ProtoSInt64.self, into: &self.sint64Value)
        case 9: try reader.read(ProtoFixed32.self, into: &self.fixed32Value)
        case 10: try reader.read(ProtoFixed64.self, into: &self.fixed64Value)
        case 11: try reader.read(ProtoSFixed32.self, into: &self.sfixed32Value)
        case 12: try reader.read(ProtoSFixed64.self, into: &self.sfixed64Value)
        case 13: try reader.read(ProtoBool.self, into: &self.boolValue)
        case 14: try reader.read(ProtoString.self, into: &self.stringValue)
        case 15: try reader.read(ProtoBytes.self, into: &self.bytesValue)
        case 16: try reader.read(EnumCoding<TestV1.Color>.self, into: &self.color)
        case 17: try reader.read(EnumCoding<TestV1.Mode>.self, into: &self.mode)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoDouble.self, "doubleValue", self.doubleValue)
        writer.write(ProtoFloat.self, "floatValue", self.floatValue)
        writer.write(ProtoInt32.self, "int32Value", self.int32Value)
        writer.write(ProtoInt64.self, "int64Value", self.int64Value)
        writer.write(ProtoUInt32.self, "uint32Value", self.uint32Value)
        writer.write(ProtoUInt64.self, "uint64Value", self.uint64Value)
        writer.write(ProtoSInt32.self, "sint32Value", self.sint32Value)
        writer.write(ProtoSInt64.self, "sint64Value", self.sint64Value)
        writer.write(ProtoFixed32.self, "fixed32Value", self.fixed32Value)
        writer.write(ProtoFixed64.self, "fixed64Value", self.fixed64Value)
        writer.write(ProtoSFixed32.self, "sfixed32Value", self.sfixed32Value)
        writer.write(ProtoSFixed64.self, "sfixed64Value", self.sfixed64Value)
        writer.write(ProtoBool.self, "boolValue", self.boolValue)
        writer.write(ProtoString.self, "stringValue", self.stringValue)
        writer.write(ProtoBytes.self, "bytesValue", self.bytesValue)
        writer.write(EnumCoding<TestV1.Color>.self, "color", self.color)
        writer.write(EnumCoding<TestV1.Mode>.self, "mode", self.mode)
    }
}

extension TestV1 {
    public struct Optionals: Message {
        public var doubleValue: Double?
        public var floatValue: Float?
        public var int32Value: Int32?
        public var int64Value: Int64?
        public var uint32Value: UInt32?
        public var uint64Value: UInt64?
        public var sint32Value: Int32?
        public var sint64Value: Int64?
        public var fixed32Value: UInt32?
        public var fixed64Value: UInt64?
        public var sfixed32Value: Int32?
        public var sfixed64Value: Int64?
        public var boolValue: Bool?
        public var stringValue: String?
        public var bytesValue: [UInt8]?
        public var color: TestV1.Color?
        public var scalars: TestV1.Scalars?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Optionals {
    public static let protoName = "fluxmq.test.v1.Optionals"

    public enum FieldNumber {
        public static let doubleValue = 1
        public static let floatValue = 2
        public static let int32Value = 3
        public static let int64Value = 4
        public static let uint32Value = 5
        public static let uint64Value = 6
        public static let sint32Value = 7
        public static let sint64Value = 8
        public static let fixed32Value = 9
        public static let fixed64Value = 10
        public static let sfixed32Value = 11
        public static let sfixed64Value = 12
        public static let boolValue = 13
        public static let stringValue = 14
        public static let bytesValue = 15
        public static let color = 16
        public static let scalars = 17
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "double_value", jsonName: "doubleValue", kind: .double, isOptional: true),
        FieldDescriptor(number: 2, name: "float_value", jsonName: "floatValue", kind: .float, isOptional: true),
        FieldDescriptor(number: 3, name: "int32_value", jsonName: "int32Value", kind: .int32, isOptional: true),
        FieldDescriptor(number: 4, name: "int64_value", jsonName: "int64Value", kind: .int64, isOptional: true),
        FieldDescriptor(number: 5, name: "uint32_value", jsonName: "uint32Value", kind: .uint32, isOptional: true),
        FieldDescriptor(number: 6, name: "uint64_value", jsonName: "uint64Value", kind: .uint64, isOptional: true),
        FieldDescriptor(number: 7, name: "sint32_value", jsonName: "sint32Value", kind: .sint32, isOptional: true),
        FieldDescriptor(number: 8, name: "sint64_value", jsonName: "sint64Value", kind: .sint64, isOptional: true),
        FieldDescriptor(number: 9, name: "fixed32_value", jsonName: "fixed32Value", kind: .fixed32, isOptional: true),
        FieldDescriptor(number: 10, name: "fixed64_value", jsonName: "fixed64Value", kind: .fixed64, isOptional: true),
        FieldDescriptor(
            number: 11, name: "sfixed32_value", jsonName: "sfixed32Value", kind: .sfixed32, isOptional: true
        ),
        FieldDescriptor(
            number: 12, name: "sfixed64_value", jsonName: "sfixed64Value", kind: .sfixed64, isOptional: true
        ),
        FieldDescriptor(number: 13, name: "bool_value", jsonName: "boolValue", kind: .bool, isOptional: true),
        FieldDescriptor(number: 14, name: "string_value", jsonName: "stringValue", kind: .string, isOptional: true),
        FieldDescriptor(number: 15, name: "bytes_value", jsonName: "bytesValue", kind: .bytes, isOptional: true),
        FieldDescriptor(
            number: 16, name: "color", jsonName: "color", kind: .enumeration, isOptional: true,
            typeName: "fluxmq.test.v1.Color"
        ),
        FieldDescriptor(
            number: 17, name: "scalars", jsonName: "scalars", kind: .message, isOptional: true,
            typeName: "fluxmq.test.v1.Scalars"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: if let value = self.doubleValue { .double(value) } else { .none }
        case 2: if let value = self.floatValue { .double(Double(value)) } else { .none }
        case 3: if let value = self.int32Value { .int(Int64(value)) } else { .none }
        case 4: if let value = self.int64Value { .int(value) } else { .none }
        case 5: if let value = self.uint32Value { .uint(UInt64(value)) } else { .none }
        case 6: if let value = self.uint64Value { .uint(value) } else { .none }
        case 7: if let value = self.sint32Value { .int(Int64(value)) } else { .none }
        case 8: if let value = self.sint64Value { .int(value) } else { .none }
        case 9: if let value = self.fixed32Value { .uint(UInt64(value)) } else { .none }
        case 10: if let value = self.fixed64Value { .uint(value) } else { .none }
        case 11: if let value = self.sfixed32Value { .int(Int64(value)) } else { .none }
        case 12: if let value = self.sfixed64Value { .int(value) } else { .none }
        case 13: if let value = self.boolValue { .bool(value) } else { .none }
        case 14: if let value = self.stringValue { .string(value) } else { .none }
        case 15: if let value = self.bytesValue { .bytes(value) } else { .none }
        case 16: if let value = self.color { .enumeration(value.name) } else { .none }
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoDouble.self, into: &self.doubleValue)
        case 2: try decoder.read(ProtoFloat.self, into: &self.floatValue)
        case 3: try decoder.read(ProtoInt32.self, into: &self.int32Value)
        case 4: try decoder.read(ProtoInt64.self, into: &self.int64Value)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.uint32Value)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.uint64Value)
        case 7: try decoder.read(ProtoSInt32.self, into: &self.sint32Value)
        case 8: try decoder.read(ProtoSInt64.self, into: &self.sint64Value)
        case 9: try decoder.read(ProtoFixed32.self, into: &self.fixed32Value)
        case 10: try decoder.read(ProtoFixed64.self, into: &self.fixed64Value)
        case 11: try decoder.read(ProtoSFixed32.self, into: &self.sfixed32Value)
        case 12: try decoder.read(ProtoSFixed64.self, into: &self.sfixed64Value)
        case 13: try decoder.read(ProtoBool.self, into: &self.boolValue)
        case 14: try decoder.read(ProtoString.self, into: &self.stringValue)
        case 15: try decoder.read(ProtoBytes.self, into: &self.bytesValue)
        case 16: try decoder.read(EnumCoding<TestV1.Color>.self, into: &self.color)
        case 17: try decoder.read(MessageCoding<TestV1.Scalars>.self, into: &self.scalars)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(MessageCoding<TestV1.Scalars>.self, 17, self.scalars)
        encoder.writeOptional(EnumCoding<TestV1.Color>.self, 16, self.color)
        encoder.writeOptional(ProtoBytes.self, 15, self.bytesValue)
        encoder.writeOptional(ProtoString.self, 14, self.stringValue)
        encoder.writeOptional(ProtoBool.self, 13, self.boolValue)
        encoder.writeOptional(ProtoSFixed64.self, 12, self.sfixed64Value)
        encoder.writeOptional(ProtoSFixed32.self, 11, self.sfixed32Value)
        encoder.writeOptional(ProtoFixed64.self, 10, self.fixed64Value)
        encoder.writeOptional(ProtoFixed32.self, 9, self.fixed32Value)
        encoder.writeOptional(ProtoSInt64.self, 8, self.sint64Value)
        encoder.writeOptional(ProtoSInt32.self, 7, self.sint32Value)
        encoder.writeOptional(ProtoUInt64.self, 6, self.uint64Value)
        encoder.writeOptional(ProtoUInt32.self, 5, self.uint32Value)
        encoder.writeOptional(ProtoInt64.self, 4, self.int64Value)
        encoder.writeOptional(ProtoInt32.self, 3, self.int32Value)
        encoder.writeOptional(ProtoFloat.self, 2, self.floatValue)
        encoder.writeOptional(ProtoDouble.self, 1, self.doubleValue)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoDouble.self, into: &self.doubleValue)
        case 2: try reader.read(ProtoFloat.self, into: &self.floatValue)
        case 3: try reader.read(ProtoInt32.self, into: &self.int32Value)
        case 4: try reader.read(ProtoInt64.self, into: &self.int64Value)
        case 5: try reader.read(ProtoUInt32.self, into: &self.uint32Value)
        case 6: try reader.read(ProtoUInt64.self, into: &self.uint64Value)
        case 7: try reader.read(ProtoSInt32.self, into: &self.sint32Value)
        case 8: try reader.read(ProtoSInt64.self, into: &self.sint64Value)
        case 9: try reader.read(ProtoFixed32.self, into: &self.fixed32Value)
        case 10: try reader.read(ProtoFixed64.self, into: &self.fixed64Value)
        case 11: try reader.read(ProtoSFixed32.self, into: &self.sfixed32Value)
        case 12: try reader.read(ProtoSFixed64.self, into: &self.sfixed64Value)
        case 13: try reader.read(ProtoBool.self, into: &self.boolValue)
        case 14: try reader.read(ProtoString.self, into: &self.stringValue)
        case 15: try reader.read(ProtoBytes.self, into: &self.bytesValue)
        case 16: try reader.read(EnumCoding<TestV1.Color>.self, into: &self.color)
        case 17: try reader.read(MessageCoding<TestV1.Scalars>.self, into: &self.scalars)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeOptional(ProtoDouble.self, "doubleValue", self.doubleValue)
        writer.writeOptional(ProtoFloat.self, "floatValue", self.floatValue)
        writer.writeOptional(ProtoInt32.self, "int32Value", self.int32Value)
        writer.writeOptional(ProtoInt64.self, "int64Value", self.int64Value)
        writer.writeOptional(ProtoUInt32.self, "uint32Value", self.uint32Value)
        writer.writeOptional(ProtoUInt64.self, "uint64Value", self.uint64Value)
        writer.writeOptional(ProtoSInt32.self, "sint32Value", self.sint32Value)
        writer.writeOptional(ProtoSInt64.self, "sint64Value", self.sint64Value)
        writer.writeOptional(ProtoFixed32.self, "fixed32Value", self.fixed32Value)
        writer.writeOptional(ProtoFixed64.self, "fixed64Value", self.fixed64Value)
        writer.writeOptional(ProtoSFixed32.self, "sfixed32Value", self.sfixed32Value)
        writer.writeOptional(ProtoSFixed64.self, "sfixed64Value", self.sfixed64Value)
        writer.writeOptional(ProtoBool.self, "boolValue", self.boolValue)
        writer.writeOptional(ProtoString.self, "stringValue", self.stringValue)
        writer.writeOptional(ProtoBytes.self, "bytesValue", self.bytesValue)
        writer.writeOptional(EnumCoding<TestV1.Color>.self, "color", self.color)
        writer.writeOptional(MessageCoding<TestV1.Scalars>.self, "scalars", self.scalars)
    }
}

extension TestV1 {
    public struct Repeated: Message {
        public var doubleValues: [Double] = []
        public var floatValues: [Float] = []
        public var int32Values: [Int32] = []
        public var int64Values: [Int64] = []
        public var uint32Values: [UInt32] = []
        public var uint64Values: [UInt64] = []
        public var sint32Values: [Int32] = []
        public var sint64Values: [Int64] = []
        public var fixed32Values: [UInt32] = []
        public var fixed64Values: [UInt64] = []
        public var sfixed32Values: [Int32] = []
        public var sfixed64Values: [Int64] = []
        public var boolValues: [Bool] = []
        public var stringValues: [String] = []
        public var bytesValues: [[UInt8]] = []
        public var colors: [TestV1.Color] = []
        public var scalars: [TestV1.Scalars] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Repeated {
    public static let protoName = "fluxmq.test.v1.Repeated"

    public enum FieldNumber {
        public static let doubleValues = 1
        public static let floatValues = 2
        public static let int32Values = 3
        public static let int64Values = 4
        public static let uint32Values = 5
        public static let uint64Values = 6
        public static let sint32Values = 7
        public static let sint64Values = 8
        public static let fixed32Values = 9
        public static let fixed64Values = 10
        public static let sfixed32Values = 11
        public static let sfixed64Values = 12
        public static let boolValues = 13
        public static let stringValues = 14
        public static let bytesValues = 15
        public static let colors = 16
        public static let scalars = 17
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "double_values", jsonName: "doubleValues", kind: .double, isRepeated: true),
        FieldDescriptor(number: 2, name: "float_values", jsonName: "floatValues", kind: .float, isRepeated: true),
        FieldDescriptor(number: 3, name: "int32_values", jsonName: "int32Values", kind: .int32, isRepeated: true),
        FieldDescriptor(number: 4, name: "int64_values", jsonName: "int64Values", kind: .int64, isRepeated: true),
        FieldDescriptor(number: 5, name: "uint32_values", jsonName: "uint32Values", kind: .uint32, isRepeated: true),
        FieldDescriptor(number: 6, name: "uint64_values", jsonName: "uint64Values", kind: .uint64, isRepeated: true),
        FieldDescriptor(number: 7, name: "sint32_values", jsonName: "sint32Values", kind: .sint32, isRepeated: true),
        FieldDescriptor(number: 8, name: "sint64_values", jsonName: "sint64Values", kind: .sint64, isRepeated: true),
        FieldDescriptor(number: 9, name: "fixed32_values", jsonName: "fixed32Values", kind: .fixed32, isRepeated: true),
        FieldDescriptor(
            number: 10, name: "fixed64_values", jsonName: "fixed64Values", kind: .fixed64, isRepeated: true
        ),
        FieldDescriptor(
            number: 11, name: "sfixed32_values", jsonName: "sfixed32Values", kind: .sfixed32, isRepeated: true
        ),
        FieldDescriptor(
            number: 12, name: "sfixed64_values", jsonName: "sfixed64Values", kind: .sfixed64, isRepeated: true
        ),
        FieldDescriptor(number: 13, name: "bool_values", jsonName: "boolValues", kind: .bool, isRepeated: true),
        FieldDescriptor(number: 14, name: "string_values", jsonName: "stringValues", kind: .string, isRepeated: true),
        FieldDescriptor(number: 15, name: "bytes_values", jsonName: "bytesValues", kind: .bytes, isRepeated: true),
        FieldDescriptor(
            number: 16, name: "colors", jsonName: "colors", kind: .enumeration, isRepeated: true,
            typeName: "fluxmq.test.v1.Color"
        ),
        FieldDescriptor(
            number: 17, name: "scalars", jsonName: "scalars", kind: .message, isRepeated: true,
            typeName: "fluxmq.test.v1.Scalars"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        .none
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoDouble.self, into: &self.doubleValues)
        case 2: try decoder.read(ProtoFloat.self, into: &self.floatValues)
        case 3: try decoder.read(ProtoInt32.self, into: &self.int32Values)
        case 4: try decoder.read(ProtoInt64.self, into: &self.int64Values)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.uint32Values)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.uint64Values)
        case 7: try decoder.read(ProtoSInt32.self, into: &self.sint32Values)
        case 8: try decoder.read(ProtoSInt64.self, into: &self.sint64Values)
        case 9: try decoder.read(ProtoFixed32.self, into: &self.fixed32Values)
        case 10: try decoder.read(ProtoFixed64.self, into: &self.fixed64Values)
        case 11: try decoder.read(ProtoSFixed32.self, into: &self.sfixed32Values)
        case 12: try decoder.read(ProtoSFixed64.self, into: &self.sfixed64Values)
        case 13: try decoder.read(ProtoBool.self, into: &self.boolValues)
        case 14: try decoder.read(ProtoString.self, into: &self.stringValues)
        case 15: try decoder.read(ProtoBytes.self, into: &self.bytesValues)
        case 16: try decoder.read(EnumCoding<TestV1.Color>.self, into: &self.colors)
        case 17: try decoder.read(MessageCoding<TestV1.Scalars>.self, into: &self.scalars)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(MessageCoding<TestV1.Scalars>.self, 17, self.scalars)
        encoder.writePacked(EnumCoding<TestV1.Color>.self, 16, self.colors)
        encoder.writeEach(ProtoBytes.self, 15, self.bytesValues)
        encoder.writeEach(ProtoString.self, 14, self.stringValues)
        encoder.writePacked(ProtoBool.self, 13, self.boolValues)
        encoder.writePacked(ProtoSFixed64.self, 12, self.sfixed64Values)
        encoder.writePacked(ProtoSFixed32.self, 11, self.sfixed32Values)
        encoder.writePacked(ProtoFixed64.self, 10, self.fixed64Values)
        encoder.writePacked(ProtoFixed32.self, 9, self.fixed32Values)
        encoder.writePacked(ProtoSInt64.self, 8, self.sint64Values)
        encoder.writePacked(ProtoSInt32.self, 7, self.sint32Values)
        encoder.writePacked(ProtoUInt64.self, 6, self.uint64Values)
        encoder.writePacked(ProtoUInt32.self, 5, self.uint32Values)
        encoder.writePacked(ProtoInt64.self, 4, self.int64Values)
        encoder.writePacked(ProtoInt32.self, 3, self.int32Values)
        encoder.writePacked(ProtoFloat.self, 2, self.floatValues)
        encoder.writePacked(ProtoDouble.self, 1, self.doubleValues)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoDouble.self, into: &self.doubleValues)
        case 2: try reader.read(ProtoFloat.self, into: &self.floatValues)
        case 3: try reader.read(ProtoInt32.self, into: &self.int32Values)
        case 4: try reader.read(ProtoInt64.self, into: &self.int64Values)
        case 5: try reader.read(ProtoUInt32.self, into: &self.uint32Values)
        case 6: try reader.read(ProtoUInt64.self, into: &self.uint64Values)
        case 7: try reader.read(ProtoSInt32.self, into: &self.sint32Values)
        case 8: try reader.read(ProtoSInt64.self, into: &self.sint64Values)
        case 9: try reader.read(ProtoFixed32.self, into: &self.fixed32Values)
        case 10: try reader.read(ProtoFixed64.self, into: &self.fixed64Values)
        case 11: try reader.read(ProtoSFixed32.self, into: &self.sfixed32Values)
        case 12: try reader.read(ProtoSFixed64.self, into: &self.sfixed64Values)
        case 13: try reader.read(ProtoBool.self, into: &self.boolValues)
        case 14: try reader.read(ProtoString.self, into: &self.stringValues)
        case 15: try reader.read(ProtoBytes.self, into: &self.bytesValues)
        case 16: try reader.read(EnumCoding<TestV1.Color>.self, into: &self.colors)
        case 17: try reader.read(MessageCoding<TestV1.Scalars>.self, into: &self.scalars)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(ProtoDouble.self, "doubleValues", self.doubleValues)
        writer.writeEach(ProtoFloat.self, "floatValues", self.floatValues)
        writer.writeEach(ProtoInt32.self, "int32Values", self.int32Values)
        writer.writeEach(ProtoInt64.self, "int64Values", self.int64Values)
        writer.writeEach(ProtoUInt32.self, "uint32Values", self.uint32Values)
        writer.writeEach(ProtoUInt64.self, "uint64Values", self.uint64Values)
        writer.writeEach(ProtoSInt32.self, "sint32Values", self.sint32Values)
        writer.writeEach(ProtoSInt64.self, "sint64Values", self.sint64Values)
        writer.writeEach(ProtoFixed32.self, "fixed32Values", self.fixed32Values)
        writer.writeEach(ProtoFixed64.self, "fixed64Values", self.fixed64Values)
        writer.writeEach(ProtoSFixed32.self, "sfixed32Values", self.sfixed32Values)
        writer.writeEach(ProtoSFixed64.self, "sfixed64Values", self.sfixed64Values)
        writer.writeEach(ProtoBool.self, "boolValues", self.boolValues)
        writer.writeEach(ProtoString.self, "stringValues", self.stringValues)
        writer.writeEach(ProtoBytes.self, "bytesValues", self.bytesValues)
        writer.writeEach(EnumCoding<TestV1.Color>.self, "colors", self.colors)
        writer.writeEach(MessageCoding<TestV1.Scalars>.self, "scalars", self.scalars)
    }
}

extension TestV1 {
    /// As Repeated, each element with a tag of its own.
    public struct Unpacked: Message {
        public var doubleValues: [Double] = []
        public var floatValues: [Float] = []
        public var int32Values: [Int32] = []
        public var uint64Values: [UInt64] = []
        public var sint64Values: [Int64] = []
        public var boolValues: [Bool] = []
        public var colors: [TestV1.Color] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Unpacked {
    public static let protoName = "fluxmq.test.v1.Unpacked"

    public enum FieldNumber {
        public static let doubleValues = 1
        public static let floatValues = 2
        public static let int32Values = 3
        public static let uint64Values = 6
        public static let sint64Values = 8
        public static let boolValues = 13
        public static let colors = 16
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "double_values", jsonName: "doubleValues", kind: .double, isRepeated: true),
        FieldDescriptor(number: 2, name: "float_values", jsonName: "floatValues", kind: .float, isRepeated: true),
        FieldDescriptor(number: 3, name: "int32_values", jsonName: "int32Values", kind: .int32, isRepeated: true),
        FieldDescriptor(number: 6, name: "uint64_values", jsonName: "uint64Values", kind: .uint64, isRepeated: true),
        FieldDescriptor(number: 8, name: "sint64_values", jsonName: "sint64Values", kind: .sint64, isRepeated: true),
        FieldDescriptor(number: 13, name: "bool_values", jsonName: "boolValues", kind: .bool, isRepeated: true),
        FieldDescriptor(
            number: 16, name: "colors", jsonName: "colors", kind: .enumeration, isRepeated: true,
            typeName: "fluxmq.test.v1.Color"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        .none
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoDouble.self, into: &self.doubleValues)
        case 2: try decoder.read(ProtoFloat.self, into: &self.floatValues)
        case 3: try decoder.read(ProtoInt32.self, into: &self.int32Values)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.uint64Values)
        case 8: try decoder.read(ProtoSInt64.self, into: &self.sint64Values)
        case 13: try decoder.read(ProtoBool.self, into: &self.boolValues)
        case 16: try decoder.read(EnumCoding<TestV1.Color>.self, into: &self.colors)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(EnumCoding<TestV1.Color>.self, 16, self.colors)
        encoder.writeEach(ProtoBool.self, 13, self.boolValues)
        encoder.writeEach(ProtoSInt64.self, 8, self.sint64Values)
        encoder.writeEach(ProtoUInt64.self, 6, self.uint64Values)
        encoder.writeEach(ProtoInt32.self, 3, self.int32Values)
        encoder.writeEach(ProtoFloat.self, 2, self.floatValues)
        encoder.writeEach(ProtoDouble.self, 1, self.doubleValues)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoDouble.self, into: &self.doubleValues)
        case 2: try reader.read(ProtoFloat.self, into: &self.floatValues)
        case 3: try reader.read(ProtoInt32.self, into: &self.int32Values)
        case 6: try reader.read(ProtoUInt64.self, into: &self.uint64Values)
        case 8: try reader.read(ProtoSInt64.self, into: &self.sint64Values)
        case 13: try reader.read(ProtoBool.self, into: &self.boolValues)
        case 16: try reader.read(EnumCoding<TestV1.Color>.self, into: &self.colors)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(ProtoDouble.self, "doubleValues", self.doubleValues)
        writer.writeEach(ProtoFloat.self, "floatValues", self.floatValues)
        writer.writeEach(ProtoInt32.self, "int32Values", self.int32Values)
        writer.writeEach(ProtoUInt64.self, "uint64Values", self.uint64Values)
        writer.writeEach(ProtoSInt64.self, "sint64Values", self.sint64Values)
        writer.writeEach(ProtoBool.self, "boolValues", self.boolValues)
        writer.writeEach(EnumCoding<TestV1.Color>.self, "colors", self.colors)
    }
}

extension TestV1 {
    public struct Maps: Message {
        public var stringToString: [String: String] = [:]
        public var int32ToInt64: [Int32: Int64] = [:]
        public var int64ToDouble: [Int64: Double] = [:]
        public var uint32ToBytes: [UInt32: [UInt8]] = [:]
        public var uint64ToBool: [UInt64: Bool] = [:]
        public var sint32ToFloat: [Int32: Float] = [:]
        public var sint64ToColor: [Int64: TestV1.Color] = [:]
        public var fixed32ToUint32: [UInt32: UInt32] = [:]
        public var fixed64ToUint64: [UInt64: UInt64] = [:]
        public var sfixed32ToSint32: [Int32: Int32] = [:]
        public var sfixed64ToFixed64: [Int64: UInt64] = [:]
        public var boolToScalars: [Bool: TestV1.Scalars] = [:]
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Maps {
    public static let protoName = "fluxmq.test.v1.Maps"

    public enum FieldNumber {
        public static let stringToString = 1
        public static let int32ToInt64 = 2
        public static let int64ToDouble = 3
        public static let uint32ToBytes = 4
        public static let uint64ToBool = 5
        public static let sint32ToFloat = 6
        public static let sint64ToColor = 7
        public static let fixed32ToUint32 = 8
        public static let fixed64ToUint64 = 9
        public static let sfixed32ToSint32 = 10
        public static let sfixed64ToFixed64 = 11
        public static let boolToScalars = 12
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "string_to_string", jsonName: "stringToString", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.StringToStringEntry"
        ),
        FieldDescriptor(
            number: 2, name: "int32_to_int64", jsonName: "int32ToInt64", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.test.v1.Maps.Int32ToInt64Entry"
        ),
        FieldDescriptor(
            number: 3, name: "int64_to_double", jsonName: "int64ToDouble", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Int64ToDoubleEntry"
        ),
        FieldDescriptor(
            number: 4, name: "uint32_to_bytes", jsonName: "uint32ToBytes", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Uint32ToBytesEntry"
        ),
        FieldDescriptor(
            number: 5, name: "uint64_to_bool", jsonName: "uint64ToBool", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.test.v1.Maps.Uint64ToBoolEntry"
        ),
        FieldDescriptor(
            number: 6, name: "sint32_to_float", jsonName: "sint32ToFloat", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Sint32ToFloatEntry"
        ),
        FieldDescriptor(
            number: 7, name: "sint64_to_color", jsonName: "sint64ToColor", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Sint64ToColorEntry"
        ),
        FieldDescriptor(
            number: 8, name: "fixed32_to_uint32", jsonName: "fixed32ToUint32", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Fixed32ToUint32Entry"
        ),
        FieldDescriptor(
            number: 9, name: "fixed64_to_uint64", jsonName: "fixed64ToUint64", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Fixed64ToUint64Entry"
        ),
        FieldDescriptor(
            number: 10, name: "sfixed32_to_sint32", jsonName: "sfixed32ToSint32", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Sfixed32ToSint32Entry"
        ),
        FieldDescriptor(
            number: 11, name: "sfixed64_to_fixed64", jsonName: "sfixed64ToFixed64", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.Sfixed64ToFixed64Entry"
        ),
        FieldDescriptor(
            number: 12, name: "bool_to_scalars", jsonName: "boolToScalars", kind: .message, isRepeated: true,
            isMap: true, typeName: "fluxmq.test.v1.Maps.BoolToScalarsEntry"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        .none
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, ProtoString.self, into: &self.stringToString)
        case 2: try decoder.read(ProtoInt32.self, ProtoInt64.self, into: &self.int32ToInt64)
        case 3: try decoder.read(ProtoInt64.self, ProtoDouble.self, into: &self.int64ToDouble)
        case 4: try decoder.read(ProtoUInt32.self, ProtoBytes.self, into: &self.uint32ToBytes)
        case 5: try decoder.read(ProtoUInt64.self, ProtoBool.self, into: &self.uint64ToBool)
        case 6: try decoder.read(ProtoSInt32.self, ProtoFloat.self, into: &self.sint32ToFloat)
        case 7: try decoder.read(ProtoSInt64.self, EnumCoding<TestV1.Color>.self, into: &self.sint64ToColor)
        case 8: try decoder.read(ProtoFixed32.self, ProtoUInt32.self, into: &self.fixed32ToUint32)
        case 9: try decoder.read(ProtoFixed64.self, ProtoUInt64.self, into: &self.fixed64ToUint64)
        case 10: try decoder.read(ProtoSFixed32.self, ProtoSInt32.self, into: &self.sfixed32ToSint32)
        case 11: try decoder.read(ProtoSFixed64.self, ProtoFixed64.self, into: &self.sfixed64ToFixed64)
        case 12: try decoder.read(ProtoBool.self, MessageCoding<TestV1.Scalars>.self, into: &self.boolToScalars)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeMap(ProtoBool.self, MessageCoding<TestV1.Scalars>.self, 12, self.boolToScalars)
        encoder.writeMap(ProtoSFixed64.self, ProtoFixed64.self, 11, self.sfixed64ToFixed64)
        encoder.writeMap(ProtoSFixed32.self, ProtoSInt32.self, 10, self.sfixed32ToSint32)
        encoder.writeMap(ProtoFixed64.self, ProtoUInt64.self, 9, self.fixed64ToUint64)
        encoder.writeMap(ProtoFixed32.self, ProtoUInt32.self, 8, self.fixed32ToUint32)
        encoder.writeMap(ProtoSInt64.self, EnumCoding<TestV1.Color>.self, 7, self.sint64ToColor)
        encoder.writeMap(ProtoSInt32.self, ProtoFloat.self, 6, self.sint32ToFloat)
        encoder.writeMap(ProtoUInt64.self, ProtoBool.self, 5, self.uint64ToBool)
        encoder.writeMap(ProtoUInt32.self, ProtoBytes.self, 4, self.uint32ToBytes)
        encoder.writeMap(ProtoInt64.self, ProtoDouble.self, 3, self.int64ToDouble)
        encoder.writeMap(ProtoInt32.self, ProtoInt64.self, 2, self.int32ToInt64)
        encoder.writeMap(ProtoString.self, ProtoString.self, 1, self.stringToString)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, ProtoString.self, into: &self.stringToString)
        case 2: try reader.read(ProtoInt32.self, ProtoInt64.self, into: &self.int32ToInt64)
        case 3: try reader.read(ProtoInt64.self, ProtoDouble.self, into: &self.int64ToDouble)
        case 4: try reader.read(ProtoUInt32.self, ProtoBytes.self, into: &self.uint32ToBytes)
        case 5: try reader.read(ProtoUInt64.self, ProtoBool.self, into: &self.uint64ToBool)
        case 6: try reader.read(ProtoSInt32.self, ProtoFloat.self, into: &self.sint32ToFloat)
        case 7: try reader.read(ProtoSInt64.self, EnumCoding<TestV1.Color>.self, into: &self.sint64ToColor)
        case 8: try reader.read(ProtoFixed32.self, ProtoUInt32.self, into: &self.fixed32ToUint32)
        case 9: try reader.read(ProtoFixed64.self, ProtoUInt64.self, into: &self.fixed64ToUint64)
        case 10: try reader.read(ProtoSFixed32.self, ProtoSInt32.self, into: &self.sfixed32ToSint32)
        case 11: try reader.read(ProtoSFixed64.self, ProtoFixed64.self, into: &self.sfixed64ToFixed64)
        case 12: try reader.read(ProtoBool.self, MessageCoding<TestV1.Scalars>.self, into: &self.boolToScalars)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeMap(ProtoString.self, ProtoString.self, "stringToString", self.stringToString)
        writer.writeMap(ProtoInt32.self, ProtoInt64.self, "int32ToInt64", self.int32ToInt64)
        writer.writeMap(ProtoInt64.self, ProtoDouble.self, "int64ToDouble", self.int64ToDouble)
        writer.writeMap(ProtoUInt32.self, ProtoBytes.self, "uint32ToBytes", self.uint32ToBytes)
        writer.writeMap(ProtoUInt64.self, ProtoBool.self, "uint64ToBool", self.uint64ToBool)
        writer.writeMap(ProtoSInt32.self, ProtoFloat.self, "sint32ToFloat", self.sint32ToFloat)
        writer.writeMap(ProtoSInt64.self, EnumCoding<TestV1.Color>.self, "sint64ToColor", self.sint64ToColor)
        writer.writeMap(ProtoFixed32.self, ProtoUInt32.self, "fixed32ToUint32", self.fixed32ToUint32)
        writer.writeMap(ProtoFixed64.self, ProtoUInt64.self, "fixed64ToUint64", self.fixed64ToUint64)
        writer.writeMap(ProtoSFixed32.self, ProtoSInt32.self, "sfixed32ToSint32", self.sfixed32ToSint32)
        writer.writeMap(ProtoSFixed64.self, ProtoFixed64.self, "sfixed64ToFixed64", self.sfixed64ToFixed64)
        writer.writeMap(ProtoBool.self, MessageCoding<TestV1.Scalars>.self, "boolToScalars", self.boolToScalars)
    }
}

extension TestV1 {
    public struct Choices: Message {
        public var before: Int32 = 0
        /// One of several.
        public var choice: ChoiceOneof?
        public var between: Int32 = 0
        public var secondChoice: SecondChoiceOneof?
        public var after: String = ""
        public var unknownFields = UnknownFields()

        public init() {}

        public enum ChoiceOneof: Sendable, Equatable {
            /// The first.
            case text(String)
            case number(Int64)
            case scalars(TestV1.Scalars)
            case color(TestV1.Color)
            case data([UInt8])
            case flag(Bool)
            case real(Double)
            case null(WellKnown.NullValue)
            case any(WellKnown.Value)
        }

        public enum SecondChoiceOneof: Sendable, Equatable {
            case left(UInt32)
            case right(UInt32)
        }
    }
}

extension TestV1.Choices {
    public static let protoName = "fluxmq.test.v1.Choices"

    public enum FieldNumber {
        public static let before = 1
        public static let text = 2
        public static let number = 3
        public static let scalars = 4
        public static let color = 5
        public static let data = 6
        public static let flag = 7
        public static let real = 8
        public static let null = 9
        public static let any = 10
        public static let between = 11
        public static let left = 12
        public static let right = 20
        public static let after = 13
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "before", jsonName: "before", kind: .int32),
        FieldDescriptor(
            number: 2, name: "text", jsonName: "text", kind: .string, oneof: "choice", comment: "The first."
        ),
        FieldDescriptor(number: 3, name: "number", jsonName: "number", kind: .int64, oneof: "choice"),
        FieldDescriptor(
            number: 4, name: "scalars", jsonName: "scalars", kind: .message, oneof: "choice",
            typeName: "fluxmq.test.v1.Scalars"
        ),
        FieldDescriptor(
            number: 5, name: "color", jsonName: "color", kind: .enumeration, oneof: "choice",
            typeName: "fluxmq.test.v1.Color"
        ),
        FieldDescriptor(number: 6, name: "data", jsonName: "data", kind: .bytes, oneof: "choice"),
        FieldDescriptor(number: 7, name: "flag", jsonName: "flag", kind: .bool, oneof: "choice"),
        FieldDescriptor(number: 8, name: "real", jsonName: "real", kind: .double, oneof: "choice"),
        FieldDescriptor(
            number: 9, name: "null", jsonName: "null", kind: .enumeration, oneof: "choice",
            typeName: "google.protobuf.NullValue"
        ),
        FieldDescriptor(
            number: 10, name: "any", jsonName: "any", kind: .message, oneof: "choice", typeName: "google.protobuf.Value"
        ),
        FieldDescriptor(number: 11, name: "between", jsonName: "between", kind: .int32),
        FieldDescriptor(number: 12, name: "left", jsonName: "left", kind: .uint32, oneof: "second_choice"),
        FieldDescriptor(number: 20, name: "right", jsonName: "right", kind: .uint32, oneof: "second_choice"),
        FieldDescriptor(number: 13, name: "after", jsonName: "after", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .int(Int64(self.before))
        case 2: if case .text(let value)? = self.choice { .string(value) } else { .none }
        case 3: if case .number(let value)? = self.choice { .int(value) } else { .none }
        case 5: if case .color(let value)? = self.choice { .enumeration(value.name) } else { .none }
        case 6: if case .data(let value)? = self.choice { .bytes(value) } else { .none }
        case 7: if case .flag(let value)? = self.choice { .bool(value) } else { .none }
        case 8: if case .real(let value)? = self.choice { .double(value) } else { .none }
        case 9: if case .null(let value)? = self.choice { .enumeration(value.name) } else { .none }
        case 11: .int(Int64(self.between))
        case 12: if case .left(let value)? = self.secondChoice { .uint(UInt64(value)) } else { .none }
        case 20: if case .right(let value)? = self.secondChoice { .uint(UInt64(value)) } else { .none }
        case 13: .string(self.after)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoInt32.self, into: &self.before)
        case 2:
            var member: String?
            try decoder.read(ProtoString.self, into: &member)
            if let member { self.choice = .text(member) }
        case 3:
            var member: Int64?
            try decoder.read(ProtoInt64.self, into: &member)
            if let member { self.choice = .number(member) }
        case 4:
            var member: TestV1.Scalars?
            if case .scalars(let present)? = self.choice {
                member = present
                self.choice = nil
            }
            try decoder.read(MessageCoding<TestV1.Scalars>.self, into: &member)
            if let member { self.choice = .scalars(member) }
        case 5:
            var member: TestV1.Color?
            try decoder.read(EnumCoding<TestV1.Color>.self, into: &member)
            if let member { self.choice = .color(member) }
        case 6:
            var member: [UInt8]?
            try decoder.read(ProtoBytes.self, into: &member)
            if let member { self.choice = .data(member) }
        case 7:
            var member: Bool?
            try decoder.read(ProtoBool.self, into: &member)
            if let member { self.choice = .flag(member) }
        case 8:
            var member: Double?
            try decoder.read(ProtoDouble.self, into: &member)
            if let member { self.choice = .real(member) }
        case 9:
            var member: WellKnown.NullValue?
            try decoder.read(EnumCoding<WellKnown.NullValue>.self, into: &member)
            if let member { self.choice = .null(member) }
        case 10:
            var member: WellKnown.Value?
            if case .any(let present)? = self.choice {
                member = present
                self.choice = nil
            }
            try decoder.read(MessageCoding<WellKnown.Value>.self, into: &member)
            if let member { self.choice = .any(member) }
        case 11: try decoder.read(ProtoInt32.self, into: &self.between)
        case 12:
            var member: UInt32?
            try decoder.read(ProtoUInt32.self, into: &member)
            if let member { self.secondChoice = .left(member) }
        case 20:
            var member: UInt32?
            try decoder.read(ProtoUInt32.self, into: &member)
            if let member { self.secondChoice = .right(member) }
        case 13: try decoder.read(ProtoString.self, into: &self.after)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        if case .right(let member)? = self.secondChoice {
            encoder.writePresent(ProtoUInt32.self, 20, member)
        }
        encoder.write(ProtoString.self, 13, self.after)
        if case .left(let member)? = self.secondChoice {
            encoder.writePresent(ProtoUInt32.self, 12, member)
        }
        encoder.write(ProtoInt32.self, 11, self.between)
        if case .any(let member)? = self.choice {
            encoder.writePresent(MessageCoding<WellKnown.Value>.self, 10, member)
        }
        if case .null(let member)? = self.choice {
            encoder.writePresent(EnumCoding<WellKnown.NullValue>.self, 9, member)
        }
        if case .real(let member)? = self.choice {
            encoder.writePresent(ProtoDouble.self, 8, member)
        }
        if case .flag(let member)? = self.choice {
            encoder.writePresent(ProtoBool.self, 7, member)
        }
        if case .data(let member)? = self.choice {
            encoder.writePresent(ProtoBytes.self, 6, member)
        }
        if case .color(let member)? = self.choice {
            encoder.writePresent(EnumCoding<TestV1.Color>.self, 5, member)
        }
        if case .scalars(let member)? = self.choice {
            encoder.writePresent(MessageCoding<TestV1.Scalars>.self, 4, member)
        }
        if case .number(let member)? = self.choice {
            encoder.writePresent(ProtoInt64.self, 3, member)
        }
        if case .text(let member)? = self.choice {
            encoder.writePresent(ProtoString.self, 2, member)
        }
        encoder.write(ProtoInt32.self, 1, self.before)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoInt32.self, into: &self.before)
        case 2:
            var member: String?
            try reader.read(ProtoString.self, into: &member)
            if let member { self.choice = .text(member) }
        case 3:
            var member: Int64?
            try reader.read(ProtoInt64.self, into: &member)
            if let member { self.choice = .number(member) }
        case 4:
            var member: TestV1.Scalars?
            try reader.read(MessageCoding<TestV1.Scalars>.self, into: &member)
            if let member { self.choice = .scalars(member) }
        case 5:
            var member: TestV1.Color?
            try reader.read(EnumCoding<TestV1.Color>.self, into: &member)
            if let member { self.choice = .color(member) }
        case 6:
            var member: [UInt8]?
            try reader.read(ProtoBytes.self, into: &member)
            if let member { self.choice = .data(member) }
        case 7:
            var member: Bool?
            try reader.read(ProtoBool.self, into: &member)
            if let member { self.choice = .flag(member) }
        case 8:
            var member: Double?
            try reader.read(ProtoDouble.self, into: &member)
            if let member { self.choice = .real(member) }
        case 9:
            var member: WellKnown.NullValue?
            try reader.read(EnumCoding<WellKnown.NullValue>.self, into: &member)
            if let member { self.choice = .null(member) }
        case 10:
            var member: WellKnown.Value?
            try reader.read(MessageCoding<WellKnown.Value>.self, into: &member)
            if let member { self.choice = .any(member) }
        case 11: try reader.read(ProtoInt32.self, into: &self.between)
        case 12:
            var member: UInt32?
            try reader.read(ProtoUInt32.self, into: &member)
            if let member { self.secondChoice = .left(member) }
        case 20:
            var member: UInt32?
            try reader.read(ProtoUInt32.self, into: &member)
            if let member { self.secondChoice = .right(member) }
        case 13: try reader.read(ProtoString.self, into: &self.after)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoInt32.self, "before", self.before)
        if case .text(let member)? = self.choice {
            writer.writePresent(ProtoString.self, "text", member)
        }
        if case .number(let member)? = self.choice {
            writer.writePresent(ProtoInt64.self, "number", member)
        }
        if case .scalars(let member)? = self.choice {
            writer.writePresent(MessageCoding<TestV1.Scalars>.self, "scalars", member)
        }
        if case .color(let member)? = self.choice {
            writer.writePresent(EnumCoding<TestV1.Color>.self, "color", member)
        }
        if case .data(let member)? = self.choice {
            writer.writePresent(ProtoBytes.self, "data", member)
        }
        if case .flag(let member)? = self.choice {
            writer.writePresent(ProtoBool.self, "flag", member)
        }
        if case .real(let member)? = self.choice {
            writer.writePresent(ProtoDouble.self, "real", member)
        }
        if case .null(let member)? = self.choice {
            writer.writePresent(EnumCoding<WellKnown.NullValue>.self, "null", member)
        }
        if case .any(let member)? = self.choice {
            writer.writePresent(MessageCoding<WellKnown.Value>.self, "any", member)
        }
        writer.write(ProtoInt32.self, "between", self.between)
        if case .left(let member)? = self.secondChoice {
            writer.writePresent(ProtoUInt32.self, "left", member)
        }
        if case .right(let member)? = self.secondChoice {
            writer.writePresent(ProtoUInt32.self, "right", member)
        }
        writer.write(ProtoString.self, "after", self.after)
    }
}

extension TestV1 {
    /// Holds itself in every way there is.
    public struct Node: Message {
        public var value: Int32 = 0
        @Boxed public var next: TestV1.Node?
        public var children: [TestV1.Node] = []
        public var named: [String: TestV1.Node] = [:]
        public var side: SideOneof?
        public var unknownFields = UnknownFields()

        public init() {}

        public enum SideOneof: Sendable, Equatable {
            indirect case left(TestV1.Node)
            indirect case right(TestV1.Branch)
        }
    }
}

extension TestV1.Node {
    public static let protoName = "fluxmq.test.v1.Node"

    public enum FieldNumber {
        public static let value = 1
        public static let next = 2
        public static let children = 3
        public static let named = 4
        public static let left = 5
        public static let right = 6
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "value", jsonName: "value", kind: .int32),
        FieldDescriptor(number: 2, name: "next", jsonName: "next", kind: .message, typeName: "fluxmq.test.v1.Node"),
        FieldDescriptor(
            number: 3, name: "children", jsonName: "children", kind: .message, isRepeated: true,
            typeName: "fluxmq.test.v1.Node"
        ),
        FieldDescriptor(
            number: 4, name: "named", jsonName: "named", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.test.v1.Node.NamedEntry"
        ),
        FieldDescriptor(
            number: 5, name: "left", jsonName: "left", kind: .message, oneof: "side", typeName: "fluxmq.test.v1.Node"
        ),
        FieldDescriptor(
            number: 6, name: "right", jsonName: "right", kind: .message, oneof: "side",
            typeName: "fluxmq.test.v1.Branch"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .int(Int64(self.value))
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoInt32.self, into: &self.value)
        case 2: try decoder.read(MessageCoding<TestV1.Node>.self, into: &self.next)
        case 3: try decoder.read(MessageCoding<TestV1.Node>.self, into: &self.children)
        case 4: try decoder.read(ProtoString.self, MessageCoding<TestV1.Node>.self, into: &self.named)
        case 5:
            var member: TestV1.Node?
            if case .left(let present)? = self.side {
                member = present
                self.side = nil
            }
            try decoder.read(MessageCoding<TestV1.Node>.self, into: &member)
            if let member { self.side = .left(member) }
        case 6:
            var member: TestV1.Branch?
            if case .right(let present)? = self.side {
                member = present
                self.side = nil
            }
            try decoder.read(MessageCoding<TestV1.Branch>.self, into: &member)
            if let member { self.side = .right(member) }
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        if case .right(let member)? = self.side {
            encoder.writePresent(MessageCoding<TestV1.Branch>.self, 6, member)
        }
        if case .left(let member)? = self.side {
            encoder.writePresent(MessageCoding<TestV1.Node>.self, 5, member)
        }
        encoder.writeMap(ProtoString.self, MessageCoding<TestV1.Node>.self, 4, self.named)
        encoder.writeEach(MessageCoding<TestV1.Node>.self, 3, self.children)
        encoder.writeOptional(MessageCoding<TestV1.Node>.self, 2, self.next)
        encoder.write(ProtoInt32.self, 1, self.value)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoInt32.self, into: &self.value)
        case 2: try reader.read(MessageCoding<TestV1.Node>.self, into: &self.next)
        case 3: try reader.read(MessageCoding<TestV1.Node>.self, into: &self.children)
        case 4: try reader.read(ProtoString.self, MessageCoding<TestV1.Node>.self, into: &self.named)
        case 5:
            var member: TestV1.Node?
            try reader.read(MessageCoding<TestV1.Node>.self, into: &member)
            if let member { self.side = .left(member) }
        case 6:
            var member: TestV1.Branch?
            try reader.read(MessageCoding<TestV1.Branch>.self, into: &member)
            if let member { self.side = .right(member) }
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoInt32.self, "value", self.value)
        writer.writeOptional(MessageCoding<TestV1.Node>.self, "next", self.next)
        writer.writeEach(MessageCoding<TestV1.Node>.self, "children", self.children)
        writer.writeMap(ProtoString.self, MessageCoding<TestV1.Node>.self, "named", self.named)
        if case .left(let member)? = self.side {
            writer.writePresent(MessageCoding<TestV1.Node>.self, "left", member)
        }
        if case .right(let member)? = self.side {
            writer.writePresent(MessageCoding<TestV1.Branch>.self, "right", member)
        }
    }
}

extension TestV1 {
    /// Holds itself by way of Node.
    public struct Branch: Message {
        @Boxed public var node: TestV1.Node?
        @Boxed public var inner: TestV1.Branch.Inner?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Branch {
    public static let protoName = "fluxmq.test.v1.Branch"

    public enum FieldNumber {
        public static let node = 1
        public static let inner = 2
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "node", jsonName: "node", kind: .message, typeName: "fluxmq.test.v1.Node"),
        FieldDescriptor(
            number: 2, name: "inner", jsonName: "inner", kind: .message, typeName: "fluxmq.test.v1.Branch.Inner"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        .none
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<TestV1.Node>.self, into: &self.node)
        case 2: try decoder.read(MessageCoding<TestV1.Branch.Inner>.self, into: &self.inner)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(MessageCoding<TestV1.Branch.Inner>.self, 2, self.inner)
        encoder.writeOptional(MessageCoding<TestV1.Node>.self, 1, self.node)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<TestV1.Node>.self, into: &self.node)
        case 2: try reader.read(MessageCoding<TestV1.Branch.Inner>.self, into: &self.inner)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeOptional(MessageCoding<TestV1.Node>.self, "node", self.node)
        writer.writeOptional(MessageCoding<TestV1.Branch.Inner>.self, "inner", self.inner)
    }
}

extension TestV1.Branch {
    /// Inside of another.
    public struct Inner: Message {
        public var depth: TestV1.Branch.Inner.Depth = .none
        @Boxed public var branch: TestV1.Branch?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Branch.Inner {
    public static let protoName = "fluxmq.test.v1.Branch.Inner"

    public enum FieldNumber {
        public static let depth = 1
        public static let branch = 2
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "depth", jsonName: "depth", kind: .enumeration,
            typeName: "fluxmq.test.v1.Branch.Inner.Depth"
        ),
        FieldDescriptor(
            number: 2, name: "branch", jsonName: "branch", kind: .message, typeName: "fluxmq.test.v1.Branch"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .enumeration(self.depth.name)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(EnumCoding<TestV1.Branch.Inner.Depth>.self, into: &self.depth)
        case 2: try decoder.read(MessageCoding<TestV1.Branch>.self, into: &self.branch)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(MessageCoding<TestV1.Branch>.self, 2, self.branch)
        encoder.write(EnumCoding<TestV1.Branch.Inner.Depth>.self, 1, self.depth)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(EnumCoding<TestV1.Branch.Inner.Depth>.self, into: &self.depth)
        case 2: try reader.read(MessageCoding<TestV1.Branch>.self, into: &self.branch)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(EnumCoding<TestV1.Branch.Inner.Depth>.self, "depth", self.depth)
        writer.writeOptional(MessageCoding<TestV1.Branch>.self, "branch", self.branch)
    }
}

extension TestV1.Branch.Inner {
    public enum Depth: ProtoEnum {
        case none
        case some
        /// A number that had no name when this was made.
        case unrecognized(Int32)
    }
}

extension TestV1.Branch.Inner.Depth {
    public static let allCases: [Self] = [
        .none, .some
    ]

    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .none
        case 1: self = .some
        default: self = .unrecognized(rawValue)
        }
    }

    public var rawValue: Int32 {
        switch self {
        case .none: 0
        case .some: 1
        case .unrecognized(let number): number
        }
    }

    public var name: String {
        switch self {
        case .none: "none"
        case .some: "some"
        case .unrecognized(let number): String(number)
        }
    }

    public var protoName: String? {
        switch self {
        case .none: "DEPTH_NONE"
        case .some: "DEPTH_SOME"
        case .unrecognized: nil
        }
    }

    public init?(protoName: String) {
        switch protoName {
        case "DEPTH_NONE": self = .none
        case "DEPTH_SOME": self = .some
        default: return nil
        }
    }
}

extension TestV1 {
    public struct WellKnownTypes: Message {
        public var timestamp: Protobuf.Timestamp?
        public var duration: WellKnown.Duration?
        public var empty: WellKnown.Empty?
        public var fieldMask: WellKnown.FieldMask?
        public var `struct`: WellKnown.Struct?
        public var value: WellKnown.Value?
        public var listValue: WellKnown.ListValue?
        public var doubleValue: WellKnown.DoubleValue?
        public var floatValue: WellKnown.FloatValue?
        public var int64Value: WellKnown.Int64Value?
        public var uint64Value: WellKnown.UInt64Value?
        public var int32Value: WellKnown.Int32Value?
        public var uint32Value: WellKnown.UInt32Value?
        public var boolValue: WellKnown.BoolValue?
        public var stringValue: WellKnown.StringValue?
        public var bytesValue: WellKnown.BytesValue?
        public var timestamps: [Protobuf.Timestamp] = []
        public var values: [WellKnown.Value] = []
        public var durations: [String: WellKnown.Duration] = [:]
        public var int64Values: [WellKnown.Int64Value] = []
        public var nullValue: WellKnown.NullValue = .nullValue
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.WellKnownTypes {
    public static let protoName = "fluxmq.test.v1.WellKnownTypes"

    public enum FieldNumber {
        public static let timestamp = 1
        public static let duration = 2
        public static let empty = 3
        public static let fieldMask = 4
        public static let `struct` = 5
        public static let value = 6
        public static let listValue = 7
        public static let doubleValue = 8
        public static let floatValue = 9
        public static let int64Value = 10
        public static let uint64Value = 11
        public static let int32Value = 12
        public static let uint32Value = 13
        public static let boolValue = 14
        public static let stringValue = 15
        public static let bytesValue = 16
        public static let timestamps = 17
        public static let values = 18
        public static let durations = 19
        public static let int64Values = 20
        public static let nullValue = 21
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "timestamp", jsonName: "timestamp", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 2, name: "duration", jsonName: "duration", kind: .message, typeName: "google.protobuf.Duration"
        ),
        FieldDescriptor(number: 3, name: "empty", jsonName: "empty", kind: .message, typeName: "google.protobuf.Empty"),
        FieldDescriptor(
            number: 4, name: "field_mask", jsonName: "fieldMask", kind: .message, typeName: "google.protobuf.FieldMask"
        ),
        FieldDescriptor(
            number: 5, name: "struct", jsonName: "struct", kind: .message, typeName: "google.protobuf.Struct"
        ),
        FieldDescriptor(number: 6, name: "value", jsonName: "value", kind: .message, typeName: "google.protobuf.Value"),
        FieldDescriptor(
            number: 7, name: "list_value", jsonName: "listValue", kind: .message, typeName: "google.protobuf.ListValue"
        ),
        FieldDescriptor(
            number: 8, name: "double_value", jsonName: "doubleValue", kind: .message,
            typeName: "google.protobuf.DoubleValue"
        ),
        FieldDescriptor(
            number: 9, name: "float_value", jsonName: "floatValue", kind: .message,
            typeName: "google.protobuf.FloatValue"
        ),
        FieldDescriptor(
            number: 10, name: "int64_value", jsonName: "int64Value", kind: .message,
            typeName: "google.protobuf.Int64Value"
        ),
        FieldDescriptor(
            number: 11, name: "uint64_value", jsonName: "uint64Value", kind: .message,
            typeName: "google.protobuf.UInt64Value"
        ),
        FieldDescriptor(
            number: 12, name: "int32_value", jsonName: "int32Value", kind: .message,
            typeName: "google.protobuf.Int32Value"
        ),
        FieldDescriptor(
            number: 13, name: "uint32_value", jsonName: "uint32Value", kind: .message,
            typeName: "google.protobuf.UInt32Value"
        ),
        FieldDescriptor(
            number: 14, name: "bool_value", jsonName: "boolValue", kind: .message, typeName: "google.protobuf.BoolValue"
        ),
        FieldDescriptor(
            number: 15, name: "string_value", jsonName: "stringValue", kind: .message,
            typeName: "google.protobuf.StringValue"
        ),
        FieldDescriptor(
            number: 16, name: "bytes_value", jsonName: "bytesValue", kind: .message,
            typeName: "google.protobuf.BytesValue"
        ),
        FieldDescriptor(
            number: 17, name: "timestamps", jsonName: "timestamps", kind: .message, isRepeated: true,
            typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 18, name: "values", jsonName: "values", kind: .message, isRepeated: true,
            typeName: "google.protobuf.Value"
        ),
        FieldDescriptor(
            number: 19, name: "durations", jsonName: "durations", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.test.v1.WellKnownTypes.DurationsEntry"
        ),
        FieldDescriptor(
            number: 20, name: "int64_values", jsonName: "int64Values", kind: .message, isRepeated: true,
            typeName: "google.protobuf.Int64Value"
        ),
        FieldDescriptor(
            number: 21, name: "null_value", jsonName: "nullValue", kind: .enumeration,
            typeName: "google.protobuf.NullValue"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: if let value = self.timestamp { .timestamp(value) } else { .none }
        case 21: .enumeration(self.nullValue.name)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.timestamp)
        case 2: try decoder.read(MessageCoding<WellKnown.Duration>.self, into: &self.duration)
        case 3: try decoder.read(MessageCoding<WellKnown.Empty>.self, into: &self.empty)
        case 4: try decoder.read(MessageCoding<WellKnown.FieldMask>.self, into: &self.fieldMask)
        case 5: try decoder.read(MessageCoding<WellKnown.Struct>.self, into: &self.`struct`)
        case 6: try decoder.read(MessageCoding<WellKnown.Value>.self, into: &self.value)
        case 7: try decoder.read(MessageCoding<WellKnown.ListValue>.self, into: &self.listValue)
        case 8: try decoder.read(MessageCoding<WellKnown.DoubleValue>.self, into: &self.doubleValue)
        case 9: try decoder.read(MessageCoding<WellKnown.FloatValue>.self, into: &self.floatValue)
        case 10: try decoder.read(MessageCoding<WellKnown.Int64Value>.self, into: &self.int64Value)
        case 11: try decoder.read(MessageCoding<WellKnown.UInt64Value>.self, into: &self.uint64Value)
        case 12: try decoder.read(MessageCoding<WellKnown.Int32Value>.self, into: &self.int32Value)
        case 13: try decoder.read(MessageCoding<WellKnown.UInt32Value>.self, into: &self.uint32Value)
        case 14: try decoder.read(MessageCoding<WellKnown.BoolValue>.self, into: &self.boolValue)
        case 15: try decoder.read(MessageCoding<WellKnown.StringValue>.self, into: &self.stringValue)
        case 16: try decoder.read(MessageCoding<WellKnown.BytesValue>.self, into: &self.bytesValue)
        case 17: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.timestamps)
        case 18: try decoder.read(MessageCoding<WellKnown.Value>.self, into: &self.values)
        case 19: try decoder.read(ProtoString.self, MessageCoding<WellKnown.Duration>.self, into: &self.durations)
        case 20: try decoder.read(MessageCoding<WellKnown.Int64Value>.self, into: &self.int64Values)
        case 21: try decoder.read(EnumCoding<WellKnown.NullValue>.self, into: &self.nullValue)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(EnumCoding<WellKnown.NullValue>.self, 21, self.nullValue)
        encoder.writeEach(MessageCoding<WellKnown.Int64Value>.self, 20, self.int64Values)
        encoder.writeMap(ProtoString.self, MessageCoding<WellKnown.Duration>.self, 19, self.durations)
        encoder.writeEach(MessageCoding<WellKnown.Value>.self, 18, self.values)
        encoder.writeEach(MessageCoding<Protobuf.Timestamp>.self, 17, self.timestamps)
        encoder.writeOptional(MessageCoding<WellKnown.BytesValue>.self, 16, self.bytesValue)
        encoder.writeOptional(MessageCoding<WellKnown.StringValue>.self, 15, self.stringValue)
        encoder.writeOptional(MessageCoding<WellKnown.BoolValue>.self, 14, self.boolValue)
        encoder.writeOptional(MessageCoding<WellKnown.UInt32Value>.self, 13, self.uint32Value)
        encoder.writeOptional(MessageCoding<WellKnown.Int32Value>.self, 12, self.int32Value)
        encoder.writeOptional(MessageCoding<WellKnown.UInt64Value>.self, 11, self.uint64Value)
        encoder.writeOptional(MessageCoding<WellKnown.Int64Value>.self, 10, self.int64Value)
        encoder.writeOptional(MessageCoding<WellKnown.FloatValue>.self, 9, self.floatValue)
        encoder.writeOptional(MessageCoding<WellKnown.DoubleValue>.self, 8, self.doubleValue)
        encoder.writeOptional(MessageCoding<WellKnown.ListValue>.self, 7, self.listValue)
        encoder.writeOptional(MessageCoding<WellKnown.Value>.self, 6, self.value)
        encoder.writeOptional(MessageCoding<WellKnown.Struct>.self, 5, self.`struct`)
        encoder.writeOptional(MessageCoding<WellKnown.FieldMask>.self, 4, self.fieldMask)
        encoder.writeOptional(MessageCoding<WellKnown.Empty>.self, 3, self.empty)
        encoder.writeOptional(MessageCoding<WellKnown.Duration>.self, 2, self.duration)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 1, self.timestamp)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.timestamp)
        case 2: try reader.read(MessageCoding<WellKnown.Duration>.self, into: &self.duration)
        case 3: try reader.read(MessageCoding<WellKnown.Empty>.self, into: &self.empty)
        case 4: try reader.read(MessageCoding<WellKnown.FieldMask>.self, into: &self.fieldMask)
        case 5: try reader.read(MessageCoding<WellKnown.Struct>.self, into: &self.`struct`)
        case 6: try reader.read(MessageCoding<WellKnown.Value>.self, into: &self.value)
        case 7: try reader.read(MessageCoding<WellKnown.ListValue>.self, into: &self.listValue)
        case 8: try reader.read(MessageCoding<WellKnown.DoubleValue>.self, into: &self.doubleValue)
        case 9: try reader.read(MessageCoding<WellKnown.FloatValue>.self, into: &self.floatValue)
        case 10: try reader.read(MessageCoding<WellKnown.Int64Value>.self, into: &self.int64Value)
        case 11: try reader.read(MessageCoding<WellKnown.UInt64Value>.self, into: &self.uint64Value)
        case 12: try reader.read(MessageCoding<WellKnown.Int32Value>.self, into: &self.int32Value)
        case 13: try reader.read(MessageCoding<WellKnown.UInt32Value>.self, into: &self.uint32Value)
        case 14: try reader.read(MessageCoding<WellKnown.BoolValue>.self, into: &self.boolValue)
        case 15: try reader.read(MessageCoding<WellKnown.StringValue>.self, into: &self.stringValue)
        case 16: try reader.read(MessageCoding<WellKnown.BytesValue>.self, into: &self.bytesValue)
        case 17: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.timestamps)
        case 18: try reader.read(MessageCoding<WellKnown.Value>.self, into: &self.values)
        case 19: try reader.read(ProtoString.self, MessageCoding<WellKnown.Duration>.self, into: &self.durations)
        case 20: try reader.read(MessageCoding<WellKnown.Int64Value>.self, into: &self.int64Values)
        case 21: try reader.read(EnumCoding<WellKnown.NullValue>.self, into: &self.nullValue)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "timestamp", self.timestamp)
        writer.writeOptional(MessageCoding<WellKnown.Duration>.self, "duration", self.duration)
        writer.writeOptional(MessageCoding<WellKnown.Empty>.self, "empty", self.empty)
        writer.writeOptional(MessageCoding<WellKnown.FieldMask>.self, "fieldMask", self.fieldMask)
        writer.writeOptional(MessageCoding<WellKnown.Struct>.self, "struct", self.`struct`)
        writer.writeOptional(MessageCoding<WellKnown.Value>.self, "value", self.value)
        writer.writeOptional(MessageCoding<WellKnown.ListValue>.self, "listValue", self.listValue)
        writer.writeOptional(MessageCoding<WellKnown.DoubleValue>.self, "doubleValue", self.doubleValue)
        writer.writeOptional(MessageCoding<WellKnown.FloatValue>.self, "floatValue", self.floatValue)
        writer.writeOptional(MessageCoding<WellKnown.Int64Value>.self, "int64Value", self.int64Value)
        writer.writeOptional(MessageCoding<WellKnown.UInt64Value>.self, "uint64Value", self.uint64Value)
        writer.writeOptional(MessageCoding<WellKnown.Int32Value>.self, "int32Value", self.int32Value)
        writer.writeOptional(MessageCoding<WellKnown.UInt32Value>.self, "uint32Value", self.uint32Value)
        writer.writeOptional(MessageCoding<WellKnown.BoolValue>.self, "boolValue", self.boolValue)
        writer.writeOptional(MessageCoding<WellKnown.StringValue>.self, "stringValue", self.stringValue)
        writer.writeOptional(MessageCoding<WellKnown.BytesValue>.self, "bytesValue", self.bytesValue)
        writer.writeEach(MessageCoding<Protobuf.Timestamp>.self, "timestamps", self.timestamps)
        writer.writeEach(MessageCoding<WellKnown.Value>.self, "values", self.values)
        writer.writeMap(ProtoString.self, MessageCoding<WellKnown.Duration>.self, "durations", self.durations)
        writer.writeEach(MessageCoding<WellKnown.Int64Value>.self, "int64Values", self.int64Values)
        writer.write(EnumCoding<WellKnown.NullValue>.self, "nullValue", self.nullValue)
    }
}

extension TestV1 {
    /// Names that mean something in Swift, and names with rules of their own.
    public struct Names: Message {
        public var `default`: String = ""
        public var self_: String = ""
        public var init_: String = ""
        public var clientID: String = ""
        public var id: String = ""
        public var leading: String = ""
        public var mixedCase: String = ""
        public var fields: String = ""
        public var custom: String = ""
        public var value: String = ""
        public var unknownFields_: String = ""
        public var type: TestV1.Names.Type_?
        public var string: TestV1.Names.String_?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Names {
    public static let protoName = "fluxmq.test.v1.Names"

    public enum FieldNumber {
        public static let `default` = 1
        public static let self_ = 2
        public static let init_ = 3
        public static let clientID = 4
        public static let id = 5
        public static let leading = 6
        public static let mixedCase = 7
        public static let fields = 9
        public static let custom = 10
        public static let value = 11
        public static let unknownFields_ = 12
        public static let type = 13
        public static let string = 14
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "default", jsonName: "default", kind: .string),
        FieldDescriptor(number: 2, name: "self", jsonName: "self", kind: .string),
        FieldDescriptor(number: 3, name: "init", jsonName: "init", kind: .string),
        FieldDescriptor(number: 4, name: "client_id", jsonName: "clientId", kind: .string),
        FieldDescriptor(number: 5, name: "id", jsonName: "id", kind: .string),
        FieldDescriptor(number: 6, name: "_leading", jsonName: "Leading", kind: .string),
        FieldDescriptor(number: 7, name: "mixedCase", jsonName: "mixedCase", kind: .string),
        FieldDescriptor(number: 9, name: "fields", jsonName: "fields", kind: .string),
        FieldDescriptor(number: 10, name: "custom", jsonName: "@custom\"", kind: .string),
        FieldDescriptor(number: 11, name: "value", jsonName: "value", kind: .string),
        FieldDescriptor(number: 12, name: "unknown_fields", jsonName: "unknownFields", kind: .string),
        FieldDescriptor(
            number: 13, name: "type", jsonName: "type", kind: .message, typeName: "fluxmq.test.v1.Names.Type"
        ),
        FieldDescriptor(
            number: 14, name: "string", jsonName: "string", kind: .message, typeName: "fluxmq.test.v1.Names.String"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.`default`)
        case 2: .string(self.self_)
        case 3: .string(self.init_)
        case 4: .string(self.clientID)
        case 5: .string(self.id)
        case 6: .string(self.leading)
        case 7: .string(self.mixedCase)
        case 9: .string(self.fields)
        case 10: .string(self.custom)
        case 11: .string(self.value)
        case 12: .string(self.unknownFields_)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.`default`)
        case 2: try decoder.read(ProtoString.self, into: &self.self_)
        case 3: try decoder.read(ProtoString.self, into: &self.init_)
        case 4: try decoder.read(ProtoString.self, into: &self.clientID)
        case 5: try decoder.read(ProtoString.self, into: &self.id)
        case 6: try decoder.read(ProtoString.self, into: &self.leading)
        case 7: try decoder.read(ProtoString.self, into: &self.mixedCase)
        case 9: try decoder.read(ProtoString.self, into: &self.fields)
        case 10: try decoder.read(ProtoString.self, into: &self.custom)
        case 11: try decoder.read(ProtoString.self, into: &self.value)
        case 12: try decoder.read(ProtoString.self, into: &self.unknownFields_)
        case 13: try decoder.read(MessageCoding<TestV1.Names.Type_>.self, into: &self.type)
        case 14: try decoder.read(MessageCoding<TestV1.Names.String_>.self, into: &self.string)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(MessageCoding<TestV1.Names.String_>.self, 14, self.string)
        encoder.writeOptional(MessageCoding<TestV1.Names.Type_>.self, 13, self.type)
        encoder.write(ProtoString.self, 12, self.unknownFields_)
        encoder.write(ProtoString.self, 11, self.value)
        encoder.write(ProtoString.self, 10, self.custom)
        encoder.write(ProtoString.self, 9, self.fields)
        encoder.write(ProtoString.self, 7, self.mixedCase)
        encoder.write(ProtoString.self, 6, self.leading)
        encoder.write(ProtoString.self, 5, self.id)
        encoder.write(ProtoString.self, 4, self.clientID)
        encoder.write(ProtoString.self, 3, self.init_)
        encoder.write(ProtoString.self, 2, self.self_)
        encoder.write(ProtoString.self, 1, self.`default`)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.`default`)
        case 2: try reader.read(ProtoString.self, into: &self.self_)
        case 3: try reader.read(ProtoString.self, into: &self.init_)
        case 4: try reader.read(ProtoString.self, into: &self.clientID)
        case 5: try reader.read(ProtoString.self, into: &self.id)
        case 6: try reader.read(ProtoString.self, into: &self.leading)
        case 7: try reader.read(ProtoString.self, into: &self.mixedCase)
        case 9: try reader.read(ProtoString.self, into: &self.fields)
        case 10: try reader.read(ProtoString.self, into: &self.custom)
        case 11: try reader.read(ProtoString.self, into: &self.value)
        case 12: try reader.read(ProtoString.self, into: &self.unknownFields_)
        case 13: try reader.read(MessageCoding<TestV1.Names.Type_>.self, into: &self.type)
        case 14: try reader.read(MessageCoding<TestV1.Names.String_>.self, into: &self.string)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "default", self.`default`)
        writer.write(ProtoString.self, "self", self.self_)
        writer.write(ProtoString.self, "init", self.init_)
        writer.write(ProtoString.self, "clientId", self.clientID)
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "Leading", self.leading)
        writer.write(ProtoString.self, "mixedCase", self.mixedCase)
        writer.write(ProtoString.self, "fields", self.fields)
        writer.write(ProtoString.self, "@custom\"", self.custom)
        writer.write(ProtoString.self, "value", self.value)
        writer.write(ProtoString.self, "unknownFields", self.unknownFields_)
        writer.writeOptional(MessageCoding<TestV1.Names.Type_>.self, "type", self.type)
        writer.writeOptional(MessageCoding<TestV1.Names.String_>.self, "string", self.string)
    }
}

extension TestV1.Names {
    public struct Type_: Message {
        public var number: Int32 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Names.Type_ {
    public static let protoName = "fluxmq.test.v1.Names.Type"

    public enum FieldNumber {
        public static let number = 536870911
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 536870911, name: "number", jsonName: "number", kind: .int32),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 536870911: .int(Int64(self.number))
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 536870911: try decoder.read(ProtoInt32.self, into: &self.number)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoInt32.self, 536870911, self.number)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 536870911: try reader.read(ProtoInt32.self, into: &self.number)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoInt32.self, "number", self.number)
    }
}

extension TestV1.Names {
    public struct String_: Message {
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Names.String_ {
    public static let protoName = "fluxmq.test.v1.Names.String"

    public static let fields: [FieldDescriptor] = [
    ]

    public func value(of number: Int) -> FieldValue {
        .none
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
    }
}

extension TestV1 {
    /// What a program of the next version sends: more fields than Older, and one of another type.
    public struct Newer: Message {
        public var id: Int32 = 0
        public var added: String = ""
        public var more: [TestV1.Scalars] = []
        public var changed: String = ""
        public var color: TestV1.Color = .unspecified
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Newer {
    public static let protoName = "fluxmq.test.v1.Newer"

    public enum FieldNumber {
        public static let id = 1
        public static let added = 2
        public static let more = 3
        public static let changed = 4
        public static let color = 5
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "id", jsonName: "id", kind: .int32),
        FieldDescriptor(number: 2, name: "added", jsonName: "added", kind: .string),
        FieldDescriptor(
            number: 3, name: "more", jsonName: "more", kind: .message, isRepeated: true,
            typeName: "fluxmq.test.v1.Scalars"
        ),
        FieldDescriptor(number: 4, name: "changed", jsonName: "changed", kind: .string),
        FieldDescriptor(
            number: 5, name: "color", jsonName: "color", kind: .enumeration, typeName: "fluxmq.test.v1.Color"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .int(Int64(self.id))
        case 2: .string(self.added)
        case 4: .string(self.changed)
        case 5: .enumeration(self.color.name)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoInt32.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.added)
        case 3: try decoder.read(MessageCoding<TestV1.Scalars>.self, into: &self.more)
        case 4: try decoder.read(ProtoString.self, into: &self.changed)
        case 5: try decoder.read(EnumCoding<TestV1.Color>.self, into: &self.color)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(EnumCoding<TestV1.Color>.self, 5, self.color)
        encoder.write(ProtoString.self, 4, self.changed)
        encoder.writeEach(MessageCoding<TestV1.Scalars>.self, 3, self.more)
        encoder.write(ProtoString.self, 2, self.added)
        encoder.write(ProtoInt32.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoInt32.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.added)
        case 3: try reader.read(MessageCoding<TestV1.Scalars>.self, into: &self.more)
        case 4: try reader.read(ProtoString.self, into: &self.changed)
        case 5: try reader.read(EnumCoding<TestV1.Color>.self, into: &self.color)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoInt32.self, "id", self.id)
        writer.write(ProtoString.self, "added", self.added)
        writer.writeEach(MessageCoding<TestV1.Scalars>.self, "more", self.more)
        writer.write(ProtoString.self, "changed", self.changed)
        writer.write(EnumCoding<TestV1.Color>.self, "color", self.color)
    }
}

extension TestV1 {
    public struct Older: Message {
        public var id: Int32 = 0
        public var changed: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension TestV1.Older {
    public static let protoName = "fluxmq.test.v1.Older"

    public enum FieldNumber {
        public static let id = 1
        public static let changed = 4
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "id", jsonName: "id", kind: .int32),
        FieldDescriptor(number: 4, name: "changed", jsonName: "changed", kind: .fixed64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .int(Int64(self.id))
        case 4: .uint(self.changed)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoInt32.self, into: &self.id)
        case 4: try decoder.read(ProtoFixed64.self, into: &self.changed)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoFixed64.self, 4, self.changed)
        encoder.write(ProtoInt32.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoInt32.self, into: &self.id)
        case 4: try reader.read(ProtoFixed64.self, into: &self.changed)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoInt32.self, "id", self.id)
        writer.write(ProtoFixed64.self, "changed", self.changed)
    }
}

extension TestV1 {
    /// The methods of `Echo`.
    public enum EchoMethods {
        /// One for one.
        public static let once = RPCMethod<TestV1.Scalars, TestV1.Scalars>(
            path: "/fluxmq.test.v1.Echo/Once", kind: .unary
        )
        public static let down = RPCMethod<TestV1.Scalars, TestV1.Scalars>(
            path: "/fluxmq.test.v1.Echo/Down", kind: .serverStreaming
        )
        public static let up = RPCMethod<TestV1.Scalars, TestV1.Scalars>(
            path: "/fluxmq.test.v1.Echo/Up", kind: .clientStreaming
        )
        public static let both = RPCMethod<TestV1.Scalars, TestV1.Scalars>(
            path: "/fluxmq.test.v1.Echo/Both", kind: .bidirectional
        )
    }
}
