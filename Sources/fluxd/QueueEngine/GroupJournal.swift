import Bytes
import Machine

/// What a queue's groups did, as it stands in the queue's `groups` log: one record a burst, whose body is operations one after the
/// other. Numbers are varints.
///
/// A record is written as a whole or not at all, so that a crash falls between two bursts. `reset` begins a snapshot: what was
/// read before it means nothing.
enum GroupOperation: Equatable {
    /// Everything before is void. Next group number.
    case reset(nextGroup: UInt32)
    case created(GroupNumber, mode: GroupMode, commitsAutomatically: Bool, id: String, filter: String)
    case removed(GroupNumber)
    /// The group's messages are another's to keep; it ends when it has nothing pending.
    case retired(GroupNumber)
    case paused(GroupNumber, Bool)
    /// The cursor stands behind these, and each was delivered once.
    case claimed(GroupNumber, lane: UInt8, first: UInt64, count: UInt64)
    /// As `claimed`, without a delivery: to be moved aside before anybody had it.
    case setAside(GroupNumber, lane: UInt8, offset: UInt64, reason: UInt8)
    case settled(GroupNumber, lane: UInt8, first: UInt64, count: UInt64)
    /// A pending message has this many deliveries now, and is not delivered again before this time, in milliseconds since 1970.
    case counted(GroupNumber, lane: UInt8, offset: UInt64, count: UInt64, notBefore: UInt64)
    /// A pending message is to be moved aside.
    case dead(GroupNumber, lane: UInt8, offset: UInt64, reason: UInt8)
    case cursor(GroupNumber, lane: UInt8, offset: UInt64)
    case committed(GroupNumber, lane: UInt8, offset: UInt64)
    /// Nothing is pending any more: the group was sought.
    case cleared(GroupNumber)
    /// Of a snapshot: a pending message with all that is known of it.
    case pending(
        GroupNumber,
        lane: UInt8,
        offset: UInt64,
        count: UInt64,
        firstDelivered: UInt64,
        reason: UInt8,
        size: UInt64
    )
    /// Delayed messages that were appended to the queue.
    case delayedDone(first: UInt64, count: UInt64)
    /// Nobody wants what lies before it.
    case floor(lane: UInt8, offset: UInt64)
    /// Nobody gets these, whatever a group's cursor says: an operator took them out.
    case taken(lane: UInt8, first: UInt64, count: UInt64)

    fileprivate var code: UInt8 {
        switch self {
        case .reset: 1
        case .created: 2
        case .removed: 3
        case .retired: 4
        case .paused: 5
        case .claimed: 6
        case .setAside: 7
        case .settled: 8
        case .counted: 9
        case .dead: 10
        case .cursor: 11
        case .committed: 12
        case .cleared: 13
        case .pending: 14
        case .delayedDone: 15
        case .floor: 16
        case .taken: 17
        }
    }
}

/// Gathers the operations of a burst. Runs of neighbours that are claimed or settled become one operation.
struct GroupJournal {
    private struct Run {
        var isClaim: Bool
        var group: GroupNumber
        var lane: UInt8
        var first: UInt64
        var count: UInt64
    }
    private(set) var bytes: [UInt8] = []
    private var run: Run?

    var isEmpty: Bool { self.bytes.isEmpty && self.run == nil }

    mutating func claimed(_ group: GroupNumber, _ id: MessageID) { self.extend(true, group, id) }
    mutating func settled(_ group: GroupNumber, _ id: MessageID) { self.extend(false, group, id) }

    private mutating func extend(_ isClaim: Bool, _ group: GroupNumber, _ id: MessageID) {
        let offset = id.offset
        if let run = self.run, run.isClaim == isClaim, run.group == group, run.lane == id.priority,
            run.first + run.count == offset
        {
            self.run?.count += 1
            return
        }
        self.endRun()
        self.run = Run(isClaim: isClaim, group: group, lane: id.priority, first: offset, count: 1)
    }

    private mutating func endRun() {
        guard let run = self.run.take() else { return }
        self.write(
            run.isClaim
                ? .claimed(run.group, lane: run.lane, first: run.first, count: run.count)
                : .settled(run.group, lane: run.lane, first: run.first, count: run.count)
        )
    }

    mutating func append(_ operation: GroupOperation) {
        self.endRun()
        self.write(operation)
    }

    /// The body of the record; the journal is empty then.
    mutating func take() -> [UInt8] {
        self.endRun()
        let taken = self.bytes
        self.bytes = []
        return taken
    }

    private mutating func write(_ operation: GroupOperation) {
        self.put(UInt64(operation.code))
        switch operation {
        case .reset(let nextGroup): self.put(UInt64(nextGroup))
        case .created(let group, let mode, let commits, let id, let filter):
            self.put(group, UInt64(mode.rawValue), commits ? 1 : 0)
            self.put(id)
            self.put(filter)
        case .removed(let group), .retired(let group), .cleared(let group): self.put(group)
        case .paused(let group, let isPaused): self.put(group, isPaused ? 1 : 0)
        case .claimed(let group, let lane, let first, let count), .settled(let group, let lane, let first, let count):
            self.put(group, UInt64(lane), first, count)
        case .setAside(let group, let lane, let offset, let reason), .dead(let group, let lane, let offset, let reason):
            self.put(group, UInt64(lane), offset, UInt64(reason))
        case .counted(let group, let lane, let offset, let count, let notBefore):
            self.put(group, UInt64(lane), offset, count)
            self.put(notBefore)
        case .cursor(let group, let lane, let offset), .committed(let group, let lane, let offset):
            self.put(group, UInt64(lane), offset)
        case .pending(let group, let lane, let offset, let count, let firstDelivered, let reason, let size):
            self.put(group, UInt64(lane), offset, count)
            self.put(firstDelivered)
            self.put(UInt64(reason))
            self.put(size)
        case .delayedDone(let first, let count):
            self.put(first)
            self.put(count)
        case .floor(let lane, let offset):
            self.put(UInt64(lane))
            self.put(offset)
        case .taken(let lane, let first, let count):
            self.put(UInt64(lane))
            self.put(first)
            self.put(count)
        }
    }

