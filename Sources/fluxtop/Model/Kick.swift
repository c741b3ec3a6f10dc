import AdminAPI

/// Connections about to be closed: what was on the screen when the key was hit.
package struct Kick: Equatable, Sendable {
    package var targets: [TableState.Target]

    /// The object and the version that were seen; the server refuses when either is another by now.
    var requests: [AdminV1.DoRequest] {
        self.targets.map { target in
            var request = AdminV1.DoRequest()
            request.kind = .connection
            request.id = target.id
            request.verb = "close"
            request.ifVersion = target.version
            request.reason = "fluxtop"
            return request
        }
    }
}

/// What became of the last kick: its requests are answered one by one.
struct KickTally: Equatable, Sendable {
    private var titles: [String: String] = [:]
    private var asked = 0
    private var closed = 0
    private var failure: String?

    mutating func begin(_ kick: Kick) {
        self = KickTally()
        self.asked = kick.targets.count
        for target in kick.targets { self.titles[target.id] = target.title }
    }

    /// - Returns: What to say once the last answer is in.
    mutating func answered(
        _ request: AdminV1.DoRequest,
        _ result: Result<AdminV1.DoResponse, TopFailure>
    ) -> (text: String, isTrouble: Bool)? {
        guard let title = self.titles.removeValue(forKey: request.id) else { return nil }
        switch result {
        case .success(let response) where response.affected > 0: self.closed += 1
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
        if let failure = self.failure {
            return (
                self.asked == 1 ? "not closed: \(failure)" : "closed \(self.closed) of \(self.asked): \(failure)", true
            )
        }
        return (self.asked == 1 ? "closed \(title)" : "closed \(self.closed) connections", false)
    }
}
