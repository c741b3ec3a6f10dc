import Admission
import Bytes
import Machine
import Testing

@Suite("Bans")
struct BanTests {
    static let address = AdmissionTableTests.address(1)

    static func table(maximumIdle: Int = 1_024) -> AdmissionTable {
        AdmissionTable(
            AdmissionTableTests.settings { ($0.banFailures, $0.banWindow, $0.banDuration) = (3, 1_000, 10_000) },
            maximumIdle: maximumIdle
        )
    }

    static func fail(_ table: AdmissionTable, times: Int = 3, at now: UInt64) -> Ban? {
        var ban: Ban?
        for _ in 0..<times { ban = table.failed(self.address, "wrong password", now: now) ?? ban }
        return ban
    }

    @Test("who fails often enough within the window is turned away until the ban is over")
    func ban() throws {
        let table = Self.table()
        #expect(Self.fail(table, times: 2, at: 5_000) == nil)
        #expect(table.admit(Self.address, listener: 0, now: 5_000) == nil)
        let ban = try #require(table.failed(Self.address, "wrong password", now: 5_999))
        #expect(ban == table.snapshot(now: 6_000).banned.first)
        #expect("\(ban.address)" == "10.0.0.1" && ban.until == 15_999 && ban.failures == 3 && ban.count == 1)
        #expect(table.admit(Self.address, listener: 0, now: 15_998) == .banned)
        #expect(table.admit(AdmissionTableTests.address(2), listener: 0, now: 6_000) == nil)
        #expect(table.admit(Self.address, listener: 0, now: 15_999) == nil)
        #expect(table.snapshot(now: 15_999).banned.isEmpty)
        #expect(table.snapshot(now: 15_999).refused[Int(AdmissionRefusal.banned.rawValue)] == 1)
    }

    @Test("failures that are further apart than the window do not add up")
    func window() {
        let table = Self.table()
        #expect(Self.fail(table, times: 2, at: 0) == nil)
        #expect(Self.fail(table, times: 2, at: 1_000) == nil)
        #expect(Self.fail(table, times: 1, at: 1_999) != nil)
    }

    @Test("each ban that follows soon lasts twice as long, up to eight times; who keeps quiet begins anew")
    func doubling() throws {
        let table = Self.table()
        var now: UInt64 = 0
        for factor: UInt64 in [1, 2, 4, 8, 8] {
            let ban = try #require(Self.fail(table, at: now))
            #expect(ban.until == now + factor * 10_000)
            now = ban.until + 79_999
        }
        now += 1
        #expect(try #require(Self.fail(table, at: now)).until == now + 10_000)
    }

    @Test("failing on during a ban does not make it longer, and does not count for the next")
    func duringABan() throws {
        let table = Self.table()
        let ban = try #require(Self.fail(table, at: 0))
        #expect(Self.fail(table, times: 50, at: 9_999) == nil)
        #expect(table.snapshot(now: 9_999).banned == [ban])
        #expect(Self.fail(table, times: 2, at: 10_000) == nil)
        #expect(Self.fail(table, times: 1, at: 10_000) != nil)
    }

    @Test("a ban can be lifted, once")
    func unban() throws {
        let table = Self.table()
        _ = Self.fail(table, at: 0)
        let group = try #require(AddressGroup("10.0.0.1"))
        #expect(table.unban(group, now: 1))
        #expect(!table.unban(group, now: 1))
        #expect(table.admit(Self.address, listener: 0, now: 1) == nil)
        #expect(try #require(Self.fail(table, at: 2)).count == 1)
    }

