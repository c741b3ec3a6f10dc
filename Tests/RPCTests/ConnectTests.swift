import AdminAPI
import HTTP
import JSON
import Protobuf
import RPC
import RPCServer
import Testing

/// Heads of Connect requests, by HTTP/1.1 unless it has to be HTTP/2.
private func connect(
    _ path: String,
    type: String? = "application/json",
    method: String = "POST",
    _ more: KeyValuePairs<String, String> = [:]
) -> HTTPRequestHead {
    var fields = HTTPFields(more)
    fields["content-type"] = type
    var head = HTTPRequestHead(method: method, path: path, authority: "localhost:8080", fields: fields)
    head.version = .http1
    return head
}

@Suite("Connect server: unary calls")
struct ConnectUnaryTests {
    private let service = TestService()
    private let echo = TestService.echo.path

    private func refusal(_ stream: FakeStream) throws -> (status: Int?, code: String?, message: String?) {
        #expect(stream.head?.fields["content-type"] == "application/json")
        let json = try JSONParser.parse(stream.body)
        guard case .string(let code)? = json["code"] else { return (stream.head?.status, nil, nil) }
        guard case .string(let message)? = json["message"] else { return (stream.head?.status, code, nil) }
        return (stream.head?.status, code, message)
    }

    @Test("JSON in, JSON out, with its length")
    func json() throws {
        let stream = self.service.ask(connect(self.echo), Array(#"{"name":"grün","verbs":["a"]}"#.utf8))
        #expect(stream.head?.status == 200)
        #expect(
            stream.head?.fields
                == HTTPFields(["content-type": "application/json", "content-length": String(stream.body.count)])
        )
        let json = try JSONParser.parse(stream.body)
        #expect(json.text == #"{"name":"grün","verbs":["a"]}"#)
        #expect(stream.trailers == HTTPFields())
        #expect(self.service.contexts.first?.transport == .connect)
    }

    @Test("bytes in, bytes out")
    func binary() throws {
        let stream = self.service.ask(connect(self.echo, type: "application/proto"), TestService.word("a").serialized())
        #expect(stream.head?.fields["content-type"] == "application/proto")
        #expect(stream.body == TestService.word("a").serialized())
    }

    @Test("an empty body is an empty message, in both formats", arguments: ["application/json", "application/proto"])
    func empty(_ type: String) {
        #expect(self.service.ask(connect(self.echo, type: type)).head?.status == 200)
        #expect(self.service.calls == ["echo "])
    }

    @Test("a body in pieces is the same body")
    func pieces() {
        let (stream, handler) = self.service.call(connect(self.echo))
        for byte in #"{"name":"a"}"#.utf8 { handler?.feed([byte]) }
        #expect(stream.consumedBytes == 12)
        handler?.ended()
        #expect(stream.text == #"{"name":"a"}"#)
    }

    @Test("trailers are fields with a prefix, of errors too")
    func metadata() {
        self.service.answersAtOnce = false
        for result: Result<TestService.Word, RPCError> in [
            .success(TestService.word("b")), .failure(RPCError(.aborted, "no")),
        ] {
            let stream = self.service.ask(connect(self.echo, ["x-user": "u"]), Array("{}".utf8))
            let context = self.service.contexts.removeLast()
            #expect(context.metadata["x-user"] == "u")
            context.responseMetadata.add("x-shard", "3")
            context.trailers.add("cost-bin", bytes: [7])
            self.service.replies.removeLast()(result)
            #expect(stream.head?.fields["x-shard"] == "3")
            #expect(stream.head?.fields["trailer-cost-bin"] == "Bw")
        }
    }

    @Test("an error is JSON, under the HTTP status of its code; its details come as bytes and in words")
    func error() {
        self.service.answersAtOnce = false
        var detail = AdminV1.ErrorDetail()
        detail.code = "not_found"
        detail.hint = "orders"
        let stream = self.service.ask(connect(self.echo), Array("{}".utf8))
        let details = [
            RPCError.Detail(type: "fluxmq.admin.v1.ErrorDetail", value: detail.serialized()),
            RPCError.Detail(type: "other.Type", value: [1]),
        ]
        self.service.replies[0](.failure(RPCError(.notFound, "no queue 'oders'", details: details)))
        #expect(stream.head?.status == 404)
        let value = Base64.encode(detail.serialized())
        #expect(
            stream.text
                == #"{"code":"not_found","message":"no queue 'oders'","details":["#
                + #"{"type":"fluxmq.admin.v1.ErrorDetail","value":"\#(value)","debug":{"code":"not_found","hint":"orders"}},"#
                + #"{"type":"other.Type","value":"AQ"}]}"#
        )
    }

