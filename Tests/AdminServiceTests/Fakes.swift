import AdminAPI
import AdminService
import HTTP
import Protobuf
import Query
import RPC
import Testing

/// Connections in a list. Answers wait until they are let go.
final class FakeBackend: AdminBackend {
    var connections: [AdminV1.Connection] = []
    var performed: [(verb: String, ids: [String], identity: String)] = []
    var rehearsed = 0
    var watched: [Set<AdminV1.Kind>] = []
    var scans = 0
    private var waiting: [() -> Void] = []

    func later(_ body: @escaping () -> Void) { self.waiting.append(body) }

    /// Gives all answers, and those to what they led to.
    func settle() {
        while !self.waiting.isEmpty {
            let ready = self.waiting
            self.waiting = []
            for body in ready { body() }
        }
    }

    func add(_ numbers: some Sequence<Int>, _ change: (inout AdminV1.Connection) -> Void = { _ in }) {
        for number in numbers {
            var row = AdminV1.Connection()
            row.id = "c\(number)"
            row.clientID = "client-\(number)"
            row.queued = UInt64(number)
            row.version = "v1"
            change(&row)
            self.connections.append(row)
        }
    }

    private func key(_ row: AdminV1.Connection) -> RowKey { RowKey(number: UInt64(row.id.dropFirst()) ?? 0) }

    func hello() -> AdminV1.HelloResponse {
        var hello = AdminV1.HelloResponse()
        hello.node = "n1"
        hello.bootID = "boot"
        hello.kinds = [
            (AdminV1.Kind.connection, ["close", "throttle"]), (.broker, []), (.config, ["reload", "set"]),
            (.ban, ["add", "lift"]), (.message, []),
        ]
        .map { kind, verbs in
            var info = AdminV1.KindInfo()
            info.kind = kind
            info.name = kind.name
            info.verbs = verbs
            return info
        }
        return hello
    }

    func scan(_ scan: Scan, _ answer: @escaping (Scan) -> Void) {
        self.scans += 1
        self.later {
            var scan = scan
            for row in self.connections { scan.visit(self.key(row), row) }
            answer(scan)
        }
    }

    func rows(
        _ kind: AdminV1.Kind,
        _ keys: [RowKey],
        fields: Set<Int>?,
        _ answer: @escaping ([AdminV1.Row]) -> Void
    ) {
        self.later {
            answer(
                keys.compactMap { key in
                    self.connections.first { self.key($0) == key }.map { connection in
                        var row = AdminV1.Row()
                        row.row = .connection(connection)
                        return row
                    }
                }
            )
        }
    }

    func row(_ kind: AdminV1.Kind, id: String, _ answer: @escaping (AdminV1.Row?) -> Void) {
        self.later {
            answer(
                self.connections.first { $0.id == id }.map { connection in
                    var row = AdminV1.Row()
                    row.row = .connection(connection)
                    return row
                }
            )
        }
    }

    func perform(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        by identity: String,
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        self.performed.append((request.verb, ids, identity))
        self.connections.removeAll { ids.contains($0.id) }
        self.later { answer(.success(self.response(ids))) }
    }

    func rehearse(
        _ request: AdminV1.DoRequest,
        on ids: [String],
        _ answer: @escaping (Result<AdminV1.DoResponse, RPCError>) -> Void
    ) {
        self.rehearsed += 1
        self.later { answer(.success(self.response(ids))) }
    }

    private func response(_ ids: [String]) -> AdminV1.DoResponse {
        var response = AdminV1.DoResponse()
        response.affected = UInt64(ids.count)
        response.ids = ids
        response.message = "\(ids.count) closed"
        return response
    }

    func watching(_ kinds: Set<AdminV1.Kind>) { self.watched.append(kinds) }
}

/// What a client was sent. It has room as long as a test says so.
final class FakeStream<Answer>: AnswerStream {
    var hasRoom = true
    var onReady: (() -> Void)?
    var onCancel: (() -> Void)?
    private(set) var answers: [Answer] = []
    private(set) var isFinished = false
    private(set) var error: RPCError?

    func send(_ answer: Answer) { self.answers.append(answer) }
    func finish() { self.isFinished = true }
    func fail(_ error: RPCError) { self.error = error }

    func takeAll() -> [Answer] {
        defer { self.answers = [] }
        return self.answers
    }
}

