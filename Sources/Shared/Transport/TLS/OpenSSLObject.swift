import COpenSSL

/// One reference to an object of OpenSSL's, given back at the end.
///
/// @unchecked: certificates, revocation lists, contexts and sessions count their references atomically, and nothing here changes
/// one after it was set up.
final class OpenSSLObject: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let release: @Sendable (OpaquePointer) -> Void

    init(_ pointer: OpaquePointer, _ release: @escaping @Sendable (OpaquePointer) -> Void) {
        self.pointer = pointer
        self.release = release
    }

    /// Swift may drop an object after its last mention, so that the pointer is lent and never given.
    func with<Result, Failure: Error>(_ body: (OpaquePointer) throws(Failure) -> Result) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(self.pointer)
    }

    deinit { self.release(self.pointer) }
}

extension OpenSSLObject {
    static func certificate(_ pointer: OpaquePointer) -> OpenSSLObject { OpenSSLObject(pointer) { X509_free($0) } }
    static func key(_ pointer: OpaquePointer) -> OpenSSLObject { OpenSSLObject(pointer) { EVP_PKEY_free($0) } }
    static func revocationList(_ pointer: OpaquePointer) -> OpenSSLObject {
        OpenSSLObject(pointer) { X509_CRL_free($0) }
    }
    static func store(_ pointer: OpaquePointer) -> OpenSSLObject { OpenSSLObject(pointer) { X509_STORE_free($0) } }
    static func context(_ pointer: OpaquePointer) -> OpenSSLObject { OpenSSLObject(pointer) { SSL_CTX_free($0) } }
    static func session(_ pointer: OpaquePointer) -> OpenSSLObject { OpenSSLObject(pointer) { SSL_SESSION_free($0) } }
}

/// OpenSSL keeps errors per thread until somebody takes them.
enum OpenSSLErrors {
    /// Words for the error that was noted last, and an empty queue.
    static func take() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        return self.words(code)
    }

    static func words(_ code: UInt) -> String {
        guard code != 0, let reason = shim_ERR_reason(code) else { return "error \(code)" }
        return String(cString: reason)
    }

    /// A left-over of somebody else's call would be taken for this one's failure.
    static func clear() {
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }
}

/// What a call of OpenSSL's writes, as bytes: `write` gets a BIO in memory.
func collected(_ write: (OpaquePointer) -> Void) -> [UInt8] {
    guard let memory = BIO_new(BIO_s_mem()) else { return [] }
    defer { BIO_free(memory) }
    write(memory)
    let count = Int(shim_BIO_pending(memory))
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        initialized = Int(max(0, BIO_read(memory, buffer.baseAddress, Int32(count))))
    }
}
