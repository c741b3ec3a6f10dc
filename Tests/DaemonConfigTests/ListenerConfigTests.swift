import Configuration
import DaemonConfig
import Machine
import Testing

@Suite("fluxd.yaml: MQTT listeners")
struct ListenerConfigTests {
    static func listeners(_ slot: String, _ more: String = "") throws -> [OpenMQTTListener] {
        try DaemonConfigTests.load("server: {mqtt: {\(slot)}}\n\(more)").openMQTTListeners
    }

    @Test("an open listener says what it speaks, over what, and whom it lets in")
    func open() throws {
        let tls = "addr: ':8883', cert_file: c, key_file: k"
        let all = try Self.listeners(
            "tcp: {v3: {addr: '127.0.0.1:1'}, mtls: {\(tls), ca_file: a}}, ws: {tls: {\(tls.replacing("8883", with: "443")), path: /w, allow_anonymous: true}}"
        )
        #expect(all.map(\.slot) == ["server.mqtt.tcp.v3", "server.mqtt.tcp.mtls", "server.mqtt.ws.tls"])
        #expect(all.map(\.name) == ["mqtt.v3", "mqtt.mtls", "ws.tls"])
        #expect(all.map(\.kind) == [.tcp, .tcp, .ws])
        #expect(all.map { $0.tls?.effectiveClientAuth } == [nil, .required, ListenerTLSConfig.ClientAuth.none])
        #expect(all.map(\.listener.version) == [.v3, .auto, .auto])
        #expect(all[2].listener.path == "/w")
    }

    @Test(
        "who is let in without a name depends on who can reach the listener, and on what else is asked for",
        arguments: [
            ("tcp: {plain: {addr: '127.0.0.1:1'}}", "", true),
            ("tcp: {plain: {addr: '127.0.0.1:1'}}", "auth: {password_file: p}", false),
            ("tcp: {plain: {addr: '127.0.0.1:1', allow_anonymous: true}}", "auth: {password_file: p}", true),
            ("tcp: {plain: {addr: '127.0.0.1:1', proxy_from: [unix]}}", "auth: {password_file: p}", false),
            ("tcp: {plain: {addr: ':1', allow_anonymous: true}}", "", true),
            ("tcp: {plain: {addr: ':1'}}", "auth: {password_file: p}", false),
            ("tcp: {mtls: {addr: ':1', cert_file: c, key_file: k, ca_file: a}}", "", true),
            ("tcp: {mtls: {addr: ':1', cert_file: c, key_file: k, ca_file: a}}", "auth: {password_file: p}", false),
            (
                "tcp: {mtls: {addr: ':1', cert_file: c, key_file: k, ca_file: a, certificate_identity: dns}}", "", false
            ),
            (
                "tcp: {tls: {addr: '[::1]:1', cert_file: c, key_file: k, ca_file: a, client_auth: optional}}", "", true
            ),
        ]
    )
    func anonymous(slot: String, more: String, expected: Bool) throws {
        #expect(try Self.listeners(slot, more).map(\.allowsAnonymous) == [expected])
    }

    @Test(
        "FluxMQ's words for client_auth are understood, and mean a verified certificate",
        arguments: [
            ("none", ListenerTLSConfig.ClientAuth.none), ("No", .none), ("request", .optional),
            ("verify_if_given", .optional), ("VerifyIfGiven", .optional), ("verify-if-given", .optional),
            ("require_any", .required), ("RequireAny", .required), ("require", .required), ("required", .required),
            ("require_and_verify", .required), ("REQUIRE-AND-VERIFY", .required), ("optional", .optional),
        ]
    )
    func clientAuth(word: String, meaning: ListenerTLSConfig.ClientAuth) throws {
        let ca = meaning == .none ? "" : ", ca_file: a"
        let slot = "tcp: {tls: {addr: '127.0.0.1:1', cert_file: c, key_file: k, client_auth: \(word)\(ca)}}"
        let tls = try #require(try Self.listeners(slot)[0].tls)
        #expect(tls.clientAuth == meaning)
        #expect(tls.effectiveClientAuth == meaning)
    }

    @Test(
        "a TLS version is written as people write it",
        arguments: ["tls1.3", "1.3", "TLSv1.3", "TLS1.3", "tls-1.3", "tls13"]
    )
    func tlsVersion(word: String) throws {
        let slot = "tcp: {tls: {addr: '127.0.0.1:1', cert_file: c, key_file: k, min_version: \(word)}}"
        #expect(try Self.listeners(slot)[0].tls?.minVersion == .tls1_3)
    }

    @Test("FluxMQ's websocket section and its CRL key are the same as ours")
    func aliases() throws {
        let listener = try Self.listeners(
            "websocket: {mtls: {addr: ':8884', cert_file: c, key_file: k, ca_file: a, crl: {offline_crl_file: r}}}"
        )[0]
        #expect(listener.slot == "server.mqtt.ws.mtls")
        #expect(listener.tls?.crlFile == "r")
    }

    @Test("certificates and proxies are lists")
    func lists() throws {
        let listener = try Self.listeners(
            """
            tcp: {tls: {addr: '127.0.0.1:1', allow_anonymous: true, cert_file: c, key_file: k, certificates: [{cert_file: a, key_file: b}, \
            {key_file: d, cert_file: e}], proxy_from: [10.0.0.0/8, '2001:db8::1', unix]}}
            """
        )[0]
        #expect(
            listener.tls?.certificates == [
                CertificateFiles(certFile: "a", keyFile: "b"), CertificateFiles(certFile: "e", keyFile: "d"),
            ]
        )
        #expect(listener.listener.proxyFrom.map(\.description) == ["10.0.0.0/8", "2001:db8::1/128", "unix"])
    }

    @Test("passwords that travel in the clear are warned of, and only these")
    func warnings() throws {
        func warned(_ slot: String, _ more: String = "auth: {password_file: p}") throws -> [String] {
            try DaemonConfigTests.load("server: {mqtt: {\(slot)}}\n\(more)").warnings.map(\.description)
        }
        #expect(
            try warned("ws: {v5: {addr: ':1'}}") == [
                "server.mqtt.ws.v5.addr: passwords travel in the clear to :1; use server.mqtt.ws.tls, or have something in front that encrypts"
            ]
        )
        #expect(try warned("tcp: {plain: {addr: '127.0.0.1:1'}}").isEmpty)
        #expect(try warned("tcp: {tls: {addr: ':1', cert_file: c, key_file: k}}").isEmpty)
        #expect(try warned("tcp: {plain: {addr: ':1', allow_anonymous: true}}", "").isEmpty)
    }

    @Test("a reload changes what it can; a listener that moves keeps all its keys until the restart")
    func reloading() throws {
        let running = try DaemonConfigTests.load(
            "server: {mqtt: {tcp: {plain: {addr: ':1', allow_anonymous: true, max_connections: 5}, tls: {addr: ':2', cert_file: c, key_file: k}}}}\nauth: {password_file: p}"
        )
        let wanted = try DaemonConfigTests.load(
            "server: {shards: 2, mqtt: {tcp: {plain: {addr: '127.0.0.1:1', max_connections: 6}, tls: {addr: ':2', cert_file: c2, key_file: k, protocol: v5}}}}\nauth: {password_file: q}\nratelimit: {enabled: true}"
        )
        var expected = running
        expected.server.mqtt.tcp.tls.tls.certFile = "c2"
        expected.auth.passwordFile = "q"
        expected.ratelimit.enabled = true
        #expect(running.reloading(to: wanted) == expected)
        #expect(running.reloading(to: running) == running)
    }
}
