import CommandSpec
import JSON
import MQTTClient
import Terminal

/// `fluxctl reply` at work.
struct ReplyRun {
    private let arguments: Arguments
    private let endpoint: Endpoint
    private let console: Console
    private let client: MQTTClient
    private let answer: Answer
    private var answered = 0
    private var failed = 0
    private var ignored = 0

    static func main(_ arguments: Arguments) async -> Int32 {
        var console = Console.preliminary(arguments)
        do throws(Failure) {
            console = try Console(arguments, command: "reply", schema: ReplyCommand.schema)
            let endpoint = try ConnectionFlags.endpoint(arguments)
            let filter = try self.filter(arguments, endpoint)
            let answer = try Answer(arguments)
            var configuration = try ConnectionFlags.configuration(arguments, endpoint, command: "reply")
            // What this one holds, no other of the group can answer.
            configuration.receiveMaximum = 1
            var run = ReplyRun(arguments, endpoint, console, MQTTClient(configuration), answer)
            return try await run.run(filter)
        } catch {
            return console.report(error)
        }
    }

    private init(
        _ arguments: Arguments,
        _ endpoint: Endpoint,
        _ console: Console,
        _ client: MQTTClient,
        _ answer: Answer
    ) {
        self.arguments = arguments
        self.endpoint = endpoint
        self.console = console
        self.client = client
        self.answer = answer
    }

    static func filter(_ arguments: Arguments, _ endpoint: Endpoint) throws(Failure) -> MQTTFilter {
        try endpoint.requireResponseTopics("reply")
        let topic = arguments[ReplyCommand.topic]
        if topic.isEmpty { throw .usage("reply", "the topic is empty") }
        let qos = MQTTQoS(rawValue: UInt8(arguments[ReplyCommand.qos] ?? 1)) ?? .atLeastOnce
        guard let group = arguments[ReplyCommand.group] else {
            return MQTTFilter(topic, qos: qos, retained: .never)
        }
        if group.isEmpty || group.contains(where: { "/+#".contains($0) }) {
            throw .usage("reply", "\"\(safe(group))\" is no name for a group", hint: "it has no /, + and #")
        }
        return MQTTFilter("$share/\(group)/\(topic)", qos: qos)
    }

    private mutating func run(_ filter: MQTTFilter) async throws(Failure) -> Int32 {
        let messages = self.client.messages
        Interruption.handle { messages.finish() }
        do throws(MQTTClientError) {
            try await self.client.connect()
            let outcomes = try await self.client.subscribe([filter])
            if case .refused(let reason)? = outcomes.first { throw MQTTClientError.rejected(reason, nil) }
        } catch {
            await self.client.disconnect()
            throw Failure(error, at: self.endpoint)
        }
        // Who starts a responder from a program waits for this, too.
        self.console.note("answering on \(filter.topicFilter)")
        do throws(Failure) {
            try await self.answerAll()
        } catch {
            await self.client.disconnect()
            throw error
        }
        await self.client.disconnect()
        return try self.finish()
    }

    private mutating func answerAll() async throws(Failure) {
        let count = self.arguments[ReplyCommand.count]
        while count.map({ self.answered + self.failed < $0 }) ?? true, let batch = try await self.nextBatch() {
            for delivery in batch.deliveries {
                do throws(Failure) {
                    try await self.deal(with: delivery)
                } catch {
                    // One that cannot be answered is no reason to leave the others without an answer.
                    if error.exit == .unreachable { throw error }
                    self.failed += 1
                    _ = self.console.report(error)
                }
            }
            batch.acknowledge()
        }
    }

    private func nextBatch() async throws(Failure) -> MQTTBatch? {
        do throws(MQTTClientError) {
            return try await self.client.messages.nextUnacknowledgedBatch(upTo: 1)
        } catch {
            throw Failure(error, at: self.endpoint)
        }
    }

    private mutating func deal(with delivery: MQTTDelivery) async throws(Failure) {
        let request = delivery.message
        guard let responseTopic = request.properties.responseTopic else {
            self.ignored += 1
            return self.console.banner("a message on \(request.topic) has no response topic")
        }
        let number = self.answered + self.failed + 1
        let view = MessageView(sequence: number, at: timestamp(), delivery: delivery, via: self.endpoint.scheme)
        if let delay = self.arguments[ReplyCommand.delay] { try? await Task.sleep(for: delay) }
        let payload = try self.answer.payload(for: view)
        var properties = MQTTMessageProperties()
        properties.correlationData = request.properties.correlationData
        if case .echo = self.answer { properties.contentType = request.properties.contentType }
        do throws(MQTTClientError) {
            try await self.client.publish(
                MQTTMessage(topic: responseTopic, payload: payload, qos: request.qos, properties: properties)
            )
        } catch {
            throw Failure(error, "cannot answer on \"\(responseTopic)\"", at: self.endpoint)
        }
        self.answered += 1
    }

    private func finish() throws(Failure) -> Int32 {
        let result = JSONValue.object([
            ("schema", .string(ReplyCommand.schema.identifier)), ("answered", .integer(self.answered)),
            ("failed", .integer(self.failed)), ("ignored", .integer(self.ignored)),
            ("via", .string(self.endpoint.scheme)),
        ])
        switch self.console.format {
        case .json: try self.console.write(Array((result.indentedText + "\n").utf8))
        case .jsonl: try self.console.write(Array((result.text + "\n").utf8))
        case .template:
            var output: [UInt8] = []
            self.console.template?.render(result, raw: { _ in nil }, to: &output)
            try self.console.write(output)
        default: break
        }
        let counts = [(self.answered, "answered"), (self.failed, "failed"), (self.ignored, "ignored")]
        self.console.banner(counts.map { "\(grouped($0.0)) \($0.1)" }.joined(separator: "  "))
        if let exit = Interruption.exit { return exit.rawValue }
        if self.failed == 0 { return 0 }
        return self.answered == 0 ? ExitCode.failed.rawValue : ExitCode.partial.rawValue
    }
}
