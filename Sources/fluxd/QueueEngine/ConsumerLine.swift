/// The consumers of a group, and the line of those with credit: who is first gets the next message and goes to its end.
///
/// Each consumer is one end of a link as AMQP 1.0 means it: its credit is how many more deliveries it takes, and the delivery
/// count says up to which delivery that was meant. Source: AMQP 1.0 §2.6.7.
struct ConsumerLine {
    struct Consumer {
        var id: ConsumerID
        var isHere = true
        /// Joined before everybody with a higher number.
        var rank: UInt64
        var deliveryCount: UInt32 = 0
        var credit: UInt32 = 0
        var drains = false
        var isInLine = false
        var nextInLine = PendingList.nowhere
        /// Ends of the list of its pending entries.
        var firstPending = PendingList.nowhere
        var lastPending = PendingList.nowhere
        var pending = 0
        var delivered: UInt64 = 0
    }

    private(set) var slots: [Consumer] = []
    private var free: [Int32] = []
    private var byID: [ConsumerID: Int32] = [:]
    private var first = PendingList.nowhere
    private var last = PendingList.nowhere
    private var nextRank: UInt64 = 0
    /// Only one gets messages.
    private(set) var isSingle = false
    private(set) var active = PendingList.nowhere
    /// Consumers that want the rest of their credit back.
    private(set) var draining = 0

    var count: Int { self.byID.count }
    var isEmpty: Bool { self.byID.isEmpty }

    subscript(slot: Int32) -> Consumer {
        get { self.slots[Int(slot)] }
        _modify { yield &self.slots[Int(slot)] }
    }

    func slot(of id: ConsumerID) -> Int32? { self.byID[id] }

    /// - Returns: Whether it is new.
    mutating func join(_ id: ConsumerID) -> Bool {
        guard self.byID[id] == nil else { return false }
        let consumer = Consumer(id: id, rank: self.nextRank)
        self.nextRank += 1
        let slot: Int32
        if let reused = self.free.popLast() {
            slot = reused
            self.slots[Int(slot)] = consumer
        } else {
            slot = Int32(self.slots.count)
            self.slots.append(consumer)
        }
        self.byID[id] = slot
        if self.isSingle, self.active == PendingList.nowhere { self.active = slot }
        return true
    }

    /// Its pending entries are taken from it first.
    mutating func leave(_ slot: Int32) {
        assert(self.slots[Int(slot)].pending == 0, "a consumer left with entries in hand")
        self.setCredit(slot, 0, drains: false)
        self.leaveLine(slot)
        self.byID[self.slots[Int(slot)].id] = nil
        self.slots[Int(slot)].isHere = false
        self.free.append(slot)
        if self.isSingle, self.active == slot { self.activateNext() }
        if self.byID.isEmpty {
            self.slots = []
            self.free = []
        }
    }

    mutating func setSingle(_ isSingle: Bool) {
        guard isSingle != self.isSingle else { return }
        self.isSingle = isSingle
        self.active = PendingList.nowhere
        if isSingle {
            self.activateNext()
            for slot in self.slots.indices where self.slots[slot].isHere && Int32(slot) != self.active {
                self.leaveLine(Int32(slot))
            }
        } else {
            for slot in self.slots.indices where self.slots[slot].isHere { self.lineUp(Int32(slot)) }
        }
    }

    /// In the order of joining.
    private mutating func activateNext() {
        self.active = PendingList.nowhere
        for slot in self.slots.indices where self.slots[slot].isHere {
            if self.active == PendingList.nowhere || self.slots[slot].rank < self.slots[Int(self.active)].rank {
                self.active = Int32(slot)
            }
        }
        if self.active != PendingList.nowhere { self.lineUp(self.active) }
    }

    mutating func setCredit(_ slot: Int32, _ credit: UInt32, drains: Bool) {
        self.draining += (drains ? 1 : 0) - (self.slots[Int(slot)].drains ? 1 : 0)
        self.slots[Int(slot)].drains = drains
        self.slots[Int(slot)].credit = credit
        self.lineUp(slot)
    }

    /// Takes the credit that a drain gives back.
    mutating func drain(_ slot: Int32) -> UInt32 {
        self.slots[Int(slot)].deliveryCount &+= self.slots[Int(slot)].credit
        self.setCredit(slot, 0, drains: false)
        return self.slots[Int(slot)].deliveryCount
    }

    private mutating func lineUp(_ slot: Int32) {
        let consumer = self.slots[Int(slot)]
        guard consumer.credit > 0, !consumer.isInLine, !self.isSingle || self.active == slot else { return }
        self.slots[Int(slot)].isInLine = true
        self.slots[Int(slot)].nextInLine = PendingList.nowhere
        if self.last == PendingList.nowhere { self.first = slot } else { self.slots[Int(self.last)].nextInLine = slot }
        self.last = slot
    }

    private mutating func leaveLine(_ slot: Int32) {
        guard self.slots[Int(slot)].isInLine else { return }
        self.slots[Int(slot)].isInLine = false
        var before = PendingList.nowhere
        var here = self.first
        while here != slot {
            before = here
            here = self.slots[Int(here)].nextInLine
        }
        let next = self.slots[Int(slot)].nextInLine
        if before == PendingList.nowhere { self.first = next } else { self.slots[Int(before)].nextInLine = next }
        if self.last == slot { self.last = before }
    }

    /// Whether somebody would take a message. Who gave up its credit while in the line leaves it here.
    mutating func hasTaker() -> Bool {
        while self.first != PendingList.nowhere, self.slots[Int(self.first)].credit == 0 { self.leaveFront() }
        return self.first != PendingList.nowhere
    }

    /// The next one with credit, which is one less now.
    mutating func takeTurn() -> Int32 {
        precondition(self.hasTaker(), "a turn was taken where nobody has credit")
        let slot = self.first
        self.leaveFront()
        self.slots[Int(slot)].credit -= 1
        self.slots[Int(slot)].deliveryCount &+= 1
        self.slots[Int(slot)].delivered += 1
        self.lineUp(slot)
        return slot
    }

    /// Out of turn. The consumer has credit.
    mutating func takeTurn(of slot: Int32) {
        precondition(self.slots[Int(slot)].credit > 0, "a turn was taken without credit")
        self.slots[Int(slot)].credit -= 1
        self.slots[Int(slot)].deliveryCount &+= 1
        self.slots[Int(slot)].delivered += 1
    }

    private mutating func leaveFront() {
        let slot = Int(self.first)
        self.first = self.slots[slot].nextInLine
        if self.first == PendingList.nowhere { self.last = PendingList.nowhere }
        self.slots[slot].isInLine = false
    }

    // MARK: Entries in hand

    /// The entry is the consumer's last one now.
    ///
    /// - Returns: The one before it.
    mutating func give(_ entry: Int32, to slot: Int32) -> Int32 {
        let before = self.slots[Int(slot)].lastPending
        if before == PendingList.nowhere { self.slots[Int(slot)].firstPending = entry }
        self.slots[Int(slot)].lastPending = entry
        self.slots[Int(slot)].pending += 1
        return before
    }

    /// - Parameters:
    ///   - before: The entry that precedes it in the consumer's list.
    ///   - after: The one that follows it there.
    mutating func take(_ entry: Int32, from slot: Int32, before: Int32, after: Int32) {
        if self.slots[Int(slot)].firstPending == entry { self.slots[Int(slot)].firstPending = after }
        if self.slots[Int(slot)].lastPending == entry { self.slots[Int(slot)].lastPending = before }
        self.slots[Int(slot)].pending -= 1
    }
}
