package import AdminAPI

/// A call that the model wants to be running.
///
/// The identifier is the whole contract with who runs calls: what is in ``TopModel/wanted`` and not running is started, what runs
/// and is not in it is cancelled. A call that failed or ended is not started again under its identifier while the connection
/// lasts; after a reconnect everything wanted is started anew. Answers to identifiers that are no longer wanted are ignored.
package struct TopCall: Equatable, Sendable {
    package var id: UInt64
    package var request: Request

    package enum Request: Equatable, Sendable {
        case watch(AdminV1.WatchRequest)
        /// Follows until it is cancelled. `from_seq` moves on with what arrived; it is read when the call is started.
        case events(AdminV1.EventsRequest)
        /// As `events`.
        case log(AdminV1.LogRequest)
        /// Asked at once and then each so many milliseconds, with the request as it is then.
        case series(AdminV1.SeriesRequest, everyMs: UInt32)
        case get(AdminV1.GetRequest, everyMs: UInt32)
    }
}

/// Everything that may cost the server something: what is in view, and nothing else.
package struct TopWanted: Equatable, Sendable {
    package var calls: [TopCall] = []

    package init(calls: [TopCall] = []) { self.calls = calls }
}
