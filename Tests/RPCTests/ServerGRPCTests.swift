import AdminAPI
import HTTP
import Machine
import Protobuf
import RPC
import RPCServer
import Testing

@Suite("gRPC server: one call")
struct ServerGRPCTests {
    private let service = TestService()
    private let echo = TestService.head(TestService.echo.path)

    @Test("a unary call is answered by a head, one message and status 0")
    func unary() throws {
        let stream = self.service.ask(self.echo, TestService.frame("hello"))
        #expect(
            stream.events == [
                .head(
                    HTTPResponseHead(
                        status: 200,
                        fields: HTTPFields(["content-type": "application/grpc", "grpc-accept-encoding": "identity"])
                    )
                ),
                .body(TestService.frame("hello")),
                .end(HTTPFields(["grpc-status": "0"])),
            ]
        )
        #expect(self.service.cancellations == 0)
    }

    @Test("application/grpc+proto is answered in kind, parameters and case do not matter")
    func contentTypes() {
        let stream = self.service.ask(
            TestService.head(TestService.echo.path, type: "Application/GRPC+proto; charset=utf-8"),
            TestService.frame("a")
        )
        #expect(stream.head?.fields["content-type"] == "application/grpc+proto")
        #expect(stream.trailers?["grpc-status"] == "0")
    }

    @Test("a request in pieces is the same request")
    func pieces() throws {
        let (stream, handler) = self.service.call(self.echo)
        for byte in TestService.frame("hello") { handler?.feed([byte]) }
        #expect(self.service.calls == [])
        handler?.ended()
        #expect(try stream.messages(AdminV1.KindInfo.self) == [TestService.word("hello")])
    }

    @Test("the handler gets metadata without what is the protocol's, the peer and the authority")
    func context() throws {
        _ = self.service.ask(
            TestService.head(TestService.echo.path, ["x-user": "u", "key-bin": "AQI", "grpc-timeout": "5S"]),
            TestService.frame("a")
        )
        let context = try #require(self.service.contexts.first)
        #expect(context.metadata.entries.map(\.name) == ["x-user", "key-bin"])
        #expect(context.metadata[bytes: "key-bin"] == [1, 2])
        #expect(context.peer == .unix(nil))
        #expect(context.authority == "localhost")
        #expect(context.path == TestService.echo.path)
        #expect(context.transport == .grpc)
        #expect(context.deadline == 6_000)
        #expect(context.remaining == 5_000)
    }

    @Test("metadata of the answer is in its head and trailers")
    func responseMetadata() throws {
        self.service.answersAtOnce = false
        let stream = self.service.ask(self.echo, TestService.frame("a"))
        let context = try #require(self.service.contexts.first)
        context.responseMetadata.add("x-shard", "3")
        context.trailers.add("cost-bin", bytes: [7])
        self.service.replies[0](.success(TestService.word("b")))
        #expect(stream.head?.fields["x-shard"] == "3")
        #expect(stream.trailers == HTTPFields(["grpc-status": "0", "cost-bin": "Bw"]))
    }

    @Test("an error is one head with the status in it, its message escaped and its details beside")
    func error() throws {
        self.service.answersAtOnce = false
        let stream = self.service.ask(self.echo, TestService.frame("a"))
        let error = RPCError(
            .notFound,
            "no queue 'grün'",
            details: [.init(type: "fluxmq.admin.v1.ErrorDetail", value: [10, 1, 65])]
        )
        self.service.replies[0](.failure(error))
        #expect(stream.events.count == 2)
        #expect(stream.head?.status == 200)
        #expect(stream.head?.fields["grpc-message"] == "no queue 'gr%C3%BCn'")
        #expect(stream.trailers == HTTPFields())
        #expect(stream.status == error)
    }

    @Test("a second reply, and one after the client has gone, is dropped")
    func lateReplies() {
        self.service.answersAtOnce = false
        let (stream, handler) = self.service.call(self.echo)
        handler?.feed(TestService.frame("a"))
        handler?.ended()
        handler?.cancelled(.cancel)
        handler?.cancelled(.connectionLost)
        #expect(self.service.cancellations == 1)
        #expect(self.service.contexts[0].isCancelled)
        self.service.replies[0](.success(TestService.word("a")))
        #expect(stream.events == [])

        let other = self.service.ask(self.echo, TestService.frame("a"))
        self.service.replies[1](.success(TestService.word("a")))
        self.service.replies[1](.failure(RPCError(.internal, "again")))
        #expect(other.events.count == 3)
        #expect(self.service.cancellations == 1)
    }

    @Test("a handler that asks late for a cancellation is told at once")
    func lateOnCancel() {
        self.service.answersAtOnce = false
        let (_, handler) = self.service.call(self.echo)
        handler?.feed(TestService.frame("a"))
        handler?.ended()
        handler?.cancelled(.cancel)
        var told = 0
        self.service.contexts[0].onCancel = { told += 1 }
        #expect(told == 1)
    }

    @Test("a method that nobody has is UNIMPLEMENTED")
    func unknownMethod() {
        for path in ["/test.v1.Words/Nope", "/nope", "", "/test.v1.Words/Echo?x=1"] {
            let stream = self.service.ask(TestService.head(path), TestService.frame("a"))
            #expect(stream.status?.code == .unimplemented)
            #expect(stream.head?.status == 200)
        }
    }

    @Test("what is not gRPC over HTTP/2 by POST gets an HTTP status")
    func refusals() {
        var get = self.echo
        get.method = "GET"
        #expect(self.service.ask(get).head?.status == 405)
        var old = self.echo
        old.version = .http1
        #expect(self.service.ask(old).head?.status == 505)
        for type in ["application/grpc-web", "application/grpc+json", "text/html", ""] {
            #expect(self.service.ask(TestService.head(TestService.echo.path, type: type)).head?.status == 415)
        }
        #expect(self.service.calls == [])
    }

    @Test("a request whose fields are wrong never reaches a handler")
    func badFields() {
        var noTrailers = self.echo
        noTrailers.fields["te"] = nil
        let wrong: [(HTTPRequestHead, RPCCode)] = [
            (noTrailers, .internal),
            (TestService.head(TestService.echo.path, ["grpc-encoding": "gzip"]), .unimplemented),
            (TestService.head(TestService.echo.path, ["grpc-timeout": "soon"]), .internal),
            (TestService.head(TestService.echo.path, ["key-bin": "?"]), .internal),
        ]
        for (head, code) in wrong {
            let stream = self.service.ask(head, TestService.frame("a"))
            #expect(stream.status?.code == code)
            #expect(stream.head?.fields["grpc-accept-encoding"] == "identity")
        }
        let identity = TestService.head(TestService.echo.path, ["grpc-encoding": "identity"])
        #expect(self.service.ask(identity, TestService.frame("a")).status == nil)
        #expect(self.service.calls == ["echo a"])
    }

    @Test("a unary method with no request, or with two, is UNIMPLEMENTED")
    func cardinality() {
        #expect(self.service.ask(self.echo).status?.code == .unimplemented)
        #expect(
            self.service.ask(self.echo, TestService.frame("a") + TestService.frame("b")).status?.code == .unimplemented
        )
        #expect(self.service.calls == [])
    }

    @Test(
        "a broken body is refused with the right status",
        arguments: [
            ([0, 0, 0, 0, 9, 1], .internal),  // ends inside the message
            ([0, 0], .internal),  // ends inside the frame's head
            ([1, 0, 0, 0, 0], .internal),  // compressed
            ([0, 0xFF, 0xFF, 0xFF, 0xFF], .resourceExhausted),
            ([0, 0, 0, 0, 3, 0x12, 0x7F, 0x41], .internal),  // a field longer than its message
            ([0, 0, 0, 0, 3, 0x12, 0x01, 0xFF], .internal),  // a string that is no UTF-8
        ] as [([UInt8], RPCCode)]
    )
    func brokenBody(_ body: [UInt8], _ code: RPCCode) {
        let stream = self.service.ask(self.echo, body)
        #expect(stream.status?.code == code)
        #expect(stream.trailers != nil)
        #expect(self.service.calls == [])
    }

    @Test("a message over the limit is refused by its header, and what follows is not looked at")
    func limit() {
        let small = TestService(messageLimit: 10)
        let (stream, handler) = small.call(self.echo)
        handler?.feed([0, 0, 0, 0, 11])
        #expect(stream.status?.code == .resourceExhausted)
        let written = stream.events.count
        handler?.feed(TestService.frame("a"))
        handler?.ended()
        #expect(stream.events.count == written)
        #expect(small.ask(self.echo, TestService.frame("12345678")).status == nil)
    }

    @Test("the policy is asked before the handler, and its error is the answer")
    func authorize() {
        self.service.router.authorize = { context, path in
            path == TestService.echo.path && context.metadata["token"] != "t"
                ? RPCError(.unauthenticated, "no token") : nil
        }
        let (stream, handler) = self.service.call(self.echo)
        #expect(stream.status == RPCError(.unauthenticated, "no token"))
        handler?.feed(TestService.frame("a"))
        handler?.ended()
        #expect(self.service.calls == [])
        let allowed = self.service.ask(TestService.head(TestService.echo.path, ["token": "t"]), TestService.frame("a"))
        #expect(allowed.status == nil)
    }
}

