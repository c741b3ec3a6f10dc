import CommandSpec
import Glibc
import JSON
import MQTTClient
import Terminal

/// `fluxctl pub` at work.
struct PublishRun {
    private let arguments: Arguments
    private let endpoint: Endpoint
    private let console: Console
    private let source: MessageSource
    private let client: MQTTClient

    static func main(_ arguments: Arguments) async -> Int32 {
        var console = Console.preliminary(arguments)
        do throws(Failure) {
            console = try Console(arguments, command: "pub", schema: PublishCommand.schema)
            let endpoint = try ConnectionFlags.endpoint(arguments)
            let source = try MessageSource(arguments, endpoint)
            let plan = try PublishPlan(arguments, source)
            if case .queue(let queue, _)? = arguments[PublishCommand.target] {
                MissingQueue.warn(queue, arguments, endpoint, console)
            }
            let client = MQTTClient(try ConnectionFlags.configuration(arguments, endpoint, command: "pub"))
            let run = PublishRun(
                arguments: arguments,
                endpoint: endpoint,
                console: console,
                source: source,
                client: client
            )
            return try await run.publish(plan)
        } catch {
            return console.report(error)
        }
    }

    private func publish(_ plan: consuming PublishPlan) async throws(Failure) -> Int32 {
        let (client, console) = (self.client, self.console)
        Interruption.handle {
            Task {
                await client.disconnect()
                _exit(Interruption.exit?.rawValue ?? 130)
            }
        }
        if let timeout = self.arguments[GlobalFlags.timeout] {
            Task {
                try await Task.sleep(for: timeout)
                exit(console.report(Failure(.timedOut, "not done after \(timeout.short)")))
            }
        }
        do throws(MQTTClientError) {
            try await client.connect()
        } catch {
            throw Failure(error, at: self.endpoint)
        }
        let start = ContinuousClock.now
        switch consume plan {
        case .messages(let messages, let count, let every):
            if messages.count == 1, count == 1 { return try await self.publishOne(messages[0]) }
            if let every { return try await self.publish(messages, count: count, every: every, since: start) }
            return try await self.publishMany(messages, count: count ?? 1, since: start)
        case .records(let separator, let path):
            return try await self.publishRecords(separator: separator, path: path, since: start)
        }
    }

    // MARK: One

    private func publishOne(_ message: MQTTMessage) async throws(Failure) -> Int32 {
        let start = ContinuousClock.now
        let receipt = try await self.confirm(message)
        await self.client.disconnect()
        var members = self.result(published: 1, failed: 0, elapsed: .now - start)
        members += [
            ("topic", .string(message.topic)), ("bytes", .integer(message.payload.count)),
            ("qos", .integer(Int(message.qos.rawValue))),
            ("retained", .bool(message.retain)), ("reason_code", .integer(Int(receipt.reason.code))),
        ]
        if let roundTrip = receipt.roundTrip { members.append(("ack_ms", milliseconds(roundTrip))) }
        try self.show(members)
        return 0
    }

    /// Publishes one message and says so: `published sensors/a  4 B  qos1 retained  puback 0.41 ms`.
    private func confirm(_ message: MQTTMessage) async throws(Failure) -> MQTTPublishReceipt {
        do throws(MQTTClientError) {
            let receipt = try await self.client.publish(message)
            var words =
                "published \(safe(message.topic))  \(byteCount(message.payload.count))  qos\(message.qos.rawValue)"
            if message.retain { words += " retained" }
            if let roundTrip = receipt.roundTrip {
                words +=
                    "  \(message.qos == .exactlyOnce ? "pubcomp" : "puback") \(decimal(roundTrip.inSeconds * 1_000, 2)) ms"
            }
            if receipt.reason.code != 0 { words += "  (\(receipt.reason))" }
            self.console.banner(words)
            return receipt
        } catch {
            throw Failure(error, "cannot publish to \"\(message.topic)\"", at: self.endpoint)
        }
    }

    // MARK: Many

    /// - Parameter count: nil for ever.
    private func publish(
        _ messages: [MQTTMessage],
        count: Int?,
        every: Duration,
        since start: ContinuousClock.Instant
    ) async throws(Failure) -> Int32 {
        var published = 0
        var next = ContinuousClock.now
        var round = 0
        while count.map({ round < $0 }) ?? true {
            for message in messages {
                if published > 0 {
                    next += every
                    try? await Task.sleep(until: next)
                }
                _ = try await self.confirm(message)
                published += 1
            }
            round += 1
        }
        await self.client.disconnect()
        try self.show(self.result(published: published, failed: 0, elapsed: .now - start))
        return 0
    }

