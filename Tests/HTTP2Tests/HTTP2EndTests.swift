import FuzzChecks
import HTTP
import HTTP2
import Machine
import Testing

@Suite("HTTP/2: ends")
struct HTTP2EndTests {
    @Test("a cancelled request is told once, and its stream takes nothing more")
    func cancel() {
        let pair = Pair {
            $0.respond(200)
            $0.stream.write([1])
            return true
        }
        let asked = pair.ask()
        pair.run()
        asked.stream?.reset(.cancel)
        pair.run()
        let call = pair.calls[0]
        #expect(call.cancellations == [.cancel])
        call.stream.write([2])
        call.finish()
        pair.run()
        #expect(asked.body == [1])
        #expect(asked.ends == 0)
        #expect(pair.server.openStreams == 0)
    }

    @Test("a request that is cancelled in the burst that made it never leaves")
    func cancelAtOnce() {
        let pair = Pair()
        let asked = pair.ask()
        asked.stream?.reset(.cancel)
        pair.run()
        #expect(pair.calls.isEmpty)
        #expect(asked.ends == 0)
        #expect(pair.client.openStreams == 0)
    }

    @Test(
        "a handler's reset is its asker's failure, with the code",
        arguments: [
            HTTPStreamError.cancel, .internalError, .refusedStream, .enhanceYourCalm, .protocolError,
        ]
    )
    func reset(error: HTTPStreamError) {
        let pair = Pair {
            $0.respond(200)
            $0.stream.write([1])
            $0.stream.reset(error)
            return true
        }
        let asked = pair.ask()
        pair.run()
        #expect(asked.failures == [error])
        #expect(pair.calls.allSatisfy { $0.cancellations.isEmpty })
    }

    @Test("every open stream is told of a lost connection, once")
    func lost() {
        let pair = Pair()
        let asked = (0..<3).map { _ in pair.ask(ends: false) }
        pair.run()
        let unsent = pair.ask()
        pair.server.lost()
        pair.client.lost()
        pair.server.lost()
        pair.client.lost()
        #expect(pair.calls.map(\.cancellations) == Array(repeating: [.connectionLost], count: 3))
        #expect((asked + [unsent]).map(\.failures) == Array(repeating: [.connectionLost], count: 4))
        pair.calls[0].respond(200)
        asked[0].stream?.write([1])
        #expect(asked[0].ends == 1)
        #expect(!pair.client.takesRequests)
        #expect(pair.ask().failures == [.connectionLost])
    }

    @Test("a server that shuts down finishes what is asked, refuses what comes late, and wants to close")
    func goAway() {
        let pair = Pair()
        let asked = pair.ask()
        pair.run()
        pair.server.shutDown()
        pair.run()
        #expect(!pair.client.takesRequests)
        let late = pair.ask("/late")
        pair.run()
        #expect(late.failures == [.refusedStream])
        #expect(!pair.server.wantsToClose)
        ServerCall.echo(pair.calls[0])
        pair.run()
        #expect(asked.head?.status == 200)
        #expect(asked.ends == 1)
        #expect(pair.server.wantsToClose)
        #expect(pair.client.wantsToClose)
        #expect(pair.calls.count == 1)
    }

    @Test("a request that was on its way when the server warned is still served")
    func goAwayNotice() {
        let pair = Pair {
            $0.onEnd = ServerCall.echo
            return true
        }
        pair.run()
        pair.server.shutDown()
        pair.drainServer()
        let asked = pair.ask()
        pair.drainClient()
        pair.run()
        #expect(asked.head?.status == 200)
        #expect(pair.server.wantsToClose)
    }

    @Test("a peer that answers no ping is refused all the same after the second step")
    func finishShutDown() {
        let pair = Pair()
        pair.ask()
        pair.run()
        pair.server.shutDown()
        pair.server.finishShutDown()
        pair.drainServer()
        #expect(frames(pair.toClient).count { $0.type == 7 } == 2)
        ServerCall.echo(pair.calls[0])
        pair.drainServer()
        #expect(pair.server.wantsToClose)
    }

    @Test("the client is told of the server's farewell")
    func didGoAway() {
        let pair = Pair()
        pair.run()
        var told = 0
        pair.client.didGoAway = { told += 1 }
        pair.server.shutDown()
        pair.run()
        #expect(told == 1)
    }

    @Test(
        "a request that is answered before it is whole is reset without an error, behind the last frame of the answer"
    )
    func earlyAnswer() throws {
        let server = HTTP2ServerConnection(peer: .unix(nil)) { _, stream in
            stream.answer(200, "no need\n")
            return nil
        }
        try feed(server, clientPreface)
        try feed(server, frame(1, 4, stream: 1, [0x83, 0x84, 0x86, 0x41, 0x01, 0x61]))
        var output: [UInt8] = []
        server.drain(into: &output)
        #expect(frames(output).filter { $0.stream == 1 }.map(\.type) == [1, 0, 3])
        #expect(Array(output.suffix(4)) == [0, 0, 0, 0])
        #expect(server.openStreams == 0)
    }

    @Test("a ping is unanswered until its answer came")
    func ping() {
        let pair = Pair()
        pair.run()
        pair.server.ping()
        #expect(pair.server.isPingUnanswered)
        pair.run()
        #expect(!pair.server.isPingUnanswered)
    }

