import AdminAPI
import HTTP
import RPC
import RPCClient
import Testing

@Suite("gRPC client: a channel")
struct ClientChannelTests {
    private func call(
        _ harness: ChannelHarness,
        waits: Bool = false,
        timeout: UInt64? = nil
    ) -> Outcome<Answer> {
        var options = RPCCallOptions()
        options.waitsForReady = waits
        options.timeout = timeout
        let outcome = Outcome<Answer>()
        harness.channel.unary(TestMethods.unary, question("hi"), options, onEnd: outcome.end)
        return outcome
    }

    @Test("nothing is connected before somebody calls, and calls that come meanwhile share the attempt")
    func lazy() {
        let harness = ChannelHarness()
        harness.pass(100_000)
        #expect(harness.asked.isEmpty)
        let outcomes = (0..<3).map { _ in self.call(harness) }
        #expect(harness.asked.count == 1)
        #expect(harness.connect().streams.count == 3)
        #expect(outcomes.allSatisfy { !$0.isEnded })
    }

    @Test("a failed attempt fails the calls that do not wait, with its reason; the others have the next one")
    func failFast() throws {
        let harness = ChannelHarness()
        let (fast, patient) = (self.call(harness), self.call(harness, waits: true))
        harness.channel.connectFailed("Connection refused")
        #expect(fast.error == RPCError(.unavailable, "Connection refused"))
        #expect(!patient.isEnded)
        let another = self.call(harness)
        #expect(!another.isEnded, "it failed inline")
        harness.pass(0)
        #expect(another.error == RPCError(.unavailable, "Connection refused"))
        harness.pass(1_000)
        #expect(harness.asked == [1_000, 2_000])
        #expect(harness.connect().streams.count == 1)
    }

    @Test("attempts are made at the times of the back-off, for as long as somebody waits")
    func times() {
        let harness = ChannelHarness()
        let outcome = self.call(harness, waits: true, timeout: 9_000)
        for _ in 0..<20 {
            if harness.channel.state == .connecting { harness.channel.connectFailed("Connection refused") }
            harness.pass(500)
        }
        #expect(outcome.error?.code == .deadlineExceeded)
        #expect(outcome.error?.message == "no answer within 9000 ms; Connection refused")
        #expect(harness.asked.count == 4)
        harness.pass(1_000_000)
        #expect(harness.asked.count == 4, "it went on although nobody waits")
    }

    @Test("who has a reason of its own to try again need not wait for the back-off")
    func resetBackoff() {
        let harness = ChannelHarness()
        let first = self.call(harness)
        harness.channel.connectFailed("Connection refused")
        #expect(first.isEnded)
        harness.channel.resetBackoff()
        let second = self.call(harness)
        harness.pass(0)
        #expect(!second.isEnded)
        #expect(harness.asked.count == 2)
        harness.connect()
        harness.pass(100_000)
        #expect(harness.asked.count == 2, "the old wait was not over")
    }

    @Test("a channel that is to stay connected connects by itself, and again after a loss")
    func staysConnected() {
        let harness = ChannelHarness { $0.staysConnected = true }
        harness.pass(0)
        #expect(harness.asked == [1_000])
        let transport = harness.connect()
        harness.pass(60_000)
        harness.channel.closed(transport, "cut")
        #expect(harness.channel.lastFailure == "cut")
        harness.pass(0)
        #expect(harness.asked == [1_000, 61_000])
        harness.connect()
        #expect(harness.channel.state == .ready)
        #expect(harness.channel.lastFailure == nil)
    }

    @Test("a server that accepts and says nothing is given up after the connect timeout")
    func silent() {
        let harness = ChannelHarness()
        let outcome = self.call(harness)
        let transport = harness.connect(answers: false)
        harness.pass(19_999)
        #expect(!outcome.isEnded)
        harness.pass(1)
        #expect(outcome.error?.code == .unavailable)
        #expect(transport.isClosed)
        #expect(outcome.results.count == 1)
    }

    @Test("a driver that does not answer at all is given up too, and what it brings late is closed")
    func noAnswer() {
        let harness = ChannelHarness()
        let outcome = self.call(harness)
        harness.pass(20_000)
        #expect(outcome.error?.code == .unavailable)
        harness.pass(5_000)
        #expect(harness.connect().isClosed)
    }

    @Test("a call that the server has not looked at is made once more, on the next connection")
    func refusedStream() throws {
        let harness = ChannelHarness()
        let outcome = self.call(harness)
        let first = harness.connect()
        harness.pass(5_000)
        harness.channel.draining(first)
        try #require(first.streams.first).handler.failed(.refusedStream)
        harness.pass(0)
        let second = harness.connect()
        let stream = try #require(second.streams.first)
        #expect(try stream.questions == ["hi"])
        stream.respond()
        stream.say("done")
        stream.end()
        #expect(outcome.value?.version == "done")
        #expect(outcome.results.count == 1)
    }

