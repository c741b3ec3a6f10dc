import Bytes

/// Message ids that were taken lately: for as long as the window, and no more than fit.
///
/// When it is full the oldest id is forgotten, so that a late duplicate may get through; a new message is never taken for one.
struct DedupeWindow {
    static let maximumIDs = 65_536
    static let maximumBytes = 4 << 20

    private var times: [[UInt8]: UInt64] = [:]
    /// Ids by age, from `first` on.
    private var order: [(id: [UInt8], time: UInt64)] = []
    private var first = 0
    private var bytes = 0

    var count: Int { self.order.count - self.first }

    /// Whether an id was taken less than `window` milliseconds before `wall`.
    func contains(_ id: [UInt8], window: UInt64, wall: UInt64) -> Bool {
        guard let time = self.times[id] else { return false }
        return time + window > wall
    }

    mutating func insert(_ id: [UInt8], window: UInt64, wall: UInt64) {
        self.prune(window: window, wall: wall)
        self.times[id] = wall
        self.order.append((id, wall))
        self.bytes += id.count
        while self.count > DedupeWindow.maximumIDs || self.bytes > DedupeWindow.maximumBytes { self.removeFirst() }
    }

    mutating func prune(window: UInt64, wall: UInt64) {
        while self.first < self.order.count, self.order[self.first].time + window <= wall { self.removeFirst() }
    }

    private mutating func removeFirst() {
        let oldest = self.order[self.first]
        // An id that came again after its window stands here twice: the later one counts.
        if self.times[oldest.id] == oldest.time { self.times[oldest.id] = nil }
        self.bytes -= oldest.id.count
        self.order[self.first].id = []
        self.first += 1
        if self.first == self.order.count || (self.first >= 1_024 && self.first * 2 >= self.order.count) {
            self.order.removeFirst(self.first)
            self.first = 0
        }
    }
}