    @Test("3,000 quick cancels are nothing against a patient client")
    func manyCancels() {
        let pair = Pair()
        for _ in 0..<3_000 {
            let asked = pair.ask(ends: false)
            pair.drainClient()
            asked.stream?.reset(.cancel)
        }
        pair.run()
        let asked = pair.ask()
        pair.run()
        ServerCall.echo(pair.calls[pair.calls.count - 1])
        pair.run()
        #expect(asked.head?.status == 200)
        #expect(pair.calls.count { $0.cancellations == [.cancel] } == 3_000)
    }

    @Test("a flood of streams that are opened and reset ends the connection")
    func rapidReset() throws {
        // The limit of one connection, made small for the test: what is tried is that there is one.
        var settings = HTTP2Settings()
        settings.resetBurst = 2_000
        settings.resetsPerSecond = 10
        var calls = 0
        let server = HTTP2ServerConnection(peer: .unix(nil), settings: settings) { head, stream in
            calls += 1
            return ServerCall(head, stream)
        }
        let get: [UInt8] = [0x82, 0x84, 0x86, 0x41, 0x01, 0x61]  // :method GET, :path /, :scheme http, :authority a
        try feed(server, clientPreface)
        var output: [UInt8] = []
        for index in UInt32(0)..<10_000 {
            let stream = 2 * index + 1
            try feed(server, frame(1, 5, stream: stream, get) + frame(3, 0, stream: stream, [0, 0, 0, 8]))
            server.drain(into: &output)
        }
        #expect(calls >= 2_000 && calls < 3_000)
        #expect(frames(output).last?.type == 7)
        #expect(server.wantsToClose)
    }

    @Test("pings whose answers are not read end the connection")
    func pingFlood() throws {
        let server = HTTP2ServerConnection(peer: .unix(nil)) { _, _ in nil }
        try feed(server, clientPreface)
        let pings = [UInt8]((0..<2_000).flatMap { _ in frame(6, 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, 0]) })
        #expect(throws: HTTP2Error.flooded) { try feed(server, pings) }
        var output: [UInt8] = []
        server.drain(into: &output)
        #expect(frames(output).map(\.type) == [7])
        #expect(server.wantsToClose)
    }

    @Test("a peer whose answers pile up is overwhelming, until they are taken")
    func overwhelmed() throws {
        let server = HTTP2ServerConnection(peer: .unix(nil)) { _, _ in nil }
        try feed(server, clientPreface)
        let get: [UInt8] = [0x82, 0x84, 0x86, 0x41, 0x01, 0x61]
        // As long as the settings were not acknowledged, streams beyond the thousand are refused one by one.
        for index in UInt32(0)..<6_000 { try feed(server, frame(1, 5, stream: 2 * index + 1, get)) }
        #expect(server.isOverwhelmed)
        var (output, refused, answered) = ([UInt8](), 0, 0)
        repeat {
            output = []
            server.drain(into: &output)
            refused += frames(output).count { $0.type == 3 }
            answered += frames(output).count { $0.type == 1 }
        } while server.deliver()
        #expect(!server.isOverwhelmed)
        #expect((answered, refused) == (1_000, 5_000))
        #expect(server.openStreams == 0)
    }

    @Test("a garbage preface fails, and is answered with a GOAWAY")
    func garbage() {
        let server = HTTP2ServerConnection(peer: .unix(nil)) { _, _ in nil }
        let garbage = [UInt8](repeating: 0x47, count: 100)
        #expect(throws: HTTP2Error.badPreface) { try feed(server, garbage) }
        #expect(throws: HTTP2Error.badPreface) { try feed(server, garbage) }
        var output: [UInt8] = []
        server.drain(into: &output)
        #expect(frames(output).map(\.type) == [7])
        #expect(server.wantsToClose)
    }

    @Test(
        "frames that break the protocol are answered with a GOAWAY, and open requests are told",
        arguments: [
            frame(0, 0, stream: 0, [1, 2, 3]),  // DATA on stream 0
            frame(1, 4, stream: 2, [0x82]),  // an even stream from a client
            frame(1, 4, stream: 3, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),  // no HPACK
            frame(8, 0, stream: 0, [0, 0, 0, 0]),  // a window that grows by nothing
            frame(9, 4, stream: 1, []),  // CONTINUATION of nothing
            frame(5, 4, stream: 1, [0, 0, 0, 2]),  // PUSH_PROMISE from a client
            [0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1],  // a frame over the limit
        ]
    )
    func violations(bytes: [UInt8]) {
        let pair = Pair()
        pair.ask()
        pair.run()
        try? feed(pair.server, bytes)
        pair.drainServer()
        #expect(frames(pair.toClient).contains { $0.type == 7 })
        #expect(pair.server.wantsToClose)
        pair.server.lost()
        #expect(pair.calls[0].cancellations.count == 1)
    }

    @Test("what the fuzzer found and started from holds", arguments: corpus("FuzzHTTP2").map(\.name))
    func corpusHolds(name: String) {
        for input in corpus("FuzzHTTP2") where input.name == name {
            // Cut everywhere, too.
            for cut in UInt8(0)..<61 { fuzzHTTP2([cut] + input.bytes.dropFirst()) }
        }
    }
}
