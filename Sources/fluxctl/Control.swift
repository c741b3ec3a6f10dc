import CommandSpec
import Glibc

/// The whole of fluxctl: from arguments to exit code.
func runControl(_ arguments: [String]) async -> Int32 {
    signal(SIGPIPE, SIG_IGN)  // a closed pipe is an error of write, which ends the program quietly
    do throws(UsageError) {
        let arguments = arguments == ["--version"] ? ["version"] : arguments  // what people type first
        switch try controlProgram.parse(arguments) {
        case .help(let subject): return Console.standard.print(controlProgram.help(for: subject))
        case .run(let command?, let arguments): return await command.run(arguments)
        case .run(nil, _): return 0
        }
    } catch {
        // The format may be what could not be parsed: look for it.
        let isMachine = zip(arguments, arguments.dropFirst() + [""]).contains { flag, value in
            ["-ojson", "-ojsonl", "--output=json", "--output=jsonl"].contains(flag)
                || (["-o", "--output"].contains(flag) && ["json", "jsonl"].contains(value))
        }
        let code = Console(format: isMachine ? .json : .table).report(Failure(error))
        // To a monitoring system 2 means that the broker is down.
        return arguments.contains { CheckCommands.group.names.contains($0) } ? CheckState.unknown.rawValue : code
    }
}

/// What fluxctl is: parser, help, manual pages and completion come from here.
let controlProgram: Program = Program(
    "fluxctl",
    version: fluxmqVersion,
    section: 1,
    date: "2026-11-22",
    summary: "publish, subscribe, and look after a FluxMQ broker, from a shell",
    description: [
        "pub, sub, req, reply, ping and bench speak MQTT 5.0 and 3.1.1 to FluxMQ or any other broker. The other commands ask the admin "
            + "socket of a fluxd; their names are a noun and a verb: conn ls.",
        "Data goes to standard output, and everything that is said about it to standard error. Global flags may stand anywhere.",
        "fluxctl --version is fluxctl version.",
    ],
    groups: GlobalFlags.groups,
    commands: [
        PublishCommand.command, SubscribeCommand.command, RequestCommand.command, ReplyCommand.command,
        PingCommand.command, StatusCommand.command, ToolCommands.completion, ToolCommands.schema, ToolCommands.man,
        ToolCommands.help, ToolCommands.version,
    ],
    commandGroups: [
        BenchCommands.group, ClientCommands.connections, ClientCommands.sessions, ClientCommands.subscriptions,
        QueueCommands.group, GroupCommands.commands, StreamCommands.group, DeadLetterCommands.group,
        TopicCommands.group,
        RetainedCommands.group, ListenerCommands.group, BanCommands.group, ConfigCommands.group, HistoryCommands.events,
        HistoryCommands.log, UserCommands.group, AccessCommands.group, CertificateCommands.group, CheckCommands.group,
        ContextCommands.group,
    ],
    exitCodes: [
        "0": "Success.",
        "1": "Refused or failed; the error says why.",
        "2": "Usage.",
        "3": "Partial: some items failed, or a change of the configuration needs a restart.",
        "4": "Not found.",
        "5": "Conflict: it exists, is in use, or its version changed.",
        "6": "Not authenticated or not permitted.",
        "7": "Cannot reach the endpoint, or the connection was lost.",
        "8": "Timed out waiting for a message or an answer.",
        "9": "Bad input data: a file, a payload, a packet larger than the broker takes.",
        "10": "Needs a yes or a value, and there is nobody to ask.",
        "11": "Not supported by this protocol or broker.",
        "12": "An assertion failed.",
        "13": "All subscriptions were refused, or nobody subscribes to what a request was sent to.",
        "130, 143": "Interrupted; a second Ctrl-C aborts at once.",
    ],
    glossaries: [
        Glossary(
            "ENVIRONMENT",
            [
                "FLUXMQ_ADMIN": "The admin socket when --admin and --context are not given.",
                "FLUXMQ_VIA": "The endpoint when --via and --context are not given.",
                "FLUXMQ_CA": "The CA's file when --ca and the context's ca are not given.",
                "FLUXMQ_CERT": "The client's certificate when --cert and the context's cert are not given.",
                "FLUXMQ_KEY": "Its private key, in the same way.",
                "FLUXMQ_CONTEXT": "The context when --context is not given.",
                "NO_COLOR": "No colours, unless --color says always.",
                "CLICOLOR_FORCE": "Colours off a terminal too, unless it is 0.",
            ]
        ),
        Glossary(
            "FILES",
            [
                "$XDG_CONFIG_HOME/fluxmq/contexts/NAME.yaml":
                    "Contexts; ~/.config is the directory when the variable is not set.",
                "$XDG_RUNTIME_DIR/fluxmq/admin.sock, $XDG_STATE_HOME/fluxmq/admin.sock, /run/fluxmq/admin.sock":
                    "Admin sockets, in the order in which they are looked for.",
            ]
        ),
    ],
    examples: [
        Example("fluxctl sub 'sensors/#'", "Watch what is published below sensors"),
        Example("fluxctl pub sensors/a 21.5 -Q1 -r", "Publish a retained message and wait for its acknowledgement"),
        Example("fluxctl conn ls --sort -messages_in_per_s --limit 10", "The ten busiest publishers"),
        Example("fluxctl status", "How the broker is"),
    ],
    seeAlso: ["fluxd(8)", "fluxtop(1)"]
)

let fluxmqVersion = "0.1.0"
