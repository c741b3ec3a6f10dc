import Blocking
import CommandSpec
import Synchronization

/// `fluxctl ping` at work.
struct PingRun {
    private let arguments: Arguments
    private let console: Console
    private let endpoints: [Endpoint]
    private let stop = Stop()

    private final class Stop: Sendable { let isSet = Atomic(false) }

    static func main(_ arguments: Arguments) async -> Int32 {
        var console = Console.preliminary(arguments)
        do throws(Failure) {
            console = try Console(
                arguments,
                command: "ping",
                schema: PingCommand.type.schema,
                formats: [.table, .wide, .json, .jsonl, .csv, .template]
            )
            return try await PingRun(arguments, console, try self.endpoints(arguments)).run()
        } catch {
            return console.report(error)
        }
    }

    private init(_ arguments: Arguments, _ console: Console, _ endpoints: [Endpoint]) {
        self.arguments = arguments
        self.console = console
        self.endpoints = endpoints
    }

    static func endpoints(_ arguments: Arguments) throws(Failure) -> [Endpoint] {
        var endpoints = try self.namedEndpoints(arguments)
        for index in endpoints.indices { TLSFlags.apply(arguments, to: &endpoints[index]) }
        try TLSFlags.check(arguments, endpoints)
        return endpoints
    }

    private static func namedEndpoints(_ arguments: Arguments) throws(Failure) -> [Endpoint] {
        let urls = arguments[PingCommand.endpoints]
        if urls.isEmpty { return [try ConnectionFlags.endpoint(arguments)] }
        if arguments.isGiven(GlobalFlags.via) {
            throw .usage("ping", "endpoints are given by URL and by --via")
        }
        var endpoints: [Endpoint] = []
        for url in urls {
            do throws(Failure) {
                endpoints.append(try Endpoint(url))
            } catch {
                // Endpoints are those of --via, and name it.
                let (flag, message) = ("--via: ", error.message)
                throw Failure(
                    error.exit,
                    message.hasPrefix(flag) ? String(message.dropFirst(flag.count)) : message,
                    hints: ["as in: fluxctl ping mqtt5://127.0.0.1:1883"]
                )
            }
        }
        return endpoints
    }

    private func run() async throws(Failure) -> Int32 {
        let stop = self.stop
        Interruption.handle { stop.isSet.store(true, ordering: .relaxed) }
        let probes = try self.probes()
        let columns = ListWriter.defaultColumns(PingCommand.type, self.console.format)
        var writer = ListWriter(self.console, PingCommand.type, columns: columns)
        try writer.begin(self.head)
        var next = ContinuousClock.now
        var (ok, failed) = (0, 0)
        var firstFailure: Failure?
        for round in 1...self.arguments[PingCommand.count] {
            if round > 1 {
                next += self.arguments[PingCommand.interval]
                await self.sleep(until: next)
            }
            if self.isStopped { break }
            for (endpoint, outcome) in zip(self.endpoints, await Self.run(probes)) {
                if outcome.failure == nil { ok += 1 } else { failed += 1 }
                if firstFailure == nil { firstFailure = outcome.failure }
                try writer.add(Self.record(round, endpoint, outcome))
            }
            try self.write(&writer, isFirst: round == 1)
        }
        if !self.console.format.isTable { try writer.end(next: "") }
        if let exit = Interruption.exit { return exit.rawValue }
        guard let first = firstFailure else { return 0 }
        let text = ok + failed == 1 ? first.message : "\(grouped(failed)) of \(grouped(ok + failed)) tries failed"
        throw Failure(ok == 0 ? .unreachable : .partial, text, hints: first.hints, reasonCode: first.reasonCode)
    }

    private var isStopped: Bool { self.stop.isSet.load(ordering: .relaxed) }

    private var head: ListHead {
        let (total, overflow) = self.endpoints.count.multipliedReportingOverflow(by: self.arguments[PingCommand.count])
        let count = overflow ? UInt64(Int.max) : UInt64(total)
        return ListHead(at: currentTime(), total: count, totalMatched: count)
    }

    /// In short steps, so that an interruption need not wait for a round.
    private func sleep(until time: ContinuousClock.Instant) async {
        while !self.isStopped, .now < time {
            try? await Task.sleep(until: min(time, .now + .milliseconds(100)))
        }
    }

    /// A table is written round by round, under one line of headings.
    private func write(_ writer: inout ListWriter, isFirst: Bool) throws(Failure) {
        guard self.console.format.isTable else { return try writer.flush() }
        let lines = writer.tableLines()
        let isHeaderAgain = !isFirst && self.console.quiet < 2
        let text = lines.dropFirst(isHeaderAgain ? 1 : 0).map { $0 + "\n" }.joined()
        try self.console.write(Array(text.utf8))
    }

    private func probes() throws(Failure) -> [PingProbe] {
        var probes: [PingProbe] = []
        for endpoint in self.endpoints {
            _ = try endpoint.transport()  // a file that cannot be used is no fault of the endpoint's
            let password = try ConnectionFlags.password(self.arguments, endpoint, command: "ping")
            if password != nil, endpoint.user == nil {
                throw .usage(
                    "ping",
                    "a password without a user",
                    hint: "give one: \(endpoint.scheme)://USER@\(endpoint.address)"
                )
            }
            probes.append(
                PingProbe(
                    endpoint: endpoint,
                    clientID: self.arguments[ConnectionFlags.clientID] ?? "",
                    password: password,
                    patience: self.arguments[PingCommand.wait]
                )
            )
        }
        return probes
    }

    /// All at the same time, each on a thread of its own.
    private static func run(_ probes: [PingProbe]) async -> [PingOutcome] {
        await withTaskGroup(of: (Int, PingOutcome).self) { group in
            for (index, probe) in probes.enumerated() {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        startThread { continuation.resume(returning: (index, probe.run())) }
                    }
                }
            }
            var outcomes = [PingOutcome](repeating: PingOutcome(), count: probes.count)
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes
        }
    }

    static func record(_ round: Int, _ endpoint: Endpoint, _ outcome: PingOutcome) -> Record {
        let milliseconds = { (nanoseconds: UInt64?) -> Datum in
            nanoseconds.map { .number(Double($0 / 1_000) / 1_000) } ?? .none
        }
        return Record([
            .integer(Int64(round)), .time(currentTime()), .text(endpoint.url),
            Datum(outcome.address), milliseconds(outcome.lookUp), milliseconds(outcome.transport),
            milliseconds(outcome.tls), milliseconds(outcome.webSocket), milliseconds(outcome.connect),
            milliseconds(outcome.roundTrip), .text(outcome.failure?.message ?? "ok"),
        ])
    }
}
