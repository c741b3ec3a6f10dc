package import AdminAPI
package import Terminal

/// What an operator wants to know first about a connection: one sentence, and how much it matters.
package struct Why: Equatable, Sendable {
    package enum Weight: Sendable {
        case fine, notice, trouble
    }

    package var title: String
    package var sentence: String
    package var weight: Weight

    /// What the rules look at.
    package struct Facts: Sendable {
        package var connection: AdminV1.Connection
        /// Messages thrown away since the page was opened; nil before there are two looks.
        package var newlyDropped: UInt64?
        package var units: SizeUnits

        package init(connection: AdminV1.Connection, newlyDropped: UInt64?, units: SizeUnits) {
            self.connection = connection
            self.newlyDropped = newlyDropped
            self.units = units
        }
    }

    private struct Rule {
        let title: String
        let weight: Weight
        let applies: @Sendable (Facts) -> Bool
        let sentence: @Sendable (Facts) -> String
    }

    /// The first rule that applies speaks.
    package static func explain(_ facts: Facts) -> Why {
        for rule in rules where rule.applies(facts) {
            return Why(title: rule.title, sentence: rule.sentence(facts), weight: rule.weight)
        }
        return Why(title: "FINE", sentence: "takes what it is sent, and is heard from in time", weight: .fine)
    }

    private static let rules = [
        Rule(title: "CLOSING", weight: .notice) {
            $0.connection.state == "closing"
        } sentence: { _ in
            "the connection is being closed; what it had not sent yet is lost"
        },
        Rule(title: "NEW", weight: .notice) {
            $0.connection.state == "new"
        } sentence: { facts in
            "no CONNECT yet, \(Quantity.duration(milliseconds: facts.connection.uptimeMs)) after it was accepted"
        },
        Rule(title: "WHY DROPS", weight: .trouble) {
            ($0.newlyDropped ?? 0) > 0
        } sentence: { facts in
            let count = Quantity.exact(facts.newlyDropped)
            return facts.connection.bufferedBytes > 0
                ? "\(count) messages dropped while you look: it reads too slowly, its output is full"
                : "\(count) messages dropped while you look: its queue is full, or they expired in it"
        },
        Rule(title: "WHY WAITING", weight: .trouble) {
            $0.connection.state == "waiting"
        } sentence: { _ in
            "another part of the broker is full; this publisher is not read until there is room"
        },
        Rule(title: "WHY THROTTLED", weight: .trouble) {
            $0.connection.state == "throttled"
        } sentence: { _ in
            "its rate is used up; it is read again when tokens are back (ratelimit in fluxd.yaml)"
        },
        Rule(title: "WHY SLOW", weight: .trouble) {
            $0.connection.inflightLimit > 0 && $0.connection.inflight >= $0.connection.inflightLimit
                && $0.connection.queued > 0
        } sentence: { facts in
            let connection = facts.connection
            return "the client limits itself to \(connection.inflightLimit) unacknowledged messages;"
                + " \(Quantity.count(connection.queued)) wait for its acknowledgements"
        },
        Rule(title: "WHY SLOW", weight: .trouble) {
            $0.connection.state == "slow" || $0.connection.bufferedBytes >= slowReaderBytes
        } sentence: { facts in
            let waiting = Quantity.size(facts.connection.bufferedBytes, facts.units)
            return "it reads more slowly than its messages come: \(waiting) wait for its network or itself"
        },
        Rule(title: "WHY IDLE", weight: .notice) {
            // A server waits one and a half times the keep-alive. Source: MQTT 5.0 §3.1.2.10.
            $0.connection.keepAliveMs > 0 && $0.connection.idleMs > $0.connection.keepAliveMs
        } sentence: { facts in
            let idle = Quantity.duration(milliseconds: facts.connection.idleMs)
            let promised = Quantity.duration(milliseconds: facts.connection.keepAliveMs)
            return "silent for \(idle), beyond its keep-alive of \(promised); it is closed at one and a half times that"
        },
        Rule(title: "DROPS", weight: .notice) {
            $0.connection.dropped > 0
        } sentence: { facts in
            "\(Quantity.count(facts.connection.dropped)) messages were dropped since it connected, none while you look"
        },
    ]
}

/// As much as a local network takes in a moment: less than this in the output is no sign of a slow reader.
private let slowReaderBytes: UInt64 = 256 * 1_024
