import Bytes
import Core
import MQTTWire
import Machine
import SessionJournal

/// How a session takes messages: written at once, queued, or dropped with a counter; never left without an answer.
extension MQTTSession {
    /// - Parameter share: Where to settle, when the message comes from a shared subscription.
    @inline(__always)
    func take(_ message: borrowing MessageView, _ options: SubscriptionOptions, _ share: ShareDelivery?) {
        let qos = min(message.qos, options.qos)
        let retain = message.retain && options.retainAsPublished
        if qos == 0 {
            self.takeUnacknowledged(message, options, retain)
        } else {
            self.takeAcknowledged(message, options, qos, retain, share)
        }
    }

    @inline(__always)
    private func takeUnacknowledged(_ message: borrowing MessageView, _ options: SubscriptionOptions, _ retain: Bool) {
        guard let current = self.current else { return }  // QoS 0 is for who is there
        current._withUnsafeGuaranteedRef { connection in
            if connection.output.count > self.shard.outputWatermark { return self.dropForSlowReader(connection) }
            if connection.takesPlain(message, options.identifier) {
                connection.writePlain(message, retain: retain, packetID: 0, qos: 0)
            } else {
                self.writeOther(message, options, retain, connection)
            }
        }
    }

    @inline(never)
    private func writeOther(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        _ retain: Bool,
        _ connection: MQTTConnection
    ) {
        var encoding = PublishEncoding()
        encoding.retain = retain
        connection.write(message, &encoding, self.shard.identifiers(options))
    }

    @inline(never) private func dropForSlowReader(_ connection: MQTTConnection) {
        self.shard.counters.add(.droppedOutputFull)
        connection.line.pointee.droppedMessages &+= 1
        if !self.shares.isEmpty, !self.withholdsCredit {
            self.withholdsCredit = true
            self.shard.afterDeliveries { self.lend(self.credit(limit: 0)) }
        }
    }

    @inline(__always)
    private func takeAcknowledged(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        _ qos: UInt8,
        _ retain: Bool,
        _ share: ShareDelivery?
    ) {
        let journal = self.uncountedJournal
        if self.isKept {
            if message.position != 0, share == nil, !self.takes(message.position) { return }
            self.shard.store(.journal)
        }
        guard let current = self.current, self.queue.isEmpty, qos == 2 || self.unsent == 0 else {
            return self.enqueue(message, options, qos, retain, share)
        }
        current._withUnsafeGuaranteedRef { connection in
            guard self.hasRoom(connection) else { return self.enqueue(message, options, qos, retain, share) }
            // A session that ends with its connection never sends anything twice: it keeps no message, only the identifier.
            var slot = MessageSlot.none
            var kept: UInt32 = 0
            if self.isKept {
                guard let held = self.shard.hold(message) else { return self.refuse(share) }
                slot = held
                kept = self.keepIdentifiers(options)
            }
            let state = InflightWindow.State.first(qos, isStored: journal != nil)
            let number = self.window.takeNumber()
            let packetID = self.window.open(state, slot, retain: retain, identifier: kept, number: number)
            if let share { self.sharedInflight[packetID] = share }
            if let journal {
                journal._withUnsafeGuaranteedRef {
                    $0.add(slot, of: self, number, qos, retain, .sent, packetID, kept)
                    if qos == 2 { self.sendWhenStored(packetID, number, $0) }
                }
                if qos == 2 { return }
            }
            if connection.takesPlain(message, options.identifier) {
                connection.writePlain(message, retain: retain, packetID: packetID, qos: qos)
                return
            }
            var encoding = PublishEncoding()
            encoding.qos = qos
            encoding.retain = retain
            encoding.packetID = packetID
            if !connection.write(message, &encoding, self.shard.identifiers(options)) { self.abandon(packetID) }
        }
    }

    /// Not what it has from before a restart.
    @inline(never) private func takes(_ position: UInt64) -> Bool {
        guard let journal = self.journal else { return true }
        let isNew = journal.takes(position)
        guard let taken = self.takenElsewhere, let known = JournalPosition(bits: position) else { return isNew }
        return known.sequence > taken[known.origin] ?? 0
    }

    func hasRoom(_ connection: MQTTConnection) -> Bool {
        self.window.count < self.sendMaximum && connection.output.count <= self.shard.outputWatermark
    }

