import CommandSpec
import Terminal

/// How results are written.
enum OutputFormat: String, CaseIterable, Sendable {
    case table, wide, json, jsonl, csv, name, template

    /// Whether errors are objects too.
    var isMachine: Bool { self == .json || self == .jsonl }
    var isTable: Bool { self == .table || self == .wide }
}

/// Flags that every command takes.
enum GlobalFlags {
    static let via = Flag(
        "via",
        .string("URL"),
        "Endpoint: mqtt5://HOST:PORT or mqtt3://HOST:PORT (MQTT 5.0 or 3.1.1); mqtts:// or mqtt3s:// over TLS; ws://HOST:PORT/PATH "
            + "or ws3:// over WebSocket, wss:// or wss3:// over both. USER@ stands before the host if the broker wants one. The "
            + "host is 127.0.0.1, the port 1883 (TLS 8883, WebSocket 8083, both 8084) and the path /mqtt where none is given, and "
            + "mqtts alone is an endpoint too. Default: $FLUXMQ_VIA, else mqtt5."
    )
    static let passwordFile = Flag(
        "password-file",
        .file("FILE"),
        "Read the password from a file's first line; - is standard input, fd:N an open descriptor."
    )
    static let passwordEnvironment = Flag(
        "password-env",
        .string("NAME"),
        "Read the password from an environment variable."
    )
    static let output = Flag(
        "output",
        short: "o",
        ValueType<OutputFormat>.choice("FORMAT"),
        "How to write results: table for people (wide with more columns), json one document, jsonl one object a line, csv, "
            + "name only what things are called, template as --format says. Default: table."
    )
    static let format = Flag(
        "format",
        short: "F",
        .string("TEMPLATE"),
        "Write {field} for each field of the output, {field:N} for its first N characters, \\n, \\t and \\0; "
            + "implies -o template."
    )
    static let context = Flag(
        "context",
        short: "c",
        .string("NAME"),
        "Use the endpoints of a context; see fluxctl-context(1). Default: $FLUXMQ_CONTEXT, else the selected one."
    )
    static let admin = Flag(
        "admin",
        short: "a",
        .string("URL"),
        "The broker's admin socket, unix:/PATH; or for reading its HTTP listener, tcp://HOST:PORT. Default: $FLUXMQ_ADMIN, else the "
            + "first socket that exists; see FILES in fluxctl(1)."
    )
    static let units = Flag(
        "units",
        ValueType<SizeUnits>.choice("UNITS"),
        "How tables write numbers: iec (1,024 B are 1 KiB), si (1,000 B are 1 kB) or raw (digits only). "
            + "Default: iec on a terminal, else raw."
    )
    static let time = Flag(
        "time",
        ValueType<TimeStyle>.choice("STYLE"),
        "How tables write points in time: rel (3m12s ago), local, utc or unix. Default: rel on a terminal, else utc."
    )
    static let color = Flag(
        "color",
        ValueType<ColorChoice>.choice("WHEN"),
        "Use colours: auto, always or never. Default: auto, which obeys NO_COLOR, CLICOLOR_FORCE and TERM=dumb."
    )
    static let safeIntegers = Flag(
        toggle: "json-safe-ints",
        "In JSON, write whole numbers beyond 2^53 as strings: JavaScript and others would round them."
    )
    static let quiet = Flag(
        counted: "quiet",
        short: "q",
        misreading: Misreading(for: "qos", ["0", "1", "2"]),
        "Say nothing on standard error but errors; twice: no table headers either."
    )
    static let timeout = Flag(
        "timeout",
        .duration("DURATION"),
        "Give up after this time, or with --watch and tail end then. Default: 30s for one question to the admin socket."
    )

    static let groups = [
        FlagGroup("Where", context, admin, via, passwordFile, passwordEnvironment, timeout),
        TLSFlags.group,
        FlagGroup("Output", output, format, quiet, units, time, color, safeIntegers),
    ]

    /// What pub and sub, which speak MQTT, have a use for.
    static let traffic: [any AnyFlag] =
        [context, via, passwordFile, passwordEnvironment, timeout, output, format, quiet, color] + TLSFlags.all
    /// What commands that ask the admin plane have a use for.
    static let asking: [any AnyFlag] = [
        context, admin, timeout, output, format, quiet, units, time, color, safeIntegers,
    ]
    /// What commands about fluxctl itself have a use for.
    static let tools: [any AnyFlag] = [quiet, color]
}
