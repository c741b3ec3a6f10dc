import Configuration
import DaemonConfig
import Testing

@Suite("fluxd.yaml")
struct DaemonConfigTests {
    static func load(_ text: String = "", set overrides: [String] = []) throws(ConfigError) -> DaemonConfig {
        try DaemonConfig.load(text: Array(text.utf8), file: "f", overrides: overrides, environment: [:], isRoot: true)
    }

    @Test("the defaults are loopback only, and valid")
    func defaults() throws {
        let config = try Self.load()
        var expected = DaemonConfig()
        expected.storage.dir = "/var/lib/fluxmq"
        expected.server.runtimeDir = "/run/fluxmq"
        expected.server.admin.socket = "/run/fluxmq/admin.sock"
        #expect(config == expected)
        #expect(config.openMQTTListeners.map(\.addr) == [ListenAddress(host: "127.0.0.1", port: 1883)])
        #expect(config == (try DaemonConfig.load(path: nil, environment: [:], isRoot: true)))
    }

    @Test("each key's default is one that the key accepts, and printing is the inverse of loading")
    func roundTrip() throws {
        let config = try Self.load()
        #expect(try Self.load(config.yaml()) == config)
        let busy = try Self.load(Self.everyKey)
        #expect(try Self.load(busy.yaml()) == busy)
        let minimal = try Self.load("server: {mqtt: {tcp: {v5: {addr: '[::1]:0'}}}, http_addr: ''}")
        #expect(try Self.load(minimal.yaml()) == minimal)
    }

    @Test("every described key is in the test's file, with a value that is not the default")
    func everyKeyIsTried() throws {
        let (before, after) = (DaemonConfig(), try Self.load(Self.everyKey))
        let (old, new) = (before.yaml().split(separator: "\n"), after.yaml().split(separator: "\n"))
        let same = Set(old).intersection(new).filter { !$0.hasSuffix(":") }
        // Pinned, or with one value to choose from.
        #expect(Set(same.map { $0.drop { $0 == " " } }) == ["protocol: v3", "protocol: v5", "type: memory"])
        for key in DaemonConfig.description.keys { #expect(Self.everyKey.contains("\(key.name): "), "\(key.path)") }
    }

    static let everyKey = """
        server:
          http_addr: 0.0.0.0:9090
          http_allow_remote: true
          health_enabled: false
          shutdown_timeout: 0s
          shards: 4
          runtime_dir: /tmp/run
          admin: {socket: /tmp/run/other.sock}
          mqtt:
            tcp:
              plain:
                addr: :1883
                protocol: v5
                max_connections: 0
                read_timeout: 1s
                write_timeout: 1m30s
                allow_anonymous: true
              v3: {addr: "127.0.0.1:1884", protocol: v3, max_connections: 1, read_timeout: 1s, write_timeout: 1m30s, allow_anonymous: true}
              v5: {addr: "[::1]:1885", protocol: v5, max_connections: 1, read_timeout: 1s, write_timeout: 1m30s, allow_anonymous: true}
        broker: {max_message_size: 10MiB, max_retained_messages: 0, max_qos: 1, memory_limit: 2GiB}
        session:
          max_sessions: 5
          default_expiry_interval: 4294967295
          max_expiry_interval: 60
          max_offline_queue_size: 10
          max_offline_queue_bytes: 1MB
          offline_queue_policy: reject
          max_inflight_messages: 65535
          topic_alias_maximum: 0
          max_keep_alive: 300
          output_high_watermark: 1MiB
        log: {level: warn, format: json}
        storage: {type: memory, dir: /data}
        """

    @Test("a file that has MQTT listeners opens only those, one without them the default")
    func omittedSlots() throws {
        func slots(_ text: String, set: [String] = []) throws -> [String] {
            try Self.load(text, set: set).openMQTTListeners.map { String($0.slot.split(separator: ".")[3]) }
        }
        #expect(try slots("server: {shards: 1}") == ["plain"])
        #expect(try slots("server: {mqtt: {tcp: {v3: {addr: 127.0.0.1:1884}}}}") == ["v3"])
        #expect(try slots("server: {mqtt: {tcp: {plain: {max_connections: 5}}}}") == ["plain"])
        #expect(try slots("server: {mqtt: {tcp: {plain: {addr: ''}, v5: {addr: 'localhost:0'}}}}") == ["v5"])
        #expect(try slots("", set: ["server.mqtt.tcp.v5.addr=127.0.0.1:1885"]) == ["plain", "v5"])
        #expect(try slots("", set: ["server.mqtt.tcp.v5.addr=127.0.0.1:0", "server.mqtt.tcp.plain.addr="]) == ["v5"])
    }

    @Test("FluxMQ's names are accepted")
    func aliases() throws {
        let config = try Self.load("server: {health_addr: 127.0.0.1:8081}\nstorage: {badger_dir: /d}\n")
        #expect(config.server.httpAddr == ListenAddress(host: "127.0.0.1", port: 8081))
        #expect(config.storage.dir == "/d")
    }

    @Test("what FluxMQ has and this version has not is accepted while it is off")
    func offFeatures() throws {
        let text = """
            server:
              mqtt: {tcp: {plain: {addr: 127.0.0.1:1883}, tls: {addr: "", cert_file: x}}, websocket: {v3: {addr: ""}, v5: {addr: ""}}}
              amqp: {plain: {addr: "", max_connections: 10}}
              coap: {plain: {addr: ""}}
              admin_api_addr: ""
              metrics_enabled: false
            cluster: {enabled: false, node_id: broker-1}
            webhook: {enabled: false}
            ratelimit: {enabled: false}
            auth: {external: {url: ""}}
            queues: []
            broker: {async_fan_out: false}
            session: {disconnect_on_full: false}
            """
        #expect(try Self.load(text).openMQTTListeners.count == 1)
    }

    @Test("directories follow the user and the environment")
    func directories() throws {
        func load(_ environment: [String: String]) throws -> [String] {
            let config = try DaemonConfig.load(path: nil, environment: environment, isRoot: false)
            return [config.server.runtimeDir, config.storage.dir]
        }
        #expect(
            try load(["XDG_RUNTIME_DIR": "/run/user/7", "HOME": "/h"]) == [
                "/run/user/7/fluxmq", "/h/.local/state/fluxmq",
            ]
        )
        #expect(try load(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == ["/s/fluxmq", "/s/fluxmq"])
        #expect(
            try load(["XDG_STATE_HOME": "relative", "HOME": "/h"]) == [
                "/h/.local/state/fluxmq", "/h/.local/state/fluxmq",
            ]
        )
        #expect {
            try load([:])
        } throws: {
            "\($0)"
                == "server.runtime_dir: none of XDG_RUNTIME_DIR, XDG_STATE_HOME and HOME is set to work it out from; write it"
        }
    }
}
