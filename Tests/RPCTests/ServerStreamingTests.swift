import AdminAPI
import HTTP
import Protobuf
import RPC
import RPCServer
import Testing

@Suite("gRPC server: streams of messages")
struct ServerStreamingTests {
    private let service = TestService()
    private let split = TestService.head(TestService.split.path)
    private let join = TestService.head(TestService.join.path)
    private let chat = TestService.head(TestService.chat.path)

    @Test("a response of many messages is one head, the messages and the trailers")
    func serverStreaming() throws {
        let stream = self.service.ask(self.split, TestService.frame("a b c"))
        #expect(try stream.messages(AdminV1.KindInfo.self).map(\.name) == ["a", "b", "c"])
        #expect(stream.events.count == 5)
        #expect(stream.trailers == HTTPFields(["grpc-status": "0"]))
    }

    @Test("a response of no messages that ends well has a head and trailers")
    func emptyStream() {
        let stream = self.service.ask(self.split, TestService.frame(""))
        #expect(stream.head?.fields["grpc-status"] == nil)
        #expect(stream.trailers == HTTPFields(["grpc-status": "0"]))
    }

    @Test("an error in the middle is in the trailers, and nothing follows it")
    func failInTheMiddle() throws {
        self.service.answersAtOnce = false
        let stream = self.service.ask(self.split, TestService.frame("a"))
        let call = try #require(self.service.streams.first)
        call.send(TestService.word("x"))
        call.fail(RPCError(.aborted, "enough"))
        call.send(TestService.word("y"))
        call.finish()
        #expect(stream.events.count == 3)
        #expect(stream.trailers?["grpc-status"] == "10")
        #expect(self.service.cancellations == 0)
    }

    @Test("a cancellation in the middle is told once, and silences the stream")
    func cancelInTheMiddle() throws {
        self.service.answersAtOnce = false
        let (stream, handler) = self.service.call(self.split)
        handler?.feed(TestService.frame("a"))
        handler?.ended()
        let call = try #require(self.service.streams.first)
        call.send(TestService.word("x"))
        handler?.cancelled(.cancel)
        call.send(TestService.word("y"))
        call.finish()
        #expect(stream.events.count == 2)
        #expect(self.service.cancellations == 1)
        #expect(call.pendingBytes == 0)
    }

    @Test("a handler that waits for room is told when it comes, and not after the call")
    func room() throws {
        self.service.answersAtOnce = false
        let (stream, handler) = self.service.call(self.split)
        handler?.feed(TestService.frame("a"))
        handler?.ended()
        let call = try #require(self.service.streams.first)
        var told = 0
        call.onReady = { told += 1 }
        #expect(call.hasRoom)
        stream.pendingBytes = 65_537
        #expect(!call.hasRoom)
        stream.pendingBytes = 65_536
        handler?.drained()
        #expect(told == 1)
        call.finish()
        handler?.drained()
        call.onReady = { told += 1 }
        handler?.drained()
        #expect(told == 1)
    }

    @Test("a handler that does not wait for room loses the call, not the server its memory")
    func noRoom() throws {
        self.service.answersAtOnce = false
        let stream = self.service.ask(self.split, TestService.frame("a"))
        let call = try #require(self.service.streams.first)
        stream.pendingBytes = 16 << 20
        call.send(TestService.word("x"))
        #expect(stream.events.count == 2)
        stream.pendingBytes += 1
        call.send(TestService.word("x"))
        #expect(stream.events.last == .reset(.enhanceYourCalm))
        call.send(TestService.word("x"))
        #expect(stream.events.count == 3)
        #expect(self.service.cancellations == 1)
    }

    @Test("a stream of requests is handed on one by one, and its end after the last")
    func clientStreaming() throws {
        let (stream, handler) = self.service.call(self.join)
        #expect(self.service.calls == ["join"])
        handler?.feed(TestService.frame("a") + TestService.frame("b"))
        handler?.feed(TestService.frame("c"))
        #expect(self.service.calls == ["join", "got a", "got b", "got c"])
        handler?.ended()
        #expect(try stream.messages(AdminV1.KindInfo.self).map(\.name) == ["a b c"])
        #expect(stream.trailers?["grpc-status"] == "0")
    }

