package import Configuration
import Core
package import DaemonConfig
package import QueueEngine

/// The queues of a configuration as the queue engine has them.
package struct FileQueues: Sendable {
    /// In the file's order, without numbers.
    package let definitions: [QueueDefinition]

    /// - Throws: With the key that is wrong: `queues[2].retry.max_backoff`.
    package init(_ config: DaemonConfig) throws(ConfigError) {
        var definitions: [QueueDefinition] = []
        for (index, queue) in config.queues.enumerated() {
            let definition = QueueDefinition(queue, of: config)
            do throws(QueueDefinitionError) {
                try definition.validate()
            } catch {
                throw ConfigError(error.description, key: "queues[\(index)].\(error.key)")
            }
            definitions.append(definition)
        }
        self.definitions = definitions
    }
}

/// A key that a queue's stored definition and the file's do not agree in.
package struct QueueDifference: Equatable, Sendable {
    /// As the configuration spells it, from the queue on: `limits.max_depth`.
    package var key: String
    package var stored: String
    package var file: String
}

extension QueueDifference {
    /// In the order of the configuration's keys. Whether a queue is paused is its operators' business once it is there.
    static func all(stored: QueueDefinition, file: QueueDefinition) -> [QueueDifference] {
        let entries = { (definition: QueueDefinition) in
            let queue = QueueConfig(definition)
            return DaemonConfig.queueDescription.entries(queue, defaults: queue)
        }
        return zip(entries(stored), entries(file)).compactMap { stored, file in
            if stored.value == file.value || stored.path == "paused" { return nil }
            return QueueDifference(key: stored.path, stored: stored.value, file: file.value)
        }
    }
}

extension QueueDefinition {
    /// - Parameter config: Has what the queue leaves to the broker.
    package init(_ queue: QueueConfig, of config: DaemonConfig) {
        let own = QueueAddress.filters(of: queue.name)
        self.init(
            name: queue.name,
            number: 0,
            kind: Kind(queue.kind),
            topics: own + queue.topics.filter { !own.contains($0) }
        )
        self.isReserved = queue.reserved
        let standard = config.storage.queueSyncInterval == .zero ? .fsync : config.storage.queueDurability
        let durability = queue.ackDurability ?? (queue.kind == .ephemeral ? .buffered : standard)
        self.durability = durability == .fsync ? .synced : .buffered
        self.limits.maximumMessageSize = UInt64(queue.limits.maxMessageSize)
        self.limits.maximumMessages = UInt64(queue.limits.maxDepth)
        self.limits.maximumBytes = UInt64(queue.limits.maxBytes)
        if let ttl = queue.limits.messageTTL { self.limits.ttl = ttl.milliseconds }
        self.limits.maximumDelayed = UInt64(queue.limits.maxDelayed)
        switch queue.overflow {
        case .reject: self.overflow = .reject
        case .dropHead: self.overflow = .dropHead
        case .deadLetter: self.overflow = .deadLetter
        }
        self.retry.maximumDeliveries = queue.retry.maxRetries
        self.retry.initialBackoff = queue.retry.initialBackoff.milliseconds
        self.retry.maximumBackoff = queue.retry.maxBackoff.milliseconds
        self.retry.multiplier = queue.retry.multiplier
        self.visibilityTimeout = queue.visibilityTimeout.milliseconds
        self.deadLetters.isEnabled = queue.deadLetters.enabled
        self.deadLetters.target = queue.deadLetters.topic
        self.deadLetters.reasons = queue.deadLetters.reasons.reduce(into: []) { $0.formUnion(DeadLetterReasons($1)) }
        self.retention.maximumAge = queue.retention.maxAge.milliseconds
        self.retention.maximumBytes = UInt64(queue.retention.maxLengthBytes)
        self.retention.maximumMessages = UInt64(queue.retention.maxLengthMessages)
        self.compacts = queue.compaction
        self.compresses = queue.compression == .zstd
        self.dedupeWindow = queue.dedupeWindow.milliseconds
        self.hasSingleActiveConsumer = queue.singleActiveConsumer
        if let expires = queue.expires { self.idleExpiry = expires.milliseconds }
        self.idleGroupExpiry = queue.groupExpires.milliseconds
        self.hasPriorities = queue.priorities
        self.primaryGroup = queue.primaryGroup
        self.isPaused = queue.paused
        self.capturesSynchronously = queue.captureSync
        self.autoCommitInterval = (queue.autoCommitInterval ?? config.queueManager.autoCommitInterval).milliseconds
    }
}

