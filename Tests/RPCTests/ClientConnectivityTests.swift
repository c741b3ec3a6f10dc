import RPCClient
import Testing

@Suite("gRPC client: when to connect")
struct ClientConnectivityTests {
    /// The macro wants what it looks at to stand still.
    private final class Subject {
        private var connectivity = Connectivity(RPCBackoff())
        var state: Connectivity.State { self.connectivity.state }
        var failures: Int { self.connectivity.failures }
        func wanted(now: UInt64) -> Bool { self.connectivity.wanted(now: now) }
        func connected() -> Bool { self.connectivity.connected() }
        func established() { self.connectivity.established() }
        func ended(now: UInt64) { self.connectivity.ended(now: now, random: 0.5) }
        func waited(now: UInt64) { self.connectivity.waited(now: now) }
        func close() { self.connectivity.close() }
    }

    @Test("waits grow from 1 s by 1.6 up to 120 s")
    func backoff() {
        let backoff = RPCBackoff()
        let delays = (1...14).map { backoff.delay(failures: $0, random: 0.5) }
        #expect(delays[..<5] == [1_000, 1_600, 2_560, 4_096, 6_554])
        #expect(delays[11...] == [120_000, 120_000, 120_000])
        #expect(backoff.delay(failures: 1_000_000, random: 0.5) == 120_000)
    }

    @Test("chance moves a wait by a fifth at most, and the first not at all")
    func jitter() {
        let backoff = RPCBackoff()
        #expect(backoff.delay(failures: 1, random: 0) == 1_000)
        #expect(backoff.delay(failures: 2, random: 0) == 1_280)
        #expect(backoff.delay(failures: 2, random: 0.999_999) == 1_920)
        #expect(backoff.delay(failures: 99, random: 0.999_999) == 144_000)
    }

    @Test("parameters are the caller's")
    func parameters() {
        var backoff = RPCBackoff()
        backoff.initial = 100
        backoff.multiplier = 2
        backoff.maximum = 500
        backoff.jitter = 0
        #expect((1...5).map { backoff.delay(failures: $0, random: 0.9) } == [100, 200, 400, 500, 500])
    }

    @Test("a wait is counted from the attempt's start, so a slow failure has waited already")
    func slowFailure() {
        let connectivity = Subject()
        #expect(connectivity.wanted(now: 0))
        #expect(!connectivity.wanted(now: 5), "it asked twice")
        connectivity.ended(now: 300)
        #expect(connectivity.state == .waiting(until: 1_000))
        connectivity.waited(now: 999)
        #expect(connectivity.state == .waiting(until: 1_000))
        connectivity.waited(now: 1_000)
        #expect(connectivity.wanted(now: 1_000))
        connectivity.ended(now: 1_000 + 20_000)
        #expect(connectivity.state == .idle)
    }

    @Test("only a server that has spoken ends the growth of waits")
    func silentServer() {
        let connectivity = Subject()
        for (failures, until) in [(1, UInt64(1_000)), (2, 1_600), (3, 2_560)] {
            #expect(connectivity.wanted(now: 0))
            #expect(connectivity.connected())
            connectivity.ended(now: 1)
            #expect(connectivity.state == .waiting(until: until))
            #expect(connectivity.failures == failures)
            connectivity.waited(now: until)
        }
        #expect(connectivity.wanted(now: 0))
        #expect(connectivity.connected())
        connectivity.established()
        #expect(connectivity.failures == 0)
    }

    @Test("a good connection is replaced at once, unless it was made a moment ago")
    func replaced() {
        for (lostAt, state) in [(UInt64(5_000), Connectivity.State.idle), (400, .waiting(until: 1_000))] {
            let connectivity = Subject()
            #expect(connectivity.wanted(now: 0))
            #expect(connectivity.connected())
            connectivity.established()
            connectivity.ended(now: lostAt)
            #expect(connectivity.state == state)
        }
    }

    @Test("a connection that nobody waits for any more is not taken")
    func late() {
        let connectivity = Subject()
        #expect(!connectivity.connected())
        #expect(connectivity.wanted(now: 0))
        connectivity.close()
        #expect(!connectivity.connected())
        #expect(!connectivity.wanted(now: 1))
        connectivity.ended(now: 2)
        #expect(connectivity.state == .closed)
    }
}