@Suite("gRPC server: deadlines")
struct ServerDeadlineTests {
    private let service = TestService()

    private func head(_ timeout: String) -> HTTPRequestHead {
        TestService.head(TestService.echo.path, ["grpc-timeout": timeout])
    }

    @Test("the deadline ends the call, and the handler is told once")
    func passes() {
        self.service.answersAtOnce = false
        let stream = self.service.ask(self.head("200m"), TestService.frame("a"))
        self.service.timers.run(now: 1_199)
        #expect(stream.events == [])
        #expect(self.service.contexts[0].remaining == 1)
        self.service.timers.run(now: 1_200)
        #expect(stream.status?.code == .deadlineExceeded)
        #expect(self.service.contexts[0].remaining == 0)
        self.service.replies[0](.success(TestService.word("late")))
        #expect(stream.events.count == 2)
        #expect(self.service.cancellations == 1)
    }

    @Test("a deadline that has passed already lets no handler in")
    func passed() {
        #expect(self.service.ask(self.head("0n"), TestService.frame("a")).status?.code == .deadlineExceeded)
        #expect(self.service.calls == [])
    }

    @Test("the deadline also ends a call whose request never becomes whole")
    func halfRequest() {
        let (stream, handler) = self.service.call(self.head("200m"))
        handler?.feed([0, 0, 0])
        self.service.timers.run(now: 2_000)
        #expect(stream.status?.code == .deadlineExceeded)
        #expect(self.service.cancellations == 0)
    }

    @Test("a call that ends in time leaves no timer behind")
    func inTime() {
        #expect(self.service.ask(self.head("200m"), TestService.frame("a")).status == nil)
        #expect(self.service.timers.deadline == nil)
        let (_, handler) = self.service.call(self.head("200m"))
        handler?.cancelled(.cancel)
        #expect(self.service.timers.deadline == nil)
    }
}
