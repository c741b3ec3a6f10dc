import CommandSpec

/// How results are written.
enum OutputFormat: String, CaseIterable, Sendable {
    case table, json, jsonl, template

    var isMachine: Bool { self == .json || self == .jsonl }
}

/// Flags that every command takes.
enum GlobalFlags {
    static let via = Flag(
        "via",
        .string("URL"),
        "Endpoint: mqtt5://HOST:PORT or mqtt3://HOST:PORT (MQTT 5.0 or 3.1.1), with USER@ before the host if the broker wants "
            + "one; or only mqtt5 or mqtt3. The host is 127.0.0.1 and the port 1883 where none is given. Default: $FLUXMQ_VIA, "
            + "else mqtt5."
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
        "How to write results: table for people, json one document, jsonl one object a line, template as --format says. "
            + "Default: table."
    )
    static let format = Flag(
        "format",
        short: "F",
        .string("TEMPLATE"),
        "Write {field} for each field of the output, {field:N} for its first N characters, \\n, \\t and \\0; "
            + "implies -o template."
    )
    static let quiet = Flag(
        counted: "quiet",
        short: "q",
        "Say nothing on standard error but errors; twice: no table headers either."
    )
    static let timeout = Flag("timeout", .duration("DURATION"), "Give up after this time.")

    static let groups = [
        FlagGroup("Global flags", via, passwordFile, passwordEnvironment, output, format, quiet, timeout)
    ]
}
