package import AdminAPI

/// What happens to the model besides keys.
package enum TopInput: Equatable, Sendable {
    /// First after each connect.
    case connected(AdminV1.HelloResponse)
    /// The identifier is the ``TopCall``'s.
    case watch(UInt64, AdminV1.WatchResponse)
    case series(UInt64, AdminV1.SeriesResponse)
    case events(UInt64, AdminV1.EventsResponse)
    case log(UInt64, AdminV1.LogResponse)
    case row(UInt64, AdminV1.GetResponse)
    /// The call ended with an error status; the connection lives on.
    case failed(UInt64, TopFailure)
    /// The answer to `TopEffect.perform`.
    case done(AdminV1.DoRequest, Result<AdminV1.DoResponse, TopFailure>)
    /// The connection is gone, or could not be made.
    case disconnected(TopOutage)
    case clock(TopClock)
    /// What fluxtop itself costs.
    case load(TopLoad)
}

/// An error status, in words.
package struct TopFailure: Error, Equatable, Sendable {
    /// `ErrorDetail.code`: "not_found", "bad_filter"; the status' name where there is no detail.
    package var code: String
    package var message: String
    package var hint: String
    /// Bytes before the place in the filter that is wrong.
    package var offset: UInt32?

    package init(code: String, message: String, hint: String = "", offset: UInt32? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.offset = offset
    }
}

package struct TopOutage: Equatable, Sendable {
    /// "connection refused (is fluxd running?)".
    package var reason: String
    /// 1 for the first one after a connection.
    package var attempt: Int
    /// The next try. Unit: monotonic milliseconds.
    package var retryAt: UInt64

    package init(reason: String, attempt: Int, retryAt: UInt64) {
        self.reason = reason
        self.attempt = attempt
        self.retryAt = retryAt
    }
}

/// The wall clock, read at the moment of the input; for labels only. To be given at the start and each second or so.
package struct TopClock: Equatable, Sendable {
    /// Since 1970-01-01.
    package var unixMs: Int64
    /// Of the local zone, east is positive.
    package var utcOffsetSeconds: Int32

    package init(unixMs: Int64, utcOffsetSeconds: Int32) {
        self.unixMs = unixMs
        self.utcOffsetSeconds = utcOffsetSeconds
    }
}

package struct TopLoad: Equatable, Sendable {
    /// Of one core.
    package var cpuPercent: Double
    /// Written to the terminal.
    package var terminalBytesPerS: Double

    package init(cpuPercent: Double, terminalBytesPerS: Double) {
        self.cpuPercent = cpuPercent
        self.terminalBytesPerS = terminalBytesPerS
    }
}

/// What a key asks of the program around the model.
package enum TopEffect: Equatable, Sendable {
    case quit
    /// The next frame differs.
    case redraw
    /// ``TopModel/wanted`` may have changed.
    case resample
    /// Connect now, without waiting for the time of the next try.
    case retryNow
    /// To be answered by `TopInput.done` with the same request.
    case perform(AdminV1.DoRequest)
}
