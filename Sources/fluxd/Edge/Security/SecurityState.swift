import AccessRules
import Core
import Credentials
import Machine

/// Settings with what their files say, at one moment: read whole, then exchanged whole.
struct SecurityState: Sendable {
    let settings: SecuritySettings
    /// nil without a password file.
    let users: UserDirectory?
    /// nil without an ACL file.
    let rules: AccessRules?
    /// What an operator should know though nothing is wrong.
    let notes: [String]
    let isBanned: BuiltInSecurity.IsBanned

    init(_ settings: SecuritySettings, _ isBanned: @escaping BuiltInSecurity.IsBanned) throws(SecurityError) {
        self.settings = settings
        self.isBanned = isBanned
        var notes: [String] = []
        var users: UserDirectory?
        if let path = settings.passwordFile {
            do throws(PasswordFileError) {
                users = UserDirectory(try PasswordFile.read(path))
            } catch {
                throw SecurityError(key: "auth.password_file", error.description)
            }
            if PasswordFile.isOpenToOthers(path) { notes.append("\(path) is open to others: chmod o= \(path)") }
        }
        var rules: AccessRules?
        if let path = settings.aclFile {
            do throws(AccessRulesError) {
                rules = try AccessRules.read(path)
            } catch {
                throw SecurityError(key: "auth.acl_file", error.description)
            }
        }
        if let rules, users == nil, rules.namesUsers,
            settings.listeners.contains(where: { $0.allowsAnonymous && $0.certificateIdentity == .none })
        {
            notes.append("\(rules.file) names users, and without auth.password_file a client may claim any name")
        }
        (self.users, self.rules, self.notes) = (users, rules, notes)
    }

    var summary: SecuritySummary {
        SecuritySummary(users: self.users?.count, rules: self.rules?.rules.count, notes: self.notes)
    }

    /// - Throws: When a file that had users or rules has none.
    func checkNotEmptied(since old: SecurityState) throws(SecurityError) {
        func error(_ key: String, _ path: String?, _ what: String, _ had: Int, _ effect: String) -> SecurityError {
            SecurityError(
                key: key,
                """
                \(path ?? "") has no \(what) any more, and there were \(had): \(effect), so it is taken for a file that was cut \
                short; write it again. To go without, remove the key \(key), or restart
                """
            )
        }
        if let users, users.count == 0, let had = old.users?.count, had > 0 {
            let effect = "nobody could log in"
            throw error("auth.password_file", self.settings.passwordFile, "users", had, effect)
        }
        if let rules, rules.rules.isEmpty, !rules.allowsByDefault, let had = old.rules?.rules.count, had > 0 {
            let effect = "nobody could publish or subscribe"
            throw error("auth.acl_file", self.settings.aclFile, "rules", had, effect)
        }
    }

    func listener(_ index: Int) -> ListenerLogin? {
        self.settings.listeners.indices.contains(index) ? self.settings.listeners[index] : nil
    }
}

/// What users and rules there are, for people.
package struct SecuritySummary: Equatable, Sendable {
    /// nil without a password file.
    package let users: Int?
    /// nil without an ACL file.
    package let rules: Int?
    /// What an operator should know though nothing is wrong.
    package let notes: [String]

    /// Files that have lost more than half of what they had, as one sentence each.
    package func losses(since old: SecuritySummary) -> [String] {
        [("auth.password_file", "users", old.users, self.users), ("auth.acl_file", "rules", old.rules, self.rules)]
            .compactMap { key, what, had, has in
                guard let had, let has, has * 2 < had, had >= 4 else { return nil }
                return "\(key): of \(had) \(what) \(has) are left; was the file cut short?"
            }
    }
}

/// Logging in.
extension SecurityState {
    private static let anonymous = LoginVerdict.refused(.notAuthorized, why: "the listener takes no anonymous clients")

    func login(_ credentials: Credentials) -> LoginStep {
        guard let listener = self.listener(credentials.listener) else {
            return .decided(.refused(.notAuthorized, why: "the listener is gone"))
        }
        switch self.certificateName(credentials, listener) {
        case .notAsked: break
        case .name(let name): return .decided(Self.compare(credentials.username, with: name))
        case .refused(let why): return .decided(.refused(.notAuthorized, why: why))
        }
        guard let users = self.users else {
            return .decided(listener.allowsAnonymous ? .accepted(username: credentials.username) : Self.anonymous)
        }
        guard let username = credentials.username else {
            if credentials.password != nil {
                return .decided(.refused(.badCredentials, why: "a password without a user name"))
            }
            return .decided(listener.allowsAnonymous ? .accepted(username: nil) : Self.anonymous)
        }
        guard let password = credentials.password else {
            return .decided(.refused(.badCredentials, why: "a user name without a password"))
        }
        let (remote, isBanned) = (credentials.facts.remote, self.isBanned)
        return .work {
            // A ban may have come while it waited: of many guesses at once, no more than those under way are looked at.
            if isBanned(remote) { return .refused(.unavailable, why: "its address is banned") }
            return users.check(username, password: password)
                ? .accepted(username: username) : .refused(.badCredentials, why: "wrong user name or password")
        }
    }

    /// - Returns: nil when nobody can log in that way here.
    func exchange(method: String, _ credentials: Credentials) -> (any LoginExchange)? {
        guard method == ScramExchange.method, let users = self.users, users.servesScram,
            let listener = self.listener(credentials.listener)
        else { return nil }
        switch self.certificateName(credentials, listener) {
        case .notAsked: return ScramExchange(ScramServer(users: users), only: credentials.username)
        case .name(let name):
            // CONNECT's name may be left away, and may not be another one's: the certificate is the narrower of the two.
            if case .refused(_, let why) = Self.compare(credentials.username, with: name) {
                return RefusedExchange(why: why)
            }
            return ScramExchange(ScramServer(users: users), only: name)
        case .refused(let why): return RefusedExchange(why: why)
        }
    }

    func stillKnows(username: String?, listener index: Int) -> Bool {
        guard let listener = self.listener(index) else { return false }
        guard let username else { return listener.allowsAnonymous }
        guard let users = self.users else { return listener.allowsAnonymous || listener.certificateIdentity != .none }
        // Where certificates give names, the name may be one's; who may connect with it is the CA's business, and the CRL's.
        return users.knows(username) || listener.certificateIdentity != .none
    }

    private enum CertificateName {
        /// The listener takes no names from certificates, or the client showed none.
        case notAsked
        case name(String)
        case refused(why: String)
    }

    private func certificateName(_ credentials: Credentials, _ listener: ListenerLogin) -> CertificateName {
        guard let certificate = credentials.facts.tls?.certificate else { return .notAsked }
        let (name, what): (String?, String) =
            switch listener.certificateIdentity {
            case .none: (nil, "")
            case .commonName: (certificate.commonName, "common name")
            case .subject: (certificate.subject, "subject")
            case .dns: (certificate.dnsNames.first, "DNS name")
            case .uri: (certificate.uris.first, "URI")
            }
        if listener.certificateIdentity == .none { return .notAsked }
        guard let name, !name.isEmpty else {
            return .refused(why: "the client's certificate has no \(what) to be its user name")
        }
        return .name(name)
    }

    private static func compare(_ username: String?, with name: String) -> LoginVerdict {
        guard let username, !username.isEmpty, username != name else { return .accepted(username: name) }
        return .refused(.notAuthorized, why: "the user name is not the certificate's")
    }
}
