import AccessRules
import Core
import Glibc
import Machine
import Synchronization
import Testing

@testable import Credentials
@testable import Security

private let hash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"  // of: correct horse
private let scram =  // of: pencil. RFC 7677 §3
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

/// Listeners: anonymous clients welcome; not; names from certificates.
private let listeners = [
    ListenerLogin(allowsAnonymous: true), ListenerLogin(allowsAnonymous: false),
    ListenerLogin(allowsAnonymous: false, certificateIdentity: .commonName),
]

/// Files of users and rules in a directory of their own.
private func withFiles(
    users: String? = "alice:\(hash)\nuser:\(scram)\n",
    rules: String? = nil,
    _ body: (SecuritySettings) throws -> Void
) throws {
    var template = Array("/tmp/fluxmq-security-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { rmdir(directory) }
    var settings = SecuritySettings(listeners: listeners)
    if let users {
        settings.passwordFile = directory + "/users"
        write(users, to: directory + "/users")
    }
    if let rules {
        settings.aclFile = directory + "/acl"
        write(rules, to: directory + "/acl")
    }
    defer { for name in ["users", "acl"] { unlink("\(directory)/\(name)") } }
    try body(settings)
}

private func write(_ text: String, to path: String?) {
    guard let path, let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
    chmod(path, 0o600)
}

private func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
}

private func credentials(
    _ username: String? = nil,
    _ password: String? = nil,
    listener: Int = 0,
    certificate: CertificateFacts? = nil
) -> Core.Credentials {
    var facts = StreamFacts(remote: .ipv4(0x7F00_0001, port: 1))
    if let certificate { facts.tls = TLSFacts(version: "TLSv1.3", cipher: "x", certificate: certificate) }
    return Core.Credentials(
        clientID: Array("c".utf8),
        username: username,
        password: password.map { Array($0.utf8) },
        listener: listener,
        facts: facts
    )
}

/// The end of a log-in in a few letters: `+alice`, `+-` for an anonymous client, `bad`, `no`; `~` before what took a worker.
private func outcome(_ step: LoginStep) -> String {
    switch step {
    case .decided(let verdict): verdict.text
    case .work(let work): "~" + work().text
    }
}

extension LoginVerdict {
    fileprivate var text: String {
        switch self {
        case .accepted(let username): "+\(username ?? "-")"
        case .refused(.badCredentials, _): "bad"
        case .refused(.notAuthorized, _): "no"
        case .refused(.unavailable, _): "later"
        }
    }
}

private func identity(_ user: String?, client: String = "c", isLocal: Bool = true) -> Identity {
    Identity(clientID: Array(client.utf8), username: user, listener: 0, isLocal: isLocal)
}

extension BuiltInSecurity {
    fileprivate func may(_ action: Action, _ topic: String, _ user: String?, isLocal: Bool = true) -> Bool {
        self.allows(action, Array(topic.utf8), for: identity(user, isLocal: isLocal))
    }
}

/// The client's side of SCRAM-SHA-256, for `user` with the password `pencil`. Source: RFC 5802 §3.
private enum ScramClientForTests {
    static func answer(to challenge: [UInt8], nonce: String) -> [UInt8]? {
        let text = String(decoding: challenge, as: UTF8.self)
        let attributes = text.split(separator: ",").map { String($0.dropFirst(2)) }
        guard attributes.count == 3, let salt = Base64.decode(attributes[1]), let count = Int(attributes[2]) else {
            return nil
        }
        let password = Array("pencil".utf8)
        let salted = Digests.pbkdf2(.sha256, password: password, salt: salt, iterations: count, count: 32)
        let key = Digests.hmacSHA256(key: salted, Array("Client Key".utf8))
        let unproved = "c=biws,r=\(attributes[0])"
        let signed = Array("n=user,r=\(nonce),\(text),\(unproved)".utf8)
        let signature = Digests.hmacSHA256(key: Digests.sha256(key), signed)
        return Array("\(unproved),p=\(Base64.encode(zip(key, signature).map { $0 ^ $1 }))".utf8)
    }
}

