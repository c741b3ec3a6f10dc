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

    /// What would be different with another configuration.
    func changes(to wanted: DaemonConfig) -> [AdminV1.Change] {
        let description = DaemonConfig.description
        let (old, new) = (
            description.entries(self.config, defaults: self.config), description.entries(wanted, defaults: wanted)
        )
        return zip(old, new).filter { $0.value != $1.value }.map { old, new in
            var change = AdminV1.Change()
            (change.key, change.from, change.to) = (old.path, old.value, new.value)
            change.effect = old.isLive ? "live" : "restart"
            return change
        }
    }

    /// Takes over what a reload can change.
    mutating func reload(_ loaded: ConfigSource.Loaded) {
        self.config = DaemonConfig.description.reloading(self.config, to: loaded.config)
        self.places = loaded.places
        self.set = []
    }

    /// Sets one key until the next reload.
    ///
    /// - Throws: For a value that the key does not take, and for a key that takes a restart.
    func setting(_ key: String, to value: String) throws(ConfigError) -> RunningConfig {
        let override = "\(key)=\(value)"
        var places: [String: ConfigError.Place] = [:]
        var wanted = self.config
        do throws(ConfigError) {
            try DaemonConfig.description.apply(override: override, to: &wanted, places: &places)
            try wanted.validate()
        } catch {
            throw ConfigError(error.message, key: key, allowed: error.allowed, suggestion: error.suggestion)
        }
        guard self.rows.first(where: { $0.id == key })?.live == true else {
            throw ConfigError("\(key) takes a restart", key: key)
        }
        var result = self
        result.config = wanted
        result.set.insert(key)
        return result
    }
}
