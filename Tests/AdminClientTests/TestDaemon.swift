import AdminAPI
import EventLoop
import Glibc
import HTTP
import Machine
import Protobuf
import RPC
import RPCServer
import Synchronization
import Testing
import WebServer

/// What clients see of a daemon: the admin service with answers that a test can foresee, on a unix socket.
final class TestDaemon: Sendable {
    private let host: LoopHost<WebMachine>
    private let listener: Listener
    private let log = Mutex<[String]>([])

    /// What was asked, in order.
    var requests: [String] { self.log.withLock { $0 } }
    fileprivate func note(_ request: String) { self.log.withLock { $0.append(request) } }

    /// - Parameter bootID: Also the name of every row.
    convenience init(at path: String, bootID: String) async throws {
        try await self.init(listeningAt: SocketAddress(unixPath: path, mode: 0o600), bootID: bootID)
    }

    init(listeningAt address: SocketAddress, bootID: String) async throws {
        let settings = Listener.Settings(index: 0, name: "admin", maximum: 0, writeTimeout: 10_000)
        self.listener = try Listener(settings, at: address)
        let inboxes = LoopHost<WebMachine>.makeInboxes(1)
        self.host = LoopHost(index: 0, inboxes: inboxes, machine: WebMachine()) { _ in }
        self.host.eventLoop.start()
        await self.host.perform { machine in
            let service = TestAdmin(machine.timers, bootID: bootID) { [unowned self] in self.note($0) }
            machine.serve(
                listener: 0,
                site: WebSite(requiresLoopbackHost: true) { service.router.handler(for: $0, stream: $1) }
            )
        }
        await self.host.accept(self.listener)
    }

    func stop() async {
        await self.host.stopAccepting()
        await self.host.closeStreams()
        self.host.eventLoop.stop()
    }

    /// nil on a unix socket.
    var port: UInt16? { self.listener.address.port }
    var openStreams: Int { get async { await self.host.openStreams } }

    static func with(bootID: String = "boot", _ body: (TestDaemon, String) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            let daemon = try await TestDaemon(at: path, bootID: bootID)
            try await body(daemon, path)
            await daemon.stop()
        }
    }
}

/// Lives on the daemon's loop.
private final class TestAdmin {
    let router: RPCRouter
    /// Streams that go on until their client leaves.
    private var watches: [RPCServerStream<AdminV1.WatchResponse>] = []
    private var followers: [RPCServerStream<AdminV1.EventsResponse>] = []

    init(_ timers: Timers, bootID: String, note: @escaping (String) -> Void) {
        self.router = RPCRouter(timers: timers)
        self.router.unary(AdminV1.AdminMethods.hello) { request, context, reply in
            note("hello \(request.client)")
            var response = AdminV1.HelloResponse()
            response.bootID = bootID
            response.identity = context.peer.description
            reply(.success(response))
        }
        self.router.unary(AdminV1.AdminMethods.list) { request, _, reply in
            note("list \(request.query.map(\.filter) ?? "")")
            var response = AdminV1.ListResponse()
            response.total = 3
            reply(.success(response))
        }
        self.router.unary(AdminV1.AdminMethods.get) { request, _, reply in
            var detail = AdminV1.ErrorDetail()
            detail.code = "not_found"
            detail.kind = request.kind
            detail.id = request.id
            detail.hint = "orders"
            let bytes = RPCError.Detail(type: AdminV1.ErrorDetail.protoName, value: detail.serialized())
            reply(.failure(RPCError(.notFound, "queue '\(request.id)' not found", details: [bytes])))
        }
        self.router.unary(AdminV1.AdminMethods.series) { _, _, _ in note("series, which is never answered") }
        self.router.serverStreaming(AdminV1.AdminMethods.watch) { [unowned self] request, stream in
            note("watch \(request.intervalMs)")
            stream.onCancel = { note("watch cancelled") }
            for seq in 1...3 {
                var response = AdminV1.WatchResponse()
                response.seq = UInt64(seq)
                response.order = [bootID]
                stream.send(response)
            }
            self.watches.append(stream)
        }
        self.router.serverStreaming(AdminV1.AdminMethods.events) { [unowned self] request, stream in
            note("events from \(request.fromSeq)")
            var response = AdminV1.EventsResponse()
            for seq in request.fromSeq..<(request.fromSeq + 2) {
                var event = AdminV1.Event()
                event.seq = seq
                event.node = bootID
                response.events.append(event)
            }
            response.nextSeq = request.fromSeq + 2
            stream.send(response)
            if request.follow { self.followers.append(stream) } else { stream.finish() }
        }
    }
}

/// A directory of its own, gone at the end with what is in it.
func withTemporaryDirectory(_ body: (String) async throws -> Void) async throws {
    var template = Array("/tmp/fluxmq-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        unlink(path + "/admin.sock")
        rmdir(path)
    }
    try await body(path)
}

/// Asks until it is so, for ten seconds at most.
func eventually(
    _ what: Comment,
    at location: SourceLocation = #_sourceLocation,
    _ condition: () async -> Bool
) async {
    let end = ContinuousClock.now + .seconds(10)
    // Looked at before the clock: where all threads for tasks are busy, a sleep of a millisecond may last a minute.
    while await !condition() {
        guard ContinuousClock.now < end else {
            Issue.record(what, sourceLocation: location)
            return
        }
        try? await Task.sleep(for: .milliseconds(1))
    }
}
