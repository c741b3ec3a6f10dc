import COpenSSL

/// What certificates have to lead to, and which of them were taken back.
struct TrustStore {
    let store: OpenSSLObject
    let authorities: [OpenSSLObject]
    /// When the first of the revocation lists runs out, in seconds since 1970: nobody is verified after that.
    let revocationListsEnd: Int?
    /// SHA-256 of the files: sessions that were verified by others are not resumed.
    let digest: [UInt8]

    /// - Parameter checksDates: Whether a revocation list that is over is refused here already; handshakes refuse it anyway.
    init(caFile: String, revocationListFile: String?, checksDates: Bool) throws(TLSError) {
        let file = try PEMFile(caFile)
        let authorities = try file.certificates()
        guard let pointer = X509_STORE_new() else { throw TLSError(.library(OpenSSLErrors.take())) }
        let store = OpenSSLObject.store(pointer)
        for authority in authorities {
            let added = authority.with { authority in store.with { X509_STORE_add_cert($0, authority) == 1 } }
            guard added else { throw TLSError(.malformed(OpenSSLErrors.take()), file: caFile) }
        }
        // Whatever is in ca_file is trusted, be it a root or not.
        _ = store.with { X509_STORE_set_flags($0, UInt(X509_V_FLAG_PARTIAL_CHAIN)) }
        var files = file.bytes
        if let revocationListFile {
            let (end, bytes) = try Self.addRevocationLists(
                revocationListFile,
                to: store,
                authorities,
                checksDates: checksDates
            )
            self.revocationListsEnd = end
            files += bytes
        } else {
            self.revocationListsEnd = nil
        }
        self.store = store
        self.authorities = authorities
        self.digest = sha256(files)
    }

    /// Reads lists, refuses those that would verify nobody, and has every certificate looked up in them.
    static func addRevocationLists(
        _ path: String,
        to store: OpenSSLObject,
        _ authorities: [OpenSSLObject],
        checksDates: Bool
    ) throws(TLSError) -> (end: Int?, bytes: [UInt8]) {
        let file = try PEMFile(path)
        var end: Int?
        for list in try file.revocationLists() {
            let (issuer, from, until) = list.with { list in
                (
                    X509.text(of: X509_CRL_get_issuer(list)), TLSDate.seconds(X509_CRL_get0_lastUpdate(list)),
                    X509_CRL_get0_nextUpdate(list).map { TLSDate.seconds($0) }
                )
            }
            let now = TLSDate.now()
            if checksDates, let until, now > until {
                throw TLSError(.revocationListExpired(issuer: issuer, since: until), file: path)
            }
            if checksDates, now < from {
                throw TLSError(.revocationListNotYetValid(issuer: issuer, from: from), file: path)
            }
            // The list of an issuer between client and CA can only be verified when a client brings that issuer.
            let issuers = authorities.filter { authority in authority.with { X509.subject($0) } == issuer }
            let isSigned = issuers.contains { issuer in
                issuer.with { issuer in list.with { X509_CRL_verify($0, X509_get0_pubkey(issuer)) == 1 } }
            }
            OpenSSLErrors.clear()
            if !issuers.isEmpty, !isSigned { throw TLSError(.revocationListForged(issuer: issuer), file: path) }
            let added = list.with { list in store.with { X509_STORE_add_crl($0, list) == 1 } }
            guard added else { throw TLSError(.malformed(OpenSSLErrors.take()), file: path) }
            if let until { end = min(end ?? until, until) }
        }
        _ = store.with { X509_STORE_set_flags($0, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL)) }
        return (end, file.bytes)
    }
}

func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil)
    return digest
}
