/// What is to be done later on one loop: deadlines, looks at what is watched, attempts to connect again.
///
/// The owner brings the time and calls ``run(now:)`` when ``deadline`` is reached; nothing here reads a clock.
package final class Timers {
    package struct ID: Hashable, Sendable { fileprivate var number: UInt64 }

    /// Milliseconds of a clock that never goes back.
    package private(set) var now: UInt64
    private var bodies: [UInt64: () -> Void] = [:]
    /// A binary heap by time, then by age; cancelled ones stay until they are due.
    private var heap: [(due: UInt64, number: UInt64)] = []
    private var last: UInt64 = 0

    package init(now: UInt64) { self.now = now }

    package func advance(to now: UInt64) { self.now = max(self.now, now) }

    /// Calls `body` once, at `due` or a little later, never inline.
    @discardableResult
    package func schedule(at due: UInt64, _ body: @escaping () -> Void) -> ID {
        self.last += 1
        self.bodies[self.last] = body
        self.heap.append((due, self.last))
        self.siftUp(self.heap.count - 1)
        return ID(number: self.last)
    }

    package func cancel(_ id: ID) { self.bodies[id.number] = nil }

    /// When ``run(now:)`` wants to be called next; nil for never.
    package var deadline: UInt64? {
        while let first = self.heap.first, self.bodies[first.number] == nil { self.removeFirst() }
        return self.heap.first?.due
    }

    /// Runs what is due, in order. What is scheduled meanwhile waits for the next call, and holds up nothing that was there before.
    package func run(now: UInt64) {
        self.advance(to: now)
        var due: [UInt64] = []
        while let deadline = self.deadline, deadline <= now {
            due.append(self.heap[0].number)
            self.removeFirst()
        }
        for number in due { self.bodies.removeValue(forKey: number)?() }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (self.heap[left].due, self.heap[left].number) < (self.heap[right].due, self.heap[right].number)
    }

    private func siftUp(_ start: Int) {
        var child = start
        while child > 0, self.isBefore(child, (child - 1) / 2) {
            self.heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private func removeFirst() {
        self.heap.swapAt(0, self.heap.count - 1)
        self.heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count && self.isBefore(child, least) {
                least = child
            }
            if least == parent { return }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }
}

@available(*, unavailable)
extension Timers: Sendable {}