@Suite("Built-in users")
struct LoginTests {
    @Test("a login that waits for its turn is not looked at once its address is banned")
    func bannedMeanwhile() throws {
        try withFiles { settings in
            let banned = Mutex(false)
            let security = try BuiltInSecurity(settings) { _ in banned.withLock { $0 } }
            guard case .work(let work) = security.login(credentials("alice", "correct horse")) else {
                Issue.record("a password was looked at on the loop")
                return
            }
            #expect(work().text == "+alice")
            banned.withLock { $0 = true }
            guard case .refused(.unavailable, _) = work() else {
                Issue.record("a banned address was let in")
                return
            }
        }
    }

    @Test("a password is worked out away from the loop, and everything else is decided at once")
    func passwords() throws {
        try withFiles { settings in
            let security = try BuiltInSecurity(settings)
            let table: [(String?, String?, Int, String)] = [
                ("alice", "correct horse", 0, "~+alice"), ("alice", "correct horse", 1, "~+alice"),
                ("alice", "wrong", 0, "~bad"), ("nobody", "correct horse", 0, "~bad"), ("", "", 0, "~bad"),
                ("user", "pencil", 1, "~+user"), ("alice", nil, 0, "bad"), (nil, "x", 0, "bad"), (nil, nil, 0, "+-"),
                (nil, nil, 1, "no"), (nil, nil, 2, "no"), ("alice", "correct horse", 2, "~+alice"),
                (nil, nil, 3, "no"), ("alice", "correct horse", -1, "no"),
            ]
            for (user, password, listener, expected) in table {
                let found = outcome(security.login(credentials(user, password, listener: listener)))
                #expect(found == expected, "\(user ?? "-") \(password ?? "-") \(listener)")
            }
        }
    }

    @Test("without a password file names are taken as they are, where anonymous clients are welcome")
    func open() throws {
        try withFiles(users: nil) { settings in
            let security = try BuiltInSecurity(settings)
            #expect(outcome(security.login(credentials("anna", "x"))) == "+anna")
            #expect(outcome(security.login(credentials())) == "+-")
            #expect(outcome(security.login(credentials("anna", "x", listener: 1))) == "no")
            #expect(security.exchange(method: "SCRAM-SHA-256", credentials()) == nil)
            #expect(security.stillKnows(username: "anna", listener: 0))
            #expect(!security.stillKnows(username: "anna", listener: 1))
        }
    }

    @Test("a certificate's name is the user's where the listener says so, and CONNECT may not say another")
    func certificates() throws {
        let certificate = CertificateFacts(
            subject: "CN=sensor-7,O=Example",
            commonName: "sensor-7",
            dnsNames: ["s7.example", "other"],
            uris: ["spiffe://example/7"]
        )
        try withFiles { settings in
            var settings = settings
            let nameless = CertificateFacts(subject: "O=Example")
            for (kind, name) in [
                (.commonName, "sensor-7"), (.subject, "CN=sensor-7,O=Example"), (.dns, "s7.example"),
                (.uri, "spiffe://example/7"),
            ] as [(CertificateIdentity, String)] {
                settings.listeners[2].certificateIdentity = kind
                let security = try BuiltInSecurity(settings)
                let login = { (user: String?, certificate: CertificateFacts) in
                    outcome(security.login(credentials(user, "x", listener: 2, certificate: certificate)))
                }
                #expect(login(nil, certificate) == "+\(name)" && login("", certificate) == "+\(name)")
                #expect(login(name, certificate) == "+\(name)" && login("alice", certificate) == "no")
                if kind != .subject { #expect(login(nil, nameless) == "no") }
                #expect(security.stillKnows(username: name, listener: 2))
            }
            settings.listeners[2].certificateIdentity = .none
            let security = try BuiltInSecurity(settings)
            let step = security.login(credentials("alice", "correct horse", listener: 2, certificate: certificate))
            #expect(outcome(step) == "~+alice")
        }
    }

    @Test("SCRAM goes through to the name that was proved, and not to another one than CONNECT or a certificate gave")
    func exchanges() throws {
        try withFiles { settings in
            let security = try BuiltInSecurity(settings)
            #expect(security.exchange(method: "SCRAM-SHA-1", credentials()) == nil)
            #expect(security.exchange(method: "SCRAM-SHA-256", credentials(listener: 9)) == nil)
            for (name, isRefused) in [(nil, false), ("user", false), ("", false), ("alice", true)] {
                let found = try #require(security.exchange(method: "SCRAM-SHA-256", credentials(name, listener: 1)))
                var exchange = found
                guard case .goOn(let data) = exchange.received(Array("n,,n=user,r=abc".utf8)) else {
                    Issue.record("no challenge")
                    continue
                }
                #expect(String(decoding: data, as: UTF8.self).hasSuffix(",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"))
                let answer = try #require(ScramClientForTests.answer(to: data, nonce: "abc"))
                switch exchange.received(answer) {
                case .done("user", let final): #expect(!isRefused && final.starts(with: Array("v=".utf8)))
                case .refused(.badCredentials, _): #expect(isRefused)
                default: Issue.record("neither done nor refused")
                }
            }
            var other = try #require(
                security.exchange(
                    method: "SCRAM-SHA-256",
                    credentials("alice", listener: 2, certificate: CertificateFacts(subject: "CN=a", commonName: "a"))
                )
            )
            guard case .refused(.notAuthorized, _) = other.received(Array("n,,n=user,r=abc".utf8)) else {
                Issue.record("taken")
                return
            }
        }
    }

