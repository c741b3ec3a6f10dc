import EventLoop
import Glibc
import Machine
import Synchronization
import Testing

@Suite("Event loop", .serialized, .timeLimit(.minutes(2)))
struct EventLoopTests {
    @Test("bytes come back over TCP, on a port that the kernel chose")
    func tcp() async throws {
        try await TestLoops.with { loops in
            #expect(loops.listener.address.port != 0)
            let client = loops.connect()
            for text in ["hello", "again"] {
                client.send(text)
                #expect(client.receiveText(5) == text)
            }
        }
    }

    @Test("bytes come back over a unix socket, and a dead daemon's socket file is no obstacle")
    func unixSocket() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/socket"
            let dead = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            #expect(bound == 0)
            close(dead)
            #expect(access(path, F_OK) == 0)
            try await TestLoops.with(at: SocketAddress(unixPath: path)) { _ in
                let client = TestClient(unixPath: path)
                client.send("over a file")
                #expect(client.receiveText(11) == "over a file")
            }
        }
    }

    @Test("a port that is taken is refused with the reason")
    func portInUse() async throws {
        try await TestLoops.with { loops in
            let taken = try SocketAddress.resolve(host: "127.0.0.1", port: loops.listener.address.port ?? 0)
            let settings = Listener.Settings(index: 1, name: "second", maximum: 0, writeTimeout: 1_000)
            #expect(throws: TransportError.self) { try Listener(settings, at: taken) }
        }
    }

    @Test("writes far larger than the socket's buffers arrive whole and in order")
    func largeWrites() async throws {
        try await TestLoops.with { loops in
            let client = loops.connect()
            let bytes = (0..<(6 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 8) }
            client.send([0] + bytes)
            let back = client.receive(bytes.count + 1)
            #expect(back.count == bytes.count + 1)
            #expect(Array(back.dropFirst()) == bytes)
        }
    }

    @Test("what the client has read counts as output no more, however much waits behind it")
    func countedOutput() async throws {
        try await TestLoops.with { loops in
            let client = loops.connect()
            let size = 1 << 20
            for _ in 0..<48 { client.send(Array("L".utf8) + [0, 16, 0, 0] + Array(repeating: 1, count: size)) }
            await TestLoops.eventually("not all packets came") { await loops.hosts[0].perform { $0.blocks } == 48 }
            #expect(client.receive(24 * size).count == 24 * size)
            await TestLoops.eventually("what was read still counts") {
                await loops.hosts[0].perform { $0.effects.pendingOutput } <= 25 * size
            }
        }
    }

    @Test("a last answer longer than the sockets hold is read whole before the end, unread input notwithstanding")
    func closeAfterWriting() async throws {
        try await TestLoops.with { loops in
            let client = loops.connect()
            client.send("Q and more that nobody reads")
            #expect(client.receive(EchoMachine.longAnswer).count == EchoMachine.longAnswer)
            #expect(client.isAtEnd)
            await TestLoops.eventually("the stream is gone") { await loops.openStreams == 0 }
            #expect(await loops.hosts[0].perform { $0.closed } == 1)
        }
    }

    @Test("a client that says it is done is let go")
    func halfClose() async throws {
        try await TestLoops.with { loops in
            let client = loops.connect()
            client.send("x")
            #expect(client.receiveText(1) == "x")
            client.finish()
            #expect(client.isAtEnd)
            await TestLoops.eventually("the stream is gone") { await loops.openStreams == 0 }
        }
    }

    @Test("streams over the limit are closed at once, and one that goes makes room")
    func limit() async throws {
        try await TestLoops.with(maximum: 2) { loops in
            let kept = [loops.connect(), loops.connect()]
            for client in kept {
                client.send("x")
                #expect(client.receiveText(1) == "x")
            }
            #expect(loops.connect().isAtEnd)
            kept[0].finish()
            #expect(kept[0].isAtEnd)
            await TestLoops.eventually("there is room") { loops.listener.open.load(ordering: .relaxed) == 1 }
            let next = loops.connect()
            next.send("y")
            #expect(next.receiveText(1) == "y")
        }
    }

    @Test("streams are spread over the loops, as many on each")
    func spread() async throws {
        try await TestLoops.with(shards: 3) { loops in
            let clients = (0..<30).map { _ in loops.connect() }
            for client in clients {
                client.send("x")
                #expect(client.receiveText(1) == "x")
            }
            for host in loops.hosts { #expect(await host.openStreams == 10) }
        }
    }

    @Test("a stream moves to another loop with the bytes that were read already")
    func moving() async throws {
        try await TestLoops.with(shards: 2) { loops in
            let clients = (0..<10).map { _ in loops.connect() }
            for client in clients { client.send("Moved!") }
            for client in clients { #expect(client.receiveText(6) == "Moved!") }
            for client in clients {
                client.send("more")
                #expect(client.receiveText(4) == "more")
            }
            var arrived = 0
            for host in loops.hosts { arrived += await host.perform { $0.arrived } }
            #expect(arrived == 10)
            await TestLoops.eventually("nothing stays behind") { await loops.openStreams == 10 }
            for host in loops.hosts { #expect(await host.perform { $0.closed } == 0) }
        }
    }

    @Test("a deadline is kept, and an actor's call runs on the loop's own thread")
    func deadlines() async throws {
        try await TestLoops.with { loops in
            let host = loops.hosts[0]
            await host.perform { $0.effects.deadline = $0.now + 20 }
            await TestLoops.eventually("the machine ticked") { await host.perform { $0.ticks } == 1 }
            #expect(await host.perform { _ in host.eventLoop.isCurrent })
            #expect(!host.eventLoop.isCurrent)
        }
    }

    @Test("loops stop and are joined with streams open and bytes under way")
    func stop() async throws {
        for _ in 0..<5 {
            try await TestLoops.with(shards: 2) { loops in
                let clients = (0..<4).map { _ in loops.connect() }
                for client in clients { client.send(Array(repeating: 7, count: 300_000)) }
            }
        }
    }
}
