import COpenSSL

/// Cipher suites by IANA's names and by OpenSSL's.
package enum CipherSuites {
    /// Of TLS 1.2: forward secrecy and authenticated encryption.
    static let defaultForTLS12 = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AESCCM"

    struct Suite {
        let iana: String
        let openSSL: String
        let isTLS13: Bool
    }

    /// Whether all names are known, and which are not offered between the versions.
    package static func check(_ settings: TLSServerSettings) throws(TLSError) {
        guard settings.minimumVersion <= settings.maximumVersion else {
            throw TLSError(.versions(settings.minimumVersion, settings.maximumVersion))
        }
        let chosen = try self.resolve(settings.cipherSuites)
        let unused = chosen.filter {
            $0.isTLS13 ? settings.maximumVersion < .v1_3 : settings.minimumVersion > .v1_2
        }
        if !unused.isEmpty { throw TLSError(.cipherSuitesNotOffered(unused.map(\.iana))) }
    }

    static func resolve(_ names: [String]) throws(TLSError) -> [Suite] {
        if names.isEmpty { return [] }
        let all = try self.all()
        var chosen: [Suite] = []
        for name in names {
            let wanted = name.uppercased()
            guard let suite = all.first(where: { $0.iana == wanted || $0.openSSL == wanted }) else {
                throw TLSError(.unknownCipherSuite(name, suggestion: self.nearest(wanted, all)))
            }
            chosen.append(suite)
        }
        return chosen
    }

    static func apply(_ names: [String], to context: OpaquePointer) throws(TLSError) {
        let chosen = try self.resolve(names)
        let old = chosen.filter { !$0.isTLS13 }.map(\.openSSL)
        guard SSL_CTX_set_cipher_list(context, old.isEmpty ? self.defaultForTLS12 : old.joined(separator: ":")) == 1
        else {
            throw TLSError(.library(OpenSSLErrors.take()))
        }
        let new = chosen.filter(\.isTLS13).map(\.openSSL)
        if !new.isEmpty, SSL_CTX_set_ciphersuites(context, new.joined(separator: ":")) != 1 {
            throw TLSError(.library(OpenSSLErrors.take()))
        }
    }

    /// What this build can speak with a certificate.
    private static func all() throws(TLSError) -> [Suite] {
        guard let context = SSL_CTX_new(TLS_method()) else { throw TLSError(.library(OpenSSLErrors.take())) }
        defer { SSL_CTX_free(context) }
        _ = SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL:!PSK:!SRP")
        let list = SSL_CTX_get_ciphers(context)
        return (0..<max(0, OPENSSL_sk_num(list))).compactMap { index in
            guard let cipher = OPENSSL_sk_value(list, index).map({ OpaquePointer($0) }),
                let iana = SSL_CIPHER_standard_name(cipher), let name = SSL_CIPHER_get_name(cipher),
                let version = SSL_CIPHER_get_version(cipher)
            else { return nil }
            return Suite(
                iana: String(cString: iana),
                openSSL: String(cString: name),
                isTLS13: String(cString: version) == "TLSv1.3"
            )
        }
    }

    /// Names are made of parts, and a wrong one mostly lacks one or has one of another suite.
    private static func nearest(_ name: String, _ all: [Suite]) -> String? {
        func parts(_ text: String) -> Set<Substring> { Set(text.split { $0 == "_" || $0 == "-" }) }
        let wanted = parts(name)
        var best: (name: String, likeness: Double)?
        for candidate in all.flatMap({ [$0.iana, $0.openSSL] }) {
            let has = parts(candidate)
            let likeness = Double(has.intersection(wanted).count) / Double(has.union(wanted).count)
            if likeness >= 0.5, likeness > best?.likeness ?? 0 { best = (candidate, likeness) }
        }
        return best?.name
    }
}