    @Test("loopback and unix sockets are never banned, and nobody is when bans are off")
    func exempt() {
        let table = Self.table()
        for address: PeerAddress in [.ipv4(0x7F00_0001, port: 1), .ipv6(0, 1, port: 1), .unix(nil)] {
            for _ in 0..<50 { #expect(table.failed(address, "wrong password", now: 0) == nil) }
            #expect(table.admit(address, listener: 0, now: 0) == nil)
        }
        _ = Self.fail(table, at: 0)
        table.settings.banFailures = 0
        #expect(table.admit(Self.address, listener: 0, now: 1) == nil)
        #expect(table.snapshot(now: 1).bannedAddresses == 0)
    }

    @Test("a ban says since when, until when, for what and where")
    func facts() throws {
        let table = Self.table()
        for reason in ["no packet", "wrong password", String(repeating: "x", count: 1_000)] {
            table.failed(Self.address, reason, on: "mqtt.tls", now: 7)
        }
        let group = try #require(AddressGroup("10.0.0.1"))
        let ban = try #require(table.ban(of: group, now: 8))
        #expect(ban.source == .failures && ban.since == 7 && ban.until == 10_007 && ban.listener == "mqtt.tls")
        #expect(ban.reason == String(repeating: "x", count: 200))
        #expect(table.bans(now: 8) == [ban])
        #expect(table.ban(of: group, now: 10_007) == nil && table.bans(now: 10_007).isEmpty)
    }

    @Test("an operator's ban holds though failures ban nobody, stands before one for failures, and can be lifted")
    func operators() throws {
        let table = Self.table()
        let group = try #require(AddressGroup("10.0.0.1"))
        _ = Self.fail(table, at: 0)
        try table.ban(group, for: 50_000, reason: "ticket 4711", now: 5)
        let ban = try #require(table.ban(of: group, now: 6))
        #expect(ban.source == .admin && ban.reason == "ticket 4711" && ban.until == 50_005 && ban.failures == 0)
        #expect(table.snapshot(now: 6).banned == [ban])
        table.settings.banFailures = 0
        #expect(table.admit(Self.address, listener: 0, now: 50_004) == .banned)
        #expect(table.isBanned(Self.address, now: 50_004))
        #expect(table.admit(Self.address, listener: 0, now: 50_005) == nil)
        try table.ban(group, for: 1_000, reason: "", now: 60_000)
        #expect(table.unban(group, now: 60_001))
        #expect(!table.unban(group, now: 60_001))
        #expect(table.admit(Self.address, listener: 0, now: 60_001) == nil)
    }

    @Test("operators ban no loopback, and no more addresses than the table keeps; bans that are over make room")
    func operatorBounds() throws {
        let table = Self.table(maximumIdle: 64)
        let loopback = try #require(AddressGroup("127.0.0.1"))
        #expect(throws: BanRefusal.loopback) { try table.ban(loopback, for: 1, reason: "", now: 0) }
        var kept: [AddressGroup] = []
        var refused = 0
        for number in 0..<1_000 {
            let group = try #require(AddressGroup(AdmissionTableTests.address(UInt32(number))))
            do throws(BanRefusal) {
                try table.ban(group, for: 1_000, reason: "", now: 0)
                kept.append(group)
            } catch {
                #expect(error == .full)
                refused += 1
            }
        }
        #expect(kept.count <= 64 && kept.count + refused == 1_000)
        // Who is banned already can be banned anew, whatever is full.
        for group in kept { try table.ban(group, for: 2_000, reason: "", now: 1) }
        #expect(table.bans(now: 1).count == kept.count)
        let other = try #require(
            (0..<1_000).lazy.compactMap { AddressGroup(AdmissionTableTests.address(UInt32($0))) }.first {
                !kept.contains($0)
            }
        )
        try table.ban(other, for: 1_000, reason: "", now: 2_001)
    }

    @Test(
        "a flood from a million addresses takes no more room than the table has, and forgets nobody with a connection"
    )
    func flood() {
        let table = Self.table(maximumIdle: 1_024)
        table.settings.maximumPerAddress = 1
        let guests = (0..<500).map { PeerAddress.ipv4(0xC000_0200 + $0, port: 1) }
        for guest in guests { #expect(table.admit(guest, listener: 0, now: 0) == nil) }
        for number in 0..<1_000_000 {
            let address = AdmissionTableTests.address(UInt32(number))
            if number % 4 == 0 {
                table.failed(address, "wrong password", now: 0)
            } else if table.admit(address, listener: 1, now: 0) == nil {
                table.left(address, listener: 1)
            }
        }
        #expect(table.snapshot(now: 0).addresses <= 1_024 + guests.count)
        for guest in guests { #expect(table.admit(guest, listener: 0, now: 0) == .addressFull) }
        #expect(table.snapshot(now: 0).connections == guests.count)
    }

    @Test("of many bans the list has as many as were asked for, and the number of all")
    func snapshot() {
        let table = Self.table()
        for number in 0..<100 {
            for _ in 0..<3 {
                table.failed(AdmissionTableTests.address(UInt32(number)), "wrong password", now: UInt64(number))
            }
        }
        let snapshot = table.snapshot(bans: 10, now: 100)
        #expect(snapshot.bannedAddresses == 100 && snapshot.bans == 100 && snapshot.failures == 300)
        #expect(snapshot.banned.map(\.until) == (90..<100).reversed().map { 10_000 + $0 })
    }
}
