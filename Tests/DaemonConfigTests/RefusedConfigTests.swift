import Configuration
import DaemonConfig
import Testing

@Suite("fluxd.yaml, refused")
struct RefusedConfigTests {
    static let later = "is not supported in this version of fluxd"

    @Test(
        "a bad file is refused with place, key and remedy",
        arguments: [
            (
                "server:\n  mqtt:\n    tcp:\n      plain:\n        max_conections: 5\n",
                "f:5:9: unknown key 'max_conections' in server.mqtt.tcp.plain; did you mean 'max_connections'?"
            ),
            ("server: {shards: 99}", "f:1:18: server.shards: 99 is out of range; allowed: 0...64"),
            (
                "server: {http_addr: localhost}",
                "f:1:21: server.http_addr: 'localhost' has no port; allowed: host:port such as 127.0.0.1:1883, or \"\" to close it"
            ),
            ("broker: {max_qos: 3}", "f:1:19: broker.max_qos: 3 is out of range; allowed: 0...2"),
            (
                "broker: {max_message_size: 100}",
                "f:1:28: broker.max_message_size: 100 is out of range; allowed: 1KiB...268435455"
            ),
            ("session: {max_sessions: 0}", "f:1:25: session.max_sessions: 0 is out of range; allowed: at least 1"),
            (
                "session: {max_inflight_messages: 0}",
                "f:1:34: session.max_inflight_messages: 0 is out of range; allowed: 1...65535"
            ),
            (
                "log: {level: warning}",
                "f:1:14: log.level: 'warning' is not allowed; allowed: trace, debug, info, notice, warn or error"
            ),
            (
                "server: {shutdown_timeout: 30}",
                "f:1:28: server.shutdown_timeout: '30' is not a duration such as 300ms, 5s or 1m30s; did you mean '30s'?"
            ),
            (
                "server: {mqtt: {tcp: {v3: {protocol: v5}}}}",
                "f:1:38: server.mqtt.tcp.v3.protocol: 'v5' is not allowed; did you mean 'v3'?"
            ),
            (
                "storage: {type: badger}",
                "f:1:17: storage.type: 'badger' \(later), which keeps its state in memory; write memory; allowed: memory"
            ),
            ("server: {tcp: {}}", "f:1:10: server.tcp has no place here: use server.mqtt.tcp"),
            (
                "server: {mqtt: {tcp: {tls: {addr: ':8883', cert_file: x}}}}",
                "f:1:23: server.mqtt.tcp.tls \(later): TLS listeners come later; leave it out, or close it with addr: \"\""
            ),
            (
                "server: {amqp: {plain: {addr: ':5672'}}}",
                "f:1:10: server.amqp \(later): AMQP 1.0 listeners come later; leave it out, or close it with addr: \"\""
            ),
            ("cluster: {enabled: true}", "f:1:1: cluster \(later): clustering comes later; leave it out"),
            ("auth: {external: {url: 'http://h'}}", "f:1:1: auth \(later): authentication comes later; leave it out"),
            ("queues: [{name: q}]", "f:1:1: queues \(later): queues come later; leave it out"),
            (
                "broker: {retry_interval: 20s}",
                "f:1:10: broker.retry_interval has no place here: MQTT sends again on reconnect only; remove the key"
            ),
            (
                "session: {inflight_overflow: 0}",
                "f:1:11: session.inflight_overflow has no place here: what does not fit the window waits, up to session.max_offline_queue_bytes; remove the key"
            ),
        ]
    )
    func keys(text: String, message: String) {
        #expect { try DaemonConfigTests.load(text) } throws: { "\($0)" == message }
    }

    @Test(
        "values that do not go together are refused where one of them was written",
        arguments: [
            (
                "server: {mqtt: {tcp: {plain: {addr: ':1883'}}}}",
                "f:1:37: server.mqtt.tcp.plain.addr: :1883 is not loopback, and this version has no authentication, so everyone who reaches it could publish and subscribe; bind 127.0.0.1, or accept that with server.mqtt.tcp.plain.allow_anonymous: true"
            ),
            (
                "server: {mqtt: {tcp: {plain: {addr: '127.0.0.1:1', allow_anonymous: false}}}}",
                "f:1:69: server.mqtt.tcp.plain.allow_anonymous: this version has no authentication, so false would refuse every client; close the listener with addr: \"\" instead"
            ),
            (
                "server: {http_addr: ':8082'}",
                "f:1:21: server.http_addr: :8082 is not loopback, and everyone who reaches it could read the broker's state; bind 127.0.0.1, or accept that with server.http_allow_remote: true"
            ),
            (
                "server:\n  mqtt: {tcp: {plain: {addr: '127.0.0.1:1883'}, v5: {addr: 'localhost:8082'}}}\n  http_addr: 'localhost:8082'",
                "f:2:60: server.mqtt.tcp.v5.addr: localhost:8082 conflicts with server.http_addr, which binds localhost:8082"
            ),
            (
                "server: {mqtt: {tcp: {plain: {addr: ''}}}}",
                "f:1:37: no listener for messages is open; give one an addr"
            ),
            (
                "broker: {max_message_size: 200MiB, memory_limit: 100MiB}",
                "f:1:28: broker.max_message_size: one message of this size would pass broker.memory_limit; allowed: at most 104857600"
            ),
        ]
    )
    func pairs(text: String, message: String) {
        #expect { try DaemonConfigTests.load(text) } throws: { "\($0)" == message }
    }

    @Test("an error in an override, or of one, names --set")
    func overrides() {
        #expect { try DaemonConfigTests.load(set: ["server.http_addr=:8082"]) } throws: {
            "\($0)".hasPrefix("--set server.http_addr=:8082: server.http_addr: :8082 is not loopback")
        }
        #expect { try DaemonConfigTests.load(set: ["server.http_addrs=:8082"]) } throws: {
            "\($0)" == "--set server.http_addrs=:8082: unknown key 'http_addrs' in server; did you mean 'http_addr'?"
        }
    }

    @Test("a missing file is an error")
    func missingFile() {
        #expect { try DaemonConfig.load(path: "/nonexistent/f", environment: [:], isRoot: true) } throws: {
            "\($0)" == "/nonexistent/f: cannot read the configuration: No such file or directory"
        }
    }
}
