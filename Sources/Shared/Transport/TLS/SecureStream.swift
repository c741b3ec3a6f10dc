import COpenSSL
import Machine

/// Which side of a handshake a stream is, and what it stands on.
enum TLSSide: Sendable {
    case server(TLSServerContext)
    case client(TLSClientContext)

    var isServer: Bool { if case .server = self { true } else { false } }
}

/// One connection of OpenSSL's, and all of its pointers. It owns no buffers: what comes in is read where it lies, what goes out is
/// appended to the caller's array.
final class SecureStream {
    let side: TLSSide
    private let ssl: OpaquePointer
    /// What the call under way has not read yet.
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The caller's array, for the time of a call.
    private var output: [UInt8] = []
    private(set) var isOpen = false
    private(set) var hasEnded = false
    private var isLost = false
    /// What a callback found wrong: with the peer's certificate, or with the protocols it offers.
    private(set) var problem: LayerFailure?

    private var secrets = TrafficSecrets()
    /// Goes on where the handshake ended; nil on a client's side, and when OpenSSL has to.
    private(set) var records: RecordLayer?

    /// Bytes that TLS itself has answered with since the handshake.
    private var answered = 0
    /// An answer is one to a request for new keys, 26 bytes; what has sent gigabytes may ask for them, a flood of requests is
    /// there to fill memory.
    private static let maximumAnswered = 64 << 10
    /// Plaintext that one record can carry.
    private static let recordBytes = 16 << 10

