import AdminAPI
import CommandSpec
import Terminal

/// Checks of queues, groups, streams and dead letters.
extension CheckCommands {
    static var queueChecks: [Command] { [self.queueCheck, self.groupCheck, self.streamCheck, self.deadLetterCheck] }

    // MARK: Figures

    private static let ready = CheckFigure("ready")
    private static let unacked = CheckFigure("unacked")
    private static let depth = CheckFigure("depth")
    private static let delayed = CheckFigure("delayed")
    private static let bytes = CheckFigure("bytes", .bytes)
    private static let oldest = CheckFigure("oldest", .seconds)
    private static let consumers = CheckFigure("consumers")
    private static let arriving = CheckFigure("in", .rate)
    private static let leaving = CheckFigure("out", .rate)
    private static let growth = CheckFigure("growth", .rate)
    private static let groups = CheckFigure("groups")
    private static let lag = CheckFigure("lag")
    private static let pending = CheckFigure("pending")
    private static let members = CheckFigure("members")

    private static let named = Positional(.string("QUEUE"), "The queue's name.")
    private static let groupName = Positional(.string("GROUP"), "The group, as group ls shows it, with its filter.")
    private static let streamName = Positional(.string("STREAM"), "The stream's name.")
    private static let deadLettersOf = Positional(
        maybe: .string("QUEUE"),
        "The queue whose dead letters are meant, or their own queue: $dlq/QUEUE. All dead-letter queues without it."
    )

    private static let queueFlags = CheckFlags(
        [ready, unacked, depth, delayed, bytes, oldest, consumers, arriving, leaving, growth, groups],
        warning: "ready>10k | consumers<1",
        critical: "depth>50000 | oldest>5m"
    )
    private static let groupFlags = CheckFlags(
        [lag, pending, ready, oldest, members, growth],
        warning: "lag>10k | members<1",
        critical: "lag>50k | oldest>10m"
    )
    private static let streamFlags = CheckFlags(
        [lag, depth, bytes, groups, consumers, arriving, leaving],
        warning: "lag>10k",
        critical: "lag>100k | bytes>50GiB"
    )
    private static let deadLetterFlags = CheckFlags(
        [ready, depth, oldest, arriving],
        warning: "ready>0",
        critical: "ready>100 | oldest>1d"
    )

    // MARK: Commands

    private static var queueCheck: Command {
        check(
            "queue",
            "is a queue short, young and consumed",
            description: [
                "A queue that is not there is critical, and so is one with a damaged log; one that is paused is a warning."
            ],
            positionals: [named],
            flags: [queueFlags.group],
            example: "fluxctl check queue orders --warn 'ready>10k' --crit 'ready>50k | oldest>5m'"
        ) { (invocation) throws(Failure) in
            let queue = try found(invocation.arguments[named], "queue", connect(invocation))
            return queueFindings(queue).result(
                "queue",
                of: queue.id,
                warning: invocation.arguments[queueFlags.warning],
                critical: invocation.arguments[queueFlags.critical],
                state: state(of: queue)
            )
        }
    }

    private static var groupCheck: Command {
        check(
            "group",
            "does a group of consumers keep up",
            description: ["A group that is not there is critical; one that is paused is a warning."],
            positionals: [named, groupName],
            flags: [groupFlags.group],
            example: "fluxctl check group orders billing --warn 'members<1' --crit 'lag>50k'"
        ) { (invocation) throws(Failure) in
            let id = "\(invocation.arguments[named]) \(invocation.arguments[groupName])"
            guard case .group(let group)? = try connect(invocation).get(.group, id: id).row?.row else {
                throw ShowRun.noRow("group", id)
            }
            var findings = CheckFindings()
            findings.add(lag, Double(group.lag), headline: true)
            findings.add(pending, Double(group.pending))
            findings.add(ready, Double(group.ready))
            findings.add(oldest, group.oldestMs.map { Double($0) }, headline: true)
            findings.add(members, Double(group.members), headline: true)
            findings.add(growth, group.growthPerS)
            return findings.result(
                "group",
                of: group.id,
                warning: invocation.arguments[groupFlags.warning],
                critical: invocation.arguments[groupFlags.critical],
                state: (group.state == "paused" ? .warning : .ok, group.state == "ok" ? "" : group.state)
            )
        }
    }

