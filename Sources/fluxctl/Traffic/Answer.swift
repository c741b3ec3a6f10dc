import CommandSpec
import MQTTClient
import Terminal

/// What a responder makes of a request.
enum Answer: Sendable {
    case echo
    case text(Template)
    case command(String, limit: Duration)

    init(_ arguments: Arguments) throws(Failure) {
        let flags = ReplyCommand.self
        let kinds: [any AnyFlag] = [flags.echo, flags.exec, flags.body]
        let given = kinds.filter { arguments.isGiven($0) }.map { "--\($0.spec.name)" }
        if given.count > 1 { throw .usage("reply", "\(given.joined(separator: " and ")) are two answers") }
        if arguments.isGiven(flags.execLimit), !arguments.isGiven(flags.exec) {
            throw .usage("reply", "--exec-limit needs --exec")
        }
        if arguments[flags.echo] {
            self = .echo
        } else if let command = arguments[flags.exec] {
            self = .command(command, limit: arguments[flags.execLimit])
        } else if let text = arguments[flags.body] {
            do throws(Failure) {
                self = .text(try Template(text, schema: MessageView.schema, command: "reply"))
            } catch {
                // Templates are those of --format, and name it.
                let (flag, message) = ("--format", error.message)
                throw Failure(
                    error.exit,
                    message.hasPrefix(flag) ? "--body" + message.dropFirst(flag.count) : message,
                    hints: error.hints
                )
            }
        } else {
            throw .usage("reply", "which answer?", hint: "give --echo, --exec COMMAND or --body TEMPLATE")
        }
    }

    /// The payload of the answer to one request. A command blocks meanwhile: requests are answered one after the other.
    func payload(for view: MessageView) throws(Failure) -> [UInt8] {
        let message = view.delivery.message
        switch self {
        case .echo: return message.payload
        case .text(let template):
            var output: [UInt8] = []
            template.render(view.json, raw: { view.payload(of: $0, unescaped: true) }, to: &output)
            return output
        case .command(let text, let limit):
            let command = ShellCommand(text: text, variables: Self.variables(message), timeLimit: limit)
            return try command.run(input: message.payload)
        }
    }

    /// What a command finds in its environment; what the request does not have is not there.
    static func variables(_ message: MQTTMessage) -> [(String, String)] {
        let correlation = message.properties.correlationData.map { bytes in
            bytes.map { hexadecimal(UInt32($0), width: 2) }.joined()
        }
        let all: [(String, String?)] = [
            ("FLUXMQ_TOPIC", message.topic), ("FLUXMQ_REPLY_TO", message.properties.responseTopic),
            ("FLUXMQ_QOS", String(message.qos.rawValue)), ("FLUXMQ_CONTENT_TYPE", message.properties.contentType),
            ("FLUXMQ_CORRELATION_HEX", correlation),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
