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
    private var connections: [UInt32: HTTPConnection] = [:]

    package init(on shard: ShardState, listener: Int, readiness: Readiness, healthEnabled: Bool) {
        self.shard = shard
        self.readiness = readiness
        self.started = shard.now
        self.isHealthEnabled = healthEnabled
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
        guard let connection = self.connections[UInt32(entry.address.slot)], connection.id.generation == entry.stamp else { return }
        if connection.hasNews {
            connection.hasNews = false
            let due = shard.now + HealthServer.requestTimeout
            shard.remind(self, entry.address, 0, at: due, stamp: entry.stamp)
        } else {
            shard.effects.close.append((connection.id, afterWriting: false))
        }
    }

    package func shutDown() {
        for slot in self.connections.keys.sorted() {
            if let connection = self.connections[slot] { self.shard.effects.close.append((connection.id, afterWriting: true)) }
        }
    }

    private func answer(_ request: HTTP1Request) -> HTTP1Response {
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
                : HTTP1Response(status: 503, text: "{\"status\":\"not_ready\",\"reason\":\"starting or stopping\"}\n", contentType: json)
        case "/metrics":
            let body = BrokerMetrics.text(self.shard.broker, uptime: self.shard.now - self.started)
            let type = HTTP1Header("Content-Type", BrokerMetrics.contentType)
            return HTTP1Response(status: 200, headers: [type], body: body)
        default: return HTTP1Response(status: 404, text: "not found; there are /health, /ready and /metrics\n")
        }
    }
}
