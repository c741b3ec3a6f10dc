import AdminAPI
import AdminServer
import AdminService
import HTTP
import Machine
import Protobuf
import Testing

/// What a handler answers, and who asks.
private final class FakeHTTPStream: HTTPServerStream {
    let peer: PeerAddress
    private(set) var status = 0
    private(set) var body: [UInt8] = []
    let pendingBytes = 0

    init(_ peer: PeerAddress) { self.peer = peer }

    func respond(_ head: HTTPResponseHead) { self.status = head.status }
    func write(_ body: [UInt8]) { self.body += body }
    func finish(trailers: HTTPFields) {}
    func reset(_ error: HTTPStreamError) {}
    func consumed(_ bytes: Int) {}
}

@Suite("Admin server")
struct AdminServerTests {
    static let root = PeerAddress.unix(UnixPeer(pid: 4_711, uid: 1_000, gid: 1_000))
    static let web = PeerAddress.ipv4(0x7F00_0001, port: 50_312)

    private func ask(_ bench: Bench, _ method: String, _ json: String, from peer: PeerAddress) -> (
        status: Int, body: String
    ) {
        let server = AdminServer(bench.service, timers: bench.timers)
        let stream = FakeHTTPStream(peer)
        let fields = HTTPFields(["content-type": "application/json"])
        let path = "/fluxmq.admin.v1.Admin/\(method)"
        let head = HTTPRequestHead(method: "POST", path: path, authority: "localhost", fields: fields)
        let handler = server.handler(for: head, stream: stream)
        let body = Array(json.utf8)
        handler?.received(body.span)
        handler?.ended()
        bench.backend.settle()
        return (stream.status, String(decoding: stream.body, as: UTF8.self))
    }

    @Test("the admin socket may change, anybody else only look")
    func rights() {
        #expect(AdminService.Caller(Self.root) == AdminService.Caller(identity: "uid 1000 (pid 4711)", canChange: true))
        #expect(
            AdminService.Caller(Self.web) == AdminService.Caller(identity: "http 127.0.0.1:50312", canChange: false)
        )
        #expect(!AdminService.Caller(.unix(nil)).canChange)
    }

    @Test("a change over TCP is refused, the same one over the socket is done")
    func changes() {
        let bench = Bench()
        bench.backend.add([1, 2])
        let request = #"{"kind":"KIND_CONNECTION","verb":"close","id":"c1"}"#
        let refused = self.ask(bench, "Do", request, from: Self.web)
        #expect(refused.status == 403)
        #expect(refused.body.contains("read_only"))
        #expect(bench.backend.connections.count == 2)
        #expect(self.ask(bench, "Do", request, from: Self.root).status == 200)
        #expect(bench.backend.connections.count == 1)
        #expect(
            bench.events.records(from: 1, limit: 10).records.map(\.identity) == [
                "http 127.0.0.1:50312", "uid 1000 (pid 4711)",
            ]
        )
    }

    @Test(
        "every method of the service has a handler",
        arguments: ["Hello", "List", "Get", "Watch", "Series", "Do", "Events", "Log"]
    )
    func methods(_ name: String) {
        let answer = self.ask(Bench(), name, "{}", from: Self.root)
        #expect(answer.status != 404 && answer.status != 501, "\(answer)")
    }

    @Test("another path is nobody's")
    func otherPaths() {
        let bench = Bench()
        let head = HTTPRequestHead(method: "GET", path: "/metrics", authority: "localhost")
        #expect(
            AdminServer(bench.service, timers: bench.timers).handler(for: head, stream: FakeHTTPStream(Self.web)) == nil
        )
    }
}
