import COpenSSL
import Machine

/// One direction's records: protects or opens them one after the other, with AES-GCM or ChaCha20-Poly1305.
///
/// Source: RFC 8446 §5.2-5.3; for TLS 1.2 RFC 5246 §6.2.3.3, RFC 5288 §3 and RFC 7905 §2.
struct RecordCipher: ~Copyable {
    static let headSize = 5
    static let nonceSize = 12
    private static let tagSize = 16
    /// In front of TLS 1.2's AES-GCM, whose nonces are not counted by both sides: the number itself.
    private static let explicitSize = 8

    private let context: OpaquePointer
    private let isSealing: Bool
    private let isTLS13: Bool
    private let hasExplicitNonce: Bool
    private let nonce: InlineArray<12, UInt8>
    /// Records so far; half of every nonce, so that no two are alike.
    private var number: UInt64

    /// nil when there is no memory.
    init?(_ suite: RecordSuite, _ keys: TrafficKeys.Direction, isSealing: Bool, number: UInt64) {
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        guard EVP_CipherInit_ex(context, suite.cipher, nil, keys.key, nil, isSealing ? 1 : 0) == 1 else {
            EVP_CIPHER_CTX_free(context)
            return nil
        }
        self.context = context
        self.isSealing = isSealing
        self.isTLS13 = suite.version == .v1_3
        self.hasExplicitNonce = suite.nonceBytes < Self.nonceSize
        self.nonce = InlineArray { $0 < keys.nonce.count ? keys.nonce[$0] : 0 }
        self.number = number
    }

    deinit { EVP_CIPHER_CTX_free(self.context) }

    /// Bytes of a record that are not its content.
    var overhead: Int { Self.tagSize + (self.isTLS13 ? 1 : self.hasExplicitNonce ? Self.explicitSize : 0) }

    /// Appends a whole record. `content` is of a size that one can carry.
    ///
    /// - Returns: False when OpenSSL has no memory; nothing is appended then.
    mutating func seal(_ type: RecordType, _ content: UnsafeBufferPointer<UInt8>, into output: inout [UInt8]) -> Bool {
        let length = content.count + self.overhead
        let outer: RecordType = self.isTLS13 ? .applicationData : type
        var isDone = false
        output.append(addingCapacity: Self.headSize + length) { space in
            space.withUnsafeMutableBufferPointer { buffer, initialized in
                let record = buffer.baseAddress.unsafelyUnwrapped + initialized
                (record[0], record[1], record[2]) = (outer.rawValue, 3, 3)
                (record[3], record[4]) = (UInt8(length >> 8), UInt8(length & 0xFF))
                var body = record + Self.headSize
                if self.hasExplicitNonce {
                    for index in 0..<Self.explicitSize { body[index] = self.numberByte(index) }
                    body += Self.explicitSize
                }
                guard self.begin(record, type, contentBytes: content.count),
                    self.update(body, UnsafeRawBufferPointer(content))
                else { return }
                body += content.count
                if self.isTLS13 {
                    guard withUnsafeBytes(of: type.rawValue, { self.update(body, $0) }) else { return }
                    body += 1
                }
                var rest: Int32 = 0
                guard EVP_CipherFinal_ex(self.context, body, &rest) == 1,
                    EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagSize), body) == 1
                else { return }
                initialized += Self.headSize + length
                isDone = true
            }
        }
        self.number += 1
        return isDone
    }

    /// Appends a record's content, in TLS 1.3 with its type and padding behind it.
    ///
    /// - Parameter record: Whole, with its head, whose length is at least ``overhead``.
    /// - Returns: False when it was damaged or forged; nothing is appended then.
    mutating func open(_ record: UnsafeBufferPointer<UInt8>, into content: inout [UInt8]) -> Bool {
        let head = record.baseAddress.unsafelyUnwrapped
        let start = Self.headSize + (self.hasExplicitNonce ? Self.explicitSize : 0)
        let count = record.count - start - Self.tagSize
        if count < 0 { return false }
        var isGenuine = false
        content.append(addingCapacity: count) { space in
            space.withUnsafeMutableBufferPointer { buffer, initialized in
                let tag = UnsafeMutableRawPointer(mutating: head + start + count)
                let plain = buffer.baseAddress.map { $0 + initialized }
                var rest: Int32 = 0
                guard EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagSize), tag) == 1,
                    self.begin(head, RecordType(rawValue: head[0]), contentBytes: count),
                    self.update(plain, UnsafeRawBufferPointer(start: head + start, count: count)),
                    EVP_CipherFinal_ex(self.context, plain.map { $0 + count }, &rest) == 1
                else { return }
                initialized += count
                isGenuine = true
            }
        }
        self.number += 1
        return isGenuine
    }

    // MARK: Steps

    private func numberByte(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: self.number >> UInt64(56 - 8 * index)) }

    /// Sets the nonce, and feeds what is authenticated and not encrypted.
    private func begin(_ record: UnsafePointer<UInt8>, _ type: RecordType, contentBytes: Int) -> Bool {
        var nonce = self.nonce
        for index in 0..<8 {
            // A peer may choose its explicit part as it likes.
            if self.hasExplicitNonce {
                nonce[4 + index] = record[Self.headSize + index]
            } else {
                nonce[4 + index] ^= self.numberByte(index)
            }
        }
        let isSet = nonce.span.withUnsafeBufferPointer {
            EVP_CipherInit_ex(self.context, nil, nil, nil, $0.baseAddress, self.isSealing ? 1 : 0) == 1
        }
        if !isSet { return false }
        if self.isTLS13 { return self.update(nil, UnsafeRawBufferPointer(start: record, count: Self.headSize)) }
        let numbered = InlineArray<13, UInt8> { index in
            switch index {
            case 0..<8: self.numberByte(index)
            case 8: type.rawValue
            case 9, 10: 3
            case 11: UInt8(contentBytes >> 8)
            default: UInt8(contentBytes & 0xFF)
            }
        }
        return numbered.span.withUnsafeBytes { self.update(nil, $0) }
    }

    private func update(_ output: UnsafeMutablePointer<UInt8>?, _ input: UnsafeRawBufferPointer) -> Bool {
        if input.isEmpty { return true }
        var count: Int32 = 0
        let bytes = input.bindMemory(to: UInt8.self)
        return EVP_CipherUpdate(self.context, output, &count, bytes.baseAddress, Int32(bytes.count)) == 1
    }
}

/// RFC 8446 §5.1. A peer may send any number.
struct RecordType: RawRepresentable, Equatable {
    var rawValue: UInt8

    static let alert = RecordType(rawValue: 21)
    static let handshake = RecordType(rawValue: 22)
    static let applicationData = RecordType(rawValue: 23)
}
