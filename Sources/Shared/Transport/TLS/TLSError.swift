/// Why TLS cannot be set up from what an operator gave: which file, what is wrong with it, what to do.
package struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Problem: Hashable, Sendable {
        case unreadable(String)
        case tooLarge(limit: Int)
        case noCertificate
        case noKey
        case noRevocationList
        case malformed(String)
        case encryptedKey
        case keyOfAnother(certificate: String)
        /// Dates are seconds since 1970.
        case expired(since: Int)
        case notYetValid(from: Int)
        case tooWeak(String)
        case revocationListExpired(issuer: String, since: Int)
        case revocationListNotYetValid(issuer: String, from: Int)
        case revocationListForged(issuer: String)
        case stapleRefused(String)
        case stapleOfAnotherCertificate
        case stapleExpired(since: Int)
        case stapleSaysRevoked
        case unknownCipherSuite(String, suggestion: String?)
        case cipherSuitesNotOffered([String])
        case versions(TLSVersion, TLSVersion)
        case noClientCA
        case protocolName(String)
        case library(String)
    }

    /// nil when it is not about a file.
    package let file: String?
    package let problem: Problem

    package init(_ problem: Problem, file: String? = nil) {
        self.problem = problem
        self.file = file
    }

    package var description: String {
        let words = "\(self.what); \(self.remedy)"
        return self.file.map { "\($0): \(words)" } ?? words
    }

    private var what: String {
        switch self.problem {
        case .unreadable(let reason): "cannot be read: \(reason)"
        case .tooLarge(let limit): "larger than \(limit >> 20) MiB"
        case .noCertificate: "there is no certificate in it"
        case .noKey: "there is no private key in it"
        case .noRevocationList: "there is no revocation list (CRL) in it"
        case .malformed(let reason): "is damaged (\(reason))"
        case .encryptedKey: "the private key is encrypted, and nobody is there to give the passphrase"
        case .keyOfAnother(let certificate): "this key does not belong to the certificate in \(certificate)"
        case .expired(let since): "the certificate expired on \(TLSDate.text(since))"
        case .notYetValid(let from): "the certificate is not valid before \(TLSDate.text(from))"
        case .tooWeak(let reason): "is too weak (\(reason))"
        case .revocationListExpired(let issuer, let since):
            "the revocation list of '\(issuer)' expired on \(TLSDate.text(since))"
        case .revocationListNotYetValid(let issuer, let from):
            "the revocation list of '\(issuer)' is not valid before \(TLSDate.text(from))"
        case .revocationListForged(let issuer): "the revocation list was not signed by '\(issuer)' as ca_file has it"
        case .stapleRefused(let reason): "no OCSP response that can be stapled (\(reason))"
        case .stapleOfAnotherCertificate: "the OCSP response is for another certificate"
        case .stapleExpired(let since): "the OCSP response expired on \(TLSDate.text(since))"
        case .stapleSaysRevoked: "the OCSP response says that the certificate is revoked"
        case .unknownCipherSuite(let name, _): "unknown cipher suite '\(name)'"
        case .cipherSuitesNotOffered(let names): "no connection could use \(names.joined(separator: ", "))"
        case .versions(let least, let most): "min_version \(least) is above max_version \(most)"
        case .noClientCA: "clients are to show certificates, and there is no CA to verify them"
        case .protocolName(let name): "'\(name)' is no ALPN protocol name"
        case .library(let reason): "OpenSSL refuses: \(reason)"
        }
    }

    private var remedy: String {
        switch self.problem {
        case .unreadable: "give a file that this user may read"
        case .tooLarge: "give a file of PEM blocks"
        case .noCertificate: "give PEM, which begins with -----BEGIN CERTIFICATE-----"
        case .noKey: "give PEM, which begins with -----BEGIN PRIVATE KEY-----"
        case .noRevocationList: "give PEM, which begins with -----BEGIN X509 CRL-----"
        case .malformed: "write it anew"
        case .encryptedKey: "decrypt it: openssl pkey -in FILE -out NEW, readable by this user only"
        case .keyOfAnother: "give the key that the certificate was made for"
        case .expired: "have it renewed"
        case .notYetValid: "check the clock, or wait"
        case .tooWeak: "use EC P-256, or RSA of 2048 bits and SHA-256"
        case .revocationListExpired: "fetch the current one from the issuer"
        case .revocationListNotYetValid: "check the clock"
        case .revocationListForged: "fetch it from the issuer, or correct ca_file"
        case .stapleRefused: "give the responder's answer as DER: openssl ocsp -respout FILE"
        case .stapleOfAnotherCertificate: "ask the responder about the one in cert_file"
        case .stapleExpired: "ask the responder again"
        case .stapleSaysRevoked: "get a new certificate"
        case .unknownCipherSuite(_, let suggestion?): "did you mean '\(suggestion)'?"
        case .unknownCipherSuite: "use IANA's names, such as TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
        case .cipherSuitesNotOffered: "name suites of the versions between min_version and max_version"
        case .versions: "raise max_version or lower min_version"
        case .noClientCA: "set ca_file"
        case .protocolName: "give 1 to 255 bytes"
        case .library: "check the settings of this listener"
        }
    }
}
