import CommandSpec
import JSON
import MQTTClient
import Terminal

/// Turns what a command line and its input say into messages.
struct MessageSource {
    let topic: String?
    let qos: MQTTQoS
    let retain: Bool
    let properties: MQTTMessageProperties
    let format: InputFormat
    let decode: @Sendable ([UInt8]) -> [UInt8]?
    let encodingName: String
    let endpoint: Endpoint

    init(_ arguments: Arguments, _ endpoint: Endpoint) throws(Failure) {
        let command = PublishCommand.self
        try endpoint.requireVersion5(
            arguments,
            command.header,
            command.property,
            command.contentType,
            command.expiry,
            command.correlation,
            command.replyTo,
            command.delay,
            command.priority,
            command.messageID,
            command.key
        )
        self.endpoint = endpoint
        self.topic = arguments[command.target]?.topic ?? arguments[command.topic]
        self.qos = MQTTQoS(rawValue: UInt8(arguments[command.qos] ?? 0)) ?? .atMostOnce
        self.retain = arguments[command.retain]
        self.format = arguments[command.input] ?? .raw
        self.properties = try Self.properties(arguments)
        switch (arguments[command.hex], arguments[command.base64]) {
        case (true, true): throw .usage("pub", "a payload is in --hex or in --base64, not in both")
        case (true, false): (self.decode, self.encodingName) = (decodeHexadecimal, "hexadecimal")
        case (false, true): (self.decode, self.encodingName) = (decodeBase64, "base64")
        case (false, false): (self.decode, self.encodingName) = ({ $0 }, "")
        }
        if self.format == .jsonl, !self.encodingName.isEmpty {
            throw .usage(
                "pub",
                "--\(arguments[command.hex] ? "hex" : "base64") has no meaning with --in jsonl",
                hint: "use payload_b64"
            )
        }
        if let topic = self.topic {
            if topic.isEmpty { throw .usage("pub", "the topic is empty") }
            if topic.contains(where: { "+#".contains($0) }) {
                throw .usage(
                    "pub",
                    "\"\(safe(topic))\" is a filter, and messages are published to topics",
                    hint: "a topic has no + and #"
                )
            }
        } else if self.format == .raw {
            throw .usage("pub", "TOPIC is missing")
        }
        if self.format == .topicTab, self.topic != nil {
            throw .usage("pub", "with --in topic-tab the topics are in the input, and TOPIC is one too many")
        }
    }

    private static func properties(_ arguments: Arguments) throws(Failure) -> MQTTMessageProperties {
        var properties = MQTTMessageProperties()
        properties.contentType = arguments[PublishCommand.contentType]
        properties.expirySeconds = arguments[PublishCommand.expiry]
        properties.correlationData = arguments[PublishCommand.correlation].map { Array($0.utf8) }
        properties.responseTopic = arguments[PublishCommand.replyTo]
        for text in arguments[PublishCommand.property] {
            if let apply = try? PublishProperty.parse(text) { properties = apply(properties) }
        }
        for text in arguments[PublishCommand.header] {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw .usage("pub", "-H \"\(safe(text))\" is not NAME=VALUE")
            }
            properties.userProperties.append(
                MQTTUserProperty(String(text[..<equals]), String(text[text.index(after: equals)...]))
            )
        }
        properties.userProperties += Self.queueProperties(arguments)
        return properties
    }

    /// What FluxMQ's queues are told beside a message. Source: docs/mqtt.md.
    private static func queueProperties(_ arguments: Arguments) -> [MQTTUserProperty] {
        var properties: [MQTTUserProperty] = []
        if let delay = arguments[PublishCommand.delay] {
            properties.append(MQTTUserProperty("x-delay", String(Int64((delay.inSeconds * 1_000).rounded()))))
        }
        if let priority = arguments[PublishCommand.priority] {
            properties.append(MQTTUserProperty("x-priority", String(priority)))
        }
        if let id = arguments[PublishCommand.messageID] { properties.append(MQTTUserProperty("x-message-id", id)) }
        if let key = arguments[PublishCommand.key] { properties.append(MQTTUserProperty("x-key", key)) }
        return properties
    }

    /// A message of a payload as it was written on the command line or in a file.
    func message(_ written: [UInt8], what: String) throws(Failure) -> MQTTMessage {
        guard let payload = self.decode(written) else {
            throw Failure(.badInput, "\(what) is not \(self.encodingName)")
        }
        return MQTTMessage(
            topic: self.topic ?? "",
            payload: payload,
            qos: self.qos,
            retain: self.retain,
            properties: self.properties
        )
    }

    /// A message of one record of the input, counted from 1.
    func message(record: [UInt8], number: Int) throws(Failure) -> MQTTMessage {
        switch self.format {
        case .raw: return try self.message(record, what: "record \(number)")
        case .topicTab:
            guard let tab = record.firstIndex(of: UInt8(ascii: "\t")) else {
                throw Failure(
                    .badInput,
                    "record \(number) has no tab after its topic",
                    hints: ["as in: sensors/a<TAB>21.5"]
                )
            }
            var message = try self.message(Array(record[(tab + 1)...]), what: "record \(number)")
            guard let topic = String(validating: record[..<tab], as: UTF8.self), !topic.isEmpty else {
                throw Failure(.badInput, "the topic of record \(number) is empty or not UTF-8")
            }
            message.topic = topic
            return message
        case .jsonl: return try self.message(json: record, number: number)
        }
    }

    private func message(json record: [UInt8], number: Int) throws(Failure) -> MQTTMessage {
        let value: JSONValue
        do throws(JSONParser.Problem) {
            value = try JSONParser.parse(record)
        } catch {
            throw Failure(.badInput, "record \(number) is not JSON: \(error.message), at byte \(error.offset)")
        }
        guard case .object(let members) = value else {
            throw Failure(.badInput, "record \(number) is not a JSON object")
        }
        var reader = JSONMessageReader(template: try self.message([], what: ""), number: number)
        for (name, value) in members { try reader.set(name, value) }
        let message = reader.message
        if message.topic.isEmpty {
            throw Failure(.badInput, "record \(number) has no topic, and neither has the command line")
        }
        if self.endpoint.version == .v311, !message.properties.isEmpty {
            throw Failure(.unsupported, "record \(number) has properties, which have no meaning on mqtt3")
        }
        return message
    }
}

