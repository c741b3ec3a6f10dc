/// What is known of a stream's other end before its first byte is looked at.
public struct StreamFacts: Hashable, Sendable {
    /// The client's address: the socket's, or the one that a trusted proxy names.
    package var remote: PeerAddress
    /// Set when the stream came through a proxy: the proxy's own address.
    package var proxy: PeerAddress?
    /// nil for a stream in the clear.
    package var tls: TLSFacts? {
        get {
            if case .tls(let facts) = self.settled { return facts }
            return nil
        }
        set { self.settled = newValue.map(Settled.tls) ?? .nothing }
    }
    private var settled = Settled.nothing
    /// MQTT's packets travel in WebSocket frames.
    package var isWebSocket = false

    package init(remote: PeerAddress) { self.remote = remote }

    /// In a box: every connection keeps its facts, and most have no such ones.
    private indirect enum Settled: Hashable, Sendable {
        case nothing
        case tls(TLSFacts)
    }
}

/// What a TLS handshake settled.
public struct TLSFacts: Hashable, Sendable {
    /// As OpenSSL writes it: `TLSv1.3`.
    package var version: String
    /// As IANA writes it: `TLS_AES_128_GCM_SHA256`.
    package var cipher: String
    /// The name that the client asked for (SNI).
    package var serverName: String?
    package var isResumed: Bool
    /// The client's certificate, verified against the listener's client CA; nil when it showed none.
    package var certificate: CertificateFacts?

    package init(
        version: String,
        cipher: String,
        serverName: String? = nil,
        isResumed: Bool = false,
        certificate: CertificateFacts? = nil
    ) {
        self.version = version
        self.cipher = cipher
        self.serverName = serverName
        self.isResumed = isResumed
        self.certificate = certificate
    }
}

/// Names in a verified certificate.
public struct CertificateFacts: Hashable, Sendable {
    /// RFC 2253: `CN=sensor-7,O=Example`.
    package var subject: String
    /// The last CN of the subject.
    package var commonName: String?
    /// Subject alternative names, as they stand in the certificate.
    package var dnsNames: [String]
    package var uris: [String]
    /// SHA-256 of the DER form, in lower-case hex.
    package var fingerprint: String

    package init(
        subject: String,
        commonName: String? = nil,
        dnsNames: [String] = [],
        uris: [String] = [],
        fingerprint: String = ""
    ) {
        self.subject = subject
        self.commonName = commonName
        self.dnsNames = dnsNames
        self.uris = uris
        self.fingerprint = fingerprint
    }
}
