import COpenSSL
import Machine

/// What both directions of a connection are protected with once its handshake is over, taken from OpenSSL.
///
/// Source: RFC 8446 §7 for TLS 1.3, RFC 5246 §6.3 for TLS 1.2.
struct TrafficKeys {
    /// Of one direction.
    struct Direction {
        var key: [UInt8]
        /// TLS 1.2 with AES has four bytes, all others twelve.
        var nonce: [UInt8]
        /// What TLS 1.3 derives these and the next keys from; empty in TLS 1.2.
        var secret: [UInt8]
    }

    let suite: RecordSuite
    private(set) var client: Direction
    private(set) var server: Direction

    /// - Parameter secrets: As OpenSSL has told them, for TLS 1.3.
    init?(_ ssl: OpaquePointer, suite: RecordSuite, secrets: TrafficSecrets) {
        self.suite = suite
        switch suite.version {
        case .v1_3:
            if secrets.client.isEmpty || secrets.server.isEmpty { return nil }
            self.client = suite.direction(of: secrets.client)
            self.server = suite.direction(of: secrets.server)
        case .v1_2:
            let size = suite.keyBytes + suite.nonceBytes
            var block = suite.keyBlock(ssl, count: 2 * size)
            defer { erase(&block) }
            guard block.count == 2 * size else { return nil }
            let keys = 2 * suite.keyBytes
            self.client = Direction(
                key: Array(block[..<suite.keyBytes]),
                nonce: Array(block[keys..<(keys + suite.nonceBytes)]),
                secret: []
            )
            self.server = Direction(
                key: Array(block[suite.keyBytes..<keys]),
                nonce: Array(block[(keys + suite.nonceBytes)...]),
                secret: []
            )
        }
    }
}

/// TLS 1.3's secrets for what follows the handshake, which OpenSSL tells by its key log only.
struct TrafficSecrets {
    var client: [UInt8] = []
    var server: [UInt8] = []

    /// Takes a line of the key log: a label, the client's random, and the secret in hexadecimal.
    mutating func note(_ line: UnsafePointer<CChar>) {
        let words = String(cString: line).split(separator: " ")
        guard words.count == 3 else { return }
        switch words[0] {
        case "CLIENT_TRAFFIC_SECRET_0": self.client = Self.bytes(words[2].utf8)
        case "SERVER_TRAFFIC_SECRET_0": self.server = Self.bytes(words[2].utf8)
        default: break
        }
    }

    private static func bytes(_ digits: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value = digit < 0x3A ? digit - 0x30 : (digit | 0x20) - 0x57
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    mutating func erase() {
        TLS.erase(&self.client)
        TLS.erase(&self.server)
        self = TrafficSecrets()
    }
}

/// How a connection protects its records.
struct RecordSuite {
    let version: TLSVersion
    /// OpenSSL's own, never freed.
    let cipher: OpaquePointer
    let digest: OpaquePointer
    let keyBytes: Int
    /// Of a nonce, what comes from the keys.
    let nonceBytes: Int

    /// nil for what is no AES-GCM or ChaCha20-Poly1305: OpenSSL goes on with those.
    init?(_ ssl: OpaquePointer) {
        guard let current = SSL_get_current_cipher(ssl), let digest = SSL_CIPHER_get_handshake_digest(current) else {
            return nil
        }
        switch SSL_version(ssl) {
        case TLS1_3_VERSION: self.version = .v1_3
        case TLS1_2_VERSION: self.version = .v1_2
        default: return nil
        }
        let cipher: OpaquePointer?
        var isChaCha = false
        switch SSL_CIPHER_get_cipher_nid(current) {
        case NID_aes_128_gcm: (cipher, self.keyBytes) = (EVP_aes_128_gcm(), 16)
        case NID_aes_256_gcm: (cipher, self.keyBytes) = (EVP_aes_256_gcm(), 32)
        case NID_chacha20_poly1305: (cipher, self.keyBytes, isChaCha) = (EVP_chacha20_poly1305(), 32, true)
        default: return nil
        }
        guard let cipher else { return nil }
        self.cipher = cipher
        self.digest = digest
        self.nonceBytes = self.version == .v1_2 && !isChaCha ? 4 : RecordCipher.nonceSize
    }

    // MARK: TLS 1.3

    func direction(of secret: [UInt8]) -> TrafficKeys.Direction {
        TrafficKeys.Direction(
            key: self.expand(secret, "key", self.keyBytes),
            nonce: self.expand(secret, "iv", self.nonceBytes),
            secret: secret
        )
    }

    /// The secret that a KeyUpdate puts in the place of this one.
    func next(after secret: [UInt8]) -> [UInt8] { self.expand(secret, "traffic upd", secret.count) }

    /// HKDF-Expand-Label without a context, for no more than one digest's length. RFC 8446 §7.1.
    private func expand(_ secret: [UInt8], _ label: String, _ count: Int) -> [UInt8] {
        let label = Array("tls13 \(label)".utf8)
        let info = [UInt8(count >> 8), UInt8(count & 0xFF), UInt8(label.count)] + label + [0, 1]
        return Array(self.hmac(secret, info).prefix(count))
    }

    // MARK: TLS 1.2

    /// PRF(master_secret, "key expansion", server_random + client_random). RFC 5246 §5, §6.3.
    func keyBlock(_ ssl: OpaquePointer, count: Int) -> [UInt8] {
        var master = [UInt8](repeating: 0, count: 48)
        defer { erase(&master) }
        var (client, server) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 32))
        guard SSL_SESSION_get_master_key(SSL_get_session(ssl), &master, 48) == 48,
            SSL_get_client_random(ssl, &client, 32) == 32, SSL_get_server_random(ssl, &server, 32) == 32
        else { return [] }
        let seed = Array("key expansion".utf8) + server + client
        var (block, link): ([UInt8], [UInt8]) = ([], seed)
        while block.count < count {
            link = self.hmac(master, link)
            block += self.hmac(master, link + seed)
        }
        return Array(block.prefix(count))
    }

    private func hmac(_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, initialized in
            var count: UInt32 = 0
            let isDone = HMAC(self.digest, key, Int32(key.count), bytes, bytes.count, buffer.baseAddress, &count) != nil
            precondition(isDone, "no memory for an HMAC")
            initialized = Int(count)
        }
    }
}

/// Overwrites what nobody should find in memory.
func erase(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}
