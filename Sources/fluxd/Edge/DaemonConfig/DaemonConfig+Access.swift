import Configuration

/// What a configuration allows that its author should know of. Written to the log at the start and at each reload.
package struct ConfigWarning: Equatable, Sendable, CustomStringConvertible {
    package var key: String
    package var message: String

    package var description: String { "\(self.key): \(self.message)" }
}

// Who may come in. Closed unless it was said: a listener that others reach needs users, certificates, or a word that it needs none.
extension DaemonConfig {
    package var warnings: [ConfigWarning] {
        var warnings: [ConfigWarning] = []
        for open in self.openMQTTListeners
        where open.tls == nil && !open.addr.isLoopback && !self.auth.passwordFile.isEmpty {
            let secured = open.kind == .tcp ? "server.mqtt.tcp.tls" : "server.mqtt.ws.tls"
            warnings.append(
                ConfigWarning(
                    key: "\(open.slot).addr",
                    message:
                        "passwords travel in the clear to \(open.addr); use \(secured), or have something in front that encrypts"
                )
            )
        }
        return warnings
    }

    /// A client without user name and password is welcome where only this machine's people come, as long as nobody set up
    /// users; and where its certificate is all that is asked for.
    func allowsAnonymous(_ open: OpenMQTTListener) -> Bool {
        if let written = open.listener.allowAnonymous { return written }
        let hasUsers = !self.auth.passwordFile.isEmpty
        if let tls = open.tls, tls.effectiveClientAuth == .required {
            return !hasUsers && tls.certificateIdentity == .none
        }
        return !hasUsers && open.isPrivate
    }

    func checkAccess(_ open: OpenMQTTListener) throws(ConfigError) {
        let hasUsers = !self.auth.passwordFile.isEmpty
        let clients = open.tls?.effectiveClientAuth ?? .none
        let namesClients =
            clients != .none && open.tls?.certificateIdentity != ListenerTLSConfig.CertificateIdentity.none
        if open.listener.allowAnonymous == false, !hasUsers, !namesClients {
            throw ConfigError(
                """
                \(open.slot).allow_anonymous: false would refuse every client, since there are no users and no client's \
                certificate names it; set auth.password_file, or certificate_identity of a listener that asks for client \
                certificates, or close this one with addr: ""
                """,
                key: "\(open.slot).allow_anonymous"
            )
        }
        if open.listener.allowAnonymous == nil, !hasUsers, clients != .required, !open.isPrivate {
            let reach =
                open.addr.isLoopback
                ? "\(open.slot).proxy_from: proxies bring clients from elsewhere"
                : "\(open.slot).addr: \(open.addr) is not loopback"
            throw ConfigError(
                """
                \(reach), and without authentication everyone who reaches it could publish and subscribe; set \
                auth.password_file, \(open.addr.isLoopback ? "" : "bind 127.0.0.1, ")or accept that with \
                \(open.slot).allow_anonymous: true
                """,
                key: open.addr.isLoopback ? "\(open.slot).proxy_from" : "\(open.slot).addr"
            )
        }
    }

    static func check(_ tls: ListenerTLSConfig, _ slot: String) throws(ConfigError) {
        func error(_ key: String, _ message: String) -> ConfigError {
            ConfigError("\(slot).\(key): \(message)", key: "\(slot).\(key)")
        }
        if tls.certFile.isEmpty { throw error("cert_file", "a TLS listener needs its certificate, in PEM") }
        if tls.keyFile.isEmpty { throw error("key_file", "a TLS listener needs the key of its certificate, in PEM") }
        let asks = tls.effectiveClientAuth != .none
        if slot.hasSuffix(".mtls"), tls.caFile.isEmpty {
            throw error("ca_file", "an mtls listener needs the CAs that clients' certificates are verified against")
        }
        if asks, tls.caFile.isEmpty {
            throw error("client_auth", "clients' certificates cannot be verified without ca_file")
        }
        if !asks, !tls.caFile.isEmpty {
            throw error("ca_file", "client_auth: none asks for no certificate that it could verify; remove one of them")
        }
        if !asks, !tls.crlFile.isEmpty {
            throw error("crl_file", "no client certificates are asked for that could be revoked; set ca_file")
        }
        if !asks, tls.certificateIdentity != .none {
            throw error(
                "certificate_identity",
                "no client certificates are asked for that could name clients; set ca_file"
            )
        }
        if tls.minVersion == .tls1_3, tls.maxVersion == .tls1_2 {
            throw error("max_version", "tls1.2 is older than min_version, which is tls1.3")
        }
        // Those of TLS 1.2 name a key exchange too.
        if tls.minVersion == .tls1_3, !tls.cipherSuites.isEmpty, tls.cipherSuites.allSatisfy({ $0.contains("_WITH_") })
        {
            throw error("cipher_suites", "all of these are of TLS 1.2, which min_version: tls1.3 leaves out")
        }
    }
}

extension OpenMQTTListener {
    /// Whether only this machine's own programs reach it. Behind a proxy nobody knows.
    fileprivate var isPrivate: Bool { self.addr.isLoopback && self.listener.proxyFrom.isEmpty }
}
