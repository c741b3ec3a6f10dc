import Blocking
import Glibc

/// One TCP socket that never blocks: system calls and their errors in words.
struct NetworkSocket: ~Copyable {
    enum Outcome: Equatable {
        case bytes(Int)
        case wouldBlock
        /// The peer has closed its side.
        case ended
        case failed(String)
    }

    let descriptor: Int32

    /// Starts to connect; poll for writing, then ask ``connectError``.
    init(connectingTo address: NetworkAddress) throws(Failure) {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { throw Failure(.failed, "no socket: \(systemError(errno))") }
        var yes: Int32 = 1
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        let result = address.bytes.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
            return connect(descriptor, base, socklen_t(bytes.count))
        }
        if result != 0, errno != EINPROGRESS, errno != EINTR {
            let reason = systemError(errno)
            close(descriptor)
            throw Failure(.unreachable, reason)
        }
        self.descriptor = descriptor
    }

    deinit { _ = close(self.descriptor) }

    /// Why the connection that poll reported was not made; nil when it was.
    var connectError: String? {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(self.descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return systemError(errno) }
        return code == 0 ? nil : systemError(code)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome { Self.read(self.descriptor, into: buffer) }

    static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .bytes(count) }
        return count == 0 ? .ended : self.failure(errno)
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        let count = send(self.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        return count >= 0 ? .bytes(count) : Self.failure(errno)
    }

    private static func failure(_ code: Int32) -> Outcome {
        code == EAGAIN || code == EWOULDBLOCK || code == EINTR ? .wouldBlock : .failed(systemError(code))
    }
}
