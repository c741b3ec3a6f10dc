import AdminAPI
import Protobuf
import Terminal
import Testing
import TopModel

@Suite("Layout")
struct LayoutTests {
    @Test("less room never brings back what more room left out")
    func monotonic() {
        var random = Seeded(3)
        for _ in 0..<200 {
            let claims = (0..<6).map { _ in
                let least = Int(random.next() % 12)
                return Claim(least, least + Int(random.next() % 9), upTo: 40, rank: Int(random.next() % 6))
            }
            var kept = Set(claims.indices)
            for length in (0...80).reversed() {
                let sizes = divide(length, among: claims, gap: 1)
                let now = Set(sizes.indices.filter { sizes[$0] != nil })
                #expect(now.isSubset(of: kept))
                kept = now
                let used = sizes.compactMap { $0 }.reduce(0, +) + max(0, now.count - 1)
                #expect(used <= length || now.isEmpty)
                for index in now {
                    #expect((claims[index].minimum...claims[index].maximum).contains(sizes[index] ?? -1))
                }
            }
        }
    }

    @Test("what is left goes to preferences before it goes to maxima")
    func order() {
        let claims = [Claim(5, 10, upTo: 100, rank: 0), Claim(5, 10, rank: 1)]
        #expect(divide(22, among: claims) == [12, 10])
        #expect(divide(12, among: claims) == [7, 5])
        #expect(divide(9, among: claims) == [9, nil])
        #expect(divide(4, among: claims) == [nil, nil])
    }

    @Test(
        "the overview never lets panels overlap or leave the body",
        arguments: [20, 40, 73, 74, 80, 120, 150, 200, 300]
    )
    func panels(width: Int) {
        for height in 1...100 {
            let body = Rect(x: 0, y: 2, width: width, height: height)
            let places = OverviewPlan(body: body, withQueues: height % 2 == 0).places
            for (index, place) in places.enumerated() {
                let rect = place.rect
                #expect(rect.x >= 0 && rect.maxX <= width && rect.y >= 2 && rect.maxY <= body.maxY)
                for other in places[..<index] where other.rect.x == rect.x {
                    #expect(other.rect.maxY <= rect.y || rect.maxY <= other.rect.y)
                }
            }
            #expect(height % 2 == 0 || !places.contains { $0.panel == .queues })
            #expect(height < 3 || places.contains { $0.panel == .traffic })
        }
    }
}

@Suite("Why")
struct WhyTests {
    private func why(_ change: (inout AdminV1.Connection) -> Void, dropped: UInt64? = 0) -> Why {
        var connection = AdminV1.Connection()
        connection.state = "ok"
        connection.keepAliveMs = 60_000
        connection.inflightLimit = 100
        change(&connection)
        return Why.explain(Why.Facts(connection: connection, newlyDropped: dropped, units: .iec))
    }

    @Test("each state of a connection has its sentence")
    func rules() {
        #expect(self.why { _ in }.weight == .fine)
        #expect(self.why { $0.inflight = 100 }.weight == .fine)
        let limited = self.why {
            $0.inflight = 100
            $0.queued = 8_124
        }
        #expect(limited.sentence.contains("limits itself to 100"))
        #expect(self.why { $0.bufferedBytes = 2_000_000 }.sentence.contains("1.9 MiB wait"))
        #expect(self.why { $0.state = "slow" }.title == "WHY SLOW")
        #expect(self.why { $0.state = "waiting" }.sentence.contains("another part of the broker is full"))
        let throttled = self.why {
            $0.state = "throttled"
            $0.bufferedBytes = 2_000_000
        }
        #expect(throttled.title == "WHY THROTTLED" && throttled.weight == .trouble)
        #expect(throttled.sentence.contains("read again when tokens are back (ratelimit in fluxd.yaml)"))
        #expect(self.why { $0.idleMs = 61_000 }.sentence.contains("silent for 1m01s, beyond its keep-alive of 1m00s"))
        #expect(
            self.why {
                $0.keepAliveMs = 0
                $0.idleMs = 999_000
            }.weight == .fine
        )
        #expect(self.why({ $0.dropped = 5 }, dropped: 3).title == "WHY DROPS")
        #expect(self.why { $0.dropped = 5 }.sentence.contains("none while you look"))
        #expect(self.why { $0.state = "closing" }.title == "CLOSING")
        #expect(self.why { $0.state = "new" }.title == "NEW")
    }
}

