import Bytes
import Machine
import Simulation
import Testing

@testable import QueueEngine

/// One step of a random program. Numbers pick among what there is, so that a program stays one when steps are taken out.
enum ModelStep: CustomStringConvertible {
    case publish(Int)
    case join(consumer: Int, group: Int, credit: Int)
    case leave(Int)
    case credit(Int, Int)
    case settle(Int, ModelSettlement)
    case advance(Int)
    case storeOne
    case run
    case moveDeadLetter(Int, fails: Bool)
    case crash

    var description: String {
        switch self {
        case .publish(let count): ".publish(\(count))"
        case .join(let consumer, let group, let credit):
            ".join(consumer: \(consumer), group: \(group), credit: \(credit))"
        case .leave(let which): ".leave(\(which))"
        case .credit(let which, let credit): ".credit(\(which), \(credit))"
        case .settle(let which, let settlement): ".settle(\(which), .\(settlement))"
        case .advance(let time): ".advance(\(time))"
        case .storeOne: ".storeOne"
        case .run: ".run"
        case .moveDeadLetter(let which, let fails): ".moveDeadLetter(\(which), fails: \(fails))"
        case .crash: ".crash"
        }
    }
}

enum ModelSettlement: CaseIterable { case accepted, released, failed, delayed, rejected }

/// What a group owes, told as simply as possible: for each message a state, in an array.
///
/// It follows the deliveries that the queue chose, and says which were wrong: not owed, out of order, to somebody without credit,
/// with the wrong count. At the end everything that is owed must come out.
final class QueueModel {
    enum State: Equatable {
        /// Nobody was given it.
        case fresh
        case delivered(consumer: UInt64, since: UInt64)
        case returned(notBefore: UInt64)
        case dead
        case settled
    }
    struct Message {
        var state = State.fresh
        var count: UInt32 = 0
    }
    struct Group {
        var messages: [Message] = []
        var credit: [UInt64: Int] = [:]
    }

    static let maximumDeliveries: UInt32 = 4
    static let timeout: UInt64 = 1_000

    let rig = QueueRig {
        $0.visibilityTimeout = QueueModel.timeout
        $0.retry.maximumDeliveries = QueueModel.maximumDeliveries
        $0.deadLetters.isEnabled = true
        $0.limits.ttl = 0
        $0.idleGroupExpiry = 0
    }
    var groups: [GroupNumber: Group] = [:]
    /// Deliveries that may still be settled by somebody, old ones too.
    var known: [QueueDelivery] = []
    var letters: [DeadLetter] = []
    var published = 0
    /// Messages that are stored, and so promised.
    var stored: Int { Int(self.rig.queue.lanes[0].stored) }
    var texts: [String] = []
    var complaint: String?

    func complain(_ text: String) { if self.complaint == nil { self.complaint = text } }

    func perform(_ step: ModelStep) throws {
        let rig = self.rig
        switch step {
        case .publish(let count):
            for _ in 0..<count {
                self.texts.append("m\(self.published)")
                rig.publish("m\(self.published)")
                self.published += 1
            }
        case .join(let consumer, let number, let credit):
            let group = try rig.join(UInt64(consumer), "g\(number)", credit: 0)
            if self.groups[group] == nil {
                // It begins with the oldest message that some group has not settled.
                let begin = self.groups.values.map { group in
                    group.messages.firstIndex { $0.state != .settled } ?? group.messages.count
                }.min()
                let settled = Message(state: .settled)
                self.groups[group] = Group(messages: Array(repeating: settled, count: begin ?? 0))
            }
            self.groups[group]?.credit[UInt64(consumer)] = credit
            rig.credit(UInt64(consumer), group, UInt32(credit))
        case .leave(let which):
            guard let (group, consumer) = self.consumer(which) else { return }
            rig.leave(consumer, group)
            self.groups[group]?.credit[consumer] = nil
            self.giveBack(group) { if case .delivered(consumer, _) = $0 { true } else { false } }
        case .credit(let which, let credit):
            guard let (group, consumer) = self.consumer(which) else { return }
            rig.credit(consumer, group, UInt32(credit))
            self.groups[group]?.credit[consumer] = credit
        case .settle(let which, let settlement): self.settle(which, settlement)
        case .advance(let time):
            rig.now += UInt64(time)
            rig.wall += UInt64(time)
            rig.queue.tick(now: rig.now, wall: rig.wall)
            for group in self.groups.keys.sorted() {
                self.giveBack(group) {
                    if case .delivered(_, let since) = $0 { since + QueueModel.timeout <= rig.now } else { false }
                }
            }
        case .storeOne:
            rig.queue.endOfBurst(now: rig.now, wall: rig.wall)
            self.follow()
            rig.storeOne()
        case .run:
            rig.storesAtOnce = true
            for _ in 0..<50 {
                rig.queue.endOfBurst(now: rig.now, wall: rig.wall)
                let isQuiet = rig.output.isEmpty && rig.logs.underWay.isEmpty && !rig.queue.hasMore
                self.follow()
                rig.storeAll()
                rig.answerReads()
                if isQuiet { break }
            }
        case .moveDeadLetter(let which, let fails):
            guard !self.letters.isEmpty else { return }
            let letter = self.letters.remove(at: which % self.letters.count)
            if fails {
                rig.queue.deadLetterFailed(letter.ticket, now: rig.now)
            } else {
                rig.queue.deadLettered(letter.ticket, now: rig.now)
                self.set(letter.ticket.group, Int(letter.ticket.id.offset), .settled)
            }
        case .crash: try self.crash()
        }
        self.compare()
    }

