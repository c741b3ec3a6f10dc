import AdminAPI
import Core
import MQTTServer
import Machine
import Protobuf
import Query

extension AdminV1.Subscription {
    init(_ view: SubscriptionView) {
        self.init()
        self.clientID = text(view.clientID)
        self.filter = text(view.filter)
        self.id = "\(self.clientID) \(self.filter)"
        self.version = self.id
        self.share = view.share.map(text) ?? ""
        self.qos = UInt32(view.options.qos)
        self.noLocal = view.options.noLocal
        self.retainAsPublished = view.options.retainAsPublished
        self.identifier = view.options.identifier
    }

    /// Neither client identifiers nor filters have a NUL, so it tells where one ends, and sorts before everything.
    var key: RowKey { RowKey(text: "\(self.clientID)\u{0}\(self.filter)") }
}

extension BrokerBackend {
    /// Slices go by filters and their lists, not by sessions: one may have a million subscriptions.
    func scanSubscriptions(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        self.calls.walk(SubscriptionWalk(scan: scan), beginningWith: Self.firstSlice(scan)) { shard, walk, _, rows in
            guard let mqtt = shard.acceptor(MQTTShard.self) else { return nil }
            return walk.step(mqtt, limit: rows) ? 0 : nil
        } _: {
            answer($0.scan)
        }
    }

    func subscriptions(_ keys: [RowKey], _ answer: @escaping ([AdminV1.Row]) -> Void) {
        self.calls.gather(keys, on: { self.home(of: text(Array($0.text.utf8.prefix { $0 != 0 }))) }) { shard, key in
            let parts = key.text.utf8.split(separator: 0, maxSplits: 1)
            guard parts.count == 2, let mqtt = shard.acceptor(MQTTShard.self),
                let view = mqtt.subscription(of: Array(parts[0]), to: Array(parts[1]))
            else { return nil }
            return AdminV1.Row(.subscription(AdminV1.Subscription(view)))
        } _: {
            answer($0)
        }
    }

    /// Both parts of an id may have spaces: every way to cut it is tried.
    func subscription(named name: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        let bytes = Array(name.utf8)
        let keys = bytes.indices.filter { bytes[$0] == UInt8(ascii: " ") }.prefix(1_000).map { space in
            RowKey(text: text(Array(bytes[..<space])) + "\u{0}" + text(Array(bytes[(space + 1)...])))
        }
        self.subscriptions(keys) { answer($0.first) }
    }
}

/// Where a walk over one shard's subscriptions stands. Plain ones are found by their filters, shared ones by their sessions.
private struct SubscriptionWalk: Sendable {
    var scan: Scan
    private var place = SubscriptionPlace()
    private var session: Int?

    init(scan: Scan) { self.scan = scan }

    /// - Returns: Whether there is more on this shard; the next one starts afresh.
    mutating func step(_ mqtt: MQTTShard, limit: Int) -> Bool {
        var scan = self.scan
        let visit = { (view: SubscriptionView) in
            let row = AdminV1.Subscription(view)
            scan.visit(row.key, row)
        }
        defer { self.scan = scan }
        if let session = self.session {
            self.session = mqtt.forEachSharedSubscription(from: session, limit: limit, visit)
            return self.session != nil
        }
        if let next = mqtt.forEachPlainSubscription(from: self.place, limit: limit, visit) {
            self.place = next
        } else {
            self.place = SubscriptionPlace()
            self.session = 0
        }
        return true
    }
}
