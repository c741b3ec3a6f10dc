import Core
import MQTTWire
import Testing

@testable import MQTTServer

@Suite("Enhanced authentication")
struct ExchangeTests {
    private func auth(_ text: String, _ reason: MQTTReasonCode = .continueAuthentication, method: String = "TOY")
        -> MQTTPacket
    {
        var packet = MQTTAuth(reason: reason)
        packet.properties.authenticationMethod = method
        packet.properties.authenticationData = text.bytes
        return .auth(packet)
    }

    private func begin(_ bench: Bench, method: String = "TOY", _ data: String? = nil) -> BenchClient {
        bench.connect("c") {
            $0.properties.authenticationMethod = method
            $0.properties.authenticationData = data?.bytes
        }
    }

    @Test("CONNECT, AUTH 0x18 to and fro, then CONNACK with method and data; the user is the exchange's")
    func exchange() {
        let bench = Bench(authenticator: JobAuthenticator(), allowsAnonymous: false)
        let client = self.begin(bench)
        #expect(client.auths.map(\.reason) == [.continueAuthentication])
        #expect(client.auths.first?.properties.authenticationMethod == "TOY")
        #expect(client.auths.first?.properties.authenticationData == "who?".bytes)
        client.send(self.auth("ab ba"))
        #expect(client.isIn)
        #expect(client.connack?.properties.authenticationMethod == "TOY")
        #expect(client.connack?.properties.authenticationData == "welcome".bytes)
        #expect(bench.servers[0].session("c".bytes)?.username == "ab")
        #expect(self.begin(bench, "xy yx").connack?.reason == .notAuthorized)  // the session is ab's
    }

    @Test("an exchange that says no, and a method that is not served, are refused with 0x86 and 0x8C")
    func refused() {
        let bench = Bench(authenticator: JobAuthenticator())
        let wrong = self.begin(bench)
        wrong.send(self.auth("ab ab"))
        #expect(wrong.connack?.reason == .badUserNameOrPassword && wrong.isClosed)
        let unknown = self.begin(bench, method: "KERBEROS")
        #expect(unknown.connack?.reason == .badAuthenticationMethod && unknown.isClosed)
    }

    @Test(
        "before CONNACK only AUTH 0x18 of the same method and DISCONNECT may come [MQTT-3.1.2-30] [MQTT-4.12.0-5]"
    )
    func orderBeforeConnack() {
        let bench = Bench(authenticator: JobAuthenticator())
        let publishes = self.begin(bench)
        publishes.publish("t")
        #expect(publishes.connack?.reason == .protocolError && publishes.isClosed)
        let renews = self.begin(bench)
        renews.send(self.auth("ab ba", .reauthenticate))
        #expect(renews.connack?.reason == .protocolError)
        let changes = self.begin(bench)
        changes.send(self.auth("ab ba", method: "OTHER"))
        #expect(changes.connack?.reason == .badAuthenticationMethod)
        let leaves = self.begin(bench)
        leaves.send(.disconnect(MQTTDisconnect()))
        #expect(leaves.connack == nil && leaves.isClosed)
        #expect(bench.servers[0].connectionCount == 0)
    }

    @Test("an exchange that is not finished within the connect timeout is given up")
    func deadline() {
        let bench = Bench(authenticator: JobAuthenticator())
        let client = self.begin(bench)
        bench.run(10_100)
        #expect(client.isClosed)
    }

    @Test("on an open connection AUTH 0x19 begins again, messages go on meanwhile, and AUTH 0x00 ends it")
    func again() {
        let bench = Bench(authenticator: JobAuthenticator())
        let client = self.begin(bench, "ab ba")
        client.subscribe("t")
        client.send(self.auth("", .reauthenticate))
        #expect(client.auths.last?.reason == .continueAuthentication)
        client.publish("t")
        #expect(client.publishes.count == 1)
        client.send(self.auth("ab ba"))
        #expect(client.auths.last?.reason == .success)
        #expect(client.auths.last?.properties.authenticationData == "welcome".bytes)
        bench.run(20_000)
        #expect(client.isIn)
    }

    @Test("a new authentication that fails, makes another user, names another method or takes too long is the end")
    func failsAgain() {
        let bench = Bench(authenticator: JobAuthenticator())
        func open() -> BenchClient { self.begin(bench, "ab ba") }
        let wrong = open()
        wrong.send(self.auth("ab ab", .reauthenticate))
        #expect(wrong.disconnect?.reason == .notAuthorized && wrong.isClosed)
        let other = open()
        other.send(self.auth("xy yx", .reauthenticate))
        #expect(other.disconnect?.reason == .notAuthorized)
        let method = open()
        method.send(self.auth("ab ba", .reauthenticate, method: "OTHER"))
        #expect(method.disconnect?.reason == .badAuthenticationMethod)
        let slow = open()
        slow.send(self.auth("", .reauthenticate))
        bench.run(10_100)
        #expect(slow.disconnect?.reason == .notAuthorized)
        let unasked = open()
        unasked.send(self.auth("ab ba"))
        #expect(unasked.disconnect?.reason == .protocolError)
    }

    @Test("AUTH without a method in CONNECT is a protocol error [MQTT-4.12.0-7], and malformed before MQTT 5")
    func withoutMethod() {
        let bench = Bench()
        let client = bench.connect("c")
        client.send(self.auth("x", .reauthenticate))
        #expect(client.disconnect?.reason == .protocolError)
        let older = bench.connect("d", version: .v3_1_1)
        older.send([0xF0, 0])
        #expect(older.isClosed)
        #expect(bench.reports.words.contains { $0.contains("malformed packet") })
    }

    @Test(
        "an exchange's user whose session is on another shard moves there with its verdict, and gets its data in CONNACK"
    )
    func moved() {
        let bench = Bench(shards: 2, authenticator: JobAuthenticator())
        func connect(on shard: Int) -> BenchClient {
            bench.connect("c", on: shard) {
                $0.properties.authenticationMethod = "TOY"
                $0.properties.authenticationData = "ab ba".bytes
            }
        }
        let first = connect(on: 0)
        let second = connect(on: 1)
        #expect(second.isIn && second.shard == 0 && first.isClosed)
        #expect(second.connack?.properties.authenticationData == "welcome".bytes)
        second.send(self.auth("ab ba", .reauthenticate))
        #expect(second.auths.last?.reason == .success)
    }
}
