import CommandSpec

/// fluxd-sim's command line: one value is its parser, its help and its man page.
enum SimProgram {
    static let version = "0.1.0"

    static let scenario = Positional(maybe: .file("SCENARIO"), "The scenario: a YAML file.")
    static let socket = Flag<String?>(
        "socket",
        .file("PATH"),
        "Serve on this unix socket, where everything is allowed."
    )
    static let http = Flag<String?>(
        "http",
        .string("ADDR"),
        "Serve on this address, 127.0.0.1:8082 for example, where one may only look; port 0 takes any free one."
    )
    static let check = Flag<Bool>(toggle: "check", "Check the scenario, and serve nothing.")
    static let showVersion = Flag<Bool>(toggle: "version", "Print the version.")

    static let program = Program(
        "fluxd-sim",
        version: version,
        section: 1,
        date: "2026-11-22",
        summary: "pose as a broker for fluxctl and fluxtop",
        description: [
            "fluxd-sim speaks fluxd's admin protocol from a scenario: rows that are spelled out or made up from a seed, rates that "
                + "rise and fall, events, and faults. It moves no messages. Tests draw exact pictures with it, and fluxtop can be "
                + "tried without a broker.",
            "The same scenario gives the same rows in every run. With clock: frozen time stands still as well; each SIGUSR1 moves it "
                + "on by one step.",
            "Verbs change the pose: a connection that is closed is gone, a queue that is purged is empty. Nothing is kept.",
            "Once it listens it prints one line that starts with READY to standard output.",
        ],
        positionals: [scenario],
        groups: [FlagGroup("Options", socket, http, check, showVersion)],
        exitCodes: [
            "0": "stopped by SIGTERM or SIGINT, or nothing to serve (--check, --version)",
            "64": "the command line is wrong",
            "69": "an address cannot be listened on",
            "78": "the scenario is wrong",
        ],
        glossaries: [
            Glossary(
                "SCENARIO",
                [
                    "seed": "a whole number, from which all that is not spelled out is made; default 1",
                    "clock": "real, or frozen: time stands still but for SIGUSR1; default real",
                    "at": "the time at which the scenario begins, RFC 3339; default now",
                    "step": "how far SIGUSR1 moves a frozen clock; default 1s",
                    "node, version": "what the broker says it is; default n1 and this program's version",
                    "uptime": "how long the broker seems to run already; default 3d",
                    "history": "how much of its series is there at the start; default 15m",
                    "kinds": "a list of the kinds that it serves; default all",
                    "churn_per_s": "connections that are replaced by new ones in a second; default 0",
                    "counts": "rows to make up, by kind: connection: 50000",
                    "rows":
                        "lists of rows by kind, each with its fields by name; the fields left out are made up. A value is written as in "
                        + "a filter (12k, 3MiB, 5m, -3h for a time ago). A number may be {mean: 40, swing: 30%, period: 60s}, a wave, "
                        + "or {start: 1000, per_s: 40}, a counter; a text may be {repeat: x, times: 65535}",
                    "events, log":
                        "lists of records with their fields; at: is when, counted from the start (-5m is before it), every: repeats it",
                    "faults":
                        "a list of {at: 20s, do: FAULT}, counted from the start of the program: drop (cut all connections), restart (cut "
                        + "them, and begin anew), shutdown (say so, and take no more), delay (answer late, with by: 300ms and for: 10s)",
                ]
            ),
            Glossary(
                "SIGNALS",
                [
                    "SIGTERM, SIGINT": "tell clients, and exit",
                    "SIGUSR1": "move a frozen clock on by one step",
                ]
            ),
        ],
        examples: [
            Example(
                "fluxd-sim Tests/Scenarios/demo.yaml --socket /tmp/flux.sock",
                "Then, elsewhere: fluxtop --admin unix:/tmp/flux.sock."
            ),
            Example(
                "fluxd-sim Tests/Scenarios/huge.yaml --http 127.0.0.1:0",
                "50,000 connections, to look at over HTTP."
            ),
        ],
        seeAlso: ["fluxtop(1)", "fluxctl(1)", "fluxd(8)"]
    )
}
