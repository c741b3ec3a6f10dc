package import Bytes
import Synchronization

/// Names one log of records on a volume. It is safe as a file name, whatever its queue is called.
public struct LogID: Hashable, Comparable, Sendable {
    /// The owner's number, and in the low byte the part.
    package let bits: UInt64

    /// - Parameter owner: Given out once, never again: a queue's number, or a shard's for its session journal.
    package init(owner: UInt64, part: LogPart) { self.bits = owner << 8 | UInt64(part.rawValue) }
    package init(bits: UInt64) { self.bits = bits }

    package var owner: UInt64 { self.bits >> 8 }
    /// In the numbers of owners whose logs end with the process: nothing of them is ever synced, and a start removes what is left.
    package static let ephemeralOwner: UInt64 = 1 << 55
    package var isEphemeral: Bool { self.owner & LogID.ephemeralOwner != 0 }
    /// nil for a part that this version does not know.
    package var part: LogPart? { LogPart(rawValue: UInt8(truncatingIfNeeded: self.bits)) }

    public static func < (one: LogID, other: LogID) -> Bool { one.bits < other.bits }
}

/// What a log holds.
public struct LogPart: Hashable, Sendable {
    package let rawValue: UInt8
    package init?(rawValue: UInt8) {
        guard rawValue <= 9 || (16...19).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }
    private init(_ rawValue: UInt8) { self.rawValue = rawValue }

    /// A queue's messages of one priority, 0...9; those without one are of priority 0 here.
    package static func messages(priority: UInt8 = 0) -> LogPart { LogPart(min(priority, 9)) }
    /// Operations on a queue's groups, and snapshots of them.
    package static let groups = LogPart(16)
    /// Messages that wait for their time.
    package static let delayed = LogPart(17)
    /// Messages that are pending far behind the rest, appended again so that old segments can go.
    package static let stragglers = LogPart(18)
    /// A shard's session journal.
    package static let sessions = LogPart(19)
}

/// Records to be appended to one log: what one burst has for it.
public struct LogAppend: Sendable {
    package var log: LogID
    /// Offset of the first record; the others follow without gaps.
    package var first: UInt64
    package var count: Int
    /// When they were appended: milliseconds since 1970, UTC. Records may say how much later they are.
    package var time: UInt64
    /// The records, encoded one after the other. Shared with whoever still reads them from memory.
    package var records: ByteBlock
    /// As who wrote the records knows it; nil when they have to be walked over once more.
    package var summary: LogRecordSummary?
    /// Compress with zstd, if that makes the batch smaller.
    package var compresses: Bool
    /// All that counts is said again from here on, and a trim of what lies before follows: it may begin a segment, so that the trim
    /// finds whole ones.
    package var beginsSegment = false

    package init(
        log: LogID,
        first: UInt64,
        count: Int,
        time: UInt64,
        records: ByteBlock,
        summary: LogRecordSummary? = nil,
        compresses: Bool = false
    ) {
        self.log = log
        self.first = first
        self.count = count
        self.time = time
        self.records = records
        self.summary = summary
        self.compresses = compresses
    }
}

/// What the head of a batch says of its records besides their count.
public struct LogRecordSummary: Equatable, Sendable {
    /// At least one record has a key.
    package var hasKeys: Bool
    /// Milliseconds between the batch's time and its latest record.
    package var maximumDelta: UInt64

    package init(hasKeys: Bool = false, maximumDelta: UInt64 = 0) {
        self.hasKeys = hasKeys
        self.maximumDelta = maximumDelta
    }
}

/// How much of a log is kept, to the segment; 0 for no limit.
public struct LogRetention: Equatable, Sendable {
    /// Milliseconds.
    package var maximumAge: UInt64 = 0
    package var maximumBytes: UInt64 = 0
    package var maximumRecords: UInt64 = 0
    /// Only the last record of each key is kept behind the head segment.
    package var compacts = false

    package init() {}
}

/// One thing that a store is to do. Commands of one log are done in the order in which they were given.
public enum StoreCommand: Sendable {
    case append(LogAppend)
    /// Nobody needs records below the offset: segments that are wholly below it go.
    case trim(LogID, before: UInt64)
    /// Applies limits: what is too old or too much goes, segment by segment. Answered with ``StorageNews/trimmed(_:head:bytes:)``.
    case retain(LogID, LogRetention)
    /// The log ends, and its files go.
    case remove(LogID)
    /// Every byte of the log is looked at, and what is damaged left out; or, in a dry run, only told. Answered with
    /// ``StorageNews/repaired(ticket:_:)``, numbered by the machine. Everything else waits meanwhile.
    case repair(LogID, ticket: UInt64, dryRun: Bool)
    /// What an owner is called, for people who look into its files: before its first append.
    case name(String, owner: UInt64)
    /// Of the key-value store, in batches of class ``DurabilityClass/state`` only.
    case put(key: [UInt8], value: [UInt8])
    case delete(key: [UInt8])
}

