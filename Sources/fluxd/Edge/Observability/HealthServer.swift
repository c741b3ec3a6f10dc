import Bytes
package import Core
import HTTP1Wire
package import Machine
package import Synchronization

/// Whether the broker takes clients; set by whoever starts and stops it, read by every shard.
package final class Readiness: Sendable {
    package let isReady = Atomic<Bool>(false)
    package init() {}
}

/// `/health`, `/ready` and `/metrics` over HTTP/1.1, on the shard's own loop: if the loop is stuck, so is the answer.
package final class HealthServer: StreamAcceptor {
    private let shard: ShardState
    private let readiness: Readiness
    private let started: UInt64
    private let isHealthEnabled: Bool
    private let isLoopback: Bool
    private var connections: [UInt32: HTTPConnection] = [:]

    /// - Parameter isLoopback: Only this machine reaches the listener, so only its own names are answered to.
    package init(on shard: ShardState, listener: Int, readiness: Readiness, healthEnabled: Bool, isLoopback: Bool) {
        self.shard = shard
        self.readiness = readiness
        self.started = shard.now
        self.isHealthEnabled = healthEnabled
        self.isLoopback = isLoopback
        shard.register(self, listeners: [listener])
    }

    package func accept(_ id: StreamID, listener: Int, remote: PeerAddress, on shard: ShardState) -> StreamPeer? {
        let connection = HTTPConnection(id: id, effects: shard.effects) { [weak self] in
            self?.answer($0) ?? HTTP1Response(status: 503, text: "stopping\n")
        }
        connection.didClose = { [weak self] in
            self?.connections[id.slot] = nil
            self?.shard.counters.add(.connectionsClosed)
        }
        self.connections[id.slot] = connection
        let due = shard.now + HealthServer.requestTimeout
        self.shard.remind(self, SubscriberAddress(bits: UInt64(id.slot)), 0, at: due, stamp: id.generation)
        return connection
    }

    package func adopt(_ id: StreamID, _ state: MovingState, on shard: ShardState) -> StreamPeer {
        preconditionFailure("an HTTP stream never moves")
    }

    /// Milliseconds that a peer has for a request, and that a connection may be idle between two.
    private static let requestTimeout: UInt64 = 30_000

    package func due(_ entry: TimerEntry, on shard: ShardState) {
        guard let connection = self.connections[UInt32(entry.address.slot)], connection.id.generation == entry.stamp
        else { return }
        if connection.hasNews {
            connection.hasNews = false
            let due = shard.now + HealthServer.requestTimeout
            shard.remind(self, entry.address, 0, at: due, stamp: entry.stamp)
        } else {
            shard.effects.close.append((connection.id, afterWriting: false))
        }
    }

    /// - Parameter authority: `localhost:8082`, `127.0.0.1`, `[::1]:8082`.
    private static func isOwnName(_ authority: String) -> Bool {
        if authority.first == "[" { return authority == "[::1]" || authority.hasPrefix("[::1]:") }
        let host = authority.prefix { $0 != ":" }.lowercased()
        if host == "localhost" { return true }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return bytes.count == 4 && bytes[0] == 127 && !bytes.contains(nil)
    }

    package func shutDown() {
        for slot in self.connections.keys.sorted() {
            if let connection = self.connections[slot] {
                self.shard.effects.close.append((connection.id, afterWriting: true))
            }
        }
    }

    private func answer(_ request: HTTP1Request) -> HTTP1Response {
        if self.isLoopback, let host = request.header("host"), !HealthServer.isOwnName(host) {
            // A page in a browser can give its own name our address, and would read what it was answered.
            return HTTP1Response(status: 421, text: "this listener answers to localhost and loopback addresses only\n")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            var response = HTTP1Response(status: 405, text: "only GET and HEAD\n")
            response.headers.append(HTTP1Header("Allow", "GET, HEAD"))
            return response
        }
        let json = "application/json"
        switch request.path {
        case "/health" where self.isHealthEnabled:
            return HTTP1Response(status: 200, text: "{\"status\":\"healthy\"}\n", contentType: json)
        case "/ready" where self.isHealthEnabled:
            let isReady = self.readiness.isReady.load(ordering: .acquiring)
            return isReady
                ? HTTP1Response(status: 200, text: "{\"status\":\"ready\"}\n", contentType: json)
                : HTTP1Response(
                    status: 503,
                    text: "{\"status\":\"not_ready\",\"reason\":\"starting or stopping\"}\n",
                    contentType: json
                )
        case "/metrics":
            let body = BrokerMetrics.text(self.shard.broker, uptime: self.shard.now - self.started)
            let type = HTTP1Header("Content-Type", BrokerMetrics.contentType)
            return HTTP1Response(status: 200, headers: [type], body: body)
        default: return HTTP1Response(status: 404, text: "not found; there are /health, /ready and /metrics\n")
        }
    }
}
