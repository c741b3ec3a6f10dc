import AdminAPI
import AdminService
import HTTP
import RPC
import Synchronization
import Testing

private func event(_ subject: String, _ level: AdminV1.Level = .info, text: String = "") -> AdminV1.Event {
    var event = AdminV1.Event()
    event.kind = "connection.opened"
    event.level = level
    event.subject = subject
    event.text = text
    return event
}

@Suite("Events and log")
struct RecordTests {
    @Test("the newest few, the oldest of them first; the end says where to go on")
    func last() throws {
        let bench = Bench()
        for number in 1...10 { bench.events.append(event("s\(number)")) }
        let stream = bench.follow { $0.last = 3 }
        let answer = try #require(stream.answers.last)
        #expect(answer.events.map(\.seq) == [8, 9, 10])
        #expect(answer.nextSeq == 11)
        #expect(answer.lost == 0)
        #expect(stream.isFinished)
        #expect(bench.follow { _ in }.answers.map(\.nextSeq) == [11])
    }

    @Test("the newest few are of those that filter and level let through")
    func lastFiltered() {
        let bench = Bench()
        for number in 1...100 { bench.events.append(event("s\(number)", number % 10 == 0 ? .warning : .info)) }
        let stream = bench.follow { request in
            request.last = 2
            request.minLevel = .warning
            request.filter = "!subject=s100"
        }
        #expect(stream.answers.flatMap(\.events).map(\.subject) == ["s80", "s90"])
    }

    @Test(
        "a search through the whole ring takes turns, short ones with a pattern",
        arguments: [("subject=s1", 512), ("subject~^s1$", 64)]
    )
    func slices(_ filter: String, _ slice: Int) {
        let bench = Bench()
        for number in 1...2_000 { bench.events.append(event("s\(number)")) }
        let stream = bench.follow { request in
            request.last = 5
            request.filter = filter
        }
        var turns = 1
        while !stream.isFinished, bench.timers.deadline != nil {
            if turns * slice < 2_000 { #expect(stream.answers.isEmpty, "it has not come to the first one yet") }
            bench.timers.run(now: bench.timers.now)
            bench.service.recordsArrived()
            turns += 1
        }
        #expect(stream.isFinished)
        #expect(stream.answers.flatMap(\.events).map(\.subject) == ["s1"])
        // Back to the first record and forth again, each once.
        #expect((4_000 / slice...4_000 / slice + 3).contains(turns))
    }

    @Test("records that go while they are searched are a gap, not a mistake")
    func searchesThroughGap() throws {
        let bench = Bench()
        for number in 1...5_000 { bench.events.append(event("s\(number)")) }
        let stream = bench.follow { request in
            request.last = 1_000_000
            request.filter = "subject~s"
        }
        for _ in 1...20 { bench.timers.run(now: bench.timers.now) }
        for number in 5_001...14_500 { bench.events.append(event("t\(number)")) }
        while bench.timers.deadline != nil { bench.timers.run(now: bench.timers.now) }
        #expect(stream.isFinished)
        #expect(stream.answers.flatMap(\.events).map(\.seq) == Array(4_501...5_000))
        #expect(stream.answers.last?.nextSeq == 14_501)
    }

    @Test("a follower gets what happens, and goes on after a break without loss")
    func follows() {
        let bench = Bench()
        bench.events.append(event("old"))
        let stream = bench.follow { $0.follow = true }
        #expect(stream.takeAll().map(\.nextSeq) == [2])
        bench.events.append(event("a"))
        bench.service.recordsArrived()
        #expect(stream.takeAll().flatMap(\.events).map(\.subject) == ["a"])
        stream.onCancel?()
        bench.events.append(event("b"))
        bench.service.recordsArrived()
        #expect(stream.answers.isEmpty)
        let again = bench.follow { request in
            request.fromSeq = 3
            request.follow = true
        }
        #expect(again.takeAll().flatMap(\.events).map(\.subject) == ["b"])
        #expect(!again.isFinished)
    }

    @Test("who does not read gets a gap and its size, not memory")
    func gap() throws {
        let bench = Bench()
        let stream = bench.follow { $0.follow = true }
        _ = stream.takeAll()
        stream.hasRoom = false
        for number in 1...12_000 { bench.events.append(event("s\(number)")) }
        bench.service.recordsArrived()
        #expect(stream.answers.isEmpty)
        stream.hasRoom = true
        stream.onReady?()
        while bench.timers.deadline != nil { bench.advance(by: 1) }
        let answers = stream.takeAll()
        #expect(answers.first?.lost == 2_000)
        #expect(answers.dropFirst().allSatisfy { $0.lost == 0 })
        #expect(answers.flatMap(\.events).map(\.seq) == Array(2_001...12_000))
        #expect(answers.last?.nextSeq == 12_001)
    }

    @Test("the ring is bounded by bytes, and one record's text by a kibibyte")
    func bytes() {
        let ring = RecordRing<AdminV1.Event>(wake: {})
        let long = event(String(repeating: "é", count: 40_000), text: "t")
        for _ in 1...9_000 { ring.append(long) }
        let batch = ring.records(from: 1, limit: .max)
        #expect(batch.records.allSatisfy { $0.subject.utf8.count <= 1_030 && $0.subject.hasSuffix("é…") })
        #expect(batch.records.reduce(0) { $0 + $1.textBytes } <= 4 << 20)
        #expect(batch.lost > 0)
        #expect(batch.next == 9_001)
    }

    @Test("a number from before a restart is OUT_OF_RANGE; a bad filter names its place")
    func refuses() {
        let bench = Bench()
        bench.events.append(event("a"))
        let early = bench.follow { $0.fromSeq = 5_000 }
        #expect(early.error?.code == .outOfRange)
        let bad = bench.follow { $0.filter = "levl>=info" }
        #expect(bad.error?.detail?.hint == "level")
    }

    @Test("one wake-up for many records, and none while nobody follows")
    func wakesOnce() {
        let wakes = Mutex(0)
        let ring = RecordRing<AdminV1.Event> { wakes.withLock { $0 += 1 } }
        let bench = Bench(events: ring)
        ring.append(event("a"))
        #expect(wakes.withLock { $0 } == 0)
        let stream = bench.follow { $0.follow = true }
        for _ in 0..<5 { ring.append(event("b")) }
        #expect(wakes.withLock { $0 } == 1)
        bench.service.recordsArrived()
        ring.append(event("c"))
        #expect(wakes.withLock { $0 } == 2)
        stream.onCancel?()
        bench.service.recordsArrived()
        ring.append(event("d"))
        #expect(wakes.withLock { $0 } == 2)
    }

    @Test("the log is followed like the events")
    func log() {
        let bench = Bench()
        var record = AdminV1.LogRecord()
        record.level = .error
        record.message = "disk is full"
        bench.log.append(record)
        var request = AdminV1.LogRequest()
        request.last = 10
        request.minLevel = .warning
        request.filter = "disk"
        let stream = FakeStream<AdminV1.LogResponse>()
        bench.service.log(request, stream)
        #expect(stream.answers.flatMap(\.records).map(\.message) == ["disk is full"])
        #expect(stream.isFinished)
    }

    @Test("appending from many threads numbers every record once")
    func threads() async {
        let ring = RecordRing<AdminV1.Event>(wake: {})
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<500 { ring.append(event("x")) } } }
        }
        #expect(ring.records(from: 1, limit: .max).records.map(\.seq) == Array(1...4_000))
    }
}