    /// nil when there is no memory.
    init?(_ side: TLSSide) {
        let context =
            switch side {
            case .server(let server): server.contexts[0]
            case .client(let client): client.context
            }
        guard let method = Self.method, let ssl = context.with({ SSL_new($0) }) else { return nil }
        self.side = side
        self.ssl = ssl
        guard let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())  // ends with the connection
        BIO_set_init(bio, 1)
        SSL_set_bio(ssl, bio, bio)
        switch side {
        case .server: SSL_set_accept_state(ssl)
        case .client(let client):
            SSL_set_connect_state(ssl)
            self.prepare(client)
        }
    }

    deinit {
        // Without it the session of a connection that was cut would not be resumed.
        SSL_set_shutdown(self.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        SSL_free(self.ssl)
    }

    private func prepare(_ client: TLSClientContext) {
        let name = client.settings.serverName
        let parameters = SSL_get0_param(self.ssl)
        let address = a2i_IPADDRESS(name)
        ASN1_OCTET_STRING_free(address)
        let isAddress = address != nil
        if !isAddress { _ = shim_SSL_set_tlsext_host_name(self.ssl, name) }
        if client.settings.verifiesName {
            _ = isAddress ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name) : SSL_set1_host(self.ssl, name)
        }
        _ = shim_SSL_set_tlsext_status_type(self.ssl, Int32(TLSEXT_STATUSTYPE_ocsp))
        if let session = client.lastSession { _ = session.with { SSL_set_session(self.ssl, $0) } }
        OpenSSLErrors.clear()
    }

    // MARK: Bytes

    /// Goes on with the handshake, or appends what the bytes carry.
    func receive(
        _ bytes: UnsafeBufferPointer<UInt8>,
        up: inout [UInt8],
        down: inout [UInt8]
    ) -> LayerFailure? {
        if self.isLost || self.hasEnded { return nil }
        return self.calling(&down) {
            self.input = UnsafeRawBufferPointer(bytes)
            defer { self.input = UnsafeRawBufferPointer(start: nil, count: 0) }
            if !self.isOpen {
                let start = self.output.count
                if let failure = self.shakeHands() { return failure }
                if !self.isOpen { return nil }
                self.records = self.recordLayer(afterSending: self.output[start...])
                if let records {
                    return records.receive(self.input.bindMemory(to: UInt8.self), up: &up, down: &self.output)
                }
            }
            let before = self.output.count
            if let failure = self.read(into: &up) { return failure }
            self.answered += self.output.count - before
            if self.answered <= Self.maximumAnswered { return nil }
            self.isLost = true
            return LayerFailure("the \(self.side.isServer ? "client" : "server") asks for new keys again and again")
        }
    }

    /// The client's first flight.
    func start(down: inout [UInt8]) -> LayerFailure? { self.calling(&down) { self.shakeHands() } }

    func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) -> LayerFailure? {
        if self.isLost || bytes.isEmpty { return nil }
        return self.calling(&down) {
            var written = 0
            if SSL_write_ex(self.ssl, bytes.baseAddress, bytes.count, &written) == 1 { return nil }
            return self.lose()
        }
    }

    /// close_notify, once. During a handshake there is nobody to tell.
    func close(down: inout [UInt8]) {
        if self.isLost || !self.isOpen { return }
        _ = self.calling(&down) {
            _ = SSL_shutdown(self.ssl)
            OpenSSLErrors.clear()
            return nil
        }
    }

    private func calling(_ down: inout [UInt8], _ body: () -> LayerFailure?) -> LayerFailure? {
        swap(&self.output, &down)
        defer { swap(&self.output, &down) }
        OpenSSLErrors.clear()
        return body()
    }

    private func shakeHands() -> LayerFailure? {
        let result = SSL_do_handshake(self.ssl)
        if result == 1 {
            self.isOpen = true
            return self.finish()
        }
        return SSL_get_error(self.ssl, result) == SSL_ERROR_WANT_READ ? nil : self.lose()
    }

    private func read(into up: inout [UInt8]) -> LayerFailure? {
        while true {
            var result: Int32 = 0
            up.append(addingCapacity: Self.recordBytes) { space in
                space.withUnsafeMutableBufferPointer { buffer, initialized in
                    var count = 0
                    result = SSL_read_ex(
                        self.ssl,
                        buffer.baseAddress.map { $0 + initialized },
                        buffer.count - initialized,
                        &count
                    )
                    initialized += count
                }
            }
            if result == 1 { continue }
            switch SSL_get_error(self.ssl, result) {
            case SSL_ERROR_WANT_READ: return nil
            case SSL_ERROR_ZERO_RETURN:
                self.hasEnded = true
                return nil
            default: return self.lose()
            }
        }
    }

    /// Takes over from OpenSSL.
    ///
    /// - Parameter last: What the handshake's last step said. In TLS 1.3 that is tickets, one a record.
    private func recordLayer(afterSending last: ArraySlice<UInt8>) -> RecordLayer? {
        defer { self.secrets.erase() }
        // What OpenSSL has read and not used would be lost; it reads no record before it is asked to.
        guard self.side.isServer, SSL_has_pending(self.ssl) == 0, let suite = RecordSuite(self.ssl),
            let keys = TrafficKeys(self.ssl, suite: suite, secrets: self.secrets)
        else { return nil }
        // Of TLS 1.2's records the Finished is the first that is encrypted, either way.
        var (received, sent) = (UInt64(1), UInt64(1))
        if suite.version == .v1_3 {
            (received, sent) = (0, 0)
            var index = last.startIndex
            while index + RecordCipher.headSize <= last.endIndex {
                sent += 1
                index += RecordCipher.headSize + Int(last[index + 3]) << 8 + Int(last[index + 4])
            }
        }
        let wanted = Int(SSL_SESSION_get_max_fragment_length(SSL_get_session(self.ssl)))
        return RecordLayer(
            keys,
            fragmentBytes: 1...4 ~= wanted ? 256 << wanted : Self.recordBytes,
            received: received,
            sent: sent
        )
    }

    private func lose() -> LayerFailure {
        self.isLost = true
        return TLSFailure.words(self.side, found: self.problem)
    }

    /// What remains to be checked, and what an idle connection need not keep.
    private func finish() -> LayerFailure? {
        guard case .server(let server) = self.side else { return nil }
        _ = shim_SSL_set_tlsext_status_ocsp_resp(self.ssl, nil, 0)
        // The session keeps the issuers that a client sent, 3 KiB each; they have done their part. Its own certificate stays.
        if let issuers = SSL_get_peer_cert_chain(self.ssl) {
            while let issuer = OPENSSL_sk_pop(issuers) { X509_free(OpaquePointer(issuer)) }
        }
        if SSL_session_reused(self.ssl) == 1, let failure = self.resumedCertificateProblem(server) {
            self.isLost = true
            return failure
        }
        return nil
    }

    /// A ticket carries a certificate that was verified some time ago: its own end and that of the revocation lists may have come.
    private func resumedCertificateProblem(_ server: TLSServerContext) -> LayerFailure? {
        guard let certificate = SSL_get0_peer_certificate(self.ssl) else { return nil }
        let now = TLSDate.now()
        let until = X509.notAfter(certificate)
        if now > until {
            return LayerFailure("the client's certificate expired on \(TLSDate.text(until))")
        }
        if let end = server.revocationListsEnd, now > end {
            let file = server.settings.revocationListFile ?? ""
            return LayerFailure("a revocation list in \(file) expired on \(TLSDate.text(end))", isPeersFault: false)
        }
        return nil
    }

    // MARK: What the handshake settled

    var facts: TLSFacts {
        var facts = TLSFacts(
            version: SSL_get_version(self.ssl).map { String(cString: $0) } ?? "",
            cipher: SSL_CIPHER_standard_name(SSL_get_current_cipher(self.ssl)).map { String(cString: $0) } ?? "",
            serverName: SSL_get_servername(self.ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) },
            isResumed: SSL_session_reused(self.ssl) == 1
        )
        if case .server(let server) = self.side, server.settings.clientAuthentication != .none,
            SSL_get_verify_result(self.ssl) == Int(X509_V_OK), let certificate = SSL_get0_peer_certificate(self.ssl)
        {
            facts.certificate = CertificateFacts(certificate)
        }
        return facts
    }

    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(self.ssl, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    /// The certificates that a server sent, its own first; of a resumed session only that.
    var peerChain: [CertificateInfo] {
        let chain = SSL_get_peer_cert_chain(self.ssl)
        let all = (0..<max(0, OPENSSL_sk_num(chain))).compactMap { index in
            OPENSSL_sk_value(chain, index).map { CertificateInfo(OpaquePointer($0)) }
        }
        if !all.isEmpty { return all }
        return SSL_get0_peer_certificate(self.ssl).map { [CertificateInfo($0)] } ?? []
    }

    /// nil when the peer's certificate was verified. That of a resumed session was looked at before, so that only OpenSSL's
    /// own words are left.
    var certificateProblem: String? {
        if let problem { return problem.reason }
        let result = SSL_get_verify_result(self.ssl)
        if result == Int(X509_V_OK) { return nil }
        return X509_verify_cert_error_string(result).map { String(cString: $0) } ?? "error \(result)"
    }

    var hasStaple: Bool {
        var response: UnsafePointer<UInt8>?
        return shim_SSL_get_tlsext_status_ocsp_resp(self.ssl, &response) > 0
    }
}

