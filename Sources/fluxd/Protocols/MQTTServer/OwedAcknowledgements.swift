import Core
import MQTTWire

/// Answers that a connection owes, in the order of what they answer [MQTT-4.6.0-2] [MQTT-4.6.0-3]: each waits for its own
/// receipt and for those before it.
struct OwedAcknowledgements {
    struct Entry {
        var receipt: Receipt?
        /// The whole packet; empty for an ``acknowledgement``.
        var packet: [UInt8]
        /// What most answers are, without a packet to be made for each.
        var acknowledgement: Acknowledgement?
        /// Answers a publish, so that it counts against the receive maximum until it goes.
        var answersPublish: Bool
        /// The question to a queue that it also waits for; 0 for none.
        var token: UInt32 = 0
        /// The message of quality of service 2 that is not routed yet; 0 for none.
        var position: UInt64 = 0
    }

    /// A PUBACK, PUBREC or PUBCOMP.
    struct Acknowledgement {
        /// The first byte of the packet.
        var type: UInt8
        var packetID: UInt16
        var reason: MQTTReasonCode
    }

    private var entries: [Entry] = []
    private(set) var publishes = 0

    var isEmpty: Bool { self.entries.isEmpty }
    /// What the first answer waits for.
    var firstReceipt: Receipt? { self.entries.first?.receipt }
    /// Its answer is not known yet.
    private func isOpen(_ entry: Entry) -> Bool { entry.token != 0 || entry.position != 0 }

    mutating func append(_ entry: Entry) {
        self.entries.append(entry)
        if entry.answersPublish { self.publishes += 1 }
    }

    /// Takes out the answers that may go now.
    mutating func takeReady(_ isSettled: (Receipt) -> Bool) -> [Entry] {
        var count = 0
        while count < self.entries.count, !self.isOpen(self.entries[count]),
            self.entries[count].receipt.map(isSettled) ?? true
        {
            if self.entries[count].answersPublish { self.publishes -= 1 }
            count += 1
        }
        if count == 0 { return [] }
        var ready: [Entry] = []
        if count == self.entries.count {
            swap(&ready, &self.entries)
        } else {
            ready += self.entries.prefix(count)
            self.entries.removeFirst(count)
        }
        return ready
    }

    /// A message is routed.
    ///
    /// - Returns: Whether its answer was owed here.
    mutating func resolve(_ position: UInt64, _ packet: [UInt8], _ receipt: Receipt?) -> Bool {
        guard let index = self.entries.firstIndex(where: { $0.position == position }) else { return false }
        (self.entries[index].position, self.entries[index].packet) = (0, packet)
        self.entries[index].receipt = receipt
        return true
    }

    /// A queue has answered.
    ///
    /// - Parameter packet: Makes the answer of what it was going to be.
    mutating func resolve(_ token: UInt32, _ packet: ([UInt8]) -> [UInt8]) {
        guard let index = self.entries.firstIndex(where: { $0.token == token }) else { return }
        self.entries[index].token = 0
        self.entries[index].packet = packet(self.entries[index].packet)
    }
}
