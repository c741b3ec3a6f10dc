import EventLoop
import Glibc
import Machine
import Synchronization
import Testing

extension TestClient {
    /// Says hello to the lower of the toy layers, and sees it answered.
    func sayHello() {
        self.send("H")
        #expect(self.receiveText(1) == "h")
    }

    func sendFrames(_ bytes: [UInt8], size: Int = 1_000) {
        self.send(XorLayer.coded(FrameLayer.frames(bytes, size: size)))
    }

    func receiveFrame() -> (kind: FrameLayer.Kind?, payload: [UInt8]) {
        let head = XorLayer.coded(self.receive(3))
        guard head.count == 3 else { return (nil, []) }
        return (FrameLayer.Kind(rawValue: head[0]), XorLayer.coded(self.receive(Int(head[1]) << 8 | Int(head[2]))))
    }

    /// So many bytes of data, or fewer when something else comes.
    func receiveData(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let (kind, payload) = self.receiveFrame()
            if kind != .data { return bytes }
            bytes += payload
        }
        return bytes
    }
}

@Suite("Streams with layers", .serialized, .timeLimit(.minutes(2)))
struct LayeredStreamTests {
    private static let pattern = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 8) }

    @Test("bytes come back through two layers, and there is a peer, with their facts, only when both are open")
    func echo() async throws {
        try await TestLoops.with(layers: ToyFactory.two) { loops in
            let client = loops.connect()
            await TestLoops.eventually("the stream is there") { await loops.openStreams == 1 }
            #expect(await loops.hosts[0].perform { $0.opened } == 0)
            client.sayHello()
            for text in ["hello", "again"] {
                client.sendFrames(Array(text.utf8), size: 2)
                #expect(client.receiveData(5) == Array(text.utf8))
            }
            let facts = await loops.hosts[0].perform { $0.facts }
            #expect(facts.map(\.tls?.cipher) == ["xor"])
            #expect(facts.map(\.isWebSocket) == [true])
        }
    }

    @Test("megabytes go through two layers and come back whole, though the client reads only when it has sent all")
    func large() async throws {
        try await TestLoops.with(layers: ToyFactory.two) { loops in
            let client = loops.connect()
            client.sayHello()
            client.sendFrames([0] + Self.pattern, size: 50_000)
            #expect(client.receiveData(Self.pattern.count + 1) == [0] + Self.pattern)
        }
    }

    @Test("packets of any size are whole, large ones in a block of their own, with more behind them in the same read")
    func blocks() async throws {
        try await TestLoops.with(layers: ToyFactory.two) { loops in
            let client = loops.connect()
            client.sayHello()
            var (sent, expected): ([UInt8], [UInt8]) = ([], [])
            for size in [1, 40_000, 32 << 10, 7, 700_000, 300_000, 0, 2] {
                let body = Array(Self.pattern[..<size])
                sent += [UInt8(ascii: "L")] + (0..<4).map { UInt8(size >> (24 - 8 * $0) & 255) } + body
                expected += body
            }
            client.sendFrames(sent, size: 60_000)
            #expect(client.receiveData(expected.count) == expected)
            #expect(await loops.hosts[0].perform { $0.blocks } >= 2)
        }
    }

    @Test("a long answer arrives whole before the goodbyes of both layers, and the end behind them")
    func closing() async throws {
        try await TestLoops.with(layers: ToyFactory.two) { loops in
            let client = loops.connect()
            client.sayHello()
            client.sendFrames(Array("Q".utf8))
            #expect(client.receiveData(EchoMachine.longAnswer).allSatisfy { $0 == 81 })
            #expect(client.receiveFrame().kind == .close)
            #expect(client.receive(1) == [UInt8(ascii: "X") ^ 0xFF])
            #expect(client.isAtEnd)
            client.finish()
            await TestLoops.eventually("the stream is gone") { await loops.openStreams == 0 }
        }
    }

    @Test("a goodbye in a layer's own way is answered, and is the end for the peer")
    func goodbye() async throws {
        try await TestLoops.with(layers: ToyFactory.two) { loops in
            let client = loops.connect()
            client.sayHello()
            client.send(XorLayer.coded(FrameLayer.frame(.data, [1]) + FrameLayer.frame(.close)))
            #expect(client.receiveFrame().kind == .close)
            #expect(client.receive(1) == [UInt8(ascii: "X") ^ 0xFF])
            #expect(client.isAtEnd)
            #expect(await loops.hosts[0].perform { $0.closed } == 1)
        }
    }

    @Test("a layer's failure sends its last word, closes the stream, and is reported")
    func failure() async throws {
        try await TestLoops.with(layers: ToyFactory.two) { loops in
            let stranger = loops.connect()
            stranger.send("G")
            #expect(stranger.receiveText(8) == "no hello")
            #expect(stranger.isAtEnd)
            #expect(await loops.hosts[0].perform { $0.opened } == 0)
            let client = loops.connect()
            client.sayHello()
            client.send(XorLayer.coded(FrameLayer.frame(.wrong)))
            #expect(client.receiveFrame().kind == .wrong)
            #expect(client.receive(1) == [UInt8(ascii: "X") ^ 0xFF])
            #expect(client.isAtEnd)
            #expect(await loops.hosts[0].perform { $0.closed } == 1)
            let expected = ["failed: no hello, but 71", "failed when open: a frame of kind 4"]
            #expect(loops.reports.all == expected.map { "test \($0), the peer's fault" })
            #expect(loops.listener.layerFailures.load(ordering: .relaxed) == 1)
            #expect(loops.listener.layerFailuresWhenOpen.load(ordering: .relaxed) == 1)
        }
    }

    @Test("streams move to another loop with their layers")
    func moving() async throws {
        try await TestLoops.with(shards: 2, layers: ToyFactory.two) { loops in
            let clients = (0..<10).map { _ in loops.connect() }
            for client in clients {
                client.sayHello()
                client.sendFrames(Array("Moved!".utf8), size: 4)
            }
            for client in clients { #expect(client.receiveData(6) == Array("Moved!".utf8)) }
            for client in clients {
                client.sendFrames(Array("more".utf8))
                #expect(client.receiveData(4) == Array("more".utf8))
                client.send(XorLayer.coded(FrameLayer.frame(.close)))
                #expect(client.receiveFrame().kind == .close)
            }
            var arrived = 0
            for host in loops.hosts { arrived += await host.perform { $0.arrived } }
            #expect(arrived == 10)
        }
    }

    @Test("who does not finish its handshake in time is closed, and who did is not")
    func deadline() async throws {
        try await TestLoops.with(handshakeTimeout: 100, layers: ToyFactory.two) { loops in
            let open = loops.connect()
            open.sayHello()
            let silent = loops.connect()
            #expect(silent.isAtEnd)
            #expect(loops.reports.all == ["test handshake timeout"])
            #expect(loops.listener.handshakeTimeouts.load(ordering: .relaxed) == 1)
            open.sendFrames([5])
            #expect(open.receiveData(1) == [5])
        }
    }

    @Test("a hundred costly handshakes at once take turns: two in an iteration, and every one gets its own")
    func budget() async throws {
        let steps = StepCounter()
        try await TestLoops.with(layers: ToyFactory { _ in [XorLayer(steps: steps), FrameLayer()] }) { loops in
            let host = loops.hosts[0]
            await host.perform { $0.onEndOfBurst = { steps.endOfBurst() } }
            // While the loop is held up, all of them have something to read.
            let gate = Gate()
            async let held: Void = host.perform { _ in gate.wait() }
            let clients = (0..<100).map { _ in loops.connect() }
            for client in clients { client.send("H") }
            gate.open()
            await held
            for client in clients { #expect(client.receiveText(1) == "h") }
            #expect(steps.all == 100)
            #expect(steps.most == HandshakeTable.stepsPerIteration)
            #expect(await host.perform { $0.opened } == 100)
        }
    }

    @Test("a loop has a thousand handshakes at most; one more is closed at once, and room is made by one that goes")
    func handshakeLimit() async throws {
        try await TestLoops.with(layers: ToyFactory.two) { loops in
            var clients = (0..<HandshakeTable.limit).map { _ in loops.connect() }
            await TestLoops.eventually("all are there") { await loops.openStreams == HandshakeTable.limit }
            #expect(loops.connect().isAtEnd)
            #expect(loops.reports.all == ["test too many handshakes"])
            #expect(loops.listener.handshakesRefused.load(ordering: .relaxed) == 1)
            clients[7].sayHello()
            let next = loops.connect()
            next.sayHello()
            clients = []
        }
    }
}

@Suite("Who is let in", .serialized, .timeLimit(.minutes(2)))
struct AdmissionTests {
    @Test("who is refused is closed at once, counted and reported; who leaves makes room", arguments: [false, true])
    func refusal(isLayered: Bool) async throws {
        let admission = ToyAdmission(limit: 2)
        try await TestLoops.with(layers: isLayered ? ToyFactory.two : nil, admission: admission) { loops in
            var kept = [loops.connect(), loops.connect()]
            for client in kept {
                if isLayered { client.sayHello() } else { client.send("x") }
                if !isLayered { #expect(client.receiveText(1) == "x") }
            }
            #expect(loops.connect().isAtEnd)
            #expect(loops.listener.refused(for: .rate) == 1)
            #expect(loops.listener.refused.load(ordering: .relaxed) == 1)
            #expect(loops.reports.all == ["test refused: rate"])
            kept = []
            await TestLoops.eventually("they have left") { admission.inside == 0 }
            #expect(admission.admitted == 2)
            #expect(await loops.hosts[0].perform { $0.opened } == 2)
        }
    }

    @Test("behind a layer that names the client, the named one is asked about, and a refused one is never heard above")
    func named() async throws {
        let admission = ToyAdmission()
        let steps = StepCounter()
        let factory = ToyFactory { _ in [NamingLayer(), XorLayer(steps: steps)] }
        try await TestLoops.with(layers: factory, admission: admission) { loops in
            let banned = loops.connect()
            #expect(admission.admitted == 0)
            banned.send([99] + Array("H".utf8))
            #expect(banned.receive(1).isEmpty)
            #expect(steps.all == 0)
            #expect(loops.listener.refused(for: .banned) == 1)
            let welcome = loops.connect()
            welcome.send([7])
            welcome.sayHello()
            #expect(admission.inside == 1)
            #expect(await loops.hosts[0].perform { $0.facts.map(\.remote) } == [.ipv4(0x0A00_0007, port: 1)])
        }
    }

    @Test("whoever was let in leaves once, however it ends: closed, failed, moved, timed out, still open at the stop")
    func balance() async throws {
        let admission = ToyAdmission()
        for layers in [nil, ToyFactory.two] {
            try await TestLoops.with(shards: 3, handshakeTimeout: 300, layers: layers, admission: admission) { loops in
                for round in 0..<10 {
                    let clients = (0..<9).map { _ in loops.connect() }
                    for (number, client) in clients.enumerated() {
                        let text = Array(["Mx", "ab", "Qq"][(number + round) % 3].utf8)
                        if layers == nil { client.send(text) }
                        if layers != nil, number % 4 != 3 { client.sayHello() }
                        if layers != nil { client.sendFrames(text) }
                    }
                    if round % 2 == 0 { continue }
                    for client in clients { _ = client.receive(2) }
                }
            }
        }
        #expect(admission.inside == 0)
        #expect(admission.admitted == 180)
        #expect(admission.unknown == 0)
    }
}

@Suite("Work off the loop", .serialized, .timeLimit(.minutes(2)))
struct JobTests {
    @Test("jobs are done on other threads, while the loop goes on, and each is answered on its loop")
    func jobs() async throws {
        try await TestLoops.with(shards: 2) { loops in
            let clients = (0..<40).map { _ in loops.connect() }
            for (number, client) in clients.enumerated() { client.send("Job\(number % 10)") }
            for (number, client) in clients.enumerated() { #expect(client.receiveText(4) == "\(number % 10)boJ") }
        }
    }

    @Test("a job that takes its time holds up no stream of its loop")
    func independent() async throws {
        try await TestLoops.with { loops in
            let gate = Gate()
            await loops.hosts[0].perform { machine in
                machine.effects.jobs.append((7, { gate.wait() }))
            }
            let client = loops.connect()
            client.send("x")
            #expect(client.receiveText(1) == "x")
            gate.open()
        }
    }
}

/// Holds a thread until it is opened, once.
final class Gate: @unchecked Sendable {
    // Sendable because: a semaphore's calls are safe from any thread.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(self.semaphore, 0, 0) }
    deinit { self.semaphore.deallocate() }

    func wait() { while sem_wait(self.semaphore) != 0 {} }
    func open() { sem_post(self.semaphore) }
}
