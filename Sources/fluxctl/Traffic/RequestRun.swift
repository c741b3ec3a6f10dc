import CommandSpec
import JSON
import MQTTClient
import Terminal

/// `fluxctl req` at work.
struct RequestRun {
    private let arguments: Arguments
    private let endpoint: Endpoint
    private let console: Console
    private let client: MQTTClient

    static func main(_ arguments: Arguments) async -> Int32 {
        var console = Console.preliminary(arguments)
        do throws(Failure) {
            console = try Console(arguments, command: "req", schema: RequestCommand.schema)
            let endpoint = try ConnectionFlags.endpoint(arguments)
            try self.check(arguments, endpoint, console)
            let request = try self.request(arguments)
            var configuration = try ConnectionFlags.configuration(arguments, endpoint, command: "req")
            configuration.connectTimeout = min(arguments[RequestCommand.wait], configuration.connectTimeout)
            let client = MQTTClient(configuration)
            let run = RequestRun(arguments: arguments, endpoint: endpoint, console: console, client: client)
            return try await run.run(request)
        } catch {
            return console.report(error)
        }
    }

    static func check(_ arguments: Arguments, _ endpoint: Endpoint, _ console: Console) throws(Failure) {
        try endpoint.requireResponseTopics("req")
        let topic = arguments[RequestCommand.topic]
        if topic.isEmpty { throw .usage("req", "the topic is empty") }
        if topic.contains(where: { "+#".contains($0) }) {
            throw .usage(
                "req",
                "\"\(safe(topic))\" is a filter, and requests are published to topics",
                hint: "a topic has no + and #"
            )
        }
        if console.format.isMachine, arguments[RequestCommand.raw] {
            throw .usage("req", "--raw has no meaning with -o \(console.format.rawValue)")
        }
        if console.format == .json, arguments[RequestCommand.replies] > 1 {
            throw .usage("req", "-o json is one answer", hint: "use -o jsonl for several")
        }
    }