    private func consumer(_ which: Int) -> (GroupNumber, UInt64)? {
        let all = self.groups.keys.sorted().flatMap { group in
            (self.groups[group]?.credit.keys.sorted() ?? []).map { (group, $0) }
        }
        return all.isEmpty ? nil : all[which % all.count]
    }

    private func set(_ group: GroupNumber, _ offset: Int, _ state: State) {
        self.groups[group]?.messages[offset].state = state
    }

    /// Attempts that ended without a verdict.
    private func giveBack(_ group: GroupNumber, where ended: (State) -> Bool) {
        guard let messages = self.groups[group]?.messages else { return }
        for (offset, message) in messages.enumerated() where ended(message.state) { self.fail(group, offset, delay: 0) }
    }

    private func fail(_ group: GroupNumber, _ offset: Int, delay: UInt64) {
        guard let message = self.groups[group]?.messages[offset] else { return }
        let isLast = message.count >= QueueModel.maximumDeliveries
        self.set(group, offset, isLast ? .dead : .returned(notBefore: self.rig.now + delay))
    }

    private func settle(_ which: Int, _ settlement: ModelSettlement) {
        guard !self.known.isEmpty else { return }
        let delivery = self.known[which % self.known.count]
        let offset = Int(delivery.id.offset)
        guard let messages = self.groups[delivery.group]?.messages, offset < messages.count else { return }
        let message = messages[offset]
        var holds = false
        if case .delivered(delivery.consumer.bits, _) = message.state { holds = true }
        let expectsSuccess =
            switch (settlement, message.state) {
            case (_, .settled), (_, .dead), (_, .fresh): false
            case (.accepted, _): true
            default: holds
            }
        let verdict: Settlement =
            switch settlement {
            case .accepted: .accepted
            case .released: .released
            case .failed: .failed(delay: nil)
            case .delayed: .failed(delay: 500)
            case .rejected: .rejected
            }
        do throws(QueueError) {
            try self.rig.queue.settle(
                delivery.id,
                group: delivery.group,
                by: delivery.consumer,
                verdict,
                now: self.rig.now,
                wall: self.rig.wall
            )
            if !expectsSuccess { self.complain("\(settlement) of \(offset) was taken in state \(message.state)") }
        } catch {
            if expectsSuccess { self.complain("\(settlement) of \(offset) in state \(message.state): \(error)") }
            return
        }
        switch settlement {
        case .accepted: self.set(delivery.group, offset, .settled)
        case .rejected: self.set(delivery.group, offset, .dead)
        case .failed: self.fail(delivery.group, offset, delay: 0)
        case .delayed: self.fail(delivery.group, offset, delay: 500)
        case .released:
            self.groups[delivery.group]?.messages[offset].count -= 1
            self.set(delivery.group, offset, .returned(notBefore: 0))
        }
    }

