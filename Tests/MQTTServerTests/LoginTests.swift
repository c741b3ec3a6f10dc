import Core
import MQTTWire
import Machine
import Synchronization
import Testing

@testable import MQTTServer

/// Users whose passwords are their names backwards, looked at by a job.
final class JobAuthenticator: Authenticator {
    private let state = Mutex((generation: UInt64(0), gone: Set<String>(), asked: 0))

    var generation: UInt64 { self.state.withLock { $0.generation } }
    /// Passwords that were looked at.
    var asked: Int { self.state.withLock { $0.asked } }

    func remove(_ user: String) {
        self.state.withLock {
            $0.gone.insert(user)
            $0.generation += 1
        }
    }

    func login(_ credentials: Credentials) -> LoginStep {
        guard let user = credentials.username else { return .decided(.accepted(username: nil)) }
        let password = credentials.password ?? []
        self.state.withLock { $0.asked += 1 }
        return .work {
            if password == Array(user.utf8.reversed()) { return .accepted(username: user) }
            return .refused(.badCredentials, why: "the password of '\(user)' is another one")
        }
    }

    func exchange(method: String, _ credentials: Credentials) -> (any LoginExchange)? {
        method == "TOY" ? ToyExchange() : nil
    }

    func stillKnows(username: String?, listener: Int) -> Bool {
        self.state.withLock { state in username.map { !state.gone.contains($0) } ?? true }
    }
}

/// Says "who?"; whoever answers with a name and its reverse is that one.
struct ToyExchange: LoginExchange {
    mutating func received(_ data: [UInt8]) -> LoginExchangeStep {
        let parts = String(decoding: data, as: UTF8.self).split(separator: " ")
        if parts.count < 2 { return .goOn(Array("who?".utf8)) }
        if parts[1] == String(parts[0].reversed()) { return .done(username: String(parts[0]), Array("welcome".utf8)) }
        return .refused(.badCredentials, why: "no such name")
    }
}

@Suite("Login")
struct LoginTests {
    @Test("a client whose password is being looked at is not parsed, and is in when the job is done")
    func accepted() {
        let bench = Bench(authenticator: JobAuthenticator())
        let client = bench.connect("c", user: "ada", password: "ada")
        client.subscribe("t")
        #expect(client.connack == nil && client.stop == .reply && bench.jobs.count == 1)
        let right = bench.connect("d", user: "ab", password: "ba")
        right.subscribe("t")
        bench.finishJob()
        bench.finishJob()
        #expect(client.isIn && client.subacks.count == 1)
        #expect(right.isIn && right.subacks.count == 1)
        #expect(bench.servers[0].session("d".bytes)?.username == "ab")
    }

    @Test(
        "a wrong password is refused with 0x86 in MQTT 5 and 4 before, and the client learns no more than that",
        arguments: [MQTTVersion.v5, .v3_1_1, .v3_1]
    )
    func refused(version: MQTTVersion) {
        let bench = Bench(authenticator: JobAuthenticator())
        let client = bench.connect("c", user: "bob", password: "wrong", version: version)
        bench.finishJob()
        #expect(client.connack?.reason == .badUserNameOrPassword && client.isClosed)
        #expect(client.connack?.properties.reasonString?.contains("bob") != true)
        #expect(bench.count(.loginsFailed) == 1)
        #expect(bench.reports.words.contains { $0.contains("loginFailed") && $0.contains("is another one") })
        #expect(bench.servers[0].sessionCount == 0)
    }

    @Test("an answer for a client that has gone is nobody's, also when its place is another's")
    func gone() {
        let bench = Bench(authenticator: JobAuthenticator())
        let client = bench.connect("c", user: "bob", password: "bob")
        bench.close(client)
        let other = bench.client()
        bench.finishJob()
        #expect(bench.servers[0].sessionCount == 0 && bench.servers[0].connectionCount == 1)
        #expect(other.connack == nil && !other.isClosed)
    }

    @Test("an answer that comes while the broker stops lets nobody in")
    func stopping() {
        let bench = Bench(authenticator: JobAuthenticator())
        let client = bench.connect("c", user: "bob", password: "bob")
        bench.shards[0].shutDown()
        bench.settle()
        #expect(client.isClosed)
        bench.finishJob()
        #expect(bench.servers[0].sessionCount == 0 && bench.servers[0].connectionCount == 0)
    }

    @Test("a login that takes longer than the connect timeout is given up")
    func slowJob() {
        let bench = Bench(authenticator: JobAuthenticator())
        let client = bench.connect("c", user: "bob", password: "bob")
        bench.run(9_900)
        #expect(!client.isClosed)
        bench.run(300)
        #expect(client.isClosed)
        bench.finishJob()
        #expect(bench.servers[0].sessionCount == 0)
    }

