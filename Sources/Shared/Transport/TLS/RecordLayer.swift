import COpenSSL
import Machine

/// A server's connection after its handshake: records in, records out, and what little TLS still says between them.
///
/// OpenSSL shakes hands and has the ciphers; but its connection would keep 14 KiB for as long as it lives, most of it for steps
/// that are over. What remains to be done with the keys is small, and costs an idle connection a sixth of that.
///
/// Source: RFC 8446 §4.6.3, §5, §6; RFC 5246 §6.2, §7.2, §7.4.1.
final class RecordLayer {
    private let suite: RecordSuite
    private var reading: RecordCipher
    private var writing: RecordCipher
    /// TLS 1.3's, from which a KeyUpdate makes the next.
    private var secrets: (reading: [UInt8], writing: [UInt8])
    /// A record that has not come in whole.
    private var held: [UInt8] = []
    /// Content that one record of ours carries; a client may have asked for less than 16 KiB (RFC 6066 §4).
    private let fragmentBytes: Int
    private(set) var hasEnded = false
    private var isLost = false
    private var hasClosed = false
    /// Bytes that TLS itself has answered with.
    private var answered = 0
    private var warnings = 0

    /// As ``SecureStream``'s: an answer has 27 bytes.
    private static let maximumAnswered = 64 << 10
    /// TLS 1.2's warnings that mean nothing to us. OpenSSL takes as many.
    private static let maximumWarnings = 5
    private static let contentLimit = 16 << 10
    /// Encrypted content, with its type, padding and tag. RFC 8446 §5.2.
    private static let recordLimit = 256 + (16 << 10)

    /// - Parameters:
    ///   - sent: Records that were sent with these keys already.
    ///   - received: And received.
    /// - Returns: nil when there is no memory.
    init?(_ keys: TrafficKeys, fragmentBytes: Int, received: UInt64, sent: UInt64) {
        let suite = keys.suite
        guard let reading = RecordCipher(suite, keys.client, isSealing: false, number: received),
            let writing = RecordCipher(suite, keys.server, isSealing: true, number: sent)
        else { return nil }
        self.suite = suite
        self.reading = reading
        self.writing = writing
        self.secrets = (keys.client.secret, keys.server.secret)
        self.fragmentBytes = min(fragmentBytes, Self.contentLimit)
    }

    deinit {
        erase(&self.secrets.reading)
        erase(&self.secrets.writing)
    }

    // MARK: In

    func receive(_ bytes: UnsafeBufferPointer<UInt8>, up: inout [UInt8], down: inout [UInt8]) -> LayerFailure? {
        var rest = bytes
        while !rest.isEmpty, !self.isLost, !self.hasEnded {
            if self.held.isEmpty, rest.count >= RecordCipher.headSize {
                if let failure = self.checkHead(rest, &down) { return failure }
                let size = Self.size(rest)
                if rest.count >= size {
                    let record = UnsafeBufferPointer(rebasing: rest[..<size])
                    rest = UnsafeBufferPointer(rebasing: rest[size...])
                    if let failure = self.take(record, &up, &down) { return failure }
                    continue
                }
            }
            let wanted =
                self.held.count < RecordCipher.headSize
                ? RecordCipher.headSize : self.held.withUnsafeBufferPointer(Self.size)
            let part = min(wanted - self.held.count, rest.count)
            self.held.append(contentsOf: rest[..<part])
            rest = UnsafeBufferPointer(rebasing: rest[part...])
            if let failure = self.takeHeld(&up, &down) { return failure }
        }
        return nil
    }

    private func takeHeld(_ up: inout [UInt8], _ down: inout [UInt8]) -> LayerFailure? {
        let held = self.held
        return held.withUnsafeBufferPointer { held in
            if held.count < RecordCipher.headSize { return nil }
            if held.count == RecordCipher.headSize { return self.checkHead(held, &down) }
            if held.count < Self.size(held) { return nil }
            self.held = []
            return self.take(held, &up, &down)
        }
    }

    private static func size(_ head: UnsafeBufferPointer<UInt8>) -> Int {
        RecordCipher.headSize + Int(head[3]) << 8 + Int(head[4])
    }

    private func checkHead(_ head: UnsafeBufferPointer<UInt8>, _ down: inout [UInt8]) -> LayerFailure? {
        let length = Self.size(head) - RecordCipher.headSize
        if head[1] != 3 || head[2] != 3 {
            return self.fail(SSL_AD_PROTOCOL_VERSION, "the client sent a record that is no TLS", &down)
        }
        if length > Self.recordLimit {
            return self.fail(SSL_AD_RECORD_OVERFLOW, "the client sent a record of \(length) bytes", &down)
        }
        // All that follows a handshake of TLS 1.3 is encrypted, and looks like data.
        let isExpected = self.suite.version == .v1_2 || head[0] == RecordType.applicationData.rawValue
        if !isExpected { return self.unexpected("a record of type \(head[0])", &down) }
        let isWhole = length >= self.reading.overhead
        return isWhole ? nil : self.fail(SSL_AD_BAD_RECORD_MAC, TLSFailure.damagedRecord, &down)
    }

