import Blocking
import Glibc

/// The system's words for what usually goes wrong, so that a hint can follow.
enum SocketFailure {
    static let refused = text(ECONNREFUSED)
    static let missing = text(ENOENT)
    static let forbidden = text(EACCES)

    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// One stream socket that never blocks: system calls, and their errors in words.
struct AdminSocket: ~Copyable {
    enum Outcome: Equatable {
        case bytes(Int)
        /// Not now; poll says when.
        case wouldBlock
        case ended
        case failed(String)
    }

    let descriptor: Int32

    /// Starts to connect; poll for writing, then ask ``connectError``.
    init(_ address: [UInt8], family: Int32) throws(SocketError) {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        self.descriptor = socket(family, flags, 0)
        guard self.descriptor >= 0 else { throw SocketError(reason: SocketFailure.text(errno)) }
        if family != AF_UNIX {
            var yes: Int32 = 1
            setsockopt(self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
        }
        let descriptor = self.descriptor
        let code = address.withUnsafeBytes { bytes -> Int32 in
            let base = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return connect(descriptor, base, socklen_t(bytes.count)) == 0 ? 0 : errno
        }
        if code != 0, code != EINPROGRESS { throw SocketError(reason: SocketFailure.text(code)) }
    }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }

    /// Why the connection that poll reported was not made; nil when it was.
    var connectError: String? {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        if getsockopt(self.descriptor, SOL_SOCKET, SO_ERROR, &code, &size) != 0 { code = errno }
        return code == 0 ? nil : SocketFailure.text(code)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        let count = recv(self.descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { return .bytes(count) }
        return count == 0 ? .ended : AdminSocket.failure(errno)
    }

    func write(_ bytes: ArraySlice<UInt8>) -> Outcome {
        let count = bytes.withUnsafeBytes { send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        return count >= 0 ? .bytes(count) : AdminSocket.failure(errno)
    }

    private static func failure(_ code: Int32) -> Outcome {
        code == EAGAIN || code == EINTR ? .wouldBlock : .failed(SocketFailure.text(code))
    }
}

struct SocketError: Error {
    var reason: String
}

extension NetworkAddress {
    static func unix(_ path: String) -> NetworkAddress {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafeBytes(of: &address) { NetworkAddress(family: AF_UNIX, bytes: Array($0)) }
    }
}
