import CommandSpec
import Glibc
import MQTTClient
import Synchronization
import Terminal

/// `fluxctl sub` at work.
struct SubscribeRun {
    private let arguments: Arguments
    private let endpoint: Endpoint
    private let console: Console
    private let client: MQTTClient
    private let filters: [MQTTFilter]
    private let queue: QueueSubscription?
    /// Of a queue.
    private let window: DeliveryWindow?

    static func main(_ arguments: Arguments) async -> Int32 {
        var console = Console.preliminary(arguments)
        do throws(Failure) {
            console = try Console(arguments, command: "sub", schema: MessageView.schema)
            let endpoint = try ConnectionFlags.endpoint(arguments)
            let queue = try QueueSubscription(arguments, endpoint)
            let filters = try self.filters(arguments, endpoint, queue)
            try self.checkOutput(arguments, console)
            var configuration = try ConnectionFlags.configuration(arguments, endpoint, command: "sub")
            let window = queue?.window(arguments, filters: filters.count)
            if let window {
                configuration.receiveMaximum = window.receiveMaximum
            } else if let count = arguments[SubscribeCommand.count] {
                configuration.receiveMaximum = UInt16(min(count, 1_000))
            }
            if let queue { MissingQueue.warn(queue.queue, arguments, endpoint, console) }
            let client = MQTTClient(configuration)
            let run = SubscribeRun(
                arguments: arguments,
                endpoint: endpoint,
                console: console,
                client: client,
                filters: filters,
                queue: queue,
                window: window
            )
            return try await run.run()
        } catch {
            return console.report(error)
        }
    }

    static func filters(
        _ arguments: Arguments,
        _ endpoint: Endpoint,
        _ queue: QueueSubscription? = nil
    ) throws(Failure) -> [MQTTFilter] {
        try endpoint.requireVersion5(arguments, SubscribeCommand.noLocal)
        let choice = arguments[SubscribeCommand.retained]
        if choice == .asIs, endpoint.version == .v311 {
            throw Failure(
                .unsupported,
                "--retained as-is has no meaning on mqtt3",
                hints: ["use --via \(endpoint.way.like(version: .v5))://\(endpoint.address)"]
            )
        }
        if arguments[SubscribeCommand.setupOnly], !arguments.isGiven(ConnectionFlags.sessionExpiry) {
            throw .usage("sub", "--setup-only needs --client-id and --session-expiry, or nothing of it stays")
        }
        let written = arguments[SubscribeCommand.filters]
        if written.isEmpty, queue == nil {
            throw .usage("sub", "FILTER is missing", hint: "'#' is everything; --queue QUEUE a queue")
        }
        return (queue?.filters(written) ?? written).map { text in
            MQTTFilter(
                text,
                qos: MQTTQoS(rawValue: UInt8(arguments[SubscribeCommand.qos] ?? 1)) ?? .atLeastOnce,
                noLocal: arguments[SubscribeCommand.noLocal],
                retainAsPublished: choice == .asIs,
                retained: choice == .skip && endpoint.version == .v5 ? .never : .always
            )
        }
    }

    static func checkOutput(_ arguments: Arguments, _ console: Console) throws(Failure) {
        let isRaw = arguments[SubscribeCommand.raw]
        let isNull = arguments[SubscribeCommand.null]
        if isRaw, isNull { throw .usage("sub", "payloads end with a newline (--raw) or a zero byte (-0), not both") }
        if console.format.isMachine, isRaw || isNull {
            throw .usage("sub", "\(isRaw ? "--raw" : "-0") has no meaning with -o \(console.format.rawValue)")
        }
        if console.format == .template, isNull {
            throw .usage("sub", "-0 has no meaning with --format", hint: "write \\0 into it")
        }
    }

    private func run() async throws(Failure) -> Int32 {
        let messages = self.client.messages
        Interruption.handle { messages.finish() }
        let outcomes: [MQTTSubscribeOutcome]
        do throws(MQTTClientError) {
            try await self.client.connect()
            outcomes = try await self.client.subscribe(self.filters, userProperties: self.queue?.userProperties ?? [])
        } catch {
            throw Failure(error, at: self.endpoint)
        }
        let isPartial = try await self.report(outcomes)
        if self.arguments[SubscribeCommand.setupOnly] {
            await self.client.disconnect()
            return isPartial ? ExitCode.partial.rawValue : 0
        }
        return try await self.receive(isPartial: isPartial)
    }

