import HTTP
import HTTP2
import Machine
import Simulation
import Testing
import WebServer

@Suite("Web connections")
struct WebConnectionTests {
    private static func echo(_ call: ServerCall) -> Bool {
        call.onEnd = ServerCall.echo
        return true
    }

    @Test("one listener speaks HTTP/1.1 and HTTP/2 through one router")
    func both() {
        let world = WebWorld(setUp: Self.echo)
        let raw = world.connect(sending: "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
        let client = world.connectHTTP2()
        let asked = client.ask("/2", body: [1, 2, 3])
        world.run()
        #expect(raw.statuses == [200])
        #expect(asked.body == [1, 2, 3])
        #expect(world.calls.map(\.head.version).contains(.http1))
        #expect(world.calls.map(\.head.version).contains(.http2))
        #expect(world.machine.connectionCount == 2)
    }

    @Test("the preface is found one byte at a time, and so is what only looks like it")
    func sniffing() {
        var conditions = SimulationConditions()
        conditions.largestPiece = 1
        let world = WebWorld(conditions: conditions, setUp: Self.echo)
        let client = world.connectHTTP2()
        let asked = client.ask("/", body: [1])
        let put = world.connect(sending: "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na")
        world.run(for: 10_000)
        #expect(asked.body == [1])
        #expect(put.statuses == [200])
        #expect(world.calls.map(\.head.method).sorted() == ["POST", "PUT"])
    }

    @Test("an :authority that is none of this machine's is answered with 421")
    func authority() {
        let world = WebWorld(requiresLoopbackHost: true, setUp: Self.echo)
        let client = world.connectHTTP2()
        let good = client.ask("/")
        let bad = Asked()
        bad.stream = client.engine.request(HTTPRequestHead(method: "GET", path: "/", authority: "example.com"), bad)
        bad.stream?.finish()
        world.run()
        #expect(good.head?.status == 200)
        #expect(bad.head?.status == 421)
    }

    @Test("a peer that breaks HTTP/2 gets a GOAWAY, and is closed")
    func violation() {
        let world = WebWorld()
        let client = world.connect()
        client.connection?.send(clientPreface + frame(0, 0, stream: 0, [1]))
        world.run()
        #expect(frames(client.bytes).contains { $0.type == 7 })
        #expect(client.isClosed)
        #expect(world.machine.connectionCount == 0)
    }

    @Test("the end of a connection reaches every handler once")
    func cut() {
        let world = WebWorld()
        let client = world.connectHTTP2()
        let asked = (0..<5).map { _ in client.ask("/") }
        world.run()
        client.line?.reset()
        world.run()
        #expect(world.calls.map(\.cancellations) == Array(repeating: [.connectionLost], count: 5))
        #expect(asked.map(\.failures) == Array(repeating: [.connectionLost], count: 5))
        #expect(world.machine.connectionCount == 0)
    }

    @Test(
        "a peer that sends nothing, half a preface or half a head is closed after 30 seconds",
        arguments: [
            "", "PRI * HT", "GET / HTTP/1.1\r\nHost:", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
        ]
    )
    func slowRequest(text: String) {
        let world = WebWorld()
        let client = world.connect(sending: text)
        world.run(for: 29_000)
        #expect(!client.isClosed)
        world.run(for: 3_000)
        #expect(client.isClosed)
        #expect(client.statuses == (text.contains("Host") ? [408] : []))
    }

    @Test("a connection is closed 30 seconds after its last answer, and not while one is under way")
    func idle() {
        let world = WebWorld()
        let client = world.connect(sending: "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        world.run(for: 100_000)
        #expect(!client.isClosed)
        world.perform { ServerCall.echo(world.calls[0]) }
        world.run(for: 29_000)
        #expect(!client.isClosed)
        #expect(client.statuses == [200])
        world.run(for: 3_000)
        #expect(client.isClosed)
    }

    @Test("a body may take longer than 30 seconds while it comes along")
    func slowBody() {
        let world = WebWorld(setUp: Self.echo)
        let client = world.connect(sending: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")
        for _ in 0..<5 {
            world.run(for: 20_000)
            client.send("a")
        }
        world.run()
        #expect(client.statuses == [200])
    }

    @Test("an HTTP/2 connection without requests is pinged, and closed after five minutes")
    func empty() {
        let world = WebWorld(setUp: Self.echo)
        let client = world.connectHTTP2()
        _ = client.ask("/")
        world.run(for: 290_000)
        #expect(!client.isClosed)
        world.run(for: 60_000)
        #expect(client.isClosed)
    }

    @Test("an HTTP/2 connection with a request stays as long as its peer shows life")
    func keepAlive() {
        let world = WebWorld()
        let client = world.connectHTTP2()
        let asked = client.ask("/watch")
        world.run(for: 1_000_000)
        #expect(!client.isClosed)
        #expect(asked.ends == 0)
        // A silent one, that neither reads nor answers.
        client.line?.takes = false
        world.run(for: 70_000)
        #expect(world.calls[0].cancellations == [.connectionLost])
    }

    @Test("a shutdown ends idle connections at once and busy ones after their answers")
    func shutDown() {
        let world = WebWorld()
        let idle = world.connect()
        let half = world.connect(sending: "GET / HT")
        let busy = world.connect(sending: "GET /busy HTTP/1.1\r\nHost: h\r\n\r\n")
        let client = world.connectHTTP2()
        let asked = client.ask("/asked")
        world.run()
        #expect(world.machine.connectionCount == 4)
        world.perform { world.machine.shutDown() }
        world.run()
        #expect(idle.isClosed && half.isClosed)
        #expect(world.machine.connectionCount == 2)
        let late = client.ask("/late")
        let refused = world.connect()
        world.run()
        #expect(late.failures == [.refusedStream])
        #expect(refused.isClosed)
        world.perform { for call in world.calls { ServerCall.echo(call) } }
        world.run()
        #expect(busy.statuses == [200])
        #expect(busy.text.contains("connection: close"))
        #expect(asked.head?.status == 200)
        #expect(busy.isClosed && client.isClosed)
        #expect(world.machine.connectionCount == 0)
    }

    @Test("a peer that answers no ping is shut down all the same")
    func shutDownOfSilent() {
        let world = WebWorld()
        let client = world.connect()
        client.connection?.send(clientPreface)
        world.run()
        world.perform { world.machine.shutDown() }
        world.run(for: 2_000)
        #expect(client.isClosed)
    }

    @Test("a peer that asks by HTTP/2 and does not read is not read either, and costs an output")
    func flood() {
        let world = WebWorld(setUp: Self.echo)
        let client = world.connect()
        client.connection?.send(clientPreface)
        client.connection?.takes = false
        let get: [UInt8] = [0x82, 0x84, 0x86, 0x41, 0x01, 0x61]
        for index in UInt32(0)..<100_000 { client.connection?.send(frame(1, 5, stream: 2 * index + 1, get)) }
        world.run(for: 5_000)
        #expect(world.machine.effects.pendingOutput <= 300 << 10)
        #expect(world.calls.count < 100_000)
        #expect(world.machine.connectionCount == 1)
        world.run(for: 60_000)
        #expect(client.isClosed || world.machine.connectionCount == 0)
    }

    @Test("what handlers write outside of a read goes out without another one")
    func writesOutsideOfReads() {
        let world = WebWorld()
        let client = world.connectHTTP2()
        let asked = (0..<20).map { _ in client.ask("/") }
        world.run()
        world.perform { for call in world.calls { ServerCall.echo(call) } }
        world.run()
        #expect(asked.allSatisfy { $0.head?.status == 200 && $0.ends == 1 })
    }
}
