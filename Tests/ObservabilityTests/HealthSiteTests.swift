import Core
import Files
import HTTP
import Machine
import StateStore
import Synchronization
import Testing

@testable import Observability
@testable import Volume

@Suite("Health, readiness and scrapes")
struct HealthSiteTests {
    private final class Stream: HTTPServerStream {
        var peer = PeerAddress.unix(nil)
        var pendingBytes = 0
        private(set) var status: Int?
        private(set) var text = ""

        func respond(_ head: HTTPResponseHead) { self.status = head.status }
        func write(_ body: [UInt8]) { self.text += String(decoding: body, as: UTF8.self) }
        func finish(trailers: HTTPFields) {}
        func reset(_ error: HTTPStreamError) {}
        func consumed(_ bytes: Int) {}
    }

    /// A site whose shards and volume are as a test says.
    private final class Stage {
        let timers = Timers(now: 1_000)
        let readiness = Readiness()
        var storage: VolumeStatistics
        /// Censuses that are under way.
        var censuses: [(QueueCensus) -> Void] = []
        var shards: [Int] = [0, 1]
        private(set) var site: HealthSite!

        init() throws {
            let engine = try VolumeEngine(
                files: MemoryFiles(limit: 1 << 30),
                state: MemoryStore(),
                environment: VolumeEnvironment(unixTime: { 0 }, clock: { 0 }, random: { 1 }),
                now: 0,
                notify: { _ in }
            )
            self.storage = engine.statistics
            self.readiness.isReady.store(true, ordering: .relaxed)
            self.site = HealthSite(
                Broker(shards: 2, key: 1, settings: BrokerSettings()),
                readiness: self.readiness,
                timers: self.timers,
                healthEnabled: true,
                sources: HealthSite.Sources(
                    edge: { EdgeSample() },
                    storage: { [unowned self] in self.storage },
                    newCensus: { QueueCensus(queueLimit: 1, groupLimit: 1) },
                    take: { [unowned self] in self.censuses.append($1) },
                    askShards: { [unowned self] alive in self.shards.forEach(alive) }
                )
            )
        }

        func get(_ path: String) -> Stream {
            let stream = Stream()
            _ = self.site.handler(HTTPRequestHead(method: "GET", path: path, authority: "n1"), stream)
            return stream
        }

        func answer() {
            var census = QueueCensus(queueLimit: 1, groupLimit: 1)
            var sum = QueueSum()
            (sum.count, sum.ready) = (1, 5)
            census.add(QueueCensus.QueueEntry(number: 300, name: "orders", sum: sum))
            census.finish()
            self.censuses.removeFirst()(census)
        }
    }

    @Test("health says what the storage is like, and only one that has failed is ill")
    func health() throws {
        let stage = try Stage()
        #expect(stage.get("/health").text == #"{"status":"healthy","storage":"writable"}"# + "\n")
        (stage.storage.status, stage.storage.reason) = (.full, #"write "a": no space"#)
        let full = stage.get("/health")
        #expect(full.status == 200)
        #expect(full.text == #"{"status":"healthy","storage":"full","reason":"write \"a\": no space"}"# + "\n")
        #expect(stage.get("/ready").status == 200)
        stage.storage.status = .failed
        #expect(stage.get("/health").status == 503 && stage.get("/ready").status == 503)
    }

    @Test("a shard that does not answer within a second is named")
    func stuck() throws {
        let stage = try Stage()
        stage.shards = [0]
        let stream = stage.get("/health")
        #expect(stream.status == nil)
        stage.timers.run(now: 2_000)
        #expect(stream.status == 503 && stream.text.contains(#""shards":[1]"#))
    }

    @Test("scrapes that come while queues are counted share the census")
    func shared() throws {
        let stage = try Stage()
        let scrapes = (0..<5).map { _ in stage.get("/metrics") }
        #expect(stage.censuses.count == 1 && scrapes.allSatisfy { $0.status == nil })
        stage.answer()
        #expect(scrapes.allSatisfy { $0.text.contains(#"fluxmq_queue_messages_ready{queue="orders"} 5"#) })
        _ = stage.get("/metrics")
        #expect(stage.censuses.count == 1)
    }

    @Test("a shard that hangs takes queues out of the scrape, and nothing else")
    func withoutQueues() throws {
        let stage = try Stage()
        let first = stage.get("/metrics")
        stage.timers.run(now: 5_000)
        #expect(first.status == 200 && first.text.contains("fluxmq_storage_free_bytes "))
        #expect(!first.text.contains("{queue="))
        let second = stage.get("/metrics")
        #expect(second.status == 200 && stage.censuses.count == 1, "nobody is asked twice")
        stage.answer()
        let third = stage.get("/metrics")
        #expect(third.status == nil)
        stage.answer()
        #expect(third.text.contains(#"{queue="orders"} 5"#))
    }
}
