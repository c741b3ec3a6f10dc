import Core
import MQTTWire
import Simulation

/// One thing that happens in a program. All of it is in its own values: an action does the same whatever others are taken out.
///
/// Printed by `String(reflecting:)` it is the Swift source of itself, see ``Program/source``.
struct Action: Equatable {
    /// Also the name of the message that it publishes; unique in its program.
    var id: Int
    var client: Int
    /// Milliseconds until the next action. ``Action/settled`` and more let the world come to rest, and the model be asked.
    var pause: Int
    var kind: Kind

    /// Longer than anything takes that is under way.
    static let settled = 4_000

    enum Kind: Equatable {
        /// Over the connection that the client has, if it has one.
        case connect(Connect)
        case disconnect(Goodbye)
        case cut
        /// The client sends nothing more, not even pings, and leaves its connection open.
        case mute
        case subscribe(Subscribe)
        case unsubscribe(String)
        case publish(Publish)
        /// The client goes on without acknowledging what it receives.
        case withhold
        case acknowledge
        /// Nothing, for as long as the pause says.
        case wait
        case hostile(Hostile)
        /// Somebody else's connection, with these bytes and no more.
        case stranger(Stranger)
    }
}

struct Connect: Equatable {
    var isV5 = true
    var clean = false
    /// Seconds.
    var expiry: UInt32 = 0
    var keepAlive: UInt16 = 0
    var receiveMaximum: UInt16?
    var aliases: UInt16 = 0
    var will: Will?

    var version: MQTTVersion { self.isV5 ? .v5 : .v3_1_1 }
    /// Seconds that the server keeps the session for: that of a 3.1.1 session without `clean` is the broker's default.
    var kept: UInt32 { self.isV5 ? self.expiry : self.clean ? 0 : 604_800 }
}

struct Will: Equatable {
    var topic: String
    var qos: UInt8
    var retain: Bool
    /// Seconds.
    var delay: UInt32
}

enum Goodbye: Equatable {
    case normal, withWill
    /// 0x00 with another session expiry interval, in seconds.
    case expiry(UInt32)
}

struct Subscribe: Equatable {
    var filter: String
    var qos: UInt8
    var noLocal = false
    var retainAsPublished = false
    var retainHandling: UInt8 = 0
    var identifier: UInt32 = 0
}

struct Publish: Equatable {
    var topic: String
    var qos: UInt8
    var retain = false
    var isEmpty = false
    /// Bytes of payload behind the message's name.
    var filler = 0
    /// Seconds.
    var expiry: UInt32?
    var alias: UInt16 = 0
}

/// What happens in one run, and the seed of its network.
struct Program: Equatable {
    var seed: UInt64
    /// The network may break connections by itself. Where it does changes with everything that is sent.
    var breaks = true
    var actions: [Action]
    static let clients = 5

    /// As a test's literal.
    var source: String {
        let lines = self.actions.map {
            "        " + String(reflecting: $0).replacing("SimulationTests.", with: "") + ","
        }
        return (["    Program(seed: \(self.seed), breaks: \(self.breaks), actions: ["] + lines + ["    ]),"]).joined(
            separator: "\n"
        )
    }
}

// MARK: Making programs

extension Program {
    /// - Parameter longest: Milliseconds that time is moved by at most in one step.
    init(seed: UInt64, count: Int, longest: Int) {
        var random = SeededRandom(seed: seed)
        self.seed = random.next()
        self.actions = (0..<count).map { Action(id: $0, longest: longest, from: random.fork()) }
    }
}

private let topics = ["a", "a/b", "a/b/c", "x", "x/y", "$own/t"]
private let filters = [
    "a", "a/b", "a/#", "+/b", "#", "+", "x/+", "x/y", "$own/#", "a/+/c", "$share/g/a/#", "$share/g/x/y", "$share/h/+/b",
]
private let expiries: [UInt32] = [0, 0, 5, 60, 600, .max, .max]

extension Action {
    fileprivate init(id: Int, longest: Int, from: SeededRandom) {
        var random = from
        let client = random.below(Program.clients)
        let pause = random.chance(perMille: 550) ? Action.settled : random.below(25)
        self.init(id: id, client: client, pause: pause, kind: .cut)
        switch random.below(100) {
        case 0..<22: self.kind = .connect(Connect(&random))
        case 22..<26: self.kind = .disconnect(random.pick([.normal, .withWill, .expiry(random.pick(expiries))]))
        case 26..<30: self.kind = .cut
        case 30..<32: self.kind = .mute
        case 32..<50: self.kind = .subscribe(Subscribe(&random))
        case 50..<54: self.kind = .unsubscribe(random.pick(filters))
        case 54..<84: self.kind = .publish(Publish(&random))
        case 84..<86: self.kind = .withhold
        case 86..<88: self.kind = .acknowledge
        case 88..<93:
            self.kind = .wait
            let longer = [1_000, 4_000, 6_000, 20_000, 70_000, 130_000, 700_000, 7_200_000]
            self.pause = random.pick(longer.filter { $0 <= longest })
        case 93..<98: self.kind = .hostile(random.pick(Hostile.allCases))
        default: self.kind = .stranger(random.pick(Stranger.allCases))
        }
    }
}

extension Connect {
    fileprivate init(_ random: inout SeededRandom) {
        self.isV5 = random.chance(perMille: 650)
        self.clean = random.chance(perMille: 300)
        self.expiry = self.isV5 ? random.pick(expiries) : 0
        self.keepAlive = random.pick([0, 0, 20, 600])
        self.receiveMaximum = self.isV5 ? random.pick([nil, nil, 1, 3]) : nil
        self.aliases = self.isV5 ? random.pick([0, 2, 100]) : 0
        if random.chance(perMille: 400) {
            self.will = Will(
                topic: random.pick(topics),
                qos: UInt8(random.below(3)),
                retain: random.chance(perMille: 250),
                delay: self.isV5 ? random.pick([0, 3, 30, 900]) : 0
            )
        }
    }
}

extension Subscribe {
    fileprivate init(_ random: inout SeededRandom) {
        self.init(filter: random.pick(filters), qos: UInt8(random.below(3)))
        self.noLocal = !self.filter.hasPrefix("$share") && random.chance(perMille: 150)
        self.retainAsPublished = random.chance(perMille: 250)
        self.retainHandling = UInt8(random.pick([0, 0, 1, 2]))
        self.identifier = random.chance(perMille: 400) ? UInt32(1 + random.below(9)) : 0
    }
}

extension Publish {
    fileprivate init(_ random: inout SeededRandom) {
        self.init(topic: random.pick(topics), qos: UInt8(random.below(3)))
        self.retain = random.chance(perMille: 250)
        self.isEmpty = self.retain && random.chance(perMille: 250)
        self.filler = random.pick([0, 0, 0, 30, 9_000])
        self.expiry = random.chance(perMille: 120) ? random.pick([2, 8, 100]) : nil
        self.alias = random.chance(perMille: 200) ? UInt16(1 + random.below(3)) : 0
    }
}