extension QueueConfig {
    /// The same in the configuration's words, with nothing left to the broker; for two to be compared.
    init(_ definition: QueueDefinition) {
        self.init()
        self.name = definition.name
        self.topics = definition.topics.filter { !QueueAddress.filters(of: definition.name).contains($0) }.sorted()
        self.kind = Kind(definition.kind)
        self.reserved = definition.isReserved
        self.ackDurability = definition.durability == .synced ? .fsync : .buffered
        self.limits.maxMessageSize = Int(clamping: definition.limits.maximumMessageSize)
        self.limits.maxDepth = Int(clamping: definition.limits.maximumMessages)
        self.limits.maxBytes = Int(clamping: definition.limits.maximumBytes)
        self.limits.messageTTL = .milliseconds(definition.limits.ttl)
        self.limits.maxDelayed = Int(clamping: definition.limits.maximumDelayed)
        switch definition.overflow {
        case .reject: self.overflow = .reject
        case .dropHead: self.overflow = .dropHead
        case .deadLetter: self.overflow = .deadLetter
        }
        self.retry.maxRetries = definition.retry.maximumDeliveries
        self.retry.initialBackoff = .milliseconds(definition.retry.initialBackoff)
        self.retry.maxBackoff = .milliseconds(definition.retry.maximumBackoff)
        self.retry.multiplier = definition.retry.multiplier
        self.visibilityTimeout = .milliseconds(definition.visibilityTimeout)
        self.deadLetters.enabled = definition.deadLetters.isEnabled
        self.deadLetters.topic = definition.deadLetters.target
        self.deadLetters.reasons = DeadLetters.Reason.allCases.filter {
            definition.deadLetters.reasons.contains(DeadLetterReasons($0))
        }
        self.retention.maxAge = .milliseconds(definition.retention.maximumAge)
        self.retention.maxLengthBytes = Int(clamping: definition.retention.maximumBytes)
        self.retention.maxLengthMessages = Int(clamping: definition.retention.maximumMessages)
        self.compaction = definition.compacts
        self.compression = definition.compresses ? .zstd : .none
        self.dedupeWindow = .milliseconds(definition.dedupeWindow)
        self.singleActiveConsumer = definition.hasSingleActiveConsumer
        self.expires = definition.kind == .ephemeral ? .milliseconds(definition.idleExpiry) : nil
        self.groupExpires = .milliseconds(definition.idleGroupExpiry)
        self.priorities = definition.hasPriorities
        self.primaryGroup = definition.primaryGroup
        self.paused = definition.isPaused
        self.captureSync = definition.capturesSynchronously
        self.autoCommitInterval = definition.kind == .stream ? .milliseconds(definition.autoCommitInterval) : nil
    }
}

extension QueueDefinition.Kind {
    fileprivate init(_ kind: QueueConfig.Kind) {
        switch kind {
        case .classic: self = .classic
        case .stream: self = .stream
        case .ephemeral: self = .ephemeral
        }
    }
}

extension QueueConfig.Kind {
    fileprivate init(_ kind: QueueDefinition.Kind) {
        switch kind {
        case .classic: self = .classic
        case .stream: self = .stream
        case .ephemeral: self = .ephemeral
        }
    }
}

extension DeadLetterReasons {
    fileprivate init(_ reason: QueueConfig.DeadLetters.Reason) {
        switch reason {
        case .expired: self.init(DeadLetterReason.expired)
        case .rejected: self.init(DeadLetterReason.rejected)
        case .maxDeliveries: self.init(DeadLetterReason.maximumDeliveries)
        case .overflow: self.init(DeadLetterReason.overflow)
        }
    }
}

extension Duration {
    /// Rounded up: a time that is there must not become 0, which is none.
    fileprivate var milliseconds: UInt64 {
        let (seconds, attoseconds) = self.components
        return UInt64(seconds) * 1_000 + UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }

    fileprivate static func milliseconds(_ count: UInt64) -> Duration { .milliseconds(Int64(clamping: count)) }
}
