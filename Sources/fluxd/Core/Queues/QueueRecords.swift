import QueueEngine

/// What consumers and queues say to each other across shards, as records of a link.
extension LinkWriter {
    mutating func write(_ link: QueueLink) {
        self.write(UInt8(link.shard))
        self.write(link.queue)
        self.write(link.consumer)
        self.write(link.group)
    }

    mutating func write(_ request: ConsumeRequest) {
        self.write(request.namespace.number)
        self.write(prefixed: request.queue)
        self.write(prefixed: request.group)
        self.write(prefixed: request.filter)
        self.write(request.mode?.rawValue ?? 0)
        self.write(request.start)
        self.write(UInt8((request.commitsAutomatically ? 1 : 0) | (request.createsQueue ? 2 : 0)))
        self.write(request.credit)
    }

    private mutating func write(_ start: StartPosition) {
        let (kind, value): (UInt8, UInt64) =
            switch start {
            case .stored: (0, 0)
            case .first: (1, 0)
            case .last: (2, 0)
            case .next: (3, 0)
            case .offset(let offset): (4, offset)
            case .time(let time): (5, time)
            case .back(let count): (6, count)
            case .lastPerKey: (7, 0)
            }
        self.write(kind)
        self.write(value)
    }

    mutating func write(_ handover: QueueHandover) {
        self.write(handover.link)
        self.write(handover.handle)
        self.write(handover.id.number)
        self.write(handover.count)
        self.write(handover.time)
        self.write(UInt8(handover.primary == nil ? 0 : 1))
        if let primary = handover.primary {
            self.write(primary.committed)
            self.write(prefixed: primary.group)
        }
    }

    mutating func write(_ settlement: Settlement) {
        let (kind, delay): (UInt8, UInt64) =
            switch settlement {
            case .accepted: (0, 0)
            case .released: (1, 0)
            case .failed(nil): (2, 0)
            case .failed(let delay?): (3, delay)
            case .rejected: (4, 0)
            }
        self.write(kind)
        self.write(delay)
    }

    mutating func write(_ refusal: QueueRefusal) {
        self.write(refusal.kind.rawValue)
        self.write(prefixed: refusal.reason)
    }
}

extension LinkReader {
    mutating func link() -> QueueLink {
        let shard = Int(self.uint8())
        let queue = self.uint64()
        let consumer = self.uint64()
        return QueueLink(shard: shard, queue: queue, consumer: consumer, group: self.uint32())
    }

    mutating func consumeRequest() -> ConsumeRequest {
        let namespace = Namespace(self.uint16())
        let queue = self.string()
        var request = ConsumeRequest(namespace: namespace, queue: queue, group: self.string(), credit: 0)
        request.filter = self.string()
        request.mode = GroupMode(rawValue: self.uint8())
        request.start = self.startPosition()
        let flags = self.uint8()
        request.commitsAutomatically = flags & 1 != 0
        request.createsQueue = flags & 2 != 0
        request.credit = self.uint32()
        return request
    }

    private mutating func startPosition() -> StartPosition {
        let kind = self.uint8()
        let value = self.uint64()
        return switch kind {
        case 1: .first
        case 2: .last
        case 3: .next
        case 4: .offset(value)
        case 5: .time(value)
        case 6: .back(value)
        case 7: .lastPerKey
        default: .stored
        }
    }

    mutating func handover() -> QueueHandover {
        let link = self.link()
        let handle = self.uint32()
        let id = MessageID(number: self.uint64())
        let count = self.uint32()
        let time = self.uint64()
        var handover = QueueHandover(link: link, handle: handle, id: id, count: count, time: time)
        if self.uint8() != 0 {
            let committed = self.uint64()
            handover.primary = QueueHandover.Primary(group: self.string(), committed: committed)
        }
        return handover
    }

    mutating func settlement() -> Settlement {
        let kind = self.uint8()
        let delay = self.uint64()
        return switch kind {
        case 0: .accepted
        case 1: .released
        case 2: .failed(delay: nil)
        case 3: .failed(delay: delay)
        default: .rejected
        }
    }

    mutating func refusal() -> QueueRefusal {
        let kind = QueueRefusal.Kind(rawValue: self.uint8()) ?? .invalid
        return QueueRefusal(kind, self.string())
    }
}
