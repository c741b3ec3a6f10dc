/// An operator's mistake: where it is, what it is, and what would be right.
///
/// ```
/// fluxd.yaml:42:3: unknown key 'max_conections' in server.mqtt.tcp.plain; did you mean 'max_connections'?
/// --set server.shards=99: server.shards: 99 is out of range; allowed: 0...64
/// ```
package struct ConfigError: Error, Equatable, Sendable {
    package enum Place: Equatable, Sendable {
        case file(String, YAMLPosition?)
        /// The argument of one `--set`.
        case override(String)
    }

    /// nil: nobody wrote it, as when a default cannot be worked out.
    package var place: Place?
    /// Dotted path of the key at fault; nil when the document as a whole is.
    package var key: String?
    package var message: String
    package var allowed: String?
    /// A text that would have been accepted where the mistake stands.
    package var suggestion: String?
    /// What else is wrong in the same file, so that it is put right in one go.
    package private(set) var others: [ConfigError] = []

    package init(
        _ message: String,
        key: String? = nil,
        allowed: String? = nil,
        suggestion: String? = nil,
        at place: Place? = nil
    ) {
        self.place = place
        self.key = key
        self.message = message
        self.allowed = allowed
        self.suggestion = suggestion
    }

    /// Many mistakes as one.
    ///
    /// - Returns: nil when there are none.
    init?(all mistakes: [ConfigError]) {
        guard let first = mistakes.first else { return nil }
        self = first
        self.others = Array(mistakes.dropFirst())
    }

    /// Many mistakes one by one.
    var each: [ConfigError] {
        var first = self
        first.others = []
        return [first] + self.others
    }
}

extension ConfigError {
    /// The same with its place looked up: where the key was written, else the section or list that it would stand in.
    package func placed(by places: [String: Place]) -> ConfigError {
        var placed = self
        placed.place = nil
        var path = self.key ?? ""
        while placed.place == nil, !path.isEmpty {
            placed.place = places[path]
            path = path.lastIndex { $0 == "." || $0 == "[" }.map { String(path[..<$0]) } ?? ""
        }
        return placed
    }
}

extension ConfigError: CustomStringConvertible {
    /// A line for each mistake, in the order of the file; of very many the first.
    package var description: String {
        var lines = [self.line] + self.others.prefix(ConfigError.shown - 1).map(\.line)
        if self.others.count >= ConfigError.shown {
            lines.append("and \(self.others.count + 1 - ConfigError.shown) more")
        }
        return lines.joined(separator: "\n")
    }

    private static let shown = 50

    /// A suggestion is the shorter answer, so the list of what is allowed is left out beside it.
    private var line: String {
        var text = ""
        switch self.place {
        case .file(let name, let position):
            text += name + ":"
            if let position { text += "\(position.line):\(position.column):" }
            text += " "
        case .override(let argument): text += "--set \(argument): "
        case nil: break
        }
        text += self.message
        if let suggestion {
            text += "; did you mean '\(suggestion)'?"
        } else if let allowed {
            text += "; allowed: \(allowed)"
        }
        return text
    }
}

/// What is wrong with one value, said by its type, which knows neither the key nor the file.
package struct ConfigProblem: Error, Equatable, Sendable {
    package var message: String
    package var suggestion: String?
    /// Which part of the value is at fault: `[1].key_file`; empty for the whole.
    package var part = ""
    /// Where that part stands; nil: where the value does.
    package var position: YAMLPosition?
    /// What that part takes; nil: what the key takes.
    package var allowed: String?

    /// What is wrong inside of the value's sections, complete with keys and places; then nothing else counts.
    private(set) var inside: [ConfigError] = []

    package init(_ message: String, suggestion: String? = nil) {
        self.message = message
        self.suggestion = suggestion
    }

    init(inside mistakes: [ConfigError]) {
        self.init("")
        self.inside = mistakes
    }

    /// The same, said of a part of a larger value.
    ///
    /// - Parameter node: What the part was read from.
    func inside(_ part: String, _ node: YAMLNode, allowed: String) -> ConfigProblem {
        var problem = self
        problem.part = part + self.part
        problem.position = self.position ?? node.position
        problem.allowed = self.allowed ?? allowed
        return problem
    }
}
