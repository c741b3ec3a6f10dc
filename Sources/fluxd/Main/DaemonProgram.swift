import CommandSpec

/// fluxd's command line: one value is its parser, its help and its man page.
enum DaemonProgram {
    static let version = "0.1.0"

    static let config = Flag<String?>(
        "config",
        short: "c",
        .file("FILE"),
        "Read the configuration from this YAML file; see fluxd.yaml(5)."
    )
    static let set = Flag<[String]>(
        repeated: "set",
        .string("KEY=VALUE"),
        "Set one key, after the file: --set log.level=debug. May be repeated; a list is written [a, b]."
    )
    static let check = Flag<Bool>(
        toggle: "check",
        "Check the configuration and the certificates, users and rules that it names, say what is wrong and what is risky, and start nothing."
    )
    static let printConfig = Flag<Bool>(
        toggle: "print-config",
        "Print the effective configuration as YAML, and start nothing."
    )
    static let showVersion = Flag<Bool>(toggle: "version", "Print the version.")

    static let program = Program(
        "fluxd",
        version: version,
        section: 8,
        date: "2026-11-22",
        summary: "message broker for MQTT",
        description: [
            "fluxd serves MQTT 3.1, 3.1.1 and 5.0 over TCP, TLS and WebSocket. Without a configuration file it listens on 127.0.0.1:1883 for MQTT, "
                + "on 127.0.0.1:8083 for MQTT in WebSocket and on 127.0.0.1:8082 for HTTP (/health, /ready, /metrics, and the admin API for reading), and has a socket for administration. It stays in the foreground and logs to standard error.",
            "Clients prove who they are with passwords (auth.password_file), SCRAM-SHA-256 or certificates, and access rules "
                + "(auth.acl_file) say what they may publish and subscribe to. A listener that is not on loopback needs users, client "
                + "certificates, or allow_anonymous: true.",
            "Sessions, retained messages and queues are kept in storage.dir, and found again after a restart or a crash.",
            "Once every listener is open, fluxd writes their addresses to listeners.json in server.runtime_dir, prints one line "
                + "that starts with READY to standard output, and tells systemd where $NOTIFY_SOCKET is set.",
        ],
        groups: [FlagGroup("Options", config, set, check, printConfig, showVersion)],
        exitCodes: [
            "0": "stopped by SIGTERM or SIGINT, or nothing to start (--check, --print-config, --version)",
            "64": "the command line is wrong",
            "69": "an address cannot be listened on, or a directory cannot be written",
            "78": "the configuration is wrong",
        ],
        glossaries: [
            Glossary(
                "SIGNALS",
                [
                    "SIGTERM, SIGINT":
                        "take no more clients, disconnect those there are (MQTT 5: 0x8B), and exit within "
                        + "server.shutdown_timeout; a second one does not wait for them. While fluxd starts, the first "
                        + "stops it once it has started, a second one ends it as a kill would",
                    "SIGHUP":
                        "read the configuration again and apply the keys that fluxd.yaml(5) marks; the rest waits for a restart, "
                        + "and a file that is wrong, or that has lost all its users or rules, changes nothing. The log says which",
                ]
            ),
            Glossary(
                "FILES",
                [
                    "listeners.json":
                        "in server.runtime_dir: the bound addresses, by listener; the port 0 of a configuration "
                        + "is replaced by the one in use",
                    "admin.sock":
                        "in server.runtime_dir unless server.admin.socket says otherwise: the admin protocol, which fluxctl and "
                        + "fluxtop speak",
                ]
            ),
            Glossary("ENVIRONMENT", ["NOTIFY_SOCKET": "where systemd waits for READY=1 and STOPPING=1"]),
        ],
        examples: [
            Example("fluxd", "Serve MQTT on 127.0.0.1:1883."),
            Example(
                "fluxd --set server.mqtt.tcp.plain.addr=127.0.0.1:2883 --set log.level=debug",
                "Another port, and more to read."
            ),
            Example("fluxd --config /etc/fluxmq/fluxd.yaml --check", "Check a file before a restart."),
        ],
        seeAlso: ["fluxd.yaml(5)", "fluxctl(1)", "fluxtop(1)"]
    )
}
