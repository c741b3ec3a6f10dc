/// Where a message stands in its queue: the log of its priority, and its offset there.
///
/// As a number it is the offset in the low 56 bits and the priority above, so that a queue without priorities numbers its
/// messages by their offsets, and every number is unique in its queue: the last part of a message id `<queue>:<number>`. A
/// number is never given twice. Ids of one priority are ordered by age.
package struct MessageID: Hashable, Comparable, Sendable {
    package let number: UInt64

    package init(number: UInt64) { self.number = number }
    package init(priority: UInt8, offset: UInt64) { self.number = UInt64(priority) << 56 | offset }

    package var offset: UInt64 { self.number & 0xFF_FFFF_FFFF_FFFF }
    package var priority: UInt8 { UInt8(self.number >> 56) }

    package static func < (one: MessageID, other: MessageID) -> Bool { one.number < other.number }
}

/// Names a consumer's link: the core's address of it, which the engine hands back and never looks into.
package struct ConsumerID: Hashable, Sendable {
    package let bits: UInt64
    package init(bits: UInt64) { self.bits = bits }
}

/// Names a group of one queue, for as long as it exists: numbers are not given again.
package struct GroupNumber: Hashable, Comparable, Sendable {
    package let value: UInt32
    package init(_ value: UInt32) { self.value = value }
    package static func < (one: GroupNumber, other: GroupNumber) -> Bool { one.value < other.value }
}

/// How a group hands out messages. Raw values are stored.
package enum GroupMode: UInt8, Sendable {
    /// With a pending entry list: what is not settled comes again.
    case queue = 1
    /// A cursor that moves on; nothing is pending.
    case stream = 2
}

/// Where a group begins, or is sought to.
package enum StartPosition: Equatable, Sendable {
    /// Where it stands; a new group begins with the oldest message there is.
    case stored
    /// The oldest message there is.
    case first
    /// The last message there is.
    case last
    /// What comes after now.
    case next
    /// Clamped to what there is.
    case offset(UInt64)
    /// The first message that was appended at this time or later, in milliseconds since 1970.
    case time(UInt64)
    /// This many messages before the end, or as many as there are.
    case back(UInt64)
    /// The last message of each key, oldest first, then what comes after. Streams only.
    case lastPerKey
}

/// What a consumer says about a delivery.
package enum Settlement: Equatable, Sendable {
    /// Done: the message is gone for this group.
    case accepted
    /// Not processed, and nobody's fault: somebody else gets it at once, and the attempt is not counted.
    case released
    /// Not processed: it comes again after `delay` milliseconds, or after the queue's back-off if that is nil.
    case failed(delay: UInt64?)
    /// Will never be processed: a dead letter, or dropped.
    case rejected
}

/// Why the engine refused what a client asked. Each says what was found and what to do.
package enum QueueError: Error, Equatable, Sendable {
    case groupNotFound(group: String)
    case groupExists(group: String)
    case groupModeMismatch(group: String, is: GroupMode, wanted: GroupMode)
    case consumerNotFound(group: String)
    case invalidFilter(String)
    case notAStream(group: String)
    case notPending(MessageID)
    /// The consumer takes nothing at the moment: it has all in hand that it asked for, or another one is the active one.
    case noCredit(group: String)
    case invalidOffset(UInt64, expected: ClosedRange<UInt64>)
    case tooManyGroups(limit: Int)
    case tooManyConsumers(limit: Int)
    /// A group's name is 1 to 1,024 bytes, without NUL.
    case invalidGroup(String)
    /// What the groups do cannot be stored: their log is quarantined.
    case damaged
}

extension String {
    /// The text as an answer or an error repeats it: names come from clients, and may have 64 KiB.
    package var shown: String {
        let most = 64
        guard self.unicodeScalars.count > most else { return self }
        return String(String.UnicodeScalarView(self.unicodeScalars.prefix(most))) + "…"
    }
}