    private static var streamCheck: Command {
        check(
            "stream",
            "do the readers of a stream keep up",
            description: [
                "The lag is that of the group that is furthest behind. A stream that is not there is critical, and so is one with a "
                    + "damaged log; one that is paused is a warning."
            ],
            positionals: [streamName],
            flags: [streamFlags.group],
            example: "fluxctl check stream audit --warn 'lag>10k' --crit 'bytes>50GiB'"
        ) { (invocation) throws(Failure) in
            let admin = try connect(invocation)
            let stream = try found(invocation.arguments[streamName], "stream", admin)
            guard stream.type == "stream" else {
                return CheckResult(
                    check: "stream",
                    state: .unknown,
                    message: "\(stream.id) is no stream (see: fluxctl check queue \(stream.id))"
                )
            }
            var query = AdminV1.Query()
            query.kind = .group
            query.filter = "queue=\(quoted(stream.id))"
            query.sort = "-lag"
            query.limit = 1
            var furthest: AdminV1.Group?
            if case .group(let group)? = try admin.list(query).rows.first?.row { furthest = group }
            var findings = CheckFindings()
            findings.add(lag, Double(furthest?.lag ?? 0), headline: true)
            findings.add(depth, Double(stream.depth), headline: true)
            findings.add(bytes, Double(stream.bytes), headline: true)
            findings.add(groups, Double(stream.groups))
            findings.add(consumers, Double(stream.consumers))
            findings.add(arriving, stream.messagesInPerS)
            findings.add(leaving, stream.messagesOutPerS)
            var state = state(of: stream)
            if let furthest, furthest.lag > 0 {
                state.1 = (["of \(furthest.name)"] + [state.1].filter { !$0.isEmpty }).joined(separator: ", ")
            }
            return findings.result(
                "stream",
                of: stream.id,
                warning: invocation.arguments[streamFlags.warning],
                critical: invocation.arguments[streamFlags.critical],
                state: state
            )
        }
    }

    private static var deadLetterCheck: Command {
        check(
            "dlq",
            "are there dead letters",
            description: [
                "Without thresholds any dead letter is a warning. The queue, or its dead-letter queue, has to be there."
            ],
            positionals: [deadLettersOf],
            flags: [deadLetterFlags.group],
            example: "fluxctl check dlq orders --warn 'ready>0' --crit 'ready>100 | oldest>1d'"
        ) { (invocation) throws(Failure) in
            let arguments = invocation.arguments
            var (warning, critical) = (arguments[deadLetterFlags.warning], arguments[deadLetterFlags.critical])
            if warning == nil, critical == nil {
                do throws(ValueProblem) { warning = try CheckLimits("ready>0", of: [ready]) } catch {
                    preconditionFailure("a threshold of ours is none")
                }
            }
            let admin = try connect(invocation)
            let (subject, letters) = try deadLetters(arguments[deadLettersOf], admin)
            var findings = CheckFindings()
            findings.add(ready, Double(letters.ready), headline: true)
            findings.add(depth, Double(letters.depth))
            findings.add(oldest, letters.oldestMs.map { Double($0) }, headline: true)
            findings.add(arriving, letters.messagesInPerS)
            let state = letters.state == "quarantined" ? state(of: letters) : (.ok, "")
            return findings.result("dlq", of: subject, warning: warning, critical: critical, state: state)
        }
    }

    // MARK: Asking

    private static func found(
        _ name: String,
        _ noun: String,
        _ admin: any AdminAsking
    ) throws(Failure) -> AdminV1.Queue {
        guard case .queue(let queue)? = try admin.get(.queue, id: name).row?.row else {
            throw ShowRun.noRow(noun, name)
        }
        return queue
    }

    /// All dead-letter queues together, or the one of a queue; it comes into being with the first dead letter.
    private static func deadLetters(
        _ name: String?,
        _ admin: any AdminAsking
    ) throws(Failure) -> (subject: String, sum: AdminV1.Queue) {
        guard let name else {
            var query = AdminV1.Query()
            query.kind = .queue
            query.filter = "dead_letters_of!=\"\""
            query.sort = "-oldest_ms"
            query.limit = 1
            let response = try admin.list(query)
            var sum = AdminV1.Queue()
            if case .queue(let totals)? = response.totals?.row { sum = totals }
            if case .queue(let oldest)? = response.rows.first?.row { sum.oldestMs = oldest.oldestMs }
            return ("\(response.totalMatched) queue\(response.totalMatched == 1 ? "" : "s")", sum)
        }
        if name.hasPrefix("$dlq/") { return (name, try self.found(name, "queue", admin)) }
        let queue = try self.found(name, "queue", admin)
        let target = queue.deadLetterQueue.isEmpty ? "$dlq/\(name)" : queue.deadLetterQueue
        do throws(Failure) {
            return (target, try self.found(target, "queue", admin))
        } catch {
            guard error.exit == .notFound else { throw error }
            var none = AdminV1.Queue()
            none.id = target
            return (target, none)
        }
    }

