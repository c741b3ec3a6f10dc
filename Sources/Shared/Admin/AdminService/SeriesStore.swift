package import AdminAPI
import Protobuf
import Query
import RPC

/// History of the broker's own figures in rings of fixed size: 15 minutes in seconds, two hours in steps of 10 s, a day in minutes.
///
/// 12 KiB a series, all of it taken at the start. Lives on the loop that records and asks.
package final class SeriesStore {
    /// What a longer step keeps of the values within it.
    package enum Fold: Sendable {
        /// For rates.
        case average
        /// For levels: connections, memory.
        case last
    }

    package struct Definition: Sendable {
        package var name: String
        /// `1/s`, `B/s`, `B`, `%` or `1`.
        package var unit: String
        package var help: String
        package var fold: Fold

        package init(_ name: String, unit: String, _ help: String, fold: Fold) {
            self.name = name
            self.unit = unit
            self.help = help
            self.fold = fold
        }
    }

    package static let steps = [1, 10, 60]
    package static let lengths = [900, 720, 1_440]

    private let definitions: [Definition]
    private let places: [String: Int]
    private var histories: [SeriesHistory]
    /// The newest second that anything was recorded for, and when that was in the history's own count.
    private var newest: Int?

    package init(_ definitions: [Definition]) {
        self.definitions = definitions
        self.places = Dictionary(definitions.enumerated().map { ($1.name, $0) }) { first, _ in first }
        precondition(self.places.count == definitions.count, "two series have one name")
        self.histories = definitions.map { SeriesHistory($0.fold) }
    }

    package var infos: [AdminV1.SeriesInfo] {
        self.definitions.map { definition in
            var info = AdminV1.SeriesInfo()
            info.name = definition.name
            info.unit = definition.unit
            info.help = definition.help
            return info
        }
    }

    /// Notes a value, once a second and series. Seconds without one are unknown (NaN); values from the past are left out.
    ///
    /// - Parameter second: Seconds of a clock that never goes back.
    package func record(_ name: String, _ value: Double, at second: UInt64) {
        guard let place = self.places[name] else { preconditionFailure("the series '\(name)' is not defined") }
        self.histories[place].record(Float(value), at: Int(second))
        self.newest = max(self.newest ?? 0, Int(second))
    }

    /// - Parameter now: The time of the newest second.
    func answer(_ request: AdminV1.SeriesRequest, now: Timestamp) throws(RPCError) -> AdminV1.SeriesResponse {
        let step = request.stepS == 0 ? 1 : Int(request.stepS)
        guard let ring = SeriesStore.steps.firstIndex(of: step) else {
            throw RPCError(.invalidArgument, "step_s is 1, 10 or 60, not \(step)", .badRequest)
        }
        let wanted = try self.wanted(request.names)
        var response = AdminV1.SeriesResponse()
        response.stepS = UInt32(step)
        // Series end together, at the last step that is over; one that lags has unknown values at its end.
        let end = self.histories.compactMap { $0.rings[ring].newest }.max()
        let points = request.points == 0 ? Int.max : Int(request.points)
        for place in wanted {
            var data = AdminV1.SeriesData()
            data.name = self.definitions[place].name
            data.unit = self.definitions[place].unit
            if let end { data.values = self.histories[place].rings[ring].values(to: end, atMost: points) }
            response.series.append(data)
        }
        let behind = end.flatMap { end in self.newest.map { $0 - ((end + 1) * step - 1) } } ?? 0
        response.at = Timestamp(seconds: now.seconds - Int64(behind), nanos: now.nanos)
        return response
    }

    private func wanted(_ names: [String]) throws(RPCError) -> [Int] {
        if names.isEmpty { return Array(self.definitions.indices) }
        var wanted: [Int] = []
        for name in names {
            guard let place = self.places[name] else {
                var search = NearestText(to: name)
                for definition in self.definitions { search.consider(definition.name) }
                throw RPCError(
                    .notFound,
                    "there is no series \"\(name.echo)\"",
                    .unknownSeries,
                    id: name,
                    hint: search.best
                )
            }
            if !wanted.contains(place) { wanted.append(place) }
        }
        return wanted
    }
}

@available(*, unavailable)
extension SeriesStore: Sendable {}

/// One series: its values by seconds, and folded into longer steps as those end.
private struct SeriesHistory {
    private let fold: SeriesStore.Fold
    private(set) var rings = zip(SeriesStore.steps, SeriesStore.lengths).map { SeriesRing(step: $0, length: $1) }
    /// The longer steps under way: which one, and of its values the sum, the count and the last.
    private var open = SeriesStore.steps.map { _ in (step: -1, sum: Float(0), count: 0, last: Float(0)) }

    init(_ fold: SeriesStore.Fold) { self.fold = fold }

    mutating func record(_ value: Float, at second: Int) {
        self.rings[0].put(value, at: second)
        for index in 1..<self.rings.count {
            let step = second / self.rings[index].step
            if step < self.open[index].step { continue }
            if step > self.open[index].step {
                if self.open[index].count > 0 {
                    let folded =
                        self.fold == .last
                        ? self.open[index].last : self.open[index].sum / Float(self.open[index].count)
                    self.rings[index].put(folded, at: self.open[index].step)
                }
                self.open[index] = (step, 0, 0, 0)
            }
            self.open[index].sum += value
            self.open[index].count += 1
            self.open[index].last = value
        }
    }
}

/// Values of steps that are over, the newest so many of them.
private struct SeriesRing {
    let step: Int
    private var values: [Float]
    private var first: Int?
    private(set) var newest: Int?

    init(step: Int, length: Int) {
        self.step = step
        self.values = Array(repeating: .nan, count: length)
    }

    mutating func put(_ value: Float, at place: Int) {
        let length = self.values.count
        if let newest = self.newest {
            guard place > newest else { return }
            for missing in max(newest + 1, place - length + 1)..<max(place, newest + 1) {
                self.values[missing % length] = .nan
            }
        }
        self.values[place % length] = value
        self.newest = place
        self.first = max(self.first ?? place, place - length + 1)
    }

    func values(to end: Int, atMost count: Int) -> [Double] {
        guard let first = self.first, let newest = self.newest else { return [] }
        let length = self.values.count
        let start = max(first, end - min(count, length) + 1)
        guard start <= end else { return [] }
        return (start...end).map { $0 <= newest ? Double(self.values[$0 % length]) : .nan }
    }
}
