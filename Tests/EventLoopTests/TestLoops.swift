import EventLoop
import Glibc
import Machine
import Synchronization
import Testing

/// Loops with echo machines, listening; stopped and joined at the end.
struct TestLoops: Sendable {
    let hosts: [LoopHost<EchoMachine>]
    let listener: Listener
    let reports: Reports

    static func with(
        shards: Int = 1,
        at address: SocketAddress? = nil,
        maximum: Int = 0,
        handshakeTimeout: UInt64 = 10_000,
        layers: (any LayerFactory)? = nil,
        admission: (any AdmissionControl)? = nil,
        _ body: (TestLoops) async throws -> Void
    ) async throws {
        signal(SIGPIPE, SIG_IGN)  // as every program that has a loop does
        let address = try address ?? SocketAddress.resolve(host: "127.0.0.1", port: 0)
        let settings = Listener.Settings(
            index: 0,
            name: "test",
            maximum: maximum,
            writeTimeout: 10_000,
            handshakeTimeout: handshakeTimeout,
            layers: layers,
            admission: admission
        )
        let listener = try Listener(settings, at: address)
        let inboxes = LoopHost<EchoMachine>.makeInboxes(shards)
        let reports = Reports()
        let hosts = (0..<shards).map { index in
            LoopHost(index: index, inboxes: inboxes, machine: EchoMachine(index: index, shards: shards)) {
                reports.add($0)
            }
        }
        for host in hosts { host.eventLoop.start() }
        await hosts[0].accept(listener)
        let loops = TestLoops(hosts: hosts, listener: listener, reports: reports)
        try await body(loops)
        await hosts[0].stopAccepting()
        for host in hosts { await host.closeStreams() }
        for host in hosts { host.eventLoop.stop() }
    }

    func connect() -> TestClient { TestClient(port: self.listener.address.port ?? 0) }

    var openStreams: Int {
        get async {
            var open = 0
            for host in self.hosts { open += await host.openStreams }
            return open
        }
    }

    /// Asks until it is so, for ten seconds at most.
    static func eventually(
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
}

/// What loops reported, in words.
final class Reports: Sendable {
    private let list = Mutex<[String]>([])

    var all: [String] { self.list.withLock { $0 } }

    func add(_ report: LoopReport) {
        let text =
            switch report {
            case .outOfDescriptors: "out of descriptors"
            case .writeTimeout: "write timeout"
            case .refused(let listener, _, let reason): "\(listener) refused: \(reason)"
            case .layerFailed(let listener, _, let reason, let isPeersFault, let wasOpen):
                "\(listener) failed\(wasOpen ? " when open" : ""): \(reason)\(isPeersFault ? ", the peer's fault" : "")"
            case .handshakeTimeout(let listener, _): "\(listener) handshake timeout"
            case .tooManyHandshakes(let listener, _): "\(listener) too many handshakes"
            }
        self.list.withLock { $0.append(text) }
    }
}

/// A blocking client socket; gives up after ten seconds.
final class TestClient {
    private let descriptor: Int32

    init(port: UInt16) {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        self.connect(to: address)
    }

    init(unixPath: String) {
        self.descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: unixPath.utf8) }
        self.connect(to: address)
    }

    deinit { close(self.descriptor) }

    private func connect<Address>(to address: Address) {
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(self.descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(self.descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        #expect(result == 0, "no connection: errno \(errno)")
    }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    self.descriptor,
                    $0.baseAddress.unsafelyUnwrapped + sent,
                    bytes.count - sent,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count <= 0 { return }
            sent += count
        }
    }

    func send(_ text: String) { self.send(Array(text.utf8)) }

    func finish() { shutdown(self.descriptor, Int32(SHUT_WR)) }

    /// So many bytes, or fewer when the stream ends before.
    func receive(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < count {
            let read = recv(self.descriptor, &piece, min(piece.count, count - bytes.count), 0)
            if read <= 0 { return bytes }
            bytes += piece[..<read]
        }
        return bytes
    }

    func receiveText(_ count: Int) -> String { String(decoding: self.receive(count), as: UTF8.self) }

    /// The peer closed in order: no error, no byte.
    var isAtEnd: Bool {
        var byte: UInt8 = 0
        return recv(self.descriptor, &byte, 1, 0) == 0
    }
}
