/// Where a node starts. Both count from 1; the column counts characters, not bytes.
package struct YAMLPosition: Equatable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// One value of a YAML document, as it was written: what a scalar means is decided by the key it belongs to.
package struct YAMLNode: Equatable, Sendable {
    package enum Style: Equatable, Sendable {
        case plain
        /// In quotes or a block: text, whatever it looks like.
        case quoted
        /// From a command line, where quotes belong to the shell: the key's type alone says what it is.
        case argument
    }

    package enum Content: Equatable, Sendable {
        case scalar(String, Style)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
    }

    package var content: Content
    /// nil for what no file holds.
    package var position: YAMLPosition?

    package init(_ content: Content, at position: YAMLPosition? = nil) {
        self.content = content
        self.position = position
    }

    /// Source: YAML 1.2.2 §10.3.2 (core schema).
    package var isNull: Bool {
        guard case .scalar(let text, .plain) = self.content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// For messages: what stands here, in the operator's words.
    package var kind: String {
        switch self.content {
        case .scalar: self.isNull ? "nothing" : "a value"
        case .sequence: "a list"
        case .mapping: "a section"
        }
    }

    /// Whether this switches a feature off: nothing, `false`, an empty text, list or section, or a section whose
    /// `enabled` is false or whose `addr` or `url` is empty. A section without these is off when all its keys are.
    package var isOff: Bool {
        switch self.content {
        case .scalar(let text, let style): self.isNull || text.isEmpty || (style != .quoted && text == "false")
        case .sequence(let nodes): nodes.isEmpty
        case .mapping(let entries):
            if let marker = entries.first(where: { ["enabled", "addr", "url"].contains($0.key) }) {
                marker.value.isOff
            } else {
                entries.allSatisfy(\.value.isOff)
            }
        }
    }
}

package struct YAMLEntry: Equatable, Sendable {
    package var key: String
    package var keyPosition: YAMLPosition?
    package var value: YAMLNode

    package init(_ key: String, at keyPosition: YAMLPosition? = nil, _ value: YAMLNode) {
        self.key = key
        self.keyPosition = keyPosition
        self.value = value
    }
}
