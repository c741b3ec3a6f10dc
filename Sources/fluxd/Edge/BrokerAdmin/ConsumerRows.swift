import AdminAPI
import Core
import MQTTServer
import Machine
import Protobuf
import Query
import QueueEngine

/// Where a consumer is: the queue's shard and number, and the consumer's own number there.
struct ConsumerPlace: Sendable {
    var shard: Int
    var queue: UInt64
    var consumer: UInt64

    /// "m1.300.17": shard, queue and consumer. No number is given twice.
    var name: String { "m\(self.shard).\(self.queue).\(self.consumer)" }
    /// Queues of a shard come one after the other.
    var key: RowKey { RowKey(number: self.consumer, text: self.name) }

    init(shard: Int, queue: UInt64, consumer: UInt64) {
        (self.shard, self.queue, self.consumer) = (shard, queue, consumer)
    }

    init?(named name: String) {
        guard name.first == "m" else { return nil }
        let parts = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false).map { UInt64($0) }
        guard parts.count == 3, let shard = parts[0], shard < 256, let queue = parts[1], let consumer = parts[2] else {
            return nil
        }
        self.init(shard: Int(shard), queue: queue, consumer: consumer)
    }
}

/// A consumer as its queue knows it; who it is, another shard may have to say.
private struct ConsumerRecord: Sendable {
    var place: ConsumerPlace
    var session: SubscriberAddress
    var row: AdminV1.Consumer
}

extension BrokerBackend {
    /// Rows go by two shards, the queue's and the session's: they are gathered, and shown to the scan here.
    func scanConsumers(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        let queue = scan.filter.text(requiredOf: AdminV1.Consumer.FieldNumber.queue)
        self.calls.walk([ConsumerRecord](), beginningWith: 64) { shard, records, start, rows in
            shard.queues.forEachQueue(from: start, limit: rows) { home in
                guard home.namespace == .standard, queue == nil || home.definition.name == queue else { return }
                records += shard.consumers(of: home)
            }
        } _: { records in
            self.named(records) { rows in
                var scan = scan
                self.inSlices(rows) { record in
                    scan.visit(record.place.key, record.row)
                } _: {
                    answer(scan)
                }
            }
        }
    }

    func consumers(_ keys: [RowKey], _ answer: @escaping ([AdminV1.Row]) -> Void) {
        let places = keys.compactMap { ConsumerPlace(named: $0.text) }
        self.calls.gather(places, on: { $0.shard }) { shard, place -> ConsumerRecord? in
            shard.queues.home(place.queue).flatMap { shard.consumer(place, of: $0) }
        } _: { records in
            self.named(records) { answer($0.map { AdminV1.Row(.consumer($0.row)) }) }
        }
    }

    func consumer(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        self.consumers([RowKey(text: name)]) { answer($0.first) }
    }

    /// Asks the sessions' shards who they are.
    private func named(_ records: [ConsumerRecord], _ answer: @escaping ([ConsumerRecord]) -> Void) {
        self.calls.gather(records, on: { $0.session.shard }) { shard, record in
            var record = record
            record.row.shard = UInt32(shard.index)
            record.row.clientID = shard.acceptor(MQTTShard.self)?.clientID(of: record.session).map(text) ?? ""
            return record
        } _: {
            answer($0)
        }
    }
}

extension ShardState {
    fileprivate func consumers(of home: QueueHome) -> [ConsumerRecord] {
        home.queue.groupNumbers.flatMap { number in
            let group = home.queue.status(of: number)?.id ?? ""
            return home.queue.consumers(of: number).compactMap { self.record(of: $0, group, home) }
        }
    }

    fileprivate func consumer(_ place: ConsumerPlace, of home: QueueHome) -> ConsumerRecord? {
        self.consumers(of: home).first { $0.place.consumer == place.consumer }
    }

    private func record(of status: ConsumerStatus, _ group: String, _ home: QueueHome) -> ConsumerRecord? {
        guard let session = self.queues.address(of: status.consumer, of: home) else { return nil }
        let place = ConsumerPlace(shard: self.index, queue: home.number, consumer: status.consumer.bits)
        var row = AdminV1.Consumer()
        row.id = place.name
        row.version = place.name  // a name is never given twice, and what a consumer is does not change
        row.queue = home.definition.name
        row.group = group
        row.credit = UInt64(status.credit)
        row.pending = UInt64(status.pending)
        row.delivered = status.delivered
        row.state = status.isActive ? "active" : "waiting"
        return ConsumerRecord(place: place, session: session, row: row)
    }
}
