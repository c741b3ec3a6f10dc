/// The process at the other end of a unix stream, as the kernel vouches for it when the stream is made.
public struct UnixPeer: Hashable, Sendable {
    package var pid: Int32
    package var uid: UInt32
    package var gid: UInt32

    package init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }
}

/// Who is at the other end of a stream.
public enum PeerAddress: Hashable, Sendable, CustomStringConvertible {
    case ipv4(UInt32, port: UInt16)
    case ipv6(UInt64, UInt64, port: UInt16)
    /// nil when the kernel does not say who: nobody is trusted for it.
    case unix(UnixPeer?)

    public var description: String {
        switch self {
        case .ipv4(let address, let port):
            return "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255):\(port)"
        case .ipv6(let high, let low, let port):
            let groups = (0..<8).map { index -> String in
                let half = index < 4 ? high : low
                return String(UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * (index % 4))), radix: 16)
            }
            return "[\(groups.joined(separator: ":"))]:\(port)"
        case .unix(let peer?): return "uid \(peer.uid) (pid \(peer.pid))"
        case .unix(nil): return "unix"
        }
    }
}

/// Where a machine wants a stream to. Names are resolved before: a look-up may block, and a loop must not.
public enum ConnectTarget: Hashable, Sendable, CustomStringConvertible {
    case ipv4(UInt32, port: UInt16)
    case ipv6(UInt64, UInt64, port: UInt16)
    case unix(path: String)

    /// An attempt that takes longer has failed. Milliseconds; gRPC's least time for one.
    package static let timeout: UInt64 = 20_000

    public var description: String {
        switch self {
        case .ipv4(let address, let port): PeerAddress.ipv4(address, port: port).description
        case .ipv6(let high, let low, let port): PeerAddress.ipv6(high, low, port: port).description
        case .unix(let path): "unix:\(path)"
        }
    }
}
