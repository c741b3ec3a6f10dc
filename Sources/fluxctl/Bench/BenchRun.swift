import Blocking
import CommandSpec
import Glibc
import JSON
import MQTTClient
import MQTTWire
import Synchronization

/// `fluxctl bench` at work: starts the workers, watches them, and says what came of it.
struct BenchRun {
    private let plan: LoadPlan
    private let arguments: Arguments
    private let endpoint: Endpoint
    private let console: Console
    private let posts: [WorkerPost]
    private let stop = Stop()

    /// How often the workers are asked.
    private static let turn = Duration.milliseconds(20)
    /// With nothing more arriving for so long, what has not arrived is lost.
    private static let patience: UInt64 = 5_000_000_000

    /// The first Ctrl-C: what was measured until then is shown.
    private final class Stop: Sendable { let isSet = Atomic(false) }

    static func main(_ scenario: LoadPlan.Scenario, _ arguments: Arguments) async -> Int32 {
        var console = Console.preliminary(arguments)
        do throws(Failure) {
            console = try Console(arguments, command: "bench", schema: LoadReport.schema)
            let endpoint = try ConnectionFlags.endpoint(arguments)
            let plan = try LoadPlan(scenario, arguments, endpoint)
            try self.checkDescriptors(plan)
            var files: [OutputFile?] = []
            for flag in [BenchCommands.histogram, BenchCommands.record] {
                var file: OutputFile?
                if let path = arguments[flag] { file = try OutputFile(path) }
                files.append(file)
            }
            let run = try BenchRun(plan, arguments, endpoint, console)
            let result = try await run.measure()
            return try run.finish(result, histogram: files[0], record: files[1])
        } catch {
            return console.report(error)
        }
    }

    private init(_ plan: LoadPlan, _ arguments: Arguments, _ endpoint: Endpoint, _ console: Console) throws(Failure) {
        let transport = try endpoint.transport()
        let deadline = monotonicTime() + 10_000_000_000
        let addresses = try NetworkAddress.lookUp(endpoint.host, endpoint.port, until: deadline)
        let address = try Self.firstThatAnswers(addresses, endpoint)
        let start = monotonicTime()
        self.plan = plan
        self.arguments = arguments
        self.endpoint = endpoint
        self.console = console
        let shared = plan.scenario.isQueue ? SharedChecks() : nil
        self.posts = plan.shares(cores: Self.cores).map { share in
            let post = WorkerPost()
            startThread {
                LoadWorker(plan, address, transport, share: share, connectStart: start, shared: shared, post).run()
            }
            return post
        }
    }

    /// A name may have several addresses, of which only some work: all connections go to the first that does.
    private static func firstThatAnswers(_ addresses: [NetworkAddress], _ endpoint: Endpoint) throws(Failure)
        -> NetworkAddress
    {
        var reason = "no address"
        for address in addresses {
            do throws(Failure) {
                let socket = try NetworkSocket(connectingTo: address)
                var entry = pollfd(fd: socket.descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&entry, 1, 5_000) == 1 else {
                    reason = "timed out"
                    continue
                }
                guard let problem = socket.connectError else {
                    Self.waitUntilForgotten(socket)
                    return address
                }
                reason = problem
            } catch {
                reason = error.message
            }
        }
        throw Failure(MQTTClientError.unreachable("cannot connect to \(endpoint.address): \(reason)"), at: endpoint)
    }

