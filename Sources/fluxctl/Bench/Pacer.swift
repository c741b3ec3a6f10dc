/// When the messages of a load are due, once it has started. Nanoseconds of the monotonic clock.
struct Schedule: Equatable, Sendable {
    var start: UInt64
    var warmUp: UInt64 = 0
    var duration: UInt64?
    var count: UInt64?
    /// Of all publishers together; nil: always the next one.
    var rate: Double?
    /// Messages keep the time at which they were due.
    var isOpen = false
    var publishers: Int

    /// From when on messages count.
    var measureStart: UInt64 { self.start + self.warmUp }
    /// From when on none is due; nil for a number of messages.
    var end: UInt64? { self.duration.map { self.measureStart + $0 } }

    /// When the `number`th message of a publisher is due: publishers take turns, so that all together keep the rate.
    func due(_ number: UInt64, ofPublisher index: Int) -> UInt64 {
        guard let rate else { return self.start }
        let overall = Double(number) * Double(self.publishers) + Double(index)
        return self.start + UInt64(overall * 1e9 / rate)
    }

    /// Messages that count and that one publisher sends; nil without a number for all.
    func quota(ofPublisher index: Int) -> UInt64? {
        self.count.map { count in
            let publishers = UInt64(self.publishers)
            return count / publishers + (UInt64(index) < count % publishers ? 1 : 0)
        }
    }
}

/// Decides when one publisher sends: on time where it can, as soon as there is room where the broker holds it back.
///
/// In an open loop a message keeps the time at which it was due, however long it has to wait: a broker that stalls is not asked
/// less often for it, and the wait is part of the latency. In a closed loop a message is due when there is room for it.
struct Pacer: Equatable, Sendable {
    struct Send: Equatable {
        let intended: UInt64
        let isWarmUp: Bool
    }

    /// A send that begins later than this after it was due and possible is the generator's own fault.
    static let tolerance: UInt64 = 1_000_000

    let schedule: Schedule
    let index: Int
    private let quota: UInt64?
    private(set) var sent: UInt64 = 0
    private(set) var measured: UInt64 = 0
    /// Sends that the generator itself began too late.
    private(set) var late: UInt64 = 0
    /// There is no more to send.
    private(set) var isDone = false
    private var waitsForRoom = false
    private var roomSince: UInt64 = 0
    /// In a closed loop with a rate: one publisher's pause after a message.
    private let pause: UInt64
    /// In a closed loop: before then nothing is due.
    private(set) var notBefore: UInt64

    init(_ schedule: Schedule, index: Int) {
        self.schedule = schedule
        self.index = index
        self.quota = schedule.quota(ofPublisher: index)
        self.pause = schedule.rate.map { UInt64(Double(schedule.publishers) * 1e9 / $0) } ?? 0
        self.notBefore = schedule.due(0, ofPublisher: index)
    }

    /// - Parameter hasRoom: Neither the window nor the socket holds the publisher back.
    /// - Returns: What to send now; nil when nothing is due, there is no room, or all is done.
    mutating func next(now: UInt64, hasRoom: Bool) -> Send? {
        if self.isDone || now < self.schedule.start { return nil }
        let isOpen = self.schedule.isOpen
        let intended = isOpen ? self.schedule.due(self.sent, ofPublisher: self.index) : max(now, self.notBefore)
        if let end = self.schedule.end, intended >= end { return self.finish() }
        if let quota, self.measured >= quota { return self.finish() }
        if intended > now { return nil }
        guard hasRoom else {
            self.waitsForRoom = true
            return nil
        }
        if self.waitsForRoom { (self.waitsForRoom, self.roomSince) = (false, now) }
        let isWarmUp = intended < self.schedule.measureStart
        if !isWarmUp {
            self.measured += 1
            if isOpen, now - max(intended, self.roomSince) > Self.tolerance { self.late += 1 }
        }
        self.sent += 1
        self.notBefore = now + self.pause
        return Send(intended: intended, isWarmUp: isWarmUp)
    }

    /// Messages that were due before the end and wait for room.
    func owed(now: UInt64) -> UInt64 {
        guard let rate = self.schedule.rate, self.schedule.isOpen, !self.isDone, now >= self.schedule.start else {
            return 0
        }
        let until = min(now, self.schedule.end.map { $0 - 1 } ?? now)
        let turns = Double(until - self.schedule.start) * rate / 1e9 - Double(self.index)
        if turns < 0 { return 0 }
        let due = UInt64(turns / Double(self.schedule.publishers)) + 1
        return due > self.sent ? due - self.sent : 0
    }

    private mutating func finish() -> Send? {
        self.isDone = true
        return nil
    }
}