    private func take(
        _ record: UnsafeBufferPointer<UInt8>,
        _ up: inout [UInt8],
        _ down: inout [UInt8]
    ) -> LayerFailure? {
        let start = up.count
        guard self.reading.open(record, into: &up) else {
            return self.fail(SSL_AD_BAD_RECORD_MAC, TLSFailure.damagedRecord, &down)
        }
        var type = RecordType(rawValue: record[0])
        if self.suite.version == .v1_3 {
            guard let last = up[start...].lastIndex(where: { $0 != 0 }) else {
                up.removeSubrange(start...)
                return self.unexpected("a record without a type", &down)
            }
            type = RecordType(rawValue: up[last])
            up.removeSubrange(last...)
        }
        if up.count - start > Self.contentLimit {
            up.removeSubrange(start...)
            return self.fail(SSL_AD_RECORD_OVERFLOW, "the client sent more than a record may carry", &down)
        }
        if type == .applicationData { return nil }
        let message = Array(up[start...])
        up.removeSubrange(start...)
        switch type {
        case .alert: return self.alerted(message, &down)
        case .handshake:
            return self.suite.version == .v1_3 ? self.updateKeys(message, &down) : self.refuseRenegotiation(&down)
        default: return self.unexpected("a record of type \(type.rawValue)", &down)
        }
    }

    private func alerted(_ message: [UInt8], _ down: inout [UInt8]) -> LayerFailure? {
        let warning: UInt8 = 1
        guard message.count == 2 else { return self.unexpected("an alert of \(message.count) bytes", &down) }
        if Int32(message[1]) == SSL_AD_CLOSE_NOTIFY {
            self.hasEnded = true
            return nil
        }
        let isWarning = self.suite.version == .v1_2 && message[0] == warning
        if isWarning || Int32(message[1]) == SSL_AD_USER_CANCELLED {
            self.warnings += 1
            return self.warnings > Self.maximumWarnings ? self.unexpected("too many warnings", &down) : nil
        }
        self.isLost = true
        return TLSFailure.alert(Int32(message[1]), isServer: true)
    }

    /// A KeyUpdate is the only message that a client may send. It ends its record, whose keys end with it.
    private func updateKeys(_ message: [UInt8], _ down: inout [UInt8]) -> LayerFailure? {
        let keyUpdate: UInt8 = 24
        guard message.count == 5, message[..<4] == [keyUpdate, 0, 0, 1], message[4] < 2 else {
            return self.unexpected("handshake message \(message.first ?? 0)", &down)
        }
        guard let next = self.renewed(&self.secrets.reading, isSealing: false) else { return self.noMemory() }
        self.reading = next
        if message[4] == 0 { return nil }
        if let failure = self.answer(.handshake, [keyUpdate, 0, 0, 1, 0], &down) { return failure }
        guard let next = self.renewed(&self.secrets.writing, isSealing: true) else { return self.noMemory() }
        self.writing = next
        return nil
    }

    private func renewed(_ secret: inout [UInt8], isSealing: Bool) -> RecordCipher? {
        let next = self.suite.next(after: secret)
        erase(&secret)
        secret = next
        return RecordCipher(self.suite, self.suite.direction(of: next), isSealing: isSealing, number: 0)
    }

    /// A warning: a client that can go on without does. RFC 5246 §7.2.2.
    private func refuseRenegotiation(_ down: inout [UInt8]) -> LayerFailure? {
        self.answer(.alert, [1, UInt8(SSL_AD_NO_RENEGOTIATION)], &down)
    }

    private func answer(_ type: RecordType, _ message: [UInt8], _ down: inout [UInt8]) -> LayerFailure? {
        let before = down.count
        if !self.seal(type, message, into: &down) { return self.noMemory() }
        self.answered += down.count - before
        if self.answered <= Self.maximumAnswered { return nil }
        self.isLost = true
        return LayerFailure("the client asks for new keys again and again")
    }

    // MARK: Out

    func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) -> LayerFailure? {
        if self.isLost || self.hasClosed { return nil }
        var rest = bytes
        while !rest.isEmpty {
            let part = UnsafeBufferPointer(rebasing: rest.prefix(self.fragmentBytes))
            if !self.writing.seal(.applicationData, part, into: &down) { return self.noMemory() }
            rest = UnsafeBufferPointer(rebasing: rest[part.count...])
        }
        return nil
    }

    /// close_notify, once.
    func close(down: inout [UInt8]) {
        if self.isLost || self.hasClosed { return }
        self.hasClosed = true
        _ = self.seal(.alert, [1, UInt8(SSL_AD_CLOSE_NOTIFY)], into: &down)
    }

    private func seal(_ type: RecordType, _ message: [UInt8], into down: inout [UInt8]) -> Bool {
        message.withUnsafeBufferPointer { self.writing.seal(type, $0, into: &down) }
    }

    // MARK: Ends

    private func fail(_ alert: Int32, _ words: String, _ down: inout [UInt8]) -> LayerFailure {
        self.isLost = true
        self.held = []
        OpenSSLErrors.clear()
        _ = self.seal(.alert, [2, UInt8(alert)], into: &down)
        return LayerFailure(words)
    }

    private func unexpected(_ what: String, _ down: inout [UInt8]) -> LayerFailure {
        self.fail(SSL_AD_UNEXPECTED_MESSAGE, "the client broke TLS: \(what) after the handshake", &down)
    }

    private func noMemory() -> LayerFailure {
        self.isLost = true
        return LayerFailure("no memory for a record", isPeersFault: false)
    }
}

@available(*, unavailable)
extension RecordLayer: Sendable {}
