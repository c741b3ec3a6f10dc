import Core

/// Everybody may do everything, but for one topic.
struct Except: Authorizer {
    let topic: String
    var generation: UInt64 { 0 }
    func allows(_ action: Action, _ topic: [UInt8], for identity: Identity) -> Bool { topic != Array(self.topic.utf8) }
}

/// One user with a password, and nobody else.
struct OnlyUser: Authenticator {
    let name: String
    let password: String
    var generation: UInt64 { 0 }

    func login(_ credentials: Credentials) -> LoginStep {
        guard let name = credentials.username else {
            return .decided(.refused(.notAuthorized, why: "no anonymous clients"))
        }
        let isRight = name == self.name && credentials.password == Array(self.password.utf8)
        return .decided(isRight ? .accepted(username: name) : .refused(.badCredentials, why: "the password is wrong"))
    }

    func exchange(method: String, _ credentials: Credentials) -> (any LoginExchange)? { nil }
    func stillKnows(username: String?, listener: Int) -> Bool { true }
}

/// An authentication method of two steps: the client shows "one", is asked "two?", and answers "two".
struct TwoSteps: Authenticator {
    var generation: UInt64 { 0 }
    func login(_ credentials: Credentials) -> LoginStep { .decided(.accepted(username: credentials.username)) }
    func stillKnows(username: String?, listener: Int) -> Bool { true }

    func exchange(method: String, _ credentials: Credentials) -> (any LoginExchange)? {
        method == "TWO-STEPS" ? Exchange() : nil
    }

    private struct Exchange: LoginExchange {
        var step = 0

        mutating func received(_ data: [UInt8]) -> LoginExchangeStep {
            self.step += 1
            return switch (self.step, String(decoding: data, as: UTF8.self)) {
            case (1, "one"): .goOn(Array("two?".utf8))
            case (2, "two"): .done(username: "twice", Array("welcome".utf8))
            default: .refused(.badCredentials, why: "the answer is wrong")
            }
        }
    }
}