    /// The packet is larger than the client takes: as if it had been delivered [MQTT-3.1.2-25].
    private func abandon(_ packetID: UInt16) {
        guard let entry = self.window.find(packetID) else { return }
        self.closeInflight(entry)
        if let share = self.sharedInflight.removeValue(forKey: packetID) { self.shard.settle(share, .settled) }
    }

    /// The message cannot be kept here: who shared it may have another taker.
    private func refuse(_ share: ShareDelivery?) {
        if let share { self.shard.afterDeliveries { self.shard.settle(share, .released) } }
    }

    // MARK: Waiting

    private func enqueue(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        _ qos: UInt8,
        _ retain: Bool,
        _ share: ShareDelivery?
    ) {
        // What a shared subscription has for a client that is away is another member's.
        if self.isEnding || share != nil && self.connection == nil { return self.refuse(share) }
        let settings = self.server.settings
        let bytes = message.byteCount
        if self.queue.bytes + bytes > settings.maxQueuedBytes, let connection = self.connection {
            // A client that is here and does not acknowledge has had its share of memory: it goes, and the rules for those
            // who are away apply.
            let generation = self.generation
            self.shard.afterDeliveries { [self] in
                if self.connection === connection, self.generation == generation {
                    connection.fail(.quotaExceeded, "its queue is full")
                }
            }
        }
        let isOverBytes = self.queue.bytes + bytes > settings.maxQueuedBytes
        let isOverCount = self.connection == nil && self.queue.count >= settings.maxOfflineMessages
        if isOverBytes || isOverCount {
            self.shard.counters.add(.droppedQueueFull)
            guard settings.evictsOldest, bytes <= settings.maxQueuedBytes else { return self.refuse(share) }
            while let oldest = self.queue.next,
                self.queue.bytes + bytes > settings.maxQueuedBytes
                    || self.connection == nil && self.queue.count >= settings.maxOfflineMessages
            {
                if let shared = self.sharedQueued[oldest.ticket] { self.refuse(shared) }
                self.dropFirstQueued(oldest)
            }
        }
        guard let slot = self.shard.hold(message) else { return self.refuse(share) }
        let identifier = self.keepIdentifiers(options)
        let ticket = self.window.takeNumber()
        self.queue.append(slot, bytes: bytes, identifier: identifier, qos: qos, retain: retain, ticket: ticket)
        self.journal?.add(slot, of: self, ticket, qos, retain, .waiting, 0, identifier)
        if let share { self.sharedQueued[ticket] = share }
    }

    /// Sends what waits, as far as the window and the output have room.
    func sendQueued() {
        guard let connection = self.connection, self.resends.isEmpty else { return }
        let journal = self.journal
        while let entry = self.queue.next, self.hasRoom(connection), entry.qos == 2 || self.unsent == 0 {
            let share = self.sharedQueued.isEmpty ? nil : self.sharedQueued.removeValue(forKey: entry.ticket)
            self.queue.removeFirst(bytes: self.shard.messages.byteCount(entry.slot))
            if self.shard.messages.hasExpired(entry.slot, at: self.shard.now) {
                self.shard.counters.add(.droppedExpired)
                journal?.settled(self, entry.ticket)
                self.forget(entry.identifier)
                self.shard.release(entry.slot)
                if let share { self.shard.settle(share, .settled) }
                continue
            }
            let state = InflightWindow.State.first(entry.qos, isStored: journal != nil)
            let packetID = self.window.open(
                state,
                entry.slot,
                retain: entry.retain,
                identifier: entry.identifier,
                number: entry.ticket
            )
            if let share { self.sharedInflight[packetID] = share }
            if let journal {
                journal.sent(self, entry.ticket, packetID, entry.qos)
                if entry.qos == 2 {
                    self.sendWhenStored(packetID, entry.ticket, journal)
                    continue
                }
            }
            self.sendFirst(packetID, entry.slot, entry.qos, entry.retain, entry.identifier, on: connection)
        }
    }

    /// Sends a kept message for the first time.
    func sendFirst(
        _ packetID: UInt16,
        _ slot: MessageSlot,
        _ qos: UInt8,
        _ retain: Bool,
        _ identifier: UInt32,
        on connection: MQTTConnection
    ) {
        var isWritten = false
        self.shard.messages.withView(slot) { message in
            guard connection.takesPlain(message, identifier) else { return }
            connection.writePlain(message, retain: retain, packetID: packetID, qos: qos)
            isWritten = true
        }
        if isWritten { return }
        var encoding = PublishEncoding()
        encoding.qos = qos
        encoding.retain = retain
        encoding.packetID = packetID
        if !self.send(slot, &encoding, identifier, on: connection) { self.abandon(packetID) }
    }