    @Test("the next request comes when the one before is consumed, and the end when all are")
    func oneByOne() throws {
        self.service.consumesAtOnce = false
        let (stream, handler) = self.service.call(self.join)
        handler?.feed(TestService.frame("a") + TestService.frame("b"))
        handler?.ended()
        #expect(self.service.calls == ["join", "got a"])
        self.service.requests[0].consumed()
        #expect(self.service.calls == ["join", "got a", "got b"])
        #expect(stream.events == [])
        self.service.requests[0].consumed()
        #expect(try stream.messages(AdminV1.KindInfo.self).map(\.name) == ["a b"])
        self.service.requests[0].consumed()
        #expect(stream.events.count == 3)
    }

    @Test("the peer's window is given back as requests are consumed")
    func window() {
        self.service.consumesAtOnce = false
        let (stream, handler) = self.service.call(self.join)
        let frame = TestService.frame("abc")
        handler?.feed(frame + frame + frame.prefix(4))
        #expect(stream.consumedBytes == 0)
        self.service.requests[0].consumed()
        #expect(stream.consumedBytes == frame.count)
        self.service.requests[0].consumed()
        #expect(stream.consumedBytes == 2 * frame.count + 4)
        handler?.feed(Array(frame.dropFirst(4)))
        self.service.requests[0].consumed()
        #expect(stream.consumedBytes == 3 * frame.count)
    }

    @Test("a message larger than the window comes through: its parts are given back at once")
    func largeMessage() {
        let (stream, handler) = self.service.call(self.join)
        let frame = TestService.frame(String(repeating: "x", count: 2 << 20))
        var start = 0
        while start < frame.count {
            // A peer with a window of 1 MiB.
            let end = min(frame.count, stream.consumedBytes + 1 << 20)
            guard end > start else { break }
            handler?.feed([UInt8](frame[start..<end]))
            start = end
        }
        #expect(start == frame.count)
        #expect(stream.consumedBytes == frame.count)
        #expect(self.service.calls.count == 2)
    }

    @Test("both sides talk in turns")
    func bidirectional() throws {
        let (stream, handler) = self.service.call(self.chat)
        handler?.feed(TestService.frame("a"))
        #expect(try stream.messages(AdminV1.KindInfo.self).map(\.name) == ["A"])
        handler?.feed(TestService.frame("b"))
        #expect(try stream.messages(AdminV1.KindInfo.self).map(\.name) == ["A", "B"])
        #expect(stream.trailers == nil)
        handler?.ended()
        #expect(stream.trailers == HTTPFields(["grpc-status": "0"]))
        #expect(self.service.cancellations == 0)
    }

    @Test("a handler may end the call before the requests do; what still comes is ignored")
    func earlyEnd() {
        let (stream, handler) = self.service.call(self.chat)
        handler?.feed(TestService.frame("a"))
        self.service.streams[0].fail(RPCError(.failedPrecondition, "no more"))
        let written = stream.events.count
        handler?.feed(TestService.frame("b"))
        handler?.feed([9, 9, 9, 9, 9, 9])
        handler?.ended()
        handler?.cancelled(.cancel)
        #expect(stream.events.count == written)
        #expect(self.service.calls == ["chat", "got a"])
        #expect(self.service.cancellations == 0)
    }

    @Test("a broken frame in the middle of a stream ends the call, and the handler is told once")
    func brokenInTheMiddle() {
        let (stream, handler) = self.service.call(self.chat)
        handler?.feed(TestService.frame("a") + [1, 0, 0, 0, 0])
        handler?.ended()
        #expect(stream.trailers?["grpc-status"] == "13")
        #expect(self.service.calls == ["chat", "got a"])
        #expect(self.service.cancellations == 1)
    }

    @Test("requests that end inside a message are an error, and no end")
    func endsInside() {
        let (stream, handler) = self.service.call(self.join)
        handler?.feed(TestService.frame("a") + [0, 0, 0, 0, 1])
        handler?.ended()
        #expect(stream.status?.code == .internal)
        #expect(self.service.cancellations == 1)
    }

    @Test("nothing of a call is kept once it is over")
    func noLeaks() {
        weak var kept: HTTPServerHandler?
        weak var keptStream: FakeStream?
        for ending in 0..<3 {
            do {
                let (stream, handler) = self.service.call(self.chat)
                (kept, keptStream) = (handler, stream)
                handler?.feed(TestService.frame("a"))
                let call = self.service.streams.removeFirst()
                call.onReady = { call.send(TestService.word("r")) }
                call.onCancel = { call.finish() }
                switch ending {
                case 0: handler?.ended()
                case 1: handler?.cancelled(.connectionLost)
                default: call.fail(RPCError(.aborted, ""))
                }
                self.service.requests = []
                self.service.contexts = []
            }
            #expect(kept == nil)
            #expect(keptStream == nil)
        }
    }
}
