import HTTP

/// What a channel remembers of its server's signs of life.
struct KeepaliveState {
    var lastHeard: UInt64 = 0
    var timer: Timers.ID?
}

extension RPCChannel {
    func startKeepalive() {
        self.keepalive.lastHeard = self.timers.now
        self.lookAgain()
    }

    func stopKeepalive() {
        if let timer = self.keepalive.timer { self.timers.cancel(timer) }
        self.keepalive.timer = nil
    }

    private func lookAgain() {
        guard let interval = self.settings.keepalive?.interval else { return }
        let due = self.keepalive.lastHeard + interval
        self.keepalive.timer = self.timers.schedule(at: due) { [weak self] in self?.look() }
    }

    private func look() {
        guard let keepalive = self.settings.keepalive, let transport = self.transport else { return }
        if self.timers.now - self.keepalive.lastHeard < keepalive.interval { return self.lookAgain() }
        // Without calls silence is no news.
        guard self.openCalls > 0 || keepalive.withoutCalls else { return self.startKeepalive() }
        transport.ping()
        self.keepalive.timer = self.timers.schedule(at: self.timers.now + keepalive.timeout) { [weak self] in
            guard let self else { return }
            if self.transport?.isPingUnanswered == true {
                self.abandon("no answer from the server to a ping within \(keepalive.timeout) ms")
            } else {
                self.startKeepalive()
            }
        }
    }
}
