import AdminAPI
import Core
import HTTP
import Machine
import Protobuf
import Query

/// One topic over all shards: each counts what its own publishers send.
struct TopicUse: Sendable {
    var topic: [UInt8]
    var messages: UInt64 = 0
    var bytes: UInt64 = 0
    /// Messages and bytes a second; nil while no shard has looked twice.
    var rates: (messages: Double, bytes: Double)?
    var subscribers: Int?

    mutating func add(_ route: CachedRoute) {
        self.messages += route.messages
        self.bytes += route.bytes
        guard let (messages, bytes) = route.rates else { return }
        self.rates = ((self.rates?.messages ?? 0) + Double(messages), (self.rates?.bytes ?? 0) + Double(bytes))
    }
}

extension AdminV1.Topic {
    fileprivate init(_ use: TopicUse, isRetained: Bool) {
        self.init()
        self.id = text(use.topic)
        self.version = self.id
        self.messages = use.messages
        self.bytes = use.bytes
        self.messagesPerS = use.rates?.messages
        self.bytesPerS = use.rates?.bytes
        self.subscribers = UInt64(use.subscribers ?? 0)
        self.retained = isRetained
    }
}

extension BrokerBackend {
    private typealias Field = AdminV1.Topic.FieldNumber

    func scanTopics(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        if self.timers.now - self.topicsLookedAt >= Self.freshness {
            return self.lookAtTopics { self.scanTopics(scan, answer) }
        }
        self.topics(withSubscribers: scan.needs.contains(Field.subscribers)) { topics in
            let (isRetainedWanted, wantsSystem) = (scan.needs.contains(Field.retained), scan.wantsSystemTopics)
            var scan = scan
            self.inSlices(topics) { use in
                if !wantsSystem, isSystemTopic(use.topic) { return }
                let row = AdminV1.Topic(use, isRetained: isRetainedWanted && self.isRetained(use.topic))
                scan.visit(RowKey(text: row.id), row)
            } _: {
                answer(scan)
            }
        }
    }

    func topics(_ keys: [RowKey], _ answer: @escaping ([AdminV1.Row]) -> Void) {
        let names = keys.map { Array($0.text.utf8) }
        self.calls.walk(names.map { TopicUse(topic: $0) }, beginningWith: 64) { shard, uses, start, rows in
            let end = min(uses.count, start + rows)
            for index in start..<end {
                if let route = shard.routes.known(uses[index].topic, in: .standard) { uses[index].add(route) }
                uses[index].subscribers =
                    (uses[index].subscribers ?? 0) + shard.subscriptionCount(uses[index].topic, in: .standard)
            }
            return end < uses.count ? end : nil
        } _: { uses in
            answer(
                uses.filter { $0.messages > 0 }.map { use in
                    AdminV1.Row(.topic(AdminV1.Topic(use, isRetained: self.isRetained(use.topic))))
                }
            )
        }
    }

    /// All topics that are known, in no order.
    private func topics(withSubscribers: Bool, _ answer: @escaping ([TopicUse]) -> Void) {
        self.calls.walk([UInt64: TopicUse]()) { shard, topics, start, rows in
            shard.routes.forEach(from: start, limit: rows) { route in
                if route.namespace != .standard || route.messages == 0 { return }
                topics[route.hash, default: TopicUse(topic: route.topic)].add(route)
            }
        } _: { [calls] topics in
            let uses = Array(topics.values)
            guard withSubscribers else { return answer(uses) }
            calls.walk(uses, beginningWith: 64) { shard, uses, start, rows in
                let end = min(uses.count, start + rows)
                for index in start..<end {
                    uses[index].subscribers =
                        (uses[index].subscribers ?? 0) + shard.subscriptionCount(uses[index].topic, in: .standard)
                }
                return end < uses.count ? end : nil
            } _: {
                answer($0)
            }
        }
    }

    private func isRetained(_ topic: [UInt8]) -> Bool { self.broker.retained.entry(topic.span, in: .standard) != nil }
}
