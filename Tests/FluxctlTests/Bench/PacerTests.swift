import MQTTWire
import Testing

@testable import fluxctl

private let second: UInt64 = 1_000_000_000
private let millisecond: UInt64 = 1_000_000

@Suite("When a load sends")
struct PacerTests {
    @Test("publishers take turns, so that all together keep the rate")
    func turns() {
        let schedule = Schedule(start: 100, duration: second, rate: 1_000, isOpen: true, publishers: 3)
        var times: [UInt64] = []
        for index in 0..<3 {
            var pacer = Pacer(schedule, index: index)
            while let send = pacer.next(now: 100 + second, hasRoom: true) { times.append(send.intended) }
            #expect(pacer.isDone)
        }
        #expect(times.sorted() == (0..<1_000).map { 100 + UInt64($0) * millisecond })
    }

    @Test("a number of messages is shared out to the last one", arguments: [1, 2, 7, 10, 11] as [UInt64])
    func counts(_ count: UInt64) {
        let schedule = Schedule(start: 0, count: count, rate: 100, isOpen: true, publishers: 4)
        var sent: UInt64 = 0
        for index in 0..<4 {
            var pacer = Pacer(schedule, index: index)
            while pacer.next(now: 100 * second, hasRoom: true) != nil {}
            #expect(pacer.isDone)
            sent += pacer.measured
        }
        #expect(sent == count)
    }

    @Test("what is sent to warm up does not count, and the number of messages begins after it")
    func warmUp() {
        let schedule = Schedule(start: 0, warmUp: second, count: 10, rate: 10, isOpen: true, publishers: 1)
        var pacer = Pacer(schedule, index: 0)
        var sends: [Pacer.Send] = []
        while let send = pacer.next(now: 10 * second, hasRoom: true) { sends.append(send) }
        #expect(sends.count == 20 && sends.prefix { $0.isWarmUp }.count == 10)
        #expect(sends[10].intended == second && pacer.measured == 10)
    }

    @Test("what the broker holds back is not the generator's lateness, what it oversleeps is")
    func lateness() {
        let schedule = Schedule(start: 0, duration: 10 * second, rate: 10, isOpen: true, publishers: 1)
        var held = Pacer(schedule, index: 0)
        #expect(held.next(now: 0, hasRoom: true) != nil)
        #expect(held.next(now: 100 * millisecond, hasRoom: false) == nil)
        #expect(held.owed(now: 950 * millisecond) == 9)
        while held.next(now: second, hasRoom: true) != nil {}
        #expect(held.sent == 11 && held.late == 0)

        var overslept = Pacer(schedule, index: 0)
        #expect(overslept.next(now: 500_000, hasRoom: true) != nil)
        #expect(overslept.late == 0, "half a millisecond is within the tolerance")
        while overslept.next(now: second, hasRoom: true) != nil {}
        #expect(overslept.late == 9, "all but the first and that of this moment")
    }

    @Test("a closed loop sends when there is room, and with a rate not sooner than the pause after the last one")
    func closed() {
        var free = Pacer(Schedule(start: 5, count: 3, publishers: 1), index: 0)
        #expect(free.next(now: 4, hasRoom: true) == nil)
        #expect(free.next(now: 7, hasRoom: true) == Pacer.Send(intended: 7, isWarmUp: false))
        #expect(free.next(now: 8, hasRoom: false) == nil)
        #expect(free.next(now: 9_000, hasRoom: true)?.intended == 9_000)

        var slow = Pacer(Schedule(start: 0, duration: 10 * second, rate: 10, publishers: 2), index: 1)
        #expect(slow.notBefore == 100 * millisecond)
        #expect(slow.next(now: 99 * millisecond, hasRoom: true) == nil)
        #expect(slow.next(now: 150 * millisecond, hasRoom: true)?.intended == 150 * millisecond)
        #expect(slow.notBefore == 350 * millisecond)
        #expect(slow.next(now: 340 * millisecond, hasRoom: true) == nil)
        #expect(slow.next(now: second, hasRoom: true)?.intended == second)
        #expect(slow.next(now: second, hasRoom: true) == nil, "what was missed is not made up for")
        #expect(slow.late == 0 && slow.owed(now: 5 * second) == 0)
    }

    @Test("everybody has work, and each message has its receivers", arguments: [1, 2, 3, 5, 8], [1, 2, 3, 5, 8])
    func layout(_ publishers: Int, _ subscribers: Int) {
        for topics in 1...9 {
            let layout = LoadLayout(publishers: publishers, subscribers: subscribers, topics: topics)
            let streams = (0..<publishers).map { layout.streams(ofPublisher: $0) }
            #expect(streams.allSatisfy { !$0.isEmpty })
            #expect(streams.flatMap { $0 }.sorted() == Array(0..<layout.streamCount))
            let subscriptions = (0..<subscribers).map { layout.topics(ofSubscriber: $0) }
            #expect(subscriptions.allSatisfy { !$0.isEmpty })
            for topic in 0..<topics {
                let count = subscriptions.count { $0.contains(topic) }
                #expect(count >= 1 && count == layout.receivers(ofTopic: topic))
            }
        }
    }

    @Test("publishers and subscribers have threads of their own, and each connection is somebody's")
    func shares() {
        let layout = LoadLayout(publishers: 5, subscribers: 3, topics: 1)
        let plan = LoadPlan(scenario: .pubsub, version: .v5, layout: layout)
        #expect(plan.shares(cores: 2) == [[0, 1, 2, 3, 4], [5, 6, 7]])
        #expect(plan.shares(cores: 4) == [[0, 2, 4], [1, 3], [5, 7], [6]])
        #expect(plan.shares(cores: 64).flatMap { $0 }.sorted() == Array(0..<8))
        #expect((0..<8).map { plan.role(ofConnection: $0) }.last == .subscriber(2))
    }
}
