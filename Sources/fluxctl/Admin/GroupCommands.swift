import AdminAPI
import CommandSpec
import Protobuf
import Terminal

/// `fluxctl group`: consumers that share a queue's messages, and what they have in hand.
enum GroupCommands {
    private enum Mode: String, CaseIterable, Sendable { case queue, stream }

    private static let queue = Positional(.string("QUEUE"), "The queue's name.")
    private static let group = Positional(
        .string("GROUP"),
        "The group's name, with its filter if it has one: billing@eu/#."
    )
    private static let groupMaybe = Positional(maybe: .string("GROUP"), "Only this group, of every queue that has it.")
    private static let message = Positional(
        .string("MESSAGE"),
        "The message's number, as group pending shows it after the colon."
    )
    private static let ofQueue = Flag("queue", .string("QUEUE"), "Only groups of this queue.")
    private static let idle = Flag("idle", .duration("DURATION"), "Only what was given to somebody so long ago.")
    private static let free = Flag(toggle: "free", "Also what nobody has now, since its consumer left.")
    private static let to = Flag(
        "to",
        .string("PLACE"),
        "first, last, next (behind all), offset:N, -N for the last N, time:T with T as in -1h or an RFC 3339 time, or last-per-key. Default: first."
    )
    private static let from = Flag(
        "from",
        .string("PLACE"),
        "Where it begins, as reset --to says. Default: the oldest that is wanted."
    )
    private static let force = Flag(
        toggle: "force",
        "Also while it has members; what they have in hand is given out again."
    )
    private static let filter = Flag("match", .string("FILTER"), "Only messages whose routing key matches: eu/#.")
    private static let mode = Flag(
        "mode",
        ValueType<Mode>.choice("MODE"),
        "queue or stream. Default: what the queue's type has."
    )
    private static let claimant = Flag("to", .string("CLIENT"), "The client identifier of the member that gets it.")
    private static let member = Flag("member", .string("CLIENT"), "The member's client identifier.")