    @Test("once more is not twice")
    func refusedTwice() throws {
        let harness = ChannelHarness()
        let outcome = self.call(harness)
        let transport = harness.connect()
        transport.streams[0].handler.failed(.refusedStream)
        harness.pass(0)
        #expect(transport.streams.count == 2)
        transport.streams[1].handler.failed(.refusedStream)
        harness.pass(10_000)
        #expect(transport.streams.count == 2)
        #expect(outcome.error?.code == .unavailable)
        #expect(outcome.results.count == 1)
    }

    @Test(
        "a call that the server may have looked at is never made again",
        arguments: [
            (HTTPStreamError.connectionLost, RPCCode.unavailable), (.cancel, .cancelled), (.internalError, .internal),
            (.enhanceYourCalm, .resourceExhausted),
        ]
    )
    func notRepeated(error: HTTPStreamError, code: RPCCode) {
        let harness = ChannelHarness()
        let outcome = self.call(harness, waits: true)
        let transport = harness.connect()
        transport.streams[0].handler.failed(error)
        harness.pass(10_000)
        #expect(transport.streams.count == 1)
        #expect(outcome.error?.code == code)
    }

    @Test("a refusal after the answer began is no reason to begin again")
    func refusedLate() {
        let harness = ChannelHarness()
        let outcome = self.call(harness)
        let transport = harness.connect()
        transport.streams[0].respond()
        transport.streams[0].handler.failed(.refusedStream)
        harness.pass(10_000)
        #expect(transport.streams.count == 1)
        #expect(outcome.error?.code == .unavailable)
    }

    @Test("a server that goes away finishes what it has, and new calls go to the next connection")
    func draining() {
        let harness = ChannelHarness()
        let old = self.call(harness)
        let first = harness.connect()
        harness.pass(5_000)
        harness.channel.draining(first)
        let new = self.call(harness)
        let second = harness.connect()
        #expect(first.streams.count == 1 && second.streams.count == 1)
        for (transport, outcome) in [(first, old), (second, new)] {
            transport.streams[0].respond()
            transport.streams[0].say("x")
            transport.streams[0].end()
            #expect(outcome.value?.version == "x")
        }
    }

    @Test("calls beyond the limit of those that wait are refused")
    func waitingLimit() {
        let harness = ChannelHarness { $0.waitingLimit = 2 }
        let outcomes = (0..<3).map { _ in self.call(harness, waits: true) }
        harness.pass(0)
        #expect(outcomes.map { $0.error?.code } == [nil, nil, .resourceExhausted])
    }

    @Test("closing ends all calls, waiting or open, and the connection; nothing can be called afterwards")
    func close() {
        let harness = ChannelHarness()
        let open = self.call(harness)
        let transport = harness.connect()
        transport.takesRequests = false
        let waiting = self.call(harness, waits: true)
        harness.channel.close()
        #expect(open.error?.code == .cancelled && waiting.error?.code == .cancelled)
        #expect(transport.isClosed)
        let late = self.call(harness)
        harness.pass(100_000)
        #expect(late.error?.code == .cancelled)
        #expect(harness.asked.count == 1)
        #expect([open, waiting, late].allSatisfy { $0.results.count == 1 })
    }

    @Test("silence is broken by a ping, and silence after the ping ends the connection and its calls")
    func keepalive() {
        let harness = ChannelHarness { $0.keepalive = RPCChannelSettings.Keepalive(interval: 10_000) }
        let outcome = self.call(harness)
        let transport = harness.connect()
        harness.pass(9_999)
        #expect(transport.pings == 1)
        harness.pass(1)
        #expect(transport.pings == 2)
        transport.isPingUnanswered = false
        harness.pass(30_000)
        #expect(transport.pings == 3)
        #expect(!outcome.isEnded)
        harness.pass(20_000)
        #expect(transport.isClosed)
        #expect(outcome.error == RPCError(.unavailable, "no answer from the server to a ping within 20000 ms"))
    }

    @Test("who hears answers sends no pings, and who has no calls sends none either")
    func noPings() {
        let harness = ChannelHarness { $0.keepalive = RPCChannelSettings.Keepalive(interval: 10_000) }
        let outcome = self.call(harness)
        let transport = harness.connect()
        harness.pass(9_000)
        transport.streams[0].respond()
        harness.pass(9_000)
        #expect(transport.pings == 1)
        transport.streams[0].say("x")
        transport.streams[0].end()
        #expect(outcome.isEnded)
        harness.pass(500_000)
        #expect(transport.pings == 1)
        #expect(!transport.isClosed)
    }
}