    private mutating func put(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func put(_ group: GroupNumber) { self.put(UInt64(group.value)) }

    private mutating func put(_ group: GroupNumber, _ first: UInt64) {
        self.put(group)
        self.put(first)
    }

    // No variadic function: it would make an array for each settlement.
    private mutating func put(_ group: GroupNumber, _ first: UInt64, _ second: UInt64) {
        self.put(group, first)
        self.put(second)
    }

    private mutating func put(_ group: GroupNumber, _ first: UInt64, _ second: UInt64, _ third: UInt64) {
        self.put(group, first, second)
        self.put(third)
    }

    private mutating func put(_ text: String) {
        let utf8 = Array(text.utf8)
        self.put(UInt64(utf8.count))
        self.bytes += utf8
    }
}

/// Reads the operations of one record.
struct GroupJournalReader {
    private let block: ByteBlock
    private var index: Int
    private let end: Int

    init(_ block: ByteBlock, _ body: Range<Int>) {
        self.block = block
        self.index = body.lowerBound
        self.end = body.upperBound
    }

    var isAtEnd: Bool { self.index >= self.end }

    /// - Returns: nil at the end, and when the bytes are no operation, which leaves ``isAtEnd`` false.
    mutating func next() -> GroupOperation? {
        let start = self.index
        guard let operation = self.read() else {
            self.index = start
            return nil
        }
        return operation
    }

    private mutating func read() -> GroupOperation? {
        guard let code = self.number() else { return nil }
        switch code {
        case 1: return self.number32().map { .reset(nextGroup: $0) }
        case 2:
            guard let group = self.group(), let modeCode = self.byte(), let mode = GroupMode(rawValue: modeCode),
                let commits = self.number(), let id = self.text(), let filter = self.text()
            else { return nil }
            return .created(group, mode: mode, commitsAutomatically: commits == 1, id: id, filter: filter)
        case 3: return self.group().map { .removed($0) }
        case 4: return self.group().map { .retired($0) }
        case 5:
            guard let group = self.group(), let flag = self.number() else { return nil }
            return .paused(group, flag == 1)
        case 6, 8:
            guard let group = self.group(), let lane = self.lane(), let first = self.number(),
                let count = self.number(),
                first.addingReportingOverflow(count).overflow == false
            else { return nil }
            return code == 6
                ? .claimed(group, lane: lane, first: first, count: count)
                : .settled(group, lane: lane, first: first, count: count)
        case 7, 10:
            guard let group = self.group(), let lane = self.lane(), let offset = self.number(), let reason = self.byte()
            else {
                return nil
            }
            return code == 7
                ? .setAside(group, lane: lane, offset: offset, reason: reason)
                : .dead(group, lane: lane, offset: offset, reason: reason)
        case 9:
            guard let group = self.group(), let lane = self.lane(), let offset = self.number(),
                let count = self.number(),
                let notBefore = self.number()
            else { return nil }
            return .counted(group, lane: lane, offset: offset, count: count, notBefore: notBefore)
        case 11, 12:
            guard let group = self.group(), let lane = self.lane(), let offset = self.number() else { return nil }
            return code == 11
                ? .cursor(group, lane: lane, offset: offset) : .committed(group, lane: lane, offset: offset)
        case 13: return self.group().map { .cleared($0) }
        case 14:
            guard let group = self.group(), let lane = self.lane(), let offset = self.number(),
                let count = self.number(),
                let first = self.number(), let reason = self.byte(), let size = self.number()
            else { return nil }
            return .pending(
                group,
                lane: lane,
                offset: offset,
                count: count,
                firstDelivered: first,
                reason: reason,
                size: size
            )
        case 15:
            guard let first = self.number(), let count = self.number(), !first.addingReportingOverflow(count).overflow
            else {
                return nil
            }
            return .delayedDone(first: first, count: count)
        case 16:
            guard let lane = self.lane(), let offset = self.number() else { return nil }
            return .floor(lane: lane, offset: offset)
        case 17:
            guard let lane = self.lane(), let first = self.number(), let count = self.number(),
                !first.addingReportingOverflow(count).overflow
            else { return nil }
            return .taken(lane: lane, first: first, count: count)
        default: return nil
        }
    }

    private mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while self.index < self.end, shift < 64 {
            let byte = self.block.base[self.index]
            self.index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    private mutating func number32() -> UInt32? { self.number().flatMap { UInt32(exactly: $0) } }
    private mutating func byte() -> UInt8? { self.number().flatMap { UInt8(exactly: $0) } }
    private mutating func group() -> GroupNumber? { self.number32().map { GroupNumber($0) } }
    private mutating func lane() -> UInt8? { self.byte().flatMap { $0 <= 9 ? $0 : nil } }

    private mutating func text() -> String? {
        guard let count = self.number(), count <= UInt64(self.end - self.index) else { return nil }
        let range = self.index..<(self.index + Int(count))
        self.index = range.upperBound
        return self.block.span(range).string()
    }
}
