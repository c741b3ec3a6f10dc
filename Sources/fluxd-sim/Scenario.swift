import AdminAPI
import Protobuf
import Query

/// What a scenario file says.
struct Scenario: Sendable {
    enum ClockMode: String, CaseIterable, Sendable { case real, frozen }

    var seed: UInt64 = 1
    var clock = ClockMode.real
    /// nil for now.
    var at: Timestamp?
    /// Seconds.
    var step = 1
    var node = "n1"
    var version = SimProgram.version
    /// Seconds.
    var uptime = 3.0 * 86_400
    /// Seconds.
    var history = 900
    var kinds = AdminV1.Kind.allCases.filter { $0 != .unspecified }
    var churnPerSecond = 0.0
    var counts: [AdminV1.Kind: Int] = [:]
    /// Rows that are spelled out, in their order.
    var rows: [AdminV1.Kind: [[PosedField]]] = [:]
    var events: [ScriptedRecord<AdminV1.Event>] = []
    var log: [ScriptedRecord<AdminV1.LogRecord>] = []
    var faults: [Fault] = []
}

/// What goes wrong, and when: seconds after the program has started.
struct Fault: Sendable, Equatable {
    enum Kind: String, CaseIterable, Sendable { case drop, restart, shutdown, delay }

    var at: Double
    var kind: Kind
    /// Of `delay`: how late answers are, and for how long that lasts; nil for ever.
    var by = 0.0
    var duration: Double?
}

/// A record at a time that is counted from the scenario's start, perhaps again and again.
struct ScriptedRecord<Record: Sendable>: Sendable {
    var at: Double
    var every: Double?
    var record: Record

    /// Times after `start` up to `end`.
    func times(after start: Double, upTo end: Double) -> [Double] {
        guard let every = self.every else { return self.at > start && self.at <= end ? [self.at] : [] }
        var times: [Double] = []
        var time = self.at + max(0, ((start - self.at) / every).rounded(.down)) * every
        while time <= end {
            if time > start { times.append(time) }
            time += every
        }
        return times
    }
}
