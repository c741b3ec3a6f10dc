package import Machine

/// A loop's streams whose layers are not open yet: how many at a time, how long each may take, and whose turn it is to cost
/// something.
///
/// A step that is private-key work takes the better part of a millisecond. With two an iteration no other stream of the loop
/// waits longer than two such steps for its turn, however many clients connect; the handshakes take turns, first come first
/// served, unread in their sockets meanwhile.
package struct HandshakeTable {
    /// Handshakes at a time; one more is closed at once.
    package static let limit = 1_000
    /// Costly steps in one iteration.
    package static let stepsPerIteration = 2

    private var deadlines: [StreamID: UInt64] = [:]
    /// Those that may not read before they are called, longest wait first.
    private var waiting: [StreamID] = []
    private var steps = HandshakeTable.stepsPerIteration

    package init() {}

    package var count: Int { self.deadlines.count }
    package var isFull: Bool { self.deadlines.count >= HandshakeTable.limit }
    package var hasWaiting: Bool { !self.waiting.isEmpty }

    /// - Parameter deadline: Milliseconds of the loop's clock.
    package mutating func begin(_ id: StreamID, deadline: UInt64) { self.deadlines[id] = deadline }

    /// The stream is open, or gone.
    package mutating func end(_ id: StreamID) { self.deadlines[id] = nil }

    /// Whether a costly step fits into this iteration. Who is told no calls ``wait(_:)``.
    package mutating func takeStep() -> Bool {
        if self.steps == 0 { return false }
        self.steps -= 1
        return true
    }

    package mutating func wait(_ id: StreamID) { self.waiting.append(id) }

    /// Begins an iteration: those whose turn it is, whose steps are taken already.
    package mutating func beginIteration() -> [StreamID] {
        self.steps = HandshakeTable.stepsPerIteration
        if self.waiting.isEmpty { return [] }
        self.waiting.removeAll { self.deadlines[$0] == nil }
        let called = Array(self.waiting.prefix(self.steps))
        self.waiting.removeFirst(called.count)
        self.steps -= called.count
        return called
    }

    /// The one that has taken longest, if its time is up to `deadline`.
    package func oldest(dueBefore deadline: UInt64) -> StreamID? {
        guard let oldest = self.deadlines.min(by: { $0.value < $1.value }), oldest.value < deadline else { return nil }
        return oldest.key
    }

    package var nextDeadline: UInt64? { self.deadlines.values.min() }

    /// Those whose time is up, in the order of their slots.
    package func due(at now: UInt64) -> [StreamID] {
        self.deadlines.filter { $0.value <= now }.map(\.key).sorted { $0.slot < $1.slot }
    }
}
