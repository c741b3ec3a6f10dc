import Admission
import Bytes
import Machine
import Testing

@Suite("Admission")
struct AdmissionTableTests {
    static func address(_ number: UInt32) -> PeerAddress { .ipv4(10 << 24 | number, port: 5_000) }

    static func settings(_ change: (inout AdmissionSettings) -> Void) -> AdmissionSettings {
        var settings = AdmissionSettings()
        change(&settings)
        return settings
    }

    @Test("without bounds everybody comes in, and is counted")
    func open() {
        let table = AdmissionTable(AdmissionSettings())
        for number in 0..<1_000 { #expect(table.admit(Self.address(UInt32(number % 7)), listener: 0, now: 0) == nil) }
        let snapshot = table.snapshot(now: 0)
        #expect(snapshot.connections == 1_000)
        #expect(snapshot.addresses == 7)
        #expect(snapshot.refused == [0, 0, 0, 0])
    }

    @Test("an address has as many connections as it may, and one more when one has left")
    func connections() {
        let table = AdmissionTable(Self.settings { $0.maximumPerAddress = 2 })
        let (a, b) = (Self.address(1), Self.address(2))
        #expect(table.admit(a, listener: 0, now: 0) == nil)
        #expect(table.admit(a, listener: 1, now: 0) == nil)
        #expect(table.admit(a, listener: 0, now: 0) == .addressFull)
        #expect(table.admit(a, listener: 1, now: 0) == .addressFull)
        #expect(table.admit(b, listener: 0, now: 0) == nil)
        table.left(a, listener: 0)
        #expect(table.admit(a, listener: 0, now: 0) == nil)
        #expect(table.admit(a, listener: 0, now: 0) == .addressFull)
        #expect(table.snapshot(now: 0).refused[Int(AdmissionRefusal.addressFull.rawValue)] == 3)
        #expect(table.snapshot(now: 0).connections == 3)
    }

    @Test("whatever comes and goes, nothing is left over")
    func balance() {
        let table = AdmissionTable(
            Self.settings {
                $0.maximumPerAddress = 3
                $0.listenerRate = AdmissionRate(perSecond: 300, burst: 50)
                $0.addressRate = AdmissionRate(perSecond: 50, burst: 10)
            },
            maximumIdle: 64
        )
        var random = SystemRandomNumberGenerator()
        var inside: [(PeerAddress, Int)] = []
        for step in 0..<20_000 {
            if inside.count > 10, Bool.random(using: &random) {
                let (address, listener) = inside.remove(at: Int.random(in: inside.indices, using: &random))
                table.left(address, listener: listener)
            } else {
                let address = Self.address(.random(in: 0..<200, using: &random))
                let listener = Int.random(in: 0..<2, using: &random)
                if table.admit(address, listener: listener, now: UInt64(step)) == nil {
                    inside.append((address, listener))
                }
            }
            if step % 1_000 == 0 { #expect(table.snapshot(now: 0).connections == inside.count) }
        }
        for (address, listener) in inside { table.left(address, listener: listener) }
        #expect(table.snapshot(now: 0).connections == 0)
        #expect(table.snapshot(now: 0).addresses <= 64)
        // One that never came in cannot take a place away, nor give one.
        table.left(Self.address(999), listener: 0)
        table.left(Self.address(999), listener: 7)
        #expect(table.snapshot(now: 0).connections == 0)
    }

    @Test("loops may ask at the same time: nobody gets in beyond a bound, and nothing is left over")
    func concurrent() async {
        let table = AdmissionTable(
            Self.settings { $0.maximumPerAddress = 12 },
            maximumIdle: 64
        )
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for step in 0..<2_000 {
                        let address = Self.address(UInt32((task + step) % 5))
                        if table.admit(address, listener: 0, now: 0) != nil { continue }
                        table.failed(address, "wrong password", now: 0)
                        if step % 100 == 0 { #expect(table.snapshot(now: 0).connections <= 60) }
                        table.left(address, listener: 0)
                    }
                }
            }
        }
        #expect(table.snapshot(now: 0).connections == 0)
        for _ in 0..<12 { #expect(table.admit(Self.address(1), listener: 0, now: 0) == nil) }
        #expect(table.admit(Self.address(1), listener: 0, now: 0) == .addressFull)
    }

    @Test("an address connects as often as its rate allows, to the millisecond")
    func rate() {
        let table = AdmissionTable(Self.settings { $0.addressRate = AdmissionRate(perSecond: 2, burst: 3) })
        let come = { (now: UInt64) in table.admit(Self.address(1), listener: 0, now: now) }
        #expect([come(0), come(0), come(0), come(0)] == [nil, nil, nil, .rate])
        #expect(come(499) == .rate)
        #expect(come(500) == nil)
        #expect(come(500) == .rate)
        #expect(come(999) == .rate)
        #expect(come(1_000) == nil)
        // Another address has its own; a rest fills the bucket and no more; a loop whose clock is behind takes nothing back.
        #expect(table.admit(Self.address(2), listener: 0, now: 1_000) == nil)
        #expect([come(60_000), come(60_000), come(59_000), come(60_000)] == [nil, nil, nil, .rate])
    }

    @Test("a listener's rate is everybody's, and who floods by himself does not use it up")
    func listenerRate() {
        let table = AdmissionTable(
            Self.settings {
                $0.addressRate = AdmissionRate(perSecond: 1, burst: 2)
                $0.listenerRate = AdmissionRate(perSecond: 10, burst: 5)
            }
        )
        for _ in 0..<100 { _ = table.admit(Self.address(1), listener: 0, now: 0) }
        for number in 2...4 { #expect(table.admit(Self.address(UInt32(number)), listener: 0, now: 0) == nil) }
        #expect(table.admit(Self.address(5), listener: 0, now: 0) == .rate)
        #expect(table.admit(Self.address(5), listener: 1, now: 0) == nil)
        #expect(table.admit(Self.address(6), listener: 0, now: 100) == nil)
        // What the listener refused did not cost the address anything.
        #expect(table.admit(Self.address(5), listener: 0, now: 200) == nil)
    }

    @Test("new numbers count from the next question on")
    func exchange() {
        let table = AdmissionTable(AdmissionSettings())
        for _ in 0..<5 { _ = table.admit(Self.address(1), listener: 0, now: 0) }
        table.settings.maximumPerAddress = 5
        #expect(table.admit(Self.address(1), listener: 0, now: 0) == .addressFull)
        table.settings.maximumPerAddress = 6
        #expect(table.admit(Self.address(1), listener: 0, now: 0) == nil)
        table.settings.addressRate = AdmissionRate(perSecond: 1, burst: 1)
        #expect(table.admit(Self.address(2), listener: 0, now: 0) == nil)
        #expect(table.admit(Self.address(2), listener: 0, now: 0) == .rate)
        table.settings.addressRate = nil
        #expect(table.admit(Self.address(2), listener: 0, now: 0) == nil)
    }

    @Test("IPv6 clients count by /64, and an IPv4 address is the same however it is written")
    func groups() {
        let table = AdmissionTable(Self.settings { $0.maximumPerAddress = 1 })
        #expect(table.admit(.ipv6(0x2001_0DB8_0000_0001, 1, port: 1), listener: 0, now: 0) == nil)
        #expect(table.admit(.ipv6(0x2001_0DB8_0000_0001, 99, port: 2), listener: 0, now: 0) == .addressFull)
        #expect(table.admit(.ipv6(0x2001_0DB8_0000_0002, 1, port: 1), listener: 0, now: 0) == nil)
        #expect(table.admit(.ipv4(0x0A00_0001, port: 1), listener: 0, now: 0) == nil)
        #expect(table.admit(.ipv6(0, 0xFFFF_0A00_0001, port: 1), listener: 0, now: 0) == .addressFull)
        #expect(table.admit(.unix(nil), listener: 0, now: 0) == nil)
        #expect(table.admit(.unix(nil), listener: 0, now: 0) == nil)
        #expect(AddressGroup("2001:db8::7")?.description == "2001:db8::/64")
        #expect(AddressGroup("2001:db8::/64") == AddressGroup("2001:db8::7"))
        #expect(AddressGroup("10.0.0.1")?.description == "10.0.0.1")
        #expect(AddressGroup("10.0.0.1/64") == nil && AddressGroup("x") == nil)
    }
}
