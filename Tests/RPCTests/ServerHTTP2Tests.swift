import AdminAPI
import HTTP
import HTTP2
import Machine
import Protobuf
import RPC
import RPCServer
import Simulation
import Testing

/// A bare HTTP/2 client and the test's service, with the bytes between them cut at random.
private final class Wire {
    let service: TestService
    let client = HTTP2ClientConnection()
    let server: HTTP2ServerConnection
    private var toServer: [UInt8] = []
    private(set) var toClient: [UInt8] = []
    /// All that the server sent.
    private(set) var sent: [UInt8] = []
    private var random: SeededRandom
    private let largestPiece: Int

    init(seed: UInt64 = 1, largestPiece: Int = 5_000, messageLimit: Int = MessageFramer.defaultLimit) {
        let service = TestService(messageLimit: messageLimit)
        self.service = service
        self.random = SeededRandom(seed: seed)
        self.largestPiece = largestPiece
        self.server = HTTP2ServerConnection(peer: .unix(nil)) { service.router.handler(for: $0, stream: $1) }
    }

    func ask(_ head: HTTPRequestHead, _ body: [UInt8] = [], ends: Bool = true, reads: Bool = true) -> Asker {
        let asker = Asker(reads: reads)
        asker.stream = self.client.request(head, asker)
        asker.stream?.write(body)
        if ends { asker.stream?.finish() }
        return asker
    }

    func run() {
        var isMoving = true
        while isMoving {
            repeat {
                self.client.drain(into: &self.toServer)
            } while self.client.deliver() && self.toServer.count < 256 << 10
            let before = self.toClient.count
            repeat {
                self.server.drain(into: &self.toClient)
            } while self.server.deliver() && self.toClient.count < 256 << 10
            self.sent += self.toClient[before...]
            isMoving = !self.toServer.isEmpty || !self.toClient.isEmpty
            self.carry(&self.toServer, to: self.server)
            self.carry(&self.toClient, to: self.client)
        }
    }

    private func carry(_ bytes: inout [UInt8], to connection: HTTP2Connection) {
        guard !bytes.isEmpty else { return }
        let piece = Array(bytes.prefix(self.random.value(in: 1...self.largestPiece)))
        bytes.removeFirst(piece.count)
        try? connection.receive(piece.span)
    }

    /// Type and flags of the frames that the server sent on a stream.
    func frames(on stream: UInt32) -> [[UInt8]] {
        var rest = self.sent[...]
        var frames: [[UInt8]] = []
        while rest.count >= 9 {
            let head = Array(rest.prefix(9))
            let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
            if head[5...].reduce(0, { $0 << 8 | UInt32($1) }) == stream { frames.append([head[3], head[4]]) }
            rest = rest.dropFirst(9 + length)
        }
        return frames
    }
}

/// What a client was answered.
private final class Asker: HTTPClientHandler {
    var stream: (any HTTPClientStream)?
    private(set) var head: HTTPResponseHead?
    private(set) var trailers: HTTPFields?
    private(set) var failure: HTTPStreamError?
    private(set) var body: [UInt8] = []
    private var framer = MessageFramer(allowedFlags: 2)
    private(set) var messages: [[UInt8]] = []
    /// Gives its window back.
    private let reads: Bool

    init(reads: Bool) { self.reads = reads }

    override func received(_ head: HTTPResponseHead) { self.head = head }
    override func received(_ body: Span<UInt8>) {
        body.withUnsafeBufferPointer { self.body += $0 }
        self.framer.append(body)
        while let frame = try? self.framer.next() { self.messages.append(frame.message) }
        if self.reads { self.stream?.consumed(body.count) }
    }
    override func ended(trailers: HTTPFields) { self.trailers = trailers }
    override func failed(_ error: HTTPStreamError) { self.failure = error }

    var words: [String] { self.messages.compactMap { try? TestService.Word(serialized: $0).name } }
    var status: String? { self.trailers?["grpc-status"] ?? self.head?.fields["grpc-status"] }
}

