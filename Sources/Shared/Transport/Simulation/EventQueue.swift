/// What is going to happen, soonest first; what happens in the same millisecond in the order of keys, which the seed draws.
struct EventQueue<Event> {
    private struct Entry {
        var time: UInt64
        var key: UInt64
        var event: Event

        func precedes(_ other: Entry) -> Bool {
            self.time != other.time ? self.time < other.time : self.key < other.key
        }
    }
    private var heap: [Entry] = []

    var nextTime: UInt64? { self.heap.first?.time }

    mutating func push(_ event: Event, at time: UInt64, key: UInt64) {
        self.heap.append(Entry(time: time, key: key, event: event))
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !self.heap[child].precedes(self.heap[parent]) { return }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> (time: UInt64, event: Event)? {
        guard let first = self.heap.first, let last = self.heap.popLast() else { return nil }
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var best = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if self.heap[child].precedes(self.heap[best]) { best = child }
            }
            if best == parent { return }
            self.heap.swapAt(parent, best)
            parent = best
        }
    }
}
