package import Machine

/// A queue and its groups: a machine without input, output or clock, on one shard.
///
/// `now` is milliseconds of a clock that never goes back, `wall` milliseconds since 1970. What the queue wants done stands in its
/// ``QueueOutput`` after ``endOfBurst(now:wall:)``, which is called once after any inputs, and again in the next iteration while
/// ``hasMore`` says so. ``deadline(now:wall:)`` is when ``tick(now:wall:)`` is wanted.
///
/// What is kept for a message that waits is nothing: groups have cursors, and what they have in hand.
package final class Queue {
    /// Looked at in one burst, over all groups: then other queues get their turn.
    static let maximumLooks = 4_096
    /// Groups of a queue.
    static let maximumGroups = 10_000
    /// Consumers of a group.
    static let maximumConsumers = 100_000
    /// How often segments that nobody needs are looked for while there may be some.
    static let maintenanceInterval: UInt64 = 60_000
    static let retentionInterval: UInt64 = 300_000
    /// Records in memory are let go when nothing was published or delivered for this long.
    static let cacheTime: UInt64 = 10_000
    /// Until a volume is asked again that could not answer.
    static let retryInterval: UInt64 = 1_000

    enum ReadPurpose {
        case records(Lane, from: UInt64)
        case seek(GroupNumber, lane: Int)
        case peek(token: UInt64)
        /// How old the message is that somebody has waited longest for.
        case age(Lane, of: UInt64)
        case dedupeStart(wall: UInt64)
        case dedupe(wall: UInt64)
    }

    package internal(set) var definition: QueueDefinition
    let output: QueueOutput
    /// By priority: one, or ten.
    var lanes: [Lane]
    var delayed: DelayedMessages?
    /// By number.
    var groups: [Group] = []
    var numbersByID: [String: GroupNumber] = [:]
    var nextGroup: UInt32 = 1
    var journal = GroupJournal()
    var journalLog = JournalLog()
    /// Messages that groups were given in an earlier life, and that the logs do not have: they went with the machine, or with their file.
    package internal(set) var missing: UInt64 = 0
    var dedupe: DedupeWindow?
    /// Records of the time before the restart whose message ids are still to be remembered: of this priority, up to this offset.
    var recovery: (lane: Int, end: UInt64)?
    var reads: [(ticket: UInt32, purpose: ReadPurpose)] = []
    private var lastTicket: UInt32 = 0
    package internal(set) var counters = QueueCounters()
    /// `$queue/<name>`: what precedes routing keys.
    let root: [UInt8]
    var consumers = 0
    /// Since when there is no consumer.
    var idleSince: UInt64
    private var isExpiryTold = false
    var usedAt: UInt64
    /// When to look for segments that nobody needs; nil while nothing changed.
    var maintenanceAt: UInt64?
    var retainAt: UInt64
    /// A read failed: not before this time again.
    var retryReadsAt: UInt64?
    var nextTurn = 0
    /// Its logs are being repaired.
    var isStopped = false
    /// Why a part of it is quarantined.
    var damages: [LogPart: String] = [:]
    /// Another ``endOfBurst(now:wall:)`` has something to do at once.
    package internal(set) var hasMore = false

    /// A queue that is new, with empty logs.
    package convenience init(_ definition: QueueDefinition, output: QueueOutput, now: UInt64, wall: UInt64) {
        self.init(definition, logs: [], output: output, now: now)
        if definition.dedupeWindow > 0 { self.dedupe = DedupeWindow() }
        self.keepPlace(now: now)
    }

    init(_ definition: QueueDefinition, logs: [LogState], output: QueueOutput, now: UInt64) {
        self.definition = definition
        self.output = output
        self.root = Array("$queue/\(definition.name)".utf8)
        self.idleSince = now
        self.usedAt = now
        self.retainAt = now + Queue.retentionInterval
        let highest = logs.lazy.filter { $0.part.rawValue <= 9 && $0.next > 0 }.map { $0.part.rawValue }.max() ?? 0
        self.lanes = (0..<(definition.hasPriorities || highest > 0 ? 10 : 1)).map { priority in
            Lane(.messages(priority: UInt8(priority)))
        }
        for log in logs {
            if log.part.rawValue <= 9, Int(log.part.rawValue) < self.lanes.count {
                self.lanes[Int(log.part.rawValue)] = Lane(log)
            } else if log.part == .delayed, log.next > 0 {
                self.delayed = DelayedMessages(Lane(log))
            } else if log.part == .groups {
                self.journalLog.next = log.next
            }
        }
    }

    package var number: UInt64 { self.definition.number }
    var isStream: Bool { self.definition.kind == .stream }
    /// Ephemeral queues are never synced.
    var durability: DurabilityClass {
        self.definition.durability == .synced && self.definition.kind != .ephemeral ? .synced : .buffered
    }

    func log(_ part: LogPart) -> LogID { LogID(owner: self.definition.number, part: part) }

    func tell(_ event: QueueEvent) { self.output.events.append((self.definition.number, event)) }

    func ask(_ log: LogID, _ question: ReadRequest.Question, _ purpose: ReadPurpose) {
        self.lastTicket &+= 1
        self.reads.append((self.lastTicket, purpose))
        self.output.reads.append(
            QueueRead(queue: self.definition.number, ticket: self.lastTicket, log: log, question: question)
        )
    }

    func group(_ number: GroupNumber) -> Group? {
        var low = 0
        var high = self.groups.count
        while low < high {
            let middle = (low + high) / 2
            if self.groups[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < self.groups.count && self.groups[low].number == number ? self.groups[low] : nil
    }

    func found(group number: GroupNumber) throws(QueueError) -> Group {
        guard let group = self.group(number), !group.isKeeper else {
            throw .groupNotFound(group: "number \(number.value)")
        }
        if self.isStopped { throw .damaged }
        return group
    }

    /// Settlements and cursors may have let a segment go.
    func wantMaintenance(now: UInt64) {
        if self.maintenanceAt == nil { self.maintenanceAt = now + Queue.maintenanceInterval }
    }

    /// Applies limits, policies and pauses of a changed definition. Name, number, namespace and kind stay.
    ///
    /// Deliveries that are out already keep the count they have; a shorter visibility timeout counts for them too.
    package func update(_ definition: QueueDefinition, now: UInt64) {
        precondition(
            definition.number == self.definition.number && definition.kind == self.definition.kind
                && definition.name == self.definition.name,
            "a definition of another queue"
        )
        self.definition = definition
        if definition.hasPriorities, self.lanes.count == 1 {
            for priority in 1...9 { self.lanes.append(Lane(.messages(priority: UInt8(priority)))) }
            for group in self.groups {
                while group.places.count < 10 { group.places.append(Group.Place()) }
            }
        }
        if definition.dedupeWindow == 0 {
            self.dedupe = nil
        } else if self.dedupe == nil {
            self.dedupe = DedupeWindow()
        }
        for group in self.groups {
            group.consumers.setSingle(definition.hasSingleActiveConsumer)
            for lane in group.places.indices { group.places[lane].headChecked = .max }
            group.needsDispatch = true
        }
        self.retainAt = min(self.retainAt, now + Queue.maintenanceInterval)
        self.wantMaintenance(now: now)
    }

    /// Stops deliveries, or lets them go on. Messages are taken meanwhile.
    package func setPaused(_ isPaused: Bool) {
        self.definition.isPaused = isPaused
        for group in self.groups { group.needsDispatch = true }
    }

    /// The queue is deleted: tells its consumers. Its logs are the caller's to remove.
    package func end() {
        for group in self.groups { self.removeConsumers(of: group, .queueRemoved) }
    }

    func tellExpiry(now: UInt64) {
        guard self.isExpiring, !self.isExpiryTold, now >= self.idleSince + self.definition.idleExpiry else { return }
        self.isExpiryTold = true
        self.tell(.queueExpired)
    }

    /// It is ephemeral and has no consumers, nor had any if it is new.
    var isExpiring: Bool {
        self.definition.kind == .ephemeral && self.definition.idleExpiry > 0 && self.consumers == 0
    }
    var expiryDeadline: UInt64? {
        self.isExpiring && !self.isExpiryTold ? self.idleSince + self.definition.idleExpiry : nil
    }
    func consumersChanged(by change: Int, now: UInt64) {
        self.consumers += change
        if self.consumers == 0 { self.idleSince = now }
        self.isExpiryTold = false
    }
}

@available(*, unavailable)
extension Queue: Sendable {}

extension Queue {
    /// What becomes of a published message.
    package enum Verdict: Equatable, Sendable {
        /// In this burst's append: the publisher is acknowledged when that is stored.
        case appended(MessageID)
        /// As `appended`, in the log of delayed messages.
        case delayed
        /// A message with this id was taken within the window; the first one counts. It may not be stored yet: acknowledge this
        /// one when what was appended before it is.
        case duplicate
        case refused(Refusal)
        /// Counted and forgotten: it had expired when it came.
        case dropped
    }

    package enum Refusal: UInt8, Equatable, Sendable {
        /// ``QueueDefinition/Limits/maximumMessages`` or ``QueueDefinition/Limits/maximumBytes`` is reached and nothing gives way.
        case full
        case tooLarge
        /// ``QueueDefinition/Limits/maximumDelayed`` messages wait for their time.
        case tooManyDelayed
        /// A log of the queue is quarantined.
        case storage
        /// The queue reads what it has to remember about message ids; ``QueueEvent/recovered`` ends it.
        case recovering
    }

    /// A log of the queue as the volume has it at start.
    package struct LogState: Sendable {
        package var part: LogPart
        /// The oldest record's offset.
        package var head: UInt64
        /// The first free offset.
        package var next: UInt64
        package var bytes: UInt64

        package init(part: LogPart, head: UInt64, next: UInt64, bytes: UInt64) {
            self.part = part
            self.head = head
            self.next = next
            self.bytes = bytes
        }
    }
}
