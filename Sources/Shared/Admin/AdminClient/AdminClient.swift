package import AdminAPI
import Glibc
import Protobuf
import RPC
import RPCClient

/// The admin protocol for a program that asks and waits: each call returns when its answer is there.
///
/// Single-threaded. A waiting call ends early with ``AdminClientError/interrupted`` when ``stopDescriptor`` becomes readable.
package final class AdminClient {
    /// What a loop over a stream does after a message.
    package enum Flow: Sendable { case goOn, stop }

    package let endpoint: AdminEndpoint
    /// For a whole call, connecting included. Milliseconds.
    package var timeout: UInt64 = 30_000
    /// A pipe or signalfd that ends what waits: Ctrl-C. It is not read.
    package var stopDescriptor: Int32?
    /// Told when a stream that reconnects has lost the daemon, with the reason, and with nil when it is back.
    package var onConnectionChange: ((String?) -> Void)?
    let connection: AdminConnection

    /// Nothing is connected before the first call.
    ///
    /// - Parameter client: For the daemon's log: "fluxctl 0.1.0".
    package init(_ endpoint: AdminEndpoint, client: String) {
        var settings = AdminConnection.Settings(client: client)
        // Who follows a stream waits for a daemon that restarts: seconds, not minutes.
        settings.backoff.initial = 500
        settings.backoff.maximum = 5_000
        settings.keepalive = 30_000
        self.endpoint = endpoint
        self.connection = AdminConnection(endpoint, settings)
    }

    deinit { self.connection.close() }

    // MARK: Calls with one answer

    package func hello() throws(AdminClientError) -> AdminV1.HelloResponse { try self.hello(waitsForReady: false) }

    func hello(waitsForReady: Bool) throws(AdminClientError) -> AdminV1.HelloResponse {
        var request = AdminV1.HelloRequest()
        request.client = self.connection.settings.client
        return try self.call(AdminV1.AdminMethods.hello, request, waitsForReady: waitsForReady)
    }

    package func list(_ request: AdminV1.ListRequest) throws(AdminClientError) -> AdminV1.ListResponse {
        try self.call(AdminV1.AdminMethods.list, request)
    }

    package func get(_ request: AdminV1.GetRequest) throws(AdminClientError) -> AdminV1.GetResponse {
        try self.call(AdminV1.AdminMethods.get, request)
    }

    package func series(_ request: AdminV1.SeriesRequest) throws(AdminClientError) -> AdminV1.SeriesResponse {
        try self.call(AdminV1.AdminMethods.series, request)
    }

    package func `do`(_ request: AdminV1.DoRequest) throws(AdminClientError) -> AdminV1.DoResponse {
        try self.call(AdminV1.AdminMethods.do, request)
    }

    private func call<Request, Response>(
        _ method: RPCMethod<Request, Response>,
        _ request: Request,
        waitsForReady: Bool = false
    ) throws(AdminClientError) -> Response {
        if !waitsForReady { self.connection.channel.resetBackoff() }
        var options = RPCCallOptions()
        options.waitsForReady = waitsForReady
        options.timeout = waitsForReady ? nil : self.timeout
        var result: Result<Response, RPCError>?
        let call = self.connection.channel.unary(method, request, options) { result = $0 }
        while true {
            switch result {
            case .success(let response): return response
            case .failure(let error): throw self.connection.explain(error)
            case nil:
                guard self.turn() else {
                    call.cancel()
                    throw .interrupted
                }
            }
        }
    }

    // MARK: Waiting

    /// Waits until something happens, and lets it.
    ///
    /// - Returns: False when ``stopDescriptor`` says so.
    func turn() -> Bool {
        var entries = [
            pollfd(fd: self.connection.descriptor ?? -1, events: self.connection.events, revents: 0),
            pollfd(fd: self.stopDescriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        var wait: Int32 = -1
        if let deadline = self.connection.deadline {
            let now = AdminClock.now()
            wait = Int32(clamping: deadline > now ? deadline - now : 0)
        }
        // A signal without SA_RESTART only makes the turn shorter.
        _ = poll(&entries, 2, wait)
        if entries[1].revents != 0 { return false }
        let writable = entries[0].revents & Int16(POLLOUT | POLLERR | POLLHUP) != 0
        let readable = entries[0].revents & Int16(POLLIN | POLLERR | POLLHUP) != 0
        self.connection.process(readable: readable, writable: writable)
        return true
    }
}

@available(*, unavailable)
extension AdminClient: Sendable {}
