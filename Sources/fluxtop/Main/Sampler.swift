import AdminAPI
import TopModel

/// Asks the broker what the model wants to know. It lives in the main loop, which polls its descriptor, and never waits.
@MainActor
protocol Sampler: AnyObject {
    /// What to poll; nil while there is no connection.
    var descriptor: Int32? { get }
    /// POLLIN, POLLOUT or both.
    var events: Int16 { get }
    /// When ``process(_:now:)`` wants to be called although nothing is ready. Unit: monotonic milliseconds.
    var deadline: UInt64? { get }

    /// Goes on with what is ready, and returns what happened.
    func process(_ ready: Int16, now: UInt64) -> [TopInput]
    /// Starts what is wanted and does not run, cancels what runs and is not wanted.
    func run(_ wanted: TopWanted, now: UInt64)
    func perform(_ request: AdminV1.DoRequest, now: UInt64)
    /// Connects at once if there is no connection.
    func retry(now: UInt64)
    func close()
}

/// Which calls run on a connection, against which are wanted.
struct CallLedger {
    /// Under their identifiers: started on this connection, whether they still run or have ended, and wanted.
    private(set) var started: [UInt64: TopCall.Request] = [:]

    /// - Returns: What to do to run exactly what is wanted.
    mutating func steps(toward wanted: TopWanted) -> (start: [TopCall], cancel: [UInt64]) {
        let ids = Set(wanted.calls.map(\.id))
        let cancel = self.started.keys.filter { !ids.contains($0) }.sorted()
        let start = wanted.calls.filter { self.started[$0.id] == nil }
        for id in cancel { self.started[id] = nil }
        for call in wanted.calls { self.started[call.id] = call.request }
        return (start, cancel)
    }

    /// The connection is gone, and all calls with it.
    mutating func clear() { self.started = [:] }
}

/// When to try to connect again: after 1, 2, 4, 8 and then every 15 seconds.
struct RetrySchedule: Equatable {
    /// Failures since the last connection.
    private(set) var attempt = 0
    /// Unit: monotonic milliseconds; nil while connected or trying.
    private(set) var nextAt: UInt64?

    private static let delays: [UInt64] = [1_000, 2_000, 4_000, 8_000, 15_000]

    mutating func failed(now: UInt64) {
        self.nextAt = now + Self.delays[min(self.attempt, Self.delays.count - 1)]
        self.attempt += 1
    }

    mutating func trying() { self.nextAt = nil }
    mutating func succeeded() { self = RetrySchedule() }
}
