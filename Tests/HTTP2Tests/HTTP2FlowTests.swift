import HTTP
import HTTP2
import Testing

@Suite("HTTP/2: flow control")
struct HTTP2FlowTests {
    /// Writes 400 MiB, a MiB whenever there is room.
    private static func produce(_ call: ServerCall, _ written: Counter) {
        let piece = [UInt8](repeating: 7, count: 1 << 20)
        call.respond(200)
        func more(_ call: ServerCall) {
            while written.value < 400, call.stream.pendingBytes <= 64 << 10 {
                written.value += 1
                call.stream.write(piece)
            }
            if written.value == 400 { call.finish() }
        }
        call.onDrained = more
        more(call)
    }

    final class Counter { var value = 0 }

    @Test("a reader that stalls costs a window, an output and a piece, of 400 MiB")
    func stalledReader() {
        let written = Counter()
        let pair = Pair {
            HTTP2FlowTests.produce($0, written)
            return true
        }
        let asked = pair.ask {
            $0.consumes = false
            $0.keepsBody = false
        }
        pair.runToServer()
        #expect(pair.toClient.count <= 256 << 10 + 17 << 10)
        #expect(written.value == 1)
        // It reads what its window allows, and does not give room back.
        pair.run()
        #expect(asked.received == 1 << 20)
        #expect(written.value <= 3)
        #expect(pair.calls[0].stream.pendingBytes <= 2 << 20)
        // Then it does, a MiB at a time.
        for _ in 0..<8 {
            asked.stream?.consumed(1 << 20)
            pair.run()
        }
        #expect(asked.received == 9 << 20)
        #expect(written.value <= 11)
        asked.stream?.reset(.cancel)
        pair.run()
        #expect(pair.calls[0].cancellations == [.cancel])
    }

    @Test("a handler that does not consume stops its peer after a window, and no other stream")
    func uploadWaits() {
        let pair = Pair {
            $0.consumes = $0.head.path == "/quick"
            $0.onEnd = ServerCall.echo
            return true
        }
        let slow = pair.ask("/slow", method: "POST", body: [UInt8](repeating: 1, count: 3 << 20))
        let quick = pair.ask("/quick", method: "POST", body: [UInt8](repeating: 2, count: 100_000))
        pair.run()
        let call = pair.calls[0]
        #expect(call.body.count == 1 << 20)
        #expect(slow.stream?.pendingBytes == 2 << 20)
        #expect(quick.body.count == 100_000)
        while !call.hasEnded {
            call.stream.consumed(1 << 20)
            pair.run()
        }
        #expect(slow.body.count == 3 << 20)
        #expect(slow.drains == 1)
    }

    @Test("what cancelled streams left lying does not use up the connection's window")
    func windowIsGivenBack() {
        let pair = Pair {
            $0.consumes = false
            return true
        }
        for _ in 0..<10 {
            let asked = pair.ask(method: "POST", body: [UInt8](repeating: 1, count: 1 << 20), ends: false)
            pair.run()
            #expect(pair.calls.last?.body.count == 1 << 20)
            asked.stream?.reset(.cancel)
        }
        pair.run()
        #expect(pair.calls.allSatisfy { $0.cancellations == [.cancel] })
        // The same for the answers that a client does not want any more.
        let answers = Pair {
            $0.respond(200)
            $0.stream.write([UInt8](repeating: 1, count: 1 << 20))
            return true
        }
        for _ in 0..<10 {
            let asked = answers.ask { $0.consumes = false }
            answers.run()
            #expect(asked.received == 1 << 20)
            asked.stream?.reset(.cancel)
        }
    }

    @Test("the frames of a burst leave together")
    func coalescing() {
        let pair = Pair {
            $0.onEnd = { call in
                call.respond(200)
                call.stream.write([1])
                call.finish(["a": "b"])
            }
            return true
        }
        for _ in 0..<50 { pair.ask() }
        pair.runToServer()
        let sent = frames(pair.toClient)
        #expect(sent.count { $0.type == 1 } == 100)
        #expect(sent.count { $0.type == 0 } == 50)
    }

    @Test("a writer is told of room once for each time it had none")
    func drainedOnce() {
        let pair = Pair {
            $0.respond(200)
            $0.stream.write([UInt8](repeating: 1, count: 60_000))
            return true
        }
        let asked = pair.ask()
        pair.run()
        let call = pair.calls[0]
        #expect(call.drains == 0)
        call.stream.write([UInt8](repeating: 1, count: 70_000))
        #expect(call.stream.pendingBytes == 70_000)
        pair.run()
        #expect(call.drains == 1)
        #expect(asked.received == 130_000)
        #expect(call.stream.pendingBytes == 0)
    }
}
