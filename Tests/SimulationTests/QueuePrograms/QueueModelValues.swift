import QueueEngine

/// How far a thing that the broker was asked for is beyond doubt.
enum Promise: Int, Comparable {
    /// Asked for, and not answered: it may be so or not.
    case open
    /// Answered: the end of the process changes nothing about it.
    case written
    /// On the device: neither does the loss of power.
    case synced

    static func < (one: Promise, other: Promise) -> Bool { one.rawValue < other.rawValue }
}

/// A promise, and since when it is what it is.
struct Promised {
    private(set) var promise = Promise.open
    private(set) var since: UInt64 = 0

    mutating func become(_ promise: Promise, at now: UInt64) {
        if promise <= self.promise { return }
        self.promise = promise
        self.since = now
    }

    /// What is written is synced in the background soon.
    mutating func age(_ now: UInt64) {
        if self.promise == .written, now >= self.since + QueueModel.background { self.promise = .synced }
    }

    /// - Returns: Whether it is beyond doubt no more.
    mutating func lost(by cause: End.Cause) -> Bool {
        if self.promise == .open { return true }
        if cause == .power, self.promise == .written { self.promise = .open }
        return self.promise == .open
    }
}

/// A message that a client published, once.
final class Posted {
    let name: String
    /// Of its publisher's connection: a queue keeps the order in which one connection published.
    let link: Int
    /// Not before this time it may have expired, and surely after that one.
    let expiry: ClosedRange<UInt64>?
    /// Lives of the broker that had ended when it was published.
    let ends: Int
    var kept = Promised()
    var hasAnswer = false
    /// The stream was emptied.
    var mayGo = false
    /// Its record is not there any more, and nobody needs it. A segment that was removed may be back after a loss of power.
    var isGone = false
    /// As the queue numbers it, once that is known.
    var number: UInt64?

    init(_ name: String, link: Int, expiry: ClosedRange<UInt64>?, ends: Int) {
        self.name = name
        self.link = link
        self.expiry = expiry
        self.ends = ends
    }
}

/// A delivery, as its client has it.
struct Handed: Equatable {
    var queue: String
    var group: String
    var name: String
    var number: UInt64
    var count: Int
    /// Of one consumer, from when it joined until it left.
    var membership: Int
}

/// What a group still has to do with a message.
enum Standing: Equatable {
    /// It comes, as often as it takes, until somebody settles it.
    case owed
    /// Somebody gave a verdict, or moved the group: either is right until the next look.
    case open
    /// It comes no more.
    case done
}

/// A group of consumers, or, with an empty name, the place that a queue keeps while it has none.
final class ModelGroup {
    struct Entry {
        var standing = Standing.owed
        /// That it is done.
        var settled = Promised()
        var hasAck = false
        var hasReject = false
        /// The group was moved, or began in the middle: what is gone needs no other reason.
        var isExcused = false
        /// Why it is on its way to the dead letters, as far as known when that was seen.
        var reasons: [DeadLetterReason] = []
        /// Of the last delivery that a client got.
        var membership: Int?
        var deliveredAt: UInt64 = 0
        /// Its consumer is gone, or gave it back.
        var isFree = true
        /// Somebody went away who may have been on the way to be given it.
        var mayBeLate = false
        /// When somebody who was given it said anything of it.
        var settledAt: UInt64 = 0
        /// Counts that deliveries had in this life.
        var counts: Set<Int> = []
        /// The highest of any life that ended in order.
        var highest = 0
        /// As the broker has counted them, deliveries that nobody saw too.
        var attempts = 0
    }
    let id: String
    var exists = Promised()
    /// Whose place it has taken: dead letters may bear that name.
    var heirOf: String?
    /// Its consumer was let in: what is published from now on is the group's. Whether it outlives the process is another matter.
    var isIn = false
    var isRemoved = false
    /// How often it was sought, emptied or removed.
    var moves = 0
    /// When it was last.
    var movedAt: UInt64 = 0
    /// By message.
    var entries: [String: Entry] = [:]
    /// Numbers of the last first deliveries: by membership and priority.
    var reached: [Int: [Int: UInt64]] = [:]
    /// Of a stream: every offset below was said to be committed.
    var committed: UInt64 = 0
    var committing = Promised()
    /// Some consumer went away, with deliveries that nobody saw.
    var hasUnseen = false

