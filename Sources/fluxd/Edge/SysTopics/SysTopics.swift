import Bytes
package import Core
import Synchronization

/// The `$SYS/broker/...` topics: what the broker says about itself to MQTT clients, as retained messages, so that whoever
/// subscribes late sees them at once.
///
/// The names are FluxMQ's and Mosquitto's. Where both have a name and mean different things, Mosquitto's meaning counts, because
/// there are dashboards for it (docs/sys-topics.md).
package final class SysTopics: Sendable {
    private struct State: Sendable {
        var rounds = 0
        /// What each topic said last.
        var said: [String: String] = [:]
        var maximumClients: UInt64 = 0
        var uptime: UInt64 = 0
        var loads: [LoadAverage] = Array(repeating: LoadAverage(), count: SysTopics.loadNames.count)
    }
    private let state = Mutex(State())
    /// Every so many rounds all topics are published, whether they changed or not.
    private static let fullRound = 10

    package init() {}

    /// Publishes what changed since the last call, and now and then everything. Called on the shard's loop, at a steady interval.
    ///
    /// These messages count neither as received nor for the limit of retained ones. One whose way is blocked by a full link is
    /// left for the next round.
    package func publish(_ totals: BrokerTotals, on shard: ShardState) {
        let (values, changed) = self.round(totals)
        let retained = shard.broker.retained
        retained.exempt(values, in: .standard)
        for (topic, text) in changed where !self.publish(topic, text, on: shard) { self.forget(topic) }
        shard.finishDeliveries()
    }

    /// - Returns: How many topics there are, and those to be published now, in order.
    func round(_ totals: BrokerTotals) -> (topics: Int, changed: [(topic: String, text: String)]) {
        self.state.withLock { state in
            let seconds = Double(max(1, totals.uptime - min(totals.uptime, state.uptime)))
            state.uptime = totals.uptime
            state.maximumClients = max(state.maximumClients, totals.clientsConnected)
            for (index, count) in SysTopics.loads(totals).enumerated() {
                state.loads[index].look(at: count, after: seconds)
            }
            var values = SysTopics.values(totals, maximumClients: state.maximumClients)
            for (name, load) in zip(SysTopics.loadNames, state.loads) {
                for (span, value) in zip(LoadAverage.spans, load.minutes) {
                    values.append(("load/\(name)/\(span.name)", twoDecimals(value)))
                }
            }
            let isFull = state.rounds % SysTopics.fullRound == 0
            state.rounds += 1
            var changed: [(String, String)] = []
            for (name, text) in values where isFull || state.said[name] != text {
                state.said[name] = text
                changed.append((name, text))
            }
            return (values.count, changed)
        }
    }

    private func forget(_ topic: String) { self.state.withLock { $0.said[topic] = nil } }

    /// - Returns: False when a link is full.
    private func publish(_ topic: String, _ text: String, on shard: ShardState) -> Bool {
        let name = Array("$SYS/broker/\(topic)".utf8)
        let payload = Array(text.utf8)
        let header: [UInt8] = []
        var hint: Int32 = -1
        guard let route = shard.route(name.span, in: .standard, hint: &hint) else {
            preconditionFailure("'\(topic)' is no topic")
        }
        if shard.isBlocked(route) { return false }
        let message = MessageView(topic: name.span, header: header.span, payload: payload.span, qos: 0, retain: true)
        _ = shard.broker.retained.set(StoredMessage(copying: message), limit: .max, now: shard.now)
        _ = shard.publish(message, along: route)
        return true
    }
}