    /// The request without its response topic and correlation data.
    static func request(_ arguments: Arguments) throws(Failure) -> MQTTMessage {
        let flags = PublishCommand.self
        let sources: [any AnyFlag] = [flags.message, flags.file, flags.stdin]
        let given =
            sources.filter { arguments.isGiven($0) }.map { "--\($0.spec.name)" }
            + (arguments[RequestCommand.payload] == nil ? [] : ["PAYLOAD"])
        if given.count > 1 {
            throw .usage("req", "the payload is given twice: \(given.joined(separator: " and "))")
        }
        if arguments[flags.hex], arguments[flags.base64] {
            throw .usage("req", "a payload is in --hex or in --base64, not in both")
        }
        var written = Array((arguments[RequestCommand.payload] ?? arguments[flags.message] ?? "").utf8)
        if let path = arguments[flags.file] ?? (arguments[flags.stdin] ? "-" : nil) {
            var file = try InputFile(path: path)
            written = try file.readAll()
        }
        let isHexadecimal = arguments[flags.hex]
        let decoded =
            isHexadecimal ? decodeHexadecimal(written) : arguments[flags.base64] ? decodeBase64(written) : written
        guard let payload = decoded else {
            throw Failure(.badInput, "the payload is not \(isHexadecimal ? "hexadecimal" : "base64")")
        }
        var properties = MQTTMessageProperties()
        properties.contentType = arguments[flags.contentType]
        properties.expirySeconds = arguments[flags.expiry]
        for text in arguments[flags.header] {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw .usage("req", "-H \"\(safe(text))\" is not NAME=VALUE")
            }
            let value = text[text.index(after: equals)...]
            properties.userProperties.append(MQTTUserProperty(String(text[..<equals]), String(value)))
        }
        return MQTTMessage(
            topic: arguments[RequestCommand.topic],
            payload: payload,
            qos: MQTTQoS(rawValue: UInt8(arguments[RequestCommand.qos] ?? 1)) ?? .atLeastOnce,
            properties: properties
        )
    }

    private func run(_ request: MQTTMessage) async throws(Failure) -> Int32 {
        let messages = self.client.messages
        Interruption.handle { messages.finish() }
        var request = request
        let own = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let inbox = "fluxmq/reply/" + own.map { hexadecimal(UInt32($0), width: 2) }.joined()
        request.properties.responseTopic = inbox
        request.properties.correlationData = own
        try await self.listen(on: inbox)
        let wait = self.arguments[RequestCommand.wait]
        let alarm = Task {
            try await Task.sleep(for: wait)
            messages.finish()
        }
        defer { alarm.cancel() }
        let start = ContinuousClock.now
        let count: Int
        do throws(Failure) {
            try await self.send(request)
            count = try await self.receive(own, since: start)
        } catch {
            await self.client.disconnect()
            throw error
        }
        await self.client.disconnect()
        let wanted = self.arguments[RequestCommand.replies]
        if count >= wanted { return 0 }
        if let exit = Interruption.exit { return exit.rawValue }
        let found = wanted == 1 ? "no answer" : "\(grouped(count)) of \(grouped(wanted)) answers"
        throw Failure(.timedOut, "\(found) on \"\(request.topic)\" within \(wait.short)")
    }

    private func listen(on inbox: String) async throws(Failure) {
        do throws(MQTTClientError) {
            try await self.client.connect()
            let outcomes = try await self.client.subscribe([MQTTFilter(inbox, qos: .atLeastOnce)])
            if case .refused(let reason)? = outcomes.first { throw MQTTClientError.rejected(reason, nil) }
        } catch {
            await self.client.disconnect()
            throw Failure(error, at: self.endpoint)
        }
    }

    private func send(_ request: MQTTMessage) async throws(Failure) {
        let receipt: MQTTPublishReceipt
        do throws(MQTTClientError) {
            receipt = try await self.client.publish(request)
        } catch {
            throw Failure(error, "cannot publish to \"\(request.topic)\"", at: self.endpoint)
        }
        guard receipt.reason.code == 0x10 else { return }
        var failure = Failure(
            .allRefused,
            "nobody subscribes to \"\(request.topic)\"",
            hints: ["answer with: fluxctl reply \(request.topic) --echo"],
            reasonCode: 0x10
        )
        failure.code = "no_subscribers"
        throw failure
    }

    /// - Returns: How many answers came.
    private func receive(_ own: [UInt8], since start: ContinuousClock.Instant) async throws(Failure) -> Int {
        let wanted = self.arguments[RequestCommand.replies]
        var count = 0
        while count < wanted, let batch = try await self.nextBatch() {
            let time = start.duration(to: .now)
            // A responder that is no good may answer without the correlation data, or with another's.
            for delivery in batch where delivery.message.properties.correlationData == own && count < wanted {
                count += 1
                try self.show(delivery, number: count, time: time)
            }
        }
        return count
    }

    private func nextBatch() async throws(Failure) -> [MQTTDelivery]? {
        do throws(MQTTClientError) {
            return try await self.client.messages.nextBatch(upTo: 100)
        } catch {
            throw Failure(error, at: self.endpoint)
        }
    }

    private func show(_ delivery: MQTTDelivery, number: Int, time: Duration) throws(Failure) {
        let view = MessageView(sequence: number, at: timestamp(), delivery: delivery, via: self.endpoint.scheme)
        guard case .object(var members) = view.json else { return }
        members.append(("rtt_ms", .number((time.inSeconds * 1_000_000).rounded() / 1_000)))
        if self.arguments[RequestCommand.roundTrip] {
            let size = byteCount(delivery.message.payload.count)
            self.console.banner("answer \(number)  \(size)  \(decimal(time.inSeconds * 1_000, 2)) ms")
        }
        let isRaw = self.arguments[RequestCommand.raw]
        var output: [UInt8] = []
        switch self.console.format {
        case .json:
            members.insert(("schema", .string(RequestCommand.schema.identifier)), at: 0)
            output += (JSONValue.object(members).indentedText + "\n").utf8
        case .jsonl: output += (JSONValue.object(members).text + "\n").utf8
        case .template:
            let object = JSONValue.object(members)
            self.console.template?.render(object, raw: { view.payload(of: $0, unescaped: isRaw) }, to: &output)
        default:
            let payload = delivery.message.payload
            output = isRaw ? payload : Array(displayed(payload, limit: self.console.isTerminal ? 4_096 : nil).utf8)
            output.append(UInt8(ascii: "\n"))
        }
        try self.console.write(output)
    }
}

extension Endpoint {
    /// Only MQTT 5.0 has response topics and correlation data. Source: MQTT 5.0 §4.10.
    func requireResponseTopics(_ command: String) throws(Failure) {
        if self.version == .v5 { return }
        throw Failure(.unsupported, "\(command) has no meaning on mqtt3", hints: ["use --via mqtt5://\(self.address)"])
    }
}
