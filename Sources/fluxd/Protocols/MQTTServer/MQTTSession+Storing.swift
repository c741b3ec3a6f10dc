import Core
import MQTTWire
import Machine
import Protobuf
import StateRecords

/// What a session leaves in the store: its own record while it is kept, one for each subscription, one for its will.
///
/// Written when they change, and each is small: a client that comes and goes writes its session's record twice. A session that ends
/// with its connection leaves nothing. What is stored is never read again while the broker runs.
extension MQTTSession {
    /// Writes the session's own record, with a number from its first one on.
    ///
    /// - Parameter isAway: Its client has just gone; else it is there.
    func storeRecord(isAway: Bool) {
        if self.number == 0 {
            self.number = self.server.nextSessionNumber()
            self.joinJournal()
        }
        self.isStored = true
        self.server.willRecords[self.number]?.endsSession = false
        self.put(.session(self.number), self.record(expiry: self.expiryInterval, isAway: isAway))
    }

    private func record(expiry: UInt32, isAway: Bool) -> StateV1.Session {
        var record = StateV1.Session()
        record.namespace = UInt32(self.namespace.number)
        record.clientID = self.clientID
        record.user = self.identity.username
        record.isLocal = self.identity.isLocal
        record.createdAt = self.createdWall
        record.expiryInterval = expiry
        record.disconnectedAt = isAway ? self.shard.wallNow : 0
        record.generation = self.generation
        return record
    }

    /// A CONNECT has the session: what it changed is written before CONNACK.
    func storeAtConnect() {
        guard self.isKept else { return self.deleteRecord() }
        self.storeRecord(isAway: false)
        self.storeWill()
    }

    /// Its will waits, in the store, while the broker is away.
    var keepsWillThroughStop: Bool { self.isKept && self.will?.properties.willDelayInterval ?? 0 > 0 }

    /// Its time has come, whether or not anybody has noticed.
    var isOverdue: Bool {
        self.expiresAt != 0 && self.expiresAt <= self.shard.now && self.connection == nil && self.claimant == nil
    }

    func storeSubscription(_ filter: [UInt8], _ options: SubscriptionOptions) {
        var record = StateV1.Subscription()
        record.qos = UInt32(options.qos)
        record.noLocal = options.noLocal
        record.retainAsPublished = options.retainAsPublished
        record.identifier = options.identifier
        self.put(.subscription(session: self.number, filter: filter), record)
    }

    func storeSubscription(_ queue: QueueSubscription) {
        var record = StateV1.Subscription()
        record.qos = UInt32(queue.qos)
        record.identifier = queue.identifier
        record.group = queue.group
        record.commitsByHand = !queue.terms.commitsAutomatically
        record.settlesWithPuback = queue.terms.settlesWithPuback
        self.put(.subscription(session: self.number, filter: queue.filter), record)
    }

    func deleteSubscription(_ filter: [UInt8]) {
        self.delete(.subscription(session: self.number, filter: filter))
    }

    /// Brings the store to what ``will`` is now.
    func storeWill() {
        guard let will = self.will else { return self.deleteWill() }
        self.hasStoredWill = true
        self.server.willRecords[self.number] = nil  // overwritten
        self.put(.will(session: self.number), StateV1.Will(will))
    }

    func deleteWill() {
        if !self.hasStoredWill { return }
        self.hasStoredWill = false
        self.delete(.will(session: self.number))
    }

    /// The will is about to be published: its record is no longer the session's.
    func handOverWill() -> WillRecord? {
        if !self.hasStoredWill { return nil }
        self.hasStoredWill = false
        let record = WillRecord(of: self.number, self.server)
        self.server.willRecords[self.number] = record
        return record
    }

    /// The session ends, or ends with its connection from now on. Its subscriptions' records mean nothing without its own, and go
    /// when the session lets go of them.
    func deleteRecord() {
        self.deleteWill()
        if !self.isStored { return }
        self.isStored = false
        if let will = self.server.willRecords[self.number] {
            // Without its session's record the will's would mean nothing; this one says that the session is over.
            will.endsSession = true
            self.put(.session(self.number), self.record(expiry: 0, isAway: true))
        } else {
            self.delete(.session(self.number))
        }
        self.server.journal?.ended(self)
    }

    private func put(_ key: StateKey, _ record: some Message) {
        self.shard.store(.state, .put(key: key.bytes, value: record.serialized()))
    }

    private func delete(_ key: StateKey) { self.shard.store(.state, .delete(key: key.bytes)) }
}

extension MQTTShard {
    fileprivate func nextSessionNumber() -> UInt64 {
        if self.sessionNumbers.isEmpty {
            self.sessionNumbers = self.shard.broker.sessionNumbers.takeBlock()
            var lease = StateV1.NumberLease()
            lease.end = self.sessionNumbers.upperBound
            // In the batch of the first session that has one of them, and so before or with it.
            let key = StateKey.numberLease(shard: UInt8(self.shard.index)).bytes
            self.shard.store(.state, .put(key: key, value: lease.serialized()))
        }
        defer { self.sessionNumbers.removeFirst() }
        return self.sessionNumbers.lowerBound
    }
}

extension StateV1.Will {
    init(_ will: MQTTWill) {
        self.init()
        self.topic = will.topic
        self.payload = will.payload
        self.qos = UInt32(will.qos)
        self.retain = will.retain
        self.delay = will.properties.willDelayInterval ?? 0
        self.payloadFormat = will.properties.payloadFormatIndicator.map { UInt32($0) }
        self.messageExpiry = will.properties.messageExpiryInterval
        self.contentType = will.properties.contentType
        self.responseTopic = will.properties.responseTopic
        self.correlation = will.properties.correlationData
        self.userProperties = will.properties.userProperties.map { property in
            var record = StateV1.UserProperty()
            (record.name, record.value) = (property.name, property.value)
            return record
        }
    }

    /// nil when it is no will that a client could have left.
    var will: MQTTWill? {
        if self.qos > 2 { return nil }
        var will = MQTTWill(topic: self.topic, payload: self.payload, qos: UInt8(self.qos), retain: self.retain)
        if self.delay > 0 { will.properties.willDelayInterval = self.delay }
        will.properties.payloadFormatIndicator = self.payloadFormat.map { UInt8(truncatingIfNeeded: $0) }
        will.properties.messageExpiryInterval = self.messageExpiry
        will.properties.contentType = self.contentType
        will.properties.responseTopic = self.responseTopic
        will.properties.correlationData = self.correlation
        will.properties.userProperties = self.userProperties.map { MQTTUserProperty(name: $0.name, value: $0.value) }
        return will
    }
}