@available(*, unavailable)
extension SecureStream: Sendable {}

// MARK: - What OpenSSL calls

extension SecureStream {
    private static func of(_ bio: OpaquePointer?) -> SecureStream? {
        BIO_get_data(bio).map { Unmanaged<SecureStream>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Made once, never changed: nonisolated(unsafe) is for the pointer only.
    private nonisolated(unsafe) static let method: OpaquePointer? = {
        guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "layer") else { return nil }
        BIO_meth_set_read_ex(method) { bio, buffer, wanted, count in
            shim_BIO_clear_retry_flags(bio)
            guard let stream = SecureStream.of(bio), let buffer, !stream.input.isEmpty else {
                shim_BIO_set_retry_read(bio)
                return 0
            }
            let taken = min(wanted, stream.input.count)
            UnsafeMutableRawPointer(buffer).copyMemory(
                from: stream.input.baseAddress.unsafelyUnwrapped,
                byteCount: taken
            )
            stream.input = UnsafeRawBufferPointer(rebasing: stream.input[taken...])
            count?.pointee = taken
            return 1
        }
        BIO_meth_set_write_ex(method) { bio, bytes, wanted, count in
            shim_BIO_clear_retry_flags(bio)
            guard let stream = SecureStream.of(bio), let bytes else { return 0 }
            stream.output.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: wanted))
            count?.pointee = wanted
            return 1
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return method
    }()

