import AdminAPI
package import Configuration
package import DaemonConfig

/// How the daemon takes a configuration over: in two steps, so that a failure leaves everything as it was.
package struct ConfigApplier: Sendable {
    /// Takes over what was prepared. Called on the control loop, at most once and soon; must not block, and cannot fail.
    /// One that is dropped has changed nothing.
    package typealias Commit = @Sendable () -> Void

    /// Opens, reads and checks everything that a configuration names: certificates and keys, revocation lists, passwords, access
    /// rules; whether or not the paths have changed, since what is in the files may have.
    ///
    /// Called on a thread that may block, never twice at a time; for a look at a file (`config check`, `config diff`) too, and
    /// for a configuration that only a restart will bring.
    ///
    /// - Throws: With the key (`server.mqtt.tcp.tls.certificates[1].key_file`) that names what is wrong; its place is added here.
    package var prepare: @Sendable (DaemonConfig) throws(ConfigError) -> Commit

    package init(prepare: @escaping @Sendable (DaemonConfig) throws(ConfigError) -> Commit) { self.prepare = prepare }
}

/// A configuration whose files were read and found good: all that is left is to take it over.
package struct PreparedConfig: Sendable {
    var running: RunningConfig
    var changes: [AdminV1.Change]
    var commit: ConfigApplier.Commit
}

/// Reads a configuration and the files that it names, which may block, on another thread; `done` is called on the control loop.
package typealias Offload = (
    _ body: @escaping @Sendable () -> Result<PreparedConfig, ConfigError>,
    _ done: @escaping (Result<PreparedConfig, ConfigError>) -> Void
) -> Void
