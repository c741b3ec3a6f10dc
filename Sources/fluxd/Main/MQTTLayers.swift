import DaemonConfig
import Machine
import Protobuf
import ProxyLayer
import Synchronization
import TLS
import WebSocketLayer
import WebSocketWire

/// The layers of one MQTT listener's streams. What they are made from can be exchanged while the listener runs, and counts for
/// streams that come afterwards.
final class MQTTLayers: LayerFactory {
    /// All that a reload can change.
    struct Recipe: Sendable {
        var proxies: [AddressBlock]
        var webSocket: WebSocketSettings?
        var tls: TLSServer?

        /// Reads the certificates.
        init(_ open: OpenMQTTListener, maxMessageSize: Int) throws(TLSError) {
            self.proxies = open.listener.proxyFrom
            if open.kind == .ws {
                self.webSocket = WebSocketSettings(
                    path: open.listener.path,
                    origins: WebSocketOrigins(open),
                    maxPayload: maxMessageSize + (64 << 10)
                )
            }
            self.tls = try open.tls.map { config throws(TLSError) in
                try TLSServer(TLSServerSettings(config, open.kind))
            }
        }

        /// `2 certificates until 2027-01-31`; nil without TLS.
        var certificates: String? {
            guard let all = self.tls?.current.certificates, let end = all.map({ Int64($0.notAfter) }).min() else {
                return nil
            }
            let count = "\(all.count) certificate\(all.count == 1 ? "" : "s")"
            return "\(count) until \((Timestamp(seconds: end).text ?? "").prefix(10))"
        }
    }

    /// ``Recipe/certificates`` of what is in use.
    var certificates: String? { self.recipe.withLock { $0.certificates } }

    private let recipe: Mutex<Recipe>
    private let departure = WebSocketDeparture()

    init(_ recipe: Recipe) { self.recipe = Mutex(recipe) }

    /// Connections that are closed from now on are closed because fluxd stops.
    func leave() { self.departure.begin() }

    func exchange(_ recipe: Recipe) { self.recipe.withLock { $0 = recipe } }

    func layers(for remote: PeerAddress) -> [StreamLayer] {
        let recipe = self.recipe.withLock { $0 }
        var layers: [StreamLayer] = []
        if recipe.proxies.contains(where: { $0.contains(remote) }) { layers.append(ProxyLayer()) }
        if let tls = recipe.tls { layers.append(tls.makeLayer()) }
        if let webSocket = recipe.webSocket {
            layers.append(WebSocketServerLayer(webSocket, departure: self.departure))
        }
        return layers
    }

    /// Seconds since 1970 when the first of the certificates ends; nil without TLS.
    var certificatesEnd: Int64? {
        self.recipe.withLock { $0.tls?.current.certificates.map { Int64($0.notAfter) }.min() }
    }
}

extension WebSocketOrigins {
    /// Where a list is missing, a browser on this machine must not lend its loopback to every page that it shows.
    init(_ open: OpenMQTTListener) {
        let listed = open.listener.allowedOrigins
        if !listed.isEmpty {
            self = .listed(listed)
        } else {
            self = open.allowsAnonymous && open.addr.isLoopback ? .loopback : .any
        }
    }
}

extension TLSServerSettings {
    init(_ config: ListenerTLSConfig, _ kind: OpenMQTTListener.Kind) {
        self.init(certificate: TLSCertificateFiles(certificate: config.certFile, key: config.keyFile))
        self.moreCertificates = config.certificates.map {
            TLSCertificateFiles(certificate: $0.certFile, key: $0.keyFile)
        }
        self.clientCAFile = config.caFile.isEmpty ? nil : config.caFile
        self.clientAuthentication =
            switch config.effectiveClientAuth {
            case .none: .none
            case .optional: .optional
            case .required: .required
            }
        self.revocationListFile = config.crlFile.isEmpty ? nil : config.crlFile
        self.stapleFile = config.ocspStapleFile.isEmpty ? nil : config.ocspStapleFile
        self.minimumVersion = TLSVersion(config.minVersion)
        self.maximumVersion = TLSVersion(config.maxVersion)
        self.cipherSuites = config.cipherSuites
        self.prefersServerCipherSuites = config.preferServerCipherSuites
        self.applicationProtocols = kind == .ws ? ["http/1.1"] : ["mqtt"]
    }
}

extension TLSVersion {
    init(_ version: ListenerTLSConfig.Version) {
        switch version {
        case .tls1_2: self = .v1_2
        case .tls1_3: self = .v1_3
        }
    }
}

extension TLSError {
    /// The key of fluxd.yaml that names what is wrong.
    func key(in open: OpenMQTTListener) -> String {
        guard let tls = open.tls, let file = self.file else { return "\(open.slot).cipher_suites" }
        let named: [(String, String)] =
            [
                ("key_file", tls.keyFile), ("cert_file", tls.certFile), ("ca_file", tls.caFile),
                ("crl_file", tls.crlFile), ("ocsp_staple_file", tls.ocspStapleFile),
            ]
            + tls.certificates.enumerated().flatMap { index, files in
                [
                    ("certificates[\(index)].key_file", files.keyFile),
                    ("certificates[\(index)].cert_file", files.certFile),
                ]
            }
        let key = named.first { $0.1 == file }?.0 ?? "cert_file"
        return "\(open.slot).\(key)"
    }
}
