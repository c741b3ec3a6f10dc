import AdminAPI
import AdminClient
import EventLoop
import Glibc
import RPC
import RPCClient
import Synchronization
import Testing

@Suite("Admin client: calls that wait", .serialized, .timeLimit(.minutes(2)))
struct AdminClientTests {
    private func client(_ path: String) throws(AdminClientError) -> AdminClient {
        AdminClient(try AdminEndpoint(parsing: path, source: nil), client: "test 1.0")
    }

    private func failure<Value>(_ body: () throws(AdminClientError) -> Value) -> AdminClientError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("calls are answered one after the other on one connection, and the daemon knows who asks")
    func calls() async throws {
        try await TestDaemon.with { daemon, path in
            let client = try self.client(path)
            let hello = try client.hello()
            #expect(hello.bootID == "boot")
            #expect(hello.identity == "uid \(getuid()) (pid \(getpid()))")
            var request = AdminV1.ListRequest()
            var query = AdminV1.Query()
            query.filter = "state=slow"
            request.query = query
            for _ in 0..<100 { #expect(try client.list(request).total == 3) }
            #expect(daemon.requests.prefix(2) == ["hello test 1.0", "list state=slow"])
            #expect(await daemon.openStreams == 1)
        }
    }

    @Test(
        "the HTTP listener is asked in the same way, by name or by number",
        arguments: ["tcp://localhost", "http://127.0.0.1"]
    )
    func tcp(address: String) async throws {
        let daemon = try await TestDaemon(
            listeningAt: SocketAddress.resolve(host: "127.0.0.1", port: 0),
            bootID: "over TCP"
        )
        let client = try self.client("\(address):\(daemon.port ?? 0)")
        let hello = try client.hello()
        #expect(hello.bootID == "over TCP")
        #expect(hello.identity.hasPrefix("127.0.0.1:"))
        await daemon.stop()
        let error = self.failure { () throws(AdminClientError) in try client.hello() }
        #expect(error?.description.hasPrefix("cannot reach fluxd at \(address)") == true)
    }

    @Test("a refusal has the daemon's words, its detail and a hint")
    func refused() async throws {
        try await TestDaemon.with { _, path in
            var request = AdminV1.GetRequest()
            request.kind = .queue
            request.id = "oders"
            let error = self.failure { () throws(AdminClientError) in try self.client(path).get(request) }
            #expect(error?.description == "queue 'oders' not found")
            #expect(error?.hint == "did you mean 'orders'?")
            guard case .refused(let status, let detail) = error else {
                Issue.record("it was not refused: \(String(describing: error))")
                return
            }
            #expect(status.code == .notFound)
            #expect(detail?.code == "not_found" && detail?.kind == .queue && detail?.id == "oders")
        }
    }

    @Test(
        "a socket that is not there, or that nobody listens on, is unreachable at once, with the reason and what to do"
    )
    func unreachable() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            let missing = self.failure { () throws(AdminClientError) in try self.client(path).hello() }
            #expect(missing?.description == "cannot reach fluxd at \(path): No such file or directory")
            #expect(missing?.hint == "there is no such socket: is fluxd running?")
            do { _ = try RawListener(at: path) }
            let dead = self.failure { () throws(AdminClientError) in try self.client(path).hello() }
            #expect(dead?.description == "cannot reach fluxd at \(path): Connection refused")
            #expect(dead?.hint == "the socket is there and nobody listens: fluxd is not running")
        }
    }

    @Test("a client may ask again after it was not answered")
    func again() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            let client = try self.client(path)
            #expect(self.failure { () throws(AdminClientError) in try client.hello() } != nil)
            let daemon = try await TestDaemon(at: path, bootID: "late")
            #expect(try client.hello().bootID == "late")
            await daemon.stop()
        }
    }

    @Test("what answers and is no daemon is said to be none")
    func notGRPC() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            let listener = try RawListener(at: path)
            let client = try self.client(path)
            let server = TestThread { listener.accept(saying: "HTTP/1.1 400 Bad Request\r\n\r\n") }
            let error = self.failure { () throws(AdminClientError) in try client.hello() }
            #expect(error?.description == "cannot reach fluxd at \(path): what answers there does not speak gRPC")
            server.join()
        }
    }

    @Test("no answer ends with the timeout, whether somebody accepts or not")
    func timedOut() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            let listener = try RawListener(at: path)
            let client = try self.client(path)
            client.timeout = 30
            #expect(
                self.failure { () throws(AdminClientError) in try client.hello() }
                    == .timedOut("no answer within 30 ms")
            )
            withExtendedLifetime(listener) {}
        }
        try await TestDaemon.with { _, path in
            let client = try self.client(path)
            client.timeout = 30
            let error = self.failure { () throws(AdminClientError) in try client.series(AdminV1.SeriesRequest()) }
            // The daemon knows the deadline too, and may be the first to say so.
            if case .timedOut = error {} else { Issue.record("\(String(describing: error))") }
            client.timeout = 10_000
            #expect(try client.hello().bootID == "boot", "the connection was given up with the call")
        }
    }

    @Test("a deadline counts from the call, not from when something last happened on the connection")
    func oldConnection() async throws {
        try await TestDaemon.with { _, path in
            let start = AdminClock.now()
            let endpoint = try AdminEndpoint(parsing: path, source: nil)
            // As if the connection had lain idle since the machine was started.
            let connection = AdminConnection(endpoint, .init(client: "test 1.0"), now: 0)
            var options = RPCCallOptions()
            options.timeout = 60_000
            connection.channel.unary(AdminV1.AdminMethods.hello, AdminV1.HelloRequest(), options) { _ in }
            #expect(connection.deadline.map { $0 >= start } == true)
            connection.process(readable: false, writable: false)
            #expect(connection.channel.openCalls == 1, "it timed out before it was sent")
            connection.close()
        }
    }

    @Test("the stop descriptor ends a call and a stream")
    func interrupted() async throws {
        try await TestDaemon.with { _, path in
            let (client, pipe) = (try self.client(path), try StopPipe())
            client.stopDescriptor = pipe.readEnd
            let watch = self.failure { () throws(AdminClientError) in
                try client.watch(AdminV1.Query()) { response in
                    if response.seq == 3 { pipe.stop() }
                    return .goOn
                }
            }
            #expect(watch == .interrupted)
            #expect(self.failure { () throws(AdminClientError) in try client.hello() } == .interrupted)
        }
    }
}

