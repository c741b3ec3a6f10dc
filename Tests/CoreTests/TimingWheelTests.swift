import Simulation
import Testing

@testable import Core

@Suite("Timing wheel")
struct TimingWheelTests {
    private func entry(_ due: UInt64, _ stamp: Int) -> TimerEntry {
        TimerEntry(due: due, kind: 1, address: .none, stamp: UInt32(stamp))
    }

    @Test(
        "driven by its own deadline, every entry comes in its turn: never early, at most a tick late",
        arguments: 1...12 as ClosedRange<UInt64>
    )
    func againstModel(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var now = UInt64(random.below(10_000_000))
        var wheel = TimingWheel(now: now)
        var model: [UInt32: UInt64] = [:]
        let spans = [10, 64, 5_000, 70_000, 300_000, 2_000_000]
        for stamp in 0..<200 {
            let due = now + UInt64(random.below(random.pick(spans)))
            wheel.insert(self.entry(due, stamp))
            model[UInt32(stamp)] = due
            guard random.chance(perMille: 500), let deadline = wheel.deadline else { continue }
            // Now and then somebody else wakes the shard before the deadline.
            now = max(now, random.chance(perMille: 300) ? (now + deadline) / 2 : deadline)
            self.take(&wheel, now, &model, limit: random.pick([1, 3, 256]))
        }
        var rounds = 0
        while let deadline = wheel.deadline, rounds < 20_000 {
            now = max(now, deadline)
            self.take(&wheel, now, &model, limit: 256)
            rounds += 1
        }
        #expect(model.isEmpty)
        #expect(wheel.count == 0)
    }

    private func take(_ wheel: inout TimingWheel, _ now: UInt64, _ model: inout [UInt32: UInt64], limit: Int) {
        repeat {
            for taken in wheel.take(now: now, limit: limit) {
                guard let due = model.removeValue(forKey: taken.stamp) else {
                    Issue.record("entry \(taken.stamp) came twice")
                    continue
                }
                #expect(due == taken.due)
                #expect(due <= now, "early")
            }
        } while wheel.hasReady
        if let due = model.values.min() { #expect(due + 64 >= now & ~63, "\(due) is late at \(now)") }
        #expect(wheel.count == model.count)
    }

    @Test("a slice takes no more than its limit, and says that there is more")
    func slices() {
        var wheel = TimingWheel(now: 0)
        for stamp in 0..<10 { wheel.insert(self.entry(100, stamp)) }
        #expect(wheel.take(now: 1_000, limit: 4).map(\.stamp) == [0, 1, 2, 3])
        #expect(wheel.hasReady)
        #expect(wheel.deadline == 0)
        #expect(wheel.take(now: 1_000, limit: 100).count == 6)
        #expect(!wheel.hasReady)
        #expect(wheel.deadline == nil)
    }
}
