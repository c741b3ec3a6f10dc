import CommandSpec
import JSON
import MQTTClient
import Terminal

/// One received message, as every output format shows it.
struct MessageView {
    static let schema = OutputSchema(
        "message",
        version: 1,
        [
            .init("seq", .integer, "Number of the message in this run, from 1."),
            .init("at", .string, "When it was received, RFC 3339 in UTC."),
            .init("topic", .string, "Topic it was published to."),
            .init("qos", .integer, "QoS it was delivered at."),
            .init("retained", .boolean, "Whether the broker had kept it."),
            .init("duplicate", .boolean, optional: true, "True when the broker may have sent it before."),
            .init("headers", .object, "User properties; a name that occurs several times has an array."),
            .init("content_type", .string, optional: true, "Content type."),
            .init("reply_to", .string, optional: true, "Response topic."),
            .init("correlation", .string, optional: true, "Correlation data that is UTF-8."),
            .init("correlation_b64", .string, optional: true, "Correlation data that is not, in base64."),
            .init("expiry_s", .integer, optional: true, "Seconds until the message expires."),
            .init("bytes", .integer, "Size of the payload in bytes."),
            .init("payload", .string, optional: true, "Payload that is UTF-8."),
            .init("payload_b64", .string, optional: true, "Payload that is not, in base64."),
            .init("payload_enc", .string, "Which of the two it is: utf8 or binary."),
            .init("via", .string, "Protocol it came by: mqtt5 or mqtt3."),
        ]
    )

    let sequence: Int
    let at: String
    let delivery: MQTTDelivery
    let via: String

    var json: JSONValue {
        let message = self.delivery.message
        var members: [(String, JSONValue)] = [
            ("seq", .integer(self.sequence)), ("at", .string(self.at)), ("topic", .string(message.topic)),
            ("qos", .integer(Int(message.qos.rawValue))), ("retained", .bool(message.retain)),
        ]
        if self.delivery.isDuplicate { members.append(("duplicate", .bool(true))) }
        members.append(("headers", Self.headers(message.properties.userProperties)))
        if let type = message.properties.contentType { members.append(("content_type", .string(type))) }
        if let topic = message.properties.responseTopic { members.append(("reply_to", .string(topic))) }
        if let data = message.properties.correlationData {
            let text = String(validating: data, as: UTF8.self)
            members.append(text.map { ("correlation", .string($0)) } ?? ("correlation_b64", .string(base64(data))))
        }
        if let seconds = message.properties.expirySeconds { members.append(("expiry_s", .integer(Int(seconds)))) }
        members.append(("bytes", .integer(message.payload.count)))
        if let text = String(validating: message.payload, as: UTF8.self) {
            members += [("payload", .string(text)), ("payload_enc", "utf8")]
        } else {
            members += [("payload_b64", .string(base64(message.payload))), ("payload_enc", "binary")]
        }
        members.append(("via", .string(self.via)))
        return .object(members)
    }

    private static func headers(_ properties: [MQTTUserProperty]) -> JSONValue {
        var members: [(String, JSONValue)] = []
        for property in properties {
            guard let index = members.firstIndex(where: { $0.0 == property.name }) else {
                members.append((property.name, .string(property.value)))
                continue
            }
            var values: [JSONValue] = [members[index].1]
            if case .array(let several) = members[index].1 { values = several }
            members[index].1 = .array(values + [.string(property.value)])
        }
        return .object(members)
    }

    static let tableHeader = "TOPIC                     QOS R    BYTES  PAYLOAD\n"

    /// A row of the table. On a terminal the payload is cut after 4 KiB; never elsewhere.
    func tableRow(isTerminal: Bool) -> String {
        let message = self.delivery.message
        let topic = safe(message.topic)
        let bytes = grouped(message.payload.count)
        let gap = String(repeating: " ", count: max(2, 28 - topic.count))
        let room = String(repeating: " ", count: max(1, 9 - bytes.count))
        let payload = displayed(message.payload, limit: isTerminal ? 4_096 : nil)
        return "\(topic)\(gap)\(message.qos.rawValue) \(message.retain ? "R" : "-")\(room)\(bytes)  \(payload)\n"
    }

    /// A field whose bytes a template shows: the payload, escaped for people, or as it came.
    func payload(of field: String, unescaped: Bool) -> [UInt8]? {
        guard field == "payload" else { return nil }
        return unescaped
            ? self.delivery.message.payload : Array(displayed(self.delivery.message.payload, limit: nil).utf8)
    }
}
