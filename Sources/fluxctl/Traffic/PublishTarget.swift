import CommandSpec

/// Where `pub --to` publishes.
enum PublishTarget: Equatable, Sendable {
    case topic(String)
    /// - Parameter key: What the queue's consumers may choose by; empty for none.
    case queue(String, key: String)

    /// As MQTT addresses it. Source: docs/queues.md.
    var topic: String {
        switch self {
        case .topic(let topic): topic
        case .queue(let name, _) where name.hasPrefix("$dlq/"): name
        case .queue(let name, let key): key.isEmpty ? "$queue/\(name)" : "$queue/\(name)/\(key)"
        }
    }

    /// The address, with no key, of a queue by its name.
    static func address(ofQueue name: String) -> String { PublishTarget.queue(name, key: "").topic }

    init(parsing text: String) throws(ValueProblem) {
        if text.hasPrefix("topic:"), text.utf8.count > 6 {
            self = .topic(String(text.dropFirst(6)))
        } else if text.hasPrefix("queue:"), text.utf8.count > 6 {
            let name = String(text.dropFirst(6))
            // A dead-letter queue is addressed as a whole.
            let parts = name.hasPrefix("$dlq/") ? [name] : name.split(separator: "/", maxSplits: 1).map(String.init)
            guard let queue = parts.first else { throw ValueProblem("names no queue") }
            self = .queue(queue, key: parts.count > 1 ? parts[1] : "")
        } else {
            throw ValueProblem("is no target", hint: "write topic:TOPIC, queue:QUEUE or queue:QUEUE/KEY")
        }
    }
}

extension ValueType where Value == PublishTarget {
    static var target: ValueType {
        ValueType("TARGET", completing: .words(["topic:", "queue:"])) {
            (text: String) throws(ValueProblem) -> PublishTarget in
            try PublishTarget(parsing: text)
        }
    }
}