    @Test(
        "what is no message is invalid_argument",
        arguments: [
            ("application/json", #"{"name":1}"#), ("application/json", #"{"verbs":{}}"#), ("application/json", "{"),
            ("application/json", "[]"), ("application/json", "{\"name\":\"\u{0}\"}"), ("application/json", "null"),
            ("application/json", String(repeating: "[", count: 10_000)), ("application/proto", "\u{12}\u{7F}"),
        ]
    )
    func notAMessage(_ type: String, _ body: String) throws {
        let error = try self.refusal(self.service.ask(connect(self.echo, type: type), Array(body.utf8)))
        #expect(error.status == 400)
        #expect(error.code == "invalid_argument")
        #expect(self.service.calls == [])
    }

    @Test("JSON that is no UTF-8 is invalid_argument")
    func notUTF8() throws {
        let body = Array(#"{"name":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        #expect(try self.refusal(self.service.ask(connect(self.echo), body)).code == "invalid_argument")
    }

    @Test("a body over the limit is resource_exhausted as soon as it is, and is not kept")
    func limit() throws {
        let small = TestService(messageLimit: 10)
        let (stream, handler) = small.call(connect(self.echo))
        handler?.feed([UInt8](repeating: 0x20, count: 10))
        #expect(stream.events == [])
        handler?.feed([0x20])
        let error = try self.refusal(stream)
        #expect(error.status == 429)
        #expect(error.code == "resource_exhausted")
        handler?.ended()
        #expect(stream.events.count == 3)
    }

    @Test("fields that are not understood never reach a handler")
    func badFields() throws {
        let wrong: [(KeyValuePairs<String, String>, Int, String)] = [
            (["connect-protocol-version": "2"], 400, "invalid_argument"),
            (["content-encoding": "gzip"], 501, "unimplemented"),
            (["connect-timeout-ms": "soon"], 400, "invalid_argument"),
            (["connect-timeout-ms": "12345678901"], 400, "invalid_argument"),
            (["connect-timeout-ms": "-1"], 400, "invalid_argument"),
            (["connect-timeout-ms": "0"], 504, "deadline_exceeded"),
            (["key-bin": "?"], 400, "invalid_argument"),
        ]
        for (fields, status, code) in wrong {
            let error = try self.refusal(self.service.ask(connect(self.echo, fields), Array("{}".utf8)))
            #expect(error.status == status)
            #expect(error.code == code)
        }
        #expect(self.service.calls == [])
        let right: KeyValuePairs = ["connect-protocol-version": "1", "content-encoding": "identity"]
        #expect(self.service.ask(connect(self.echo, right), Array("{}".utf8)).head?.status == 200)
    }

    @Test("the deadline is kept")
    func deadline() throws {
        self.service.answersAtOnce = false
        let stream = self.service.ask(connect(self.echo, ["connect-timeout-ms": "200"]), Array("{}".utf8))
        self.service.timers.run(now: 1_200)
        let error = try self.refusal(stream)
        #expect(error.status == 504)
        #expect(error.code == "deadline_exceeded")
        #expect(self.service.cancellations == 1)
    }

    @Test("the policy's error is the answer")
    func authorize() throws {
        self.service.router.authorize = { _, _ in RPCError(.permissionDenied, "only reading") }
        let error = try self.refusal(self.service.ask(connect(self.echo), Array("{}".utf8)))
        #expect(error.status == 403)
        #expect(error.message == "only reading")
    }

    @Test("an unknown method of a known service is 404 with unimplemented; an unknown service is somebody else's")
    func unknown() throws {
        let error = try self.refusal(self.service.ask(connect("/test.v1.Words/Nope"), Array("{}".utf8)))
        #expect(error.status == 404)
        #expect(error.code == "unimplemented")
        #expect(try self.refusal(self.service.ask(connect("/x.Y/Z", ["connect-protocol-version": "1"]))).status == 404)
        #expect(self.service.call(connect("/x.Y/Z")).handler == nil)
        #expect(self.service.call(connect("/", type: nil, method: "GET")).handler == nil)
        #expect(self.service.call(connect("/health", type: nil, method: "GET")).handler == nil)
    }

    @Test("a refusal waits for a small body that is announced, and for no other")
    func politeRefusal() {
        for (length, waits) in [
            ("2", true), ("65536", true), ("65537", false), ("0", false), ("-2", false), ("x", false),
        ] {
            for path in [self.echo, "/test.v1.Words/Nope"] {
                let fields: KeyValuePairs = ["content-length": length, "connect-protocol-version": "2"]
                let (stream, handler) = self.service.call(connect(path, fields))
                #expect(stream.events.isEmpty == waits)
                handler?.feed([0x7B, 0x7D])
                #expect(stream.consumedBytes == (waits ? 2 : 0))
                handler?.ended()
                handler?.ended()
                #expect(stream.events.count == 3)
            }
        }
        let (stream, handler) = self.service.call(connect("/test.v1.Words/Nope", ["content-length": "2"]))
        handler?.cancelled(.cancel)
        handler?.ended()
        #expect(stream.events == [])
    }

    @Test("other methods of HTTP and other content types have their own statuses, with what would be right")
    func refusals() {
        #expect(self.service.ask(connect(self.echo, type: "text/plain")).head?.status == 415)
        #expect(self.service.ask(connect(self.echo, type: "application/connect+json")).head?.status == 415)
        let stream = self.service.ask(connect(self.echo, type: nil, method: "PUT"))
        #expect(stream.head?.status == 405)
        #expect(stream.head?.fields["allow"] == "GET, POST")
        let split = self.service.ask(connect(TestService.split.path, type: nil, method: "GET"))
        #expect(split.head?.status == 405)
        #expect(split.head?.fields["allow"] == "POST")
    }
}

@Suite("Connect server: unary calls by GET")
struct ConnectGetTests {
    private let service = TestService()

    private func get(_ query: String) -> FakeStream {
        self.service.ask(connect(TestService.echo.path + query, type: nil, method: "GET"))
    }

    @Test(
        "the message is in the query",
        arguments: [
            "?connect=v1&encoding=json&message=%7B%22name%22%3A%22a+b%22%7D",
            "?encoding=json&message=%7b%22name%22:%22a%20b%22%7d&compression=identity",
            "?encoding=json&base64=1&message=eyJuYW1lIjoiYSBiIn0",
            "?base64=1&encoding=json&message=eyJuYW1lIjoiYSBiIn0%3D",
            "?encoding=proto&message=%12%03a%20b&connect=v1",
            "?encoding=proto&message=EgNhIGI=&base64=1",
        ]
    )
    func message(_ query: String) {
        #expect(self.get(query).head?.status == 200)
        #expect(self.service.calls == ["echo a b"])
        #expect(self.service.contexts.first?.path == TestService.echo.path)
    }

    @Test(
        "a query that says it wrong is refused",
        arguments: [
            ("", 415), ("?message=%7B%7D", 415), ("?encoding=xml&message=%7B%7D", 415), ("?encoding=json", 400),
            ("?encoding=json&message=%7B%7D&connect=v2", 400), ("?encoding=json&message=%7B%7D&compression=gzip", 501),
            ("?encoding=json&message=*&base64=1", 400), ("?encoding=json&message=%", 400),
            ("?encoding=proto&message=%FF", 400),
            ("?&&=&encoding=json&message=%7B", 400),
        ]
    )
    func refused(_ query: String, _ status: Int) {
        #expect(self.get(query).head?.status == status)
        #expect(self.service.calls == [])
    }

    @Test("a body beside the query means nothing")
    func body() {
        let head = connect(TestService.echo.path + "?encoding=json&message=%7B%7D", type: nil, method: "GET")
        #expect(self.service.ask(head, Array("rubbish".utf8)).head?.status == 200)
    }
}

@Suite("Connect server: streams of messages")
struct ConnectStreamTests {
    private let service = TestService()

    private func frame(_ json: String, flags: UInt8 = 0) -> [UInt8] {
        MessageFramer.frame(Array(json.utf8), flags: flags)
    }

    private func head(
        _ path: String,
        type: String = "application/connect+json",
        _ more: KeyValuePairs<String, String> = [:]
    ) -> HTTPRequestHead {
        connect(path, type: type, more)
    }

    private func texts(_ stream: FakeStream) -> [String] {
        stream.frames.map { "\($0.flags) " + String(decoding: $0.message, as: UTF8.self) }
    }

    @Test("messages are followed by a last frame with the end")
    func serverStreaming() {
        let stream = self.service.ask(self.head(TestService.split.path), self.frame(#"{"name":"a b"}"#))
        #expect(
            stream.head
                == HTTPResponseHead(status: 200, fields: HTTPFields(["content-type": "application/connect+json"]))
        )
        #expect(self.texts(stream) == [#"0 {"name":"a"}"#, #"0 {"name":"b"}"#, "2 {}"])
        #expect(stream.trailers == HTTPFields())
    }

    @Test("messages in binary end with JSON all the same")
    func binary() throws {
        let head = self.head(TestService.split.path, type: "application/connect+proto")
        let stream = self.service.ask(head, TestService.frame("a"))
        #expect(stream.frames.map(\.flags) == [0, 2])
        #expect(stream.frames[0].message == TestService.word("a").serialized())
        #expect(stream.frames[1].message == Array("{}".utf8))
    }

    @Test("the last frame has the error and the trailers")
    func endOfStream() throws {
        self.service.answersAtOnce = false
        let stream = self.service.ask(self.head(TestService.split.path), self.frame("{}"))
        let call = try #require(self.service.streams.first)
        call.send(TestService.word("a"))
        call.context.trailers.add("x-a", "1")
        call.context.trailers.add("b-bin", bytes: [7])
        call.context.trailers.add("x-a", "2")
        call.fail(RPCError(.unavailable, "stopping"))
        #expect(
            self.texts(stream) == [
                #"0 {"name":"a"}"#,
                #"2 {"error":{"code":"unavailable","message":"stopping"},"metadata":{"x-a":["1","2"],"b-bin":["Bw"]}}"#,
            ]
        )
    }

    @Test("a stream of requests is joined, over HTTP/1.1 too")
    func clientStreaming() {
        let body = self.frame(#"{"name":"a"}"#) + self.frame(#"{"name":"b"}"#)
        let stream = self.service.ask(self.head(TestService.join.path), body)
        #expect(self.texts(stream) == [#"0 {"name":"a b"}"#, "2 {}"])
    }

    @Test("talking in turns needs HTTP/2")
    func bidirectional() {
        var head = self.head(TestService.chat.path)
        #expect(self.service.ask(head).head?.status == 505)
        head.version = .http2
        let stream = self.service.ask(head, self.frame(#"{"name":"a"}"#))
        #expect(self.texts(stream) == [#"0 {"name":"A"}"#, "2 {}"])
    }

    @Test(
        "what is wrong with a request is said in the last frame, under status 200",
        arguments: [
            (#"{"name":1}"#, 0, [:], "invalid_argument"), ("{}", 1, [:], "internal"), ("{}", 2, [:], "internal"),
            ("{}", 0, ["connect-content-encoding": "gzip"], "unimplemented"),
            ("{}", 0, ["connect-timeout-ms": "x"], "invalid_argument"),
            ("{}", 0, ["connect-timeout-ms": "0"], "deadline_exceeded"),
        ] as [(String, UInt8, [String: String], String)]
    )
    func errors(_ json: String, _ flags: UInt8, _ fields: [String: String], _ code: String) throws {
        var head = self.head(TestService.split.path)
        for (name, value) in fields { head.fields[name] = value }
        let stream = self.service.ask(head, self.frame(json, flags: flags))
        #expect(stream.head?.status == 200)
        #expect(stream.frames.map(\.flags) == [2])
        #expect(self.texts(stream)[0].hasPrefix(#"2 {"error":{"code":"\#(code)""#))
        #expect(self.service.calls == [])
    }

    @Test("requests that end inside a message, and one that is missing, are errors")
    func cardinality() {
        let half = self.service.ask(self.head(TestService.split.path), [0, 0, 0])
        #expect(self.texts(half)[0].contains("invalid_argument"))
        let none = self.service.ask(self.head(TestService.split.path))
        #expect(self.texts(none)[0].contains("unimplemented"))
    }

    @Test("a content type for unary calls is 415")
    func contentType() {
        #expect(self.service.ask(self.head(TestService.split.path, type: "application/json")).head?.status == 415)
    }
}
