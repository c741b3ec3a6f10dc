import HTTP
import HTTP2
import Machine
import Simulation
import Testing
import WebServer

@Suite("The web in the simulation")
struct WebSimulationTests {
    /// Two machines, of which one asks and one serves, over streams that are cut, delayed and broken.
    private final class Asker: Machine {
        let effects = Effects()
        var now: UInt64 = 0
        var connection: HTTP2ClientConnection?
        var isConnected = false
        var losses = 0

        func connect() {
            let connection = HTTP2ClientConnection()
            self.connection = connection
            self.effects.connects.append((request: 1, to: .unix(path: "/web")))
        }

        func connected(_ id: StreamID, request: UInt64) -> StreamPeer? {
            guard let connection = self.connection else { return nil }
            self.isConnected = true
            let peer = HTTP2ClientPeer(id: id, effects: self.effects, connection: connection)
            peer.didClose = { [weak self] in self?.gone() }
            return peer
        }

        func connectFailed(_ request: UInt64, _ reason: String) {
            self.connection?.lost()
            self.gone()
        }

        private func gone() {
            self.connection = nil
            self.isConnected = false
            self.losses += 1
        }

        func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? { nil }
        func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer { preconditionFailure("nothing moves here") }
        func received(_ batch: LinkBatch, from shard: Int) {}
        func received(_ answer: LinkAnswer, from shard: Int) {}
        func stored(_ kind: DurabilityClass, through number: UInt64) {}
        func tick() {}
        func endOfBurst() {}
        var wantsFlush: Bool { false }
        func flushed() {}
    }

    @Test("every request has one end, and what came whole is right, whatever the world does", arguments: 1...12)
    func requests(seed: Int) {
        var conditions = SimulationConditions.bad
        conditions.resetsPerMille = seed % 3
        conditions.refusalsPerMille = 50
        if seed % 2 == 0 { conditions.largestPiece = 5_000 }
        let simulator = Simulator(seed: UInt64(seed), conditions: conditions)
        let (asker, machine) = (Asker(), WebMachine())
        var calls: [ServerCall] = []
        let site = WebSite(requiresLoopbackHost: false) { head, stream in
            let call = ServerCall(head, stream)
            calls.append(call)
            switch head.path {
            case "/echo": call.onEnd = ServerCall.echo
            case "/later":
                call.onEnd = { call in
                    machine.timers.schedule(at: machine.now + 50) { ServerCall.echo(call) }
                }
            default: call.onEnd = { $0.stream.reset(.internalError) }
            }
            return call
        }
        machine.serve(listener: 0, site: site)
        simulator.add([asker, machine])
        simulator.listen(at: .unix(path: "/web"), shards: [1])
        var random = SeededRandom(seed: UInt64(seed) * 77)
        var asked: [(path: String, body: [UInt8], asked: Asked)] = []
        for _ in 0..<120 {
            simulator.loops[0].perform {
                if asker.connection == nil { asker.connect() }
                guard let connection = asker.connection else { return }
                let path = random.pick(["/echo", "/echo", "/later", "/broken"])
                let body = random.bytes(count: random.value(in: 0...3_000))
                let one = Asked()
                one.stream = connection.request(
                    HTTPRequestHead(method: "POST", path: path, authority: "localhost"),
                    one
                )
                one.stream?.write(body)
                one.stream?.finish()
                asked.append((path, body, one))
            }
            simulator.run(for: UInt64(random.value(in: 0...80)))
            if random.chance(perMille: 20) { simulator.cut(.unix(path: "/web")) }
        }
        simulator.run(for: 60_000)
        #expect(asked.allSatisfy { $0.asked.ends == 1 })
        for (path, body, one) in asked where one.failures.isEmpty {
            #expect(path != "/broken")
            #expect(one.head?.status == 200)
            #expect(one.body == body)
        }
        #expect(asked.contains { $0.asked.failures.isEmpty })
        #expect(calls.allSatisfy { $0.cancellations.count <= 1 })
        // What is left is a connection that still works.
        #expect(machine.connectionCount <= 1)
        simulator.loops[1].perform { machine.shutDown() }
        simulator.run(for: 5_000)
        #expect(machine.connectionCount == 0)
        #expect(asker.connection == nil)
    }

    @Test("the same seed gives the same world", arguments: [3, 4])
    func replay(seed: Int) {
        let traces = (0..<2).map { _ in
            let world = WebWorld(seed: UInt64(seed), conditions: .bad) {
                $0.onEnd = ServerCall.echo
                return true
            }
            let client = world.connectHTTP2()
            for _ in 0..<20 { _ = client.ask("/", body: [UInt8](repeating: 3, count: 2_000)) }
            world.run(for: 10_000)
            return world.simulator.trace
        }
        #expect(traces[0] == traces[1])
    }

    @Test("pipelined HTTP/1.1 comes out in order through any fragments", arguments: 1...8)
    func pipelining(seed: Int) {
        var conditions = SimulationConditions.bad
        conditions.resetsPerMille = 0
        let world = WebWorld(seed: UInt64(seed), conditions: conditions) { call in
            call.onEnd = { call in
                let text = Array(call.head.path.utf8)
                if call.head.path.hasSuffix("3") {
                    call.respond(200, ["content-length": "\(text.count)"])
                    call.stream.write(Array(text.prefix(1)))
                    call.stream.write(Array(text.dropFirst()))
                    call.finish()
                } else {
                    call.respond(200)
                    call.stream.write(text)
                    call.finish()
                }
            }
            return true
        }
        let requests = (0..<100).map { index in
            index % 5 == 0
                ? "POST /\(index) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                : "GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n"
        }
        let client = world.connect(sending: requests.joined())
        world.run(for: 60_000)
        let bodies = client.text.split(separator: "HTTP/1.1 200 OK").map {
            $0.split(separator: "\r\n\r\n").last.map(String.init)
        }
        #expect(bodies == (0..<100).map { "/\($0)" })
        #expect(world.calls.enumerated().allSatisfy { $0.offset % 5 != 0 || $0.element.body.count == 3 })
    }
}
