import Bytes
import Core
import MQTTWire
import Machine

extension MQTTConnection {
    /// The peer broke the protocol.
    func fail(_ error: MQTTDecodeError) {
        self.shard.counters.add(.protocolErrors)
        if case .protocolError = error {} else { self.shard.counters.add(.malformedPackets) }
        self.server.report(.protocolError(client: self.session?.clientID, origin: self.origin, "\(error)"))
        switch self.phase {
        case .awaitingConnect: self.refuseMalformed(error)
        case .authenticating: self.refuse(error.reasonCode, "\(error)")
        case .storing, .open, .closed: self.disconnect(error.reasonCode, "\(error)")
        }
    }

    /// We end it, for a reason of ours.
    func fail(_ reason: MQTTReasonCode, _ why: String) { self.disconnect(reason, why) }

    /// The broker stops: the client learns it, and where to go if there is such a place.
    func endForShutdown() {
        let reference = self.server.settings.serverReference
        if reference.isEmpty { return self.disconnect(.serverShuttingDown, "the broker is stopping") }
        self.disconnect(.useAnotherServer, "the broker is stopping", reference: reference)
    }

    /// Tells an MQTT 5 client why, and closes; others only see the close.
    private func disconnect(_ reason: MQTTReasonCode, _ why: String, reference: String? = nil) {
        if case .closed = self.phase { return }
        if self.version == .v5, self.isOpen {
            var packet = MQTTDisconnect(reason: reason)
            packet.properties.serverReference = reference
            let bare = packet.encoded(.v5)
            if self.wantsProblemInformation { packet.properties.reasonString = why }
            // Too large even without its properties for no client that took our CONNACK [MQTT-3.14.2-3].
            self.sendFirst(of: packet.encoded(.v5), bare, MQTTDisconnect(reason: reason).encoded(.v5))
        }
        self.finish(why)
    }

    /// Sends the first form of a packet that is no larger than the client takes [MQTT-3.1.2-24].
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func sendFirst(of forms: [UInt8]...) -> Bool {
        guard let packet = forms.first(where: { $0.count <= self.maximumPacketSize }) else { return false }
        self.send(packet)
        return true
    }

    func closeSilently(_ why: String) {
        self.shard.counters.add(.protocolErrors)
        self.server.report(.protocolError(client: nil, origin: self.origin, why))
        self.finish(why)
    }

    /// Closes once what was written is on its way. The session learns of it now: nothing more is delivered here.
    func finish(_ why: String) {
        if case .closed = self.phase { return }
        self.end = why
        self.leave()
        self.effects.close.append((self.id, afterWriting: true))
    }

    /// Another connection may get the slot, and the line with it.
    func giveLineBack() {
        self.line.pointee.generation = 0
        self.outputGauge = nil
    }

    /// The connection is over: whoever ended it, nothing is read or delivered any more.
    func leave() {
        if case .closed = self.phase { return }
        self.phase = .closed
        self.isOpen = false
        self.isClosed = true
        self.looksFirst = true
        self.giveLineBack()
        self.replays = RetainedReplays()
        self.request = nil
        self.packetBlock = nil
        self.exchange = nil
        self.login?.abandon()
        self.login = nil
        self.giveReserved()
        self.shard.counters.add(.connectionsClosed)
        self.server.left(self)
    }
}
