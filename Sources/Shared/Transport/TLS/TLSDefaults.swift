import COpenSSL

/// What every context of ours has, on either side.
enum TLSDefaults {
    /// Of a peer's certificates together. Chains have 3 to 8 KiB; OpenSSL would take 100.
    static let maximumChainBytes = 32 << 10
    /// Certificates between a peer's and a trusted one.
    static let maximumDepth: Int32 = 8

    static func context(
        _ method: OpaquePointer?,
        _ minimum: TLSVersion,
        _ maximum: TLSVersion
    ) throws(TLSError) -> OpenSSLObject {
        OpenSSLErrors.clear()
        guard let pointer = SSL_CTX_new(method) else { throw TLSError(.library(OpenSSLErrors.take())) }
        let object = OpenSSLObject.context(pointer)
        try object.with { context throws(TLSError) in
            guard shim_SSL_CTX_set_min_proto_version(context, minimum.number) == 1,
                shim_SSL_CTX_set_max_proto_version(context, maximum.number) == 1
            else { throw TLSError(.library(OpenSSLErrors.take())) }
            // An idle connection gives its record buffers back, 33 KiB.
            _ = shim_SSL_CTX_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
            _ = SSL_CTX_set_options(context, shim_SSL_OP_NO_RENEGOTIATION | shim_SSL_OP_NO_COMPRESSION)
            _ = shim_SSL_CTX_set_max_cert_list(context, self.maximumChainBytes)
            SSL_CTX_set_verify_depth(context, self.maximumDepth)
        }
        return object
    }
}

extension TLSVersion {
    var number: Int32 {
        switch self {
        case .v1_2: TLS1_2_VERSION
        case .v1_3: TLS1_3_VERSION
        }
    }
}

/// What tickets are encrypted with: made when the process starts, never written down, the same for all listeners and through
/// reloads, so that a client resumes wherever it comes in. Which sessions count where is the session id context's business.
struct TicketKeys: Sendable {
    static let shared = TicketKeys()

    /// A name of 16 bytes, an HMAC key and an AES key of 32 each.
    private let bytes: [UInt8]

    private init() {
        var bytes = [UInt8](repeating: 0, count: 80)
        precondition(RAND_bytes(&bytes, 80) == 1, "no randomness for the keys of TLS tickets")
        self.bytes = bytes
    }

    func use(in context: OpaquePointer) -> Bool {
        var copy = self.bytes
        return shim_SSL_CTX_set_tlsext_ticket_keys(context, &copy, copy.count) == 1
    }
}
