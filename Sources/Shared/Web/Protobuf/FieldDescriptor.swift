/// What the `.proto` file says about one field.
public struct FieldDescriptor: Sendable, Equatable {
    /// The field's type, in the words of the `.proto` language; `enumeration` is `enum`.
    public enum Kind: Sendable, Equatable {
        case double, float, int32, int64, uint32, uint64, sint32, sint64, fixed32, fixed64, sfixed32, sfixed64
        case bool, string, bytes, enumeration, message
    }

    public let number: Int
    /// `messages_in_per_s`.
    public let name: String
    /// `messagesInPerS`.
    public let jsonName: String
    public let kind: Kind
    /// Maps are repeated too: of entries.
    public let isRepeated: Bool
    public let isMap: Bool
    /// Whether a scalar's absence can be told from its zero, because it is declared `optional`.
    public let isOptional: Bool
    /// The name of the `oneof` that the field belongs to.
    public let oneof: String?
    /// The full name of a message's or an enum's type; empty for scalars.
    public let typeName: String
    /// The comment before the field, else the one after it; empty when there is none.
    public let comment: String

    public init(
        number: Int,
        name: String,
        jsonName: String,
        kind: Kind,
        isRepeated: Bool = false,
        isMap: Bool = false,
        isOptional: Bool = false,
        oneof: String? = nil,
        typeName: String = "",
        comment: String = ""
    ) {
        self.number = number
        self.name = name
        self.jsonName = jsonName
        self.kind = kind
        self.isRepeated = isRepeated
        self.isMap = isMap
        self.isOptional = isOptional
        self.oneof = oneof
        self.typeName = typeName
        self.comment = comment
    }
}

/// One field's value, whatever its type: what filters, sort orders and tables work on.
public enum FieldValue: Sendable, Equatable {
    /// Absent, or not one value.
    case none
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    /// ``ProtoEnum/name``: `warning` for LEVEL_WARNING.
    case enumeration(String)
    case timestamp(Timestamp)
}
