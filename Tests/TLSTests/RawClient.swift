import COpenSSL
import Machine
import TLS

/// OpenSSL without anything of ours, for what our own client never does.
final class RawClient {
    private let context: OpaquePointer?
    private let ssl: OpaquePointer?
    private(set) var serverFailure: LayerFailure?

    init() {
        self.context = SSL_CTX_new(TLS_client_method())
        self.ssl = SSL_new(self.context)
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
            if SSL_is_init_finished(self.ssl) == 1 { SSL_read(self.ssl, &byte, 1) } else { SSL_do_handshake(self.ssl) }
            let output = SSL_get_wbio(self.ssl)
            var bytes = [UInt8](repeating: 0, count: Int(shim_BIO_pending(output)))
            if bytes.isEmpty { return }
            BIO_read(output, &bytes, Int32(bytes.count))
            var (up, down): ([UInt8], [UInt8]) = ([], [])
            do { try server.received(bytes.span, up: &up, down: &down) } catch {
                self.serverFailure = error
                return
            }
            BIO_write(SSL_get_rbio(self.ssl), down, Int32(down.count))
        }
    }

    func askForNewKeys() {
        SSL_key_update(self.ssl, SSL_KEY_UPDATE_REQUESTED)
        SSL_do_handshake(self.ssl)
    }

    /// TLS 1.2's way to begin anew.
    func renegotiate() {
        SSL_renegotiate(self.ssl)
        SSL_do_handshake(self.ssl)
    }

    func limit(to version: Int32) { SSL_ctrl(self.ssl, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil) }
}
