import COpenSSL

/// A certificate with its key and the chain to its root, checked to be usable.
struct KeyPair {
    let files: TLSCertificateFiles
    let leaf: OpenSSLObject
    let chain: [OpenSSLObject]
    let key: OpenSSLObject

    /// - Parameter checksDates: Always, but where a test wants a server that no client should trust.
    init(_ files: TLSCertificateFiles, checksDates: Bool = true) throws(TLSError) {
        let certificates = try PEMFile(files.certificate).certificates()
        self.files = files
        self.leaf = certificates[0]
        self.chain = Array(certificates.dropFirst())
        self.key = try PEMFile(files.key).key()
        let (leaf, key) = (self.leaf, self.key)
        let belongs = leaf.with { leaf in key.with { X509_check_private_key(leaf, $0) == 1 } }
        OpenSSLErrors.clear()
        guard belongs else { throw TLSError(.keyOfAnother(certificate: files.certificate), file: files.key) }
        if !checksDates { return }
        for certificate in certificates {
            let (from, until) = certificate.with { (X509.notBefore($0), X509.notAfter($0)) }
            let now = TLSDate.now()
            if now > until { throw TLSError(.expired(since: until), file: files.certificate) }
            if now < from { throw TLSError(.notYetValid(from: from), file: files.certificate) }
        }
    }

    func use(in context: OpaquePointer) throws(TLSError) {
        OpenSSLErrors.clear()
        let done =
            self.leaf.with { SSL_CTX_use_certificate(context, $0) == 1 }
            && self.key.with { SSL_CTX_use_PrivateKey(context, $0) == 1 }
            && self.chain.allSatisfy { $0.with { shim_SSL_CTX_add1_chain_cert(context, $0) == 1 } }
        if done { return }
        let reason = shim_ERR_GET_REASON(ERR_peek_last_error())
        let words = OpenSSLErrors.take()
        let isWeak = [SSL_R_EE_KEY_TOO_SMALL, SSL_R_CA_KEY_TOO_SMALL, SSL_R_CA_MD_TOO_WEAK].contains(reason)
        throw TLSError(isWeak ? .tooWeak(words) : .library(words), file: self.files.certificate)
    }
}
