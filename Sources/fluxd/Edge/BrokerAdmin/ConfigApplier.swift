import AdminAPI
package import Configuration
package import DaemonConfig

/// How the daemon takes a configuration over: in two steps, so that a failure leaves everything as it was.
package struct ConfigApplier: Sendable {
    /// Takes over what was prepared. Called on the control loop, at most once and soon; must not block, and cannot fail.
    /// One that is dropped has changed nothing.
    package typealias Commit = @Sendable () -> Void

    /// What was read and found good.
    package struct Prepared: Sendable {
        package var commit: Commit
        package var files: [FileReading]
        /// What is allowed and should not go unnoticed, one sentence each.
        package var warnings: [String]

        package init(files: [FileReading] = [], warnings: [String] = [], commit: @escaping Commit) {
            self.commit = commit
            self.files = files
            self.warnings = warnings
        }
    }

    /// Opens, reads and checks everything that a configuration names: certificates and keys, revocation lists, passwords, access
    /// rules; whether or not the paths have changed, since what is in the files may have.
    ///
    /// Called on a thread that may block, never twice at a time; for a look at a file (`config check`, `config diff`) too, and
    /// for a configuration that only a restart will bring.
    ///
    /// - Throws: With the key (`server.mqtt.tcp.tls.certificates[1].key_file`) that names what is wrong; its place is added here.
    package var prepare: @Sendable (DaemonConfig) throws(ConfigError) -> Prepared

    package init(prepare: @escaping @Sendable (DaemonConfig) throws(ConfigError) -> Prepared) { self.prepare = prepare }
}

/// A configuration whose files were read and found good: all that is left is to take it over.
package struct PreparedConfig: Sendable {
    var running: RunningConfig
    var queues: FileQueues
    var changes: [AdminV1.Change]
    /// Of what runs afterwards; the warnings are those of the whole file.
    var files: [FileReading]
    var warnings: [String]
    var commit: ConfigApplier.Commit
}

/// A file that a key names, and what was in it before and is now.
package struct FileReading: Equatable, Sendable {
    /// `auth.password_file`.
    package var key: String
    package var path: String
    /// `12 users`; nil when none was read before.
    package var held: String?
    package var holds: String

    package init(key: String, path: String, held: String?, holds: String) {
        self.key = key
        self.path = path
        self.held = held
        self.holds = holds
    }

    var change: AdminV1.Change {
        var change = AdminV1.Change()
        (change.key, change.from, change.to) = (self.key, self.held ?? "", self.holds)
        (change.effect, change.note) = ("read", self.path)
        return change
    }

    /// `12 users -> 13 users`; only what it holds when that is as before.
    var summary: String { self.held.map { $0 == self.holds ? $0 : "\($0) -> \(self.holds)" } ?? self.holds }
}

/// Reads a configuration and the files that it names, which may block, on another thread; `done` is called on the control loop.
package typealias Offload = (
    _ body: @escaping @Sendable () -> Result<PreparedConfig, ConfigError>,
    _ done: @escaping (Result<PreparedConfig, ConfigError>) -> Void
) -> Void
