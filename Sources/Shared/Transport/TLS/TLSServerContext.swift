import COpenSSL

/// A listener's TLS, ready: certificates, keys and trust, loaded once and shared by all loops.
package final class TLSServerContext: Sendable {
    package let settings: TLSServerSettings
    /// The certificates themselves, without their issuers; the first is the one for clients that name no other.
    package let certificates: [CertificateInfo]
    /// The CRLs run out then, in seconds since 1970, and no client certificate is accepted any more; nil without CRLs.
    package let revocationListsEnd: Int?
    /// OpenSSL's, one a certificate; the first is what connections begin with.
    let contexts: [OpenSSLObject]
    private let byName: [String: Int]
    private let staple: OCSPStaple?

    /// - Parameter checksDates: Always, but where a test wants a server that no client should trust.
    package init(_ settings: TLSServerSettings, checksDates: Bool = true) throws(TLSError) {
        try CipherSuites.check(settings)
        if let wrong = settings.applicationProtocols.first(where: { !(1...255 ~= $0.utf8.count) }) {
            throw TLSError(.protocolName(wrong))
        }
        var trust: TrustStore?
        if settings.clientAuthentication != .none {
            guard let file = settings.clientCAFile else { throw TLSError(.noClientCA) }
            trust = try TrustStore(
                caFile: file,
                revocationListFile: settings.revocationListFile,
                checksDates: checksDates
            )
        }
        var pairs: [KeyPair] = []
        for files in [settings.certificate] + settings.moreCertificates {
            pairs.append(try KeyPair(files, checksDates: checksDates))
        }
        let certificates = pairs.map { $0.leaf.with { CertificateInfo($0) } }
        var byName: [String: Int] = [:]
        for (index, names) in pairs.map({ $0.leaf.with { X509.hosts($0) } }).enumerated() {
            for name in names where byName[name.lowercased()] == nil { byName[name.lowercased()] = index }
        }
        var contexts: [OpenSSLObject] = []
        for pair in pairs { contexts.append(try Self.context(settings, pair, trust)) }
        if let file = settings.stapleFile {
            self.staple = try OCSPStaple(file, for: pairs[0].leaf, issuers: pairs[0].chain + (trust?.authorities ?? []))
        } else {
            self.staple = nil
        }
        self.settings = settings
        self.certificates = certificates
        self.revocationListsEnd = trust?.revocationListsEnd
        self.contexts = contexts
        self.byName = byName
        self.installCallbacks()
    }

    private static func context(
        _ settings: TLSServerSettings,
        _ pair: KeyPair,
        _ trust: TrustStore?
    ) throws(TLSError) -> OpenSSLObject {
        let object = try TLSDefaults.context(TLS_server_method(), settings.minimumVersion, settings.maximumVersion)
        try object.with { context throws(TLSError) in
            try CipherSuites.apply(settings.cipherSuites, to: context)
            try pair.use(in: context)
            // A cache would hold every session of the last hours; tickets cost the server nothing.
            _ = shim_SSL_CTX_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
            // MQTT clients have one connection, so that one ticket is enough.
            _ = SSL_CTX_set_num_tickets(context, settings.resumesSessions ? 1 : 0)
            if !settings.resumesSessions {
                _ = SSL_CTX_set_options(context, shim_SSL_OP_NO_TICKET)
            } else if !TicketKeys.shared.use(in: context) {
                throw TLSError(.library(OpenSSLErrors.take()))
            }
            if settings.prefersServerCipherSuites {
                // But a client that would rather have ChaCha20 has no AES in hardware.
                _ = SSL_CTX_set_options(
                    context,
                    shim_SSL_OP_CIPHER_SERVER_PREFERENCE | shim_SSL_OP_PRIORITIZE_CHACHA
                )
            }
            Self.trust(trust, settings.clientAuthentication, in: context)
        }
        return object
    }

    private static func trust(
        _ trust: TrustStore?,
        _ authentication: TLSClientAuthentication,
        in context: OpaquePointer
    ) {
        // A session counts only where the same was asked of the client and verified by the same files.
        let sessions = sha256(Array(authentication.rawValue.utf8) + (trust?.digest ?? []))
        _ = SSL_CTX_set_session_id_context(context, sessions, UInt32(sessions.count))
        guard let trust else { return }
        trust.store.with { SSL_CTX_set1_cert_store(context, $0) }
        let mode = SSL_VERIFY_PEER | (authentication == .required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
        SSL_CTX_set_verify(context, mode, SecureStream.verify)
        // Tells clients with several certificates which to take. Of a bundle they would not learn much, at many KiB.
        if trust.authorities.count <= 32 {
            for authority in trust.authorities { _ = authority.with { SSL_CTX_add_client_CA(context, $0) } }
        }
    }

    // MARK: What is decided during a handshake

    private func installCallbacks() {
        let me = Unmanaged.passUnretained(self).toOpaque()  // connections hold the context, which holds OpenSSL's
        for context in self.contexts {
            context.with { context in
                if !self.settings.applicationProtocols.isEmpty {
                    SSL_CTX_set_alpn_select_cb(context, SecureStream.chooseProtocol, me)
                }
                SSL_CTX_set_keylog_callback(context, SecureStream.noteSecret)
                shim_SSL_CTX_set_servername_callback(context, SecureStream.chooseCertificate, me)
            }
        }
        if self.staple != nil {
            self.contexts[0].with { shim_SSL_CTX_set_status_callback($0, SecureStream.staple, me) }
        }
    }

    /// The context for a name: its certificate's, a wildcard's for its first label, or the first.
    func context(for name: String) -> OpenSSLObject {
        let name = name.lowercased()
        if let index = self.byName[name] { return self.contexts[index] }
        guard let dot = name.firstIndex(of: "."), let index = self.byName["*" + name[dot...]] else {
            return self.contexts[0]
        }
        return self.contexts[index]
    }

    /// nil once it has expired: a client would refuse it, and without one it may still go on.
    var currentStaple: [UInt8]? {
        guard let staple, TLSDate.now() <= staple.validUntil else { return nil }
        return staple.bytes
    }
}