    private static func queueFindings(_ queue: AdminV1.Queue) -> CheckFindings {
        var findings = CheckFindings()
        findings.add(ready, Double(queue.ready), headline: true)
        findings.add(unacked, Double(queue.unacked))
        findings.add(depth, Double(queue.depth))
        findings.add(delayed, Double(queue.delayed))
        findings.add(bytes, Double(queue.bytes))
        findings.add(oldest, queue.oldestMs.map { Double($0) }, headline: true)
        findings.add(consumers, Double(queue.consumers), headline: true)
        findings.add(arriving, queue.messagesInPerS)
        findings.add(leaving, queue.messagesOutPerS)
        findings.add(growth, queue.growthPerS)
        findings.add(groups, Double(queue.groups))
        return findings
    }

    private static func state(of queue: AdminV1.Queue) -> (CheckState, String) {
        switch queue.state {
        case "quarantined": (.critical, queue.note)
        case "paused": (.warning, queue.note)
        default: (.ok, queue.note)
        }
    }
}

/// The check of the storage.
extension CheckCommands {
    private static let free = CheckFigure("free", .bytes)
    private static let freePercent = CheckFigure("free_percent", .percent)
    private static let logs = CheckFigure("logs", .bytes)
    private static let sync = CheckFigure("sync", .milliseconds)
    private static let waiting = CheckFigure("waiting")
    private static let quarantined = CheckFigure("quarantined")

    private static let diskFlags = CheckFlags(
        [free, freePercent, logs, sync, waiting, quarantined],
        warning: "free<20% | sync>100ms",
        critical: "free<2GiB"
    )

    static var diskCheck: Command {
        check(
            "disk",
            "is there space, and does the disk work",
            description: [
                "Storage that is full or has failed is critical. A damaged log is a warning, and so is less than twice "
                    + "storage.min_free_space: at that itself publishers are refused."
            ],
            flags: [diskFlags.group],
            example: "fluxctl check disk --warn 'free<20% | sync>100ms' --crit 'free<5%'"
        ) { (invocation) throws(Failure) in
            let broker = try self.broker(connect(invocation))
            guard let broker, !broker.storageState.isEmpty else {
                return CheckResult(check: "disk", state: .unknown, message: "the broker says nothing about its storage")
            }
            var findings = CheckFindings()
            let (left, capacity) = (Double(broker.storageFreeBytes), Double(broker.storageCapacityBytes))
            findings.add(free, left, headline: true)
            findings.add(freePercent, capacity > 0 ? left / capacity * 100 : nil, headline: true)
            findings.add(logs, Double(broker.storageLogBytes), headline: true)
            findings.add(sync, broker.storageSyncMs)
            findings.add(waiting, Double(broker.storageWaiting))
            findings.add(quarantined, Double(broker.storageQuarantined))
            return findings.result(
                "disk",
                of: broker.id,
                warning: invocation.arguments[diskFlags.warning],
                critical: invocation.arguments[diskFlags.critical],
                state: state(ofStorage: broker)
            )
        }
    }

    private static func state(ofStorage broker: AdminV1.Broker) -> (CheckState, String) {
        if broker.storageState != "writable" {
            return (
                .critical, [broker.storageState, broker.storageNote].filter { !$0.isEmpty }.joined(separator: ": ")
            )
        }
        if broker.storageQuarantined > 0 { return (.warning, "damaged logs: \(broker.storageQuarantined)") }
        if broker.storageFreeBytes < 2 * broker.storageReserveBytes {
            let reserve = Quantity.size(broker.storageReserveBytes)
            return (.warning, "at \(reserve) publishers are refused (storage.min_free_space)")
        }
        return (.ok, "")
    }

    /// nil when it says nothing about itself.
    static func broker(_ admin: any AdminAsking) throws(Failure) -> AdminV1.Broker? {
        var query = AdminV1.Query()
        query.kind = .broker
        query.limit = 1
        guard case .broker(let broker)? = try admin.list(query).rows.first?.row else { return nil }
        return broker
    }
}
