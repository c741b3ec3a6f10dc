import Glibc

extension AdminEndpoint {
    /// What is known of a path before anybody connects.
    package enum Found: Sendable { case there, missing, forbidden }

    /// The daemon to talk to when nobody says which: `$FLUXMQ_ADMIN`, else the first socket that exists.
    ///
    /// - Parameters:
    ///   - variable: An environment variable's value; nil when it is not set.
    ///   - look: Whether there is a file at a path.
    /// - Throws: ``AdminClientError/badEndpoint(_:)`` and ``AdminClientError/notFound(tried:)``.
    package static func discover(
        variable: (String) -> String? = { getenv($0).map { String(cString: $0) } },
        look: (String) -> Found = lookAtFile
    ) throws(AdminClientError) -> AdminEndpoint {
        if let text = variable("FLUXMQ_ADMIN"), !text.isEmpty {
            return try AdminEndpoint(parsing: text, source: "$FLUXMQ_ADMIN")
        }
        var tried: [AdminClientError.Tried] = []
        for path in self.usualSockets(variable) {
            switch look(path) {
            case .there: return AdminEndpoint(socket: path)
            case .missing: tried.append(AdminClientError.Tried(path: path, isForbidden: false))
            case .forbidden: tried.append(AdminClientError.Tried(path: path, isForbidden: true))
            }
        }
        throw .notFound(tried: tried)
    }

    /// Where fluxd puts its socket: for this user, and for the system.
    private static func usualSockets(_ variable: (String) -> String?) -> [String] {
        func directory(_ name: String) -> String? {
            // The XDG base directory specification ignores paths that are not absolute.
            variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let state = directory("XDG_STATE_HOME") ?? directory("HOME").map { $0 + "/.local/state" }
        return [directory("XDG_RUNTIME_DIR"), state, "/run"].compactMap { $0.map { $0 + "/fluxmq/admin.sock" } }
    }

    package static func lookAtFile(_ path: String) -> Found {
        if access(path, F_OK) == 0 { return .there }
        return errno == EACCES ? .forbidden : .missing
    }
}
