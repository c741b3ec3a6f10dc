import AdminAPI
import Core
import MQTTServer
import MQTTWire
import Machine
import Query

/// What one shard has connected, by protocol.
struct ProtocolTally: Sendable {
    var mqtt3 = ProtocolCount()
    var mqtt5 = ProtocolCount()

    mutating func add(_ slot: Int, of table: ConnectionTable) {
        switch table.counters(of: slot).pointee.version {
        case 0: break  // no CONNECT yet
        case MQTTVersion.v5.rawValue: self.mqtt5.add(table.rates(of: slot))
        default: self.mqtt3.add(table.rates(of: slot))
        }
    }
}

struct ProtocolCount: Sendable {
    var connections = 0
    var messagesIn = 0.0
    var messagesOut = 0.0
}

extension BrokerBackend {
    /// - Parameter withProtocols: Costs a walk over the tables of all connections.
    func brokerRow(withProtocols: Bool, _ answer: @escaping (AdminV1.Broker) -> Void) {
        let row = self.plainBrokerRow()
        guard withProtocols else { return self.later { answer(row) } }
        self.calls.walk(ProtocolTally(), beginningWith: 8_192) { shard, tally, start, rows in
            let table = shard.connections
            if start == 0 { table.look(now: shard.now, unlessYoungerThan: Self.freshness) }
            let end = min(table.slots, start + rows)
            if start < end { for slot in start..<end where table.isUsed(slot) { tally.add(slot, of: table) } }
            return end < table.slots ? end : nil
        } _: { [self] tally in
            var row = row
            row.protocols = [Self.use("mqtt5", tally.mqtt5), Self.use("mqtt3", tally.mqtt3)]
            for facts in self.listeners where facts.protocol != "mqtt" {
                var use = AdminV1.ProtocolUse()
                use.protocol = facts.protocol
                use.connections = facts.row.connections
                row.protocols.append(use)
            }
            answer(row)
        }
    }

    private static func use(_ name: String, _ count: ProtocolCount) -> AdminV1.ProtocolUse {
        var use = AdminV1.ProtocolUse()
        use.protocol = name
        use.connections = UInt64(count.connections)
        use.messagesInPerS = count.messagesIn
        use.messagesOutPerS = count.messagesOut
        return use
    }

    private func plainBrokerRow() -> AdminV1.Broker {
        let broker = self.broker
        var row = AdminV1.Broker()
        row.id = self.facts.node
        row.state = self.facts.state()
        row.fluxdVersion = self.facts.version
        row.pid = self.facts.pid
        row.startedAt = self.clock.time(at: self.facts.startedAt)
        row.uptimeMs = self.clock.since(self.facts.startedAt)
        row.shards = UInt32(broker.shards)
        row.connections = UInt64(max(0, broker.openConnections))
        row.connectionsOpened = broker.total(.connectionsOpened)
        row.connectionsRefused = broker.total(.refusedConnects) + self.listeners.reduce(0) { $0 + $1.row.refused }
        row.sessions = UInt64(max(0, broker.openSessions))
        row.sessionsOffline = UInt64(max(0, broker.openSessions - broker.connectedSessions))
        row.subscriptions = UInt64(max(0, broker.openSubscriptions))
        row.topicFilters = UInt64(broker.tree.filterCount)
        row.retained = UInt64(broker.retained.countedCount())
        row.retainedBytes = UInt64(broker.retained.bytes)
        row.messagesIn = broker.total(.messagesReceived)
        row.messagesOut = broker.total(.messagesSent)
        row.bytesIn = broker.total(.bytesReceived)
        row.bytesOut = broker.total(.bytesSent)
        row.messagesInPerS = self.sampler.rates[.messagesReceived]
        row.messagesOutPerS = self.sampler.rates[.messagesSent]
        row.bytesInPerS = self.sampler.rates[.bytesReceived]
        row.bytesOutPerS = self.sampler.rates[.bytesSent]
        row.dropped = BrokerSampler.dropReasons.reduce(0) { $0 + broker.total($1) }
        row.droppedPerS = self.sampler.droppedRate
        row.droppedOutputFull = broker.total(.droppedOutputFull)
        row.droppedQueueFull = broker.total(.droppedQueueFull)
        row.droppedExpired = broker.total(.droppedExpired)
        row.droppedMemory = broker.total(.droppedMemory)
        row.droppedTooLarge = broker.total(.droppedTooLarge)
        row.droppedNoSpace = broker.total(.droppedNoSpace)
        row.protocolErrors = broker.total(.protocolErrors)
        row.takeovers = broker.total(.takeovers)
        row.cpuPercent = self.sampler.cpuPercent
        row.memoryBytes = UInt64(self.sampler.memoryBytes)
        row.messageMemoryBytes = UInt64(max(0, broker.budget.leasedBytes))
        row.messageMemoryLimitBytes = UInt64(broker.budget.limit)
        let open = self.listeners.reduce(0) { $0 + $1.row.connections }
        row.descriptors = UInt64(self.facts.descriptors) + open
        row.descriptorsLimit = self.facts.descriptorLimit
        row.adminCpuMs = BrokerSampler.threadMicroseconds() / 1_000
        self.storage.fill(&row, from: self.facts.storage())
        return row
    }
}

extension ProtocolCount {
    fileprivate mutating func add(_ rates: UnsafePointer<ConnectionRates>?) {
        self.connections += 1
        self.messagesIn += Double(rates?.pointee.messagesReceived ?? 0)
        self.messagesOut += Double(rates?.pointee.messagesSent ?? 0)
    }
}
