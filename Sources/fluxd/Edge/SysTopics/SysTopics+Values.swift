extension SysTopics {
    /// What has averages, under `load/`; in the order of ``loads(_:)``.
    static let loadNames = [
        "messages/received", "messages/sent", "publish/received", "publish/sent", "publish/dropped", "bytes/received",
        "bytes/sent", "sockets", "connections",
    ]

    static func loads(_ totals: BrokerTotals) -> [UInt64] {
        [
            totals.packets.received, totals.packets.sent, totals.publishes.received, totals.publishes.sent,
            totals.publishesDropped, totals.bytes.received, totals.bytes.sent, totals.connectionsOpened,
            totals.clientsAdmitted,
        ]
    }

    /// All topics but the averages, without `$SYS/broker/`, and what they say: decimal numbers in ASCII unless noted.
    static func values(_ totals: BrokerTotals, maximumClients: UInt64) -> [(name: String, text: String)] {
        var values: [(name: String, text: String)] = [
            ("version", totals.version),
            ("uptime", "\(totals.uptime) seconds"),  // as Mosquitto writes it
        ]
        if let built = totals.built { values.append(("timestamp", built)) }
        if let memory = totals.memory {
            values += [("heap/current", "\(memory.current)"), ("heap/maximum", "\(memory.maximum)")]
        }
        let numbers: [(String, UInt64)] = [
            ("clients/connected", totals.clientsConnected),
            ("clients/active", totals.clientsConnected),  // older Mosquittos' name
            ("clients/disconnected", totals.clientsAway),
            ("clients/inactive", totals.clientsAway),  // likewise
            ("clients/total", totals.clientsConnected + totals.clientsAway),
            ("clients/maximum", maximumClients),
            ("clients/expired", totals.sessionsExpired),
            ("connections/opened", totals.connectionsOpened),
            ("connections/closed", totals.connectionsClosed),
            ("messages/received", totals.packets.received),
            ("messages/sent", totals.packets.sent),
            ("messages/stored", totals.stored.messages),  // older Mosquittos' name
            ("messages/publish/received", totals.publishes.received),  // FluxMQ's order of words
            ("messages/publish/sent", totals.publishes.sent),
            ("publish/messages/received", totals.publishes.received),
            ("publish/messages/sent", totals.publishes.sent),
            ("publish/messages/dropped", totals.publishesDropped),
            ("publish/bytes/received", totals.publishBytes.received),
            ("publish/bytes/sent", totals.publishBytes.sent),
            ("bytes/received", totals.bytes.received),
            ("bytes/sent", totals.bytes.sent),
            ("subscriptions/count", totals.subscriptions),
            ("shared_subscriptions/count", totals.sharedSubscriptions),
            ("retained messages/count", totals.retained),  // Mosquitto's name has a space
            ("retained/count", totals.retained),
            ("store/messages/count", totals.stored.messages),
            ("store/messages/bytes", totals.stored.bytes),
            ("errors/protocol", totals.errors.protocolErrors),
            ("errors/packet", totals.errors.malformedPackets),
            ("errors/auth", totals.errors.authentication),
            ("errors/authz", totals.errors.authorization),
        ]
        values += numbers.map { ($0.0, "\($0.1)") }
        return values + self.values(totals.queues) + self.values(totals.storage)
    }

    private static func values(_ queues: BrokerTotals.Queues?) -> [(name: String, text: String)] {
        guard let queues else { return [] }
        let numbers: [(String, UInt64)] = [
            ("queues/count", queues.count),
            ("queues/consumers", queues.consumers),
            ("queues/messages/ready", queues.ready),
            ("queues/messages/unacked", queues.unacked),
            ("queues/messages/published", queues.published),
            ("queues/messages/delivered", queues.delivered),
            ("queues/messages/acknowledged", queues.acknowledged),
            ("queues/messages/refused", queues.refused),
            ("queues/messages/dropped", queues.dropped),
            ("queues/messages/dead_lettered", queues.deadLettered),
            ("queues/dead_letters", queues.deadLetters),
        ]
        return numbers.map { ($0.0, "\($0.1)") }
    }

    private static func values(_ storage: BrokerTotals.Storage?) -> [(name: String, text: String)] {
        guard let storage else { return [] }
        return [
            ("storage/state", storage.state),
            ("storage/bytes/free", "\(storage.freeBytes)"),
            ("storage/bytes/logs", "\(storage.logBytes)"),
            ("storage/bytes/written", "\(storage.writtenBytes)"),
            ("storage/quarantined", "\(storage.quarantined)"),
        ]
    }
}
