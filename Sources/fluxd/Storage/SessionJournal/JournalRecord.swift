package import Bytes

/// What one record of a shard's session journal says.
///
/// A record's first byte is its kind; numbers are varints, seven bits a byte, the lowest first. Records are statements of what is so
/// from here on: one that is read twice, or that is about something nobody knows of any more, changes nothing. So a journal may be
/// read from any record on, if all that was alive there is stated again behind it.
///
/// | kind | then |
/// |---|---|
/// | 1 entries | message, how many, each: session, entry, flags, packet identifier (2 bytes) if it was sent, identifiers with their count |
/// | 2 body | message, flags, when it expires, namespace, lengths of topic and header, topic, header, payload |
/// | 3 sent | session, entry, packet identifier |
/// | 4 released | session, entry |
/// | 5 settled | session, entry |
/// | 6 received | session, packet identifier |
/// | 7 completed | session, packet identifier |
/// | 8 intent | origin, sequence, session, message |
/// | 9 done | origin, sequence |
/// | 10 home | session, generation |
/// | 11 ended | session |
/// | 12 taken | origin, sequence |
package enum JournalRecord {
    /// Somebody has to get the message; 0 for those who have it and only still know its packet identifier.
    case entries(message: UInt64, [JournalEntry])
    /// The message itself, behind the first who has to get it.
    case body(message: UInt64, JournalMessage)
    /// An entry that waited is under way.
    case sent(session: UInt64, entry: UInt32, packetID: UInt16)
    /// The client has the message: what is left is PUBREL and its answer.
    case released(session: UInt64, entry: UInt32)
    /// Acknowledged, expired or dropped.
    case settled(session: UInt64, entry: UInt32)
    /// A message of quality of service 2 came from the client; its PUBREL has not.
    case received(session: UInt64, packetID: UInt16)
    case completed(session: UInt64, packetID: UInt16)
    /// A message of quality of service 2 came from the client, and is to be routed under a number of its own.
    case intent(JournalIntent)
    /// All of the origin's messages up to this one are routed, and stored wherever they are kept.
    case done(JournalPosition)
    /// What the journal says of the session counts, and not what any journal says with a lower generation.
    case home(session: UInt64, generation: UInt32)
    case ended(session: UInt64)
    /// What is kept here has the origin's messages up to this one.
    case taken(JournalPosition)

    enum Kind: UInt8 {
        case entries = 1
        case body, sent, released, settled, received, completed, intent, done, home, ended, taken
    }
}

/// One message of those that a shard takes in at quality of service 2, over all runs of the broker.
package struct JournalPosition: Hashable, Comparable, Sendable {
    /// The shard in whose journal the intent stands, or stood.
    package var origin: UInt8
    /// Counts from 1; less than 2^56.
    package var sequence: UInt64

    package init(origin: UInt8, sequence: UInt64) {
        self.origin = origin
        self.sequence = sequence
    }

    /// As messages carry it: the origin in the top byte. 0 is no position.
    package init?(bits: UInt64) {
        if bits == 0 { return nil }
        self.init(origin: UInt8(bits >> 56), sequence: bits & 0xFF_FFFF_FFFF_FFFF)
    }
    package var bits: UInt64 { UInt64(self.origin) << 56 | self.sequence }

    package static func < (one: JournalPosition, other: JournalPosition) -> Bool { one.bits < other.bits }
}

/// One session's part in a message.
package struct JournalEntry: Equatable, Sendable {
    package enum State: UInt8, Sendable {
        case waiting = 0
        /// Under way to the client, under its packet identifier.
        case sent
        /// The client has said that it has it (PUBREC).
        case released
    }
    package var session: UInt64
    /// Counts a session's entries; wraps. Lower ones go first.
    package var number: UInt32
    package var qos: UInt8
    package var retain: Bool
    package var state: State
    /// 0 while it waits.
    package var packetID: UInt16
    /// Subscription identifiers.
    package var identifiers: [UInt32]

    package init(
        session: UInt64,
        number: UInt32,
        qos: UInt8,
        retain: Bool,
        state: State = .waiting,
        packetID: UInt16 = 0,
        identifiers: [UInt32] = []
    ) {
        self.session = session
        self.number = number
        self.qos = qos
        self.retain = retain
        self.state = state
        self.packetID = packetID
        self.identifiers = identifiers
    }
}

/// A message as it was published, in a block of its own: topic, header, payload.
package struct JournalMessage: Sendable {
    package var block: ByteBlock
    package var topicCount: Int
    package var headerCount: Int
    package var qos: UInt8
    package var retain: Bool
    /// Milliseconds since 1970; 0 for never.
    package var expiresAt: UInt64
    package var namespace: UInt16

    package init(
        block: ByteBlock,
        topicCount: Int,
        headerCount: Int,
        qos: UInt8,
        retain: Bool = false,
        expiresAt: UInt64 = 0,
        namespace: UInt16 = 0
    ) {
        self.block = block
        self.topicCount = topicCount
        self.headerCount = headerCount
        self.qos = qos
        self.retain = retain
        self.expiresAt = expiresAt
        self.namespace = namespace
    }
}

package struct JournalIntent: Equatable, Sendable {
    package var position: JournalPosition
    /// The publisher's.
    package var session: UInt64
    package var message: UInt64

    package init(position: JournalPosition, session: UInt64, message: UInt64) {
        self.position = position
        self.session = session
        self.message = message
    }
}

/// A record that is not what this version writes.
package struct JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    package var what: String
    package var description: String { self.what }
}

/// In the byte behind an entry's number.
enum EntryFlags {
    static let qos: UInt8 = 3
    static let retain: UInt8 = 4
    static let state: UInt8 = 0x18
    static let stateShift: UInt8 = 3
    static let identifiers: UInt8 = 0x20
    static let known: UInt8 = 0x3F
}

/// In the byte behind a body's message.
enum BodyFlags {
    static let qos: UInt8 = 3
    static let retain: UInt8 = 4
    static let expires: UInt8 = 8
    static let namespace: UInt8 = 16
    static let known: UInt8 = 0x1F
}