@Suite("Admin client: streams", .serialized, .timeLimit(.minutes(2)))
struct AdminClientStreamTests {
    private func client(_ path: String) throws(AdminClientError) -> AdminClient {
        AdminClient(try AdminEndpoint(parsing: path, source: nil), client: "test 1.0")
    }

    @Test("a watch is a loop that its body ends; the daemon hears of it, and the client may call others from inside")
    func watch() async throws {
        try await TestDaemon.with { daemon, path in
            let client = try self.client(path)
            var seqs: [UInt64] = []
            try client.watch(AdminV1.Query(), interval: 250) { response in
                seqs.append(response.seq)
                #expect((try? client.hello().bootID) == "boot")
                return seqs.count == 3 ? .stop : .goOn
            }
            #expect(seqs == [1, 2, 3])
            _ = try client.hello()
            #expect(daemon.requests.first == "watch 250")
            #expect(daemon.requests.contains("watch cancelled"))
        }
    }

    @Test("a stream that the daemon ends is a loop that ends")
    func ended() async throws {
        try await TestDaemon.with { _, path in
            var request = AdminV1.EventsRequest()
            request.fromSeq = 7
            var seqs: [UInt64] = []
            try self.client(path).events(request) { response in
                seqs += response.events.map(\.seq)
                return .goOn
            }
            #expect(seqs == [7, 8])
        }
    }