    @Test("after a reload, users who are gone are not known any more, and a bad file changes nothing")
    func reload() throws {
        try withFiles(rules: "user alice\ntopic a\n") { settings in
            let security = try BuiltInSecurity(settings)
            #expect(security.generation == 0 && security.stillKnows(username: "alice", listener: 1))
            #expect(security.may(.publish, "a", "alice") && !security.may(.publish, "b", "alice"))
            #expect(security.summary.users == 2 && security.summary.rules == 1 && security.summary.notes == [])
            write("user alice\ntopic b\n", to: settings.aclFile)
            write("alice\n", to: settings.passwordFile)
            #expect { try security.prepare(settings).commit() } throws: { error in
                (error as? SecurityError)?.key == "auth.password_file" && "\(error)".contains("users:1: no colon")
            }
            #expect(
                security.generation == 0 && security.may(.publish, "a", "alice")
                    && !security.may(.publish, "b", "alice")
            )
            write("bob:\(hash)\n", to: settings.passwordFile)
            try security.prepare(settings).commit()
            #expect(
                security.generation == 1 && !security.may(.publish, "a", "alice")
                    && security.may(.publish, "b", "alice")
            )
            #expect(
                !security.stillKnows(username: "alice", listener: 1)
                    && security.stillKnows(username: "bob", listener: 1)
            )
            #expect(security.stillKnows(username: nil, listener: 0) && !security.stillKnows(username: nil, listener: 1))
            #expect(security.exchange(method: "SCRAM-SHA-256", credentials(listener: 1)) == nil, "no verifier is left")
            write("topc x\n", to: settings.aclFile)
            #expect { _ = try security.prepare(settings) } throws: { ($0 as? SecurityError)?.key == "auth.acl_file" }
        }
    }

    @Test("a file that has lost all its users or rules is not taken over; one that loses most of them is told of")
    func emptied() throws {
        try withFiles(rules: (0..<9).map { "topic a/\($0)\n" }.joined()) { settings in
            let security = try BuiltInSecurity(settings)
            let before = security.summary
            for (path, key, what) in [
                (settings.passwordFile, "auth.password_file", "has no users any more, and there were 2"),
                (settings.aclFile, "auth.acl_file", "has no rules any more, and there were 9"),
            ] {
                let path = try #require(path)
                let text = try #require(read(path))
                write("# cut short\n", to: path)
                #expect { _ = try security.prepare(settings) } throws: { error in
                    (error as? SecurityError)?.key == key && "\(error)".contains("\(path) \(what)")
                }
                write(text, to: path)
            }
            #expect(security.generation == 0 && security.summary == before)

            write("topic a/0\n", to: settings.aclFile)
            let few = try security.prepare(settings)
            #expect(
                few.summary.losses(since: before) == ["auth.acl_file: of 9 rules 1 are left; was the file cut short?"]
            )
            // Said in so many words, no rules are rules.
            write("default allow\n", to: settings.aclFile)
            #expect(try security.prepare(settings).summary.rules == 0)
            // Without the key it is what was asked for.
            var none = settings
            (none.passwordFile, none.aclFile) = (nil, nil)
            try security.prepare(none).commit()
            // And where there were none, none is no loss.
            write("", to: settings.passwordFile)
            write("", to: settings.aclFile)
            try security.prepare(settings).commit()
            #expect(security.summary.users == 0 && security.summary.rules == 0)
        }
    }

    @Test("an operator hears of a file that others may read, and of names that nobody checks")
    func notes() throws {
        try withFiles { settings in
            chmod(settings.passwordFile ?? "", 0o644)
            let note = try BuiltInSecurity(settings).summary.notes.first
            #expect(note?.contains("is open to others") == true)
        }
        try withFiles(users: nil, rules: "user a\ntopic x\n") { settings in
            let note = try BuiltInSecurity(settings).summary.notes.first
            #expect(note?.contains("may claim any name") == true)
        }
    }
}

