/// What a client does with a topic, as rules see it: delivery is reading, a will is writing.
package enum TopicAccess: String, CaseIterable, Sendable {
    case read, write
}

/// One line of an ACL file.
package struct AccessRule: Equatable, Sendable {
    /// Whom it is about: the block that it stands in.
    package enum Subject: Hashable, Sendable {
        case anonymous
        case user(String)
        case client(String)
        /// A `pattern` line: everybody for whom its variables have a value.
        case everybody

        /// As the file begins the block.
        package var text: String {
            switch self {
            case .anonymous: "anonymous"
            case .user(let name): "user \(name)"
            case .client(let id): "client \(id)"
            case .everybody: "everybody"
            }
        }
    }

    package let line: Int
    package let subject: Subject
    /// `topic`, or `pattern`.
    package let keyword: String
    package let right: Right
    /// With `%u` and `%c` as they stand in the file.
    package let filter: String

    package enum Right: String, CaseIterable, Sendable {
        case read, write, readwrite, deny

        func concerns(_ access: TopicAccess) -> Bool {
            switch self {
            case .readwrite, .deny: true
            case .read: access == .read
            case .write: access == .write
            }
        }
    }

    /// As the file would have it: `topic read plant/#`.
    package var text: String { "\(self.keyword) \(self.right.rawValue) \(self.filter)" }

    var hasVariables: Bool {
        self.keyword == "pattern" && self.filter.split(separator: "/").contains { isVariable($0) }
    }
}

/// `%u` stands for the user's name, `%c` for the client identifier; each is a whole level.
func isVariable(_ level: some StringProtocol) -> Bool { level == "%u" || level == "%c" }
