import Bytes
import Core
import MQTTWire
import Machine

/// One client's state that can outlive its connection: subscriptions, what is in flight, what waits, the will.
///
/// It lives on one shard and takes messages there. How it takes them, and what acknowledgements do, stands in
/// `MQTTSession+Delivery`; how it lets go in `MQTTSession+End`.
final class MQTTSession: Subscriber {
    let clientID: [UInt8]
    /// Who has it: the client of the latest connection. Its rights are checked with it while the client is away.
    var identity: Identity
    unowned(unsafe) let server: MQTTShard  // which owns its sessions
    let shard: ShardState
    /// Milliseconds of the shard's clock, 0 when that did not run yet.
    let createdAt: UInt64
    /// Milliseconds since 1970.
    let createdWall: UInt64
    /// Names the session in the store and in journals, for ever and alone; 0 for one that was never stored.
    var number: UInt64 = 0
    /// What its shard's journal says of it counts with this number; 0 while there is no journal.
    var journalGeneration: UInt32 = 0
    /// Until the journal has that: what CONNACK waits for.
    var journalReceipt: Receipt?
    /// How far the journal that it came from had taken other shards' messages; nil for one that came from its shard's own.
    var takenElsewhere: [UInt8: UInt64]?
    /// Its record is in the store, and its will's.
    var isStored = false
    var hasStoredWill = false
    /// The current connection; nil while the client is away. A connection takes itself out when it closes.
    var connection: MQTTConnection? {
        get { self.current?.takeUnretainedValue() }
        set { self.current = newValue.map { .passUnretained($0) } }
    }
    /// The same for the fan-out, which borrows it without counting.
    private(set) var current: Unmanaged<MQTTConnection>?
    /// A connection whose CONNACK waits for the store: it has the session, and takes no messages yet.
    unowned(unsafe) var claimant: MQTTConnection?
    /// Grows with each connection, so that reminders and late events of an older one mean nothing.
    var generation: UInt32 = 0
    /// Seconds after the connection's end; 0 ends the session with it, 0xFFFFFFFF never.
    var expiryInterval: UInt32 = 0
    /// In a box: most sessions have none, and all would pay for its properties.
    var will: MQTTWill? {
        get { self.willBox?.will }
        set { self.willBox = newValue.map(WillBox.init) }
    }
    private var willBox: WillBox?
    /// When what waits for the connection's return is due: the session's end, and the will. Milliseconds; 0 for never.
    var expiresAt: UInt64 = 0
    var willAt: UInt64 = 0
    /// The reminders that stand in the shard's wheel for this session.
    var reminders = Reminders()
    /// The session is over and takes nothing any more; shared filters that it still has to give back.
    var isEnding = false
    var remains: [[[UInt8]]] = []

    var subscriptions = GrowingMap<[UInt8], SubscriptionOptions>()
    /// Shared subscriptions by their whole filter, and where their home is once it answered.
    var shares: [[UInt8]: Share] = [:]
    struct Share {
        var key: ShareKey
        var options: SubscriptionOptions
        var home: SubscriberAddress?
    }

    // Towards the client.
    var window = InflightWindow()
    var queue = MessageQueue()
    /// Entries of the window that wait for the journal before they go out for the first time. What comes behind them waits too, so
    /// that a message at QoS 1 never overtakes one at QoS 2.
    var unsent = 0
    /// Packet identifiers that still have to be sent again after a reconnect, oldest first.
    var resends: [UInt16] = []
    /// Unacknowledged messages at most, by both sides' wish.
    var sendMaximum = 0
    /// Identifier lists of kept deliveries that have several.
    var identifierLists: [UInt32: [UInt32]] = [:]
    var lastIdentifierList: UInt32 = 0
    /// Deliveries from shared subscriptions: in flight by packet identifier, waiting by ticket.
    var sharedInflight: [UInt16: ShareDelivery] = [:]
    var sharedQueued: [UInt32: ShareDelivery] = [:]
    /// The homes were told that this member takes nothing for now.
    var withholdsCredit = false
    /// Subscriptions to queues; nil before the first.
    var queues: QueueSubscriptions?

    // From the client: QoS 2 identifiers whose PUBREL has not come.
    var received = PacketIDSet()
    /// Those of them whose message is on its way to who stores it.
    var intents: [UInt16: PendingIntent] = [:]

    /// - Parameter createdWall: When it was made, in an earlier run of the broker; nil for now.
    init(_ identity: Identity, namespace: Namespace, server: MQTTShard, createdWall: UInt64? = nil) {
        self.identity = identity
        self.clientID = identity.clientID
        self.server = server
        self.shard = server.shard
        let (now, wall) = (server.shard.now, server.shard.wallNow)
        self.createdWall = createdWall ?? wall
        self.createdAt = now - min(now, wall - min(wall, self.createdWall))
        super.init(namespace: namespace)
    }

    override func deliver(_ message: borrowing MessageView, _ options: SubscriptionOptions, on shard: ShardState) {
        self.take(message, options, nil)
    }

    override func deliver(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        for share: ShareDelivery,
        on shard: ShardState
    ) {
        self.take(message, options, share.number == 0 ? nil : share)
    }

    override func deliver(_ message: borrowing MessageView, _ handover: QueueHandover, on shard: ShardState) {
        self.take(message, handover)
    }

    override func consuming(_ handle: UInt32, _ answer: Result<QueueLink, QueueRefusal>, on shard: ShardState) {
        self.receivedAnswer(handle, answer)
    }

    override func consumerEnded(_ handle: UInt32, on shard: ShardState) { self.consumerEnded(handle) }

