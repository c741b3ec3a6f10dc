import AdminAPI
import AdminClient
import Glibc
import Protobuf
import RPC
import RPCClient
import TopModel

/// The broker's answers over the admin protocol. Each attempt has a connection of its own, and looks for the daemon anew.
@MainActor
final class AdminSampler: Sampler {
    private let target: AdminTarget
    private var connection: AdminConnection?
    /// The daemon has said hello on ``connection``.
    private var isUp = false
    private var schedule = RetrySchedule()
    private var wanted = TopWanted()
    private var ledger = CallLedger()
    /// Calls that are under way.
    private var calls: [UInt64: RPCCall] = [:]
    /// When to ask again what is asked again and again.
    private var polls: [UInt64: UInt64] = [:]
    /// What is being done; answered with an error if the connection goes.
    private var deeds: [AdminV1.DoRequest] = []
    private var inbox: [TopInput] = []
    private var now: UInt64

    /// For the answer to hello, and for each answer to a question that is not a stream. Unit: milliseconds.
    private static let helloTimeout: UInt64 = 5_000
    private static let answerTimeout: UInt64 = 20_000

    init(_ target: AdminTarget, now: UInt64) {
        self.target = target
        self.now = now
        self.connect()
    }

    // MARK: What to poll

    var descriptor: Int32? { self.connection?.descriptor }
    var events: Int16 { self.connection?.events ?? 0 }

    var deadline: UInt64? {
        if !self.inbox.isEmpty { return self.now }
        return [self.connection?.deadline, self.schedule.nextAt, self.polls.values.min()].compactMap { $0 }.min()
    }

    func process(_ ready: Int16, now: UInt64) -> [TopInput] {
        self.now = now
        if let nextAt = self.schedule.nextAt, nextAt <= now { self.connect() }
        for (id, at) in self.polls where at <= now {
            self.polls[id] = nil
            if let request = self.ledger.started[id] { self.start(id, request) }
        }
        if let connection = self.connection {
            let isReadable = ready & Int16(POLLIN | POLLERR | POLLHUP | POLLNVAL) != 0
            let isWritable = ready & Int16(POLLOUT | POLLERR | POLLHUP | POLLNVAL) != 0
            connection.process(readable: isReadable, writable: isWritable, now: now)
            if self.isUp, connection === self.connection, connection.channel.state != .ready {
                self.lost(self.words(connection.channel.lastFailure ?? "the connection was lost", connection.endpoint))
            }
        }
        defer { self.inbox = [] }
        return self.inbox
    }

    // MARK: Connection

    func retry(now: UInt64) {
        guard self.schedule.nextAt != nil else { return }
        self.now = now
        self.connect()
    }

    func close() {
        self.connection?.close()
        self.connection = nil
    }

    private func connect() {
        self.schedule.trying()
        do throws(AdminClientError) {
            var settings = AdminConnection.Settings(client: "fluxtop \(TopProgram.version)")
            settings.keepalive = 10_000
            let connection = AdminConnection(try self.target.endpoint(), settings, now: self.now)
            self.connection = connection
            self.sayHello(connection)
        } catch {
            self.lost([error.description, error.hint].compactMap { $0 }.joined(separator: "; "))
        }
    }

    private func sayHello(_ connection: AdminConnection) {
        var request = AdminV1.HelloRequest()
        request.client = "fluxtop \(TopProgram.version)"
        var options = RPCCallOptions()
        options.timeout = Self.helloTimeout
        connection.channel.unary(AdminV1.AdminMethods.hello, request, options) { [weak self, weak connection] result in
            guard let self, let connection, connection === self.connection else { return }
            switch result {
            case .success(let hello): self.connected(hello)
            case .failure(let error):
                self.lost(self.words(connection.channel.lastFailure ?? error.message, connection.endpoint))
            }
        }
    }

    private func connected(_ hello: AdminV1.HelloResponse) {
        self.isUp = true
        self.schedule.succeeded()
        self.inbox.append(.connected(hello))
        self.run(self.wanted, now: self.now)
    }

    /// No connection: everything that was asked is forgotten, and the next attempt has its time.
    private func lost(_ reason: String) {
        self.isUp = false
        self.calls = [:]
        self.polls = [:]
        self.ledger.clear()
        let connection = self.connection
        self.connection = nil
        // What calls on this connection failed with says no more than that it is gone.
        self.inbox.removeAll { if case .failed = $0 { true } else { false } }
        connection?.close()
        for request in self.deeds {
            self.inbox.append(.done(request, .failure(TopFailure(code: "unavailable", message: reason))))
        }
        self.deeds = []
        self.schedule.failed(now: self.now)
        self.inbox.append(
            .disconnected(
                TopOutage(reason: reason, attempt: self.schedule.attempt, retryAt: self.schedule.nextAt ?? self.now)
            )
        )
    }