    private func publishMany(_ messages: [MQTTMessage], count: Int, since start: ContinuousClock.Instant)
        async throws(Failure) -> Int32
    {
        let publisher = self.client.publisher()
        for round in 0..<count {
            if round % 64 == 0, publisher.firstFailure != nil { break }
            await publisher.send(messages)
        }
        return try await self.finish(publisher, since: start, badInput: nil)
    }

    private func publishRecords(separator: UInt8, path: String, since start: ContinuousClock.Instant)
        async throws(Failure) -> Int32
    {
        let publisher = self.client.publisher()
        var badInput: Failure?
        do throws(Failure) {
            var input = try InputFile(path: path)
            var splitter = RecordSplitter(separator: separator)
            var number = 0
            while let bytes = try input.readSome(), !self.isLost(publisher) {
                try await self.send(splitter.add(bytes), &number, publisher)
            }
            if let last = splitter.finish() { try await self.send([last], &number, publisher) }
        } catch {
            badInput = error
        }
        return try await self.finish(publisher, since: start, badInput: badInput)
    }

    /// What came before a bad record is published.
    private func send(_ records: [[UInt8]], _ number: inout Int, _ publisher: MQTTPublisher) async throws(Failure) {
        var messages: [MQTTMessage] = []
        messages.reserveCapacity(records.count)
        var bad: Failure?
        for record in records {
            number += 1
            do throws(Failure) {
                messages.append(try self.source.message(record: record, number: number))
            } catch {
                bad = error
                break
            }
        }
        await publisher.send(messages)
        if let bad { throw bad }
    }

    /// Nothing more can be sent: the connection is gone.
    private func isLost(_ publisher: MQTTPublisher) -> Bool {
        switch publisher.firstFailure?.error {
        case .connectionLost, .disconnected, .closed, .protocolViolation: true
        default: false
        }
    }

    private func finish(_ publisher: MQTTPublisher, since start: ContinuousClock.Instant, badInput: Failure?)
        async throws(Failure) -> Int32
    {
        let summary = await publisher.finish()
        let elapsed = ContinuousClock.now - start
        await self.client.disconnect()
        try self.show(self.result(published: summary.published, failed: summary.failed, elapsed: elapsed))
        self.console.banner(Self.summaryLine(published: summary.published, failed: summary.failed, elapsed: elapsed))
        if let badInput { throw badInput }
        guard let first = summary.failures.first else { return 0 }
        let failure = Failure(first.error, "message \(first.index + 1)", at: self.endpoint)
        if summary.published == 0 || failure.exit == .unreachable { throw failure }
        let total = summary.published + summary.failed
        throw Failure(
            .partial,
            "\(grouped(summary.failed)) of \(grouped(total)) messages failed; \(failure.message)",
            hints: failure.hints,
            reasonCode: failure.reasonCode
        )
    }

    /// `12,044 published  0 failed  8.1k/s  1.48 s`.
    static func summaryLine(published: Int, failed: Int, elapsed: Duration) -> String {
        if published + failed == 0 { return "0 published" }
        let seconds = elapsed.inSeconds
        let speed = rate(Double(published) / max(seconds, 1e-6))
        return "\(grouped(published)) published  \(grouped(failed)) failed  \(speed)  \(decimal(seconds, 2)) s"
    }

    // MARK: Result

    private func result(published: Int, failed: Int, elapsed: Duration) -> [(String, JSONValue)] {
        [
            ("schema", .string(PublishCommand.schema.identifier)), ("published", .integer(published)),
            ("failed", .integer(failed)),
            ("elapsed_ms", milliseconds(elapsed)), ("via", .string(self.endpoint.scheme)),
        ]
    }

    private func show(_ members: [(String, JSONValue)]) throws(Failure) {
        switch self.console.format {
        case .table, .wide, .csv, .name: break  // the console lets no other but a table pass
        case .json: try self.console.write(Array((JSONValue.object(members).indentedText + "\n").utf8))
        case .jsonl: try self.console.write(Array((JSONValue.object(members).text + "\n").utf8))
        case .template:
            var output: [UInt8] = []
            self.console.template?.render(.object(members), raw: { _ in nil }, to: &output)
            try self.console.write(output)
        }
    }
}

private func milliseconds(_ duration: Duration) -> JSONValue {
    .number((duration.inSeconds * 1_000_000).rounded() / 1_000)
}
