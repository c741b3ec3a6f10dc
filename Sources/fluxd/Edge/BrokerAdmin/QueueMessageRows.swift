import AdminAPI
import Bytes
import Core
import Machine
import Protobuf
import Query
import QueueEngine

/// A message in a queue by the name that consumers see: "orders:5012".
struct QueueMessagePlace: Sendable {
    var queue: String
    var id: MessageID

    /// Rows come in the order of delivery: the highest priority first.
    var key: RowKey { RowKey(number: Self.rank(self.id.number), text: self.queue) }

    init(queue: String, id: MessageID) { (self.queue, self.id) = (queue, id) }

    init(_ key: RowKey) { self.init(queue: key.text, id: MessageID(number: Self.rank(key.number))) }

    /// From a message's number to its place among all of its queue, and back.
    static func rank(_ number: UInt64) -> UInt64 {
        let id = MessageID(number: number)
        return MessageID(priority: 9 - min(id.priority, 9), offset: id.offset).number
    }

    init?(named name: String) {
        guard let colon = name.lastIndex(of: ":"), let number = UInt64(name[name.index(after: colon)...]) else {
            return nil
        }
        self.init(queue: String(name[..<colon]), id: MessageID(number: number))
    }
}

extension AdminV1.QueueMessage {
    static let payloadLimit = 4_096

    /// - Returns: nil when the record is no message.
    init?(
        _ home: QueueHome,
        _ entry: LogRead.Entry,
        in block: ByteBlock,
        priority: UInt8,
        wall: UInt64,
        payloadLimit: Int = Self.payloadLimit
    ) {
        guard let stored = StoredQueueMessage(block, entry.body) else { return nil }
        let id = MessageID(priority: priority, offset: entry.offset)
        self.init()
        self.queue = home.definition.name
        self.id = "\(self.queue):\(id.number)"
        self.version = self.id  // a message never changes
        self.number = id.number
        self.priority = UInt32(priority)
        self.offset = entry.offset
        self.state = home.queue.state(of: id).name
        self.storedAt = Timestamp(milliseconds: entry.time)
        self.ageMs = wall - min(entry.time, wall)
        let ttl = home.definition.limits.ttl
        let expiry = [stored.expiry, ttl == 0 ? 0 : entry.time + ttl].filter { $0 > 0 }.min()
        self.expiresAt = expiry.map { Timestamp(milliseconds: $0) }
        self.topic = block.span(stored.topic).string()
        self.qos = UInt32(stored.qos)
        self.key = entry.key.map { block.span($0).string() } ?? ""
        self.messageID = block.span(stored.messageID).string()
        if let publisher = QueuePublisher(block.span(stored.publisher)) { self.take(publisher) }
        self.payloadBytes = UInt64(stored.payload.count)
        let shown =
            stored.payload.lowerBound..<(stored.payload.lowerBound + min(stored.payload.count, payloadLimit))
        self.payload = block.span(shown).copied()
        if let header = MessageHeader(block.span(stored.header)) { self.take(header) }
    }

    /// As a consumer is given it.
    ///
    /// - Parameter now: Nanoseconds since 1970.
    init(_ message: borrowing MessageView, _ handover: QueueHandover, in queue: String, now: Int64) {
        self.init()
        self.queue = queue
        self.id = "\(queue):\(handover.id.number)"
        self.number = handover.id.number
        self.priority = UInt32(handover.id.priority)
        self.offset = handover.id.offset
        self.state = "ready"
        self.storedAt = Timestamp(milliseconds: handover.time)
        let wall = UInt64(max(0, now / 1_000_000))
        self.ageMs = wall - min(handover.time, wall)
        self.topic = message.topic.string()
        self.qos = UInt32(message.qos)
        if let publisher = QueuePublisher(message.envelope) { self.take(publisher) }
        self.payloadBytes = UInt64(message.payload.count)
        if let header = MessageHeader(message.header) { self.take(header) }
    }

    private mutating func take(_ publisher: QueuePublisher) {
        self.clientID = publisher.clientID.span.string()
        self.username = publisher.externalID.span.string()
        self.protocol = publisher.origin.name ?? ""
    }

    private mutating func take(_ header: MessageHeader) {
        self.contentType = header.contentType ?? ""
        for field in header.userHeaders { self.headers[field.name] = field.value }
        self.reason = self.headers["_dlq_reason"] ?? ""
        self.originalQueue = self.headers["_dlq_original_queue"] ?? ""
        self.originalTopic = self.headers["_dlq_original_topic"] ?? ""
        self.deliveries = self.headers["_dlq_delivery_count"].flatMap { UInt64($0) } ?? 0
        self.deadAt = self.headers["_dlq_moved_at"].flatMap { Timestamp(text: $0) }
    }
}

