package import Core
package import HTTP
import Metrics
package import Synchronization

/// Whether the broker takes clients; set by whoever starts and stops it, read by everybody.
package final class Readiness: Sendable {
    package let isReady = Atomic<Bool>(false)
    package let isStopping = Atomic<Bool>(false)
    package init() {}
}

/// `/health`, `/ready` and `/metrics`, on the control loop.
package final class HealthSite {
    /// Asks each shard for a sign of life; calls back once for each that gives one.
    package typealias AskShards = (_ alive: @escaping (_ shard: Int) -> Void) -> Void

    private let broker: Broker
    private let readiness: Readiness
    private let timers: Timers
    private let started: UInt64
    private let isHealthEnabled: Bool
    private let askShards: AskShards
    private let edge: () -> EdgeSample

    package init(
        _ broker: Broker,
        readiness: Readiness,
        timers: Timers,
        healthEnabled: Bool,
        edge: @escaping () -> EdgeSample,
        askShards: @escaping AskShards
    ) {
        self.broker = broker
        self.readiness = readiness
        self.timers = timers
        self.started = timers.now
        self.isHealthEnabled = healthEnabled
        self.edge = edge
        self.askShards = askShards
    }

    /// An ``HTTPRouter``: nil for paths that are others' business.
    package func handler(_ head: HTTPRequestHead, _ stream: any HTTPServerStream) -> HTTPServerHandler? {
        let path = head.path.prefix { $0 != "?" }
        let isHealth = path == "/health" || path == "/ready"
        guard path == "/metrics" || isHealth && self.isHealthEnabled else { return nil }
        let answer = Answer(stream, isHead: head.method == "HEAD")
        guard head.method == "GET" || head.method == "HEAD" else {
            answer.send(405, "text/plain", "only GET and HEAD\n", ["allow": "GET, HEAD"])
            return HTTPServerHandler()
        }
        switch path {
        case "/health": self.health(answer)
        case "/ready": self.ready(answer)
        default:
            let format = PrometheusText.Format(accept: head.fields["accept"])
            let uptime = self.timers.now - self.started
            answer.send(200, format.contentType, BrokerMetrics.text(self.broker, self.edge(), uptime: uptime, format))
        }
        return HTTPServerHandler()
    }

    /// Milliseconds after which a shard that has not answered is called stuck.
    private static let patience: UInt64 = 1_000

    /// Healthy is: every shard does what it is asked to.
    private func health(_ answer: Answer) {
        var waiting = Set(0..<self.broker.shards)
        let timer = self.timers.schedule(at: self.timers.now + HealthSite.patience) {
            let stuck = waiting.sorted().map { "\($0)" }.joined(separator: ",")
            answer.send(
                503,
                json,
                "{\"status\":\"unhealthy\",\"reason\":\"no answer from shards\",\"shards\":[\(stuck)]}\n"
            )
        }
        self.askShards { [timers] shard in
            waiting.remove(shard)
            guard waiting.isEmpty else { return }
            timers.cancel(timer)
            answer.send(200, json, "{\"status\":\"healthy\"}\n")
        }
    }

    private func ready(_ answer: Answer) {
        if self.readiness.isReady.load(ordering: .acquiring) {
            answer.send(200, json, "{\"status\":\"ready\"}\n")
        } else {
            answer.send(503, json, "{\"status\":\"not_ready\",\"reason\":\"starting or stopping\"}\n")
        }
    }
}

private let json = "application/json"

/// One response, which goes out once.
private final class Answer {
    private let stream: any HTTPServerStream
    private let isHead: Bool
    private var isSent = false

    init(_ stream: any HTTPServerStream, isHead: Bool) {
        self.stream = stream
        self.isHead = isHead
    }

    func send(_ status: Int, _ type: String, _ text: String, _ more: KeyValuePairs<String, String> = [:]) {
        self.send(status, type, Array(text.utf8), more)
    }

    func send(_ status: Int, _ type: String, _ body: [UInt8], _ more: KeyValuePairs<String, String> = [:]) {
        if self.isSent { return }
        self.isSent = true
        var fields = HTTPFields(["content-type": type, "content-length": "\(body.count)"])
        for (name, value) in more { fields.append(name, value) }
        self.stream.respond(HTTPResponseHead(status: status, fields: fields))
        if !self.isHead { self.stream.write(body) }
        self.stream.finish(trailers: HTTPFields())
    }
}

@available(*, unavailable)
extension HealthSite: Sendable {}
