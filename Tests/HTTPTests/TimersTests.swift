import HTTP
import Testing

@Suite("Timers")
struct TimersTests {
    private final class Log { var entries: [String] = [] }

    @Test("what is due runs in the order of its times, and of its age where they are equal")
    func order() {
        let timers = Timers(now: 0)
        let log = Log()
        for (name, due) in [("c", 30), ("a1", 10), ("b", 20), ("a2", 10), ("later", 31)] {
            timers.schedule(at: UInt64(due)) { log.entries.append(name) }
        }
        timers.run(now: 30)
        #expect(log.entries == ["a1", "a2", "b", "c"])
        #expect(timers.deadline == 31)
        #expect(timers.now == 30)
    }

    @Test("nothing runs before its time, and nothing twice")
    func once() {
        let timers = Timers(now: 5)
        let log = Log()
        timers.schedule(at: 10) { log.entries.append("x") }
        timers.run(now: 9)
        #expect(log.entries.isEmpty)
        timers.run(now: 10)
        timers.run(now: 11)
        #expect(log.entries == ["x"])
        #expect(timers.deadline == nil)
    }

    @Test("a cancelled timer neither runs nor counts as the next one")
    func cancel() {
        let timers = Timers(now: 0)
        let log = Log()
        let first = timers.schedule(at: 1) { log.entries.append("first") }
        timers.schedule(at: 2) { log.entries.append("second") }
        timers.cancel(first)
        #expect(timers.deadline == 2)
        timers.run(now: 5)
        timers.cancel(first)
        #expect(log.entries == ["second"])
    }

    @Test("one that is due may cancel another that is due at the same time")
    func cancelInside() {
        let timers = Timers(now: 0)
        let log = Log()
        var second: Timers.ID?
        timers.schedule(at: 1) { if let second { timers.cancel(second) } }
        second = timers.schedule(at: 1) { log.entries.append("second") }
        timers.run(now: 1)
        #expect(log.entries.isEmpty)
    }

    @Test("what is scheduled inside a body waits for the next run, even when it is due already")
    func rescheduling() {
        let timers = Timers(now: 0)
        let log = Log()
        func again() {
            log.entries.append("tick")
            timers.schedule(at: timers.now, again)
        }
        timers.schedule(at: 1, again)
        timers.run(now: 10)
        #expect(log.entries == ["tick"])
        #expect(timers.deadline == 10)
        timers.run(now: 10)
        #expect(log.entries == ["tick", "tick"])
    }

    @Test("one scheduled inside a body for an earlier time holds up none that was there before")
    func noStarvation() {
        let timers = Timers(now: 0)
        let log = Log()
        timers.schedule(at: 1) {
            log.entries.append("a")
            timers.schedule(at: 1) { log.entries.append("new") }
        }
        timers.schedule(at: 5) { log.entries.append("b") }
        timers.run(now: 5)
        #expect(log.entries == ["a", "b"])
        timers.run(now: 5)
        #expect(log.entries == ["a", "b", "new"])
    }

    @Test("a thousand timers in any order run in the right one")
    func many() {
        let timers = Timers(now: 0)
        var ran: [UInt64] = []
        for index in 0..<1_000 {
            let due = UInt64(index * 7_919 % 1_000)
            timers.schedule(at: due) { ran.append(due) }
        }
        while let deadline = timers.deadline { timers.run(now: deadline) }
        #expect(ran == Array(0..<1_000))
    }

    @Test("time does not go back")
    func monotonic() {
        let timers = Timers(now: 100)
        timers.advance(to: 50)
        #expect(timers.now == 100)
    }
}
