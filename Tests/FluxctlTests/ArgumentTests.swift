import CommandSpec
import MQTTClient
import Testing

@testable import fluxctl

/// What pub or sub makes of a line before it connects: nothing to say, or the failure that it would end with.
private func failure(ofLine line: [String]) -> Failure? {
    do {
        guard case .run(let command?, let arguments) = try controlProgram.parse(line) else { return nil }
        let schema = command.name == "pub" ? PublishCommand.schema : MessageView.schema
        let console = try Console(arguments, command: command.name, schema: schema)
        let endpoint = try ConnectionFlags.endpoint(arguments)
        if command.name == "pub" {
            _ = try PublishPlan(arguments, MessageSource(arguments, endpoint))
        } else {
            _ = try SubscribeRun.filters(arguments, endpoint)
            try SubscribeRun.checkOutput(arguments, console)
        }
        _ = try ConnectionFlags.configuration(arguments, endpoint, command: command.name)
        return nil
    } catch let error as Failure {
        return error
    } catch let error as UsageError {
        return Failure(error)
    } catch {
        return Failure(.failed, "\(error)")
    }
}

@Suite("Mistakes on a line of fluxctl")
struct ArgumentTests {
    static let wrongLines: [([String], Int32, String)] = [
        (["pub"], 2, "TOPIC is missing"),
        (["pub", "t"], 2, "which payload?"),
        (["pub", "a/#", "x"], 2, "\"a/#\" is a filter, and messages are published to topics"),
        (["pub", "", "x"], 2, "the topic is empty"),
        (["pub", "t", "x", "-m", "y"], 2, "the payload is given twice: --message and PAYLOAD"),
        (["pub", "t", "-l", "--empty"], 2, "the payload is given twice: --empty and --lines"),
        (["pub", "t", "-l0"], 2, "records end with a newline (-l) or a zero byte (-0), not both"),
        (["pub", "t", "-l", "--count", "2"], 2, "--count has no meaning with records of an input"),
        (["pub", "t", "x", "-H", "a"], 2, "-H \"a\" is not NAME=VALUE"),
        (["pub", "t", "x", "--hex", "--base64"], 2, "a payload is in --hex or in --base64, not in both"),
        (["pub", "t", "zz", "--hex"], 9, "the payload is not hexadecimal"),
        (
            ["pub", "t", "--in", "topic-tab"], 2,
            "with --in topic-tab the topics are in the input, and TOPIC is one too many"
        ),
        (["pub", "t", "-f", "/nonexistent/x"], 4, "cannot read /nonexistent/x: No such file or directory"),
        (["pub", "t", "x", "--prop", "topic-alias=1"], 2, "--prop \"topic-alias=1\" is not a property of PUBLISH"),
        (["pub", "t", "x", "--via", "mqtt3", "-H", "a=b"], 11, "-H (--header) has no meaning on mqtt3"),
        (["pub", "t", "x", "--via", "mqtt3", "--expiry", "1m"], 11, "--expiry has no meaning on mqtt3"),
        (
            ["pub", "t", "x", "--via", "mqtt3", "--will-topic", "w", "--will-delay", "1s"], 11,
            "--will-delay has no meaning on mqtt3"
        ),
        (["pub", "t", "x", "--will-qos", "1"], 2, "--will-qos needs --will-topic"),
        (
            ["pub", "t", "x", "--session-expiry", "1h"], 2,
            "--session-expiry needs --client-id, or nobody can come back to the session"
        ),
        (["pub", "t", "x", "--expiry", "1.5s"], 2, "--expiry \"1.5s\" is not a whole number of seconds"),
        (["pub", "t", "x", "--via", "mqtt4"], 2, "--via: \"mqtt4\" is no protocol that fluxctl speaks"),
        (["pub", "t", "x", "--via", "mqtt5://u:p@h"], 2, "--via: a password does not belong on a command line"),
        (["pub", "t", "x", "--via", "mqtt5://h:0"], 2, "--via: \"0\" is not a port"),
        (
            ["pub", "t", "x", "--password-env", "NO_SUCH_VARIABLE_HERE"], 9,
            "--password-env: there is no variable NO_SUCH_VARIABLE_HERE"
        ),
        (["pub", "t", "x", "-o", "template"], 2, "-o template needs --format TEMPLATE"),
        (["pub", "t", "x", "-F", "{topc}"], 2, "--format: there is no field \"topc\""),
        (["sub"], 2, "FILTER is missing"),
        (
            ["sub", "a", "--setup-only"], 2,
            "--setup-only needs --client-id and --session-expiry, or nothing of it stays"
        ),
        (["sub", "a", "--via", "mqtt3", "--no-local"], 11, "--no-local has no meaning on mqtt3"),
        (["sub", "a", "--via", "mqtt3", "--retained", "as-is"], 11, "--retained as-is has no meaning on mqtt3"),
        (
            ["sub", "a", "--via", "mqtt3", "--client-id", "c", "--session-expiry", "1h"], 11,
            "on mqtt3 a session is kept for ever or not at all"
        ),
        (["sub", "a", "--raw", "-0"], 2, "payloads end with a newline (--raw) or a zero byte (-0), not both"),
        (["sub", "a", "--raw", "-o", "json"], 2, "--raw has no meaning with -o json"),
        (["sub", "a", "--count", "0"], 2, "--count \"0\" is not a whole number 1 or more"),
    ]

