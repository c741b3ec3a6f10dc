package import AdminAPI
import Protobuf
import RPC
import RPCClient

/// Streams as loops, which end when their body says so, when the daemon ends them or with an error.
extension AdminClient {
    /// The result of a query, and what becomes of it.
    ///
    /// - Parameters:
    ///   - interval: Milliseconds between two looks; 0 for the daemon's choice.
    ///   - reconnects: Goes on after a loss, as soon as there is a daemon again. A response whose `seq` is 1 holds the whole
    ///     result, and what was known before it is void.
    package func watch(
        _ query: AdminV1.Query,
        interval: UInt32 = 0,
        reconnects: Bool = false,
        _ body: (AdminV1.WatchResponse) -> Flow
    ) throws(AdminClientError) {
        var request = AdminV1.WatchRequest()
        request.query = query
        request.intervalMs = interval
        let method = AdminV1.AdminMethods.watch
        try self.stream(method, reconnects: reconnects, request: { _ in request }, body)
    }

    /// What happened, and with `follow` what happens.
    ///
    /// - Parameter reconnects: Goes on after a loss with the first event that was not delivered; with the first there is when
    ///   fluxd was started anew meanwhile.
    package func events(
        _ request: AdminV1.EventsRequest,
        reconnects: Bool = false,
        _ body: (AdminV1.EventsResponse) -> Flow
    ) throws(AdminClientError) {
        var request = request
        var place = Place(self, isKept: reconnects)
        try self.stream(AdminV1.AdminMethods.events, reconnects: reconnects) { isAgain throws(AdminClientError) in
            if let seq = try place.next(waitsForReady: isAgain) { request.fromSeq = seq }
            return request
        } _: { response in
            place.nextSeq = response.nextSeq
            return body(response)
        }
    }

    /// What fluxd logged, and with `follow` what it logs. See ``events(_:reconnects:_:)``.
    package func log(
        _ request: AdminV1.LogRequest,
        reconnects: Bool = false,
        _ body: (AdminV1.LogResponse) -> Flow
    ) throws(AdminClientError) {
        var request = request
        var place = Place(self, isKept: reconnects)
        try self.stream(AdminV1.AdminMethods.log, reconnects: reconnects) { isAgain throws(AdminClientError) in
            if let seq = try place.next(waitsForReady: isAgain) { request.fromSeq = seq }
            return request
        } _: { response in
            place.nextSeq = response.nextSeq
            return body(response)
        }
    }

    /// Where a numbered stream goes on. Numbers begin again when fluxd does.
    private struct Place {
        private let client: AdminClient
        private let isKept: Bool
        private var bootID: String?
        var nextSeq: UInt64 = 0

        init(_ client: AdminClient, isKept: Bool) {
            self.client = client
            self.isKept = isKept
        }

        /// nil for what the caller's request says: nothing was delivered yet.
        mutating func next(waitsForReady: Bool) throws(AdminClientError) -> UInt64? {
            guard self.isKept else { return nil }
            let current = try self.client.hello(waitsForReady: waitsForReady).bootID
            defer { self.bootID = current }
            if let known = self.bootID, known != current { return 1 }
            return self.nextSeq > 0 ? self.nextSeq : nil
        }
    }

    /// - Parameter request: What to ask, given whether it is asked again after a loss.
    private func stream<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        reconnects: Bool,
        request: (_ isAgain: Bool) throws(AdminClientError) -> Request,
        _ body: (Response) -> Flow
    ) throws(AdminClientError) {
        // Who never got an answer is told: a wrong address is not a daemon that restarts.
        var hasAnswered = false
        var isLost = false
        while true {
            do {
                return try self.streamOnce(method, try request(isLost), waitsForReady: isLost) { response in
                    if isLost { self.onConnectionChange?(nil) }
                    (hasAnswered, isLost) = (true, false)
                    return body(response)
                }
            } catch {
                guard reconnects, hasAnswered, error.mayPass else { throw error }
                if !isLost { self.onConnectionChange?(error.description) }
                isLost = true
            }
        }
    }

    private func streamOnce<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ request: Request,
        waitsForReady: Bool,
        _ body: (Response) -> Flow
    ) throws(AdminClientError) {
        if !waitsForReady { self.connection.channel.resetBackoff() }
        var options = RPCCallOptions()
        options.waitsForReady = waitsForReady
        // The body is not called from inside the connection, so that it may call others. What waits here is what one turn read.
        var waiting: [Response] = []
        var end: Result<Void, RPCError>?
        let call = self.connection.channel.serverStreaming(
            method,
            request,
            options,
            onMessage: { waiting.append($0) },
            onEnd: { end = $0 }
        )
        defer { call.cancel() }
        while true {
            let responses = waiting
            waiting = []
            for response in responses {
                if body(response) == .stop { return }
            }
            // A body that called others may have let more come.
            if !waiting.isEmpty { continue }
            switch end {
            case .success: return
            case .failure(let error): throw self.connection.explain(error)
            case nil: if !self.turn() { throw .interrupted }
            }
        }
    }
}

extension AdminClientError {
    /// Whether another daemon on the same socket may do better: it is stopping, or gone.
    fileprivate var mayPass: Bool {
        switch self {
        case .unreachable: true
        case .refused(let error, _): error.code == .unavailable
        case .badEndpoint, .notFound, .timedOut, .interrupted: false
        }
    }
}
