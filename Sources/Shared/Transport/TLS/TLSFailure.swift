import COpenSSL
import Machine

/// Why a handshake or a connection ended, in words for a log or a terminal.
enum TLSFailure {
    /// Looks at the errors that OpenSSL has noted, and takes them.
    ///
    /// - Parameter found: What a callback saw, when it was a callback that ended the handshake.
    static func words(_ side: TLSSide, found: LayerFailure?) -> LayerFailure {
        var code: UInt = 0
        while true {
            let next = ERR_get_error()
            if next == 0 { break }
            // The first of the TLS library's own says why; those of others, where.
            if code == 0 || (shim_ERR_GET_LIB(code) != ERR_LIB_SSL && shim_ERR_GET_LIB(next) == ERR_LIB_SSL) {
                code = next
            }
        }
        guard shim_ERR_GET_LIB(code) == ERR_LIB_SSL else {
            return LayerFailure("TLS failed: \(OpenSSLErrors.words(code))", isPeersFault: false)
        }
        let reason = shim_ERR_GET_REASON(code)
        if reason > SSL_AD_REASON_OFFSET { return self.alert(reason - SSL_AD_REASON_OFFSET, isServer: side.isServer) }
        let peer = side.isServer ? "client" : "server"
        switch reason {
        case SSL_R_CERTIFICATE_VERIFY_FAILED, SSL_R_NO_APPLICATION_PROTOCOL:
            return found ?? LayerFailure("the \(peer) was refused: \(OpenSSLErrors.words(code))")
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return LayerFailure("the \(peer) showed no certificate")
        case SSL_R_NO_SHARED_CIPHER: return LayerFailure("no cipher suite in common with the \(peer)")
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
            return LayerFailure("no signature algorithm in common with the \(peer)")
        case SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SHARED_GROUPS:
            return LayerFailure("no key exchange group in common with the \(peer)")
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_SSL_VERSION:
            return LayerFailure(self.version(side, peer))
        case SSL_R_WRONG_VERSION_NUMBER: return LayerFailure("the \(peer) sent a record that is no TLS")
        case SSL_R_EXCESSIVE_MESSAGE_SIZE, SSL_R_DATA_LENGTH_TOO_LONG, SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
            let limit = TLSDefaults.maximumChainBytes >> 10
            return LayerFailure("the \(peer) sent more than a message may have (\(limit) KiB for certificates)")
        case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
            return LayerFailure(side.isServer ? self.damagedRecord : "a record of the server was damaged or forged")
        default: return LayerFailure("the \(peer) broke TLS: \(OpenSSLErrors.words(code))")
        }
    }

    static let damagedRecord = "a record of the client was damaged or forged"

    private static func version(_ side: TLSSide, _ peer: String) -> String {
        let (least, most) =
            switch side {
            case .server(let server): (server.settings.minimumVersion, server.settings.maximumVersion)
            case .client(let client): (client.settings.minimumVersion, client.settings.maximumVersion)
            }
        // Where the latest is allowed, only age is left.
        return most == TLSVersion.allCases.max()
            ? "the \(peer)'s TLS is too old, at least \(least) is needed"
            : "no TLS version in common with the \(peer), \(least) to \(most) are allowed"
    }

    /// What the peer did not like. Source: RFC 8446 §6.2.
    static func alert(_ number: Int32, isServer: Bool) -> LayerFailure {
        let peer = isServer ? "client" : "server"
        let name = SSL_alert_desc_string_long(number).map { String(cString: $0) } ?? "alert \(number)"
        let words =
            switch number {
            case SSL_AD_UNKNOWN_CA: "the \(peer) does not trust our certificate: \(name)"
            case SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
                SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN:
                "the \(peer) refuses our certificate: \(name)"
            case SSL_AD_CERTIFICATE_REQUIRED: "the \(peer) demands a certificate"
            case SSL_AD_PROTOCOL_VERSION: "the \(peer) speaks none of the TLS versions allowed here"
            case SSL_AD_NO_APPLICATION_PROTOCOL: "the \(peer) speaks none of the protocols offered (ALPN)"
            default: "the \(peer) ended the connection with the alert '\(name)'"
            }
        return LayerFailure(words, isPeersFault: false)
    }

    /// What first bytes that are no TLS seem to be; nil when they may be TLS. Source: RFC 8446 §5.1.
    static func plainBytes(_ bytes: UnsafeBufferPointer<UInt8>, _ side: TLSSide) -> LayerFailure? {
        let handshake: UInt8 = 22
        let alert: UInt8 = 21
        guard let first = bytes.first, first != handshake, first != alert else { return nil }
        let what =
            switch first {
            case 0x10 where side.isServer: "an MQTT CONNECT"
            case 0x20 where !side.isServer: "an MQTT CONNACK"
            case 0x0D: "a PROXY header"
            case _ where bytes.starts(with: "PROXY ".utf8): "a PROXY header"
            case _ where bytes.starts(with: "AMQP".utf8): "an AMQP header"
            case _ where bytes.starts(with: "HTTP/".utf8): "an HTTP response"
            case 0x41...0x5A: "an HTTP request"
            default: "byte 0x\(hex([first])) first"
            }
        return LayerFailure("the peer speaks no TLS (it sent \(what))")
    }
}
