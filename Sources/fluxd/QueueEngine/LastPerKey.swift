/// A group that begins with the last message of each key: it looks through the log up to where that ended when it began, and
/// then delivers the ones it found.
///
/// With more keys than fit it begins with the oldest message instead: every last message is among those.
struct LastPerKey {
    static let maximumKeys = 65_536

    /// Where the looking ends.
    let end: UInt64
    /// The next record to be looked at; nil when that is done.
    private(set) var scan: UInt64?
    private var last: [[UInt8]: UInt64] = [:]
    /// What is to be delivered, ascending, from `next` on.
    private var offsets: [UInt64] = []
    private var next = 0

    init(from head: UInt64, to end: UInt64) {
        self.end = end
        self.scan = head < end ? head : nil
    }

    /// - Returns: false when there are too many keys.
    mutating func saw(_ offset: UInt64, key: [UInt8]) -> Bool {
        self.last[key] = offset
        return self.last.count <= LastPerKey.maximumKeys
    }

    mutating func advance(to offset: UInt64) {
        self.scan = offset
        guard offset >= self.end else { return }
        self.scan = nil
        self.offsets = self.last.values.sorted()
        self.last = [:]
    }

    /// The first offset at `cursor` or behind it that is to be delivered; what lies behind the end is delivered anyway.
    mutating func offset(from cursor: UInt64) -> UInt64 {
        while self.next < self.offsets.count, self.offsets[self.next] < cursor { self.next += 1 }
        return self.next < self.offsets.count ? self.offsets[self.next] : max(cursor, self.end)
    }
}
