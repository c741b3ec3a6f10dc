import AdminAPI
import HTTP
import Protobuf
import RPC
import RPCClient
import Testing

typealias Question = AdminV1.HelloRequest
typealias Answer = AdminV1.HelloResponse

enum TestMethods {
    static let unary = RPCMethod<Question, Answer>(path: "/test.Service/Unary", kind: .unary)
    static let serverStreaming = RPCMethod<Question, Answer>(path: "/test.Service/Many", kind: .serverStreaming)
    static let clientStreaming = RPCMethod<Question, Answer>(path: "/test.Service/Collect", kind: .clientStreaming)
    static let bidirectional = RPCMethod<Question, Answer>(path: "/test.Service/Talk", kind: .bidirectional)
}

func question(_ text: String) -> Question {
    var message = Question()
    message.client = text
    return message
}

func answer(_ text: String) -> Answer {
    var message = Answer()
    message.version = text
    return message
}

/// A connection that writes down what a channel does with it, and whose server is the test.
final class ScriptedTransport: RPCTransport {
    final class Stream: HTTPClientStream {
        let head: HTTPRequestHead
        let handler: HTTPClientHandler
        private(set) var body: [UInt8] = []
        private(set) var isFinished = false
        private(set) var resetWith: HTTPStreamError?
        private(set) var consumedBytes = 0
        var pendingBytes = 0

        init(_ head: HTTPRequestHead, _ handler: HTTPClientHandler) {
            self.head = head
            self.handler = handler
        }

        func write(_ body: [UInt8]) { self.body += body }
        func finish() { self.isFinished = true }
        func reset(_ error: HTTPStreamError) { self.resetWith = error }
        func consumed(_ bytes: Int) { self.consumedBytes += bytes }

        /// The questions in the body.
        var questions: [String] {
            get throws {
                var framer = MessageFramer()
                let body = self.body
                framer.append(body.span)
                var texts: [String] = []
                while let frame = try framer.next() { texts.append(try Question(serialized: frame.message).client) }
                return texts
            }
        }

        // What the server says.

        func respond(_ fields: KeyValuePairs<String, String> = ["content-type": "application/grpc"], status: Int = 200)
        {
            self.handler.received(HTTPResponseHead(status: status, fields: HTTPFields(fields)))
        }

        func say(_ text: String) { self.say(raw: MessageFramer.frame(answer(text).serialized())) }
        func say(raw bytes: [UInt8]) { self.handler.received(bytes.span) }
        func end(_ error: RPCError? = nil) { self.handler.ended(trailers: GRPCStatus.trailers(error)) }
    }

    private(set) var streams: [Stream] = []
    private(set) var isClosed = false
    var takesRequests = true
    private(set) var pings = 0
    var isPingUnanswered = false

    func start(_ head: HTTPRequestHead, _ handler: HTTPClientHandler) -> (any HTTPClientStream)? {
        guard self.takesRequests else { return nil }
        let stream = Stream(head, handler)
        self.streams.append(stream)
        return stream
    }

    func ping() {
        self.pings += 1
        self.isPingUnanswered = true
    }

    func close() { self.isClosed = true }
}

/// A channel, its clock and its driver, by hand.
final class ChannelHarness {
    private final class World {
        let timers = Timers(now: 1_000)
        var asked: [UInt64] = []
        var random = 0.5
    }

    private let world = World()
    let channel: RPCChannel
    var timers: Timers { self.world.timers }
    /// Times at which the channel asked for a connection.
    var asked: [UInt64] { self.world.asked }

    init(_ change: (inout RPCChannelSettings) -> Void = { _ in }) {
        var settings = RPCChannelSettings(authority: "localhost")
        change(&settings)
        let world = self.world
        self.channel = RPCChannel(settings, timers: world.timers, random: { world.random }) {
            world.asked.append(world.timers.now)
        }
    }

    var now: UInt64 { self.timers.now }

    /// Lets time pass, and what is due in it happen at its time.
    func pass(_ milliseconds: UInt64) {
        let end = self.now + milliseconds
        while let due = self.timers.deadline, due <= end { self.timers.run(now: max(due, self.now)) }
        self.timers.advance(to: end)
    }

    /// The driver's connection, whose server answers the first ping.
    @discardableResult
    func connect(answers: Bool = true) -> ScriptedTransport {
        let transport = ScriptedTransport()
        self.channel.connected(transport)
        if answers { transport.isPingUnanswered = false }
        return transport
    }
}

/// What became of one call.
final class Outcome<Value> {
    private(set) var results: [Result<Value, RPCError>] = []
    var messages: [String] = []

    func end(_ result: Result<Value, RPCError>) { self.results.append(result) }

    var isEnded: Bool { !self.results.isEmpty }
    var error: RPCError? { if case .failure(let error)? = self.results.first { error } else { nil } }
    var value: Value? { if case .success(let value)? = self.results.first { value } else { nil } }
}