@Suite("gRPC server: over HTTP/2")
struct ServerHTTP2Tests {
    @Test("all four kinds work at once, however the bytes are cut", arguments: 1...20 as ClosedRange<UInt64>)
    func allKinds(seed: UInt64) {
        let wire = Wire(seed: seed, largestPiece: seed < 5 ? 3 : 3_000)
        let long = String(repeating: "word ", count: 300)
        let both = TestService.frame("a") + TestService.frame("b")
        let unary = wire.ask(TestService.head(TestService.echo.path), TestService.frame(long))
        let split = wire.ask(TestService.head(TestService.split.path), TestService.frame(long))
        let join = wire.ask(TestService.head(TestService.join.path), both)
        let chat = wire.ask(TestService.head(TestService.chat.path), both)
        let json = wire.ask(
            TestService.head(TestService.echo.path, type: "application/json"),
            Array(#"{"name":"j"}"#.utf8)
        )
        wire.run()
        #expect(unary.words == [long])
        #expect(split.words == Array(repeating: "word", count: 300))
        #expect(join.words == ["a b"])
        #expect(chat.words == ["A", "B"])
        #expect([unary, split, join, chat].map(\.status) == ["0", "0", "0", "0"])
        #expect(json.body == Array(#"{"name":"j"}"#.utf8))
        #expect(wire.service.cancellations == 0)
    }

    @Test("an error without a message is one HEADERS frame with END_STREAM")
    func trailersOnly() {
        let wire = Wire()
        let asker = wire.ask(TestService.head("/test.v1.Words/Nope"), TestService.frame("a"))
        wire.run()
        #expect(asker.status == "12")
        #expect(wire.frames(on: 1).filter { $0[0] == 1 } == [[1, 5]])  // END_HEADERS and END_STREAM
        #expect(!wire.frames(on: 1).contains { $0[0] == 0 })
    }

    @Test("a message over the limit is answered while its body is still to come")
    func limit() {
        let wire = Wire(messageLimit: 1_000)
        let asker = wire.ask(TestService.head(TestService.echo.path), [0, 0, 0, 3, 0xE9], ends: false)
        wire.run()
        #expect(asker.status == "8")
        let next = wire.ask(TestService.head(TestService.echo.path), TestService.frame("a"))
        wire.run()
        #expect(next.status == "0")
    }

    @Test("the deadline is kept, whether the client does so or not")
    func deadline() {
        let wire = Wire()
        wire.service.answersAtOnce = false
        let asker = wire.ask(TestService.head(TestService.echo.path, ["grpc-timeout": "50m"]), TestService.frame("a"))
        wire.run()
        #expect(asker.status == nil)
        wire.service.timers.run(now: 1_050)
        wire.run()
        #expect(asker.status == "4")
        #expect(wire.service.cancellations == 1)
    }

    @Test("a reset and a lost connection are each told once")
    func cancelled() {
        let wire = Wire()
        wire.service.answersAtOnce = false
        let asker = wire.ask(TestService.head(TestService.split.path), TestService.frame("a"))
        _ = wire.ask(TestService.head(TestService.chat.path), TestService.frame("b"), ends: false)
        wire.run()
        asker.stream?.reset(.cancel)
        wire.run()
        #expect(wire.service.cancellations == 1)
        wire.server.lost()
        #expect(wire.service.cancellations == 2)
        for stream in wire.service.streams {
            stream.send(TestService.word("late"))
            stream.finish()
        }
    }

    @Test("an endless stream to a client that does not read costs no more than it may, and goes on when it reads")
    func flatMemory() throws {
        let wire = Wire(largestPiece: 64 << 10)
        wire.service.answersAtOnce = false
        let asker = wire.ask(TestService.head(TestService.split.path), TestService.frame("a"), reads: false)
        wire.run()
        let stream = try #require(wire.service.streams.first)
        let message = TestService.word(String(repeating: "x", count: 10_000))
        var (sent, most) = (0, 0)
        let fill = {
            while stream.hasRoom, sent < 1_000 {
                stream.send(message)
                sent += 1
                most = max(most, stream.pendingBytes)
            }
        }
        stream.onReady = fill
        fill()
        wire.run()
        #expect(sent < 130, "the client's window of 1 MiB and 64 KiB are full")
        #expect(most < 80_000)
        let held = asker.body.count
        asker.stream?.consumed(held)
        wire.run()
        #expect(sent > 150)
        while sent < 1_000 || stream.pendingBytes > 0 {
            let seen = asker.messages.count
            asker.stream?.consumed(1 << 20)
            wire.run()
            guard asker.messages.count > seen else { break }
        }
        #expect(asker.messages.count == 1_000)
        #expect(most < 80_000)
        stream.finish()
        wire.run()
        #expect(asker.status == "0")
    }

    @Test("a client that sends to a handler which does not take is held back, and then heard to the end")
    func slowHandler() throws {
        let wire = Wire(largestPiece: 64 << 10)
        wire.service.consumesAtOnce = false
        let asker = wire.ask(TestService.head(TestService.join.path), ends: false)
        let frame = TestService.frame(String(repeating: "x", count: 50_000))
        for _ in 0..<50 { asker.stream?.write(frame) }
        asker.stream?.finish()
        wire.run()
        #expect((asker.stream?.pendingBytes ?? 0) > 1_300_000, "the window of 1 MiB holds the client back")
        #expect(wire.service.calls.count == 2)
        for _ in 0..<50 {
            wire.service.requests[0].consumed()
            wire.run()
        }
        #expect(asker.status == "0")
        #expect(asker.words.first?.utf8.count == 50 * 50_001 - 1)
    }

    @Test("many messages in one DATA frame are all heard")
    func crowdedFrame() {
        let wire = Wire(largestPiece: 64 << 10)
        let words = (0..<500).map { "\($0)" }
        let asker = wire.ask(TestService.head(TestService.chat.path), words.flatMap { TestService.frame($0) })
        wire.run()
        #expect(asker.words == words)
    }

    @Test("a header without end is refused, and the connection serves on")
    func endlessHeader() {
        let wire = Wire()
        var head = TestService.head(TestService.echo.path)
        for number in 0..<1_300 { head.fields.append("x-\(number)", String(repeating: "v", count: 15)) }
        let refused = wire.ask(head, TestService.frame("a"))
        let served = wire.ask(TestService.head(TestService.echo.path), TestService.frame("a"))
        wire.run()
        #expect(refused.head?.status == 431)
        #expect(served.status == "0")
        #expect(wire.service.calls == ["echo a"])
    }

    @Test("metadata and messages that HTTP cannot hold arrive as they were meant")
    func metadata() throws {
        let wire = Wire()
        wire.service.answersAtOnce = false
        let head = TestService.head(TestService.echo.path, ["key-bin": "AP8=", "key-bin": "AQ,Ag", "x-name": "v"])
        let asker = wire.ask(head, TestService.frame("a"))
        wire.run()
        let context = try #require(wire.service.contexts.first)
        #expect(context.metadata.values("key-bin") == [.bytes([0, 255]), .bytes([1]), .bytes([2])])
        context.trailers.add("out-bin", bytes: [0, 10, 13])
        wire.service.replies[0](.failure(RPCError(.aborted, "100 % für\r\nnichts")))
        wire.run()
        let fields = try #require(asker.head?.fields)
        #expect(fields["out-bin"] == "AAoN")
        #expect(throws: RPCError(.aborted, "100 % für\r\nnichts")) { try GRPCStatus.parse(fields)?.get() }
    }
}
