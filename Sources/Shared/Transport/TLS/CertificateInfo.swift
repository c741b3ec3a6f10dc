import COpenSSL
import Machine

/// What stands in a certificate, for people.
package struct CertificateInfo: Hashable, Sendable {
    /// RFC 2253.
    package var subject: String
    package var issuer: String
    /// Lower-case hex without leading zeros.
    package var serial: String
    package var dnsNames: [String]
    package var addresses: [String]
    package var uris: [String]
    package var emails: [String]
    /// Seconds since 1970, both included.
    package var notBefore: Int
    package var notAfter: Int
    /// `EC P-256`, `RSA`, `ED25519`.
    package var keyType: String
    package var keyBits: Int
    /// `ecdsa-with-SHA256`, as OpenSSL names it.
    package var signatureAlgorithm: String
    package var isCA: Bool
    /// Its issuer is itself, by name and signature.
    package var isSelfSigned: Bool
    /// SHA-256 of the DER form, in lower-case hex.
    package var fingerprint: String

    /// All certificates of a PEM file, in their order; at least one.
    package static func read(_ path: String) throws(TLSError) -> [CertificateInfo] {
        try PEMFile(path).certificates().map { $0.with { CertificateInfo($0) } }
    }

    /// What is wrong with its dates, in words: "expired on 2026-01-01".
    ///
    /// - Parameter now: Seconds since 1970.
    package func dateProblem(at now: Int) -> String? {
        if now > self.notAfter { return "expired on \(TLSDate.text(self.notAfter))" }
        if now < self.notBefore { return "is not valid before \(TLSDate.text(self.notBefore))" }
        return nil
    }

    init(_ certificate: OpaquePointer) {
        let names = X509.alternativeNames(certificate)
        self.subject = X509.subject(certificate)
        self.issuer = X509.issuer(certificate)
        self.serial = X509.serial(certificate)
        self.dnsNames = names.dns
        self.addresses = names.addresses
        self.uris = names.uris
        self.emails = names.emails
        self.notBefore = X509.notBefore(certificate)
        self.notAfter = X509.notAfter(certificate)
        let key = X509_get0_pubkey(certificate)
        self.keyType = key.map(Self.type) ?? "unknown"
        self.keyBits = key.map { Int(EVP_PKEY_get_bits($0)) } ?? 0
        self.signatureAlgorithm =
            OBJ_nid2sn(X509_get_signature_nid(certificate)).map { String(cString: $0) } ?? "unknown"
        self.isCA = X509_check_ca(certificate) > 0
        self.isSelfSigned = X509_self_signed(certificate, 1) == 1
        self.fingerprint = X509.fingerprint(certificate)
        OpenSSLErrors.clear()
    }

    private static func type(_ key: OpaquePointer) -> String {
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA: return "RSA"
        case EVP_PKEY_RSA_PSS: return "RSA-PSS"
        case EVP_PKEY_EC:
            var name = [CChar](repeating: 0, count: 64)
            var count = 0
            guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { return "EC" }
            let group = String(decoding: name[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return "EC " + (["prime256v1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"][group] ?? group)
        default: return EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
        }
    }
}

extension CertificateFacts {
    init(_ certificate: OpaquePointer) {
        let names = X509.alternativeNames(certificate)
        self.init(
            subject: X509.subject(certificate),
            commonName: X509.commonName(certificate),
            dnsNames: names.dns,
            uris: names.uris,
            fingerprint: X509.fingerprint(certificate)
        )
    }
}
