import Topics

/// What is wrong with a definition: the key, what was found, what is expected.
package struct QueueDefinitionError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As the configuration spells it: `retry.multiplier`.
    package var key: String
    package var description: String
}

extension QueueDefinition {
    /// Throws the first thing that is wrong, in the order of the configuration's keys.
    package func validate() throws(QueueDefinitionError) {
        func fail(_ key: String, _ found: String, _ expected: String) -> QueueDefinitionError {
            QueueDefinitionError(
                key: key,
                description: "queue '\(self.name.shown)': \(key) is \(found); expected \(expected)"
            )
        }
        let nameBytes = self.name.utf8.count
        if nameBytes == 0 { throw fail("name", "empty", "1 to 1,024 bytes of UTF-8") }
        if nameBytes > 1_024 { throw fail("name", "\(nameBytes) bytes long", "1 to 1,024 bytes of UTF-8") }
        if self.name.utf8.contains(0) || self.name.unicodeScalars.contains(where: { $0 == "+" || $0 == "#" }) {
            throw fail("name", "'\(self.name.shown)'", "a name without NUL, '+' and '#', since it is part of topics")
        }
        // `$queue/a/b` is the key `b` in the queue `a`.
        let isDeadLetters = self.name.hasPrefix("$dlq/")
        if !isDeadLetters, self.name.contains("/") || self.name.hasPrefix("$") {
            throw fail("name", "'\(self.name.shown)'", "a name without '/' that does not begin with '$'")
        }
        if self.number >= 1 << 56 { throw fail("number", "\(self.number)", "a number below 2^56") }
        if self.topics.isEmpty {
            throw fail("topics", "empty", "at least one topic filter: '$queue/\(self.name.shown)/#'")
        }
        for topic in self.topics where !TopicFilter.isValid(Array(topic.utf8).span) {
            throw fail(
                "topics",
                "'\(topic.shown)' among others",
                "topic filters: '+' a whole level, '#' the whole last one"
            )
        }
        if self.durability == .synced, self.kind == .ephemeral {
            throw fail("ack_durability", "fsync", "buffered for an ephemeral queue, or type classic")
        }
        let limits = self.limits
        if limits.maximumMessageSize > 256 << 20 {
            throw fail(
                "limits.max_message_size",
                "\(limits.maximumMessageSize) bytes",
                "0 (no limit of its own) to 268435456"
            )
        }
        if limits.maximumDelayed == 0 || limits.maximumDelayed > 1_000_000 {
            throw fail("limits.max_delayed", "\(limits.maximumDelayed)", "1 to 1000000: each costs 16 bytes of memory")
        }
        if self.overflow == .deadLetter, !self.moves(.overflow) {
            throw fail("overflow", "dead-letter", "dlq.enabled with the reason overflow, or drop-head or reject")
        }
        if self.retry.maximumDeliveries > 65_535 {
            throw fail("retry.max_retries", "\(self.retry.maximumDeliveries)", "0 (as often as it takes) to 65535")
        }
        if !(self.retry.multiplier >= 1 && self.retry.multiplier <= 100) {
            throw fail("retry.multiplier", "\(self.retry.multiplier)", "1 to 100")
        }
        if self.retry.maximumBackoff > 0, self.retry.maximumBackoff < self.retry.initialBackoff {
            throw fail(
                "retry.max_backoff",
                "\(self.retry.maximumBackoff) ms",
                "0 (no bound) or at least retry.initial_backoff, \(self.retry.initialBackoff) ms"
            )
        }
        if self.deadLetters.isEnabled, self.deadLetterQueue == self.name {
            throw fail("dlq.topic", "the queue itself", "another queue, or nothing for '$dlq/\(self.name.shown)'")
        }
        let target = self.deadLetters.target
        let isOwn = target.hasPrefix("$dlq/")
        if target.utf8.count > 1_024 || target.unicodeScalars.contains(where: { $0 == "+" || $0 == "#" || $0 == "\0" })
            || !isOwn && (target.contains("/") || target.hasPrefix("$"))
        {
            throw fail(
                "dlq.topic",
                "'\(target.shown)'",
                "a queue's name or $dlq/NAME: at most 1,024 bytes, without NUL, '+', '#' and other '/'"
            )
        }
        if self.compacts, self.kind != .stream { throw fail("compaction", "on", "off, or type stream") }
        if !self.primaryGroup.isEmpty, self.kind != .stream {
            throw fail("primary_group", "'\(self.primaryGroup.shown)'", "nothing, or type stream")
        }
        if self.hasPriorities, self.kind == .stream { throw fail("priorities", "on", "off: a stream has one order") }
        let longest = UInt64(1) << 48
        for (key, time) in [
            ("limits.message_ttl", limits.ttl), ("retry.initial_backoff", self.retry.initialBackoff),
            ("retry.max_backoff", self.retry.maximumBackoff), ("visibility_timeout", self.visibilityTimeout),
            ("retention.max_age", self.retention.maximumAge), ("dedupe_window", self.dedupeWindow),
            ("expires", self.idleExpiry), ("group_expires", self.idleGroupExpiry),
            ("auto_commit_interval", self.autoCommitInterval),
        ] where time > longest {
            throw fail(key, "\(time) ms", "at most \(longest) ms")
        }
    }
}
