package import Core

/// What was sent at QoS 1 or 2 and is not yet acknowledged: a ring that a packet identifier indexes.
///
/// Identifiers are given in turn, one that is still in use is passed over. Entries are 16 bytes; the message itself stands in the
/// shard's table, or nowhere when the session ends with its connection and can never send it again.
package struct InflightWindow {
    package enum State: UInt8 {
        case free = 0
        case awaitingPuback, awaitingPubrec, awaitingPubcomp
    }

    package struct Entry {
        package var packetID: UInt16 = 0
        package var state = State.free
        package var retain = false
        package var slot = MessageSlot.none
        package var identifier: UInt32 = 0
        /// Order of sending: what is sent again goes in the order it first went [MQTT-4.6.0-1].
        package var sequence: UInt32 = 0
    }

    private var entries: [Entry] = []
    package private(set) var count = 0
    private var lastID: UInt16 = 0
    private var lastSequence: UInt32 = 0

    package init() {}

    /// Takes the next identifier. The caller has checked the window.
    package mutating func open(_ state: State, _ slot: MessageSlot, retain: Bool, identifier: UInt32) -> UInt16 {
        if self.count * 2 >= self.entries.count { self.grow() }
        let mask = UInt16(self.entries.count - 1)
        var packetID = self.lastID
        repeat { packetID = packetID == .max ? 1 : packetID + 1 } while self.entries[Int(packetID & mask)].state != .free
        self.lastID = packetID
        self.lastSequence &+= 1
        self.count += 1
        self.entries[Int(packetID & mask)] = Entry(
            packetID: packetID,
            state: state,
            retain: retain,
            slot: slot,
            identifier: identifier,
            sequence: self.lastSequence
        )
        return packetID
    }

    package func find(_ packetID: UInt16) -> Entry? {
        if self.entries.isEmpty { return nil }
        let entry = self.entries[Int(packetID & UInt16(self.entries.count - 1))]
        return entry.state != .free && entry.packetID == packetID ? entry : nil
    }

    /// The receiver owns the message: what is left is PUBREL and its answer.
    package mutating func released(_ packetID: UInt16) {
        let index = Int(packetID & UInt16(self.entries.count - 1))
        self.entries[index].state = .awaitingPubcomp
        self.entries[index].slot = .none
        self.entries[index].identifier = 0
    }

    package mutating func close(_ packetID: UInt16) {
        let index = Int(packetID & UInt16(self.entries.count - 1))
        precondition(self.entries[index].packetID == packetID, "a packet identifier is closed that is not open")
        self.entries[index] = Entry()
        self.count -= 1
    }

    /// All entries, oldest first. Sequence numbers wrap, so they are compared by distance from the newest.
    package var inOrder: [Entry] {
        self.entries.filter { $0.state != .free }
            .sorted { self.lastSequence &- $0.sequence > self.lastSequence &- $1.sequence }
    }

    /// At most 65,536 slots, for 65,535 identifiers: half of them in use at most, and windows are smaller.
    private mutating func grow() {
        let old = self.entries
        self.entries = Array(repeating: Entry(), count: max(8, old.count * 2))
        let mask = UInt16(truncatingIfNeeded: self.entries.count - 1)
        for entry in old where entry.state != .free { self.entries[Int(entry.packetID & mask)] = entry }
    }
}
