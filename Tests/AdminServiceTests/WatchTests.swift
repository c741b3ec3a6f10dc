import AdminAPI
import AdminService
import HTTP
import Protobuf
import Query
import RPC
import Testing

@Suite("Watch")
struct WatchTests {
    @Test("the first answer has all rows, the next ones what changed")
    func deltas() throws {
        let bench = Bench()
        bench.backend.add(1...3)
        let stream = bench.watch()
        let first = try #require(stream.takeAll().first)
        #expect(first.seq == 1)
        #expect(first.changed.map(\.id) == ["c1", "c2", "c3"])
        #expect(first.order == ["c1", "c2", "c3"])
        #expect(first.totalMatched == 3)

        bench.backend.connections[1].queued = 99
        bench.backend.connections.remove(at: 0)
        bench.advance(by: 1_000)
        let second = try #require(stream.takeAll().first)
        #expect(second.seq == 2)
        #expect(second.changed.map(\.id) == ["c2"])
        #expect(second.removed == ["c1"])
        #expect(second.order == ["c2", "c3"])
        #expect(second.costUs > 0)
    }

    @Test("nothing changed: an answer all the same, without rows and order")
    func heartbeat() throws {
        let bench = Bench()
        bench.backend.add(1...3)
        let stream = bench.watch()
        _ = stream.takeAll()
        bench.advance(by: 1_000)
        let answer = try #require(stream.takeAll().first)
        #expect(answer.changed.isEmpty && answer.removed.isEmpty && answer.order.isEmpty)
        #expect(answer.total == 3)
        #expect(answer.at?.seconds == 1_795_356_128)
    }

    @Test("rows that only change places send their order and no row")
    func order() throws {
        let bench = Bench()
        bench.backend.add([1, 2])
        let stream = bench.watch {
            $0.sort = "-queued"
            $0.limit = 2
        }
        #expect(stream.takeAll().first?.order == ["c2", "c1"])
        bench.backend.connections[0].queued = 5
        bench.advance(by: 1_000)
        let answer = try #require(stream.takeAll().first)
        #expect(answer.order == ["c1", "c2"])
        #expect(answer.changed.map(\.id) == ["c1"])
    }

    @Test("a client that does not read gets nothing queued, and then all that changed at once")
    func coalesces() throws {
        let bench = Bench()
        bench.backend.add([1, 2])
        let stream = bench.watch(200)
        _ = stream.takeAll()
        stream.hasRoom = false
        let scans = bench.backend.scans
        for round in 1...3 {
            bench.backend.connections[0].queued = UInt64(100 + round)
            bench.advance(by: 200)
        }
        #expect(stream.answers.isEmpty)
        #expect(bench.backend.scans == scans, "nobody looks for somebody who does not read")
        bench.backend.connections.remove(at: 1)
        stream.hasRoom = true
        bench.advance(by: 200)
        let answer = try #require(stream.takeAll().first)
        #expect(answer.seq == 2)
        #expect(answer.skipped == 3)
        #expect(answer.changed.map(\.id) == ["c1"])
        #expect(answer.removed == ["c2"])
        bench.advance(by: 200)
        #expect(stream.takeAll().first?.skipped == 0)
    }

    @Test("deltas put together are the list, whatever happens in between", arguments: 0..<20)
    func property(_ seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let bench = Bench()
        let stream = bench.watch(200) { query in
            query.sort = "-queued"
            query.limit = 5
            query.filter = "queued<80"
        }
        var rows: [String: AdminV1.Row] = [:]
        var order: [String] = []
        for round in 0..<60 {
            for _ in 0..<below(4) {
                switch below(3) {
                case 0:
                    bench.backend.add(
                        [round * 10 + below(10)].filter { id in
                            !bench.backend.connections.contains { $0.id == "c\(id)" }
                        }
                    )
                case 1:
                    if !bench.backend.connections.isEmpty {
                        bench.backend.connections.remove(at: below(bench.backend.connections.count))
                    }
                default:
                    if !bench.backend.connections.isEmpty {
                        bench.backend.connections[below(bench.backend.connections.count)].queued = UInt64(below(100))
                    }
                }
            }
            stream.hasRoom = below(4) > 0
            bench.advance(by: 200)
            for answer in stream.takeAll() {
                for row in answer.changed { rows[row.id] = row }
                for id in answer.removed { rows[id] = nil }
                if !answer.order.isEmpty { order = answer.order }
                order.removeAll { rows[$0] == nil }
            }
            guard stream.hasRoom else { continue }
            let list = try bench.list { query in
                query.sort = "-queued"
                query.limit = 5
                query.filter = "queued<80"
            }.get()
            #expect(order.compactMap { rows[$0] } == list.rows)
        }
    }

