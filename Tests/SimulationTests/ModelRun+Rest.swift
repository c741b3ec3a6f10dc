import Core
import MQTTServer
import Simulation

/// What is looked at when nothing is under way, and at the end.
extension ModelRun {
    func check() {
        for number in self.clients.indices {
            self.checkConnection(number)
            self.model.checkArrivals(of: number, at: self.now)
            guard let link = self.link(number) else { continue }
            if self.clients[number].acknowledges, link.hasWithheld {
                self.model.sessions[number].link?.hasWithheld = false
                self.model.sessions[number].link?.resumedAt = self.now
            }
            if link.connackAt ?? .max < self.now - SessionModel.notice {
                self.model.sessions[number].link?.mayBeTakenOver = false
            }
        }
        let links = Set(self.model.sessions.compactMap { $0.link }.filter { $0.endAskedAt == nil }.map(\.id))
        self.model.settleQoS0(of: links, at: self.now)
        for stranger in self.strangers {
            if let fault = stranger.fault { self.model.fail(.form, fault) }
            let isLate = self.now > stranger.began + 10_000 + SessionModel.notice
            if isLate, !stranger.isClosed { self.model.fail(.notClosed, "\(stranger.kind) is still connected") }
        }
        self.strangers.removeAll { $0.isClosed }
    }

    /// When a connection has to be over at the latest; nil while it may stand.
    private func due(_ link: SessionModel.Link) -> UInt64? {
        guard let asked = link.endAskedAt else { return nil }
        var limits: [UInt64] = []
        if link.goodbye != nil || link.hostile != nil && link.hostile != .half { limits.append(0) }
        if link.hostile == .half { limits.append(Hostile.halfLimit) }
        if link.isMute, link.connect.keepAlive > 0 { limits.append(UInt64(link.connect.keepAlive) * 1_500) }
        return limits.min().map { asked + $0 + SessionModel.notice }
    }

    private func checkConnection(_ number: Int) {
        let client = self.clients[number]
        if let error = client.errors.first { self.model.fail(.form, "client \(number): \(error)") }
        guard let link = self.link(number) else { return }
        if let due = self.due(link), due < self.now {
            self.model.fail(.notClosed, "client \(number) is still connected, \(self.now - due) ms too long")
        }
        guard let since = link.connackAt else {
            if link.sentAt + SessionModel.notice < self.now {
                self.model.fail(.lost, "client \(number) got no CONNACK")
            }
            return
        }
        guard link.endAskedAt == nil, !link.mayBeTakenOver, since + SessionModel.notice < self.now else { return }
        if !client.isIdle { self.model.fail(.lost, "messages of client \(number) are not acknowledged") }
        if !client.isSubscribed { self.model.fail(.lost, "client \(number) got no SUBACK") }
    }

    /// Brings everybody back, looks at what is retained, and sends everybody away: then nothing must be left.
    func finish() {
        self.world.simulator.conditions.resetsPerMille = 0
        for number in self.clients.indices where self.link(number)?.endAskedAt != nil { self.clients[number].cut() }
        self.rest(Action.settled)
        let last = 1_000_000
        for number in 0..<Program.clients {
            if self.link(number) == nil { self.connect(number, Connect(expiry: .max), id: last) }
            self.clients[number].acknowledgeAll()
        }
        for _ in 0..<3 { self.rest(Action.settled) }
        self.model.checkGroups(at: self.now)
        let reader = Program.clients
        self.connect(reader, Connect(clean: true), id: last)
        self.rest(Action.settled)
        for filter in ["#", "$own/#"] { self.subscribe(reader, Subscribe(filter: filter, qos: 2)) }
        for _ in 0..<2 { self.rest(Action.settled) }
        if !self.model.faults.isEmpty { return }
        for number in self.clients.indices { self.connect(number, Connect(clean: true), id: last) }
        self.rest(Action.settled)
        for number in self.clients.indices {
            self.performOnConnection(.disconnect(.normal), number, self.clients[number])
        }
        for _ in 0..<4 { self.rest(Action.settled) }
        self.checkNothingIsLeft()
    }

    private func checkNothingIsLeft() {
        let left = [
            "sessions": self.world.servers.reduce(0) { $0 + $1.sessionCount },
            "connections": self.world.servers.reduce(0) { $0 + $1.connectionCount },
            "streams": self.world.simulator.loops.reduce(0) { $0 + $1.openStreams },
            "messages": self.world.shards.reduce(0) { $0 + $1.messages.count },
            "unstored": self.world.simulator.loops.reduce(0) { $0 + $1.unstored },
        ].filter { $0.value != 0 }
        if !left.isEmpty { self.model.fail(.leak, "left behind: \(left.sorted { $0.key < $1.key })") }
    }
}
