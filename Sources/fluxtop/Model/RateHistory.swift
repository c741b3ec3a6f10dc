/// The last minute of a figure, a point for each look at it. Nil is unknown.
package struct RateHistory: Equatable, Sendable {
    /// Points that are kept.
    package static let length = 60

    package private(set) var points: [Double?] = []

    package init() {}

    /// Adds a point for each of `looks` looks: what was true before until the one that brought `value`.
    mutating func add(_ value: Double?, looks: Int = 1) {
        let repeated = min(max(0, looks - 1), Self.length)
        if let last = self.points.last { self.points += repeatElement(last, count: repeated) }
        self.points.append(value)
        if self.points.count > Self.length { self.points.removeFirst(self.points.count - Self.length) }
    }
}
