import CUV
import Glibc
package import Machine

/// What went wrong with a socket, in words an operator can act on.
package enum TransportError: Error, Equatable, CustomStringConvertible {
    case cannotResolve(host: String, reason: String)
    case cannotBind(address: String, reason: String)

    package var description: String {
        switch self {
        case .cannotResolve(let host, let reason): "cannot resolve '\(host)': \(reason)"
        case .cannotBind(let address, let reason): "cannot listen on \(address): \(reason)"
        }
    }
}

/// An address to listen on or to connect to.
package struct SocketAddress: Sendable, CustomStringConvertible {
    private enum Kind {
        case inet(sockaddr_in)
        case inet6(sockaddr_in6)
        case unix(path: String)
    }
    private let kind: Kind

    /// A unix socket. A socket file that nobody answers on is replaced.
    package init(unixPath path: String) { self.kind = .unix(path: path) }

    /// Resolves a name or a literal address; may block on DNS, so only for threads that may wait (the start).
    package static func resolve(host: String, port: UInt16) throws(TransportError) -> SocketAddress {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let result = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard result == 0, let first = found, let address = first.pointee.ai_addr else {
            throw .cannotResolve(host: host, reason: String(cString: gai_strerror(result)))
        }
        guard let made = SocketAddress(address) else {
            throw .cannotResolve(host: host, reason: "neither an IPv4 nor an IPv6 address")
        }
        return made
    }

    init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET: self.kind = .inet(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: self.kind = .inet6(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }

    /// The address a socket is bound to, with the port the kernel chose.
    init?(boundTo descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let made = withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> SocketAddress? in
                getsockname(descriptor, address, &length) == 0 ? SocketAddress(address) : nil
            }
        }
        guard let made else { return nil }
        self = made
    }

    package var description: String {
        switch self.kind {
        case .unix(let path): "unix:\(path)"
        default: self.peer.description
        }
    }

    package var port: UInt16? {
        switch self.kind {
        case .inet(let address): UInt16(bigEndian: address.sin_port)
        case .inet6(let address): UInt16(bigEndian: address.sin6_port)
        case .unix: nil
        }
    }

    package var peer: PeerAddress {
        switch self.kind {
        case .inet(let address):
            return .ipv4(UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
        case .inet6(let address):
            let bytes = withUnsafeBytes(of: address.sin6_addr) { bytes in
                (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            let port = UInt16(bigEndian: address.sin6_port)
            return .ipv6(UInt64(bigEndian: bytes.0), UInt64(bigEndian: bytes.1), port: port)
        case .unix: return .unix
        }
    }

    /// Who is at the other end of a connected socket.
    static func peer(of descriptor: Int32) -> PeerAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getpeername(descriptor, address, &length) == 0 else { return .unix }
                return SocketAddress(address)?.peer ?? .unix
            }
        }
    }

    /// A listening socket on the address.
    func listen() throws(TransportError) -> Int32 {
        let family =
            switch self.kind {
            case .inet: AF_INET
            case .inet6: AF_INET6
            case .unix: AF_UNIX
            }
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw self.failure(errno) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        if family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, 4) }
        let bound = self.withSockaddr { Glibc.bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, 4096) == 0 else {
            let code = errno
            close(descriptor)
            throw self.failure(code)
        }
        return descriptor
    }

    private func failure(_ code: Int32) -> TransportError {
        let what =
            switch code {
            case EADDRINUSE: "the address is in use (is another broker running? try another port)"
            case EACCES: "permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)"
            default: String(cString: strerror(code))
            }
        return .cannotBind(address: self.description, reason: what)
    }

    private func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        func rebound<Address>(_ address: Address) -> Result {
            withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Address>.size))
                }
            }
        }
        switch self.kind {
        case .inet(let address): return rebound(address)
        case .inet6(let address): return rebound(address)
        case .unix(let path):
            unlink(path)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { target in
                target.copyBytes(from: path.utf8.prefix(target.count - 1))
            }
            return rebound(address)
        }
    }
}
