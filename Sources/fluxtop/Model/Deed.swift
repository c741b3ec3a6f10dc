import AdminAPI
import Terminal

/// What an operator is about to do, to which objects: as they were on the screen when the key was hit.
package struct Deed: Equatable, Sendable {
    /// By the names of the admin protocol.
    package enum Verb: String, CaseIterable, Sendable {
        case close, pause, resume, purge

        /// "closed".
        var past: String { self.rawValue.last == "e" ? self.rawValue + "d" : self.rawValue + "ed" }

        /// Whether it destroys what nobody can bring back: then the name has to be typed, and a single key is not enough.
        package var asksForName: Bool { self == .purge }
    }

    package let verb: Verb
    package let kind: TableKind
    package private(set) var targets: [TableState.Target]
    /// The name as far as it is typed; nil where a key answers.
    package internal(set) var typed: Prompt?

    init(_ verb: Verb, _ kind: TableKind, _ targets: [TableState.Target]) {
        self.verb = verb
        self.kind = kind
        self.targets = targets
        self.typed = verb.asksForName ? Prompt("") : nil
    }

    /// Whether what is typed is the object's name, as it is or as the screen shows it.
    package var isNamed: Bool {
        guard let typed = self.typed?.string, let title = self.targets.first?.title else { return false }
        return typed == title || typed == safe(title)
    }

    /// Brings what is said about the objects up to date; which they are, and in which version, stays as it was seen.
    mutating func refresh(from store: RowStore) {
        for index in self.targets.indices {
            guard let row = store[self.targets[index].id] else { continue }
            self.targets[index].note = TableState.Target(row).note
        }
    }

    /// The object and the version that were seen; the server refuses when either is another by now.
    var requests: [AdminV1.DoRequest] {
        self.targets.map { target in
            var request = AdminV1.DoRequest()
            request.kind = self.kind.kind
            request.id = target.id
            request.verb = self.verb.rawValue
            request.ifVersion = target.version
            request.reason = "fluxtop"
            return request
        }
    }
}

/// What became of the last deed: its requests are answered one by one.
struct DeedTally: Equatable, Sendable {
    private var deed: Deed?
    private var titles: [String: String] = [:]
    private var done = 0
    private var failure: String?

    mutating func begin(_ deed: Deed) {
        self = DeedTally()
        self.deed = deed
        for target in deed.targets { self.titles[target.id] = target.title }
    }

    /// - Returns: What to say once the last answer is in.
    mutating func answered(
        _ request: AdminV1.DoRequest,
        _ result: Result<AdminV1.DoResponse, TopFailure>
    ) -> (text: String, isTrouble: Bool)? {
        guard let deed = self.deed, request.verb == deed.verb.rawValue, request.kind == deed.kind.kind else {
            return nil
        }
        guard let title = self.titles.removeValue(forKey: request.id) else { return nil }
        switch result {
        case .success(let response) where response.affected > 0: self.done += 1
        case .success: self.failure = "\(title) was gone already"
        case .failure(let failure):
            self.failure =
                switch failure.code {
                case "not_found": "\(title) was gone already"
                case "version_changed": "\(title) has changed since; look again"
                default: "\(title): \(failure.message)"
                }
        }
        guard self.titles.isEmpty else { return nil }
        let (past, asked) = (deed.verb.past, deed.targets.count)
        if let failure = self.failure {
            return (asked == 1 ? "not \(past): \(failure)" : "\(past) \(self.done) of \(asked): \(failure)", true)
        }
        return (asked == 1 ? "\(past) \(title)" : "\(past) \(self.done) \(deed.kind.name)", false)
    }
}
