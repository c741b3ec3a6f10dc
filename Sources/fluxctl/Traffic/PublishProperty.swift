import CommandSpec
import MQTTClient

/// Properties of PUBLISH that a user may set, by their names in the specification. Source: MQTT 5.0 §3.3.2.3.
enum PublishProperty: String, CaseIterable {
    case contentType = "content-type"
    case correlationData = "correlation-data"
    case messageExpiryInterval = "message-expiry-interval"
    case payloadFormatIndicator = "payload-format-indicator"
    case responseTopic = "response-topic"

    /// What other packets carry, or what fluxctl sets by itself, with what to use instead.
    private static let elsewhere = [
        "session-expiry-interval": "it belongs to CONNECT: use --session-expiry",
        "receive-maximum": "it belongs to CONNECT, and fluxctl sets it",
        "maximum-packet-size": "it belongs to CONNECT, and fluxctl sets it",
        "topic-alias-maximum": "it belongs to CONNECT, and fluxctl sets it",
        "will-delay-interval": "it belongs to the will: use --will-delay",
        "topic-alias": "fluxctl sends whole topics",
        "subscription-identifier": "only a broker puts it into PUBLISH",
        "user-property": "use -H NAME=VALUE",
    ]

    /// Reads `NAME=VALUE` and checks that the packet has such a property, of such a value.
    static func parse(_ text: String) throws(ValueProblem) -> (MQTTMessageProperties) -> MQTTMessageProperties {
        guard let equals = text.firstIndex(of: "=") else { throw ValueProblem("is not NAME=VALUE") }
        let name = String(text[..<equals])
        let value = String(text[text.index(after: equals)...])
        guard let property = PublishProperty(rawValue: name) else {
            let near = closest(to: name, among: self.allCases.map(\.rawValue)).map { "did you mean \($0)?" }
            throw ValueProblem("is not a property of PUBLISH", hint: self.elsewhere[name] ?? near)
        }
        let set = try property.setter(value)
        return { properties in
            var properties = properties
            set(&properties)
            return properties
        }
    }

    private func setter(_ value: String) throws(ValueProblem) -> (inout MQTTMessageProperties) -> Void {
        switch self {
        case .contentType: return { $0.contentType = value }
        case .correlationData: return { $0.correlationData = Array(value.utf8) }
        case .responseTopic:
            if value.isEmpty || value.contains(where: { "+#".contains($0) }) {
                throw ValueProblem("is not a topic without wildcards")
            }
            return { $0.responseTopic = value }
        case .messageExpiryInterval:
            guard let seconds = UInt32(value) else {
                throw ValueProblem("is not a number of seconds", hint: "--expiry takes units")
            }
            return { $0.expirySeconds = seconds }
        case .payloadFormatIndicator:
            guard value == "0" || value == "1" else { throw ValueProblem("is not 0 (bytes) or 1 (UTF-8)") }
            return { $0.payloadIsUTF8 = value == "1" }
        }
    }
}

extension ValueType where Value == String {
    /// `NAME=VALUE` of a property of PUBLISH; kept as text, and checked.
    static var property: ValueType {
        let names = PublishProperty.allCases.map { "\($0.rawValue)=" }
        return ValueType("NAME=VALUE", completing: .words(names)) { (text: String) throws(ValueProblem) -> String in
            _ = try PublishProperty.parse(text)
            return text
        }
    }
}
