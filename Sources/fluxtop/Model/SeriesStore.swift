import AdminAPI
import Protobuf

/// The broker's own history, a point a second, put together from answers that overlap.
package struct SeriesStore: Equatable, Sendable {
    /// Points that are kept of each: fifteen minutes.
    static let length = 900

    package private(set) var points: [String: [Double]] = [:]
    /// The time of the newest point; nil when the next answer is to bring everything.
    private var at: Int64?
    /// Unit: monotonic milliseconds.
    private var appliedAt: UInt64 = 0
    private var bootID = ""

    package init() {}

    /// Points to ask for: everything at first and after a while without answers, else what came since and some more.
    func pointsWanted(now: UInt64) -> UInt32 {
        let isStale = now &- self.appliedAt > UInt64(Self.overlap - 4) * 1_000
        return self.at == nil || isStale ? UInt32(Self.length) : Self.overlap
    }

    private static let overlap: UInt32 = 16

    package subscript(name: String) -> [Double] { self.points[name] ?? [] }

    mutating func apply(_ response: AdminV1.SeriesResponse, now: UInt64) {
        let at = response.at?.seconds ?? 0
        let step = Int64(max(1, response.stepS))
        if response.bootID != self.bootID { self = SeriesStore() }
        self.bootID = response.bootID
        self.appliedAt = now
        let fresh = self.at.map { (at - $0) / step }
        for series in response.series {
            var known = self.points[series.name] ?? []
            let count = series.values.count
            if let fresh, fresh >= 0, fresh <= count {
                known += series.values.suffix(Int(fresh))
            } else if fresh == nil || count > Self.overlap {
                known = series.values
            } else {
                self.at = nil  // a gap, or a clock that was set back: the next answer brings everything
                return
            }
            if known.count > Self.length { known.removeFirst(known.count - Self.length) }
            self.points[series.name] = known
        }
        self.at = at
    }
}
