import CommandSpec
import JSON
import MQTTClient
import Testing

@testable import fluxctl

/// What req, reply or ping makes of a line before it connects.
private func failure(ofLine line: [String]) -> Failure? {
    do {
        guard case .run(let command?, let arguments) = try controlProgram.parse(line) else { return nil }
        switch command.name {
        case "req":
            let console = try Console(arguments, command: "req", schema: RequestCommand.schema)
            try RequestRun.check(arguments, try ConnectionFlags.endpoint(arguments), console)
            _ = try RequestRun.request(arguments)
        case "reply":
            _ = try Console(arguments, command: "reply", schema: ReplyCommand.schema)
            _ = try ReplyRun.filter(arguments, try ConnectionFlags.endpoint(arguments))
            _ = try Answer(arguments)
        default: _ = try PingRun.endpoints(arguments)
        }
        return nil
    } catch let error as Failure {
        return error
    } catch let error as UsageError {
        return Failure(error)
    } catch {
        return Failure(.failed, "\(error)")
    }
}

private func arguments(_ line: [String]) throws -> Arguments {
    guard case .run(_, let arguments) = try controlProgram.parse(line) else { throw UsageError("no command") }
    return arguments
}

@Suite("fluxctl req, reply and ping")
struct RequestTests {
    static let wrongLines: [([String], Int32, String)] = [
        (["req"], 2, "TOPIC is missing"),
        (["req", "a/#"], 2, "\"a/#\" is a filter, and requests are published to topics"),
        (["req", ""], 2, "the topic is empty"),
        (["req", "t", "x", "-m", "y"], 2, "the payload is given twice: --message and PAYLOAD"),
        (["req", "t", "x", "--hex", "--base64"], 2, "a payload is in --hex or in --base64, not in both"),
        (["req", "t", "zz", "--hex"], 9, "the payload is not hexadecimal"),
        (["req", "t", "-H", "=x"], 2, "-H \"=x\" is not NAME=VALUE"),
        (["req", "t", "--via", "mqtt3"], 11, "req has no meaning on mqtt3"),
        (["req", "t", "--raw", "-o", "jsonl"], 2, "--raw has no meaning with -o jsonl"),
        (["req", "t", "--replies", "2", "-o", "json"], 2, "-o json is one answer"),
        (["req", "t", "--replies", "0"], 2, "--replies \"0\" is not a whole number 1 or more"),
        (["req", "t", "-F", "{rtt}"], 2, "--format: there is no field \"rtt\""),
        (["reply", "t"], 2, "which answer?"),
        (["reply", "t", "--echo", "--exec", "date"], 2, "--echo and --exec are two answers"),
        (["reply", "t", "--echo", "--exec-limit", "1s"], 2, "--exec-limit needs --exec"),
        (["reply", "t", "--body", "{nothing}"], 2, "--body: there is no field \"nothing\""),
        (["reply", "t", "--body", "{"], 2, "--body: a { has no }"),
        (["reply", "t", "--echo", "--group", "a/b"], 2, "\"a/b\" is no name for a group"),
        (["reply", "t", "--echo", "--via", "mqtt3"], 11, "reply has no meaning on mqtt3"),
        (["ping", "mqtt4://h"], 2, "\"mqtt4\" is no protocol that fluxctl speaks"),
        (["ping", "mqtt5://h:x"], 2, "\"x\" is not a port"),
        (["ping", "mqtt5://h", "--via", "mqtt5"], 2, "endpoints are given by URL and by --via"),
    ]

    @Test("each mistake has its exit code and says what is wrong", arguments: wrongLines)
    func mistakes(_ line: [String], _ exit: Int32, _ message: String) {
        let failure = failure(ofLine: line)
        #expect(failure?.exit.rawValue == exit)
        #expect(failure?.message == message)
    }

