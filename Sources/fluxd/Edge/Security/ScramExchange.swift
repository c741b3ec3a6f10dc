import Core
import Credentials

/// SCRAM-SHA-256 as MQTT 5's enhanced authentication carries it (§4.12).
struct ScramExchange: LoginExchange {
    static let method = "SCRAM-SHA-256"

    private var server: ScramServer
    /// The one name that may come out of it; nil for any.
    private let only: String?

    init(_ server: ScramServer, only: String?) {
        self.server = server
        self.only = only
    }

    mutating func received(_ data: [UInt8]) -> LoginExchangeStep {
        switch self.server.received(data) {
        case .challenge(let answer): return .goOn(answer)
        case .refused(let why): return .refused(.badCredentials, why: why)
        case .accepted(let username, let final):
            if let only, !only.isEmpty, only != username {
                return .refused(.badCredentials, why: "SCRAM proved another name than the one that the client gave")
            }
            return .done(username: username, final)
        }
    }
}

/// For a client that is refused before the method has begun.
struct RefusedExchange: LoginExchange {
    let why: String

    mutating func received(_ data: [UInt8]) -> LoginExchangeStep { .refused(.notAuthorized, why: self.why) }
}
