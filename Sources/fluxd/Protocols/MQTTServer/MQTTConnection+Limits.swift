import Bytes
import Core
import MQTTWire
import Machine

/// What bounds a client's sending: rates, which stop the reading, and the time that one packet may take.
extension MQTTConnection {
    func noteLook() {
        self.looksFirst = self.isHeld || self.isClosed || self.messageTokens.isLimited || self.byteTokens.isLimited
    }

    /// Before a read of a connection that is not as most are.
    ///
    /// - Returns: Why it is not parsed.
    func look(_ count: Int) -> Received? {
        if self.isMoving { return self.stop(.moving, at: 0) }
        if self.isClosed { return self.stop(.closing, at: count) }
        if self.isHeld { return self.stop(.reply, at: 0) }
        let now = self.shard.now
        self.messageTokens.refill(now: now, hasWaited: self.hasWaited)
        self.byteTokens.refill(now: now, hasWaited: self.hasWaited)
        self.hasWaited = false
        if self.byteTokens.left < 0 { return self.throttle(self.byteTokens.wait, "bytes", at: 0) }
        return nil
    }

    /// The token that was taken is not there.
    @inline(never) func throttleMessages(at start: Int) -> Received {
        let wait = self.messageTokens.wait
        self.messageTokens.left += 1
        return self.throttle(wait, "messages", at: start)
    }

    /// Backpressure instead of loss: the client's bytes stay where they are until it has the right to send them.
    private func throttle(_ wait: UInt64, _ what: String, at consumed: Int) -> Received {
        let now = self.shard.now
        self.shard.counters.add(.throttles)
        self.throttledSince = now
        self.server.remind(self, .rate, at: now + max(1, wait))
        if self.mayReport(&self.lastLimit, every: 60_000) { self.reportLimit("its rate of \(what)") }
        return self.stop(.rate, at: consumed)
    }

    /// The time has come that ``throttle(_:_:at:)`` named.
    func endThrottle() {
        if self.throttledSince == 0 { return }
        self.shard.counters.add(.throttledMilliseconds, Int(self.shard.now - self.throttledSince))
        self.throttledSince = 0
        self.hasWaited = true
        self.resumeParsing()
    }

    /// The settings have new rates. A connection begins with full buckets, like a new one; one that waits goes on waiting.
    func setRates(_ settings: MQTTSettings) {
        let now = self.shard.now
        self.messageTokens = TokenBucket(settings.messageRate, now: now)
        self.byteTokens = TokenBucket(settings.byteRate, now: now)
        self.filterTokens = TokenBucket(settings.subscribeRate, now: now)
        self.noteLook()
    }

    // MARK: Packets that do not become whole

    /// A read ended inside a packet that begins with it, or with what was left over; or, with nil, at the end of one.
    @inline(never) func notePartial(_ size: Int?) {
        guard let size, self.isOpen else {
            self.partialSince = 0
            return
        }
        self.partialSince = max(1, self.shard.now)
        self.partialSize = size
        // One that stands for later was set for a larger packet.
        if self.partialWatch == 0 || self.partialWatch > self.partialDue { self.watchPartial() }
    }

    private func watchPartial() {
        self.partialWatch = self.partialDue
        self.server.remind(self, .packet, at: self.partialWatch)
    }

    private var partialDue: UInt64 {
        self.partialSince + self.server.settings.packetTimeout + UInt64(self.partialSize) * 4
    }

    /// Keep-alive does not do it: a byte a minute is no silence, and with a keep-alive of 0 there is none.
    func checkPartial() {
        if self.partialWatch == 0 || self.shard.now < self.partialWatch { return }
        self.partialWatch = 0
        if self.partialSince == 0 { return }
        if self.isStopped { self.partialSince = self.shard.now }  // then the silence is ours
        if self.shard.now < self.partialDue { return self.watchPartial() }
        self.shard.counters.add(.packetTimeouts)
        self.fail(.implementationSpecificError, "a packet did not become whole in time")
    }

    // MARK: Reports

    /// What a client brings about at will is not reported each time.
    func mayReport(_ last: inout UInt64, every milliseconds: UInt64) -> Bool {
        if last != 0, self.shard.now < last + milliseconds { return false }
        last = max(1, self.shard.now)
        return true
    }

    func reportLimit(_ what: String) {
        let identity = self.identity
        self.server.report(
            .limited(client: identity.clientID, user: identity.username, origin: self.origin, what: what)
        )
    }

    func reportDenial(_ action: Action, _ topic: [UInt8]) {
        let identity = self.identity
        self.server.report(
            .denied(
                client: identity.clientID,
                user: identity.username,
                action: action,
                topic: topic,
                origin: self.origin
            )
        )
    }
}
