import AdminAPI
import Configuration
package import DaemonConfig
import Query

/// The configuration that the daemon runs with, and what a reload makes of it.
package struct RunningConfig: Sendable {
    package let source: ConfigSource
    package private(set) var config: DaemonConfig
    private var places: [String: ConfigError.Place]
    /// Keys that were set while running.
    private var set: Set<String> = []
    /// What the last reload brought and only a restart applies, by key.
    private var pending: [String: String] = [:]

    package init(_ source: ConfigSource, _ loaded: ConfigSource.Loaded) {
        self.source = source
        self.config = loaded.config
        self.places = loaded.places
    }

    // MARK: Rows

    var rows: [AdminV1.Config] {
        let defaults = try? ConfigSource(
            path: nil,
            overrides: [],
            environment: self.source.environment,
            isRoot: self.source.isRoot
        )
        .load().config
        return DaemonConfig.description.entries(self.config, defaults: defaults ?? DaemonConfig()).map { entry in
            var row = AdminV1.Config()
            row.id = entry.path
            row.value = entry.value
            row.version = entry.value
            row.defaultValue = entry.defaultValue
            row.source = self.origin(of: entry.path)
            row.live = entry.isLive
            row.pending = self.pending[entry.path] ?? ""
            row.help = entry.help.filter { $0 != "`" }
            return row
        }
    }

    private func origin(of path: String) -> String {
        if self.set.contains(path) { return "admin" }
        return switch self.places[path] {
        case .file: "file"
        case .override: "command line"
        case nil: "default"
        }
    }

    // MARK: Changes

    /// What a reload makes of this: nothing has changed until the result is committed.
    ///
    /// - Throws: For what cannot be taken over, or would be found wrong at the next start.
    func reloading(_ loaded: ConfigSource.Loaded, _ applier: ConfigApplier) throws(ConfigError) -> PreparedConfig {
        var running = self
        running.config = self.config.reloading(to: loaded.config)
        running.places = loaded.places
        running.set = []
        do throws(ConfigError) {
            let changes = self.changes(to: loaded.config, applied: running.config)
            running.pending = [:]
            for change in changes where change.effect == "restart" { running.pending[change.key] = change.to }
            var whole: ConfigApplier.Prepared?
            if !running.pending.isEmpty {
                try running.validateMixture()
                whole = try applier.prepare(loaded.config)
            }
            let queues = try FileQueues(running.config)
            let prepared = try applier.prepare(running.config)
            return PreparedConfig(
                running: running,
                queues: queues,
                changes: changes,
                files: prepared.files,
                warnings: (whole ?? prepared).warnings,
                commit: prepared.commit
            )
        } catch {
            throw error.placed(by: loaded.places)
        }
    }

    /// What runs after a reload is of two files: of the new one what could be applied, of the old one what takes a restart.
    private func validateMixture() throws(ConfigError) {
        do throws(ConfigError) {
            try self.config.validate()
        } catch {
            var error = error
            let note =
                "(what else the file changes waits for a restart: \(self.pending.keys.sorted().joined(separator: ", ")))"
            if let allowed = error.allowed { error.allowed = "\(allowed) \(note)" } else { error.message += " \(note)" }
            throw error
        }
    }

    /// This with one key changed until the next reload: nothing has changed until the result is committed.
    ///
    /// - Throws: For a value that the key does not take, and for a key that takes a restart.
    func setting(_ key: String, to value: String, _ applier: ConfigApplier) throws(ConfigError) -> PreparedConfig {
        var places: [String: ConfigError.Place] = [:]
        var running = self
        do throws(ConfigError) {
            try DaemonConfig.description.apply(override: "\(key)=\(value)", to: &running.config, places: &places)
            try running.config.validate()
            guard DaemonConfig.description.keys.first(where: { $0.path == key })?.isLive == true else {
                throw ConfigError("\(key) takes a restart", key: key)
            }
            running.set.insert(key)
            let queues = try FileQueues(running.config)
            let prepared = try applier.prepare(running.config)
            return PreparedConfig(
                running: running,
                queues: queues,
                changes: self.changes(to: running.config, applied: running.config),
                files: prepared.files,
                warnings: prepared.warnings,
                commit: prepared.commit
            )
        } catch {
            throw ConfigError(
                error.message,
                key: error.key ?? key,
                allowed: error.allowed,
                suggestion: error.suggestion
            )
        }
    }

    /// What is different in `wanted`, and whether it is in `applied` too. Queues are compared with those that exist, one by one:
    /// ``QueueApplier``.
    private func changes(to wanted: DaemonConfig, applied: DaemonConfig) -> [AdminV1.Change] {
        let values = { (config: DaemonConfig) in DaemonConfig.description.entries(config, defaults: config) }
        let (old, live) = (values(self.config), values(applied))
        return zip(zip(old, live), values(wanted)).filter { $0.0.value != $1.value && $1.path != "queues" }.map {
            running,
            wanted in
            var change = AdminV1.Change()
            (change.key, change.from, change.to) = (wanted.path, running.0.value, wanted.value)
            change.effect = running.1.value == wanted.value ? "live" : "restart"
            return change
        }
    }
}