/// A service whose clocks stand still until they are moved.
struct Bench {
    let backend = FakeBackend()
    let timers = Timers(now: 0)
    let history = SeriesStore([
        SeriesStore.Definition("messages_in", unit: "1/s", "Messages that came.", fold: .average),
        SeriesStore.Definition("connections", unit: "1", "Connections.", fold: .last),
    ])
    let events: RecordRing<AdminV1.Event>
    let log = RecordRing<AdminV1.LogRecord>(wake: {})
    let service: AdminService

    static let root = AdminService.Caller(identity: "uid 0 (pid 1)", canChange: true)
    static let reader = AdminService.Caller(identity: "http 127.0.0.1:4711", canChange: false)

    init(events: RecordRing<AdminV1.Event> = RecordRing(wake: {})) {
        self.events = events
        let timers = self.timers
        var cpu: UInt64 = 0
        self.service = AdminService(
            backend: self.backend,
            timers: timers,
            clocks: AdminService.Clocks(
                wall: { Timestamp(seconds: 1_795_356_127 + Int64(timers.now / 1_000)) },
                cpu: {
                    cpu += 7
                    return cpu
                }
            ),
            history: self.history,
            events: events,
            log: self.log
        )
    }

    func advance(by milliseconds: UInt64) {
        self.timers.run(now: self.timers.now + milliseconds)
        self.backend.settle()
    }

    func list(_ change: (inout AdminV1.Query) -> Void) -> Result<AdminV1.ListResponse, RPCError> {
        var request = AdminV1.ListRequest()
        request.query = connectionQuery(change)
        var answers: [Result<AdminV1.ListResponse, RPCError>] = []
        self.service.list(request) { answers.append($0) }
        self.backend.settle()
        #expect(answers.count == 1, "each call is answered once")
        return answers[0]
    }

    /// Begins so many lists and leaves them under way, until the backend settles.
    func occupy(_ count: Int) {
        var request = AdminV1.ListRequest()
        request.query = connectionQuery { _ in }
        for _ in 0..<count { self.service.list(request) { #expect($0.error == nil) } }
    }

    func series(_ name: String) -> Result<AdminV1.SeriesResponse, RPCError> {
        var request = AdminV1.SeriesRequest()
        request.names = [name]
        return self.service.series(request)
    }

    func get(_ id: String, _ kind: AdminV1.Kind = .connection) -> Result<AdminV1.GetResponse, RPCError> {
        var request = AdminV1.GetRequest()
        request.kind = kind
        request.id = id
        var answers: [Result<AdminV1.GetResponse, RPCError>] = []
        self.service.get(request) { answers.append($0) }
        self.backend.settle()
        #expect(answers.count == 1, "each call is answered once")
        return answers[0]
    }

    func `do`(
        by caller: AdminService.Caller = Bench.root,
        _ change: (inout AdminV1.DoRequest) -> Void
    ) -> Result<AdminV1.DoResponse, RPCError> {
        var request = AdminV1.DoRequest()
        request.kind = .connection
        request.verb = "close"
        change(&request)
        var answers: [Result<AdminV1.DoResponse, RPCError>] = []
        self.service.do(request, by: caller) { answers.append($0) }
        self.backend.settle()
        #expect(answers.count == 1, "each call is answered once")
        return answers[0]
    }

    func watch(_ interval: UInt32 = 0, _ change: (inout AdminV1.Query) -> Void = { _ in }) -> FakeStream<
        AdminV1.WatchResponse
    > {
        var request = AdminV1.WatchRequest()
        request.query = connectionQuery(change)
        request.intervalMs = interval
        let stream = FakeStream<AdminV1.WatchResponse>()
        self.service.watch(request, stream)
        self.backend.settle()
        return stream
    }

    func follow(_ change: (inout AdminV1.EventsRequest) -> Void) -> FakeStream<AdminV1.EventsResponse> {
        var request = AdminV1.EventsRequest()
        change(&request)
        let stream = FakeStream<AdminV1.EventsResponse>()
        self.service.events(request, stream)
        return stream
    }
}

func connectionQuery(_ change: (inout AdminV1.Query) -> Void) -> AdminV1.Query {
    var query = AdminV1.Query()
    query.kind = .connection
    change(&query)
    return query
}

extension Result where Failure == RPCError {
    var error: RPCError? { if case .failure(let error) = self { error } else { nil } }
    var value: Success? { try? self.get() }
}

extension RPCError {
    var detail: AdminV1.ErrorDetail? { self.details.first.flatMap { try? AdminV1.ErrorDetail(serialized: $0.value) } }
}
