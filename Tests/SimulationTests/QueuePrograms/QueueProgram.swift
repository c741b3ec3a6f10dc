import QueueEngine
import Simulation

/// What happens to a broker with queues, over several lives of it, and the seed of its world and its disk.
struct QueueProgram: Equatable {
    var seed: UInt64
    var steps: [QueueStep]
    static let clients = 4
    static let queues = 3
    static let groups = 2

    /// As a test's literal.
    var source: String {
        let lines = self.steps.map {
            "        "
                + String(reflecting: $0).replacing("SimulationTests.", with: "")
                .replacing("QueueEngine.", with: "") + ","
        }
        return (["    QueueProgram(seed: \(self.seed), steps: ["] + lines + ["    ]),"]).joined(separator: "\n")
    }
}

/// One thing that happens. All of it is in its own values, so that it does the same whatever others are taken out.
struct QueueStep: Equatable {
    /// Also the name of what it publishes; unique in its program.
    var id: Int
    /// Milliseconds until the next step. ``settled`` and more let the world come to rest, and the broker be compared with the model.
    var pause: Int
    var kind: Kind

    /// Longer than anything takes that is under way.
    static let settled = 4_000

    enum Kind: Equatable {
        // Operators.
        case declare(queue: Int, QueueShape)
        case delete(queue: Int)
        case purge(queue: Int)
        case pause(queue: Int, Bool)
        /// Back to the oldest message there is.
        case reset(queue: Int, group: Int)
        case removeGroup(queue: Int, group: Int)
        // Clients, who connect when they have something to do.
        case publish(client: Int, queue: Int, Post)
        case join(client: Int, queue: Int, group: Int, settlesByPuback: Bool)
        case leave(client: Int, queue: Int)
        /// So many of the deliveries that the client has in hand, from one of them on.
        case settle(client: Int, Verdict, from: Int, count: Int)
        /// Looks at the dead letters of a queue, and settles none.
        case mourn(client: Int, queue: Int)
        case disconnect(client: Int)
        case cut(client: Int)
        // The machine.
        case end(End)
        case disk(Disk)
        /// Nothing, for as long as the pause says.
        case wait
    }
}

struct Post: Equatable {
    var count: Int
    var priority = 0
    /// Bytes of payload behind each message's name.
    var filler = 0
}

enum Verdict: Equatable {
    case acknowledge
    /// Milliseconds; nil for the queue's own back-off.
    case fail(delay: Int?)
    case reject
}

/// How a life of the broker ends; another begins at once.
struct End: Equatable {
    enum Cause: Equatable { case stop, kill, power }
    var cause: Cause
    /// After so many more operations on files, in the middle of whatever needs them; 0 for at once.
    var operations = 0
    /// The next start ends in the same way, after so many operations.
    var again: Int?
}

enum Disk: Equatable {
    case full, room
    /// Syncs fail from now on, as long as this life lasts.
    case broken
}

/// What a queue is made as.
struct QueueShape: Equatable {
    var kind = QueueDefinition.Kind.classic
    var isSynced = false
    var hasPriorities = false
    /// Messages that it takes at most; 0 for any number.
    var limit: UInt64 = 0
    var overflow = QueueDefinition.Overflow.reject
    /// Milliseconds; 0 for ever.
    var ttl: UInt64 = 0
    var movesDeadLetters = false
    var movesExpired = false
    /// 0 for as often as it takes.
    var maximumDeliveries: UInt32 = 0
    var visibility: UInt64 = 30_000

    func definition(_ name: String) -> QueueDefinition {
        var definition = QueueDefinition(name: name, number: 0, kind: self.kind, topics: ["$queue/\(name)/#"])
        definition.durability = self.isSynced ? .synced : .buffered
        definition.hasPriorities = self.hasPriorities
        definition.limits.maximumMessages = self.limit
        definition.overflow = self.overflow
        definition.limits.ttl = self.ttl
        definition.deadLetters.isEnabled = self.movesDeadLetters
        if self.movesExpired { definition.deadLetters.reasons = .all }
        definition.retry.maximumDeliveries = self.maximumDeliveries
        definition.visibilityTimeout = self.visibility
        definition.autoCommitInterval = 0
        return definition
    }
}

