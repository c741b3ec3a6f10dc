package import Machine

/// `server.mqtt`.
package struct MQTTConfig: Equatable, Sendable {
    package var tcp = MQTTSlots(plain: ListenAddress(host: "127.0.0.1", port: 1883))
    package var ws = MQTTSlots(plain: ListenAddress(host: "127.0.0.1", port: 8083))

    package init() {}
}

/// `server.mqtt.tcp` and `server.mqtt.ws`: one field a slot.
package struct MQTTSlots: Equatable, Sendable {
    package var plain: MQTTListenerConfig
    package var v3 = MQTTListenerConfig(version: .v3)
    package var v5 = MQTTListenerConfig(version: .v5)
    package var tls = MQTTListenerConfig()
    package var mtls = MQTTListenerConfig()

    init(plain: ListenAddress) { self.plain = MQTTListenerConfig(addr: plain) }
}

/// One slot. Every slot has every field; which of them a file may set is the slot's affair.
package struct MQTTListenerConfig: Equatable, Sendable {
    package enum Version: String, CaseIterable, Sendable {
        /// As the CONNECT packet says.
        case auto
        case v3, v5
    }

    /// nil: closed.
    package var addr: ListenAddress?
    package var version: Version
    /// 0: no limit.
    package var maxConnections = 100_000
    /// From accept to CONNECT. Zero: no limit.
    package var readTimeout: Duration = .seconds(60)
    /// From accept to the end of what comes before MQTT: PROXY header, TLS, WebSocket. Zero: no limit.
    package var handshakeTimeout: Duration = .seconds(10)
    /// Zero: no limit.
    package var writeTimeout: Duration = .seconds(60)
    /// nil: not written; ``OpenMQTTListener/allowsAnonymous`` says what that means.
    package var allowAnonymous: Bool?
    /// From these a PROXY header is required.
    package var proxyFrom: [AddressBlock] = []
    /// WebSocket slots only. Starts with a slash.
    package var path = "/mqtt"
    /// WebSocket slots only. Empty: any.
    package var allowedOrigins: [String] = []
    /// `tls` and `mtls` slots only.
    package var tls = ListenerTLSConfig()

    package init(addr: ListenAddress? = nil, version: Version = .auto) {
        self.addr = addr
        self.version = version
    }
}

/// The TLS keys of a slot. Paths name PEM files, which are opened at the start and at each reload, not when the configuration
/// is checked.
package struct ListenerTLSConfig: Equatable, Sendable {
    package enum ClientAuth: String, CaseIterable, Sendable {
        /// No certificate is asked for.
        case none
        /// One is asked for; a client that shows one must show a good one.
        case optional
        /// No good certificate, no connection.
        case required
    }
    package enum Version: String, CaseIterable, Sendable {
        case tls1_2 = "tls1.2"
        case tls1_3 = "tls1.3"
    }
    /// What of a client's certificate is the client's user name.
    package enum CertificateIdentity: String, CaseIterable, Sendable {
        case none
        case commonName = "common_name"
        case subject, dns, uri
    }

    package var certFile = ""
    package var keyFile = ""
    /// Whom clients' certificates are verified against; empty: none are asked for.
    package var caFile = ""
    /// nil: not written.
    package var clientAuth: ClientAuth?
    package var minVersion = Version.tls1_2
    package var maxVersion = Version.tls1_3
    /// IANA's names; none for a version: all good ones of it.
    package var cipherSuites: [String] = []
    package var preferServerCipherSuites = true
    /// Empty: revocation is not looked at.
    package var crlFile = ""
    /// DER. Empty: no answer of an OCSP responder is sent.
    package var ocspStapleFile = ""
    /// Beside the first one, chosen by the name that a client asks for.
    package var certificates: [CertificateFiles] = []
    package var certificateIdentity = CertificateIdentity.none

    package init() {}

    /// ``clientAuth`` with the rule for what was not written: who names a CA means that clients need a certificate.
    package var effectiveClientAuth: ClientAuth { self.clientAuth ?? (self.caFile.isEmpty ? .none : .required) }
}

/// One certificate chain and its key, both PEM.
package struct CertificateFiles: Equatable, Sendable {
    package var certFile: String
    package var keyFile: String

    package init(certFile: String = "", keyFile: String = "") {
        self.certFile = certFile
        self.keyFile = keyFile
    }
}

/// An MQTT listener that is to be bound, with all that its slot's name says.
package struct OpenMQTTListener: Equatable, Sendable {
    package enum Kind: Sendable {
        case tcp, ws
    }

    /// `server.mqtt.ws.tls`.
    package var slot: String
    package var listener: MQTTListenerConfig
    package var addr: ListenAddress
    package var kind: Kind
    /// nil: in the clear.
    package var tls: ListenerTLSConfig?
    /// Whether clients come in that neither give a user name and password nor are named by their certificate.
    package var allowsAnonymous: Bool

    /// `mqtt`, `mqtt.v3`, `mqtt.tls`, `ws`, `ws.mtls`: what the listener is called in logs, metrics and lists.
    package var name: String {
        let kind = self.kind == .tcp ? "mqtt" : "ws"
        let last = self.slot.split(separator: ".").last ?? ""
        return last == "plain" ? kind : "\(kind).\(last)"
    }
}

/// Where a listener stands in the configuration.
struct MQTTSlot: Sendable {
    enum Security: Sendable {
        case plain, tls, mtls
    }

    let path: String
    let kind: OpenMQTTListener.Kind
    let security: Security
    /// The one version that the slot's name allows; nil: both.
    let pinned: MQTTListenerConfig.Version?
    let listener: any WritableKeyPath<DaemonConfig, MQTTListenerConfig> & Sendable

    static let all: [MQTTSlot] = [
        MQTTSlot("server.mqtt.tcp.plain", .tcp, .plain, \.server.mqtt.tcp.plain),
        MQTTSlot("server.mqtt.tcp.v3", .tcp, .plain, pinned: .v3, \.server.mqtt.tcp.v3),
        MQTTSlot("server.mqtt.tcp.v5", .tcp, .plain, pinned: .v5, \.server.mqtt.tcp.v5),
        MQTTSlot("server.mqtt.tcp.tls", .tcp, .tls, \.server.mqtt.tcp.tls),
        MQTTSlot("server.mqtt.tcp.mtls", .tcp, .mtls, \.server.mqtt.tcp.mtls),
        MQTTSlot("server.mqtt.ws.plain", .ws, .plain, \.server.mqtt.ws.plain),
        MQTTSlot("server.mqtt.ws.v3", .ws, .plain, pinned: .v3, \.server.mqtt.ws.v3),
        MQTTSlot("server.mqtt.ws.v5", .ws, .plain, pinned: .v5, \.server.mqtt.ws.v5),
        MQTTSlot("server.mqtt.ws.tls", .ws, .tls, \.server.mqtt.ws.tls),
        MQTTSlot("server.mqtt.ws.mtls", .ws, .mtls, \.server.mqtt.ws.mtls),
    ]

    private init(
        _ path: String,
        _ kind: OpenMQTTListener.Kind,
        _ security: Security,
        pinned: MQTTListenerConfig.Version? = nil,
        _ listener: any WritableKeyPath<DaemonConfig, MQTTListenerConfig> & Sendable
    ) {
        self.path = path
        self.kind = kind
        self.security = security
        self.pinned = pinned
        self.listener = listener
    }
}