    /// Holds what the queue did against what it may do.
    private func follow() {
        let rig = self.rig
        rig.collect()
        for delivery in rig.deliveries {
            let offset = Int(delivery.id.offset)
            let text = QueueRig.text(delivery.record)
            let consumer = delivery.consumer.bits
            self.fill(delivery.group, to: offset + 1)
            guard let group = self.groups[delivery.group] else { return self.complain("a delivery of no group") }
            if offset >= self.stored { self.complain("\(offset) was delivered before it was stored") }
            if offset >= self.texts.count || self.texts[offset] != text { self.complain("\(offset) came as \(text)") }
            guard let credit = group.credit[consumer], credit > 0 else {
                return self.complain("\(consumer) had no credit")
            }
            self.groups[delivery.group]?.credit[consumer] = credit - 1
            switch group.messages[offset].state {
            case .fresh:
                if let earlier = group.messages[..<offset].firstIndex(where: { $0.state == .fresh }) {
                    self.complain("\(offset) came before \(earlier)")
                }
            case .returned(let notBefore):
                if notBefore > rig.now { self.complain("\(offset) came before its time") }
            default: self.complain("\(offset) was delivered in state \(group.messages[offset].state)")
            }
            self.groups[delivery.group]?.messages[offset].count += 1
            if delivery.count != group.messages[offset].count + 1 {
                self.complain("\(offset) has count \(delivery.count)")
            }
            self.set(delivery.group, offset, .delivered(consumer: consumer, since: rig.now))
        }
        self.known += rig.deliveries
        rig.deliveries = []
        for letter in rig.deadLetters {
            let state = self.groups[letter.ticket.group]?.messages[Int(letter.ticket.id.offset)].state
            if state != .dead {
                self.complain("\(letter.ticket.id.offset) became a dead letter in state \(state as Any)")
            }
            self.letters.append(letter)
        }
        rig.deadLetters = []
    }

    private func fill(_ group: GroupNumber, to count: Int) {
        while let known = self.groups[group]?.messages.count, known < count {
            self.groups[group]?.messages.append(Message())
        }
    }

    /// The process ends. Whatever the journal had not stored may come again; nothing that is promised may be lost, and no
    /// settlement that was stored may be forgotten.
    private func crash() throws {
        let rig = self.rig
        rig.queue.endOfBurst(now: rig.now, wall: rig.wall)
        self.follow()
        let isAllStored = rig.logs.underWay.isEmpty
        let promised = self.stored
        try rig.restart()
        self.texts.removeLast(self.texts.count - Int(rig.queue.lanes[0].next))
        self.published = self.texts.count
        if rig.queue.lanes[0].next < promised { self.complain("stored messages are lost") }
        self.known = []
        self.letters = []
        var groups: [GroupNumber: Group] = [:]
        for number in rig.queue.groupNumbers {
            guard var group = self.groups[number] else {
                self.complain("a group that was never made")
                continue
            }
            group.credit = [:]
            if group.messages.count > self.texts.count {
                group.messages.removeLast(group.messages.count - self.texts.count)
            }
            groups[number] = group
        }
        if isAllStored, groups.count != self.groups.count { self.complain("a group is lost") }
        self.groups = groups
        for number in groups.keys.sorted() { self.adopt(number, isAllStored: isAllStored) }
    }

    /// Takes over what the queue knows of a group after a crash, if it is one of the states that it may have.
    private func adopt(_ number: GroupNumber, isAllStored: Bool) {
        let pending = self.rig.queue.pending(of: number, from: MessageID(number: 0), limit: .max, now: self.rig.now)
        guard let status = self.rig.queue.status(of: number) else { return self.complain("a group is gone") }
        self.fill(number, to: Int(status.cursor))
        let byOffset = Dictionary(uniqueKeysWithValues: pending.map { (Int($0.id.offset), $0) })
        for offset in (self.groups[number]?.messages ?? []).indices {
            guard let message = self.groups[number]?.messages[offset] else { continue }
            var after = message
            if let entry = byOffset[offset] {
                after.count = entry.count
                switch entry.state {
                case .deadLetter: after.state = .dead
                case .ready: after.state = .returned(notBefore: 0)
                case .waiting:
                    // The same time as before: the clock goes on over the restart.
                    if case .returned = message.state {} else { after.state = .returned(notBefore: 0) }
                case .delivered: self.complain("\(offset) is delivered to nobody")
                }
            } else {
                after.state = offset < status.cursor ? .settled : .fresh
                if after.state == .fresh { after.count = 0 }
            }
            if isAllStored { self.check(message, became: after, offset) }
            if after.state == .settled, message.state != .settled {
                self.complain("\(offset) is lost: it was \(message.state)")
            }
            self.groups[number]?.messages[offset] = after
        }
    }

    private func check(_ before: Message, became after: Message, _ offset: Int) {
        let isRight =
            switch (before.state, after.state) {
            case (.fresh, .fresh), (.settled, .settled), (.dead, .dead): true
            case (.delivered, .returned): after.count == before.count
            case (.delivered, .dead): before.count >= QueueModel.maximumDeliveries
            case (.returned, .returned): after.count == before.count
            default: false
            }
        if !isRight { self.complain("\(offset) was \(before) before the restart and is \(after)") }
    }

