import CommandSpec
import Glibc
import MQTTClient

/// What `--session-expiry` takes: a duration in whole seconds, or never.
enum SessionExpiry: Equatable, Sendable {
    case seconds(UInt32)
    case never
}

/// Flags about the connection itself, shared by pub and sub.
enum ConnectionFlags {
    static let clientID = Flag("client-id", .string("ID"), "Client identifier; without it the broker chooses one.")
    static let cleanStart = Flag(
        toggle: "clean-start",
        "Forget an earlier session of this client; without --session-expiry that is always so."
    )
    static let sessionExpiry = Flag(
        "session-expiry",
        ValueType<SessionExpiry>.sessionExpiry,
        "Resume the session of --client-id, and keep it so long after the connection; on mqtt3 only never."
    )
    static let keepAlive = Flag(
        "keep-alive",
        ValueType<UInt32>.seconds("DURATION", upTo: 65_535),
        "Say something to the broker at least so often; 0 for never. Default: 60s."
    )
    static let willTopic = Flag(
        "will-topic",
        .string("TOPIC"),
        "Last will: what the broker publishes if this client vanishes."
    )
    static let willPayload = Flag("will-payload", .string("TEXT"), "Payload of the last will.")
    static let willQoS = Flag("will-qos", .integer("N", in: 0...2), "QoS of the last will. Default: 0.")
    static let willRetain = Flag(toggle: "will-retain", "Have the broker keep the last will as a retained message.")
    static let willDelay = Flag(
        "will-delay",
        ValueType<UInt32>.seconds("DURATION", upTo: .max),
        "Time for the client to come back before the last will is published."
    )

    static let session = FlagGroup("Connection", clientID, cleanStart, sessionExpiry, keepAlive)
    static let will = FlagGroup("Last will", willTopic, willPayload, willQoS, willRetain, willDelay)

    /// The endpoint that the line or the environment names.
    static func endpoint(_ arguments: Arguments) throws(Failure) -> Endpoint {
        var endpoint: Endpoint
        if let url = arguments[GlobalFlags.via] {
            endpoint = try Endpoint(url)
        } else {
            let context = try Contexts.chosen(arguments, unless: "FLUXMQ_VIA")
            // A context that the line names goes before the environment.
            let url = context?.via ?? environment("FLUXMQ_VIA") ?? "mqtt5"
            endpoint = try Endpoint(url)
            if let context, context.via != nil {
                if endpoint.user == nil { endpoint.user = context.user }
                endpoint.context = context
            }
        }
        TLSFlags.apply(arguments, to: &endpoint)
        try TLSFlags.check(arguments, [endpoint])
        try endpoint.requireVersion5(arguments, self.willDelay)
        return endpoint
    }

    static func configuration(
        _ arguments: Arguments,
        _ endpoint: Endpoint,
        command: String
    ) throws(Failure) -> MQTTClientConfiguration {
        var configuration = endpoint.configuration
        configuration.backoff = nil
        configuration.clientID = arguments[self.clientID] ?? ""
        configuration.keepAliveSeconds = UInt16(clamping: arguments[self.keepAlive] ?? 60)
        configuration.password = try password(arguments, endpoint, command: command)
        if configuration.password != nil, endpoint.user == nil {
            throw .usage(
                command,
                "a password without a user",
                hint: "give one: --via \(endpoint.scheme)://USER@\(endpoint.address)"
            )
        }
        if let timeout = arguments[GlobalFlags.timeout] { configuration.connectTimeout = min(timeout, .seconds(10)) }
        try self.applySession(arguments, endpoint, command, &configuration)
        try self.applyWill(arguments, command, &configuration)
        return configuration
    }

    private static func applySession(
        _ arguments: Arguments,
        _ endpoint: Endpoint,
        _ command: String,
        _ configuration: inout MQTTClientConfiguration
    ) throws(Failure) {
        guard let expiry = arguments[self.sessionExpiry] else { return }
        if configuration.clientID.isEmpty {
            throw .usage(command, "--session-expiry needs --client-id, or nobody can come back to the session")
        }
        configuration.cleanStart = arguments[self.cleanStart]
        switch (expiry, endpoint.version) {
        case (.seconds(let seconds), .v5): configuration.sessionExpirySeconds = seconds
        case (.never, .v5): configuration.sessionExpirySeconds = .max
        case (.never, .v311):
            if configuration.cleanStart {
                throw Failure(
                    .unsupported,
                    "on mqtt3 a session that starts clean is not kept",
                    hints: ["leave --clean-start away"]
                )
            }
        case (.seconds, .v311):
            throw Failure(
                .unsupported,
                "on mqtt3 a session is kept for ever or not at all",
                hints: ["use --session-expiry never"]
            )
        }
    }

    private static func applyWill(
        _ arguments: Arguments,
        _ command: String,
        _ configuration: inout MQTTClientConfiguration
    ) throws(Failure) {
        guard let topic = arguments[self.willTopic] else {
            for flag in [self.willPayload, self.willQoS, self.willRetain, self.willDelay] as [any AnyFlag]
            where arguments.isGiven(flag) {
                throw .usage(command, "--\(flag.spec.name) needs --will-topic")
            }
            return
        }
        let message = MQTTMessage(
            topic: topic,
            payload: Array((arguments[self.willPayload] ?? "").utf8),
            qos: MQTTQoS(rawValue: UInt8(arguments[self.willQoS] ?? 0)) ?? .atMostOnce,
            retain: arguments[self.willRetain]
        )
        configuration.lastWill = MQTTLastWill(message, delaySeconds: arguments[self.willDelay] ?? 0)
    }

    /// From where the line says, else from the endpoint's context.
    static func password(_ arguments: Arguments, _ endpoint: Endpoint, command: String) throws(Failure) -> [UInt8]? {
        if let name = arguments[GlobalFlags.passwordEnvironment] {
            if arguments[GlobalFlags.passwordFile] != nil {
                throw .usage(command, "the password is given by --password-file and by --password-env")
            }
            guard let value = Surroundings.current.environment(name) else {
                throw Failure(.badInput, "--password-env: there is no variable \(name)")
            }
            return Array(value.utf8)
        }
        guard let file = arguments[GlobalFlags.passwordFile] else { return try endpoint.context?.password() }
        var input = try InputFile.password(file)
        let bytes = try input.readAll()
        return Array(bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
    }
}

extension ValueType where Value == UInt32 {
    /// A duration in whole seconds.
    static func seconds(_ placeholder: String, upTo limit: UInt32) -> ValueType {
        let type = ValueType<Duration>.duration(placeholder)
        return ValueType(placeholder) { (text: String) throws(ValueProblem) -> UInt32 in
            let (seconds, attoseconds) = try type.read(text).components
            guard attoseconds == 0 else { throw ValueProblem("is not a whole number of seconds") }
            guard seconds <= Int64(limit) else { throw ValueProblem("is too long", hint: "the most is \(limit)s") }
            return UInt32(seconds)
        }
    }
}

extension ValueType where Value == SessionExpiry {
    static var sessionExpiry: ValueType {
        let seconds = ValueType<UInt32>.seconds("DURATION", upTo: .max - 1)
        return ValueType("DURATION", completing: .words(["never"])) {
            (text: String) throws(ValueProblem) -> SessionExpiry in
            text == "never" ? .never : .seconds(try seconds.read(text))
        }
    }
}
