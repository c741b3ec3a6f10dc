package import Machine

/// TLS on either side of a stream: the server's from ``TLSServer``, the client's from ``TLSClientContext``.
///
/// A server's connection state comes to be with the first byte, so that a peer that only connects costs a few words.
package final class TLSLayer: StreamLayer {
    private let side: TLSSide
    /// Of OpenSSL's: for the handshake, and on a client's side for all of the connection.
    private var stream: SecureStream?
    /// A server's, after the handshake.
    private var records: RecordLayer?
    /// What the handshake settled, once ``records`` goes on.
    private var facts: TLSFacts?

    init(_ side: TLSSide) {
        self.side = side
        super.init()
    }

    package override var isOpen: Bool { self.records != nil || self.stream?.isOpen ?? false }
    package override var hasEnded: Bool { self.records?.hasEnded ?? self.stream?.hasEnded ?? false }
    /// A server signs with its private key, or agrees on one, until the handshake is done; a client has chosen to.
    package override var isCostly: Bool { self.side.isServer && !self.isOpen }

    package override func start(down: inout [UInt8]) throws(LayerFailure) {
        if self.side.isServer { return }
        if let failure = try self.made().start(down: &down) { throw failure }
    }

    package override func received(
        _ bytes: Span<UInt8>,
        up: inout [UInt8],
        down: inout [UInt8]
    ) throws(LayerFailure) {
        let failure = try bytes.withUnsafeBufferPointer { bytes throws(LayerFailure) -> LayerFailure? in
            if bytes.isEmpty { return nil }
            if let records { return records.receive(bytes, up: &up, down: &down) }
            if !self.hasHeard {
                if let failure = TLSFailure.plainBytes(bytes, self.side) { throw failure }
                self.hasHeard = true
            }
            let stream = try self.made()
            let failure = stream.receive(bytes, up: &up, down: &down)
            if let records = stream.records {
                (self.records, self.facts, self.stream) = (records, stream.facts, nil)
            }
            return failure
        }
        if let failure { throw failure }
    }

    package override func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) throws(LayerFailure) {
        let failure =
            self.records.map { $0.send(bytes, down: &down) } ?? self.stream?.send(bytes, down: &down)
        if let failure { throw failure }
    }

    package override func close(down: inout [UInt8]) {
        if let records { records.close(down: &down) } else { self.stream?.close(down: &down) }
    }

    package override func describe(_ facts: inout StreamFacts) {
        facts.tls = self.facts ?? self.stream?.facts
        self.facts = nil
    }

    /// The peer's first byte is there and may be TLS.
    private var hasHeard = false

    private func made() throws(LayerFailure) -> SecureStream {
        if let stream { return stream }
        guard let stream = SecureStream(self.side) else {
            throw LayerFailure("no memory for another TLS connection", isPeersFault: false)
        }
        self.stream = stream
        return stream
    }

    /// What a client learned of its server; nil until the layer is open.
    package var report: TLSReport? {
        guard let stream, stream.isOpen else { return nil }
        return TLSReport(
            facts: stream.facts,
            applicationProtocol: stream.applicationProtocol,
            chain: stream.peerChain,
            problem: stream.certificateProblem,
            hasStaple: stream.hasStaple
        )
    }
}

/// What a handshake settled, for people who look into a server's TLS.
package struct TLSReport: Hashable, Sendable {
    package var facts: TLSFacts
    /// Chosen by the server (ALPN).
    package var applicationProtocol: String?
    /// What the peer sent, its own certificate first; only that when the session was resumed.
    package var chain: [CertificateInfo]
    /// Why the certificate would be refused, were the client not insecure; nil when it was verified.
    package var problem: String?
    /// The server stapled an OCSP response.
    package var hasStaple: Bool
}