@Suite("Built-in rights")
struct RightsTests {
    @Test("reading is subscribing and retained messages, writing is publishing and wills, connecting is free")
    func actions() throws {
        try withFiles(rules: "user a\ntopic read r/#\ntopic write w/#\n") { settings in
            let security = try BuiltInSecurity(settings)
            for action in [Action.subscribe, .readRetained] {
                #expect(security.may(action, "r/x", "a") && !security.may(action, "w/x", "a"))
            }
            for action in [Action.publish, .will] {
                #expect(security.may(action, "w/x", "a") && !security.may(action, "r/x", "a"))
            }
            #expect(security.may(.subscribe, "r/#", "a") && !security.may(.readRetained, "r+", "a"))
            #expect(security.may(.connect, "", nil) && !security.may(.publish, "w/x", nil))
        }
    }

    @Test("without an ACL file all is allowed but $SYS: nobody publishes there, and strangers from afar do not read it")
    func standing() throws {
        try withFiles(users: nil) { settings in
            let security = try BuiltInSecurity(settings)
            #expect(security.may(.publish, "x", nil) && security.may(.subscribe, "#", nil, isLocal: false))
            for user in [nil, "a"] {
                #expect(!security.may(.publish, "$SYS/x", user) && !security.may(.will, "$SYS/x", user))
            }
            #expect(security.may(.subscribe, "$SYS/#", nil) && !security.may(.subscribe, "$SYS/#", nil, isLocal: false))
            #expect(security.may(.readRetained, "$SYS/a", "a", isLocal: false))
            #expect(!security.may(.subscribe, "$share/g/$SYS/#", nil, isLocal: false))
        }
        try withFiles(rules: "topic read $SYS/#\nuser a\ntopic #\n") { settings in
            let security = try BuiltInSecurity(settings)
            #expect(security.may(.subscribe, "$SYS/#", nil) && !security.may(.subscribe, "$SYS/#", nil, isLocal: false))
            #expect(!security.may(.subscribe, "$SYS/#", "a"))
        }
    }

    @Test("compiled rules are kept for so many clients and no more, those asked about lately first")
    func cache() throws {
        let rules = try AccessRules(Array("topic #".utf8), name: "acl").compiled(user: nil, client: [])
        var cache = RuleCache(limit: 10)
        let key = { (number: Int) in RuleCache.Key(username: nil, clientID: [UInt8(number)]) }
        for number in 0..<100 {
            cache.insert(rules, for: key(number))
            #expect(cache.rules(for: key(0)) != nil && cache.count <= 10)
        }
        #expect(cache.rules(for: key(99)) != nil && cache.rules(for: key(50)) == nil)
    }
}