    @Test("the backend knows what is watched; a cancelled watch looks no more")
    func cancel() {
        let bench = Bench()
        let stream = bench.watch()
        #expect(bench.backend.watched.last == [.connection])
        stream.onCancel?()
        #expect(bench.backend.watched.last == [])
        let scans = bench.backend.scans
        bench.advance(by: 5_000)
        #expect(bench.backend.scans == scans)
        #expect(bench.timers.deadline == nil)
    }

    @Test("intervals and the number of watches have limits")
    func limits() {
        let bench = Bench()
        #expect(bench.watch(199).error?.code == .invalidArgument)
        #expect(bench.watch(60_001).error?.code == .invalidArgument)
        #expect(bench.watch(200) { $0.filter = "x=" }.error?.detail?.code == "unknown_field")
        let streams = (0..<AdminService.maximumStreams).map { _ in bench.watch { $0.limit = 1 } }
        #expect(streams.allSatisfy { $0.error == nil })
        #expect(bench.watch { $0.limit = 1 }.error?.code == .resourceExhausted)
        streams[0].onCancel?()
        #expect(bench.watch { $0.limit = 1 }.error == nil)
    }

    @Test("the rows that all watches together may hold have a limit; one that ends gives back its own")
    func heldRows() throws {
        let bench = Bench()
        let streams = (0..<9).map { _ in bench.watch { $0.limit = 10_000 } }
        #expect(bench.watch { $0.limit = 9_999 }.error == nil)
        let error = try #require(bench.watch { $0.limit = 2 }.error)
        #expect(error.code == .resourceExhausted)
        #expect(error.detail?.code == "too_many")
        #expect(bench.watch { $0.limit = 1 }.error == nil)
        streams[0].onCancel?()
        #expect(bench.watch { $0.limit = 10_000 }.error == nil)
    }

    @Test("a look that finds 64 under way is left out and counted, and made up for later")
    func skipsWhenBusy() throws {
        let bench = Bench()
        bench.backend.add([1])
        let stream = bench.watch(200)
        _ = stream.takeAll()
        bench.occupy(AdminService.maximumLooks)
        let scans = bench.backend.scans
        bench.timers.run(now: 200)
        #expect(bench.backend.scans == scans)
        bench.backend.settle()
        bench.advance(by: 200)
        #expect(stream.takeAll().map(\.skipped) == [1])
    }

    @Test("a watch that is cancelled during its look gives the place back")
    func cancelledLook() {
        let bench = Bench()
        for _ in 0..<2 {
            for _ in 0..<AdminService.maximumLooks {
                var request = AdminV1.WatchRequest()
                request.query = connectionQuery { $0.limit = 1 }
                let stream = FakeStream<AdminV1.WatchResponse>()
                bench.service.watch(request, stream)
                stream.onCancel?()
            }
            bench.backend.settle()
        }
        #expect(bench.list { _ in }.error == nil)
    }

    @Test("shutting down ends watches and followers with UNAVAILABLE")
    func shutDown() {
        let bench = Bench()
        let watch = bench.watch()
        let events = bench.follow { $0.follow = true }
        bench.service.shutDown()
        #expect(watch.error?.code == .unavailable)
        #expect(events.error?.code == .unavailable)
        #expect(bench.timers.deadline == nil)
    }
}
