import Bytes
import Core
import LogStorage
import Machine
import Volume

@testable import QueueEngine

/// What the model is compared with: read from the engine's own groups and from the volume's logs, around everything between them.
extension QueueSight {
    /// - Parameter letters: The queue where its dead letters go, if there is one.
    init(_ home: QueueHome, letters: QueueHome?, _ engine: VolumeEngine, now: UInt64, wall: UInt64) throws {
        let queue = home.queue
        for (number, record) in try engine.messages(of: home) {
            self.records[number] = Record(name: record.name, bytes: record.bytes)
        }
        for group in queue.groups where !group.isRetired { self.groups[group.id] = Group(group, of: queue) }
        // What another group took over still ends what it has under way.
        for group in queue.groups where group.isRetired {
            self.groups[group.id]?.leaving.formUnion(Group(group, of: queue).leaving)
        }
        self.isPaused = home.definition.isPaused
        self.depth = queue.status(now: now, wall: wall).depth
        guard let letters else { return }
        for (_, record) in try engine.messages(of: letters) where record.origin == home.definition.name {
            self.letters[LetterKey(transfer: record.transfer, name: record.name), default: 0] += 1
        }
    }
}

extension QueueSight.Group {
    fileprivate init(_ group: Group, of queue: Queue) {
        for (index, lane) in queue.lanes.enumerated() {
            for offset in max(
                group.places[index].cursor,
                lane.head
            )..<max(lane.next, group.places[index].cursor, lane.head) {
                self.owed.insert(MessageID(priority: UInt8(index), offset: offset).number)
            }
            var next = group.pending.lowest(priority: index)
            while let slot = next {
                next = group.pending.after(slot)
                let entry = group.pending[slot]
                self.attempts[entry.id] = Int(entry.count)
                if entry.state == .dead || entry.state == .moving {
                    self.leaving.insert(entry.id)
                } else {
                    self.owed.insert(entry.id)
                }
            }
        }
        self.waiting = queue.waiting(group)
        self.pending = UInt64(group.pending.count)
        self.bytes = queue.bytes(group)
        self.committed = group.committed(lane: 0)
    }
}

extension VolumeEngine {
    fileprivate struct Message {
        var name: String
        var bytes: Int
        var origin = ""
        var transfer = ""
    }

    /// All messages that a queue's logs have, by number.
    fileprivate func messages(of home: QueueHome) throws -> [(number: UInt64, Message)] {
        var found: [(UInt64, Message)] = []
        let known = Set(self.logs.map(\.log))
        for priority in UInt8(0)...9 {
            let log = LogID(owner: home.number, part: .messages(priority: priority))
            if !known.contains(log) { continue }
            try self.forEachRecord(log) { read in
                for entry in read.entries {
                    guard let stored = StoredQueueMessage(read.block, entry.body) else { continue }
                    let payload = read.block.span(stored.payload).string()
                    var message = Message(name: String(payload.prefix { $0 != " " }), bytes: entry.body.count)
                    let header = MessageHeader(read.block.span(stored.header)) ?? MessageHeader()
                    for user in header.userHeaders {
                        if user.name == "_dlq_original_queue" { message.origin = user.value }
                        if user.name == "_dlq_transfer_id" { message.transfer = user.value }
                    }
                    found.append((MessageID(priority: priority, offset: entry.offset).number, message))
                }
            }
        }
        return found
    }
}
