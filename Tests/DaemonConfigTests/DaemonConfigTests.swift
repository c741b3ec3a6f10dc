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
        #expect(
            config.openMQTTListeners.map(\.addr) == [
                ListenAddress(host: "127.0.0.1", port: 1883), ListenAddress(host: "127.0.0.1", port: 8083),
            ]
        )
        #expect(config.warnings.isEmpty)
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
        let entries = DaemonConfig.description.entries(try Self.load(Self.everyKey), defaults: DaemonConfig())
        let same = entries.filter { $0.value == $0.defaultValue }.map(\.path)
        // Pinned, or with one value to choose from; and the two ends of a range cannot both move.
        #expect(
            Set(same) == [
                "server.mqtt.tcp.v3.protocol", "server.mqtt.tcp.v5.protocol", "server.mqtt.ws.v3.protocol",
                "server.mqtt.ws.v5.protocol", "storage.type",  // memory cannot keep what the others promise
                "server.mqtt.tcp.tls.min_version", "server.mqtt.ws.tls.min_version",
                "server.mqtt.tcp.mtls.max_version", "server.mqtt.ws.mtls.max_version",
                "server.mqtt.tcp.mtls.cipher_suites", "server.mqtt.ws.mtls.cipher_suites",
            ]
        )
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
              plain: {addr: "127.0.0.1:1900", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v5}
              v3: {addr: "127.0.0.1:1901", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v3}
              v5: {addr: "127.0.0.1:1902", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v5}
              tls: {addr: "127.0.0.1:1903", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v3, cert_file: c, key_file: k, ca_file: a, client_auth: optional, certificate_identity: uri, crl_file: r, ocsp_staple_file: o, certificates: [{cert_file: c1, key_file: k1}, {key_file: k2, cert_file: c2}], prefer_server_cipher_suites: false, max_version: tls1.2, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}
              mtls: {addr: "127.0.0.1:1904", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v5, cert_file: c, key_file: k, ca_file: a, client_auth: required, certificate_identity: uri, crl_file: r, ocsp_staple_file: o, certificates: [{cert_file: c1, key_file: k1}, {key_file: k2, cert_file: c2}], prefer_server_cipher_suites: false, min_version: tls1.3}
            ws:
              plain: {addr: "127.0.0.1:8100", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v5, path: /ws, allowed_origins: ["https://app.example"]}
              v3: {addr: "127.0.0.1:8101", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v3, path: /ws, allowed_origins: ["https://app.example"]}
              v5: {addr: "127.0.0.1:8102", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v5, path: /ws, allowed_origins: ["https://app.example"]}
              tls: {addr: "127.0.0.1:8103", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v3, path: /ws, allowed_origins: ["https://app.example"], cert_file: c, key_file: k, ca_file: a, client_auth: optional, certificate_identity: uri, crl_file: r, ocsp_staple_file: o, certificates: [{cert_file: c1, key_file: k1}, {key_file: k2, cert_file: c2}], prefer_server_cipher_suites: false, max_version: tls1.2, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}
              mtls: {addr: "127.0.0.1:8104", max_connections: 1, read_timeout: 1s, handshake_timeout: 2s, write_timeout: 1m30s, allow_anonymous: true, proxy_from: [10.0.0.0/8], protocol: v5, path: /ws, allowed_origins: ["https://app.example"], cert_file: c, key_file: k, ca_file: a, client_auth: required, certificate_identity: uri, crl_file: r, ocsp_staple_file: o, certificates: [{cert_file: c1, key_file: k1}, {key_file: k2, cert_file: c2}], prefer_server_cipher_suites: false, min_version: tls1.3}
        broker:
          max_message_size: 10MiB
          max_retained_messages: 0
          max_qos: 1
          memory_limit: 2GiB
          sys_interval: 1m
          server_reference: a.example b.example
          response_information: answers/
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
        auth: {password_file: /etc/fluxmq/passwd, acl_file: /etc/fluxmq/acl}
        ratelimit:
          enabled: true
          connection: {enabled: false, rate: 0.5, burst: 2}
          listener: {enabled: true, rate: 300, burst: 600}
          message: {enabled: false, rate: 1.25, burst: 3}
          subscribe: {enabled: false, rate: 4, burst: 5}
          bytes: {enabled: true, rate: 1MiB, burst: 3MiB}
        limits:
          max_connections_per_address: 7
          max_connections_per_user: 8
          max_subscriptions_per_session: 9
          ban_failures: 10
          ban_window: 11s
          ban_duration: 12s
        log: {level: warn, format: json}
        metrics: {queues: 0, groups: 7}
        storage: {type: disk, dir: /data, sync_writes: true, queue_ack_durability: fsync, session_ack_durability: fsync, queue_sync_interval: 0s, min_free_space: 0, memory_limit: 1GiB}
        queue_manager: {auto_commit_interval: 0s}
        queues:
          - name: orders
            topics: ["orders/#", 'shop/+/paid']
            reserved: true
            ack_durability: fsync
            retention: {max_age: 24h, max_length_bytes: 1GiB, max_length_messages: 5}
            limits: {max_message_size: 1KiB, max_depth: 6, max_bytes: 7, message_ttl: 0, max_delayed: 8}
            overflow: dead-letter
            retry: {max_retries: 9, initial_backoff: 1s, max_backoff: 2s, multiplier: 1.5}
            visibility_timeout: 1m
            dlq: {enabled: true, topic: dead, reasons: [expired, overflow]}
            compression: zstd
            dedupe_window: 10s
            single_active_consumer: true
            group_expires: 0
            priorities: true
            paused: true
            capture_sync: true
          - {name: audit, type: stream, primary_group: g, compaction: true, auto_commit_interval: 3s}
          - {type: ephemeral, name: "passing", expires: 1m}
        """

    @Test("a file that has MQTT listeners opens only those, one without them the default")
    func omittedSlots() throws {
        func slots(_ text: String, set: [String] = []) throws -> [String] {
            try Self.load(text, set: set).openMQTTListeners.map(\.name)
        }
        #expect(try slots("server: {shards: 1}") == ["mqtt", "ws"])
        #expect(try slots("server: {mqtt: {tcp: {v3: {addr: 127.0.0.1:1884}}}}") == ["mqtt.v3"])
        #expect(try slots("server: {mqtt: {tcp: {plain: {max_connections: 5}}}}") == ["mqtt"])
        #expect(try slots("server: {mqtt: {tcp: {plain: {addr: ''}, v5: {addr: 'localhost:0'}}}}") == ["mqtt.v5"])
        #expect(try slots("server: {mqtt: {ws: {plain: , v3: {addr: 'localhost:0'}}}}") == ["ws", "ws.v3"])
        #expect(try slots("", set: ["server.mqtt.tcp.v5.addr=127.0.0.1:1885"]) == ["mqtt", "mqtt.v5", "ws"])
        let closed = ["server.mqtt.tcp.plain.addr=", "server.mqtt.ws.plain.addr="]
        #expect(try slots("", set: ["server.mqtt.tcp.v5.addr=127.0.0.1:0"] + closed) == ["mqtt.v5"])
    }

    @Test("no rate counts until all are switched on, and then those that are not off themselves")
    func rates() throws {
        #expect(try Self.load().ratelimit.inEffect(\.message) == nil)
        #expect(try Self.load("ratelimit: {bytes: {enabled: true}}").ratelimit.bytesInEffect == nil)
        let rates = try Self.load("ratelimit: {enabled: true, subscribe: {enabled: false}}").ratelimit
        #expect(rates.inEffect(\.connection) == RateConfig(rate: 1.6667, burst: 20))
        #expect(rates.inEffect(\.subscribe) == nil && rates.inEffect(\.listener) == nil && rates.bytesInEffect == nil)
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
              mqtt: {tcp: {plain: {addr: 127.0.0.1:1883}, tls: {addr: "", cert_file: x, ocsp: {}}}, websocket: {v3: {addr: ""}, v5: {addr: ""}}}
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
