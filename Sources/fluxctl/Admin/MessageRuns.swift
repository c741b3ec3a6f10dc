import AdminAPI
import CommandSpec
import Glibc
import Protobuf
import Terminal

/// Commands that take single messages out of a queue: `queue get`, `queue move`, `dlq move`, and `purge` of some.
enum MessageRuns {
    static let filter = Flag(
        "filter",
        .string("EXPR"),
        "Only messages that match: age_ms>1h headers.unit=C topic~/eu/."
    )
    static let count = Flag("count", .integer("N", in: 1...Int.max), "Messages at most. Default: all.")
    static let rate = Flag("rate", ValueType<Double>.rate, "Messages a second at most.")

    /// Messages of one request.
    private static let most = 1_000

    // MARK: get

    static let getCount = Flag("count", .integer("N", in: 1...1_000_000), "Messages at most. Default: 1.")
    static let acknowledge = Flag(toggle: "ack", "Take them out: nobody else gets them.")
    static let requeue = Flag(toggle: "requeue", "Leave them where they are.")

    static func get(_ invocation: AdminInvocation, queue: String) throws(Failure) -> ExitCode {
        let arguments = invocation.arguments
        guard arguments[acknowledge] != arguments[requeue] else {
            throw .usage(
                invocation.command,
                arguments[acknowledge]
                    ? "--ack and --requeue exclude each other"
                    : "what becomes of the messages? --ack takes them out, --requeue leaves them"
            )
        }
        var left = arguments[getCount] ?? 1
        if arguments[requeue], left > self.most {
            let hint = "fluxctl queue peek looks further"
            throw .usage(invocation.command, "--requeue shows \(self.most) messages at most", hint: hint)
        }
        let columns = try invocation.columns(QueueView.type)
        let admin = try invocation.connect()
        var request = ChangeRun.request(invocation, .queue, verb: "get")
        request.id = queue
        if let filter = arguments[filter] { request.arguments["filter"] = filter }
        if arguments[requeue] { request.arguments["keep"] = "true" }
        var writer = ListWriter(invocation.console, QueueView.type, columns: columns)
        var (done, seen) = (UInt64(0), Set<UInt64>())
        repeat {
            // What is left in place comes again with the next request: it is asked for at once.
            request.arguments["count"] = String(min(left, self.most))
            let response = try admin.perform(request)
            try writer.begin(ListHead(at: currentTime(), total: response.affected, totalMatched: response.affected))
            for message in response.messages where seen.insert(message.number).inserted {
                try writer.add(QueueView.record(message, isForPeople: invocation.console.format.isTable))
            }
            // Whoever reads has what is out of the queue now.
            try writer.flush()
            done += response.affected
            left -= Int(clamping: response.affected)
            if response.affected == 0 || !arguments[acknowledge] || request.dryRun { break }
        } while left > 0
        try writer.end(next: "")
        let what = arguments[acknowledge] && !request.dryRun ? "took" : "saw"
        invocation.console.banner("\(what) \(ChangeRun.counted(done, "message")) of \(queue)")
        return .success
    }

    // MARK: move

    /// - Parameter flags: Those of the command, which are `filter`, `count` and `rate` here.
    static func move(_ invocation: AdminInvocation, from source: String, to target: String) throws(Failure) -> ExitCode
    {
        let arguments = invocation.arguments
        try ChangeRun.requireTerminal(invocation)
        let admin = try invocation.connect()
        var request = ChangeRun.request(invocation, .queue, verb: "move")
        request.id = source
        request.arguments["to"] = target
        if let filter = arguments[filter] { request.arguments["filter"] = filter }
        if request.dryRun {
            if let count = arguments[count] { request.arguments["count"] = String(count) }
            let response = try admin.perform(request)
            try ChangeRun.write(response, request, noun: "message", to: invocation.console)
            return .success
        }
        var asked = request
        if let count = arguments[count] { asked.arguments["count"] = String(count) }
        try ChangeRun.confirm(invocation, asked, noun: "message", admin)
        Interruption.handle {}
        var (done, left) = (UInt64(0), arguments[count] ?? .max)
        let pace = arguments[rate]
        let start = monotonicTime()
        while left > 0, Interruption.exit == nil {
            sleepUntil(start + (pace.map { UInt64(Double(done) / $0 * 1e9) } ?? 0))
            if Interruption.exit != nil { break }
            let wanted = min(left, pace.map { max(1, min(self.most, Int($0 / 4))) } ?? self.most)
            request.arguments["count"] = String(wanted)
            let response = try admin.perform(request)
            done += response.affected
            left -= Int(clamping: response.affected)
            // What the other queue refused stays where it is.
            if let warning = response.warnings.first {
                throw Failure(.partial, "\(ChangeRun.counted(done, "message")) moved, then: \(warning)")
            }
            if response.affected == 0 { break }
            if invocation.console.isTerminal { invocation.console.note("\(Quantity.exact(done)) moved") }
        }
        var summary = AdminV1.DoResponse()
        summary.affected = done
        summary.ids = [source]
        summary.message = "moved \(ChangeRun.counted(done, "message")) of \(source) to \(target)"
        try ChangeRun.write(summary, request, noun: "message", to: invocation.console)
        return Interruption.exit ?? .success
    }

    private static func sleepUntil(_ due: UInt64) {
        while Interruption.exit == nil {
            let now = monotonicTime()
            if now >= due { return }
            usleep(UInt32(min(50_000, (due - now) / 1_000 + 1)))
        }
    }

    // MARK: purge

    static let older = Flag("older", .duration("DURATION"), "Only messages that are older than this: 1h, 7d.")
    static let keep = Flag("keep", .integer("N", in: 0...Int.max), "All but the last N, of each priority.")
    static let purgeFilter = Flag(
        "filter",
        .string("EXPR"),
        "With a QUEUE: only its messages that match, age_ms>1h headers.unit=C. Without one: all of every queue that matches."
    )

    /// What the flags choose of one queue's messages; empty for all.
    static func purgeArguments(_ invocation: AdminInvocation, isOneQueue: Bool) throws(Failure) -> [String: String] {
        let arguments = invocation.arguments
        var chosen: [String: String] = [:]
        if let age = arguments[older] { chosen["older_ms"] = String(Int(age / .milliseconds(1))) }
        if let count = arguments[keep] { chosen["keep"] = String(count) }
        if isOneQueue, let filter = arguments[purgeFilter] { chosen["filter"] = filter }
        if chosen.count > 1 { throw .usage(invocation.command, "--older, --keep and --filter exclude each other") }
        return chosen
    }
}
