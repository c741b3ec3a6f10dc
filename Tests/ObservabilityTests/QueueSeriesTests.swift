import Core
import Machine
import QueueEngine
import Testing

@testable import Observability

@Suite("Series of queues and groups")
struct QueueSeriesTests {
    private static func counters(_ published: UInt64) -> QueueCounters {
        var counters = QueueCounters()
        counters.published = published
        return counters
    }

    private static func entry(_ number: UInt64, ready: UInt64, published: UInt64 = 0) -> QueueCensus.QueueEntry {
        var sum = QueueSum()
        (sum.count, sum.ready, sum.counters) = (1, ready, Self.counters(published))
        return QueueCensus.QueueEntry(number: number, name: "q\(number)", sum: sum)
    }

    @Test("the deepest queues stand for themselves, all others are one sum, and memory is bounded by the limit")
    func deepest() {
        var census = QueueCensus(queueLimit: 3, groupLimit: 0)
        for number in 0..<10_000 {
            census.add(Self.entry(UInt64(number), ready: UInt64(number * 7_919 % 10_000), published: 1))
            #expect(census.queues.count <= 1_030)
        }
        census.finish()
        #expect(census.queues.map(\.sum.ready) == [9_999, 9_998, 9_997])
        #expect(census.otherQueues.count == 9_997)
        #expect(census.otherQueues.ready == 9_996 * 9_997 / 2 && census.otherQueues.counters.published == 9_997)
    }

    @Test("of queues that are equally deep the older ones stand for themselves, so that series do not come and go")
    func equal() {
        var census = QueueCensus(queueLimit: 2, groupLimit: 0)
        for number in [9, 3, 7, 5] { census.add(Self.entry(UInt64(number), ready: 4)) }
        census.finish()
        #expect(census.queues.map(\.number) == [3, 5])
    }

    @Test("the rest counts what those without a series count, and never goes back when they change")
    func rest() {
        var rest = CounterRest<Int>()
        func look(_ all: UInt64, _ shown: [(Int, UInt64)]) -> UInt64 {
            rest.look(
                total: Self.counters(all),
                shown: shown.map { ($0.0, Self.counters($0.1)) },
                hasOthers: true
            ).published
        }
        // 1 has 100, 2 has 10, others 5.
        #expect(look(115, [(1, 100), (2, 10)]) == 5)
        // 3 takes the place of 2; the 1,000 of 3 were counted in the rest, where they stay.
        #expect(look(1_200, [(1, 100), (3, 1_000)]) == 1_090)
        // 3 counts 50 more for itself, 2 counts 5 more in the rest.
        #expect(look(1_255, [(1, 100), (3, 1_050)]) == 1_095)
        // 2 is back, with 20 of which 5 are new since; 1 has ended.
        #expect(look(1_260, [(2, 20), (3, 1_050)]) == 1_100)
        #expect(look(1_261, [(2, 21), (3, 1_050)]) == 1_100)
        // 3 began anew, and has counted 7 since.
        #expect(look(1_268, [(2, 21), (3, 7)]) == 1_100)
        // A walk that missed somebody changes nothing.
        #expect(look(1_000, [(2, 21), (3, 7)]) == 1_100)
        #expect(look(1_269, [(2, 21), (3, 7)]) == 1_101)
    }

    @Test("while every queue has a series there is no rest, until one ends between two scrapes")
    func noRest() {
        var rest = CounterRest<Int>()
        #expect(rest.look(total: Self.counters(1), shown: [(1, Self.counters(1))], hasOthers: false).published == 0)
        let both = [(1, Self.counters(1)), (2, Self.counters(40))].map { (key: $0.0, counters: $0.1) }
        #expect(rest.look(total: Self.counters(41), shown: both, hasOthers: false).published == 0)
        #expect(rest.look(total: Self.counters(42), shown: [both[1]], hasOthers: false).published == 1)
    }

    // MARK: On a shard

    private static func shard() -> ShardState {
        ShardState(index: 0, broker: Broker(shards: 1, key: 1, settings: BrokerSettings()), now: 5_000)
    }

    private static func publish(_ count: Int, to name: String, on shard: ShardState) throws {
        let number = try shard.queues.make(name, in: .standard).number
        let home = try #require(shard.queues.home(number))
        let (topic, header, payload) = (Array("$queue/\(name)".utf8), [UInt8]([1, 1]), [UInt8]([7]))
        for _ in 0..<count {
            let message = QueueMessage(topic: topic.span, header: header.span, payload: payload.span)
            _ = home.queue.publish(message, now: shard.now, wall: shard.wallNow)
        }
    }

    @Test("a census in slices finds every queue once, and counts those that have ended")
    func census() throws {
        let shard = Self.shard()
        for number in 0..<10 { try Self.publish(number, to: "q\(number)", on: shard) }
        func take() -> QueueCensus {
            var census = QueueCensus(queueLimit: 2, groupLimit: 5)
            var cursor: Int? = 0
            while let start = cursor { cursor = census.visit(shard, from: start, limit: 3) }
            census.finish()
            return census
        }
        var census = take()
        #expect(census.queues.map(\.name) == ["q9", "q8"] && census.otherQueues.count == 8)
        #expect(census.queueCount.ephemeral == 10 && census.counters.published == 45)
        var series = QueueSeries()
        var figures = series.figures(of: census)
        #expect(figures.queues.map(\.name) == ["q9", "q8", "$rest"])
        #expect(figures.queues.map(\.sum.ready) == [9, 8, 28])
        #expect(figures.queues.map(\.sum.counters.published) == [9, 8, 28])
        let place = try #require(shard.broker.queues.find("q9", in: .standard))
        let home = try #require(shard.queues.home(place.number))
        shard.queues.end(home)
        census = take()
        #expect(census.counters.published == 45 && census.queueCount.all == 9)
        figures = series.figures(of: census)
        #expect(figures.queues.map(\.name) == ["q8", "q7", "$rest"])
        #expect(figures.queues.map(\.sum.ready) == [8, 7, 21])
        #expect(figures.queues.map(\.sum.counters.published) == [8, 7, 28], "what q7 had counted stays in the rest")
    }
}