    /// Says goodbye and waits for the broker's: with a limit on connections the one that only looked must not take a place.
    private static func waitUntilForgotten(_ socket: borrowing NetworkSocket) {
        shutdown(socket.descriptor, Int32(SHUT_WR))
        var entry = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, 500)
    }

    private static let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    /// Raises the limit of open files as far as it may be, and refuses what does not fit.
    private static func checkDescriptors(_ plan: LoadPlan) throws(Failure) {
        let needed = rlim_t(plan.connections + 64)
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < needed else {
            return
        }
        limit.rlim_cur = min(needed, limit.rlim_max)
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur >= needed else {
            throw Failure(
                .failed,
                "\(plan.connections) connections need \(needed) open files, and the limit is \(limit.rlim_max)",
                hints: ["raise it: ulimit -n \(needed)"]
            )
        }
    }

    // MARK: Measuring

    private func measure() async throws(Failure) -> LoadResult {
        let stop = self.stop
        Interruption.handle { stop.isSet.store(true, ordering: .relaxed) }
        let interval = self.arguments[BenchCommands.interval]?.nanoseconds ?? 1_000_000_000
        var watch = LoadWatch(self.plan, interval: interval)
        self.console.banner(LoadReport.head(self.plan, self.endpoint))
        let (began, usedBefore) = (monotonicTime(), Self.processorSeconds())
        do throws(Failure) {
            try await self.connect(&watch)
        } catch {
            await self.end()
            throw error
        }
        let schedule = self.plan.schedule(startingAt: monotonicTime() + 50_000_000)
        watch.begin(at: schedule.measureStart)
        if self.plan.scenario != .conn {
            if interval > 0 { self.console.banner(LoadReport.rowHeader) }
            for post in self.posts { post.start(schedule) }
        }
        await self.watch(schedule, &watch)
        let now = monotonicTime()
        let owed = self.posts.reduce(0) { $0 + $1.status.owed }
        let missing = self.posts.reduce(0) { $0 + $1.status.missing }
        await self.end()
        self.absorb(&watch)
        let end = min(now, schedule.end ?? now)
        return LoadResult(
            plan: self.plan,
            total: watch.total,
            intervals: watch.intervals,
            elapsed: end > schedule.measureStart ? end - schedule.measureStart : 0,
            missing: missing,
            owed: owed,
            processorSeconds: Self.processorSeconds() - usedBefore,
            processorSpan: Double(now - began) / 1e9,
            cores: Self.cores
        )
    }

    private var isStopped: Bool { self.stop.isSet.load(ordering: .relaxed) }

    /// Returns when every connection stands. Only where connections are what is measured may some fail.
    private func connect(_ watch: inout LoadWatch) async throws(Failure) {
        while true {
            let statuses = self.posts.map(\.status)
            let failed = statuses.reduce(0) { $0 + $1.failed }
            if failed > 0, self.plan.scenario != .conn || failed == self.plan.connections {
                let problem = statuses.lazy.compactMap(\.firstFailure).first
                throw self.failure(problem ?? LoadProblem(text: "a connection failed"))
            }
            if self.plan.scenario == .conn { self.absorb(&watch) }
            if statuses.reduce(0, { $0 + $1.ready + $1.failed }) == self.plan.connections { return }
            if self.isStopped { throw Failure(Interruption.exit ?? .interrupted, "interrupted") }
            try? await Task.sleep(for: Self.turn)
        }
    }

    private func failure(_ problem: LoadProblem) -> Failure {
        guard let reason = problem.reason else {
            let hints = self.endpoint.tls == nil ? [] : TLSFlags.hints(for: problem.text, at: self.endpoint)
            return Failure(.unreachable, problem.text, hints: hints)
        }
        let isAboutRights = MQTTReason(code: reason.rawValue).isAboutRights
        return Failure(isAboutRights ? .notPermitted : .failed, problem.text, reasonCode: reason.rawValue)
    }

    /// Until all is sent and has arrived, or nothing more comes.
    private func watch(_ schedule: Schedule, _ watch: inout LoadWatch) async {
        var lastProgress = monotonicTime()
        var progress = -1
        while !self.isStopped {
            try? await Task.sleep(for: Self.turn)
            let now = monotonicTime()
            self.absorb(&watch)
            let statuses = self.posts.map(\.status)
            let unacknowledged = statuses.reduce(0) { $0 + $1.unacknowledged }
            if let row = watch.row(at: now, until: schedule.end, unacknowledged: unacknowledged) {
                self.console.banner(LoadReport.row(row))
            }
            if statuses.allSatisfy({ $0.ready == 0 }) { return }
            switch self.plan.scenario {
            case .conn: if now >= schedule.end ?? 0 { return }
            case .sub:
                if let end = schedule.end, now >= end { return }
                if let count = self.plan.count, watch.total.received >= count { return }
            case .pub, .pubsub, .queue, .stream:
                let seen = watch.total.sent + watch.total.acknowledged + watch.total.received
                if seen != progress { (progress, lastProgress) = (seen, now) }
                let isSent = statuses.allSatisfy(\.isDone)
                // What was sent may be ahead of what was counted: workers give their tallies away now and then.
                let isCounted = now - lastProgress > 100_000_000
                let hasArrived = self.plan.scenario == .pub || watch.total.distinct >= watch.total.expected
                if isSent, isCounted, hasArrived { return }
                let isOver = schedule.end.map { now >= $0 } ?? isSent
                if isOver, now - lastProgress > Self.patience { return }
            }
        }
    }

    private func absorb(_ watch: inout LoadWatch) { for post in self.posts { watch.add(post.takeTally()) } }

    /// Lets the workers say goodbye.
    private func end() async {
        for post in self.posts { post.stop() }
        while !self.posts.allSatisfy(\.status.hasEnded) { try? await Task.sleep(for: Self.turn) }
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let times = [usage.ru_utime, usage.ru_stime]
        return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    // MARK: Result

    private func finish(_ result: LoadResult, histogram: OutputFile?, record: OutputFile?) throws(Failure) -> Int32 {
        let report = LoadReport(result, self.arguments[BenchCommands.assertions], via: self.endpoint.scheme)
        try histogram?.write(percentileFile(result.total.latency))
        try record?.write(report.record.indentedText + "\n")
        switch self.console.format {
        case .json: try self.console.write(Array((report.json.indentedText + "\n").utf8))
        case .jsonl: try self.console.write(Array((report.json.text + "\n").utf8))
        case .template:
            var output: [UInt8] = []
            self.console.template?.render(report.json, raw: { _ in nil }, to: &output)
            try self.console.write(output)
        default: try self.console.write(Array(report.text.utf8))
        }
        if let exit = Interruption.exit { return exit.rawValue }
        if let failure = report.failure { throw failure }
        return 0
    }
}