@Suite("Batch rows")
struct BatchTests {
    @Test("a table is its columns and all its rows, with the values as the server gave them")
    func table() {
        var options = TopOptions()
        options.screen = .connections
        options.columns = ["client_id", "buffered_bytes", "messages_in_per_s", "history"]
        let stage = Stage.live(.ok, options: options)
        let batch = stage.model.batch(now: stage.now)
        #expect(batch.schema == "fluxmq.top.connections/1")
        #expect(batch.columns == ["client_id", "buffered_bytes", "messages_in_per_s"])
        #expect(batch.rows.count == 10)
        #expect(batch.rows[0] == [.string("dash-07"), .uint(1_992_294), .double(0)])
        #expect(batch.at?.seconds == World.start)
    }

    @Test("the overview is one row, events are one row each")
    func others() {
        var stage = Stage.live(.ok)
        let broker = stage.model.batch(now: stage.now)
        #expect(broker.rows.count == 1)
        #expect(broker.rows[0].count == broker.columns.count)
        #expect(broker.columns.contains("messages_in_per_s"))
        stage.type("6")
        let events = stage.model.batch(now: stage.now)
        #expect(events.columns == ["seq", "at", "level", "kind", "subject", "text"])
        #expect(events.rows.count == 6)
        #expect(events.rows[3][2] == .enumeration("warning"))
    }

    @Test("a batch is not ready before the server answered")
    func readiness() {
        var options = TopOptions()
        options.screen = .topics
        let stage = Stage(.ok, options: options)
        #expect(!stage.model.isBatchReady)
        #expect(Stage.live(.ok, options: options).model.isBatchReady)
    }
}

@Suite("History")
struct HistoryTests {
    @Test("graphs of the overview are full on the first frame, and grow by what is new")
    func series() throws {
        var stage = Stage.live(.ok)
        #expect(stage.model.data.series["messages_in_per_s"].count == 900)
        for value in [1.0, 2, 3] {
            stage.world.series["messages_in_per_s"]?.append(value)
            stage.tick()
        }
        let points = stage.model.data.series["messages_in_per_s"]
        #expect(points.count == 900)
        #expect(points.suffix(3) == [1, 2, 3])
    }

    @Test("whoever looked elsewhere for a minute has missed nothing")
    func gap() throws {
        var stage = Stage.live(.ok)
        stage.type("2")
        stage.tick(60)
        stage.world.series["messages_in_per_s"] = Array(repeating: 5, count: 900)
        stage.type("1")
        let points = stage.model.data.series["messages_in_per_s"]
        #expect(points.count == 900)
        #expect(points.filter { $0 == 5 }.count == 60)
    }

    @Test("a row's history has a point for each look, also when nothing changed")
    func rows() {
        var stage = Stage.live(.ok)
        stage.type("2")
        stage.tick(5)
        #expect(stage.model.data.connections.histories["c0.800.1"]?.points.count == 6)
        stage.tick(100)
        #expect(stage.model.data.connections.histories["c0.800.1"]?.points.count == 60)
    }

    @Test("a journal keeps its newest lines, and says what the server no longer had")
    func journalIsBounded() {
        var stage = Stage.live(.huge)
        stage.type("6")
        #expect(stage.model.data.events.lines.count == 2_000)
        #expect(stage.model.data.events.lines.last?.seq == 3_000 || stage.model.data.events.lines.last?.seq == 2_999)
        var response = AdminV1.EventsResponse()
        response.lost = 4
        if let id = stage.model.wanted.calls.last?.id { stage.give(.events(id, response)) }
        #expect(stage.frame.text[2].contains("4 older ones are no longer kept"))
    }
}
