import AdminAPI
import HTTP
import Protobuf
import RPC
import RPCClient
import Testing

@Suite("gRPC client: one call")
struct ClientCallTests {
    private let harness = ChannelHarness()
    private let outcome = Outcome<Answer>()

    private func unary(_ options: RPCCallOptions = RPCCallOptions()) throws -> (RPCCall, ScriptedTransport.Stream) {
        let call = self.harness.channel.unary(TestMethods.unary, question("hi"), options, onEnd: self.outcome.end)
        let transport = self.harness.connect()
        return (call, try #require(transport.streams.first))
    }

    @Test("a request is one message behind the fields that gRPC wants")
    func request() throws {
        var options = RPCCallOptions()
        options.timeout = 2_500
        options.metadata.add("trace", "abc")
        options.metadata.add("key-bin", bytes: [1, 2, 255])
        let (_, stream) = try self.unary(options)
        #expect(stream.head.method == "POST")
        #expect(stream.head.path == "/test.Service/Unary")
        #expect(stream.head.authority == "localhost")
        #expect(stream.head.fields["te"] == "trailers")
        #expect(stream.head.fields["content-type"] == "application/grpc+proto")
        #expect(stream.head.fields["grpc-timeout"] == "2500m")
        #expect(stream.head.fields["trace"] == "abc")
        #expect(stream.head.fields["key-bin"] == "AQL/")
        #expect(try stream.questions == ["hi"])
        #expect(stream.isFinished)
    }

    @Test(
        "an answer, however the network cuts it, is one message with metadata before and behind",
        arguments: [1, 3, 100]
    )
    func answered(piece: Int) throws {
        let (call, stream) = try self.unary()
        stream.respond(["content-type": "application/grpc+proto", "server": "x", "key-bin": "AQI"])
        let bytes = MessageFramer.frame(answer("1.0").serialized())
        for start in stride(from: 0, to: bytes.count, by: piece) {
            stream.say(raw: Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        #expect(!self.outcome.isEnded)
        stream.handler.ended(trailers: HTTPFields(["grpc-status": "0", "cost": "7"]))
        #expect(self.outcome.value?.version == "1.0")
        #expect(self.outcome.results.count == 1)
        #expect(call.headers["server"] == "x")
        #expect(call.headers[bytes: "key-bin"] == [1, 2])
        #expect(call.trailers["cost"] == "7")
        #expect(stream.consumedBytes == bytes.count)
        #expect(stream.resetWith == nil)
        #expect(self.harness.channel.openCalls == 0)
    }

    @Test(
        "a failure brings its code, its text and its details, in trailers or in a head that is all",
        arguments: [true, false]
    )
    func status(headOnly: Bool) throws {
        let (_, stream) = try self.unary()
        let error = RPCError(.notFound, "no queue ‘x’", details: [RPCError.Detail(type: "a.B", value: [8, 1])])
        if headOnly {
            stream.handler.received(HTTPResponseHead(status: 200, fields: GRPCStatus.trailers(error)))
            stream.handler.ended(trailers: HTTPFields())
        } else {
            stream.respond()
            stream.end(error)
        }
        #expect(self.outcome.error == error)
    }

    @Test(
        "what is no gRPC is a failure that says what it was",
        arguments: [
            (404, "text/html", RPCCode.unimplemented, "the server answered with HTTP status 404"),
            (503, "text/plain", .unavailable, "the server answered with HTTP status 503"),
            (200, "text/html", .unknown, "the server does not speak gRPC: content-type 'text/html'"),
        ]
    )
    func notGRPC(status: Int, type: String, code: RPCCode, message: String) throws {
        let (_, stream) = try self.unary()
        stream.respond(["content-type": type], status: status)
        #expect(self.outcome.error == RPCError(code, message))
        #expect(stream.resetWith == .cancel)
    }

    @Test("compression that nobody asked for is refused")
    func compressed() throws {
        let (_, stream) = try self.unary()
        stream.respond(["content-type": "application/grpc", "grpc-encoding": "gzip"])
        #expect(self.outcome.error?.code == .internal)
    }

    @Test("answers that are none, two, half a message, no message or without a status fail with INTERNAL or UNKNOWN")
    func malformed() throws {
        let cases: [(RPCCode, String, (ScriptedTransport.Stream) -> Void)] = [
            (.internal, "the answer has no message", { $0.end() }),
            (
                .internal, "two messages came where one is due",
                {
                    $0.say("a"); $0.say("b")
                }
            ),
            (
                .internal, "the answer ends inside a message",
                {
                    $0.say(raw: [0, 0, 0, 0, 9, 1]); $0.end()
                }
            ),
            (
                .internal, "the server's answer is no fluxmq.admin.v1.HelloResponse",
                { $0.say(raw: [0, 0, 0, 0, 1, 0xFF]) }
            ),
            (
                .unknown, "the answer has no status",
                {
                    $0.say("a"); $0.handler.ended(trailers: HTTPFields())
                }
            ),
        ]
        for (code, message, say) in cases {
            let (harness, outcome) = (ChannelHarness(), Outcome<Answer>())
            harness.channel.unary(TestMethods.unary, question("hi"), onEnd: outcome.end)
            let stream = try #require(harness.connect().streams.first)
            stream.respond()
            say(stream)
            #expect(outcome.error?.code == code, "\(message)")
            #expect(outcome.error?.message.hasPrefix(message) == true, "\(outcome.error?.message ?? "")")
            #expect(outcome.results.count == 1)
        }
    }

    @Test("a message over the limit is refused by its header")
    func limit() throws {
        var options = RPCCallOptions()
        options.messageLimit = 1_000
        let (_, stream) = try self.unary(options)
        stream.respond()
        stream.say(raw: [0, 0, 0, 3, 233])
        #expect(self.outcome.error?.code == .resourceExhausted)
        #expect(stream.resetWith == .cancel)
    }

    @Test("a call without an answer ends at its deadline, once, and the server is told")
    func deadline() throws {
        var options = RPCCallOptions()
        options.timeout = 500
        let (_, stream) = try self.unary(options)
        self.harness.pass(499)
        #expect(!self.outcome.isEnded)
        self.harness.pass(1)
        #expect(self.outcome.error == RPCError(.deadlineExceeded, "no answer within 500 ms"))
        #expect(stream.resetWith == .cancel)
        stream.respond()
        stream.say("late")
        stream.end()
        #expect(self.outcome.results.count == 1)
    }

    @Test("time spent waiting for a connection is no longer the server's")
    func remainingTimeout() throws {
        var options = RPCCallOptions()
        options.timeout = 500
        self.harness.channel.unary(TestMethods.unary, question("hi"), options, onEnd: self.outcome.end)
        self.harness.pass(200)
        let stream = try #require(self.harness.connect().streams.first)
        #expect(stream.head.fields["grpc-timeout"] == "300m")
    }

    @Test("after a cancel the server is told and the owner hears nothing")
    func cancel() throws {
        let (call, stream) = try self.unary()
        stream.respond()
        call.cancel()
        #expect(stream.resetWith == .cancel)
        stream.say("late")
        stream.end()
        #expect(!self.outcome.isEnded)
        #expect(self.harness.channel.openCalls == 0)
    }

    @Test("messages of a streaming server come in their order, and each gives room for more")
    func serverStreaming() throws {
        let outcome = Outcome<Void>()
        self.harness.channel.serverStreaming(
            TestMethods.serverStreaming,
            question("all"),
            onMessage: { outcome.messages.append($0.version) },
            onEnd: outcome.end
        )
        let stream = try #require(self.harness.connect().streams.first)
        stream.respond()
        let two = MessageFramer.frame(answer("a").serialized()) + MessageFramer.frame(answer("b").serialized())
        stream.say(raw: two)
        #expect(outcome.messages == ["a", "b"])
        stream.say("c")
        #expect(stream.consumedBytes == two.count * 3 / 2)
        #expect(!outcome.isEnded)
        stream.end()
        #expect(outcome.messages == ["a", "b", "c"])
        #expect(outcome.value != nil)
    }

    @Test("a paused call gives no room, and goes on with nothing missing, its end included")
    func paused() throws {
        let outcome = Outcome<Void>()
        let call = self.harness.channel.serverStreaming(
            TestMethods.serverStreaming,
            question("all"),
            onMessage: { outcome.messages.append($0.version) },
            onEnd: outcome.end
        )
        let stream = try #require(self.harness.connect().streams.first)
        stream.respond()
        call.isPaused = true
        stream.say("a")
        stream.say("b")
        stream.end()
        #expect(outcome.messages.isEmpty && !outcome.isEnded)
        #expect(stream.consumedBytes == 0)
        call.isPaused = false
        #expect(outcome.messages == ["a", "b"])
        #expect(outcome.value != nil)
    }

    @Test("a call may be cancelled from inside its own message, and hears no more of what had come")
    func cancelInside() throws {
        let outcome = Outcome<Void>()
        var call: RPCCall?
        call = self.harness.channel.serverStreaming(
            TestMethods.serverStreaming,
            question("all"),
            onMessage: {
                outcome.messages.append($0.version)
                call?.cancel()
            },
            onEnd: outcome.end
        )
        let stream = try #require(self.harness.connect().streams.first)
        stream.respond()
        stream.say(raw: MessageFramer.frame(answer("a").serialized()) + MessageFramer.frame(answer("b").serialized()))
        #expect(outcome.messages == ["a"])
        #expect(!outcome.isEnded)
        #expect(stream.resetWith == .cancel)
    }

    @Test("a streaming client sends what it said before and after there was a connection, and then its end")
    func clientStreaming() throws {
        let sender = self.harness.channel.clientStreaming(TestMethods.clientStreaming, onEnd: self.outcome.end)
        sender.send(question("1"))
        sender.send(question("2"))
        let stream = try #require(self.harness.connect().streams.first)
        #expect(try stream.questions == ["1", "2"])
        sender.send(question("3"))
        #expect(!stream.isFinished)
        sender.finish()
        sender.send(question("4"))
        #expect(try stream.questions == ["1", "2", "3"])
        #expect(stream.isFinished)
        stream.respond()
        stream.say("sum")
        stream.end()
        #expect(self.outcome.value?.version == "sum")
    }

    @Test("a bidirectional call talks and listens at once")
    func bidirectional() throws {
        let outcome = Outcome<Void>()
        let sender = self.harness.channel.bidirectional(
            TestMethods.bidirectional,
            onMessage: { outcome.messages.append($0.version) },
            onEnd: outcome.end
        )
        let stream = try #require(self.harness.connect().streams.first)
        stream.respond()
        sender.send(question("1"))
        stream.say("one")
        sender.send(question("2"))
        stream.say("two")
        stream.end()
        #expect(outcome.messages == ["one", "two"])
        #expect(outcome.value != nil)
        sender.send(question("3"))
        #expect(try stream.questions == ["1", "2"])
    }

    @Test("an owner that sends without heed of what is pending loses the call, later and not inline")
    func tooMuch() throws {
        let sender = self.harness.channel.clientStreaming(TestMethods.clientStreaming, onEnd: self.outcome.end)
        let stream = try #require(self.harness.connect().streams.first)
        stream.pendingBytes = RPCCall.pendingLimit + 1
        sender.send(question("1"))
        #expect(!self.outcome.isEnded)
        self.harness.pass(0)
        #expect(self.outcome.error?.code == .resourceExhausted)
    }
}