    /// - Returns: Whether some filters were refused.
    /// - Throws: when all were.
    private func report(_ outcomes: [MQTTSubscribeOutcome]) async throws(Failure) -> Bool {
        var refusals: [Failure] = []
        for (filter, outcome) in zip(self.filters, outcomes) {
            switch outcome {
            case .granted(let qos):
                self.console.banner("subscribed \(safe(filter.topicFilter))  qos\(qos.rawValue)")
            case .refused(let reason):
                let error = Failure(
                    .rejected(reason, nil),
                    "cannot subscribe to \"\(filter.topicFilter)\"",
                    at: self.endpoint
                )
                refusals.append(Failure(.allRefused, error.message, hints: error.hints, reasonCode: reason.code))
            }
        }
        guard let first = refusals.first else { return false }
        if refusals.count == outcomes.count {
            await self.client.disconnect()
            throw first
        }
        for refusal in refusals { _ = self.console.report(refusal) }
        return true
    }

    // MARK: Messages

    private func receive(isPartial: Bool) async throws(Failure) -> Int32 {
        let messages = self.client.messages
        let stopwatch = Stopwatch()
        stopwatch.start(timeout: self.arguments[GlobalFlags.timeout], idle: self.arguments[SubscribeCommand.idle]) {
            messages.finish()
        }
        var writer = MessageWriter(self.console, self.arguments, via: self.endpoint.scheme)
        let count = self.arguments[SubscribeCommand.count]
        var answers = SubscribeAnswers(self.client, self.queue, self.window, self.endpoint)
        do throws(Failure) {
            try writer.begin()
            while count.map({ writer.written < $0 }) ?? true,
                let batch = try await self.nextBatch(upTo: min(1_000, (count ?? .max) - writer.written))
            {
                stopwatch.heard()
                var hidden = 0
                for delivery in batch.deliveries {
                    if self.isShown(delivery) { writer.add(delivery) } else { hidden += 1 }
                }
                try writer.flush()
                try await answers.answer(batch, hidden: hidden)
            }
            try writer.end()
        } catch {
            await self.client.disconnect()
            throw error
        }
        await self.client.disconnect()
        if count.map({ writer.written >= $0 }) != true {
            if let exit = Interruption.exit { return exit.rawValue }
            if let failure = self.timeUp(stopwatch, written: writer.written, count: count) { throw failure }
        }
        return isPartial ? ExitCode.partial.rawValue : 0
    }

    private func nextBatch(upTo limit: Int) async throws(Failure) -> MQTTBatch? {
        do throws(MQTTClientError) {
            return try await self.client.messages.nextUnacknowledgedBatch(upTo: limit)
        } catch {
            throw Failure(error, at: self.endpoint)
        }
    }

    private func isShown(_ delivery: MQTTDelivery) -> Bool {
        switch self.arguments[SubscribeCommand.retained] {
        case .only where !delivery.message.retain: return false
        case .skip where delivery.message.retain: return false
        default: break
        }
        return !self.arguments[SubscribeCommand.exclude].contains { topicMatches(delivery.message.topic, filter: $0) }
    }

    private func timeUp(_ stopwatch: Stopwatch, written: Int, count: Int?) -> Failure? {
        guard let reason = stopwatch.stopped, count != nil || written == 0 else { return nil }
        return Failure(
            .timedOut,
            count.map { "\(reason), with \(grouped(written)) of \(grouped($0)) messages" }
                ?? "\(reason), and no message"
        )
    }
}

/// Ends a subscription when its time is up, or when nothing has arrived for a while.
private final class Stopwatch: Sendable {
    private let state = Mutex<(last: ContinuousClock.Instant, stopped: String?)>((.now, nil))

    /// Why time was up; nil while it is not.
    var stopped: String? { self.state.withLock { $0.stopped } }

    func heard() { self.state.withLock { $0.last = .now } }

    func start(timeout: Duration?, idle: Duration?, stop: @escaping @Sendable () -> Void) {
        self.heard()
        if let timeout {
            Task {
                try await Task.sleep(for: timeout)
                self.stop("timed out after \(timeout.short)", stop)
            }
        }
        if let idle {
            Task {
                while true {
                    let due = self.state.withLock { $0.last } + idle
                    if due <= .now { break }
                    try await Task.sleep(until: due)
                }
                self.stop("nothing arrived for \(idle.short)", stop)
            }
        }
    }

    private func stop(_ reason: String, _ stop: () -> Void) {
        self.state.withLock { if $0.stopped == nil { $0.stopped = reason } }
        stop()
    }
}