// MARK: Making programs

extension QueueProgram {
    init(seed: UInt64, count: Int) {
        var random = SeededRandom(seed: seed)
        self.seed = random.next()
        let first = (0..<QueueProgram.queues).map { queue in
            QueueStep(id: queue, pause: 0, kind: .declare(queue: queue, QueueShape(&random)))
        }
        self.steps = first + (QueueProgram.queues..<count).map { QueueStep(id: $0, from: random.fork()) }
    }
}

extension QueueShape {
    fileprivate init(_ random: inout SeededRandom) {
        self.kind = random.pick([.classic, .classic, .classic, .classic, .stream, .ephemeral])
        self.isSynced = self.kind != .ephemeral && random.chance(perMille: 500)
        self.visibility = random.pick([1_500, 30_000, 30_000, 0])
        if self.kind == .stream { return }
        self.hasPriorities = random.chance(perMille: 250)
        if random.chance(perMille: 300) {
            self.limit = random.pick([1, 4, 12])
            self.overflow = random.pick([.reject, .dropHead, .deadLetter])
        }
        self.ttl = random.pick([0, 0, 0, 6_000, 60_000])
        self.movesDeadLetters = self.overflow == .deadLetter || random.chance(perMille: 600)
        self.movesExpired = random.chance(perMille: 300)
        self.maximumDeliveries = random.pick([0, 0, 1, 2, 3])
    }
}

extension QueueStep {
    fileprivate init(id: Int, from: SeededRandom) {
        var random = from
        let pause = random.chance(perMille: 450) ? QueueStep.settled : random.below(40)
        self.init(id: id, pause: pause, kind: .wait)
        let (client, queue) = (random.below(QueueProgram.clients), random.below(QueueProgram.queues))
        let group = random.below(QueueProgram.groups)
        switch random.below(100) {
        case 0..<32: self.kind = .publish(client: client, queue: queue, Post(&random))
        case 32..<46:
            let pubacks = random.chance(perMille: 250)
            self.kind = .join(client: client, queue: queue, group: group, settlesByPuback: pubacks)
        case 46..<66:
            let verdict = Verdict(&random)
            self.kind = .settle(client: client, verdict, from: random.below(20), count: 1 + random.below(12))
        case 66..<69: self.kind = .leave(client: client, queue: queue)
        case 69..<71: self.kind = .disconnect(client: client)
        case 71..<73: self.kind = .cut(client: client)
        case 73..<84: self.kind = .end(End(&random))
        case 84..<87: self.kind = .disk(random.pick([.full, .room, .room, .broken]))
        case 87..<89: self.kind = .delete(queue: queue)
        case 89..<92: self.kind = .declare(queue: queue, QueueShape(&random))
        case 92..<93: self.kind = .purge(queue: queue)
        case 93..<95: self.kind = .reset(queue: queue, group: group)
        case 95..<96: self.kind = .removeGroup(queue: queue, group: group)
        case 96: self.kind = .mourn(client: client, queue: queue)
        case 97..<98: self.kind = .pause(queue: queue, random.chance(perMille: 400))
        default: self.pause = random.pick([2_000, 8_000, 35_000, 65_000])
        }
    }
}

extension Post {
    fileprivate init(_ random: inout SeededRandom) {
        self.init(count: random.pick([1, 1, 2, 5, 15]))
        self.priority = random.pick([0, 0, 4, 9])
        self.filler = random.pick([0, 0, 40, 700, 5_000])
    }
}

extension Verdict {
    fileprivate init(_ random: inout SeededRandom) {
        switch random.below(10) {
        case 0..<6: self = .acknowledge
        case 6: self = .fail(delay: nil)
        case 7: self = .fail(delay: random.pick([500, 5_000, 20_000]))
        default: self = .reject
        }
    }
}

extension End {
    fileprivate init(_ random: inout SeededRandom) {
        self.init(cause: random.pick([.stop, .kill, .kill, .power, .power, .power]))
        if self.cause != .stop {
            self.operations = random.pick([0, 0, 1 + random.below(8), 1 + random.below(60)])
            self.again = random.chance(perMille: 200) ? 1 + random.below(30) : nil
        }
    }
}
