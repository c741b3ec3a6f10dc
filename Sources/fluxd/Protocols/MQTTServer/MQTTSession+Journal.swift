import Core
import MQTTWire
import Machine
import SessionJournal

extension InflightWindow.State {
    /// What an entry begins with.
    static func first(_ qos: UInt8, isStored: Bool) -> Self {
        if qos == 1 { return .awaitingPuback }
        return isStored ? .unsent : .awaitingPubrec
    }
}

/// What of a kept session waits for the journal.
///
/// At quality of service 2 a packet identifier is a promise that both sides have to remember: PUBLISH goes out when its entry is
/// stored, PUBREL when it is stored that PUBREC came. Else a client could have finished an exchange that a restart begins anew, or
/// be in the middle of one that the restart knows nothing of.
extension MQTTSession {
    /// nil when nothing is written of the session.
    var journal: ShardJournal? { self.isKept ? self.server.journal : nil }
    /// The same for what happens with each message.
    @inline(__always) var uncountedJournal: Unmanaged<ShardJournal>? {
        self.isKept ? self.server.uncountedJournal : nil
    }

    /// A new session is the journal's of its shard before its client hears of it: after a restart it is put on that shard again, and
    /// what the journal has taken it has taken for this session too.
    func joinJournal() {
        guard let journal = self.server.journal else { return }
        journal.makeHome(self)
        self.journalReceipt = self.shard.receipt(for: .journal)
    }

    /// What a CONNACK that promises the session waits for.
    func connectReceipt() -> Receipt {
        var receipt = self.shard.receipt(for: .state)
        if let joined = self.journalReceipt {
            if self.shard.isSettled(joined) { self.journalReceipt = nil } else { receipt.formUnion(joined) }
        }
        return receipt
    }

    /// An entry has its packet identifier, and waits.
    func sendWhenStored(_ packetID: UInt16, _ number: UInt32, _ journal: ShardJournal) {
        self.unsent += 1
        journal.whenStored(.send(self.address, packetID: packetID, entry: number, generation: self.generation))
    }

    func sendStored(_ packetID: UInt16, _ number: UInt32, _ generation: UInt32) {
        guard let entry = self.window.find(packetID), entry.sequence == number, entry.state == .unsent else { return }
        self.window.setState(.awaitingPubrec, of: packetID)
        self.unsent -= 1
        guard let connection = self.connection else { return }
        defer { if self.unsent == 0, !self.queue.isEmpty { self.sendQueued() } }
        // Another connection may take less at once, and has others to be sent again first.
        if generation != self.generation || !self.resends.isEmpty {
            self.resends.append(packetID)
            return self.resend()
        }
        self.sendFirst(packetID, entry.slot, 2, entry.retain, entry.identifier, on: connection)
    }

    func releaseStored(_ packetID: UInt16, _ number: UInt32) {
        guard let entry = self.window.find(packetID), entry.sequence == number, entry.state == .unreleased else {
            return
        }
        self.window.setState(.awaitingPubcomp, of: packetID)
        self.connection?.sendPubrel(packetID, .success)
    }

    // MARK: Messages that the client publishes

    /// The exchange of a packet identifier while its message is on its way.
    struct PendingIntent {
        /// ``none`` for a message that a queue takes, of which no journal knows.
        var position: UInt64
        /// What PUBREC says, and what it waits for; nil before the message is routed.
        var outcome: (reason: MQTTReasonCode, receipt: Receipt?)?
        static let none: UInt64 = 0
    }

    /// A queue stores the message: a repetition is answered when it has. After a restart a repetition is a new message.
    func tookForQueue(_ packetID: UInt16, _ reason: MQTTReasonCode, _ receipt: Receipt?) {
        self.intents[packetID] = PendingIntent(position: PendingIntent.none, outcome: (reason, receipt))
    }

    /// Whether the journal has, or is to have, that the identifier is in use.
    func isInJournal(_ packetID: UInt16) -> Bool { self.intents[packetID]?.position != PendingIntent.none }

    func intentRouted(_ intent: PublishIntents.Intent, _ reason: MQTTReasonCode, _ receipt: Receipt?) {
        guard self.intents[intent.packetID]?.position == intent.position.bits else { return }
        if reason.isError {
            self.intents[intent.packetID] = nil
            self.forgetReceived(intent.packetID)  // a refused message ends here: its identifier is free again
        } else {
            self.intents[intent.packetID]?.outcome = (reason, receipt)
        }
        self.connection?.intentRouted(intent, reason, receipt)
    }

    func intentDone(_ intent: PublishIntents.Intent) {
        if self.intents[intent.packetID]?.position == intent.position.bits { self.intents[intent.packetID] = nil }
    }

    /// - Returns: Whether its PUBREL was awaited.
    @discardableResult
    func forgetReceived(_ packetID: UInt16) -> Bool {
        guard self.received.remove(packetID) else { return false }
        if self.isInJournal(packetID) { self.journal?.completed(self, packetID) } else { self.intents[packetID] = nil }
        return true
    }

    // MARK: Restarts

    /// Puts back what a journal has of the session.
    ///
    /// - Parameter slot: Finds a message; nil for one that is not there.
    /// - Returns: How many entries there are.
    func restore(_ stored: JournalReplay.Session, _ slot: (UInt64) -> MessageSlot?) -> Int {
        for packetID in stored.received.sorted() { _ = self.received.insert(packetID) }
        var count = 0
        for (entry, message) in stored.inOrder {
            count += 1
            if entry.state == .released {
                self.window.restore(entry.packetID, .awaitingPubcomp, .none, entry.retain, 0, entry.number)
                continue
            }
            guard let found = slot(message) else { continue }
            let identifier = self.keep(entry.identifiers)
            if entry.state == .sent {
                let state = entry.qos == 1 ? InflightWindow.State.awaitingPuback : .awaitingPubrec
                self.window.restore(entry.packetID, state, found, entry.retain, identifier, entry.number)
            } else {
                self.queue.append(
                    found,
                    bytes: self.shard.messages[found].byteCount,
                    identifier: identifier,
                    qos: entry.qos,
                    retain: entry.retain,
                    ticket: entry.number
                )
            }
        }
        self.window.goOn(after: stored.lastEntry)
        return count
    }
}
