import COpenSSL
import Synchronization

/// What a client brings to its connections with one server: trust, its own certificate, and the last session, which the next
/// connection resumes.
package final class TLSClientContext: Sendable {
    package let settings: TLSClientSettings
    let context: OpenSSLObject
    private let session = Mutex<OpenSSLObject?>(nil)

    /// - Parameter checksDates: Always, but where a test wants a client that no server should trust.
    package init(_ settings: TLSClientSettings, checksDates: Bool = true) throws(TLSError) {
        if let wrong = settings.applicationProtocols.first(where: { !(1...255 ~= $0.utf8.count) }) {
            throw TLSError(.protocolName(wrong))
        }
        guard settings.minimumVersion <= settings.maximumVersion else {
            throw TLSError(.versions(settings.minimumVersion, settings.maximumVersion))
        }
        let object = try TLSDefaults.context(TLS_client_method(), settings.minimumVersion, settings.maximumVersion)
        try object.with { context throws(TLSError) in
            try Self.trust(settings, context, checksDates)
            if let files = settings.certificate { try KeyPair(files, checksDates: checksDates).use(in: context) }
            let mode = SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
            _ = shim_SSL_CTX_set_session_cache_mode(context, Int(mode))
            SSL_CTX_sess_set_new_cb(context, SecureStream.keepSession)
            let names = settings.applicationProtocols.flatMap { [UInt8(truncatingIfNeeded: $0.utf8.count)] + $0.utf8 }
            if !names.isEmpty { _ = SSL_CTX_set_alpn_protos(context, names, UInt32(names.count)) }
        }
        self.settings = settings
        self.context = object
    }

    private static func trust(
        _ settings: TLSClientSettings,
        _ context: OpaquePointer,
        _ checksDates: Bool
    ) throws(TLSError) {
        if let file = settings.caFile {
            let trust = try TrustStore(
                caFile: file,
                revocationListFile: settings.revocationListFile,
                checksDates: checksDates
            )
            trust.store.with { SSL_CTX_set1_cert_store(context, $0) }
        } else {
            SystemTrust.use(in: context)
            if let file = settings.revocationListFile, let store = SSL_CTX_get_cert_store(context) {
                X509_STORE_up_ref(store)
                _ = try TrustStore.addRevocationLists(file, to: .store(store), [], checksDates: checksDates)
            }
        }
        // Without verification the callback still notes what is wrong.
        SSL_CTX_set_verify(context, settings.isInsecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, SecureStream.verify)
    }

    package func makeLayer() -> TLSLayer { TLSLayer(.client(self)) }

    /// As words name it.
    var trusted: String { self.settings.caFile ?? "what this system trusts" }

    func keep(_ session: OpenSSLObject) { self.session.withLock { $0 = session } }
    var lastSession: OpenSSLObject? { self.session.withLock { $0 } }
}

/// The roots that came with the system. A static OpenSSL knows only where the system that built it has them.
private enum SystemTrust {
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Arch, Alpine
        "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, Red Hat
        "/etc/ssl/ca-bundle.pem",  // SUSE
        "/etc/ssl/cert.pem",  // macOS, FreeBSD
    ]

    static func use(in context: OpaquePointer) {
        // Honours SSL_CERT_FILE and SSL_CERT_DIR.
        _ = SSL_CTX_set_default_verify_paths(context)
        for bundle in self.bundles where SSL_CTX_load_verify_file(context, bundle) == 1 { break }
        ERR_clear_error()
    }
}
