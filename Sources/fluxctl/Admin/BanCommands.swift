import AdminAPI
import CommandSpec

/// `fluxctl ban`: addresses that are turned away.
enum BanCommands {
    private static let address = Positional(
        .string("ADDRESS"),
        "The address: 192.0.2.7, or 2001:db8::1 for the /64 that it is of."
    )
    private static let addressMaybe = Positional(
        maybe: .string("ADDRESS"),
        "The address, as ban ls shows it; --filter may choose instead."
    )
    private static let duration = Flag("for", .duration("DURATION"), default: "1h", "How long.")

    static let group = CommandGroup(
        "ban",
        aliases: ["bans"],
        "addresses that are turned away",
        description: [
            "An address whose clients fail limits.ban_failures times within limits.ban_window is banned for limits.ban_duration, each "
                + "time twice as long as before, up to eight times. Of an IPv6 client it is the /64, from which it can choose as it likes. "
                + "Loopback is never banned. Bans end with the process.",
            "A ban turns new connections away; connections that are open stay: see conn close in fluxctl-conn(1).",
        ],
        [
            listCommand(
                "ban",
                Kinds.ban,
                "list banned addresses, since when, until when and why",
                examples: [
                    Example("fluxctl ban ls --sort ends_at", "Who is let in again next"),
                    Example("fluxctl ban ls --filter 'source=failures' -o name", "Those that nobody banned by hand"),
                ]
            ),
            .asking(
                "ban lift",
                "let addresses in again, as if they had never failed",
                effect: .write,
                positionals: [addressMaybe],
                groups: [
                    FlagGroup(
                        "Change",
                        ChangeFlags.filter,
                        ChangeFlags.dryRun,
                        ChangeFlags.ifVersion,
                        ChangeFlags.reason
                    )
                ],
                examples: [
                    Example("fluxctl ban lift 192.0.2.7 --reason 'password corrected'", "One address"),
                    Example("fluxctl ban lift --filter 'listener=mqtt.tls' --dry-run", "See which ones a filter would"),
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                try ChangeRun.main(
                    invocation,
                    .ban,
                    verb: "lift",
                    id: invocation.arguments[addressMaybe],
                    filter: invocation.arguments[ChangeFlags.filter],
                    isDestroying: false,
                    noun: "ban"
                )
            },
            .asking(
                "ban add",
                "turn an address away for a time",
                description: [
                    "It is in force whether or not limits.ban_failures bans anybody, and takes the place of a ban that the address has."
                ],
                effect: .write,
                positionals: [address],
                groups: [FlagGroup("Change", duration, ChangeFlags.dryRun, ChangeFlags.reason)],
                examples: [
                    Example("fluxctl ban add 192.0.2.7 --for 30m --reason 'ticket 4711'", "Half an hour of quiet")
                ],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in try add(invocation) },
        ]
    )

    private static func add(_ invocation: AdminInvocation) throws(Failure) -> ExitCode {
        let duration = invocation.arguments[duration]
        var request = ChangeRun.request(invocation, .ban, verb: "add")
        request.id = invocation.arguments[address]
        request.arguments = ["for_ms": String(max(1, Int64((duration.inSeconds * 1_000).rounded())))]
        let response = try invocation.connect().perform(request)
        try ChangeRun.write(response, request, noun: "ban", to: invocation.console)
        return .success
    }
}
