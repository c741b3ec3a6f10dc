import COpenSSL
import Glibc

/// A file of PEM blocks.
struct PEMFile {
    /// A bundle of all public CAs has 0.3 MiB, a national revocation list some MiB.
    static let maximumBytes = 64 << 20

    let path: String
    let bytes: [UInt8]

    init(_ path: String) throws(TLSError) {
        self.path = path
        self.bytes = try readFile(path, limit: Self.maximumBytes)
    }

    /// All certificates, in their order; at least one.
    func certificates() throws(TLSError) -> [OpenSSLObject] {
        let all = try self.blocks(OpenSSLObject.certificate) { PEM_read_bio_X509($0, nil, nil, nil) }
        guard !all.isEmpty else { throw TLSError(.noCertificate, file: self.path) }
        return all
    }

    func revocationLists() throws(TLSError) -> [OpenSSLObject] {
        let all = try self.blocks(OpenSSLObject.revocationList) { PEM_read_bio_X509_CRL($0, nil, nil, nil) }
        guard !all.isEmpty else { throw TLSError(.noRevocationList, file: self.path) }
        return all
    }

    func key() throws(TLSError) -> OpenSSLObject {
        // Without a callback OpenSSL would ask on the terminal.
        guard let found = try self.reading({ PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }) else {
            let code = ERR_peek_last_error()
            let reason = OpenSSLErrors.take()
            if self.contains("ENCRYPTED") { throw TLSError(.encryptedKey, file: self.path) }
            if !self.contains("PRIVATE KEY-----") || self.isEnd(code) { throw TLSError(.noKey, file: self.path) }
            throw TLSError(.malformed(reason), file: self.path)
        }
        return .key(found)
    }

    private func blocks(
        _ own: (OpaquePointer) -> OpenSSLObject,
        _ next: (OpaquePointer) -> OpaquePointer?
    ) throws(TLSError) -> [OpenSSLObject] {
        var all: [OpenSSLObject] = []
        _ = try self.reading { memory in
            while let pointer = next(memory) { all.append(own(pointer)) }
            return nil
        }
        let code = ERR_peek_last_error()
        let reason = OpenSSLErrors.take()
        guard self.isEnd(code) else { throw TLSError(.malformed(reason), file: self.path) }
        return all
    }

    private func isEnd(_ code: UInt) -> Bool {
        shim_ERR_GET_LIB(code) == ERR_LIB_PEM && shim_ERR_GET_REASON(code) == PEM_R_NO_START_LINE
    }

    private func reading(_ body: (OpaquePointer) -> OpaquePointer?) throws(TLSError) -> OpaquePointer? {
        guard let memory = BIO_new(BIO_s_mem()) else { throw TLSError(.library(OpenSSLErrors.take()), file: self.path) }
        defer { BIO_free(memory) }
        _ = BIO_write(memory, self.bytes, Int32(self.bytes.count))
        OpenSSLErrors.clear()
        return body(memory)
    }

    private func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return self.bytes.indices.contains { self.bytes[$0...].starts(with: wanted) }
    }
}

/// A regular file's bytes.
func readFile(_ path: String, limit: Int) throws(TLSError) -> [UInt8] {
    func failure() -> TLSError { TLSError(.unreadable(String(cString: strerror(errno))), file: path) }
    // Opening a pipe that nobody writes to must not wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw TLSError(.unreadable("it is not a regular file"), file: path)
    }
    guard status.st_size <= limit else { throw TLSError(.tooLarge(limit: limit), file: path) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = Glibc.read(descriptor, &block, block.count)
        if count == 0 { return bytes }
        if count < 0 {
            if errno == EINTR { continue }
            throw failure()
        }
        bytes += block[..<count]
        guard bytes.count <= limit else { throw TLSError(.tooLarge(limit: limit), file: path) }
    }
}