    @Test("of two clients with one name the second to be let in has the session")
    func twoWithOneName() {
        let bench = Bench(authenticator: JobAuthenticator())
        let first = bench.connect("c", user: "bob", password: "bob")
        let second = bench.connect("c", user: "bob", password: "bob")
        #expect(bench.count(.takeovers) == 0)
        bench.finishJob()
        #expect(first.isIn && second.connack == nil)
        bench.finishJob()
        #expect(first.disconnect?.reason == .sessionTakenOver && first.isClosed && second.isIn)
    }

    @Test("the 257th login under way on a shard is refused with 0x89 (3.1.1: 3), and one that ends makes room")
    func flood() {
        let bench = Bench(authenticator: JobAuthenticator())
        let clients = (0..<256).map { bench.connect("c\($0)", user: "bob", password: "bob") }
        let late = bench.connect("late", user: "bob", password: "bob")
        #expect(late.connack?.reason == .serverBusy && late.isClosed)
        let older = bench.connect("older", user: "bob", password: "bob", version: .v3_1_1)
        #expect(older.connack?.reason == .serverUnavailable)
        #expect(bench.count(.loginsBusy) == 2)
        bench.close(clients[0])  // its job holds a thread all the same
        #expect(bench.connect("again", user: "bob", password: "bob").isClosed)
        bench.finishJob()
        #expect(!bench.connect("room", user: "bob", password: "bob").isClosed)
        while !bench.jobs.isEmpty { bench.finishJob() }
        #expect(clients.dropFirst().allSatisfy { $0.isIn })
    }

    @Test(
        "a client whose session lives on another shard pays for its password once, and what it sent behind CONNECT follows"
    )
    func moved() {
        let users = JobAuthenticator()
        let bench = Bench(shards: 2, authenticator: users)
        let first = bench.connect("c", user: "bob", password: "bob", on: 0) { $0.properties.sessionExpiryInterval = 60 }
        bench.finishJob()
        bench.close(first)
        let second = bench.connect("c", user: "bob", password: "bob", on: 1) { packet in
            packet.cleanStart = false
            packet.properties.sessionExpiryInterval = 60
        }
        second.subscribe("t")
        bench.finishJob()
        #expect(second.isIn && second.shard == 0 && second.connack?.sessionPresent == true)
        #expect(second.subacks.count == 1)
        #expect(users.asked == 2 && bench.jobs.isEmpty && bench.count(.connectionsMoved) == 1)
    }

    @Test("a user that is removed while the login is under way is not let in")
    func removedMeanwhile() {
        let users = JobAuthenticator()
        let bench = Bench(authenticator: users)
        let client = bench.connect("c", user: "bob", password: "bob")
        users.remove("bob")
        bench.finishJob()
        #expect(client.connack?.reason == .notAuthorized && client.isClosed)
    }

    @Test("a user that is removed is disconnected with 0x87, others stay")
    func removedLater() {
        let users = JobAuthenticator()
        let bench = Bench(authenticator: users)
        let bob = bench.connect("b", user: "bob", password: "bob")
        let anna = bench.connect("a", user: "anna", password: "anna")
        bench.finishJob()
        bench.finishJob()
        users.remove("bob")
        bench.run(1_200)
        #expect(bob.disconnect?.reason == .notAuthorized && bob.isClosed)
        #expect(anna.isIn)
    }

    @Test("a session that belongs to a user is nobody else's: not to resume, not to end, not when its client is away")
    func foreignSession() {
        let bench = Bench(authenticator: JobAuthenticator())
        let owner = bench.connect("c", user: "bob", password: "bob") { $0.properties.sessionExpiryInterval = 60 }
        bench.finishJob()
        for isClean in [true, false] {
            let stranger = bench.connect("c", user: "anna", password: "anna") { $0.cleanStart = isClean }
            bench.finishJob()
            #expect(stranger.connack?.reason == .notAuthorized && owner.isIn)
            #expect(stranger.connack?.properties.reasonString?.contains("another user") == true)
        }
        bench.close(owner)
        let nobody = bench.connect("c")
        #expect(nobody.connack?.reason == .notAuthorized)
        let back = bench.connect("c", user: "bob", password: "bob") { $0.cleanStart = false }
        bench.finishJob()
        #expect(back.connack?.sessionPresent == true)
    }

    @Test("a listener without anonymous clients refuses who shows nothing, and asks about others")
    func anonymous() {
        let bench = Bench(authenticator: JobAuthenticator(), allowsAnonymous: false)
        #expect(bench.connect("c").connack?.reason == .notAuthorized)
        let known = bench.connect("c", user: "bob", password: "bob")
        bench.finishJob()
        #expect(known.isIn)
        var facts = StreamFacts(remote: .unix(nil))
        facts.tls = TLSFacts(version: "TLSv1.3", cipher: "x", certificate: CertificateFacts(subject: "CN=s"))
        let certified = bench.client(facts: facts)
        certified.send(MQTTConnect(clientID: "s").encoded())
        #expect(certified.isIn)
    }
}

extension String {
    var bytes: [UInt8] { Array(self.utf8) }
}
