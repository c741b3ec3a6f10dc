import HTTP
import HTTP2
import Testing

@Suite("HTTP/2: requests and responses")
struct HTTP2RequestTests {
    @Test(
        "requests and responses come through whole, however the bytes are cut",
        arguments: [1, 2, 7, 100, 5_000, 65_536]
    )
    func anyFragments(largest: Int) {
        let pair = Pair(seed: UInt64(largest), largestPiece: largest) {
            $0.onEnd = ServerCall.echo
            return true
        }
        let bodies = [0, 1, 100, 16_384, 40_000].map { count in (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
        let asked = bodies.map { pair.ask("/echo?a=b", method: "POST", fields: HTTPFields(["x-id": "7"]), body: $0) }
        pair.run()
        for (asked, body) in zip(asked, bodies) {
            #expect(asked.head?.status == 200)
            #expect(asked.body == body)
            #expect(asked.trailers?["x-bytes"] == "\(body.count)")
            #expect(asked.ends == 1)
        }
        let head = pair.calls[0].head
        #expect((head.method, head.path, head.authority, head.scheme) == ("POST", "/echo?a=b", "localhost", "http"))
        #expect(head.fields["x-id"] == "7")
        #expect(head.version == .http2)
        #expect(pair.calls.allSatisfy { $0.hasEnded && $0.cancellations.isEmpty })
        #expect(pair.server.openStreams == 0 && pair.client.openStreams == 0)
    }

    @Test("a response without a body is one HEADERS frame that ends the stream")
    func headersOnly() {
        let pair = Pair {
            $0.onEnd = { call in
                call.respond(200, ["grpc-status": "5"])
                call.finish()
            }
            return true
        }
        let asked = pair.ask()
        pair.runToServer()
        let sent = frames(pair.toClient).filter { $0.stream == 1 }
        #expect(sent.map(\.type) == [1])
        #expect(sent.first.map { $0.flags & 1 } == 1)
        pair.run()
        #expect(asked.head?.fields["grpc-status"] == "5")
        #expect(asked.trailers == HTTPFields())
        #expect(asked.body.isEmpty)
    }

    @Test("a request without a body is one HEADERS frame that ends the stream")
    func requestIsOneFrame() {
        let pair = Pair()
        pair.ask()
        pair.drainClient()
        #expect(frames(pair.toServer).filter { $0.stream == 1 }.map { [$0.type, $0.flags & 1] } == [[1, 1]])
    }

    @Test("trailers come after the last byte of the body, also when they are written later")
    func lateTrailers() {
        let pair = Pair()
        let asked = pair.ask()
        pair.run()
        let call = pair.calls[0]
        call.respond(200, ["content-type": "application/grpc"])
        pair.run()
        #expect(asked.head?.status == 200)
        call.stream.write([1, 2, 3])
        pair.run()
        #expect(asked.body == [1, 2, 3])
        #expect(asked.ends == 0)
        call.finish(["grpc-status": "0", "grpc-message": "done"])
        pair.run()
        #expect(asked.trailers == HTTPFields(["grpc-status": "0", "grpc-message": "done"]))
        #expect(asked.ends == 1)
    }

    @Test("an answer before the request is whole ends the request without an error")
    func earlyAnswer() {
        let pair = Pair {
            $0.respond(200)
            $0.finish(["grpc-status": "7"])
            return true
        }
        let asked = pair.ask(method: "POST", body: [1], ends: false)
        pair.run()
        #expect(asked.trailers?["grpc-status"] == "7")
        #expect(asked.failures.isEmpty)
        asked.stream?.write([2])
        pair.run()
        #expect(pair.server.openStreams == 0 && pair.client.openStreams == 0)
        #expect(pair.calls.allSatisfy { $0.cancellations.isEmpty })
    }

    @Test("both sides may talk at the same time")
    func bidirectional() {
        let pair = Pair {
            $0.respond(200)
            $0.onBody = { call, bytes in call.stream.write(bytes.map { $0 + 1 }) }
            $0.onEnd = { $0.finish() }
            return true
        }
        let asked = pair.ask(method: "POST", ends: false)
        for byte in UInt8(0)..<10 {
            asked.stream?.write([byte])
            pair.run()
            #expect(asked.body.last == byte + 1)
        }
        asked.stream?.finish()
        pair.run()
        #expect(asked.body == Array(1...10))
        #expect(asked.ends == 1)
    }

    @Test("nobody's path is answered with 404")
    func notFound() {
        let pair = Pair { _ in false }
        let asked = pair.ask("/none", method: "POST", body: [1, 2, 3])
        pair.run()
        #expect(asked.head?.status == 404)
        #expect(asked.ends == 1)
    }

    @Test("HEAD is answered without a body")
    func head() {
        let pair = Pair {
            $0.onEnd = { call in
                call.respond(200, ["content-length": "5"])
                call.stream.write(Array("hello".utf8))
                call.finish()
            }
            return true
        }
        let asked = pair.ask(method: "HEAD")
        pair.run()
        #expect(asked.head?.fields["content-length"] == "5")
        #expect(asked.body.isEmpty)
        #expect(asked.failures.isEmpty)
    }

    @Test("a header over the limit is answered with 431, and the connection goes on")
    func headerTooLarge() {
        let pair = Pair {
            $0.onEnd = ServerCall.echo
            return true
        }
        var fields = HTTPFields()
        for index in 0..<60 { fields.append("x-\(index)", String(repeating: "v", count: 1_000)) }
        let small = pair.ask(fields: fields)
        for index in 60..<80 { fields.append("x-\(index)", "") }
        fields.append("x-last", String(repeating: "v", count: 3_000))
        let large = pair.ask(fields: fields)
        pair.run()
        #expect(small.head?.status == 200)
        #expect(large.head?.status == 431)
        #expect(pair.calls.count == 1)
    }

    @Test("a Host that contradicts :authority resets the stream, one that agrees stands in for it")
    func host() {
        let pair = Pair {
            $0.onEnd = ServerCall.echo
            return true
        }
        let same = pair.ask(fields: HTTPFields(["host": "LOCALHOST"]))
        let other = pair.ask(fields: HTTPFields(["host": "example.com"]))
        pair.run()
        #expect(same.head?.status == 200)
        #expect(other.failures == [.protocolError])
    }

    @Test("a text of a peer in a field starts no other one")
    func cleanValues() {
        let pair = Pair {
            $0.onEnd = { call in
                call.respond(200, ["x-text": " a\r\nb: c\u{0} "])
                call.finish()
            }
            return true
        }
        let asked = pair.ask()
        pair.run()
        #expect(asked.head?.fields["x-text"] == "a  b: c")
    }

    @Test("what is called after the end is ignored")
    func afterTheEnd() {
        let pair = Pair {
            $0.onEnd = { call in
                call.respond(200)
                call.finish()
                call.respond(500)
                call.stream.write([1])
                call.finish(["late": "1"])
                call.stream.reset(.internalError)
                call.stream.consumed(5)
            }
            return true
        }
        let asked = pair.ask()
        pair.run()
        #expect(asked.head?.status == 200)
        #expect(asked.trailers == HTTPFields())
        asked.stream?.write([1])
        asked.stream?.reset(.cancel)
        pair.run()
        #expect(asked.ends == 1)
    }
}
