/// A version of the protocol. Older ones are not offered: RFC 8996.
package enum TLSVersion: String, CaseIterable, Comparable, Sendable, CustomStringConvertible {
    case v1_2 = "1.2"
    case v1_3 = "1.3"

    package static func < (a: TLSVersion, b: TLSVersion) -> Bool { a.rawValue < b.rawValue }
    package var description: String { "TLS \(self.rawValue)" }
}

/// Whether clients show certificates. One that is shown is verified in every case, or the handshake fails: what has not been
/// verified is nobody's identity.
package enum TLSClientAuthentication: String, CaseIterable, Sendable {
    case none
    /// Asked for; a client may have none.
    case optional
    case required
}

/// Where a certificate and its private key are.
package struct TLSCertificateFiles: Hashable, Sendable {
    /// PEM: the certificate first, then the issuers that lead to a root.
    package var certificate: String
    /// PEM, not encrypted.
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// What a listener's TLS is made from. The files are read by ``TLSServerContext``.
package struct TLSServerSettings: Hashable, Sendable {
    package var certificate: TLSCertificateFiles
    /// For clients that ask for a name (SNI) which the first certificate does not have.
    package var moreCertificates: [TLSCertificateFiles] = []
    /// PEM: what client certificates must lead to. Needed unless `clientAuthentication` is `.none`.
    package var clientCAFile: String?
    package var clientAuthentication = TLSClientAuthentication.none
    /// PEM: a list of every issuer between a client's certificate and the CA; a certificate without one is refused.
    package var revocationListFile: String?
    /// DER: what the responder said of the first certificate, for clients that ask. Left off once it has expired.
    package var stapleFile: String?
    package var minimumVersion = TLSVersion.v1_2
    package var maximumVersion = TLSVersion.v1_3
    /// IANA's or OpenSSL's names, in order of preference. Empty, or none for one of the versions: the default for it, which is
    /// all of TLS 1.3's, and of TLS 1.2's those with forward secrecy and authenticated encryption.
    package var cipherSuites: [String] = []
    package var prefersServerCipherSuites = true
    /// Sessions resumed without private-key work, by tickets that only this process can read.
    package var resumesSessions = true
    /// In order of preference. A client that offers others only is refused (no_application_protocol), one that offers none is
    /// served. Source: RFC 7301 §3.2.
    package var applicationProtocols: [String] = []

    package init(certificate: TLSCertificateFiles) { self.certificate = certificate }
}

/// What a client's TLS is made from. The files are read by ``TLSClientContext``.
package struct TLSClientSettings: Hashable, Sendable {
    /// Asked for (SNI) and looked for in the server's certificate: a host name, or an address.
    package var serverName: String
    /// PEM: what the server's certificate must lead to; nil for what the system trusts.
    package var caFile: String?
    /// Shown to a server that asks.
    package var certificate: TLSCertificateFiles?
    /// PEM, as ``TLSServerSettings/revocationListFile``.
    package var revocationListFile: String?
    /// Whether the certificate must be for `serverName`.
    package var verifiesName = true
    /// Talks to anybody, whatever they show; what is wrong with it is in ``TLSReport/problem``.
    package var isInsecure = false
    package var applicationProtocols: [String] = []
    package var minimumVersion = TLSVersion.v1_2
    package var maximumVersion = TLSVersion.v1_3

    package init(serverName: String) { self.serverName = serverName }
}
