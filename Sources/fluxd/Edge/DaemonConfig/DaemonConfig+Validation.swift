package import Configuration

extension DaemonConfig {
    /// What no key can check alone. The error's `key` says where; ``load(path:overrides:environment:isRoot:)`` adds
    /// the line.
    package func validate() throws(ConfigError) {
        let listeners = self.openMQTTListeners
        guard !listeners.isEmpty else {
            throw ConfigError("no listener for messages is open; give one an addr", key: "server.mqtt.tcp.plain.addr")
        }
        for listener in listeners {
            try self.checkAccess(listener)
            if let tls = listener.tls { try Self.check(tls, listener.slot) }
        }
        if let addr = self.server.httpAddr, !addr.isLoopback, !self.server.httpAllowRemote {
            throw ConfigError(
                """
                server.http_addr: \(addr) is not loopback, and everyone who reaches it could read the broker's state; \
                bind 127.0.0.1, or accept that with server.http_allow_remote: true
                """,
                key: "server.http_addr"
            )
        }
        try self.checkConflicts()
        guard self.broker.maxMessageSize <= self.broker.memoryLimit else {
            throw ConfigError(
                "broker.max_message_size: one message of this size would pass broker.memory_limit",
                key: "broker.max_message_size",
                allowed: "at most \(ByteSizeText.words(self.broker.memoryLimit))"
            )
        }
        let interval = self.broker.sysInterval
        guard interval == .zero || interval >= .seconds(1) else {
            throw ConfigError(
                "broker.sys_interval: \(DurationText.format(interval)) is too short for what is published in each round",
                key: "broker.sys_interval",
                allowed: "0s, or at least 1s"
            )
        }
        guard !self.server.runtimeDir.isEmpty else {
            throw ConfigError(
                "server.runtime_dir: none of XDG_RUNTIME_DIR, XDG_STATE_HOME and HOME is set to work it out from; write it",
                key: "server.runtime_dir"
            )
        }
        try self.checkStorage()
        try self.checkQueues()
        guard self.server.admin.socket.utf8.count < 108 else {
            throw ConfigError(
                """
                server.admin.socket: \(self.server.admin.socket) has more than 107 bytes, which no socket's path may; set it to a \
                shorter one, or to off
                """,
                key: "server.admin.socket"
            )
        }
    }

    private func checkConflicts() throws(ConfigError) {
        var bound: [(key: String, addr: ListenAddress)] = []
        if let addr = self.server.httpAddr { bound.append(("server.http_addr", addr)) }
        for listener in self.openMQTTListeners {
            let (key, addr) = ("\(listener.slot).addr", listener.addr)
            if let other = bound.first(where: { $0.addr.conflicts(with: addr) }) {
                throw ConfigError("\(key): \(addr) conflicts with \(other.key), which binds \(other.addr)", key: key)
            }
            bound.append((key, addr))
        }
    }
}