    /// Sends a kept message.
    private func send(
        _ slot: MessageSlot,
        _ encoding: inout PublishEncoding,
        _ identifier: UInt32,
        on connection: MQTTConnection
    ) -> Bool {
        var sent = false
        var copy = encoding
        let identifiers = self.identifiers(identifier)
        self.shard.withCurrent(slot) { sent = connection.write($0, &copy, identifiers) }
        return sent
    }

    // MARK: Sending again

    /// After a reconnect: what was in flight, in its old order, with its old identifiers, as far as the client's receive maximum
    /// goes; the rest as answers come [MQTT-4.4.0-1]. PUBREL does not count against the maximum.
    func resend() {
        guard let connection = self.connection, !self.resends.isEmpty else { return }
        var unanswered = self.window.count - self.resends.count
        var rest: [UInt16] = []
        for packetID in self.resends {
            guard let entry = self.window.find(packetID), entry.state != .unreleased else { continue }
            if entry.state == .awaitingPubcomp {
                connection.sendPubrel(packetID, .success)
                continue
            }
            guard unanswered < self.sendMaximum else {
                rest.append(packetID)
                continue
            }
            unanswered += 1
            var encoding = PublishEncoding()
            encoding.qos = entry.state == .awaitingPuback ? 1 : 2
            encoding.isDuplicate = true
            encoding.retain = entry.retain
            encoding.packetID = packetID
            if !self.send(entry.slot, &encoding, entry.identifier, on: connection) { self.abandon(packetID) }
        }
        self.resends = rest
    }

    // MARK: Answers

    /// An entry of the window is done with.
    func closeInflight(_ entry: InflightWindow.Entry) {
        self.window.close(entry.packetID)
        self.uncountedJournal?._withUnsafeGuaranteedRef { $0.settled(self, entry.sequence) }
        self.forget(entry.identifier)
        self.shard.release(entry.slot)
    }

    /// Source: MQTT 5.0 §4.3.2. A late or unknown one is harmless.
    func receivedPuback(_ packetID: UInt16, _ reason: MQTTReasonCode = .success) {
        if let queues = self.queues, self.receivedQueuePuback(packetID, reason, queues) { return self.goOn() }
        guard let entry = self.window.find(packetID), entry.state == .awaitingPuback else { return }
        self.closeInflight(entry)
        self.settleAndGoOn(packetID)
    }

    /// Source: MQTT 5.0 §4.3.3. The message is the client's from now on, unless it refused it.
    func receivedPubrec(_ packetID: UInt16, _ reason: MQTTReasonCode) {
        guard let entry = self.window.find(packetID), entry.state != .awaitingPuback else {
            self.current?._withUnsafeGuaranteedRef { $0.sendPubrel(packetID, .packetIdentifierNotFound) }
            return
        }
        if reason.isError {
            self.closeInflight(entry)
            self.settleAndGoOn(packetID)
            return
        }
        if entry.state == .awaitingPubrec {
            self.forget(entry.identifier)
            self.shard.release(entry.slot)
            if let share = self.sharedInflight.removeValue(forKey: packetID) { self.shard.settle(share, .settled) }
            if let journal = self.journal {
                self.window.released(packetID, .unreleased)
                journal.write { $0.released(self.number, entry.sequence) }
                journal.whenStored(.release(self.address, packetID: packetID, entry: entry.sequence))
                return
            }
            self.window.released(packetID)
        } else if entry.state != .awaitingPubcomp {
            return  // it is on its way
        }
        self.current?._withUnsafeGuaranteedRef { $0.sendPubrel(packetID, .success) }
    }

    func receivedPubcomp(_ packetID: UInt16) {
        guard let entry = self.window.find(packetID), entry.state == .awaitingPubcomp else { return }
        self.closeInflight(entry)
        self.settleAndGoOn(packetID)
    }

    @inline(__always) private func settleAndGoOn(_ packetID: UInt16) {
        if !self.sharedInflight.isEmpty, let share = self.sharedInflight.removeValue(forKey: packetID) {
            self.shard.settle(share, .settled)
        }
        self.goOn()
    }

    /// A packet identifier is free again.
    @inline(__always) private func goOn() {
        if !self.resends.isEmpty { self.resend() }
        if self.queues != nil { self.sendWaiting() }
        if !self.queue.isEmpty { self.sendQueued() }
    }
}
