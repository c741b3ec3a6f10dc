/// What a topic means to queues. Source: the table of `docs/queues.md`, "Addresses".
package enum QueueAddress: Equatable, Sendable {
    /// `$queue/<name>[/<routing key>]`, or `$dlq/<queue>` as a whole.
    case queue(name: String, key: String)
    /// `$queue/<name>[/...]/$ack`, `/$nack`, `/$reject`.
    case settle(name: String, verb: Verb)
    /// `$queue/<name>/$commit`.
    case commit(name: String)
    /// A settlement verb stands where it cannot.
    case misplaced(verb: String)

    package enum Verb: String, Sendable {
        case accept = "$ack"
        case fail = "$nack"
        case reject = "$reject"
    }

    package static let prefix = "$queue/"
    package static let deadLetterPrefix = "$dlq/"

    /// Whether a topic or filter stands in the queues' part of the tree, even if it names none of them.
    package static func isOne(_ topic: Span<UInt8>) -> Bool {
        if topic.count < 5 || topic[0] != UInt8(ascii: "$") { return false }
        return topic.starts(with: "$queue/") || topic.starts(with: "$dlq/")
    }

    /// Whether no level but the first begins with a `$`: then an address is a queue's, and no verb is in it.
    package static func isPlain(_ topic: Span<UInt8>) -> Bool {
        for index in 1..<max(topic.count, 1)
        where topic[index] == UInt8(ascii: "$") && topic[index - 1] == UInt8(ascii: "/") {
            return false
        }
        return true
    }

    /// Where messages for a queue are published.
    package static func topic(of name: String) -> String {
        name.hasPrefix(QueueAddress.deadLetterPrefix) ? name : QueueAddress.prefix + name
    }

    /// - Returns: nil for a topic or filter that is no queue's.
    package init?(_ topic: String) {
        if topic.hasPrefix(QueueAddress.deadLetterPrefix), topic.utf8.count > QueueAddress.deadLetterPrefix.utf8.count {
            self = .deadLetters(topic)
            return
        }
        guard topic.hasPrefix(QueueAddress.prefix) else { return nil }
        let rest = topic.dropFirst(QueueAddress.prefix.count)
        let levels = rest.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = levels.first, !name.isEmpty else { return nil }
        if levels.count > 1, let last = levels.last, let verb = Verb(rawValue: String(last)) {
            self = .settle(name: String(name), verb: verb)
            return
        }
        let verbs = levels.dropLast().filter { Verb(rawValue: String($0)) != nil || $0 == "$commit" }
        if let verb = verbs.first {
            self = .misplaced(verb: String(verb))
            return
        }
        if levels.count > 1, levels.last == "$commit" {
            self = .commit(name: levels.dropLast().joined(separator: "/"))
            return
        }
        self = .queue(name: String(name), key: levels.dropFirst().joined(separator: "/"))
    }

    /// A dead-letter queue is called by its whole topic; `/$ack` and the like behind it settle its deliveries.
    private static func deadLetters(_ topic: String) -> QueueAddress {
        let levels = topic.split(separator: "/", omittingEmptySubsequences: false)
        if levels.count > 2, let last = levels.last, let verb = Verb(rawValue: String(last)) {
            return .settle(name: levels.dropLast().joined(separator: "/"), verb: verb)
        }
        return .queue(name: topic, key: "")
    }

    /// The filters under which a queue takes what is addressed to it.
    package static func filters(of name: String) -> [String] {
        name.hasPrefix(QueueAddress.deadLetterPrefix) ? [name] : ["\(QueueAddress.prefix)\(name)/#"]
    }

    /// Where a delivery is addressed: below the queue's root, so that `/$ack` can follow.
    ///
    /// - Parameter topic: As the message was published.
    package static func delivery(of topic: String, from name: String) -> String {
        let root = QueueAddress.topic(of: name)
        if topic.isEmpty || topic == name || topic == root || topic.hasPrefix(root + "/") {
            return topic.hasPrefix(root) ? topic : root
        }
        let trimmed = topic.drop { $0 == "/" }
        return root + "/" + trimmed
    }

    /// What a consumer's filter is matched against: the levels behind the queue's root, or the whole of a captured topic.
    package static func routingKey(of topic: String, in name: String) -> String {
        let root = QueueAddress.prefix + name
        if topic == root { return "" }
        return topic.hasPrefix(root + "/") ? String(topic.dropFirst(root.count + 1)) : topic
    }
}

extension Span<UInt8> {
    fileprivate func starts(with prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        if self.count < count { return false }
        for index in 0..<count where self[index] != prefix.utf8Start[index] { return false }
        return true
    }
}