    private func words(_ reason: String, _ endpoint: AdminEndpoint) -> String {
        let error = AdminClientError.unreachable(endpoint, reason: reason)
        return [reason, error.hint].compactMap { $0 }.joined(separator: "; ")
    }

    // MARK: Calls

    func run(_ wanted: TopWanted, now: UInt64) {
        self.wanted = wanted
        self.now = now
        guard self.isUp else { return }
        let steps = self.ledger.steps(toward: wanted)
        for id in steps.cancel {
            self.calls.removeValue(forKey: id)?.cancel()
            self.polls[id] = nil
        }
        for call in steps.start { self.start(call.id, call.request) }
    }

    private func start(_ id: UInt64, _ request: TopCall.Request) {
        guard let channel = self.connection?.channel else { return }
        switch request {
        case .watch(let request):
            self.calls[id] = channel.serverStreaming(
                AdminV1.AdminMethods.watch,
                request,
                onMessage: { [weak self] in self?.inbox.append(.watch(id, $0)) },
                onEnd: { [weak self] in self?.ended(id, $0) }
            )
        case .events(let request):
            self.calls[id] = channel.serverStreaming(
                AdminV1.AdminMethods.events,
                request,
                onMessage: { [weak self] in self?.inbox.append(.events(id, $0)) },
                onEnd: { [weak self] in self?.ended(id, $0) }
            )
        case .log(let request):
            self.calls[id] = channel.serverStreaming(
                AdminV1.AdminMethods.log,
                request,
                onMessage: { [weak self] in self?.inbox.append(.log(id, $0)) },
                onEnd: { [weak self] in self?.ended(id, $0) }
            )
        case .series(let request, let everyMs):
            self.ask(AdminV1.AdminMethods.series, request, id, everyMs) { .series(id, $0) }
        case .get(let request, let everyMs):
            self.ask(AdminV1.AdminMethods.get, request, id, everyMs) { .row(id, $0) }
        }
    }

    private func ask<Request: Message, Response: Message>(
        _ method: RPCMethod<Request, Response>,
        _ request: Request,
        _ id: UInt64,
        _ everyMs: UInt32,
        _ input: @escaping (Response) -> TopInput
    ) {
        guard let channel = self.connection?.channel else { return }
        var options = RPCCallOptions()
        options.timeout = Self.answerTimeout
        let askedAt = self.now
        self.calls[id] = channel.unary(method, request, options) { [weak self] result in
            guard let self, self.calls.removeValue(forKey: id) != nil else { return }
            switch result {
            case .success(let response):
                self.inbox.append(input(response))
                self.polls[id] = max(askedAt + UInt64(everyMs), self.now)
            case .failure(let error): self.inbox.append(.failed(id, TopFailure(error)))
            }
        }
    }

    /// A stream that ends in good order has said all there is.
    private func ended(_ id: UInt64, _ result: Result<Void, RPCError>) {
        guard self.calls.removeValue(forKey: id) != nil, case .failure(let error) = result else { return }
        self.inbox.append(.failed(id, TopFailure(error)))
    }

    func perform(_ request: AdminV1.DoRequest, now: UInt64) {
        self.now = now
        guard self.isUp, let channel = self.connection?.channel else {
            let failure = TopFailure(code: "unavailable", message: "there is no connection to fluxd")
            self.inbox.append(.done(request, .failure(failure)))
            return
        }
        self.deeds.append(request)
        var options = RPCCallOptions()
        options.timeout = Self.answerTimeout
        channel.unary(AdminV1.AdminMethods.do, request, options) { [weak self] result in
            guard let self, let index = self.deeds.firstIndex(of: request) else { return }
            self.deeds.remove(at: index)
            self.inbox.append(.done(request, result.mapError { TopFailure($0) }))
        }
    }
}

extension TopFailure {
    fileprivate init(_ error: RPCError) {
        let detail = error.details.first { $0.type == AdminV1.ErrorDetail.protoName }
            .flatMap { try? AdminV1.ErrorDetail(serialized: $0.value) }
        self.init(
            code: detail.map(\.code).flatMap { $0.isEmpty ? nil : $0 } ?? error.code.name,
            message: error.message.isEmpty ? error.code.name : error.message,
            hint: detail?.hint ?? "",
            offset: detail?.offset
        )
    }
}