    init(_ id: String) { self.id = id }

    subscript(_ name: String) -> Entry {
        get { self.entries[name] ?? Entry() }
        set { self.entries[name] = newValue }
    }
}

/// A dead letter, by what it tells of itself.
struct LetterKey: Hashable, Comparable {
    /// Queue, number and group.
    var transfer: String
    var name: String

    static func < (one: LetterKey, other: LetterKey) -> Bool {
        (one.transfer, one.name) < (other.transfer, other.name)
    }
}

/// A queue, from when somebody asked for it until it is known to be gone.
final class ModelQueue {
    let name: String
    let shape: QueueShape
    let number: UInt64
    /// Lives of the broker that had ended when it was made.
    let life: Int
    var exists = Promised()
    var isDeleted = false
    /// There was another one of that name: what was on its way to that comes here.
    var hasNamesake = false
    var isPaused: (Bool, since: UInt64) = (false, 0)
    /// In the order in which they were published.
    var messages: [Posted] = []
    private var byName: [String: Posted] = [:]
    var groups: [ModelGroup] = [ModelGroup("")]
    /// Dead letters of it that were seen in their queue.
    var letters: [LetterKey: Promised] = [:]
    /// What it may have at most by its limit: what it had when a group was moved may be more.
    var mayHold = UInt64.max
    var lookedAt: UInt64 = 0
    /// Some group was moved: the bytes that it passed over are known by their average.
    var isEstimated = false

    init(_ name: String, _ shape: QueueShape, number: UInt64, life: Int) {
        self.name = name
        self.life = life
        self.shape = shape
        self.number = number
    }

    var isStream: Bool { self.shape.kind == .stream }
    var promise: Promise { self.shape.isSynced ? .synced : .written }

    func add(_ message: Posted) {
        self.messages.append(message)
        self.byName[message.name] = message
    }

    func message(_ name: String) -> Posted? { self.byName[name] }

    func remove(where isGone: (Posted) -> Bool) {
        let gone = self.messages.filter(isGone)
        if gone.isEmpty { return }
        for message in gone {
            self.byName[message.name] = nil
            for group in self.groups { group.entries[message.name] = nil }
        }
        self.messages.removeAll { self.byName[$0.name] == nil }
    }

    func group(_ id: String) -> ModelGroup? { self.groups.first { $0.id == id } }
}

/// What the broker itself says of a queue when nothing is under way.
struct QueueSight {
    struct Group {
        /// Numbers of messages that it still has to deliver, or to hear of.
        var owed: Set<UInt64> = []
        /// Those on their way to the dead letters.
        var leaving: Set<UInt64> = []
        /// Deliveries so far, of what somebody was given.
        var attempts: [UInt64: Int] = [:]
        var waiting: UInt64 = 0
        var pending: UInt64 = 0
        var bytes: UInt64 = 0
        var committed: UInt64 = 0
    }
    struct Record {
        var name: String
        var bytes: Int
    }
    var records: [UInt64: Record] = [:]
    var groups: [String: Group] = [:]
    var depth: UInt64 = 0
    var isPaused = false
    /// How often each dead letter of the queue is where dead letters go.
    var letters: [LetterKey: Int] = [:]
}

/// What the broker did that the model does not allow.
struct QueueFault: Equatable {
    enum Kind {
        /// Something that was promised is not there.
        case lost
        /// Something that was settled comes again.
        case returned
        /// It was delivered twice without a reason, or is stored twice.
        case twice
        case order
        /// The count of a delivery is wrong.
        case count
        case expired
        case limit
        case counters
        case deadLetter
        /// Something that nobody published there, or a number that names two messages.
        case astray
        /// It was acknowledged after the disk had failed, or delivered while paused.
        case forbidden
        /// Files are damaged that nobody damaged, or the broker does not start.
        case damaged
        case memory
    }
    var kind: Kind
    var text: String
}