extension Queue.MessageState {
    fileprivate var name: String {
        switch self {
        case .ready: "ready"
        case .unacknowledged: "unacked"
        case .settled: "settled"
        case .kept: "stored"
        }
    }
}

/// Messages that one read brought, or why it brought none.
struct QueueMessagePage: Sendable {
    var messages: [AdminV1.QueueMessage] = []
    /// Where the log of this priority goes on; nil at its end.
    var next: MessageID?
}

extension BrokerBackend {
    /// Messages that one list looks at, at most: what lies behind them is reached by `offset>=`.
    private static var maximumLooked: Int { 1_000_000 }
    private static var readBytes: Int { 256 << 10 }

    /// From the highest priority's oldest message on. Only what the filter lets through at all is read.
    ///
    /// - Parameter group: Whose messages they are, if it is there: then a message is in the state that it has in this group.
    func scanMessages(_ scan: Scan, in group: String? = nil, _ answer: @escaping (Scan) -> Void) {
        guard let name = scan.filter.text(requiredOf: AdminV1.QueueMessage.FieldNumber.queue),
            let shard = self.broker.queues.find(name, in: .standard)?.shard
        else { return self.later { answer(scan) } }
        self.calls.ask(shard) { shard in
            guard let queue = shard.queue(named: name)?.queue else { return [Range<UInt64>]() }
            return (0...queue.highestPriority).map { priority in
                let offsets = queue.offsets(priority: priority)
                return offsets.first..<max(offsets.first, offsets.stored)
            }
        } _: { ranges in
            let wanted = MessageRanges(ranges, scan).ranges
            let since = scan.filter.range(requiredOf: AdminV1.QueueMessage.FieldNumber.storedAt, now: scan.now)
                .lowerBound
            guard since > 0, wanted.count == 1, ranges.count == 1 else {
                return self.scanMessages(scan, name, group, on: shard, wanted, left: Self.maximumLooked, answer)
            }
            // Messages of one log lie in the order of their times: a few looks spare reading all that is older.
            self.offset(notBefore: UInt64(since / 1_000_000), in: name, on: shard) { offset in
                let begin = min(max(wanted[0].lowerBound, offset), wanted[0].upperBound)
                let rest = begin < wanted[0].upperBound ? [begin..<wanted[0].upperBound] : []
                self.scanMessages(scan, name, group, on: shard, rest, left: Self.maximumLooked, answer)
            }
        }
    }

    private func scanMessages(
        _ scan: Scan,
        _ name: String,
        _ group: String?,
        on shard: Int,
        _ ranges: [Range<UInt64>],
        left: Int,
        _ answer: @escaping (Scan) -> Void
    ) {
        guard let range = ranges.first, left > 0, !scan.hasEnough else { return answer(scan) }
        let start = MessageID(number: range.lowerBound)
        self.page(name, in: group, on: shard, from: start, before: range.upperBound) { page in
            var scan = scan
            for message in page.messages where message.number < range.upperBound {
                scan.visit(QueueMessagePlace(queue: name, id: MessageID(number: message.number)).key, message)
            }
            var rest = ranges
            if let next = page.next, next.number < range.upperBound {
                rest[0] = next.number..<range.upperBound
            } else {
                rest.removeFirst()
            }
            self.scanMessages(scan, name, group, on: shard, rest, left: left - max(1, page.messages.count), answer)
        }
    }

    /// Rows that lie near each other come with one read.
    func messages(_ keys: [RowKey], _ answer: @escaping ([AdminV1.Row]) -> Void) {
        var wanted: [String: Set<UInt64>] = [:]
        for key in keys { wanted[key.text, default: []].insert(QueueMessagePlace(key).id.number) }
        self.messages(wanted, found: [:]) { found in
            answer(keys.compactMap { found[$0].map { AdminV1.Row(.message($0)) } })
        }
    }

    private func messages(
        _ wanted: [String: Set<UInt64>],
        found: [RowKey: AdminV1.QueueMessage],
        _ answer: @escaping ([RowKey: AdminV1.QueueMessage]) -> Void
    ) {
        guard let name = wanted.keys.min(), let numbers = wanted[name], let first = numbers.min(),
            let shard = self.broker.queues.find(name, in: .standard)?.shard
        else {
            guard let lost = wanted.keys.min() else { return self.later { answer(found) } }
            var rest = wanted
            rest[lost] = nil
            return self.messages(rest, found: found, answer)
        }
        self.page(name, on: shard, from: MessageID(number: first), before: first | 0xFF_FFFF_FFFF_FFFF) { page in
            var (rest, found) = (numbers, found)
            rest.remove(first)
            for message in page.messages where numbers.contains(message.number) {
                rest.remove(message.number)
                found[QueueMessagePlace(queue: name, id: MessageID(number: message.number)).key] = message
            }
            var wanted = wanted
            wanted[name] = rest.isEmpty ? nil : rest
            self.messages(wanted, found: found, answer)
        }
    }

