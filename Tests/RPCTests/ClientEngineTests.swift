import AdminAPI
import HTTP
import HTTP2
import Machine
import RPC
import RPCClient
import RPCServer
import Testing

/// A channel and the test's service, on HTTP/2 that is carried from one array to another.
private final class Engine {
    let service: TestService
    let harness: ChannelHarness
    let client = HTTP2ClientConnection()
    let server: HTTP2ServerConnection
    private(set) var isClosed = false
    /// Bytes that one end takes at a time.
    let piece: Int

    init(piece: Int = 64 << 10, messageLimit: Int = MessageFramer.defaultLimit) {
        let (service, client) = (TestService(messageLimit: messageLimit), self.client)
        self.service = service
        self.piece = piece
        self.harness = ChannelHarness { $0.staysConnected = true }
        self.server = HTTP2ServerConnection(peer: .unix(nil)) { service.router.handler(for: $0, stream: $1) }
        self.harness.pass(0)
        let transport = HTTP2RPCTransport(client) { [unowned self] in self.isClosed = true }
        client.didGoAway = { [unowned self] in self.channel.draining(transport) }
        self.channel.connected(transport)
    }

    var channel: RPCChannel { self.harness.channel }

    /// Carries bytes until neither side has any.
    func run() throws {
        while true {
            let sent = try self.carry(from: self.client, to: self.server)
            let answered = try self.carry(from: self.server, to: self.client)
            if !sent, !answered { return }
        }
    }

    private func carry(from: HTTP2Connection, to: HTTP2Connection) throws -> Bool {
        var bytes: [UInt8] = []
        repeat { from.drain(into: &bytes) } while from.deliver() && bytes.isEmpty
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(self.piece))
            try to.receive(piece.span)
            rest.removeFirst(piece.count)
        }
        return !bytes.isEmpty
    }

    /// Lets time pass for both.
    func pass(_ milliseconds: UInt64) throws {
        self.harness.pass(milliseconds)
        self.service.timers.run(now: self.harness.now)
        try self.run()
    }
}

@Suite("gRPC client: over HTTP/2, against the server")
struct ClientEngineTests {
    private typealias Word = AdminV1.KindInfo

    @Test("a unary call is answered, however the bytes are cut", arguments: [1, 7, 1_000, 64 << 10])
    func unary(piece: Int) throws {
        let engine = Engine(piece: piece)
        let outcome = Outcome<Word>()
        engine.channel.unary(TestService.echo, TestService.word("hello"), onEnd: outcome.end)
        try engine.run()
        #expect(outcome.value?.name == "hello")
        #expect(engine.service.calls == ["echo hello"])
        #expect(engine.channel.lastFailure == nil)
    }

    @Test("many calls at once are each answered with their own")
    func many() throws {
        let engine = Engine()
        let outcomes = (0..<500).map { number in
            let outcome = Outcome<Word>()
            engine.channel.unary(TestService.echo, TestService.word("\(number)"), onEnd: outcome.end)
            return outcome
        }
        try engine.run()
        #expect(outcomes.map { $0.value?.name } == (0..<500).map { "\($0)" })
        #expect(outcomes.allSatisfy { $0.results.count == 1 })
    }

    @Test("messages of several windows arrive whole in both directions")
    func large() throws {
        let engine = Engine()
        let outcome = Outcome<Word>()
        let text = String(repeating: "abcdefgh", count: 400_000)
        engine.channel.unary(TestService.echo, TestService.word(text), onEnd: outcome.end)
        try engine.run()
        #expect(outcome.value?.name == text)
    }

    @Test("a server that streams is heard to its end")
    func serverStreaming() throws {
        let engine = Engine()
        let outcome = Outcome<Void>()
        engine.channel.serverStreaming(
            TestService.split,
            TestService.word("a b c"),
            onMessage: { outcome.messages.append($0.name) },
            onEnd: outcome.end
        )
        try engine.run()
        #expect(outcome.messages == ["a", "b", "c"])
        #expect(outcome.value != nil)
    }

    @Test("a client that streams is answered once")
    func clientStreaming() throws {
        let engine = Engine()
        let outcome = Outcome<Word>()
        let sender = engine.channel.clientStreaming(TestService.join, onEnd: outcome.end)
        for word in ["x", "y", "z"] {
            sender.send(TestService.word(word))
            try engine.run()
        }
        #expect(!outcome.isEnded)
        sender.finish()
        try engine.run()
        #expect(outcome.value?.name == "x y z")
    }

    @Test("both sides talk at once")
    func bidirectional() throws {
        let engine = Engine()
        let outcome = Outcome<Void>()
        let sender = engine.channel.bidirectional(
            TestService.chat,
            onMessage: { outcome.messages.append($0.name) },
            onEnd: outcome.end
        )
        sender.send(TestService.word("a"))
        try engine.run()
        #expect(outcome.messages == ["A"])
        sender.send(TestService.word("b"))
        sender.finish()
        try engine.run()
        #expect(outcome.messages == ["A", "B"])
        #expect(outcome.value != nil)
    }

