/// The rules by which names of the `.proto` language become Swift's.
enum Names {
    /// `fluxmq.admin.v1` is `AdminV1`: its last two parts.
    static func namespace(ofPackage package: String) -> String {
        package.split(separator: ".").suffix(2).map { capitalized($0) }.joined()
    }

    /// A message, an enum, a service.
    static func type(_ name: String) -> String { reservedTypes.contains(name) ? "\(name)_" : capitalized(name[...]) }

    /// `messages_in_per_s` is `messagesInPerS`, `client_id` is `clientID`.
    static func property(_ name: String) -> String { escaped(lowerCamelCase(name)) }

    /// The values of `enum Level` without the LEVEL_ that all of them have.
    static func prefix(ofEnum descriptor: EnumDescriptor) -> String {
        let prefix = snakeCase(descriptor.name).uppercased() + "_"
        let isCommon = descriptor.values.allSatisfy { value in
            value.name.hasPrefix(prefix) && value.name.dropFirst(prefix.count).first?.isLetter == true
        }
        return isCommon ? prefix : ""
    }

    /// `LEVEL_WARNING` is `warning`.
    static func enumCase(_ value: String, of descriptor: EnumDescriptor) -> String {
        Self.property(value.dropFirst(Self.prefix(ofEnum: descriptor).count).lowercased())
    }

    static func lowerCamelCase(_ name: String) -> String {
        let words = name.split(separator: "_")
        guard let first = words.first else { return "_" }
        let rest = words.dropFirst().map { $0 == "id" ? "ID" : capitalized($0) }
        let joined = first.prefix(1).lowercased() + first.dropFirst() + rest.joined()
        return joined.first?.isNumber == true ? "_\(joined)" : joined
    }

    static func capitalized(_ word: Substring) -> String { word.prefix(1).uppercased() + word.dropFirst() }

    static func escaped(_ name: String) -> String {
        if unusable.contains(name) { return "\(name)_" }
        return keywords.contains(name) ? "`\(name)`" : name
    }

    /// `HTTPCode` is `http_code`, `KindInfo` is `kind_info`.
    private static func snakeCase(_ name: String) -> String {
        var result = ""
        var previous: Character?
        var rest = name[...]
        while let character = rest.popFirst() {
            let startsWord =
                character.isUppercase && (previous?.isLowercase == true || previous?.isNumber == true)
                || character.isUppercase && previous?.isUppercase == true && rest.first?.isLowercase == true
            if startsWord { result += "_" }
            result += character.lowercased()
            previous = character
        }
        return result
    }

    /// What backticks do not help, and what every message or enum has already.
    private static let unusable: Set<String> = ["self", "init", "unknownFields", "unrecognized", "allCases"]

    private static let keywords: Set<String> = [
        "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
        "else",
        "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in",
        "inout",
        "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat",
        "rethrows", "return", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true", "try",
        "typealias", "var", "where", "while",
    ]

    /// Names that mean something else in generated code.
    private static let reservedTypes: Set<String> = [
        "Any", "BinaryDecoder", "BinaryEncoder", "Bool", "Boxed", "Double", "EnumCoding", "Equatable",
        "FieldDescriptor",
        "FieldNumber", "FieldValue", "Float", "Int", "Int32", "Int64", "JSONReader", "JSONWriter", "Message",
        "MessageCoding",
        "ProtoBool", "ProtoBytes", "ProtoDouble", "ProtoEnum", "ProtoFixed32", "ProtoFixed64", "ProtoFloat",
        "ProtoInt32",
        "ProtoInt64", "ProtoSFixed32", "ProtoSFixed64", "ProtoSInt32", "ProtoSInt64", "ProtoString", "ProtoUInt32",
        "ProtoUInt64", "Protobuf", "ProtobufError", "Protocol", "RPCMethod", "Self", "Sendable", "String", "Type",
        "UInt32",
        "UInt64", "UInt8", "UnknownFields",
    ]
}