    func message(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        guard let place = QueueMessagePlace(named: name) else { return self.later { answer(nil) } }
        self.messages([place.key]) { answer($0.first) }
    }

    /// One read of a queue's log.
    ///
    /// - Parameter end: Ids from this one on are not wanted.
    func page(
        _ name: String,
        in group: String? = nil,
        on shard: Int,
        from id: MessageID,
        before end: UInt64,
        payloadLimit: Int = AdminV1.QueueMessage.payloadLimit,
        _ answer: @escaping (QueueMessagePage) -> Void
    ) {
        self.calls.begin(shard) { shard, answer in
            guard let home = shard.queue(named: name) else { return answer(QueueMessagePage()) }
            shard.queues.peek(home, from: id, maximumBytes: Self.readBytes) { result in
                guard case .success(let read) = result, let home = shard.queue(named: name) else {
                    return answer(QueueMessagePage())
                }
                var page = QueueMessagePage()
                let wall = shard.wallNow
                for entry in read.entries where MessageID(priority: id.priority, offset: entry.offset).number < end {
                    let row = AdminV1.QueueMessage(
                        home,
                        entry,
                        in: read.block,
                        priority: id.priority,
                        wall: wall,
                        payloadLimit: payloadLimit
                    )
                    guard var row else { continue }
                    if let group { row.state = home.queue.state(of: MessageID(number: row.number), in: group).name }
                    page.messages.append(row)
                }
                if read.next > id.offset { page.next = MessageID(priority: id.priority, offset: read.next) }
                answer(page)
            }
        } _: {
            answer($0)
        }
    }

    /// The first message of a log that was stored at a time or later, by halving.
    ///
    /// - Parameter time: Milliseconds since 1970.
    func offset(
        notBefore time: UInt64,
        in name: String,
        on shard: Int,
        priority: UInt8 = 0,
        _ answer: @escaping (UInt64) -> Void
    ) {
        self.calls.ask(shard) { shard in
            shard.queue(named: name)?.queue.offsets(priority: priority) ?? (0, 0, 0)
        } _: { offsets in
            let range = offsets.first..<max(offsets.first, offsets.stored)
            self.halve(time, name, on: shard, priority, range, answer)
        }
    }

    private func halve(
        _ time: UInt64,
        _ name: String,
        on shard: Int,
        _ priority: UInt8,
        _ range: Range<UInt64>,
        _ answer: @escaping (UInt64) -> Void
    ) {
        if range.isEmpty { return self.later { answer(range.lowerBound) } }
        let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
        self.calls.begin(shard) { (shard, answer: @escaping @Sendable (UInt64?) -> Void) in
            guard let home = shard.queue(named: name) else { return answer(nil) }
            shard.queues.peek(home, from: MessageID(priority: priority, offset: middle), maximumBytes: 1) { result in
                answer((try? result.get())?.entries.first?.time)
            }
        } _: { found in
            let isLater = found.map { $0 >= time } ?? true
            let rest = isLater ? range.lowerBound..<middle : (middle + 1)..<range.upperBound
            self.halve(time, name, on: shard, priority, rest, answer)
        }
    }
}

/// The messages that a scan can want at all, as ranges of ids, in the order of delivery: the highest priority first.
struct MessageRanges {
    private typealias Field = AdminV1.QueueMessage.FieldNumber
    private(set) var ranges: [Range<UInt64>] = []

    /// - Parameter offsets: What there is, by priority.
    init(_ offsets: [Range<UInt64>], _ scan: Scan) {
        func bounds(_ field: Int) -> ClosedRange<Int64> { scan.filter.range(requiredOf: field, now: scan.now) }
        let (priority, offset, number) = (bounds(Field.priority), bounds(Field.offset), bounds(Field.number))
        let begin = scan.begin.map { MessageID(number: $0.number + 1) }
        for (index, present) in offsets.enumerated().reversed() where priority.contains(Int64(index)) {
            let rank = UInt8(9 - min(index, 9))
            if let begin, rank < begin.priority { continue }
            let after = begin.map { rank == $0.priority ? $0.offset : 0 } ?? 0
            func id(_ offset: UInt64) -> UInt64 { MessageID(priority: UInt8(index), offset: offset).number }
            let low = max(present.lowerBound, UInt64(max(0, offset.lowerBound)))
            let high = min(present.upperBound, offset.upperBound == .max ? .max : UInt64(max(0, offset.upperBound + 1)))
            if low >= high { continue }
            let first = max(id(low), UInt64(max(0, number.lowerBound)), id(after))
            let end = min(id(high), number.upperBound == .max ? .max : UInt64(max(0, number.upperBound + 1)))
            if first < end { self.ranges.append(first..<end) }
        }
    }
}
