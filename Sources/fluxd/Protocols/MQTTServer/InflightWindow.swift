package import Core

/// What was sent at QoS 1 or 2 and is not yet acknowledged: a ring that a packet identifier indexes.
///
/// Identifiers are given in turn, one that is still in use is passed over. Entries are 16 bytes; the message itself stands in the
/// shard's table, or nowhere when the session ends with its connection and can never send it again.
package struct InflightWindow: ~Copyable {
    package enum State: UInt8 {
        case free = 0
        case awaitingPuback, awaitingPubrec, awaitingPubcomp
        /// PUBLISH goes out when the entry is stored; PUBREL when it is stored that PUBREC came.
        case unsent, unreleased
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

    /// A plain table: an array would count references at each acknowledgement.
    private var entries: UnsafeMutablePointer<Entry>
    private var capacity = 0
    package private(set) var count = 0
    private var lastID: UInt16 = 0
    /// The last number that was given: entries that wait for the window have theirs from here too.
    private var lastSequence: UInt32 = 0

    package init() { self.entries = .allocate(capacity: 0) }

    deinit { self.entries.deallocate() }

    /// The next place in the session's order of sending.
    package mutating func takeNumber() -> UInt32 {
        self.lastSequence &+= 1
        return self.lastSequence
    }

    /// Takes the next identifier. The caller has checked the window.
    ///
    /// - Parameter number: From ``takeNumber()``; nil for the next one.
    package mutating func open(
        _ state: State,
        _ slot: MessageSlot,
        retain: Bool,
        identifier: UInt32,
        number: UInt32? = nil
    ) -> UInt16 {
        if self.count * 2 >= self.capacity { self.grow() }
        let mask = UInt16(truncatingIfNeeded: self.capacity - 1)
        var packetID = self.lastID
        repeat {
            packetID = packetID == .max ? 1 : packetID + 1
        } while self.entries[Int(packetID & mask)].state != .free
        self.lastID = packetID
        let sequence = number ?? self.takeNumber()
        self.count += 1
        self.entries[Int(packetID & mask)] = Entry(
            packetID: packetID,
            state: state,
            retain: retain,
            slot: slot,
            identifier: identifier,
            sequence: sequence
        )
        return packetID
    }

    /// Puts back an entry of an earlier run of the broker, whose client has its identifier still.
    package mutating func restore(
        _ packetID: UInt16,
        _ state: State,
        _ slot: MessageSlot,
        _ retain: Bool,
        _ identifier: UInt32,
        _ number: UInt32
    ) {
        while self.count * 2 >= self.capacity && self.capacity < 65_536 || self.isTaken(packetID) { self.grow() }
        self.lastID = packetID
        self.count += 1
        self.entries[Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))] = Entry(
            packetID: packetID,
            state: state,
            retain: retain,
            slot: slot,
            identifier: identifier,
            sequence: number
        )
    }

    private func isTaken(_ packetID: UInt16) -> Bool {
        self.entries[Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))].state != .free
    }

    /// Numbers go on behind one that was given by an earlier run.
    package mutating func goOn(after number: UInt32) { self.lastSequence = number }

    package mutating func setState(_ state: State, of packetID: UInt16) {
        self.entries[Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))].state = state
    }

    package func find(_ packetID: UInt16) -> Entry? {
        if self.capacity == 0 { return nil }
        let entry = self.entries[Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))]
        return entry.state != .free && entry.packetID == packetID ? entry : nil
    }

    /// The receiver owns the message: what is left is PUBREL and its answer.
    package mutating func released(_ packetID: UInt16, _ state: State = .awaitingPubcomp) {
        let index = Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))
        self.entries[index].state = state
        self.entries[index].slot = .none
        self.entries[index].identifier = 0
    }

    package mutating func close(_ packetID: UInt16) {
        let index = Int(packetID & UInt16(truncatingIfNeeded: self.capacity - 1))
        precondition(self.entries[index].packetID == packetID, "a packet identifier is closed that is not open")
        self.entries[index] = Entry()
        self.count -= 1
    }

    /// All entries, oldest first. Sequence numbers wrap, so they are compared by distance from the newest.
    package var inOrder: [Entry] {
        UnsafeBufferPointer(start: self.entries, count: self.capacity).filter { $0.state != .free }
            .sorted { self.lastSequence &- $0.sequence > self.lastSequence &- $1.sequence }
    }

    /// At most half of the slots are in use, so that a free one is near, until there is a slot for each identifier.
    private mutating func grow() {
        if self.capacity == 65_536 { return }
        let capacity = max(8, self.capacity * 2)
        let bigger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        bigger.initialize(repeating: Entry(), count: capacity)
        for index in 0..<self.capacity where self.entries[index].state != .free {
            bigger[Int(self.entries[index].packetID) & (capacity - 1)] = self.entries[index]
        }
        self.entries.deallocate()
        (self.entries, self.capacity) = (bigger, capacity)
    }
}