    /// Runs a client beside a daemon that goes when it was heard `first` times, and comes back with another boot id.
    private func restarting(
        _ second: String,
        first: Int,
        _ body: @escaping @Sendable (AdminClient, Seen) throws(AdminClientError) -> Void,
        until isDone: (Seen) -> Bool
    ) async throws -> (seen: [String], requests: [String]) {
        let (seen, pipe) = (Seen(), try StopPipe())
        var requests: [String] = []
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            let daemon = try await TestDaemon(at: path, bootID: "A")
            let thread = TestThread {
                do throws(AdminClientError) {
                    let client = try self.client(path)
                    client.stopDescriptor = pipe.readEnd
                    client.onConnectionChange = { seen.add($0 == nil ? "back" : "lost") }
                    try body(client, seen)
                    seen.add("ended")
                } catch {
                    seen.add("\(error)")
                }
            }
            await eventually("the first daemon was heard") { seen.all.count == first }
            await daemon.stop()
            await eventually("the loss was noticed") { seen.all.contains("lost") }
            let next = try await TestDaemon(at: path, bootID: second)
            await eventually("the second daemon was heard") { isDone(seen) }
            pipe.stop()
            thread.join()
            requests = next.requests
            await next.stop()
        }
        return (seen.all, requests)
    }

    @Test("a watch that reconnects begins anew with the whole result of the daemon that came back")
    func reconnects() async throws {
        let (seen, _) = try await self.restarting("B", first: 3) { client, seen throws(AdminClientError) in
            try client.watch(AdminV1.Query(), reconnects: true) { response in
                seen.add("\(response.order.first ?? "")\(response.seq)")
                return .goOn
            }
        } until: {
            $0.all.contains("B3")
        }
        #expect(seen == ["A1", "A2", "A3", "lost", "back", "B1", "B2", "B3", "interrupted"])
    }

    @Test(
        "events that are followed go on where they were; from the first on when fluxd was started anew",
        arguments: [("A", "events from 9"), ("B", "events from 1")]
    )
    func resumes(second: String, request: String) async throws {
        let (seen, requests) = try await self.restarting(second, first: 1) { client, seen throws(AdminClientError) in
            var request = AdminV1.EventsRequest()
            request.fromSeq = 7
            request.follow = true
            try client.events(request, reconnects: true) { response in
                seen.add("\(response.nextSeq)")
                return .goOn
            }
        } until: {
            $0.all.count >= 4
        }
        #expect(requests == ["hello test 1.0", request])
        #expect(seen.prefix(3) == ["9", "lost", "back"])
        #expect(seen.last == "interrupted")
    }

    @Test("without being asked to reconnect a stream ends with the loss")
    func lost() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            let daemon = try await TestDaemon(at: path, bootID: "A")
            let seen = Seen()
            let thread = TestThread {
                do throws(AdminClientError) {
                    try self.client(path)
                        .watch(AdminV1.Query()) {
                            seen.add("\($0.seq)")
                            return .goOn
                        }
                } catch {
                    seen.add("\(error)")
                }
            }
            await eventually("it watches") { seen.all.count == 3 }
            await daemon.stop()
            thread.join()
            #expect(seen.all.last == "cannot reach fluxd at \(path): fluxd closed the connection")
        }
    }
}

@Suite("Admin connection: beside others in a poll loop", .serialized, .timeLimit(.minutes(2)))
struct AdminConnectionTests {
    /// The program's loop, with nothing else in it.
    private func run(_ connection: AdminConnection, until isDone: () -> Bool) {
        while !isDone() {
            var entry = pollfd(fd: connection.descriptor ?? -1, events: connection.events, revents: 0)
            let now = AdminClock.now()
            let wait = connection.deadline.map { Int32(clamping: $0 > now ? $0 - now : 0) } ?? 10_000
            #expect(poll(&entry, 1, wait) > 0 || connection.deadline != nil, "nothing happens any more")
            let readable = entry.revents & Int16(POLLIN | POLLERR | POLLHUP) != 0
            connection.process(readable: readable, writable: entry.revents & Int16(POLLOUT) != 0)
        }
    }

    @Test("several calls and a stream share one connection, which costs nothing while nothing happens")
    func several() async throws {
        try await TestDaemon.with { daemon, path in
            let connection = AdminConnection(try AdminEndpoint(parsing: path, source: nil), .init(client: "test 1.0"))
            #expect(connection.descriptor == nil && connection.deadline == nil)
            var seqs: [UInt64] = []
            var hellos = 0
            let watch = connection.channel.serverStreaming(
                AdminV1.AdminMethods.watch,
                AdminV1.WatchRequest(),
                onMessage: { seqs.append($0.seq) },
                onEnd: { _ in Issue.record("the stream ended") }
            )
            for _ in 0..<10 {
                connection.channel.unary(AdminV1.AdminMethods.hello, AdminV1.HelloRequest()) { result in
                    if case .success = result { hellos += 1 }
                }
            }
            self.run(connection) { hellos == 10 && seqs.count == 3 }
            #expect(await daemon.openStreams == 1)
            watch.cancel()
            connection.process(readable: false, writable: false)
            #expect(connection.deadline == nil)
            #expect(connection.events == Int16(POLLIN))
        }
    }

    @Test("a connection that is to stay looks for the daemon without being asked, and says where it stands")
    func stays() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/admin.sock"
            var settings = AdminConnection.Settings(client: "test 1.0")
            settings.staysConnected = true
            settings.backoff.initial = 1
            settings.backoff.maximum = 2
            let connection = AdminConnection(try AdminEndpoint(parsing: path, source: nil), settings)
            self.run(connection) { connection.channel.lastFailure != nil }
            #expect(connection.channel.lastFailure == "No such file or directory")
            let daemon = try await TestDaemon(at: path, bootID: "A")
            self.run(connection) { connection.channel.state == .ready && connection.channel.lastFailure == nil }
            await daemon.stop()
            self.run(connection) { connection.channel.lastFailure != nil }
            #expect(connection.channel.state != .ready)
            connection.close()
            #expect(connection.descriptor == nil)
        }
    }
}
