import Blocking
import Glibc

/// One TCP socket that never blocks: system calls and their errors in words, and nothing of MQTT.
struct ClientSocket: ~Copyable {
    enum Outcome: Equatable {
        case bytes(Int)
        /// Not now; poll says when.
        case wouldBlock
        /// The peer has closed its side.
        case ended
        case failed(String)
    }

    let descriptor: Int32

    /// Starts to connect; poll for writing, then ask ``connectError``.
    ///
    /// - Returns: nil when it failed at once, with the reason in `failure`.
    init?(connectingTo address: NetworkAddress, failure: inout String) {
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, setNonBlocking(descriptor) else {
            failure = errorText(errno)
            if descriptor >= 0 { _ = Glibc.close(descriptor) }
            return nil
        }
        var yes: Int32 = 1
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        let result = address.bytes.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
            return connect(descriptor, base, socklen_t(bytes.count))
        }
        if result != 0, errno != EINPROGRESS, errno != EINTR {
            failure = errorText(errno)
            _ = Glibc.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit { _ = Glibc.close(self.descriptor) }

    /// Why the connection that poll reported was not made; nil when it was.
    var connectError: String? {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(self.descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errorText(errno) }
        return code == 0 ? nil : errorText(code)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        let count = recv(self.descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .bytes(count) }
        return count == 0 ? .ended : Self.failure(errno)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        let count = send(self.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        return count >= 0 ? .bytes(count) : Self.failure(errno)
    }

    /// Says that nothing more will be sent; what was sent still arrives.
    func endWriting() { _ = shutdown(self.descriptor, Int32(SHUT_WR)) }

    private static func failure(_ code: Int32) -> Outcome {
        code == EAGAIN || code == EWOULDBLOCK || code == EINTR ? .wouldBlock : .failed(errorText(code))
    }
}

/// A pipe that ends a poll in progress: any thread writes, the poller reads.
final class WakeUp: Sendable {
    let readEnd: Int32
    private let writeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, setNonBlocking(ends[0]), setNonBlocking(ends[1]) else {
            fatalError("no pipe for a client: \(errorText(errno))")
        }
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
    }

    deinit {
        _ = close(self.readEnd)
        _ = close(self.writeEnd)
    }

    /// A full pipe is as good as another byte in it.
    func signal() {
        var byte: UInt8 = 0
        _ = write(self.writeEnd, &byte, 1)
    }

    func drain() {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
            while read(self.readEnd, buffer.baseAddress, buffer.count) == buffer.count {}
        }
    }
}

private func setNonBlocking(_ descriptor: Int32) -> Bool {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0
        && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
}

/// `Connection refused`, as the C library words it; glibc's buffer is the thread's own.
func errorText(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
