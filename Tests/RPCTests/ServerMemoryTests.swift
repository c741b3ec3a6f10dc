import HTTP
import Machine
import Protobuf
import RPC
import RPCServer
import Testing

@Suite("gRPC server: what one peer may make it hold")
struct ServerMemoryTests {
    private let service = TestService(peerLimit: 1_000)
    private let echo = TestService.head(TestService.echo.path)
    private let other = PeerAddress.ipv4(0x7F00_0001, port: 7)
    /// The head of a frame of 500 bytes, and 395 of them.
    private let part = [0, 0, 0, 1, 0xF4] + [UInt8](repeating: 0, count: 395)

    @Test("unfinished requests of many streams are counted together, and one too many is refused")
    func requests() {
        let calls = (0..<3).map { _ in self.service.call(self.echo) }
        for call in calls { call.handler?.feed(self.part) }
        #expect(calls[0].stream.events == [])
        #expect(calls[1].stream.events == [])
        #expect(calls[2].stream.status?.code == .resourceExhausted)
        let (stream, handler) = self.service.call(self.echo, by: self.other)
        handler?.feed(self.part)
        #expect(stream.events == [], "another peer is not concerned")
    }

    @Test("a whole request that waits for its end counts too")
    func wholeRequests() {
        let word = TestService.frame(String(repeating: "x", count: 390))
        let calls = (0..<3).map { _ in self.service.call(self.echo) }
        for call in calls { call.handler?.feed(word) }
        #expect(calls[2].stream.status?.code == .resourceExhausted)
        calls[0].handler?.ended()
        #expect(calls[0].stream.status == nil)
    }

    @Test("a request that its handler has been given does not count, however long the answer takes")
    func givenRequests() {
        self.service.answersAtOnce = false
        let word = TestService.frame(String(repeating: "x", count: 390))
        for number in 1...5 {
            _ = self.service.ask(self.echo, word)
            #expect(self.service.replies.count == number)
        }
    }

    @Test("what came of a call is forgotten with it, however it ends", arguments: 0..<4)
    func released(_ ending: Int) {
        for _ in 0..<10 {
            let (stream, handler) = self.service.call(TestService.head(TestService.echo.path, ["grpc-timeout": "1S"]))
            switch ending {
            case 0:
                handler?.feed(self.part)
                handler?.cancelled(.cancel)
            case 1:
                handler?.feed(self.part)
                handler?.ended()
            case 2:
                handler?.feed(self.part)
                self.service.timers.run(now: self.service.timers.now + 1_000)
            default:
                handler?.feed(TestService.frame(String(repeating: "x", count: 700)))
                handler?.ended()
            }
            #expect(stream.status?.code != .resourceExhausted)
        }
    }

    @Test("requests that wait for a slow handler count, and those that it was given do not")
    func slowHandler() {
        self.service.consumesAtOnce = false
        let (stream, handler) = self.service.call(TestService.head(TestService.join.path))
        let word = TestService.frame(String(repeating: "x", count: 400))
        for _ in 0..<3 { handler?.feed(word) }
        #expect(stream.status == nil)
        for _ in 0..<20 {
            self.service.requests[0].consumed()
            handler?.feed(word)
        }
        #expect(stream.status == nil)
        handler?.feed(word)
        #expect(stream.status?.code == .resourceExhausted)
        #expect(self.service.cancellations == 1)
    }

    @Test("a peer that does not read its answers is refused more, until it has")
    func answers() {
        let service = TestService(peerLimit: 200_000)
        service.answersAtOnce = false
        let stalled = (0..<3).map { _ in
            let call = service.call(self.echo)
            call.handler?.feed(TestService.frame("a"))
            call.handler?.ended()
            call.stream.pendingBytes = 70_000
            return call.stream
        }
        for reply in service.replies { reply(.success(TestService.word("a"))) }
        #expect(service.ask(self.echo, TestService.frame("b")).status?.code == .resourceExhausted)
        #expect(service.call(self.echo, by: self.other).stream.status == nil)
        stalled[0].pendingBytes = 65_536
        #expect(service.ask(self.echo, TestService.frame("b")).status == nil)
    }
}