/// A question to a log, answered once with ``StorageNews/read(_:_:)``, later and never inline.
public struct ReadRequest: Sendable {
    package enum Question: Sendable {
        /// Records from an offset on: at least one if there is any, and no more than these bytes otherwise.
        case records(from: UInt64, maximumBytes: Int)
        /// The first offset whose record is not older than this, in milliseconds since 1970.
        case offset(notBefore: UInt64)
    }
    /// Numbered by the machine.
    package var ticket: UInt64
    package var log: LogID
    package var question: Question

    package init(ticket: UInt64, log: LogID, question: Question) {
        self.ticket = ticket
        self.log = log
        self.question = question
    }
}

/// Records as they were read: one block, and where each lies in it.
public struct LogRead: Sendable {
    /// Public, as what is inlined into other modules has to be: there is one a record.
    public struct Entry: Sendable {
        @usableFromInline package var offset: UInt64
        /// Milliseconds since 1970.
        @usableFromInline package var time: UInt64
        @usableFromInline package var key: Range<Int>?
        @usableFromInline package var body: Range<Int>

        @inlinable @inline(__always)
        public init(offset: UInt64, time: UInt64, key: Range<Int>?, body: Range<Int>) {
            self.offset = offset
            self.time = time
            self.key = key
            self.body = body
        }
    }
    package var block: ByteBlock
    package var entries: [Entry]
    /// Where to go on: behind the last entry, also when what follows it was compacted away.
    package var next: UInt64

    package init(block: ByteBlock, entries: [Entry], next: UInt64) {
        self.block = block
        self.entries = entries
        self.next = next
    }
}

/// Why a volume could not do it.
public struct StorageFailure: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// No space left; tried again until there is.
        case full
        /// The bytes are not what was written: the log is quarantined.
        case damaged
        /// The device fails. Nothing more is acknowledged on the volume.
        case failed
        /// The log, or the offset, is not there any more.
        case gone
    }
    package var kind: Kind
    /// The file, what was done, what the system said.
    public var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// What a repair gives up, or gave up.
public struct RepairReport: Equatable, Sendable {
    package struct Loss: Equatable, Sendable {
        /// From the volume's directory.
        package var path: String
        /// Of the file that are left out.
        package var bytes: Int
        /// Offsets whose records are gone.
        package var offsets: [Range<UInt64>]
        /// What was found first.
        package var reason: String
        /// Where the file is kept as it was; nil when there was none.
        package var kept: String?

        package init(path: String, bytes: Int, offsets: [Range<UInt64>], reason: String, kept: String?) {
            self.path = path
            self.bytes = bytes
            self.offsets = offsets
            self.reason = reason
            self.kept = kept
        }

        package var records: UInt64 { self.offsets.reduce(0) { $0 + UInt64($1.count) } }
    }
    /// Empty when nothing is damaged.
    package var losses: [Loss] = []

    package init() {}

    package var records: UInt64 { self.losses.reduce(0) { $0 + $1.records } }
    package var bytes: Int { self.losses.reduce(0) { $0 + $1.bytes } }
}

/// A log behind a repair, or as a dry run found it.
public struct RepairedLog: Sendable {
    package var report: RepairReport
    /// The oldest record's offset, and the first free one.
    package var head: UInt64
    package var next: UInt64
    package var bytes: UInt64

    package init(report: RepairReport, head: UInt64, next: UInt64, bytes: UInt64) {
        self.report = report
        self.head = head
        self.next = next
        self.bytes = bytes
    }
}

/// What a store says besides ``Machine/stored(_:through:)``.
public enum StorageNews: Sendable {
    case read(ticket: UInt64, Result<LogRead, StorageFailure>)
    case found(ticket: UInt64, Result<UInt64, StorageFailure>)
    case repaired(ticket: UInt64, Result<RepairedLog, StorageFailure>)
    /// What retention, or a trim, left of a log.
    case trimmed(LogID, head: UInt64, bytes: UInt64)
    /// The log is damaged: it takes nothing and gives nothing until it is repaired.
    case quarantined(LogID, StorageFailure)
}

/// How a volume is, for everybody who may publish to what is stored there: one load.
///
/// A batch that does not fit stays with its writer, which tries again until space returns: it is not acknowledged meanwhile, and
/// not lost. What comes after it is refused where it is published.
public final class VolumeStatus: Sendable {
    package enum State: UInt8, Sendable {
        case writable = 0
        /// Too little space: publishes to durable queues and sessions are refused, consumers go on.
        case full = 1
        /// A write or a sync failed: nothing is acknowledged any more.
        case failed = 2
    }
    private let bits = Atomic<UInt8>(0)

    package init() {}

    package var state: State { State(rawValue: self.bits.load(ordering: .relaxed)) ?? .failed }
    @inline(__always) package var isWritable: Bool { self.bits.load(ordering: .relaxed) == 0 }

    /// A volume that failed stays so until the process ends.
    package func set(_ state: State) {
        if self.state != .failed { self.bits.store(state.rawValue, ordering: .relaxed) }
    }
}
