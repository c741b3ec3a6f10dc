import CommandSpec
import Glibc

/// The whole of fluxctl: from arguments to exit code.
func runControl(_ arguments: [String]) async -> Int32 {
    signal(SIGPIPE, SIG_IGN)  // a closed pipe is an error of write, which ends the program quietly
    do throws(UsageError) {
        let arguments = arguments == ["--version"] ? ["version"] : arguments  // what people type first
        switch try controlProgram.parse(arguments) {
        case .help(let command): return Console.standard.print(controlProgram.help(for: command))
        case .run(let command?, let arguments): return await command.run(arguments)
        case .run(nil, _): return 0
        }
    } catch {
        // The format may be what could not be parsed: look for it.
        let isMachine = zip(arguments, arguments.dropFirst() + [""]).contains { flag, value in
            ["-ojson", "-ojsonl", "--output=json", "--output=jsonl"].contains(flag)
                || (["-o", "--output"].contains(flag) && ["json", "jsonl"].contains(value))
        }
        return Console(format: isMachine ? .json : .table).report(Failure(error))
    }
}

/// What fluxctl is: parser, help, manual pages and completion come from here.
let controlProgram: Program = Program(
    "fluxctl",
    version: fluxmqVersion,
    section: 1,
    date: "2026-11-22",
    summary: "publish to and subscribe at a message broker, from a shell",
    description: [
        "fluxctl speaks MQTT 5.0 and 3.1.1 to FluxMQ or any other broker.",
        "Data goes to standard output, and everything that is said about it to standard error. Global flags may stand anywhere.",
        "fluxctl --version is fluxctl version.",
    ],
    groups: GlobalFlags.groups,
    commands: [
        PublishCommand.command, SubscribeCommand.command, ToolCommands.completion, ToolCommands.schema,
        ToolCommands.man,
        ToolCommands.help, ToolCommands.version,
    ],
    exitCodes: [
        "0": "Success.",
        "1": "Refused or failed; the error says why.",
        "2": "Usage.",
        "3": "Partial: some items failed.",
        "4": "Not found.",
        "6": "Not authenticated or not permitted.",
        "7": "Cannot reach the endpoint, or the connection was lost.",
        "8": "Timed out waiting for a message.",
        "9": "Bad input data: a file, a payload, a packet larger than the broker takes.",
        "11": "Not supported by this protocol or broker.",
        "13": "All subscriptions were refused.",
        "130, 143": "Interrupted; a second Ctrl-C aborts at once.",
    ],
    glossaries: [
        Glossary(
            "ENVIRONMENT",
            ["FLUXMQ_VIA": "The endpoint when --via is not given."]
        )
    ],
    examples: [
        Example("fluxctl sub 'sensors/#'", "Watch what is published below sensors"),
        Example("fluxctl pub sensors/a 21.5 -Q1 -r", "Publish a retained message and wait for its acknowledgement"),
    ]
)

let fluxmqVersion = "0.1.0"