    /// Notes in words what is wrong with a peer's certificate, and leaves the verdict as it is.
    static let verify: SSL_verify_cb = { isGood, verification in
        if isGood == 1 { return 1 }
        let ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx())
        if let ssl, let verification, let stream = SecureStream.of(SSL_get_rbio(OpaquePointer(ssl))),
            stream.problem == nil
        {
            stream.problem = CertificateProblem.words(verification, stream.side)
        }
        return 0
    }

    /// Is told secrets only, and keeps two of them until the handshake is over.
    static let noteSecret: SSL_CTX_keylog_cb_func = { ssl, line in
        guard let ssl, let line else { return }
        SecureStream.of(SSL_get_rbio(ssl))?.secrets.note(line)
    }

    static let chooseProtocol: SSL_CTX_alpn_select_cb_func = { ssl, chosen, chosenCount, offered, offeredCount, me in
        guard let me, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        let server = Unmanaged<TLSServerContext>.fromOpaque(me).takeUnretainedValue()
        let bytes = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
        var names: [Range<Int>] = []
        var index = 0
        while index < bytes.count, index + 1 + Int(bytes[index]) <= bytes.count {
            names.append(index + 1..<index + 1 + Int(bytes[index]))
            index = names[names.count - 1].upperBound
        }
        for wanted in server.settings.applicationProtocols {
            guard let found = names.first(where: { bytes[$0].elementsEqual(wanted.utf8) }) else { continue }
            chosen?.pointee = offered + found.lowerBound
            chosenCount?.pointee = UInt8(found.count)
            return SSL_TLSEXT_ERR_OK
        }
        let words = names.prefix(8).map { printable(bytes[$0]) }.joined(separator: ", ")
        let own = server.settings.applicationProtocols.joined(separator: " or ")
        SecureStream.of(SSL_get_rbio(ssl))?.problem = LayerFailure(
            "the client wants to speak \(words) (ALPN), and this listener speaks \(own)"
        )
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }

    static let chooseCertificate:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
            ssl,
            _,
            me in
            guard let me, let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else {
                return SSL_TLSEXT_ERR_NOACK
            }
            let server = Unmanaged<TLSServerContext>.fromOpaque(me).takeUnretainedValue()
            server.context(for: String(cString: name)).with { context in
                if SSL_get_SSL_CTX(ssl) != context { _ = SSL_set_SSL_CTX(ssl, context) }
            }
            return SSL_TLSEXT_ERR_OK
        }

    static let staple: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { ssl, me in
        guard let me else { return SSL_TLSEXT_ERR_NOACK }
        let server = Unmanaged<TLSServerContext>.fromOpaque(me).takeUnretainedValue()
        guard let bytes = server.currentStaple, let copy = shim_OPENSSL_memdup(bytes, bytes.count) else {
            return SSL_TLSEXT_ERR_NOACK
        }
        let owned = copy.assumingMemoryBound(to: UInt8.self)
        _ = shim_SSL_set_tlsext_status_ocsp_resp(ssl, owned, bytes.count)
        return SSL_TLSEXT_ERR_OK
    }

    /// 1 takes the session over.
    static let keepSession: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = { ssl, session in
        guard let session, case .client(let client)? = SecureStream.of(SSL_get_rbio(ssl))?.side else { return 0 }
        client.keep(.session(session))
        return 1
    }
}

/// A peer's bytes for a log: what is not printable ASCII becomes a question mark.
func printable(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: bytes.map { 0x21...0x7E ~= $0 ? $0 : 0x3F }, as: UTF8.self)
}
