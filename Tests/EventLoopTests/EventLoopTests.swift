import EventLoop
import Machine
import Testing

@Suite("Event loop", .timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test("what is sent comes back, in one piece or many")
    func echo() async throws {
        try await TestLoops.with { loops in
            let client = loops.connect()
            client.send("hello")
            #expect(client.receiveText(5) == "hello")
            let large = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) | 0x80 }
            for start in stride(from: 0, to: large.count, by: 64 << 10) {
                let piece = Array(large[start..<(start + (64 << 10))])
                client.send(piece)
                #expect(client.receive(piece.count) == piece)
            }
        }
    }

    @Test("an answer longer than the sockets hold arrives whole, and then the end")
    func longAnswer() async throws {
        try await TestLoops.with { loops in
            let client = loops.connect()
            client.send("Q")
            #expect(client.receive(EchoMachine.longAnswer).count == EchoMachine.longAnswer)
            #expect(client.isAtEnd)
            await TestLoops.eventually("the stream is gone") { await loops.openStreams == 0 }
        }
    }

    @Test("streams are spread over the loops, and beyond a listener's maximum closed at once")
    func spread() async throws {
        try await TestLoops.with(shards: 2, maximum: 3) { loops in
            let clients = (0..<3).map { _ in loops.connect() }
            for client in clients {
                client.send("x")
                #expect(client.receiveText(1) == "x")
            }
            var loads: [Int] = []
            for host in loops.hosts { loads.append(await host.openStreams) }
            #expect(loads.sorted() == [1, 2])
            #expect(loops.connect().isAtEnd)
        }
    }

    @Test("a stream moves to another loop with what nobody had read")
    func moves() async throws {
        try await TestLoops.with(shards: 2) { loops in
            let client = loops.connect()
            client.send("Move me")
            #expect(client.receiveText(7) == "Move me")
            var arrived = 0
            for host in loops.hosts { arrived += await host.perform { $0.arrived } }
            #expect(arrived == 1)
        }
    }
}
