import Blocking
import Bytes
import Glibc
import MQTTClient
import MQTTWire
import Machine

/// A connection on which one side waits for the other, packet by packet.
final class BlockingLine {
    private let socket: NetworkSocket
    private let deadline: UInt64
    private var received: [UInt8] = []
    private var pipe: LayerPipe?
    /// What a pipe's end means to a person.
    private var failure: (LayerPipe, LayerPipe.End) -> Failure = { Failure(.unreachable, $1.words) }
    private let pool = ChunkPool(limit: 1)

    /// Bytes of a packet: an answer is short.
    private static let packetLimit = 64 << 10

    /// - Parameter deadline: By ``monotonicTime()``, for all that happens here.
    init(_ address: NetworkAddress, until deadline: UInt64) throws(Failure) {
        self.socket = try NetworkSocket(connectingTo: address)
        self.deadline = deadline
        try self.wait(for: POLLOUT, "timed out")
        if let problem = self.socket.connectError { throw Failure(.unreachable, problem) }
    }

    private func wait(for events: Int32, _ late: String) throws(Failure) {
        var entry = pollfd(fd: self.socket.descriptor, events: Int16(events), revents: 0)
        while entry.revents == 0 {
            let now = monotonicTime()
            guard now < self.deadline else { throw Failure(.timedOut, late) }
            _ = poll(&entry, 1, Int32(clamping: (self.deadline - now) / 1_000_000 + 1))
        }
    }

    /// Opens TLS, WebSocket or both.
    ///
    /// - Parameter progress: Called whenever one of them is open.
    func open(_ transport: ClientTransport, at endpoint: Endpoint, progress: (StreamFacts) -> Void) throws(Failure) {
        guard let pipe = transport.makePipe(scratch: LayerScratch(), pool: self.pool) else { return }
        self.pipe = pipe
        self.failure = { Failure(transport.failure(of: $0, $1), at: endpoint) }
        var end: LayerPipe.End?
        do throws(LayerPipe.End) { try pipe.start { _ in nil } } catch { end = error }
        while true {
            try self.write(pipe)
            if let end { throw self.failure(pipe, end) }
            progress(pipe.facts)
            if pipe.isOpen { return }
            end = self.pass(
                try self.read("\(endpoint.address) does not answer the \(transport.opening(pipe)) handshake"),
                pipe
            )
        }
    }

    private func pass(_ bytes: [UInt8], _ pipe: LayerPipe) -> LayerPipe.End? {
        do throws(LayerPipe.End) {
            try pipe.received(bytes.span, up: &self.received) { _ in nil }
            return nil
        } catch {
            return error
        }
    }

    private func write(_ pipe: LayerPipe) throws(Failure) {
        let bytes = pipe.wire.withPending(limit: 1_024) { segments in
            segments.reduce(into: [UInt8]()) {
                $0.append(contentsOf: UnsafeRawBufferPointer(start: $1.base, count: $1.count))
            }
        }
        pipe.wire.dropFirst(bytes.count)
        try self.write(bytes)
    }

    func send(_ bytes: [UInt8]) throws(Failure) {
        guard let pipe else { return try self.write(bytes) }
        var output = OutputBuffer(pool: self.pool)
        output.append(bytes)
        while !output.isEmpty {
            do throws(LayerPipe.End) { try pipe.wrap(&output) { _ in 0 } } catch { throw self.failure(pipe, error) }
        }
        try self.write(pipe)
    }

    private func write(_ bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch rest.withUnsafeBytes({ self.socket.write($0) }) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try self.wait(for: POLLOUT, "the broker reads nothing")
            case .ended: throw Failure(.unreachable, "the broker closed the connection")
            case .failed(let reason): throw Failure(.unreachable, "the connection was lost: \(reason)")
            }
        }
    }

    func receive(_ version: MQTTVersion) throws(Failure) -> MQTTPacket {
        while true {
            if let packet = try self.nextPacket(version) { return packet }
            let bytes = try self.read("the broker does not answer")
            guard let pipe else {
                self.received += bytes
                continue
            }
            let end = self.pass(bytes, pipe)
            try self.write(pipe)
            if let packet = try self.nextPacket(version) { return packet }
            // With TLS 1.3 a broker's verdict on the client's certificate comes after the handshake.
            if let end { throw self.failure(pipe, end) }
            if pipe.hasEnded { throw Failure(.unreachable, "the broker closed the connection") }
        }
    }

    /// What has come, once something has.
    private func read(_ late: String) throws(Failure) -> [UInt8] {
        while true {
            try self.wait(for: POLLIN, late)
            var outcome = NetworkSocket.Outcome.wouldBlock
            let descriptor = self.socket.descriptor
            let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, used in
                outcome = NetworkSocket.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
                if case .bytes(let count) = outcome { used = count }
            }
            switch outcome {
            case .bytes: return bytes
            case .wouldBlock: continue
            case .ended: throw Failure(.unreachable, "the broker closed the connection")
            case .failed(let reason): throw Failure(.unreachable, "the connection was lost: \(reason)")
            }
        }
    }

    private func nextPacket(_ version: MQTTVersion) throws(Failure) -> MQTTPacket? {
        let bytes = self.received
        do throws(MQTTDecodeError) {
            guard let header = try mqttFrameHeader(in: bytes.span, at: 0) else { return nil }
            if header.totalLength > Self.packetLimit { throw .malformed("a packet of \(header.totalLength) bytes") }
            if bytes.count < header.totalLength { return nil }
            let body = bytes.span.extracting(header.headerLength..<header.totalLength)
            let packet = try MQTTPacket.decode(header, body, version: version)
            self.received.removeFirst(header.totalLength)
            return packet
        } catch {
            throw Failure(.failed, "the broker does not speak MQTT \(version): \(error)")
        }
    }
}
