import HTTP
import Machine

/// What the calls of one host may make a router hold: parts of requests that no handler has yet, and answers that wait to be read.
///
/// A stream's own bounds are not enough, since a connection has many streams. When a peer's part is full its next message or call
/// is RESOURCE_EXHAUSTED; other peers do not notice.
final class PeerMemory {
    /// Bytes, of requests and of answers each.
    private let limit: Int
    private var requests: [PeerAddress: Int] = [:]
    /// Streams whose calls have ended, with much that was not read by then.
    private var unread: [any HTTPServerStream] = []

    init(limit: Int) { self.limit = limit }

    /// A call's requests now take another number of bytes.
    func noteRequests(of peer: PeerAddress, from old: Int, to new: Int) {
        let used = self.requests[peer.host, default: 0] + new - old
        self.requests[peer.host] = used == 0 ? nil : used
    }

    /// Whether what has come of the peer's requests is not too much.
    func takesRequests(of peer: PeerAddress) -> Bool { self.requests[peer.host, default: 0] <= self.limit }

    func noteAnswer(on stream: any HTTPServerStream) {
        guard Self.isUnread(stream) else { return }
        self.unread.removeAll { !Self.isUnread($0) }
        self.unread.append(stream)
    }

    /// Whether the peer has read enough of its answers to ask for more.
    func takesCalls(of peer: PeerAddress) -> Bool {
        if self.unread.isEmpty { return true }
        self.unread.removeAll { !Self.isUnread($0) }
        return self.unread.lazy.filter { $0.peer.host == peer.host }.reduce(0) { $0 + $1.pendingBytes } < self.limit
    }

    private static func isUnread(_ stream: any HTTPServerStream) -> Bool { stream.pendingBytes > 64 << 10 }
}

extension PeerAddress {
    /// The same for all of a machine's connections: more of them are no more memory.
    fileprivate var host: PeerAddress {
        switch self {
        case .ipv4(let address, _): .ipv4(address, port: 0)
        case .ipv6(let high, let low, _): .ipv6(high, low, port: 0)
        case .unix: self
        }
    }
}

@available(*, unavailable)
extension PeerMemory: Sendable {}
