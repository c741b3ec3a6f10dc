import CUV
import Glibc
package import Machine

/// What went wrong with a socket, in words an operator can act on.
package enum TransportError: Error, Equatable, CustomStringConvertible {
    case cannotResolve(host: String, reason: String)
    case cannotBind(address: String, reason: String)
    /// With the system's code, or 0.
    case cannotConnect(address: String, reason: String, code: Int32)

    package var description: String {
        switch self {
        case .cannotResolve(let host, let reason): "cannot resolve '\(host)': \(reason)"
        case .cannotBind(let address, let reason): "cannot listen on \(address): \(reason)"
        case .cannotConnect(let address, let reason, _): "cannot connect to \(address): \(reason)"
        }
    }

    /// Without the address, for who knows it.
    var reason: String {
        switch self {
        case .cannotResolve(_, let reason), .cannotBind(_, let reason), .cannotConnect(_, let reason, _): reason
        }
    }
}

/// An address to listen on or to connect to.
package struct SocketAddress: Sendable, CustomStringConvertible {
    private enum Kind {
        case inet(sockaddr_in)
        case inet6(sockaddr_in6)
        case unix(path: String, mode: mode_t?)
    }
    private let kind: Kind

    /// A unix socket. Listening replaces a socket file that nobody listens on; its directory must exist.
    ///
    /// - Parameter mode: Of the file that listening makes, whatever the umask: 0o660; nil leaves it to the umask.
    package init(unixPath path: String, mode: UInt32? = nil) { self.kind = .unix(path: path, mode: mode) }

    init(_ target: ConnectTarget) {
        switch target {
        case .ipv4(let host, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = host.bigEndian
            self.kind = .inet(address)
        case .ipv6(let high, let low, let port):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) {
                $0.storeBytes(of: high.bigEndian, as: UInt64.self)
                $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            self.kind = .inet6(address)
        case .unix(let path): self.kind = .unix(path: path, mode: nil)
        }
    }

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
        case .unix(let path, _): "unix:\(path)"
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
        case .unix: return .unix(nil)
        }
    }

    /// What a machine asks for to reach the address.
    package var target: ConnectTarget {
        if case .unix(let path, _) = self.kind { return .unix(path: path) }
        switch self.peer {
        case .ipv4(let host, let port): return .ipv4(host, port: port)
        case .ipv6(let high, let low, let port): return .ipv6(high, low, port: port)
        case .unix: preconditionFailure("only a unix socket has no internet address")
        }
    }

    package var unixPath: String? {
        if case .unix(let path, _) = self.kind { path } else { nil }
    }

    /// Who is at the other end of a connected socket.
    static func peer(of descriptor: Int32) -> PeerAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard getpeername(descriptor, address, &length) == 0 else { return .unix(nil) }
                return SocketAddress(address)?.peer ?? .unix(UnixPeer(of: descriptor))
            }
        }
    }

    /// A socket that listens on the address.
    func listen() throws(TransportError) -> Int32 {
        let descriptor = try self.makeSocket { .cannotBind(address: self.description, reason: $0) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
        if case .inet6 = self.kind { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, 4) }
        do {
            if case .unix(let path, let mode) = self.kind {
                try UnixSocketFile.makeWay(at: path)
                try self.require(self.withSockaddr { bind(descriptor, $0, $1) })
                // Between bind and listen: nobody can connect before the mode is right.
                if let mode { try self.require(chmod(path, mode)) }
            } else {
                try self.require(self.withSockaddr { bind(descriptor, $0, $1) })
            }
            try self.require(Glibc.listen(descriptor, 4096))
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// A socket that is connected or is going to be, which its writability tells.
    func startConnecting() throws(TransportError) -> Int32 {
        let descriptor = try self.makeSocket { .cannotConnect(address: self.description, reason: $0, code: 0) }
        let code = self.withSockaddr { connect(descriptor, $0, $1) == 0 ? 0 : errno }
        if code != 0, code != EINPROGRESS {
            close(descriptor)
            throw .cannotConnect(address: self.description, reason: String(cString: strerror(code)), code: code)
        }
        return descriptor
    }

    private func makeSocket(_ error: (String) -> TransportError) throws(TransportError) -> Int32 {
        let family: Int32
        switch self.kind {
        case .inet: family = AF_INET
        case .inet6: family = AF_INET6
        case .unix(let path, _):
            family = AF_UNIX
            let limit = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1
            guard path.utf8.count <= limit else {
                throw error("the path has \(path.utf8.count) bytes, and a unix socket's may have \(limit)")
            }
        }
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw error(String(cString: strerror(errno))) }
        return descriptor
    }

    private func require(_ result: Int32) throws(TransportError) {
        if result == 0 { return }
        let reason =
            switch errno {
            case EADDRINUSE: "the address is in use (is another broker running? try another port)"
            case EACCES: self.permissionDenied
            default: String(cString: strerror(errno))
            }
        throw .cannotBind(address: self.description, reason: reason)
    }

    private var permissionDenied: String {
        if case .unix = self.kind { return "permission denied (may this user write to the directory?)" }
        return "permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)"
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
        case .unix(let path, _): return rebound(sockaddr_un(path: path))
        }
    }
}

extension sockaddr_un {
    /// Cuts a path that is too long; whoever has one from outside checks it first.
    init(path: String) {
        self.init()
        self.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &self.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
    }
}