/// Applies the members of one JSON object, as sub writes them, to a message.
private struct JSONMessageReader {
    private(set) var message: MQTTMessage
    private let number: Int

    init(template: MQTTMessage, number: Int) {
        self.message = template
        self.number = number
    }

    mutating func set(_ name: String, _ value: JSONValue) throws(Failure) {
        switch name {
        case "topic": self.message.topic = try self.string(name, value)
        case "payload": self.message.payload = Array(try self.string(name, value).utf8)
        case "payload_b64": self.message.payload = try self.binary(name, value)
        case "content_type": self.message.properties.contentType = try self.string(name, value)
        case "reply_to": self.message.properties.responseTopic = try self.string(name, value)
        case "correlation": self.message.properties.correlationData = Array(try self.string(name, value).utf8)
        case "correlation_b64": self.message.properties.correlationData = try self.binary(name, value)
        case "headers": try self.setHeaders(value)
        case "qos":
            guard case .integer(let number) = value, let qos = UInt8(exactly: number).flatMap({ MQTTQoS(rawValue: $0) })
            else {
                throw self.problem("qos is 0, 1 or 2")
            }
            self.message.qos = qos
        case "retained":
            guard case .bool(let retained) = value else { throw self.problem("retained is true or false") }
            self.message.retain = retained
        case "expiry_s":
            guard case .integer(let number) = value, let seconds = UInt32(exactly: number) else {
                throw self.problem("expiry_s is a number of seconds")
            }
            self.message.properties.expirySeconds = seconds
        case "seq", "at", "via", "duplicate", "bytes", "payload_enc": break  // sub's own, and nothing that is published
        default:
            let hint =
                closest(to: name, among: MessageView.schema.fields.map(\.name)).map { ["did you mean \($0)?"] } ?? []
            throw Failure(.badInput, "record \(self.number): there is no field \"\(safe(name))\"", hints: hint)
        }
    }

    private mutating func setHeaders(_ value: JSONValue) throws(Failure) {
        guard case .object(let members) = value else { throw self.problem("headers is an object") }
        for (name, value) in members {
            let values: [JSONValue] = if case .array(let several) = value { several } else { [value] }
            for value in values {
                self.message.properties.userProperties.append(MQTTUserProperty(name, try self.string("headers", value)))
            }
        }
    }

    private func string(_ name: String, _ value: JSONValue) throws(Failure) -> String {
        guard case .string(let text) = value else { throw self.problem("\(name) is not a string") }
        return text
    }

    private func binary(_ name: String, _ value: JSONValue) throws(Failure) -> [UInt8] {
        guard let bytes = decodeBase64(Array(try self.string(name, value).utf8)) else {
            throw self.problem("\(name) is not base64")
        }
        return bytes
    }

    private func problem(_ message: String) -> Failure { Failure(.badInput, "record \(self.number): \(message)") }
}