    @Test("a refusal comes with its details, and an unknown method is UNIMPLEMENTED")
    func errors() throws {
        let engine = Engine()
        engine.service.answersAtOnce = false
        let (refused, unknown) = (Outcome<Word>(), Outcome<AdminV1.HelloResponse>())
        engine.channel.unary(TestService.echo, TestService.word("x"), onEnd: refused.end)
        engine.channel.unary(AdminV1.AdminMethods.hello, AdminV1.HelloRequest(), onEnd: unknown.end)
        try engine.run()
        let detail = RPCError.Detail(type: AdminV1.ErrorDetail.protoName, value: [10, 1, 120])
        let error = RPCError(.notFound, "no 'x', 100 %", details: [detail])
        let reply = try #require(engine.service.replies.first)
        reply(.failure(error))
        try engine.run()
        #expect(refused.error == error)
        #expect(unknown.error?.code == .unimplemented)
    }

    @Test("metadata reaches the server, bytes included")
    func metadata() throws {
        let engine = Engine()
        var options = RPCCallOptions()
        options.metadata.add("trace", "abc")
        options.metadata.add("key-bin", bytes: [0, 255])
        engine.channel.unary(TestService.echo, TestService.word("x"), options) { _ in }
        try engine.run()
        let context = try #require(engine.service.contexts.first)
        #expect(context.metadata["trace"] == "abc")
        #expect(context.metadata[bytes: "key-bin"] == [0, 255])
    }

    @Test("a deadline ends the call here, and the server stops working on it")
    func deadline() throws {
        let engine = Engine()
        engine.service.answersAtOnce = false
        var options = RPCCallOptions()
        options.timeout = 300
        let outcome = Outcome<Word>()
        engine.channel.unary(TestService.echo, TestService.word("x"), options, onEnd: outcome.end)
        try engine.run()
        try engine.pass(300)
        #expect(outcome.error?.code == .deadlineExceeded)
        #expect(engine.service.cancellations == 1)
        #expect(outcome.results.count == 1)
    }

    @Test("a cancel reaches the server, and the connection stays good")
    func cancel() throws {
        let engine = Engine()
        engine.service.answersAtOnce = false
        let outcome = Outcome<Void>()
        let call = engine.channel.serverStreaming(
            TestService.split,
            TestService.word("x"),
            onMessage: { outcome.messages.append($0.name) },
            onEnd: outcome.end
        )
        try engine.run()
        call.cancel()
        try engine.run()
        #expect(engine.service.cancellations == 1)
        engine.service.answersAtOnce = true
        let next = Outcome<Word>()
        engine.channel.unary(TestService.echo, TestService.word("y"), onEnd: next.end)
        try engine.run()
        #expect(next.value?.name == "y")
        #expect(!outcome.isEnded)
    }

    @Test("who does not take messages holds up the server, and gets all of them later")
    func paused() throws {
        let engine = Engine()
        engine.service.answersAtOnce = false
        let outcome = Outcome<Void>()
        let call = engine.channel.serverStreaming(
            TestService.split,
            TestService.word("x"),
            onMessage: { outcome.messages.append($0.name) },
            onEnd: outcome.end
        )
        call.isPaused = true
        try engine.run()
        let stream = try #require(engine.service.streams.first)
        let text = String(repeating: "x", count: 100_000)
        for _ in 0..<20 { stream.send(TestService.word(text)) }
        stream.finish()
        try engine.run()
        #expect(outcome.messages.isEmpty)
        #expect(stream.pendingBytes > 900_000, "the server was not held up")
        call.isPaused = false
        try engine.run()
        #expect(outcome.messages.count == 20)
        #expect(outcome.value != nil)
    }

    @Test("a server that shuts down finishes what it has, and the channel connects anew for what comes")
    func goAway() throws {
        let engine = Engine()
        engine.service.answersAtOnce = false
        let outcome = Outcome<Word>()
        engine.channel.unary(TestService.echo, TestService.word("old"), onEnd: outcome.end)
        try engine.run()
        try engine.pass(5_000)
        engine.server.shutDown()
        try engine.run()
        #expect(engine.channel.state != .ready)
        try engine.pass(0)
        #expect(engine.harness.asked.count == 2)
        let reply = try #require(engine.service.replies.first)
        reply(.success(TestService.word("old")))
        try engine.run()
        #expect(outcome.value?.name == "old")
        #expect(engine.client.wantsToClose)
    }

    @Test("a lost connection ends open calls as UNAVAILABLE, each once")
    func lost() throws {
        let engine = Engine()
        engine.service.answersAtOnce = false
        let outcomes = (0..<10).map { _ in
            let outcome = Outcome<Word>()
            engine.channel.unary(TestService.echo, TestService.word("x"), onEnd: outcome.end)
            return outcome
        }
        try engine.run()
        engine.client.lost()
        #expect(outcomes.allSatisfy { $0.error?.code == .unavailable && $0.results.count == 1 })
    }
}
