import AdminAPI
import AdminClient
import Glibc
import RPC

/// The admin plane of a running broker.
struct AdminPlane: AdminAsking {
    private let client: AdminClient
    private let onLoss: @Sendable (String) -> Void
    /// When streams end; nil for never.
    private let timeout: Duration?

    /// - Throws: for an address that is none, and when none is given and no broker is found. Nothing is connected yet.
    init(_ target: AdminTarget) throws(Failure) {
        do throws(AdminClientError) {
            let endpoint: AdminEndpoint
            if let url = target.url {
                endpoint = try AdminEndpoint(parsing: url, source: target.source)
            } else {
                endpoint = try AdminEndpoint.discover(variable: environment)
            }
            self.client = AdminClient(endpoint, client: "fluxctl \(fluxmqVersion)")
        } catch {
            throw Failure(error)
        }
        self.timeout = target.timeout
        self.onLoss = target.onLoss
        if let timeout = target.timeout { self.client.timeout = max(1, UInt64(timeout.inSeconds * 1_000)) }
    }

    func hello() throws(Failure) -> AdminV1.HelloResponse {
        try self.failing { () throws(AdminClientError) in try self.client.hello() }
    }

    func list(_ query: AdminV1.Query) throws(Failure) -> AdminV1.ListResponse {
        var request = AdminV1.ListRequest()
        request.query = query
        return try self.failing(filter: query.filter) { () throws(AdminClientError) in try self.client.list(request) }
    }

    func get(_ kind: AdminV1.Kind, id: String) throws(Failure) -> AdminV1.GetResponse {
        var request = AdminV1.GetRequest()
        request.kind = kind
        request.id = id
        return try self.failing { () throws(AdminClientError) in try self.client.get(request) }
    }

    func perform(_ request: AdminV1.DoRequest) throws(Failure) -> AdminV1.DoResponse {
        try self.failing(filter: request.filter) { () throws(AdminClientError) in try self.client.do(request) }
    }

    func watch(
        _ request: AdminV1.WatchRequest,
        _ each: @escaping (AdminV1.WatchResponse) throws(Failure) -> Bool
    ) throws(Failure) {
        let query = request.query ?? AdminV1.Query()
        try self.stream(filter: query.filter, each) { (body) throws(AdminClientError) in
            try self.client.watch(query, interval: request.intervalMs, reconnects: true, body)
        }
    }

    func events(
        _ request: AdminV1.EventsRequest,
        _ each: @escaping (AdminV1.EventsResponse) throws(Failure) -> Bool
    ) throws(Failure) {
        try self.stream(filter: request.filter, each) { (body) throws(AdminClientError) in
            try self.client.events(request, reconnects: request.follow, body)
        }
    }

    func log(
        _ request: AdminV1.LogRequest,
        _ each: @escaping (AdminV1.LogResponse) throws(Failure) -> Bool
    ) throws(Failure) {
        try self.stream(filter: request.filter, each) { (body) throws(AdminClientError) in
            try self.client.log(request, reconnects: request.follow, body)
        }
    }

    /// - Parameter run: The client's loop, which takes what to do with each answer.
    private func stream<Response>(
        filter: String,
        _ each: @escaping (Response) throws(Failure) -> Bool,
        _ run: ((Response) -> AdminClient.Flow) throws(AdminClientError) -> Void
    ) throws(Failure) {
        var failure: Failure?
        let alarm: Alarm?
        if let timeout = self.timeout { alarm = try Alarm(timeout) } else { alarm = nil }
        self.client.stopDescriptor = alarm?.descriptor
        self.client.onConnectionChange = { reason in
            if let reason { self.onLoss("lost the broker (\(reason)), waiting for it") }
        }
        defer {
            self.client.onConnectionChange = nil
            self.client.stopDescriptor = nil
            withExtendedLifetime(alarm) {}
        }
        do throws(AdminClientError) {
            try run { response in
                do throws(Failure) {
                    return try each(response) ? .goOn : .stop
                } catch {
                    failure = error
                    return .stop
                }
            }
        } catch {
            // The time that the user gave is over, which is how it should end.
            if error != .interrupted { throw Failure(error, filter: filter) }
        }
        if let failure { throw failure }
    }

