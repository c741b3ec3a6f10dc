import AdminAPI
import Testing

@testable import TopModel
@testable import fluxtop

@Suite("What runs against what is wanted")
struct SamplerTests {
    private func call(_ id: UInt64, points: UInt32 = 0) -> TopCall {
        var request = AdminV1.SeriesRequest()
        request.points = points
        return TopCall(id: id, request: .series(request, everyMs: 1_000))
    }

    @Test("what is new is started, what is not wanted any more is cancelled, and the rest is left alone")
    func steps() {
        var ledger = CallLedger()
        #expect(ledger.steps(toward: TopWanted(calls: [self.call(1), self.call(2)])).start.map(\.id) == [1, 2])
        let steps = ledger.steps(toward: TopWanted(calls: [self.call(2), self.call(3)]))
        #expect(steps.start.map(\.id) == [3])
        #expect(steps.cancel == [1])
        let none = ledger.steps(toward: TopWanted(calls: [self.call(2), self.call(3)]))
        #expect(none.start.isEmpty && none.cancel.isEmpty)
    }

    @Test("a call that is asked again asks what is wanted then")
    func latestRequest() {
        var ledger = CallLedger()
        _ = ledger.steps(toward: TopWanted(calls: [self.call(1, points: 900)]))
        _ = ledger.steps(toward: TopWanted(calls: [self.call(1, points: 16)]))
        #expect(ledger.started[1] == self.call(1, points: 16).request)
    }

    @Test("a new connection starts everything anew")
    func reconnect() {
        var ledger = CallLedger()
        let wanted = TopWanted(calls: [self.call(1)])
        _ = ledger.steps(toward: wanted)
        ledger.clear()
        #expect(ledger.steps(toward: wanted).start.map(\.id) == [1])
    }

    @Test("attempts are 1, 2, 4, 8 and then 15 seconds apart, and begin again after a connection")
    func retries() {
        var schedule = RetrySchedule()
        var waits: [UInt64] = []
        for _ in 0..<7 {
            schedule.failed(now: 500)
            waits.append((schedule.nextAt ?? 0) - 500)
            schedule.trying()
            #expect(schedule.nextAt == nil)
        }
        #expect(waits == [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
        #expect(schedule.attempt == 7)
        schedule.succeeded()
        schedule.failed(now: 0)
        #expect(schedule.nextAt == 1_000)
        #expect(schedule.attempt == 1)
    }
}