    static let commands = CommandGroup(
        "group",
        aliases: ["groups", "g"],
        "consumer groups of queues, and whether they keep up",
        description: [
            "Each message of a queue goes to one member of each of its groups. Lag is what a group has not settled.",
            "State: ok; idle, nothing to do; falling behind, more comes than goes; no members, something waits and nobody takes it; paused.",
        ],
        [
            listCommand("group", Kinds.group, "list groups"),
            .asking(
                "group lag",
                "list groups by how far they are behind",
                positionals: [groupMaybe],
                groups: [FlagGroup("Which", ofQueue), ListFlags.rows, ListFlags.shown],
                examples: [Example("fluxctl group lag -w", "Keep looking at who is furthest behind")],
                output: Kinds.lag.type.listSchema
            ) { (invocation) throws(Failure) in
                try lag(invocation)
            },
            .asking(
                "group show",
                "show all about one group",
                positionals: [queue, group],
                groups: [ListFlags.one],
                output: Kinds.group.type.showSchema
            ) { (invocation) throws(Failure) in
                try ShowRun.main(invocation, Kinds.group, id: id(invocation))
            },
            .asking(
                "group members",
                "list the members of a group: who consumes",
                positionals: [queue, group],
                groups: [ListFlags.rows, ListFlags.shown],
                output: Kinds.consumer.type.listSchema
            ) { (invocation) throws(Failure) in
                try ListRun.main(invocation, Kinds.consumer, filter: both(invocation), of: parents(invocation))
            },
            .asking(
                "group pending",
                "list what a group has in hand: delivered and not settled",
                description: [
                    "What its consumer left behind is in nobody's hand, and ready for the next one, as queue peek shows it; --free lists it too."
                ],
                positionals: [queue, group],
                groups: [FlagGroup("Which", idle, free), ListFlags.rows, ListFlags.shown],
                examples: [Example("fluxctl group pending orders billing --idle 5m", "What somebody sits on")],
                output: Kinds.pending.type.listSchema
            ) { (invocation) throws(Failure) in
                var filter = both(invocation)
                if let idle = invocation.arguments[idle] { filter += " idle_ms>=\(Int64(idle.inSeconds * 1_000))" }
                if !invocation.arguments[free] { filter += " state!=ready" }
                return try ListRun.main(invocation, Kinds.pending, filter: filter, of: parents(invocation))
            },
            .asking(
                "group add",
                "make a group that nobody has joined yet",
                effect: .write,
                positionals: [queue, group],
                groups: [
                    FlagGroup("Group", from, filter, mode),
                    FlagGroup("Change", ChangeFlags.dryRun, ChangeFlags.ifNotExists, ChangeFlags.reason),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try add(invocation) },
            changing("rm", "remove", "remove a group, and what it has in hand", isDestroying: true),
            .asking(
                "group reset",
                "move a group to another place",
                description: [
                    "It says from where to where, and how many messages it will read. A group with members is moved only with --force."
                ],
                effect: .destroy,
                positionals: [queue, group],
                groups: [FlagGroup("Place", to, force), ChangeFlags.destroyOne],
                examples: [
                    Example(
                        "fluxctl group reset audit analytics --to time:-1h --dry-run",
                        "See what reading the last hour again means"
                    )
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try reset(invocation) },
            changing("pause", "pause", "deliver nothing to a group", isDestroying: false),
            changing("resume", "resume", "deliver to a group again", isDestroying: false),
            .asking(
                "group kick",
                "take a member out of a group; what it has goes to others at once",
                effect: .destroy,
                positionals: [queue, group],
                groups: [FlagGroup("Member", member), ChangeFlags.destroyOne],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                guard let client = invocation.arguments[member] else {
                    throw .usage(invocation.command, "which member? give --member CLIENT, as group members shows it")
                }
                return try kick(client, invocation)
            },
            .asking(
                "group claim",
                "give a message that a group has in hand to one of its members, whoever has it",
                description: [
                    "It is a delivery like any other: counted, and taken back if the member does not settle it in time. A member that has all in "
                        + "hand that it asked for is not given more. Who had it before may still say that it is done."
                ],
                effect: .destroy,
                positionals: [queue, group, message],
                groups: [FlagGroup("Member", claimant), ChangeFlags.destroyOne],
                examples: [Example("fluxctl group claim orders billing 5012 --to worker-2", "From who sits on it")],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try claim(invocation) },
            settling("ack", "acknowledge", "settle a message that a group has in hand, as if it had been processed"),
            settling("release", "release", "take a message from who has it, and give it to another member at once"),
            settling(
                "reject",
                "reject",
                "give a message up: it becomes a dead letter, or is dropped if the queue keeps none"
            ),
        ]
    )

    /// Queue and group, as the admin protocol names a group.
    private static func id(_ invocation: AdminInvocation) -> String {
        "\(invocation.arguments[queue]) \(invocation.arguments[group])"
    }

    /// A filter for what is of one group.
    private static func both(_ invocation: AdminInvocation) -> String {
        "queue=\(quoted(invocation.arguments[queue])) group=\(quoted(invocation.arguments[group]))"
    }

    private static func parents(_ invocation: AdminInvocation) -> [ListRun.Parent] {
        [.init(kind: .queue, id: invocation.arguments[queue]), .init(kind: .group, id: id(invocation))]
    }

    private static func lag(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let (group, queue) = (invocation.arguments[groupMaybe], invocation.arguments[ofQueue])
        var terms: [String] = []
        var parents: [ListRun.Parent] = []
        if let group { terms.append("name=\(quoted(group))") }
        if let queue {
            terms.append("queue=\(quoted(queue))")
            parents.append(.init(kind: .queue, id: queue))
            if let group { parents.append(.init(kind: .group, id: "\(queue) \(group)")) }
        } else if let group {
            try find(group, try invocation.connect())
        }
        return try ListRun.main(
            invocation,
            Kinds.lag,
            filter: terms.joined(separator: " "),
            sort: "-lag",
            of: parents
        )
    }

    /// - Throws: When no queue has a group of that name.
    private static func find(_ group: String, _ admin: any AdminAsking) throws(Failure) {
        var query = AdminV1.Query()
        query.kind = .group
        query.filter = "name=\(quoted(group))"
        query.fields = ["name"]
        query.limit = 1
        if try !admin.list(query).rows.isEmpty { return }
        (query.filter, query.limit) = ("", 1_000)
        let names = try admin.list(query).rows.compactMap { row in
            if case .group(let group)? = row.row { group.name } else { nil as String? }
        }
        let near = closest(to: group, among: names)
        throw Failure(
            .notFound,
            "no queue has a group \"\(group)\"",
            hints: near.map { ["did you mean \"\($0)\"?"] } ?? ["see: fluxctl group ls"]
        )
    }

    private static func changing(_ name: String, _ verb: String, _ summary: String, isDestroying: Bool) -> Command {
        .asking(
            "group \(name)",
            summary,
            effect: isDestroying ? .destroy : .write,
            positionals: [queue, group],
            groups: [isDestroying ? ChangeFlags.destroyOne : ChangeFlags.change],
            output: ChangeRun.type.showSchema,
            formats: ChangeRun.formats
        ) { (invocation) throws(Failure) in
            try ChangeRun.main(
                invocation,
                .group,
                verb: verb,
                id: id(invocation),
                isDestroying: isDestroying,
                noun: "group"
            )
        }
    }

    private static func settling(_ name: String, _ verb: String, _ summary: String) -> Command {
        .asking(
            "group \(name)",
            summary,
            effect: .destroy,
            positionals: [queue, group, message],
            groups: [ChangeFlags.destroyOne],
            output: ChangeRun.type.showSchema,
            formats: ChangeRun.formats
        ) { (invocation) throws(Failure) in
            let arguments = invocation.arguments
            return try ChangeRun.main(
                invocation,
                .pending,
                verb: verb,
                id: "\(arguments[queue]):\(arguments[message]) \(arguments[group])",
                isDestroying: true,
                noun: "message"
            )
        }
    }

    private static func kick(_ client: String, _ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        var query = AdminV1.Query()
        query.kind = .consumer
        query.filter = both(invocation)
        query.fields = ["client_id"]
        query.limit = 1_000
        let admin = try invocation.connect()
        let members = try admin.list(query).rows.compactMap { row in
            if case .consumer(let consumer)? = row.row { consumer.clientID } else { nil as String? }
        }
        if !members.contains(client), members.count < 1_000 {
            try refuse(client, members, invocation, admin)
        }
        return try ChangeRun.main(
            invocation,
            .consumer,
            verb: "kick",
            id: nil,
            filter: "\(both(invocation)) client_id=\(quoted(client))",
            isDestroying: true,
            noun: "consumer"
        )
    }

    /// - Throws: Always: which of queue, group and member is not there, and what was probably meant.
    private static func refuse(
        _ client: String,
        _ members: [String],
        _ invocation: AdminInvocation,
        _ admin: any AdminAsking
    ) throws(Failure) {
        for parent in parents(invocation) { _ = try admin.get(parent.kind, id: parent.id) }
        let hint =
            closest(to: client, among: members).map { "did you mean \"\($0)\"?" }
            ?? "see: fluxctl group members \(invocation.arguments[queue]) \(invocation.arguments[group])"
        throw Failure(.notFound, "the group has no member \"\(client)\"", hints: [hint])
    }

    private static func claim(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let arguments = invocation.arguments
        guard let client = arguments[claimant] else {
            throw .usage(invocation.command, "for whom? give --to CLIENT, as group members shows it")
        }
        var query = AdminV1.Query()
        query.kind = .consumer
        query.filter = both(invocation)
        query.fields = ["client_id"]
        query.limit = 10_000
        let admin = try invocation.connect()
        let members = try admin.list(query).rows.compactMap { row in
            if case .consumer(let consumer)? = row.row { consumer } else { nil as AdminV1.Consumer? }
        }
        // A client may consume twice: either link is its own.
        guard let member = members.first(where: { $0.clientID == client }) else {
            try refuse(client, members.map(\.clientID), invocation, admin)
            return .failed
        }
        return try ChangeRun.main(
            invocation,
            .pending,
            verb: "claim",
            id: "\(arguments[queue]):\(arguments[message]) \(arguments[group])",
            arguments: ["to": member.id],
            isDestroying: true,
            noun: "message"
        )
    }

    private static func add(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        var request = ChangeRun.request(invocation, .group, verb: "add")
        request.id = id(invocation)
        if let place = invocation.arguments[from] { request.arguments["from"] = try position(place, invocation) }
        if let filter = invocation.arguments[filter] { request.arguments["filter"] = filter }
        if let mode = invocation.arguments[mode] { request.arguments["mode"] = mode.rawValue }
        return try forgiving(invocation, ChangeFlags.ifNotExists, .conflict) { () throws(Failure) in
            let admin = try invocation.connect()
            let response: AdminV1.DoResponse
            do throws(Failure) {
                response = try admin.perform(request)
            } catch {
                // Which part of the name is not there, and what was probably meant.
                if error.exit == .notFound { _ = try admin.get(.queue, id: invocation.arguments[queue]) }
                throw error
            }
            try ChangeRun.write(response, request, noun: "group", to: invocation.console)
            return .success
        }
    }

    private static func reset(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        var request = ChangeRun.request(invocation, .group, verb: "reset")
        request.id = id(invocation)
        request.arguments["to"] = try position(invocation.arguments[to] ?? "first", invocation)
        if invocation.arguments[force] { request.arguments["force"] = "true" }
        try ChangeRun.requireTerminal(invocation)
        let admin = try invocation.connect()
        try ChangeRun.confirm(invocation, request, noun: "group", admin)
        let response = try admin.perform(request)
        try writeChanges(response, request, noun: "group", columns: ("GROUP", "NOW", "NEW"), to: invocation.console)
        return .success
    }

    /// As the admin protocol writes it: times are milliseconds since 1970.
    private static func position(_ text: String, _ invocation: AdminInvocation) throws(Failure) -> String {
        guard text.hasPrefix("time:") else { return text }
        let time = String(text.dropFirst(5))
        if let milliseconds = milliseconds(ofTime: time) { return "time:\(milliseconds)" }
        throw .usage(invocation.command, "\"\(time)\" is no time: write time:-1h, or time:2026-11-22T14:02:07Z")
    }
}