    /// What the queue counts against what the model has.
    private func compare() {
        for number in self.groups.keys.sorted() {
            guard let group = self.groups[number], let status = self.rig.queue.status(of: number) else {
                return self.complain("a group is gone")
            }
            let unsettled = group.messages.filter { $0.state != .settled && $0.state != .fresh }.count
            let list = self.rig.queue.pending(of: number, from: MessageID(number: 0), limit: .max, now: self.rig.now)
            let pending = unsettled - list.count { $0.state == .ready }
            if status.pending != pending { self.complain("\(status.pending) pending, \(pending) expected") }
            let lowest = group.messages.firstIndex { $0.state != .settled } ?? group.messages.count
            if status.committed != lowest { self.complain("committed \(status.committed), \(lowest) expected") }
        }
    }

    /// Everybody works and nothing fails: all that is owed comes out.
    func finish() throws {
        try self.perform(.run)
        for group in self.groups.keys.sorted() {
            for consumer in (self.groups[group]?.credit.keys.sorted() ?? []) { self.rig.leave(consumer, group) }
            self.giveBack(group) { if case .delivered = $0 { true } else { false } }
            self.groups[group]?.credit = [900: 1_000_000]
            _ = try self.rig.queue.join(
                {
                    var joining = Queue.Joining(
                        group: self.rig.queue.status(of: group)?.id ?? "",
                        consumer: ConsumerID(bits: 900)
                    )
                    joining.start = .stored
                    return joining
                }(),
                now: self.rig.now,
                wall: self.rig.wall
            )
            self.rig.credit(900, group, 1_000_000)
        }
        for _ in 0..<6 {
            try self.perform(.run)
            for index in self.known.indices { self.settle(index, .accepted) }
            while !self.letters.isEmpty { try self.perform(.moveDeadLetter(0, fails: false)) }
            try self.perform(.advance(1_000))
        }
        for number in self.groups.keys.sorted() {
            let messages = self.groups[number]?.messages ?? []
            if messages.count != self.texts.count { self.complain("\(messages.count) of \(self.texts.count) came") }
            if let left = messages.firstIndex(where: { $0.state != .settled }) {
                self.complain("\(left) never came out")
            }
        }
    }
}

@Suite("Queues against a model")
struct ModelTests {
    static func program(_ seed: UInt64, steps: Int) -> [ModelStep] {
        var random = SeededRandom(seed: seed)
        return (0..<steps).map { _ in
            switch random.below(100) {
            case 0..<22: .publish(1 + random.below(4))
            case 22..<30: .join(consumer: 1 + random.below(4), group: random.below(2), credit: random.below(6))
            case 30..<34: .leave(random.below(100))
            case 34..<42: .credit(random.below(100), random.below(5))
            case 42..<68: .settle(random.below(10_000), random.pick(ModelSettlement.allCases))
            case 68..<75: .advance(random.pick([1, 100, 400, 1_000]))
            case 75..<80: .storeOne
            case 80..<93: .run
            case 93..<97: .moveDeadLetter(random.below(100), fails: random.chance(perMille: 300))
            default: .crash
            }
        }
    }

    static func complaint(of program: [ModelStep]) throws -> String? {
        let model = QueueModel()
        model.rig.storesAtOnce = false
        for step in program {
            try model.perform(step)
            if let complaint = model.complaint { return complaint }
        }
        try model.finish()
        return model.complaint
    }

    /// Takes steps out for as long as the program still fails.
    static func shrunk(_ program: [ModelStep]) throws -> [ModelStep] {
        var program = program
        var size = max(1, program.count / 2)
        while true {
            var start = 0
            while start < program.count {
                var shorter = program
                shorter.removeSubrange(start..<min(start + size, program.count))
                if try ModelTests.complaint(of: shorter) != nil { program = shorter } else { start += size }
            }
            if size == 1 { return program }
            size /= 2
        }
    }

    @Test(
        "random programs of publishes, deliveries, verdicts, departures and crashes are what the model says",
        arguments: 0..<40
    )
    func programs(part: Int) throws {
        for seed in UInt64(part * 10)..<UInt64(part * 10 + 10) {
            let program = ModelTests.program(seed, steps: 120)
            guard try ModelTests.complaint(of: program) != nil else { continue }
            let small = try ModelTests.shrunk(program)
            Issue.record("seed \(seed): \(try ModelTests.complaint(of: small) ?? "")\n\(small)")
            return
        }
    }
}
