/// What values a key takes: how they are read, printed and described. Made once, next to the key that uses it.
package struct ConfigType<Value: Sendable>: Sendable {
    /// `integer`, `duration`: for people.
    package let name: String
    /// What an error lists and the manual shows: `0...64`, `auto, v3 or v5`.
    package let allowed: String
    let read: @Sendable (YAMLNode, ConfigSite) throws(ConfigProblem) -> Value
    /// nil: leave the key out of the printed configuration.
    package let format: @Sendable (Value) -> ConfigText?
    /// What stands in the sections of a value that has any.
    let parts: ConfigParts?

    package init(
        _ name: String,
        allowed: String,
        parse: @escaping @Sendable (YAMLNode) throws(ConfigProblem) -> Value,
        format: @escaping @Sendable (Value) -> ConfigText?
    ) {
        self.init(name, allowed: allowed) { node, _ throws(ConfigProblem) in
            try parse(node)
        } format: {
            format($0)
        }
    }

    init(
        _ name: String,
        allowed: String,
        parts: ConfigParts? = nil,
        read: @escaping @Sendable (YAMLNode, ConfigSite) throws(ConfigProblem) -> Value,
        format: @escaping @Sendable (Value) -> ConfigText?
    ) {
        self.name = name
        self.allowed = allowed
        self.parts = parts
        self.read = read
        self.format = format
    }
}

/// Where a value stands that is being read.
struct ConfigSite {
    /// Dotted, as the file writes it; empty for the whole document.
    var path: String
    /// Without a position.
    var source: ConfigError.Place

    func item(_ index: Int) -> ConfigSite { ConfigSite(path: "\(self.path)[\(index)]", source: self.source) }

    func key(_ name: String) -> String { self.path.isEmpty ? name : name.isEmpty ? self.path : "\(self.path).\(name)" }
}

/// A value on its way out to YAML.
package enum ConfigText: Equatable, Sendable {
    /// Written as it is: a number, a duration, a word of a list.
    case plain(String)
    /// Written in quotes.
    case text(String)
    case list([ConfigText])
    case section([Field])
    /// A list of sections.
    case records([[Field]])

    package struct Field: Equatable, Sendable {
        package var name: String
        package var value: ConfigText
        /// Whether leaving it out is the same.
        package var isDefault = false
    }

    /// On one line; keys of sections that have their defaults are left out.
    package var yaml: String {
        switch self {
        case .plain(let text): text
        case .text(let text): Self.quoted(text)
        case .list(let items): "[" + items.map(\.yaml).joined(separator: ", ") + "]"
        case .section(let fields):
            "{" + fields.filter { !$0.isDefault }.map { "\($0.name): \($0.value.yaml)" }.joined(separator: ", ") + "}"
        case .records(let records): "[" + records.map { Self.section($0).yaml }.joined(separator: ", ") + "]"
        }
    }

    /// As a key of a file, each key of a section in a line of its own.
    func lines(named name: String, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .section(let fields) where !fields.isEmpty:
            return "\(margin)\(name):\n" + Self.lines(fields, indent: indent + 2)
        case .records(let records) where !records.isEmpty:
            // The first key stands behind the dash.
            return "\(margin)\(name):\n"
                + records.map { "\(margin)  - \(Self.lines($0, indent: indent + 4).dropFirst(indent + 4))" }.joined()
        default: return "\(margin)\(name): \(self.yaml)\n"
        }
    }

    private static func lines(_ fields: [Field], indent: Int) -> String {
        fields.map { $0.value.lines(named: $0.name, indent: indent) }.joined()
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: result.unicodeScalars.append(scalar)  // control characters are refused on the way in
            }
        }
        return result + "\""
    }
}

extension YAMLNode {
    /// The one value that stands here, for a type that takes one.
    package func scalar() throws(ConfigProblem) -> (text: String, style: Style) {
        guard case .scalar(let text, let style) = self.content, !self.isNull else {
            throw ConfigProblem("needs one value, found \(self.kind)")
        }
        // Also keeps what an error quotes from moving a terminal's cursor.
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw ConfigProblem("holds a control character")
        }
        return (text, style)
    }

    /// A value that is not text: quotes around it are a mistake.
    func word(_ expected: String) throws(ConfigProblem) -> String {
        let (text, style) = try self.scalar()
        guard style != .quoted else {
            throw ConfigProblem("\"\(text)\" is text, not \(expected); write it without quotes")
        }
        return text
    }
}

extension ConfigType {
    /// - Parameter check: nil when the text will do, else what is wrong with it.
    package static func string(
        _ name: String = "text",
        allowed: String = "any text",
        check: @escaping @Sendable (String) -> ConfigProblem? = { _ in nil }
    ) -> ConfigType where Value == String {
        ConfigType(name, allowed: allowed) { node throws(ConfigProblem) in
            let text = try node.scalar().text
            if let problem = check(text) { throw problem }
            return text
        } format: {
            .text($0)
        }
    }

    /// A key that may be left unsaid.
    package static func optional<Wrapped>(_ type: ConfigType<Wrapped>) -> ConfigType where Value == Wrapped? {
        ConfigType(type.name, allowed: type.allowed, parts: type.parts) { node, site throws(ConfigProblem) in
            try type.read(node, site)
        } format: {
            $0.flatMap(type.format)
        }
    }

    /// One word of a few.
    ///
    /// - Parameters:
    ///   - among: Those that this key takes; a pinned slot takes one.
    ///   - spelled: Other words for them, in lower case without `-` and `_`: where there are any, case and these two do
    ///     not matter.
    ///   - refusing: Words that are known and not to be had, each with the reason; spelled as in `spelled`.
    package static func choice(
        _ among: [Value],
        spelled: [String: Value] = [:],
        refusing: [String: String] = [:]
    ) -> ConfigType where Value: RawRepresentable, Value.RawValue == String {
        ConfigType("word", allowed: alternatives(among.map(\.rawValue))) { node throws(ConfigProblem) in
            let text = try node.scalar().text
            if let value = among.first(where: { $0.rawValue == text }) { return value }
            let word = spelled.isEmpty ? text : text.lowercased().filter { $0 != "-" && $0 != "_" }
            if let value = spelled[word] { return value }
            if let reason = refusing[word] { throw ConfigProblem("'\(text)' \(reason)") }
            throw ConfigProblem(
                "'\(text)' is not allowed",
                suggestion: suggestion(for: text, among: among.map(\.rawValue))
            )
        } format: {
            .plain($0.rawValue)
        }
    }
}

extension ConfigType where Value == Bool {
    package static var bool: ConfigType {
        ConfigType("boolean", allowed: "true or false") { node throws(ConfigProblem) in
            let text = try node.word("a boolean")
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            case "yes", "on", "1": throw ConfigProblem("'\(text)' is not a boolean", suggestion: "true")
            case "no", "off", "0": throw ConfigProblem("'\(text)' is not a boolean", suggestion: "false")
            default: throw ConfigProblem("'\(text)' is not a boolean")
            }
        } format: {
            .plain($0 ? "true" : "false")
        }
    }
}

/// `a`, `a or b`, `a, b or c`.
func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
}
