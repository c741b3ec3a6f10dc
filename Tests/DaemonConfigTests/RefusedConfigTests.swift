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
                "f:1:28: broker.max_message_size: 100 bytes is out of range; allowed: 1KiB...268435455 bytes"
            ),
            ("session: {max_sessions: 0}", "f:1:25: session.max_sessions: 0 is out of range; allowed: at least 1"),
            (
                "session: {max_inflight_messages: 0}",
                "f:1:34: session.max_inflight_messages: 0 is out of range; allowed: 1...65535"
            ),
            (
                "log: {level: loud}",
                "f:1:14: log.level: 'loud' is not allowed; allowed: trace, debug, info, notice, warn or error"
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
                "storage: {type: postgres}",
                "f:1:17: storage.type: 'postgres' is not allowed; allowed: disk or memory"
            ),
            (
                "storage: {recover_on_startup: false}",
                "f:1:11: storage.recover_on_startup has no place here: what is in storage.dir is always recovered, and the log says what was found; remove the key"
            ),
            (
                "queues: [{name: a, limits: {max_depth: -1}}]",
                "f:1:40: queues[0].limits.max_depth: -1 is out of range; allowed: at least 0"
            ),
            (
                "queues: [{name: a, max_depth: 1}]",
                "f:1:20: unknown key 'max_depth' in queues[0]; did you mean 'limits.max_depth'?"
            ),
            (
                "queues: [{name: a, replication: {enabled: true}}]",
                "f:1:20: queues[0].replication \(later): clustering comes later; leave it out, or set enabled: false"
            ),
            (
                "queues: [{topics: [a]}]",
                "f:1:10: queues[0]: name is missing"
            ),
            (
                "queues: [{name: a, dlq: {reasons: [maxdeliveries]}}]",
                "f:1:36: queues[0].dlq.reasons[0]: 'maxdeliveries' is not allowed; did you mean 'max-deliveries'?"
            ),
            (
                "queue_manager: {capture_workers: 4}",
                "f:1:17: queue_manager.capture_workers has no place here: a queue takes messages of its topics on its own thread, in order, and what does not fit is its overflow rule's; remove the key"
            ),
            ("server: {tcp: {}}", "f:1:10: server.tcp has no place here: use server.mqtt.tcp"),
            (
                "server: {amqp: {plain: {addr: ':5672'}}}",
                "f:1:10: server.amqp \(later): AMQP 1.0 listeners come later; leave it out, or close it with addr: \"\""
            ),
            ("cluster: {enabled: true}", "f:1:1: cluster \(later): clustering comes later; leave it out"),
            (
                "auth: {external: {url: 'http://h'}}",
                "f:1:8: auth.external \(later): callouts come later; leave it out: auth.password_file and auth.acl_file say who is who and who may do what"
            ),
            (
                "auth: {local_principals: [{name: x}]}",
                "f:1:8: auth.local_principals \(later): it comes with AMQP 0.9.1; leave it out. MQTT clients are known by their certificates with certificate_identity"
            ),
            (
                "ratelimit: {connection: {cleanup_interval: 5m}}",
                "f:1:26: ratelimit.connection.cleanup_interval has no place here: addresses that are idle are forgotten by themselves; remove the key"
            ),
            (
                "ratelimit: {message: {rate: 0}}",
                "f:1:29: ratelimit.message.rate: 0 is out of range; allowed: 0.001...1000000000"
            ),
            (
                "ratelimit: {message: {rate: fast}}",
                "f:1:29: ratelimit.message.rate: 'fast' is not a number; allowed: 0.001...1000000000"
            ),
            ("limits: {ban_window: 0s}", "f:1:22: limits.ban_window: 0s is out of range; allowed: 1s...24h"),
            (
                "server: {mqtt: {ws: {plain: {}}, websocket: {plain: {}}}}",
                "f:1:34: server.mqtt.websocket: server.mqtt.ws is the same section under another name; write one of them"
            ),
            (
                "server: {mqtt: {websocket: {plain: {pth: /}}}}",
                "f:1:37: unknown key 'pth' in server.mqtt.ws.plain; did you mean 'path'?"
            ),
            (
                "server: {mqtt: {ws: {plain: {path: mqtt}}}}",
                "f:1:36: server.mqtt.ws.plain.path: 'mqtt' has no leading slash; did you mean '/mqtt'?"
            ),
            (
                "server: {mqtt: {ws: {plain: {allowed_origins: [https://a, b.example]}}}}",
                "f:1:59: server.mqtt.ws.plain.allowed_origins[1]: 'b.example' has no scheme; did you mean 'https://b.example'?"
            ),
            (
                "server: {mqtt: {tcp: {plain: {proxy_from: [10.0.0.1/8]}}}}",
                "f:1:44: server.mqtt.tcp.plain.proxy_from[0]: '10.0.0.1/8' has address bits after its prefix; did you mean '10.0.0.0/8'?"
            ),
            (
                "server: {mqtt: {tcp: {plain: {proxy_from: [10.0.0.0/33]}}}}",
                "f:1:44: server.mqtt.tcp.plain.proxy_from[0]: '10.0.0.0/33' needs a prefix of 0...32 bits; allowed: 10.0.0.0/8, 192.0.2.7, 2001:db8::/32 or unix"
            ),
            (
                "server: {mqtt: {tcp: {tls: {min_version: tls1.1}}}}",
                "f:1:42: server.mqtt.tcp.tls.min_version: 'tls1.1' is deprecated and insecure (RFC 8996); allowed: tls1.2 or tls1.3"
            ),
            (
                "server: {mqtt: {tcp: {mtls: {client_auth: none}}}}",
                "f:1:43: server.mqtt.tcp.mtls.client_auth: 'none' asks for no certificate, which the tls slot is for; open that one instead; allowed: required or optional"
            ),
            (
                "server: {mqtt: {tcp: {tls: {cipher_suites: [ECDHE-RSA-AES128-GCM-SHA256]}}}}",
                "f:1:45: server.mqtt.tcp.tls.cipher_suites[0]: 'ECDHE-RSA-AES128-GCM-SHA256' is not IANA's name of a cipher suite; allowed: a name such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
            ),
            (
                "server:\n  mqtt:\n    tcp:\n      tls:\n        certificates:\n          - cert_file: a\n            kee_file: b\n",
                "f:7:13: unknown key 'kee_file' in server.mqtt.tcp.tls.certificates[0]; did you mean 'key_file'?"
            ),
            (
                "server:\n  mqtt:\n    tcp:\n      tls:\n        certificates:\n          - {cert_file: a, key_file: b}\n          - cert_file: c\n",
                "f:7:13: server.mqtt.tcp.tls.certificates[1]: key_file is missing"
            ),
            (
                "server: {mqtt: {tcp: {tls: {certificates: [{cert_file: '', key_file: b}]}}}}",
                "f:1:56: server.mqtt.tcp.tls.certificates[0].cert_file: is empty; allowed: a file"
            ),
            (
                "server: {mqtt: {tcp: {tls: {server_ca_file: x}}}}",
                "f:1:29: server.mqtt.tcp.tls.server_ca_file has no place here: a server has no use for the CAs of servers; ca_file verifies clients; remove the key"
            ),
            (
                "server: {mqtt: {tcp: {mtls: {ocsp: {depth: 2}}}}}",
                "f:1:30: server.mqtt.tcp.mtls.ocsp has no place here: asking a responder in each handshake would hold clients up for as long as it takes; revoked client certificates go to crl_file, and ocsp_staple_file holds the answer about the server's own"
            ),
            (
                "server: {mqtt: {tcp: {mtls: {crl: {distribution_points: ['http://x']}}}}}",
                "f:1:36: server.mqtt.tcp.mtls.crl.distribution_points has no place here: what is revoked stands in crl_file, which something else has to fetch"
            ),
            (
                "server: {mqtt: {tcp: {mtls: {crl: {offline_crl_file: a}, crl_file: b}}}}",
                "f:1:58: server.mqtt.tcp.mtls.crl_file: what stands above is the same key under another name; write one of them"
            ),
            (
                "server: {mqtt: {tcp: {mtls: {crl: {offline: a}}}}}",
                "f:1:36: unknown key 'offline' in server.mqtt.tcp.mtls.crl; allowed: offline_crl_file, distribution_points, distribution_points_issuer_cert_file, offline_crl_issuer_cert_file, depth"
            ),
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

    @Test("every mistake of a file is told at once, in the file's order, a line each")
    func many() {
        let text = """
            server:
              amqp:
                plain: {addr: ':5672'}
              admin_api_addr: ':9090'
              http_addr: 127.0.0.1:0
            cluster: {enabled: true}
            queue_manager: {capture_workers: 3}
            log: {levle: debug, format: [json]}
            webhook: {enabled: false}
            storage: {type: badger}
            """
        #expect {
            try DaemonConfigTests.load(text)
        } throws: { error in
            "\(error)".split(separator: "\n").map { $0.split(separator: ";")[0] } == [
                "f:2:3: server.amqp \(Self.later): AMQP 1.0 listeners come later",
                "f:4:3: server.admin_api_addr \(Self.later): the admin API is on server.admin.socket, and for reading on server.http_addr",
                "f:6:1: cluster \(Self.later): clustering comes later",
                "f:7:17: queue_manager.capture_workers has no place here: a queue takes messages of its topics on its own thread, in order, and what does not fit is its overflow rule's",
                "f:8:7: unknown key 'levle' in log",
                "f:8:29: log.format: needs one value, found a list",
            ]
        }
        #expect {
            try DaemonConfigTests.load((0..<60).map { "k\($0): 1\n" }.joined())
        } throws: { error in
            let lines = "\(error)".split(separator: "\n")
            return lines.count == 51 && lines.last == "and 10 more"
        }
    }

    @Test(
        "values that do not go together are refused where one of them was written",
        arguments: [
            (
                "server: {mqtt: {tcp: {plain: {addr: ':1883'}}}}",
                "f:1:37: server.mqtt.tcp.plain.addr: :1883 is not loopback, and without authentication everyone who reaches it could publish and subscribe; set auth.password_file, bind 127.0.0.1, or accept that with server.mqtt.tcp.plain.allow_anonymous: true"
            ),
            (
                "server: {mqtt: {tcp: {plain: {addr: '127.0.0.1:1', proxy_from: [127.0.0.1]}}}}",
                "f:1:64: server.mqtt.tcp.plain.proxy_from: proxies bring clients from elsewhere, and without authentication everyone who reaches it could publish and subscribe; set auth.password_file, or accept that with server.mqtt.tcp.plain.allow_anonymous: true"
            ),
            (
                "server: {mqtt: {tcp: {plain: {addr: '127.0.0.1:1', allow_anonymous: false}}}}",
                "f:1:69: server.mqtt.tcp.plain.allow_anonymous: false would refuse every client, since there are no users and no client's certificate names it; set auth.password_file, or certificate_identity of a listener that asks for client certificates, or close this one with addr: \"\""
            ),
            (
                "server: {mqtt: {tcp: {tls: {addr: ':8883', cert_file: x, key_file: y}}}}",
                "f:1:35: server.mqtt.tcp.tls.addr: :8883 is not loopback, and without authentication everyone who reaches it could publish and subscribe; set auth.password_file, bind 127.0.0.1, or accept that with server.mqtt.tcp.tls.allow_anonymous: true"
            ),
            (
                "server: {mqtt: {tcp: {tls: {addr: '127.0.0.1:8883', cert_file: x}}}}",
                "f:1:23: server.mqtt.tcp.tls.key_file: a TLS listener needs the key of its certificate, in PEM"
            ),
            (
                "server: {mqtt: {tcp: {mtls: {addr: '127.0.0.1:8883', cert_file: x, key_file: y}}}}",
                "f:1:23: server.mqtt.tcp.mtls.ca_file: an mtls listener needs the CAs that clients' certificates are verified against"
            ),
            (
                "server: {mqtt: {tcp: {tls: {addr: '127.0.0.1:8883', cert_file: x, key_file: y, client_auth: require}}}}",
                "f:1:93: server.mqtt.tcp.tls.client_auth: clients' certificates cannot be verified without ca_file"
            ),
            (
                "server: {mqtt: {tcp: {tls: {addr: '127.0.0.1:8883', cert_file: x, key_file: y, crl_file: z}}}}",
                "f:1:90: server.mqtt.tcp.tls.crl_file: no client certificates are asked for that could be revoked; set ca_file"
            ),
            (
                "server: {mqtt: {tcp: {tls: {addr: '127.0.0.1:8883', cert_file: x, key_file: y, min_version: '1.3', max_version: '1.2'}}}}",
                "f:1:113: server.mqtt.tcp.tls.max_version: tls1.2 is older than min_version, which is tls1.3"
            ),
            (
                "server: {mqtt: {tcp: {tls: {addr: '127.0.0.1:8883', cert_file: x, key_file: y, min_version: '1.3', cipher_suites: [TLS_RSA_WITH_AES_128_GCM_SHA256]}}}}",
                "f:1:115: server.mqtt.tcp.tls.cipher_suites: all of these are of TLS 1.2, which min_version: tls1.3 leaves out"
            ),
            (
                "server: {mqtt: {tcp: {plain: {addr: '127.0.0.1:1'}}, ws: {plain: {addr: '127.0.0.1:1'}}}}",
                "f:1:73: server.mqtt.ws.plain.addr: 127.0.0.1:1 conflicts with server.mqtt.tcp.plain.addr, which binds 127.0.0.1:1"
            ),
            (
                "broker: {sys_interval: 100ms}",
                "f:1:24: broker.sys_interval: 100ms is too short for what is published in each round; allowed: 0s, or at least 1s"
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
                "storage: {type: memory, queue_ack_durability: fsync}",
                "f:1:47: storage.queue_ack_durability: with storage.type: memory nothing survives the process; write storage.type: disk, or leave it out"
            ),
            (
                "storage: {type: memory}\nqueues: [{name: a}, {name: b, ack_durability: fsync}]",
                "f:2:47: queues[1].ack_durability: with storage.type: memory nothing survives the process; write storage.type: disk, or leave it out"
            ),
            (
                "queues: [{name: a}, {name: b}, {type: stream, name: a}]",
                "f:1:53: queues[2].name: 'a' is the name of queues[0] too"
            ),
            (
                "queues: [{name: a, expires: 1m}]",
                "f:1:29: queues[0].expires: a classic queue does not end by itself; leave it out, or write type: ephemeral"
            ),
            (
                "queues: [{name: a, auto_commit_interval: 1m}]",
                "f:1:42: queues[0].auto_commit_interval: only groups of streams commit by themselves; leave it out, or write type: stream"
            ),
            (
                "broker: {max_message_size: 200MiB, memory_limit: 100MiB}",
                "f:1:28: broker.max_message_size: one message of this size would pass broker.memory_limit; allowed: at most 100MiB"
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