    override func settled(_ token: UInt32, _ refusal: QueueRefusal?, on shard: ShardState) {
        self.connection?.settled(token, refusal)
    }

    /// Whether messages must be kept for a next connection.
    var isKept: Bool { self.expiryInterval > 0 }

    // MARK: Connections

    /// A CONNECT has the session from now on, whatever its answer still waits for.
    func claimed(by connection: MQTTConnection) {
        self.claimant = connection
        self.generation &+= 1
        self.expiresAt = 0
        self.willAt = 0
    }

    /// The client is here. What was in flight goes first, then what waits.
    func attach(_ connection: MQTTConnection) {
        self.shard.counters.add(.sessionsAttached)
        self.connection = connection
        self.claimant = nil
        self.sendMaximum = connection.sendMaximum
        self.resends = self.window.inOrder.filter { $0.state != .unsent && $0.state != .unreleased }.map(\.packetID)
        self.resend()
        self.sendQueued()
        self.lend(self.credit(limit: self.sendMaximum))
        self.joinQueues()
    }

    /// The client is gone, in whatever way; ``MQTTShard`` decides what becomes of session and will.
    func detach() {
        if self.connection != nil { self.shard.counters.add(.sessionsDetached) }
        self.connection = nil
        self.resends = []
        self.lend(self.credit(limit: 0))  // first, so that what is given back does not come here again
        self.releaseShared()
        self.leaveQueues()
    }

    /// Seconds; what other shards know of this session's durability follows.
    func setExpiry(_ interval: UInt32) {
        self.expiryInterval = interval
        self.shard.setStores(self, interval > 0 ? .journal : [])
    }

    func dropFirstQueued(_ entry: MessageQueue.Entry) {
        self.queue.removeFirst(bytes: self.shard.messages[entry.slot].byteCount)
        self.journal?.settled(self, entry.ticket)
        self.forget(entry.identifier)
        self.sharedQueued[entry.ticket] = nil
        self.shard.release(entry.slot)
    }

    // MARK: Shared subscriptions

    func credit(limit: Int) -> ShareCredit {
        ShareCredit(limit: UInt16(min(limit, Int(UInt16.max))), isPersistent: self.isKept)
    }

    /// Tells every home how much this member takes from now on.
    func lend(_ credit: ShareCredit) {
        self.withholdsCredit = credit.limit == 0
        if self.shares.isEmpty { return }
        for (_, share) in self.shares.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            if let home = share.home { self.shard.setCredit(credit, home, self.address) }
        }
    }

    override func joined(_ share: ShareKey, home: SubscriberAddress, on shard: ShardState) {
        let filter = share.wholeFilter
        guard self.shares[filter] != nil else {
            return shard.leave(home, self.address)  // unsubscribed before the answer came
        }
        self.shares[filter]?.home = home
        if self.connection == nil || self.withholdsCredit { shard.setCredit(self.credit(limit: 0), home, self.address) }
        self.connection?.joined(filter)
    }

    /// The connection is gone: what was not finished at QoS 1 goes to other members. At QoS 2 only this session may finish it
    /// [MQTT-4.8.2-4].
    private func releaseShared() {
        if self.sharedInflight.isEmpty, self.sharedQueued.isEmpty { return }
        let gone = self.queue.remove(
            unless: { self.sharedQueued[$0.ticket] == nil },
            bytes: { self.shard.messages[$0.slot].byteCount }
        )
        self.giveBack(gone)
        for entry in self.window.inOrder.reversed() where entry.state == .awaitingPuback {
            guard let delivery = self.sharedInflight.removeValue(forKey: entry.packetID) else { continue }
            self.closeInflight(entry)
            self.shard.settle(delivery, .released)
        }
    }

    // MARK: Identifier lists

    /// Keeps a delivery's identifiers beyond the fan-out.
    func keepIdentifiers(_ options: SubscriptionOptions) -> UInt32 {
        options.hasSeveralIdentifiers ? self.keep(self.shard.identifiers(options)) : options.identifier
    }

    func keep(_ identifiers: [UInt32]) -> UInt32 {
        if identifiers.count < 2 { return identifiers.first ?? 0 }
        repeat {
            self.lastIdentifierList = self.lastIdentifierList == 0x7FFF_FFFF ? 0 : self.lastIdentifierList + 1
        } while self.identifierLists[self.lastIdentifierList] != nil
        self.identifierLists[self.lastIdentifierList] = identifiers
        return 1 << 31 | self.lastIdentifierList
    }

    func identifiers(_ kept: UInt32) -> [UInt32] {
        if kept == 0 { return [] }
        return kept >> 31 == 0 ? [kept] : self.identifierLists[kept & 0x7FFF_FFFF] ?? []
    }

    func forget(_ kept: UInt32) {
        if kept >> 31 != 0 { self.identifierLists[kept & 0x7FFF_FFFF] = nil }
    }
}

extension ShareKey {
    /// As a client names it.
    fileprivate var wholeFilter: [UInt8] { Array("$share/".utf8) + self.group + [UInt8(ascii: "/")] + self.filter }
}

/// When the one reminder of each kind that counts is due; 0 for none. Others of the kind are stale.
///
/// A client that comes and goes every second for a week has one of each in the wheel, not half a million.
struct Reminders {
    var keepAlive: UInt64 = 0
    var sessionExpiry: UInt64 = 0
    var will: UInt64 = 0
}

private final class WillBox {
    let will: MQTTWill
    init(_ will: MQTTWill) { self.will = will }
}