    private func failing<Value>(
        filter: String = "",
        _ call: () throws(AdminClientError) -> Value
    ) throws(Failure) -> Value {
        do throws(AdminClientError) {
            return try call()
        } catch {
            throw Failure(error, filter: filter)
        }
    }
}

/// A descriptor that becomes readable after a time.
private final class Alarm: Sendable {
    let descriptor: Int32
    private let task: Task<Void, Never>

    init(_ time: Duration) throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Failure(.failed, "cannot make a pipe: \(systemError(errno))") }
        let (readEnd, writeEnd) = (ends[0], ends[1])
        self.descriptor = readEnd
        self.task = Task.detached {
            try? await Task.sleep(for: time)
            close(writeEnd)  // the end of input is readable
        }
    }

    deinit {
        self.task.cancel()
        close(self.descriptor)
    }
}

extension Failure {
    /// - Parameter filter: The one that the request had: an error within it shows the place.
    init(_ error: AdminClientError, filter: String = "") {
        let hints = error.hint.map { [$0] } ?? []
        switch error {
        case .badEndpoint: self.init(.usage, error.description, hints: hints)
        case .notFound, .unreachable: self.init(.unreachable, error.description, hints: hints)
        case .timedOut: self.init(.timedOut, error.description, hints: hints)
        case .interrupted: self.init(.timedOut, "timed out", hints: hints)
        case .refused(let refusal, let detail):
            var hints = hints
            if let offset = detail?.offset, !filter.isEmpty { hints += Self.pointer(into: filter, at: Int(offset)) }
            if detail?.code == "read_only" { hints = ["use the admin socket: --admin unix:/PATH"] }
            if refusal.code == .notFound, let kind = detail?.kind, let command = lists[kind] {
                hints.append("see: fluxctl \(command)")
            }
            self.init(ExitCode(refusal.code, detail?.code), error.description, hints: hints)
            self.code = detail.map(\.code).flatMap { $0.isEmpty ? nil : $0 }
            if let detail, !detail.id.isEmpty { self.resource = Resource(kind: detail.kind.name, name: detail.id) }
        }
    }

    /// The filter, and a mark below the place that is wrong.
    private static func pointer(into filter: String, at offset: Int) -> [String] {
        // Positions hold only where every byte is one cell.
        guard offset <= filter.utf8.count, filter.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return [] }
        return [filter, String(repeating: " ", count: offset) + "^"]
    }
}

/// Where the names of a kind are listed.
private let lists: [AdminV1.Kind: String] = [
    .connection: "conn ls", .session: "session ls", .retained: "retained ls", .listener: "listener ls", .ban: "ban ls",
    .config: "config show",
]

extension ExitCode {
    /// - Parameter detail: The stable word of the error's detail.
    init(_ code: RPCCode, _ detail: String?) {
        switch code {
        case .invalidArgument, .outOfRange:
            // What was typed as a flag is usage; what was in a file is bad input.
            switch detail {
            case "bad_filter", "bad_sort", "bad_cursor", "unknown_field", "bad_request": self = .usage
            case "unknown_kind", "unknown_verb": self = .unsupported
            default: self = .badInput
            }
        case .deadlineExceeded: self = .timedOut
        case .notFound: self = .notFound
        case .alreadyExists, .failedPrecondition, .aborted: self = .conflict
        case .permissionDenied, .unauthenticated: self = .notPermitted
        case .unavailable: self = .unreachable
        case .unimplemented: self = .unsupported
        case .ok, .cancelled, .unknown, .resourceExhausted, .internal, .dataLoss: self = .failed
        }
    }
}
