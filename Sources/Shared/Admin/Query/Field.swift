package import Protobuf

/// What a field's number means, which its name's end says. Filters read values in it, programs write them in it.
package enum FieldUnit: Sendable, Equatable {
    /// Text, flags, choices and numbers that name something.
    case none
    case count
    case perSecond
    case bytes
    case bytesPerSecond
    case milliseconds
    case percent
    case time

    /// By the protocol's convention (admin.proto): `_ms`, `_at`, `_percent`, `_per_s`, and "bytes" anywhere in the name.
    init(name: String, form: Field.Form) {
        let parts = name.split(separator: "_")
        switch form {
        case .text, .flag, .choice: self = .none
        case .time: self = .time
        case .integer, .real:
            if Field.labels.contains(name) {
                self = .none
            } else if parts.last == "ms" {
                self = .milliseconds
            } else if parts.last == "percent" {
                self = .percent
            } else if parts.suffix(2) == ["per", "s"] {
                self = parts.contains("bytes") ? .bytesPerSecond : .perSecond
            } else {
                self = parts.contains("bytes") ? .bytes : .count
            }
        }
    }
}

/// One field of a kind of row that can be filtered and sorted by: a scalar, not a list and not a message.
package struct Field: Sendable, Equatable {
    package enum Form: Sendable, Equatable {
        case flag
        case integer
        case real
        case text
        case time
        /// One of some words, the least first; empty where their order means nothing.
        case choice([String])
    }

    package let number: Int
    package let name: String
    package let form: Form
    package let unit: FieldUnit
    /// Which of a map's entries the field is: `topic` of an event's attributes; nil for a field that is a value itself.
    let entry: String?

    /// Numbers that name or describe something instead of counting it.
    static let labels: Set<String> = [
        "pid", "shard", "qos", "retain_handling", "identifier", "seq", "in_a_row", "number", "priority", "offset",
        "first_offset",
        "next_offset", "cursor_offset", "committed_offset", "tail_offset", "backoff_multiplier",
    ]

    /// Whether the sum over rows means something: of counts, bytes and rates; not of limits, times, percentages and labels.
    package var isSummable: Bool {
        switch self.unit {
        case .count, .bytes, .perSecond, .bytesPerSecond: !self.name.split(separator: "_").contains("limit")
        case .none, .milliseconds, .percent, .time: false
        }
    }

    /// nil for a field that rows cannot be compared by.
    init?(_ descriptor: FieldDescriptor, choices: [String: [String]]) {
        guard !descriptor.isRepeated, !descriptor.isMap else { return nil }
        let form: Form
        switch descriptor.kind {
        case .bool: form = .flag
        case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .fixed32, .fixed64, .sfixed32, .sfixed64:
            form = .integer
        case .double, .float: form = .real
        case .string: form = .text
        case .enumeration: form = .choice(choices[descriptor.typeName] ?? [])
        case .message where descriptor.typeName == "google.protobuf.Timestamp": form = .time
        default: return nil
        }
        self.number = descriptor.number
        self.name = descriptor.name
        self.form = form
        self.unit = FieldUnit(name: descriptor.name, form: form)
        self.entry = nil
    }

    /// One entry of a map from text to text.
    init(entry: String, of map: Int, name: String) {
        (self.number, self.name, self.entry) = (map, name, entry)
        (self.form, self.unit) = (.text, .none)
    }
}

/// The fields of one kind of row, for reading filters and sort orders.
package struct FieldTable: Sendable {
    package let fields: [Field]
    /// Fields in which a bare word is looked for: what the kind's rows are called.
    package let wordFields: [Int]
    private let byName: [String: Field]
    /// Maps from text to text by their names; each entry is a field: `attributes.topic`.
    private let maps: [String: Int]

    /// - Parameters:
    ///   - wordFields: Names; those that do not exist are left out.
    ///   - choices: For enumerations by their type's name, when their order means something.
    ///   - entries: Of the map of that name, which are fields without its name before them.
    package init(
        _ descriptors: [FieldDescriptor],
        wordFields: [String] = ["id", "name"],
        choices: [String: [String]] = [:],
        entries: [String: [String]] = [:]
    ) {
        self.fields = descriptors.compactMap { Field($0, choices: choices) }
        let maps = descriptors.filter(\.isMap).map { ($0.name, $0.number) }
        self.maps = Dictionary(maps) { first, _ in first }
        let short = maps.flatMap { name, number in
            (entries[name] ?? []).map { Field(entry: $0, of: number, name: $0) }
        }
        let byName = Dictionary((self.fields + short).map { ($0.name, $0) }) { first, _ in first }
        self.byName = byName
        self.names = self.fields.map(\.name) + short.map(\.name)
        self.wordFields = wordFields.compactMap { byName[$0]?.number }
    }

    package subscript(name: String) -> Field? {
        if let field = self.byName[name] { return field }
        let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, let map = self.maps[parts[0]] else { return nil }
        return Field(entry: parts[1], of: map, name: name)
    }

    /// Of all fields; entries of maps that need the map's name are not among them.
    package let names: [String]

    /// For an error: the field that a mistyped name probably stood for.
    package func nearest(to name: String) -> String? {
        var search = NearestText(to: name)
        for name in self.names { search.consider(name) }
        return search.best
    }
}
