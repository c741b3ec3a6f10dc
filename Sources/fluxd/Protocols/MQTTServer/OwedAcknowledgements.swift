import Core
import MQTTWire

/// Answers that a connection owes, in the order of what they answer [MQTT-4.6.0-2] [MQTT-4.6.0-3]: each waits for its own
/// receipt and for those before it.
struct OwedAcknowledgements {
    struct Entry {
        var receipt: Receipt?
        /// The whole packet.
        var packet: [UInt8]
        /// Answers a publish, so that it counts against the receive maximum until it goes.
        var answersPublish: Bool
    }

    private var entries: [Entry] = []
    private(set) var publishes = 0

    var isEmpty: Bool { self.entries.isEmpty }
    /// What the first answer waits for.
    var firstReceipt: Receipt? { self.entries.first?.receipt }

    mutating func append(_ entry: Entry) {
        self.entries.append(entry)
        if entry.answersPublish { self.publishes += 1 }
    }

    /// Takes out the answers that may go now.
    mutating func takeReady(_ isSettled: (Receipt) -> Bool) -> [[UInt8]] {
        let ready = self.entries.prefix { $0.receipt.map(isSettled) ?? true }
        if ready.isEmpty { return [] }
        self.publishes -= ready.reduce(0) { $0 + ($1.answersPublish ? 1 : 0) }
        self.entries.removeFirst(ready.count)
        return ready.map(\.packet)
    }
}
