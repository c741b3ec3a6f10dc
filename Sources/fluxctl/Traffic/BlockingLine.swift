import Blocking
import Glibc
import MQTTWire

/// A connection on which one side waits for the other, packet by packet.
final class BlockingLine {
    private let socket: NetworkSocket
    private let deadline: UInt64
    private var received: [UInt8] = []

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

    func send(_ bytes: [UInt8]) throws(Failure) {
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
            try self.wait(for: POLLIN, "the broker does not answer")
            var outcome = NetworkSocket.Outcome.wouldBlock
            let descriptor = self.socket.descriptor
            let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, used in
                outcome = NetworkSocket.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
                if case .bytes(let count) = outcome { used = count }
            }
            switch outcome {
            case .bytes, .wouldBlock: self.received += bytes
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
