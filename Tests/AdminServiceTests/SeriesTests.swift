import AdminAPI
import AdminService
import Protobuf
import RPC
import Testing

@Suite("Series")
struct SeriesTests {
    private func values(_ bench: Bench, _ name: String, step: UInt32 = 1, points: UInt32 = 0) throws -> [Double] {
        var request = AdminV1.SeriesRequest()
        request.names = [name]
        request.stepS = step
        request.points = points
        return try bench.service.series(request).get().series[0].values
    }

    @Test("seconds as they were recorded, the newest at the end")
    func seconds() throws {
        let bench = Bench()
        #expect(try self.values(bench, "messages_in").isEmpty)
        for second in 100..<105 { bench.history.record("messages_in", Double(second), at: UInt64(second)) }
        #expect(try self.values(bench, "messages_in") == [100, 101, 102, 103, 104])
        #expect(try self.values(bench, "messages_in", points: 2) == [103, 104])
        #expect(try self.values(bench, "connections").allSatisfy(\.isNaN))
    }

    @Test("longer steps average rates, and keep the last of levels, once they are over")
    func folds() throws {
        let bench = Bench()
        for second in 0..<25 {
            bench.history.record("messages_in", Double(second), at: UInt64(second))
            bench.history.record("connections", Double(second), at: UInt64(second))
        }
        #expect(try self.values(bench, "messages_in", step: 10) == [4.5, 14.5])
        #expect(try self.values(bench, "connections", step: 10) == [9, 19])
        #expect(try self.values(bench, "connections", step: 60).isEmpty)
    }

    @Test("rings keep their length and no more; gaps are unknown")
    func lengths() throws {
        let bench = Bench()
        for second in 0..<1_000 where second != 990 {
            bench.history.record("connections", Double(second), at: UInt64(second))
        }
        let seconds = try self.values(bench, "connections")
        #expect(seconds.count == 900)
        #expect(seconds.first == 100 && seconds.last == 999)
        #expect(seconds[890].isNaN)
        #expect(try self.values(bench, "connections", step: 10).count == 99)
        bench.history.record("connections", 1, at: 100_000)
        let sparse = try self.values(bench, "connections")
        #expect(sparse.count == 900)
        #expect(sparse.last == 1 && sparse.dropLast().allSatisfy(\.isNaN))
    }

    @Test("a second from the past, or twice, changes nothing")
    func past() throws {
        let bench = Bench()
        for (second, value) in [(5, 1), (6, 2), (5, 9), (6, 9)] {
            bench.history.record("connections", Double(value), at: UInt64(second))
        }
        #expect(try self.values(bench, "connections") == [1, 2])
    }

    @Test("the answer says when its last point was")
    func time() throws {
        let bench = Bench()
        for second in 0..<25 { bench.history.record("connections", 1, at: UInt64(second)) }
        var request = AdminV1.SeriesRequest()
        #expect(try bench.service.series(request).get().at?.seconds == 1_795_356_127)
        request.stepS = 10
        let answer = try bench.service.series(request).get()
        #expect(answer.at?.seconds == 1_795_356_122)
        #expect(answer.stepS == 10)
        #expect(answer.bootID == "boot")
    }

    @Test("an unknown step or name is refused with what is near")
    func refuses() {
        let bench = Bench()
        var request = AdminV1.SeriesRequest()
        request.stepS = 5
        #expect(bench.service.series(request).error?.code == .invalidArgument)
        request.stepS = 1
        request.names = ["conections"]
        let error = bench.service.series(request).error
        #expect(error?.code == .notFound)
        #expect(error?.detail?.hint == "connections")
    }
}
