import Core
import MQTTWire
import Machine
import SessionJournal

/// Messages of quality of service 2 from a client whose session is kept: routed once, whatever happens to the broker meanwhile.
extension MQTTConnection {
    /// Takes a message in, if somebody along the route stores it or it is retained; it is routed and answered later.
    ///
    /// - Parameter hasQueues: Queues do not look at numbers: what they take too is routed at once.
    /// - Returns: False for a message that may be routed now: whoever gets it is gone after a restart. But none overtakes those that
    ///   are on their way.
    @inline(never)
    func intend(
        _ message: borrowing MessageView,
        along route: Unmanaged<CachedRoute>,
        _ fields: PublishFields,
        _ session: MQTTSession,
        _ hasQueues: Bool
    ) -> Bool {
        // Written down before the queue has the message, its identifier would have a restart answer a repetition for nothing.
        guard !hasQueues, let journal = session.journal else { return false }
        journal.received(session, fields.packetID)
        if !message.retain && session.intents.isEmpty && !self.shard.isStored(route) { return false }
        guard let position = journal.intents.take(message, fields.packetID, from: session) else {
            self.refuse(fields, .quotaExceeded, "the broker has no room for the message", nil)
            return true
        }
        session.intents[fields.packetID] = MQTTSession.PendingIntent(position: position)
        self.owe(position)
        return true
    }

    /// The message is routed: what PUBREC says is known, and what it waits for.
    func intentRouted(_ intent: PublishIntents.Intent, _ reason: MQTTReasonCode, _ receipt: Receipt?) {
        let packet: [UInt8]
        if reason.isError {
            packet = self.negativeAnswer(
                .pubrec,
                intent.packetID,
                reason,
                "the broker has no room for the message"
            )
        } else {
            packet = MQTTAcknowledgement(type: .pubrec, packetID: intent.packetID, reason: reason).encoded(self.version)
        }
        if self.owed.resolve(intent.position.bits, packet, receipt) { self.sendOwed() }
    }

    /// A PUBLISH whose message came before, from this connection or an earlier one.
    @inline(never)
    func answerAgain(_ fields: PublishFields, _ session: MQTTSession) {
        guard let pending = session.intents[fields.packetID] else { return self.acknowledge(fields, .success, nil) }
        guard let outcome = pending.outcome else { return self.owe(pending.position) }
        self.acknowledge(fields, outcome.reason, outcome.receipt.flatMap { self.shard.isSettled($0) ? nil : $0 })
    }

    private func owe(_ position: UInt64) {
        self.owed.append(.init(receipt: nil, packet: [], answersPublish: false, position: position))
    }
}