    @Test(
        "lines without a mistake are taken",
        arguments: [
            ["req", "t"], ["req", "t", ""], ["req", "t", "--rtt", "-o", "json"], ["req", "t", "-F", "{rtt_ms}"],
            ["reply", "a/#", "--echo"], ["reply", "t", "--exec", "date", "--exec-limit", "1s", "--group", "g"],
            ["reply", "t", "--body", "{payload} {headers.unit}"], ["ping"], ["ping", "mqtt5", "mqtt3://u@[::1]:1"],
            ["ping", "mqtt5", "wss://h/x", "--insecure"],
        ]
    )
    func good(_ line: [String]) { #expect(failure(ofLine: line) == nil) }

    @Test("a request has the payload and the properties of its line")
    func request() throws {
        let line = ["req", "t", "c3A=", "--base64", "-H", "a=b=c", "--content-type", "x/y", "--expiry", "5s", "-Q2"]
        let request = try RequestRun.request(try arguments(line))
        #expect(request.payload == Array("sp".utf8) && request.qos == .exactlyOnce && request.topic == "t")
        #expect(request.properties.userProperties == [MQTTUserProperty("a", "b=c")])
        #expect(request.properties.contentType == "x/y" && request.properties.expirySeconds == 5)
        #expect(try RequestRun.request(try arguments(["req", "t"])).qos == .atLeastOnce)
    }

    @Test("a group shares the requests, and nobody is answered twice for a retained one")
    func filters() throws {
        let endpoint = try Endpoint("mqtt5")
        let alone = try ReplyRun.filter(try arguments(["reply", "a/+", "--echo"]), endpoint)
        #expect(alone == MQTTFilter("a/+", qos: .atLeastOnce, retained: .never))
        let shared = try ReplyRun.filter(try arguments(["reply", "a/+", "--echo", "--group", "g", "-Q0"]), endpoint)
        #expect(shared == MQTTFilter("$share/g/a/+", qos: .atMostOnce))
    }

    @Test("answers are made of the request")
    func answers() throws {
        var message = MQTTMessage(topic: "svc/a", payload: Array("hi\u{1B}".utf8), qos: .atLeastOnce)
        message.properties.responseTopic = "re"
        message.properties.correlationData = [0, 0xAB]
        let view = MessageView(sequence: 3, at: "", delivery: MQTTDelivery(message: message), via: "mqtt5")
        #expect(try Answer(try arguments(["reply", "t", "--echo"])).payload(for: view) == message.payload)
        let text = try Answer(try arguments(["reply", "t", "--body", "{topic} {seq}: {payload}"])).payload(for: view)
        #expect(text == Array("svc/a 3: hi\u{1B}".utf8))
        let variables = Answer.variables(message).map { "\($0.0)=\($0.1)" }
        #expect(
            variables == [
                "FLUXMQ_TOPIC=svc/a", "FLUXMQ_REPLY_TO=re", "FLUXMQ_QOS=1", "FLUXMQ_CORRELATION_HEX=00ab",
            ]
        )
    }

    @Test(
        "how a command ended is said in words",
        arguments: [(0, nil), (3 << 8, "the command ended with 3"), (9, "the command was ended by signal 9")]
            as [(Int32, String?)]
    )
    func statuses(_ status: Int32, _ text: String?) { #expect(ShellCommand.problem(status) == text) }

    @Test("a command gets its input and its environment, and its output comes back whole")
    func commands() throws {
        let large = [UInt8](repeating: 0x61, count: 1 << 20)
        let copy = ShellCommand(text: "cat", variables: [], timeLimit: .seconds(60))
        #expect(try copy.run(input: large) == large && copy.run(input: []) == [])
        let named = ShellCommand(
            text: "printf %s \"$FLUXMQ_X\"",
            variables: [("FLUXMQ_X", "a b")],
            timeLimit: .seconds(60)
        )
        #expect(try named.run(input: large) == Array("a b".utf8), "one that does not read its input is as good")
        #expect(throws: Failure(.failed, "the command ended with 7")) {
            try ShellCommand(text: "echo x; exit 7", variables: [], timeLimit: .seconds(60)).run(input: [])
        }
        #expect(throws: Failure(.failed, "the command took longer than 20ms")) {
            try ShellCommand(text: "sleep 600", variables: [], timeLimit: .milliseconds(20)).run(input: [])
        }
        #expect(throws: Failure(.failed, "the command wrote more than 16.0 MiB")) {
            try ShellCommand(text: "yes", variables: [], timeLimit: .seconds(60)).run(input: [])
        }
    }

    @Test("a try is a record with the steps that it came to")
    func pings() throws {
        let endpoint = try Endpoint("mqtt3://h:7")
        var outcome = PingOutcome(address: "::1", lookUp: 1_500_000, transport: 20_000)
        outcome.failure = Failure(.unreachable, "no")
        let record = PingRun.record(2, endpoint, outcome)
        let all = Array(PingCommand.type.columns.indices)
        let json = record.json(PingCommand.type, all, safeIntegers: false)
        #expect(json["dns_ms"]?.text == "1.5" && json["tcp_ms"]?.text == "0.02" && json["connect_ms"] == nil)
        #expect(json["tls_ms"] == nil && json["ws_ms"] == nil)
        #expect(json["endpoint"]?.text == #""mqtt3://h:7""# && json["result"]?.text == #""no""#)
        #expect(mismatches(json, PingCommand.type.schema.jsonSchema).isEmpty)
    }
}
