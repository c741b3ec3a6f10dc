import AdminAPI
import HTTP
import Machine
import Protobuf
import RPC
import RPCServer

/// A stream that remembers what was written to it.
final class FakeStream: HTTPServerStream {
    enum Event: Equatable {
        case head(HTTPResponseHead)
        case body([UInt8])
        case end(HTTPFields)
        case reset(HTTPStreamError)
    }

    var peer = PeerAddress.unix(nil)
    var pendingBytes = 0
    private(set) var events: [Event] = []
    private(set) var consumedBytes = 0

    func respond(_ head: HTTPResponseHead) { self.events.append(.head(head)) }
    func write(_ body: [UInt8]) { self.events.append(.body(body)) }
    func finish(trailers: HTTPFields) { self.events.append(.end(trailers)) }
    func reset(_ error: HTTPStreamError) { self.events.append(.reset(error)) }
    func consumed(_ bytes: Int) { self.consumedBytes += bytes }

    var head: HTTPResponseHead? {
        for case .head(let head) in self.events { return head }
        return nil
    }
    var body: [UInt8] {
        self.events.flatMap { event -> [UInt8] in if case .body(let bytes) = event { bytes } else { [] } }
    }
    var trailers: HTTPFields? {
        for case .end(let trailers) in self.events { return trailers }
        return nil
    }
    var text: String { String(decoding: self.body, as: UTF8.self) }

    /// Messages in frames, with their flags.
    var frames: [MessageFramer.Frame] {
        var framer = MessageFramer(allowedFlags: 0xFF)
        framer.append(self.body.span)
        var frames: [MessageFramer.Frame] = []
        while let frame = try? framer.next() { frames.append(frame) }
        return frames
    }

    func messages<M: Message>(_ type: M.Type) throws -> [M] { try self.frames.map { try M(serialized: $0.message) } }

    /// gRPC's status, from trailers or from a head that is all there is.
    var status: RPCError? {
        let end = self.trailers?["grpc-status"] == nil ? self.head?.fields : self.trailers
        guard case .failure(let error)? = end.flatMap({ GRPCStatus.parse($0) }) else { return nil }
        return error
    }
}

extension HTTPServerHandler {
    func feed(_ bytes: [UInt8]) { self.received(bytes.span) }
}

/// Four methods, whose handlers leave what they were given where a test can reach it.
final class TestService {
    typealias Word = AdminV1.KindInfo

    static let echo = RPCMethod<Word, Word>(path: "/test.v1.Words/Echo", kind: .unary)
    static let split = RPCMethod<Word, Word>(path: "/test.v1.Words/Split", kind: .serverStreaming)
    static let join = RPCMethod<Word, Word>(path: "/test.v1.Words/Join", kind: .clientStreaming)
    static let chat = RPCMethod<Word, Word>(path: "/test.v1.Words/Chat", kind: .bidirectional)

    let timers = Timers(now: 1_000)
    let router: RPCRouter
    /// In order: what handlers were called with.
    var calls: [String] = []
    var contexts: [RPCContext] = []
    /// Replies of unary calls and joins that a test holds back.
    var replies: [(Result<Word, RPCError>) -> Void] = []
    var answersAtOnce = true
    var streams: [RPCServerStream<Word>] = []
    var requests: [RPCRequests<Word>] = []
    /// Messages are consumed as they come.
    var consumesAtOnce = true
    var cancellations = 0

    init(messageLimit: Int = MessageFramer.defaultLimit, peerLimit: Int = 64 << 20) {
        self.router = RPCRouter(timers: self.timers, messageLimit: messageLimit, peerLimit: peerLimit)
        self.router.describesDetails(of: AdminV1.ErrorDetail.self)
        self.router.unary(Self.echo, safe: true) { [unowned self] word, context, reply in
            self.note("echo \(word.name)", context)
            if self.answersAtOnce { reply(.success(word)) } else { self.replies.append(reply) }
        }
        self.router.serverStreaming(Self.split) { [unowned self] word, stream in
            self.note("split \(word.name)", stream.context)
            self.streams.append(stream)
            if self.answersAtOnce {
                for part in word.name.split(separator: " ") { stream.send(Self.word(String(part))) }
                stream.finish()
            }
        }
        self.router.clientStreaming(Self.join) { [unowned self] requests, context, reply in
            self.note("join", context)
            self.replies.append(reply)
            var words: [String] = []
            self.listen(to: requests) {
                words.append($0.name)
            } onEnd: {
                reply(.success(Self.word(words.joined(separator: " "))))
            }
        }
        self.router.bidirectional(Self.chat) { [unowned self] requests, stream in
            self.note("chat", stream.context)
            self.streams.append(stream)
            self.listen(to: requests) {
                stream.send(Self.word($0.name.uppercased()))
            } onEnd: {
                stream.finish()
            }
        }
    }

    private func note(_ call: String, _ context: RPCContext) {
        self.calls.append(call)
        self.contexts.append(context)
        context.onCancel = { [unowned self] in self.cancellations += 1 }
    }

    private func listen(
        to requests: RPCRequests<Word>,
        _ onMessage: @escaping (Word) -> Void,
        onEnd: @escaping () -> Void
    ) {
        self.requests.append(requests)
        requests.onEnd = onEnd
        requests.onMessage = { [unowned self, unowned requests] word in
            self.calls.append("got \(word.name)")
            onMessage(word)
            if self.consumesAtOnce { requests.consumed() }
        }
    }

    static func word(_ name: String) -> Word {
        var word = Word()
        word.name = name
        return word
    }

    /// A gRPC request's head.
    static func head(
        _ path: String,
        type: String = "application/grpc",
        _ more: KeyValuePairs<String, String> = [:]
    ) -> HTTPRequestHead {
        var fields = HTTPFields(["content-type": type, "te": "trailers"])
        fields.all += HTTPFields(more).all
        return HTTPRequestHead(method: "POST", path: path, authority: "localhost", fields: fields)
    }

    static func frame(_ name: String) -> [UInt8] { MessageFramer.frame(Self.word(name).serialized()) }

    /// Opens a call.
    func call(_ head: HTTPRequestHead, by peer: PeerAddress = .unix(nil)) -> (
        stream: FakeStream, handler: HTTPServerHandler?
    ) {
        let stream = FakeStream()
        stream.peer = peer
        return (stream, self.router.handler(for: head, stream: stream))
    }

    /// Opens a call, sends a body in one piece, and ends the request.
    func ask(_ head: HTTPRequestHead, _ body: [UInt8] = []) -> FakeStream {
        let (stream, handler) = self.call(head)
        if !body.isEmpty { handler?.feed(body) }
        handler?.ended()
        return stream
    }
}
