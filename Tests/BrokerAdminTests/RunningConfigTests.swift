import AdminAPI
import Configuration
import DaemonConfig
import Synchronization
import Testing

@testable import BrokerAdmin

@Suite("Reload")
struct RunningConfigTests {
    static let source = ConfigSource(path: "f", overrides: [], environment: [:], isRoot: true)

    static func loaded(_ text: String) throws -> ConfigSource.Loaded { try self.source.load(Array(text.utf8)) }

    static func running(_ text: String) throws -> RunningConfig { RunningConfig(self.source, try self.loaded(text)) }

    /// Opens nothing; remembers what it was asked for, and refuses password files called `bad`.
    final class Applied: Sendable {
        private let asked = Mutex<[DaemonConfig]>([])
        private let done = Mutex<[DaemonConfig]>([])

        var prepared: [DaemonConfig] { self.asked.withLock { $0 } }
        var committed: [DaemonConfig] { self.done.withLock { $0 } }

        var applier: ConfigApplier {
            ConfigApplier { config throws(ConfigError) in
                self.asked.withLock { $0.append(config) }
                if config.auth.passwordFile == "bad" {
                    throw ConfigError("auth.password_file: line 3 has no hash", key: "auth.password_file")
                }
                let file = FileReading(key: "auth.password_file", path: "p", held: "12 users", holds: "13 users")
                return ConfigApplier.Prepared(files: [file], warnings: ["a risk of \(config.server.shards)"]) {
                    self.done.withLock { $0.append(config) }
                }
            }
        }
    }

    @Test("a reload applies what is live, and keeps what takes a restart as pending until a file takes it back")
    func reload() throws {
        let applied = Applied()
        let running = try Self.running("server: {shards: 1}")
        let prepared = try running.reloading(
            try Self.loaded("server: {shards: 3}\nlog: {level: debug}"),
            applied.applier
        )
        #expect(prepared.changes.map(\.key) == ["server.shards", "log.level"])
        #expect(prepared.changes.map(\.effect) == ["restart", "live"])
        #expect(prepared.changes.map(\.to) == ["3", "debug"])
        #expect(prepared.running.config.server.shards == 1)
        #expect(prepared.running.config.log.level == .debug)
        #expect(prepared.files.map(\.summary) == ["12 users -> 13 users"])
        #expect(prepared.warnings == ["a risk of 3"], "of the file, not of what runs until the restart")
        // Nothing has happened yet; what a restart would bring has been looked at too.
        #expect(applied.committed.isEmpty)
        #expect(applied.prepared.map(\.server.shards) == [3, 1])
        prepared.commit()
        #expect(applied.committed == [prepared.running.config])

        let row = try #require(prepared.running.rows.first { $0.id == "server.shards" })
        #expect(row.value == "1" && row.pending == "3" && row.source == "file")
        #expect(prepared.running.rows.filter { !$0.pending.isEmpty }.count == 1)
        let again = try prepared.running.reloading(try Self.loaded("server: {shards: 3}"), applied.applier)
        #expect(again.changes.map(\.key) == ["server.shards", "log.level"])
        let back = try prepared.running.reloading(try Self.loaded("server: {shards: 1}"), applied.applier)
        #expect(back.running.rows.filter { !$0.pending.isEmpty }.isEmpty)
    }

    @Test("files are read again even when nothing in the configuration has changed")
    func unchanged() throws {
        let applied = Applied()
        let running = try Self.running("auth: {password_file: p}")
        let prepared = try running.reloading(try Self.loaded("auth: {password_file: p}"), applied.applier)
        #expect(prepared.changes.isEmpty)
        prepared.commit()
        #expect(applied.committed.count == 1)
    }

    @Test("a file that a configuration names and that is no good fails the reload, with its key and line")
    func badFile() throws {
        let applied = Applied()
        let running = try Self.running("")
        #expect {
            try running.reloading(
                try Self.loaded("log: {level: debug}\nauth:\n  password_file: bad\n"),
                applied.applier
            )
        } throws: {
            "\($0)" == "f:3:18: auth.password_file: line 3 has no hash"
        }
        #expect(applied.committed.isEmpty)
    }

    @Test("a listener that moves waits as a whole")
    func movingListener() throws {
        let running = try Self.running(
            "server: {mqtt: {tcp: {plain: {addr: ':1', allow_anonymous: true, max_connections: 5}}}}"
        )
        let prepared = try running.reloading(
            try Self.loaded("server: {mqtt: {tcp: {plain: {addr: '127.0.0.1:1', max_connections: 6}}}}"),
            Applied().applier
        )
        #expect(Set(prepared.changes.map(\.effect)) == ["restart"])
        #expect(prepared.changes.count == 3)
        #expect(prepared.running.config == running.config)
    }

    @Test("what runs and what waits must go together too")
    func mixture() throws {
        let running = try Self.running("broker: {memory_limit: 16MiB}")
        #expect {
            try running.reloading(
                try Self.loaded("broker: {memory_limit: 1GiB, max_message_size: 100MiB}"),
                Applied().applier
            )
        } throws: {
            "\($0)"
                == "f:1:48: broker.max_message_size: one message of this size would pass broker.memory_limit; allowed: at most 16MiB (what else the file changes waits for a restart: broker.memory_limit)"
        }
    }

    @Test("one live key is set until the next reload; a value, a file or a key that will not do changes nothing")
    func set() throws {
        let applied = Applied()
        let running = try Self.running("")
        let prepared = try running.setting("limits.ban_failures", to: "5", applied.applier)
        #expect(prepared.changes.map(\.key) == ["limits.ban_failures"] && prepared.changes[0].effect == "live")
        #expect(prepared.running.rows.first { $0.id == "limits.ban_failures" }?.source == "admin")
        let reloaded = try prepared.running.reloading(try Self.loaded(""), applied.applier)
        #expect(reloaded.running.config.limits.banFailures == 100)
        for (key, value, message) in [
            ("auth.password_file", "bad", "auth.password_file: line 3 has no hash"),
            ("server.shards", "2", "server.shards takes a restart"),
            ("log.levle", "debug", "unknown key 'levle' in log; did you mean 'level'?"),
            ("limits.ban_failures", "many", "limits.ban_failures: 'many' is not an integer; allowed: 0...1000000"),
        ] {
            #expect {
                _ = try running.setting(key, to: value, applied.applier)
            } throws: {
                "\($0)" == message
            }
        }
        #expect(applied.committed.isEmpty)
    }
}
