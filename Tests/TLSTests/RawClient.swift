import COpenSSL
import Machine
import TLS

/// OpenSSL without anything of ours, for what our own client never does.
final class RawClient {
    private let context: OpaquePointer?
    private let ssl: OpaquePointer?
    private(set) var serverFailure: LayerFailure?
    /// What came from the server, and what the server's layer carried up.
    private(set) var atClient: [UInt8] = []
    private(set) var atServer: [UInt8] = []
    /// Lengths of the server's records.
    private(set) var recordLengths: [Int] = []

    /// - Parameter fragment: What to ask the server for as its records' content: 1 is 512 bytes, each more doubles it; 0 for nothing.
    init(fragment: UInt8 = 0) {
        self.context = SSL_CTX_new(TLS_client_method())
        self.ssl = SSL_new(self.context)
        if fragment > 0 { SSL_set_tlsext_max_fragment_length(self.ssl, fragment) }
        SSL_set_bio(self.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()))
        SSL_set_connect_state(self.ssl)
    }

    deinit {
        SSL_free(self.ssl)
        SSL_CTX_free(self.context)
    }

    /// Carries bytes to and fro until nothing more is said.
    func talk(to server: TLSLayer) {
        while true {
            var byte: UInt8 = 0
            if SSL_is_init_finished(self.ssl) == 1 {
                while SSL_read(self.ssl, &byte, 1) == 1 { self.atClient.append(byte) }
            } else {
                SSL_do_handshake(self.ssl)
            }
            let output = SSL_get_wbio(self.ssl)
            var bytes = [UInt8](repeating: 0, count: Int(shim_BIO_pending(output)))
            if bytes.isEmpty { return }
            BIO_read(output, &bytes, Int32(bytes.count))
            var down: [UInt8] = []
            do { try server.received(bytes.span, up: &self.atServer, down: &down) } catch {
                self.serverFailure = error
                return
            }
            self.hear(down)
        }
    }

    /// What the server's layer made of its peer's output.
    func hear(_ bytes: [UInt8]) {
        var index = 0
        while index + 5 <= bytes.count {
            self.recordLengths.append(Int(bytes[index + 3]) << 8 + Int(bytes[index + 4]))
            index += 5 + self.recordLengths[self.recordLengths.count - 1]
        }
        BIO_write(SSL_get_rbio(self.ssl), bytes, Int32(bytes.count))
    }

    func say(_ bytes: [UInt8]) { SSL_write(self.ssl, bytes, Int32(bytes.count)) }

    func askForNewKeys() {
        SSL_key_update(self.ssl, SSL_KEY_UPDATE_REQUESTED)
        SSL_do_handshake(self.ssl)
    }

    /// The client's own only.
    func takeNewKeys() {
        SSL_key_update(self.ssl, SSL_KEY_UPDATE_NOT_REQUESTED)
        SSL_do_handshake(self.ssl)
    }

    /// TLS 1.2's way to begin anew.
    func renegotiate() {
        SSL_renegotiate(self.ssl)
        SSL_do_handshake(self.ssl)
    }

    /// Of TLS 1.2's suites.
    func offer(_ suites: String) { SSL_set_cipher_list(self.ssl, suites) }

    func limit(to version: Int32) { SSL_ctrl(self.ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil) }
}