    @Test("each has its exit code and says what is wrong", arguments: wrongLines)
    func mistakes(_ line: [String], _ exit: Int32, _ message: String) {
        let failure = failure(ofLine: line)
        #expect(failure?.exit.rawValue == exit)
        #expect(failure?.message == message)
        #expect(failure?.hints.isEmpty == false || exit == 9 || exit == 4)
    }

    @Test(
        "lines without a mistake are taken",
        arguments: [
            ["pub", "t", "-21.5"], ["pub", "--lines", "--in", "topic-tab"], ["pub", "t", "-l", "-f", "x"],
            ["sub", "a", "b", "-qq", "--via=mqtt3"],
            ["sub", "a", "--raw", "-F", "{payload}"],
            ["--via", "mqtt3://u@[::1]:1884", "sub", "a", "--client-id", "c", "--session-expiry", "never"],
        ]
    )
    func good(_ line: [String]) { #expect(failure(ofLine: line) == nil) }

    @Test(
        "an endpoint has a default host and port",
        arguments: [
            ("mqtt5", "127.0.0.1", 1883, nil), ("mqtt3://h", "h", 1883, nil), ("mqtt5://u@[::1]:1", "::1", 1, "u"),
            ("mqtt5://h:2/", "h", 2, nil),
        ] as [(String, String, UInt16, String?)]
    )
    func endpoints(_ text: String, _ host: String, _ port: UInt16, _ user: String?) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint.host == host && endpoint.port == port && endpoint.user == user)
    }

    @Test(
        "a client's error has one exit code",
        arguments: [
            (.unreachable("no"), 7), (.tls("no"), 7), (.connectionLost("x"), 7),
            (.refused(MQTTReason(code: 0x87), nil), 6),
            (.refused(MQTTReason(code: 0x86), nil), 6),
            (.rejected(MQTTReason(code: 0x97), nil), 1), (.disconnected(MQTTReason(code: 0x95), nil), 9),
            (.packetTooLarge(bytes: 2, limit: 1), 9),
            (.unsupported("x"), 11), (.versionNotSupported(.v5), 11), (.invalid("x"), 9), (.sessionLost, 1),
        ] as [(MQTTClientError, Int32)]
    )
    func exitCodes(_ error: MQTTClientError, _ exit: Int32) throws {
        #expect(Failure(error, at: try Endpoint("mqtt5")).exit.rawValue == exit)
    }

    @Test("an error is a line with hints for people, and an object for programs")
    func rendering() {
        let failure = Failure(.unreachable, "no \u{1B}[2J", hints: ["try again"], reasonCode: 0x88)
        #expect(Console(format: .table).text(of: failure).hasSuffix(": no \\x1b[2J\n  try again\n"))
        #expect(
            Console(format: .json).text(of: failure)
                == #"{"schema":"fluxmq.error/1","error":{"code":"unreachable","exit":7,"message":"no \u001b[2J","resource":null,"hint":"try again","reason_code":136}}"#
                + "\n"
        )
    }

    @Test("records name their topics, and a bad one is named")
    func records() throws {
        guard case .run(_, let arguments) = try controlProgram.parse(["pub", "--in", "jsonl", "-Q1"]) else { return }
        let source = try MessageSource(arguments, Endpoint("mqtt5"))
        let record =
            #"{"seq":1,"topic":"a","payload_b64":"/w==","qos":2,"retained":true,"headers":{"k":["1","2"]},"via":"amqp10"}"#
        let message = try source.message(record: Array(record.utf8), number: 1)
        #expect(message.topic == "a" && message.payload == [0xFF] && message.qos == .exactlyOnce && message.retain)
        #expect(message.properties.userProperties == [.init("k", "1"), .init("k", "2")])
        for bad in [
            #"{"payload":"x"}"#, #"{"topic":"a","payload":1}"#, #"{"topic":"a","qos":3}"#, "[]", "{",
            #"{"topic":"a","payloda":"x"}"#,
        ] {
            #expect { try source.message(record: Array(bad.utf8), number: 7) } throws: { error in
                (error as? Failure)?.exit == .badInput && (error as? Failure)?.message.contains("record 7") == true
            }
        }
    }
}
