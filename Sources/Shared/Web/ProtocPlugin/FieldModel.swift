/// A field as generated code sees it.
struct FieldModel {
    /// Which of the runtime's functions read and write it.
    enum Shape {
        /// Its zero is left out.
        case implicit
        case optional
        case packed
        case each
        case map(key: ScalarType, value: ValueType)
        /// Of the `oneof` with this index.
        case oneof(Int)
    }

    let info: FieldInfo
    let comment: [String]
    let property: String
    let value: ValueType
    let shape: Shape
    /// Whether its message could hold the field's own message, so that it needs a box.
    let isRecursive: Bool

    init(
        _ info: FieldInfo,
        of message: String,
        comment: [String],
        types: TypeTable,
        isKnown: (TypeTable.Entry) -> Bool
    ) throws(GeneratorError) {
        self.info = info
        self.comment = comment
        self.property = Names.property(info.name)
        if let entry = types.mapEntry(info.typeName) {
            guard let key = ScalarType(entry.fields.first?.type ?? 0), let valueInfo = entry.fields.last else {
                throw GeneratorError("\(message).\(info.name): not a map")
            }
            let value = try ValueType(valueInfo, types: types, isKnown: isKnown)
            (self.value, self.shape, self.isRecursive) = (value, .map(key: key, value: value), false)
            return
        }
        self.value = try ValueType(info, types: types, isKnown: isKnown)
        self.isRecursive = !info.isRepeated && types.type(info.typeName, canHold: message)
        if info.isRepeated {
            self.shape = self.value.isPackable && info.options.packed != false ? .packed : .each
        } else if let index = info.oneofIndex, !info.isProto3Optional {
            self.shape = .oneof(Int(index))
        } else if case .message = self.value {
            self.shape = .optional
        } else {
            self.shape = info.isProto3Optional ? .optional : .implicit
        }
    }

    /// The property's type and default.
    var declaration: String {
        switch self.shape {
        case .implicit: "\(self.property): \(self.value.swiftType) = \(self.value.zero)"
        case .optional: "\(self.property): \(self.value.swiftType)?"
        case .packed, .each: "\(self.property): [\(self.value.swiftType)] = []"
        case .map(let key, let value): "\(self.property): [\(key.swiftType): \(value.swiftType)] = [:]"
        case .oneof: "\(self.property): \(self.value.swiftType)"
        }
    }
}

/// What a field's elements are.
enum ValueType {
    case scalar(ScalarType)
    /// `zero` is the case with number 0.
    case enumeration(swiftName: String, zero: String)
    case message(swiftName: String)

    init(
        _ info: FieldInfo,
        types: TypeTable,
        isKnown: (TypeTable.Entry) -> Bool
    ) throws(GeneratorError) {
        if let scalar = ScalarType(info.type) {
            self = .scalar(scalar)
            return
        }
        guard let entry = types[info.typeName] else {
            throw GeneratorError("\(info.name): groups and types of proto2 are not supported")
        }
        guard isKnown(entry) else {
            throw GeneratorError(
                "\(info.name): \(info.typeName) is in \(entry.file), which must be generated together with this file"
            )
        }
        switch entry.definition {
        case .message: self = .message(swiftName: entry.swiftName)
        case .enumeration(let descriptor):
            let zero = Names.enumCase(descriptor.values.first?.name ?? "", of: descriptor)
            self = .enumeration(swiftName: entry.swiftName, zero: ".\(zero)")
        }
    }

    var swiftType: String {
        switch self {
        case .scalar(let scalar): scalar.swiftType
        case .enumeration(let name, _), .message(let name): name
        }
    }

    /// The runtime's type that reads and writes it.
    var coding: String {
        switch self {
        case .scalar(let scalar): scalar.coding
        case .enumeration(let name, _): "EnumCoding<\(name)>"
        case .message(let name): "MessageCoding<\(name)>"
        }
    }

    /// `FieldDescriptor.Kind`.
    var kind: String {
        switch self {
        case .scalar(let scalar): scalar.rawValue
        case .enumeration: "enumeration"
        case .message: "message"
        }
    }

    var zero: String {
        switch self {
        case .scalar(let scalar): scalar.zero
        case .enumeration(_, let zero): zero
        case .message(let name): "\(name)()"
        }
    }

    var isPackable: Bool {
        switch self {
        case .scalar(let scalar): scalar != .string && scalar != .bytes
        case .enumeration: true
        case .message: false
        }
    }

    /// An expression of type `FieldValue`; nil for what has none.
    func fieldValue(of expression: String) -> String? {
        switch self {
        case .scalar(let scalar): scalar.fieldValue(of: expression)
        case .enumeration: ".enumeration(\(expression).name)"
        case .message("Protobuf.Timestamp"): ".timestamp(\(expression))"
        case .message: nil
        }
    }
}

/// Raw values are names of the `.proto` language and of `FieldDescriptor.Kind`.
enum ScalarType: String {
    case double, float, int64, uint64, int32, fixed64, fixed32, bool, string, bytes, uint32, sfixed32, sfixed64, sint32,
        sint64

    /// From `FieldDescriptorProto.Type`; nil for messages, groups and enums.
    init?(_ type: Int32) {
        let types: [Int32: ScalarType] = [
            1: .double, 2: .float, 3: .int64, 4: .uint64, 5: .int32, 6: .fixed64, 7: .fixed32, 8: .bool, 9: .string,
            12: .bytes, 13: .uint32, 15: .sfixed32, 16: .sfixed64, 17: .sint32, 18: .sint64,
        ]
        guard let scalar = types[type] else { return nil }
        self = scalar
    }

    var swiftType: String {
        switch self {
        case .double: "Double"
        case .float: "Float"
        case .int32, .sint32, .sfixed32: "Int32"
        case .int64, .sint64, .sfixed64: "Int64"
        case .uint32, .fixed32: "UInt32"
        case .uint64, .fixed64: "UInt64"
        case .bool: "Bool"
        case .string: "String"
        case .bytes: "[UInt8]"
        }
    }

    var coding: String {
        switch self {
        case .double: "ProtoDouble"
        case .float: "ProtoFloat"
        case .int32: "ProtoInt32"
        case .int64: "ProtoInt64"
        case .uint32: "ProtoUInt32"
        case .uint64: "ProtoUInt64"
        case .sint32: "ProtoSInt32"
        case .sint64: "ProtoSInt64"
        case .fixed32: "ProtoFixed32"
        case .fixed64: "ProtoFixed64"
        case .sfixed32: "ProtoSFixed32"
        case .sfixed64: "ProtoSFixed64"
        case .bool: "ProtoBool"
        case .string: "ProtoString"
        case .bytes: "ProtoBytes"
        }
    }

    var zero: String {
        switch self {
        case .bool: "false"
        case .string: "\"\""
        case .bytes: "[]"
        default: "0"
        }
    }

    func fieldValue(of expression: String) -> String {
        switch self {
        case .double: ".double(\(expression))"
        case .float: ".double(Double(\(expression)))"
        case .int64, .sint64, .sfixed64: ".int(\(expression))"
        case .int32, .sint32, .sfixed32: ".int(Int64(\(expression)))"
        case .uint64, .fixed64: ".uint(\(expression))"
        case .uint32, .fixed32: ".uint(UInt64(\(expression)))"
        case .bool: ".bool(\(expression))"
        case .string: ".string(\(expression))"
        case .bytes: ".bytes(\(expression))"
        }
    }
}
