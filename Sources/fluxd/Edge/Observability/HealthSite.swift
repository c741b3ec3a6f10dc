package import Core
package import HTTP
import JSON
import Machine
import Metrics
package import Synchronization
package import Volume

/// Whether the broker takes clients; set by whoever starts and stops it, read by everybody.
package final class Readiness: Sendable {
    package let isReady = Atomic<Bool>(false)
    package let isStopping = Atomic<Bool>(false)
    package init() {}
}

/// `/health`, `/ready` and `/metrics`, on the control loop.
package final class HealthSite {
    /// Who is asked.
    package struct Sources {
        var edge: () -> EdgeSample
        var storage: () -> VolumeStatistics
        /// An empty census, with the limits of the configuration.
        var newCensus: () -> QueueCensus
        /// Takes a census through all shards, in slices; it is answered finished.
        var take: (_ census: QueueCensus, _ answer: @escaping (QueueCensus) -> Void) -> Void
        /// Asks each shard for a sign of life; calls back once for each that gives one.
        var askShards: (_ alive: @escaping (_ shard: Int) -> Void) -> Void

        package init(
            edge: @escaping () -> EdgeSample,
            storage: @escaping () -> VolumeStatistics,
            newCensus: @escaping () -> QueueCensus,
            take: @escaping (_ census: QueueCensus, _ answer: @escaping (QueueCensus) -> Void) -> Void,
            askShards: @escaping (_ alive: @escaping (_ shard: Int) -> Void) -> Void
        ) {
            self.edge = edge
            self.storage = storage
            self.newCensus = newCensus
            self.take = take
            self.askShards = askShards
        }
    }

    private let broker: Broker
    private let readiness: Readiness
    private let timers: Timers
    private let started: UInt64
    private let isHealthEnabled: Bool
    private let sources: Sources
    private var series = QueueSeries()
    /// Scrapes that wait for the census that is under way: however many ask, one walks.
    private var scrapes: [(answer: Answer, format: PrometheusText.Format)] = []
    /// A shard does not answer the census: until it does, scrapes have everything but queues.
    private var isStuck = false

    package init(
        _ broker: Broker,
        readiness: Readiness,
        timers: Timers,
        healthEnabled: Bool,
        sources: Sources
    ) {
        self.broker = broker
        self.readiness = readiness
        self.timers = timers
        self.started = timers.now
        self.isHealthEnabled = healthEnabled
        self.sources = sources
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
        default: self.scrape(answer, PrometheusText.Format(accept: head.fields["accept"]))
        }
        return HTTPServerHandler()
    }

    private func scrape(_ answer: Answer, _ format: PrometheusText.Format) {
        self.scrapes.append((answer, format))
        if self.isStuck { return self.answer(QueueFigures()) }
        guard self.scrapes.count == 1 else { return }
        let timer = self.timers.schedule(at: self.timers.now + HealthSite.censusPatience) { [weak self] in
            self?.isStuck = true
            self?.answer(QueueFigures())
        }
        self.sources.take(self.sources.newCensus()) { [weak self, timers] census in
            timers.cancel(timer)
            guard let self else { return }
            self.isStuck = false
            let figures = self.series.figures(of: census)
            if !self.scrapes.isEmpty { self.answer(figures) }
        }
    }

    private func answer(_ queues: QueueFigures) {
        let sample = BrokerSample(
            broker: self.broker,
            edge: self.sources.edge(),
            queues: queues,
            storage: self.sources.storage(),
            uptime: self.timers.now - self.started
        )
        let scrapes = self.scrapes
        self.scrapes = []
        for format in [PrometheusText.Format.prometheus, .openMetrics] {
            let wanted = scrapes.filter { $0.format == format }
            if wanted.isEmpty { continue }
            let text = BrokerMetrics.text(sample, format)
            for scrape in wanted { scrape.answer.send(200, format.contentType, text) }
        }
    }

    /// Milliseconds after which a shard that has not answered is called stuck; a census of many queues takes its time.
    private static let patience: UInt64 = 1_000
    private static let censusPatience: UInt64 = 4_000

    /// Healthy is: every shard does what it is asked to, and what is stored can be acknowledged, if not now then when there is space.
    private func health(_ answer: Answer) {
        var waiting = Set(0..<self.broker.shards)
        let timer = self.timers.schedule(at: self.timers.now + HealthSite.patience) {
            answer.send(
                503,
                [
                    ("status", .string("unhealthy")), ("reason", .string("no answer from shards")),
                    ("shards", .array(waiting.sorted().map { .integer($0) })),
                ]
            )
        }
        self.sources.askShards { [timers, sources] shard in
            waiting.remove(shard)
            guard waiting.isEmpty else { return }
            timers.cancel(timer)
            let storage = sources.storage()
            let isFailed = storage.status == .failed
            var members: [(String, JSONValue)] = [
                ("status", .string(isFailed ? "unhealthy" : "healthy")), ("storage", .string("\(storage.status)")),
            ]
            if let reason = storage.reason { members.append(("reason", .string(reason))) }
            answer.send(isFailed ? 503 : 200, members)
        }
    }

    /// Ready is: it serves, and what it would acknowledge is stored. A volume that is full still serves consumers.
    private func ready(_ answer: Answer) {
        let storage = self.sources.storage()
        if !self.readiness.isReady.load(ordering: .acquiring) {
            answer.send(503, [("status", .string("not_ready")), ("reason", .string("starting or stopping"))])
        } else if storage.status == .failed {
            let reason = "storage failed: \(storage.reason ?? "unknown")"
            answer.send(503, [("status", .string("not_ready")), ("reason", .string(reason))])
        } else {
            answer.send(200, [("status", .string("ready")), ("storage", .string("\(storage.status)"))])
        }
    }
}

/// One response, which goes out once.
private final class Answer {
    private let stream: any HTTPServerStream
    private let isHead: Bool
    private var isSent = false

    init(_ stream: any HTTPServerStream, isHead: Bool) {
        self.stream = stream
        self.isHead = isHead
    }

    func send(_ status: Int, _ members: [(String, JSONValue)]) {
        self.send(status, "application/json", JSONValue.object(members).text + "\n")
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
