import HTTP
import Machine
import Simulation
import Testing
import WebServer

@Suite("HTTP/1.1 connections")
struct HTTP1ServerTests {
    private func get(_ path: String, _ fields: String = "", host: String = "localhost") -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n"
    }

    /// Answers with its path.
    private static func name(_ call: ServerCall) -> Bool {
        call.onEnd = { call in
            call.respond(200)
            call.stream.write(Array("<\(call.head.path)>".utf8))
            call.finish()
        }
        return true
    }

    @Test("a response that is whole in its burst has its length, and the connection goes on")
    func wholeResponse() {
        let world = WebWorld(setUp: Self.name)
        let client = world.connect(sending: self.get("/a?b=c"))
        world.run()
        #expect(client.text == "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n</a?b=c>")
        client.send(self.get("/d"))
        world.run()
        #expect(client.statuses == [200, 200])
        #expect(!client.isClosed)
        let head = world.calls[0].head
        #expect((head.method, head.path, head.authority, head.version) == ("GET", "/a?b=c", "localhost", .http1))
    }

    @Test("pipelined requests are answered in their order, even when the first is answered last")
    func pipelining() {
        let world = WebWorld { call in
            if call.head.path != "/slow" { return Self.name(call) }
            return true
        }
        let client = world.connect(sending: self.get("/slow") + self.get("/b") + self.get("/c"))
        world.run()
        #expect(client.bytes.isEmpty)
        #expect(world.calls.count == 1)
        world.perform { ServerCall.echo(world.calls[0]) }
        world.run()
        #expect(client.statuses == [200, 200, 200])
        #expect(client.text.hasSuffix("</c>"))
        #expect(world.calls.map(\.head.path) == ["/slow", "/b", "/c"])
    }

    @Test("a peer that asks ahead of a slow answer is not read for ever, and answered all the same")
    func pipeliningIsBounded() {
        let world = WebWorld { call in
            if call.head.path != "/slow" { return Self.name(call) }
            return true
        }
        let client = world.connect(sending: self.get("/slow"))
        world.run()
        client.send(String(repeating: self.get("/x"), count: 30_000))
        world.run(for: 5_000)
        #expect(client.bytes.isEmpty)
        world.perform { ServerCall.echo(world.calls[0]) }
        world.run(for: 60_000)
        #expect(client.statuses.count == 30_001)
    }

    @Test("a peer that does not read its answers is not read either, and gets all of them when it does")
    func slowReader() {
        var served = 0
        let world = WebWorld { call in
            call.onEnd = { call in
                served += 1
                call.respond(200)
                call.stream.write([UInt8](repeating: 0x61, count: 10_000))
                call.finish()
            }
            return true
        }
        world.simulator.writeTimeout = .max
        let client = world.connect(sending: String(repeating: self.get("/"), count: 2_000))
        client.connection?.takes = false
        world.run(for: 5_000)
        // An output, a response more, and what the socket holds.
        #expect(served * 10_000 < (256 + 64 + 64 + 64) << 10)
        #expect(world.machine.effects.pendingOutput < 400_000)
        client.connection?.takes = true
        world.run(for: 60_000)
        #expect(served == 2_000)
        #expect(client.statuses.count == 2_000)
    }

    @Test("a body comes whole, of a length or in chunks, and bytes behind it are the next request")
    func requestBodies() {
        let world = WebWorld {
            $0.onEnd = ServerCall.echo
            return true
        }
        let client = world.connect(
            sending: "POST /l HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
                + "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx: y\r\n\r\n"
                + self.get("/g")
        )
        world.run()
        #expect(world.calls.map { String(decoding: $0.body, as: UTF8.self) } == ["hello", "abcde", ""])
        #expect(world.calls.map(\.head.path) == ["/l", "/c", "/g"])
        #expect(client.statuses == [200, 200, 200])
    }

    @Test("a response that goes on later goes out in chunks, with its trailers behind")
    func chunkedResponse() {
        let world = WebWorld()
        let client = world.connect(sending: self.get("/"))
        world.run()
        let call = world.calls[0]
        world.perform {
            call.respond(200, ["content-type": "text/plain"])
            call.stream.write(Array("one".utf8))
        }
        world.run()
        #expect(
            client.text
                == "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n"
        )
        world.perform {
            call.stream.write([UInt8](repeating: 0x62, count: 20))
            call.finish(["x-end": "a\r\nb"])
        }
        world.run()
        #expect(client.text.hasSuffix("14\r\nbbbbbbbbbbbbbbbbbbbb\r\n0\r\nx-end: a  b\r\n\r\n"))
        #expect(!client.isClosed)
    }

    @Test("a whole response with trailers goes out in chunks, since only those have trailers")
    func trailers() {
        let world = WebWorld {
            $0.onEnd = ServerCall.echo
            return true
        }
        let client = world.connect(sending: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi")
        world.run()
        #expect(
            client.text == "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-bytes: 2\r\n\r\n"
        )
    }

    @Test("HTTP/1.0 gets no chunks: what has no length ends with the connection")
    func http10() {
        let world = WebWorld()
        let client = world.connect(sending: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        world.run()
        world.perform {
            world.calls[0].respond(200)
            world.calls[0].stream.write([0x61])
        }
        world.run()
        world.perform { world.calls[0].finish(["x": "y"]) }
        world.run()
        #expect(client.text == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\na")
        #expect(client.isClosed)
        let kept = WebWorld(setUp: Self.name)
        let other = kept.connect(sending: "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        kept.run()
        #expect(other.text == "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n</>")
        #expect(!other.isClosed)
    }

    @Test("HEAD gets the head of GET's response, 204 no length, and neither a body")
    func noBody() {
        let world = WebWorld { call in
            call.onEnd = { call in
                call.respond(call.head.path == "/204" ? 204 : 200)
                call.stream.write(Array("hello".utf8))
                call.finish()
            }
            return true
        }
        let client = world.connect(sending: "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + self.get("/204"))
        world.run()
        #expect(client.text == "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    }

    @Test("a body is asked for where its peer waits for that, and only there")
    func expectContinue() {
        let world = WebWorld {
            $0.onEnd = ServerCall.echo
            return true
        }
        let client = world.connect(
            sending: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        world.run()
        #expect(client.text == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hi")
        world.run()
        #expect(client.statuses == [100, 200])
    }

    @Test(
        "what cannot be read is answered with why, behind the answers before it, and closed",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\nHost: h\n\n", 400), ("\u{1}\u{2}\u{3}\r\n\r\n", 400),
            ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505), ("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", 505),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4194305\r\n\r\n", 413),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413),
            ("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: h\r\n\r\n", 414),
            ("GET / HTTP/1.1\r\nHost: h\r\na: \(String(repeating: "a", count: 40_000))\r\n\r\n", 431),
            ("GET / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n", 417),
        ]
    )
    func refusals(text: String, status: Int) {
        for before in [false, true] {
            let world = WebWorld(setUp: Self.name)
            let client = world.connect(sending: (before ? self.get("/") : "") + text)
            world.run()
            // What begins like HTTP/2's preface is not looked for behind a request.
            if before, text.hasPrefix("PRI") { continue }
            #expect(client.statuses == (before ? [200, status] : [status]))
            #expect(client.isClosed)
            #expect(client.text.contains("connection: close") || client.text.contains("Connection: close"))
        }
    }

    @Test("a body up to the limit is taken, however slowly it comes")
    func largestBody() {
        let world = WebWorld {
            $0.onEnd = { call in
                call.respond(200)
                call.stream.write(Array("\(call.body.count)".utf8))
                call.finish()
            }
            return true
        }
        let client = world.connect(sending: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(4 << 20)\r\n\r\n")
        client.send(String(repeating: "b", count: 4 << 20))
        world.run(for: 10_000)
        #expect(client.text.hasSuffix("\(4 << 20)"))
    }

    @Test(
        "a listener for this machine answers to its own names only",
        arguments: [
            ("localhost:8082", 200), ("LOCALHOST", 200), ("127.0.0.1", 200), ("127.9.8.7:1", 200), ("[::1]:8082", 200),
            ("[::1]", 200), ("", 200), ("example.com", 421), ("localhost.example.com", 421),
            ("127.0.0.1.example.com", 421),
            ("[::2]", 421), ("127.0.0", 421), ("128.0.0.1", 421),
        ]
    )
    func ownNames(host: String, status: Int) {
        let world = WebWorld(requiresLoopbackHost: true, setUp: Self.name)
        let client = world.connect(sending: self.get("/", host: host))
        world.run()
        #expect(client.statuses == [status])
        let open = WebWorld(setUp: Self.name)
        let other = open.connect(sending: self.get("/", host: host))
        open.run()
        #expect(other.statuses == [200])
    }

    @Test("a peer that leaves is noticed while its answer is under way")
    func leaving() {
        let world = WebWorld()
        let client = world.connect(sending: self.get("/"))
        world.run()
        world.perform {
            world.calls[0].respond(200)
            world.calls[0].stream.write([1])
        }
        world.run()
        client.connection?.finish()
        world.run()
        #expect(world.calls[0].cancellations == [.connectionLost])
        world.perform {
            world.calls[0].stream.write([2])
            world.calls[0].finish()
        }
        world.run()
        #expect(world.machine.connectionCount == 0)
    }

    @Test("a handler's reset closes the connection before the response is whole")
    func reset() {
        let world = WebWorld()
        let client = world.connect(sending: self.get("/"))
        world.run()
        world.perform {
            world.calls[0].respond(200)
            world.calls[0].stream.write([0x61])
        }
        world.run()
        world.perform { world.calls[0].stream.reset(.internalError) }
        world.run()
        #expect(client.isClosed)
        #expect(!client.text.contains("0\r\n\r\n"))
        #expect(world.calls[0].cancellations.isEmpty)
    }

    @Test("a body shorter than announced closes the connection, a longer one is cut")
    func announcedLength() {
        let world = WebWorld { call in
            call.onEnd = { call in
                call.respond(200, ["content-length": "3"])
                call.stream.write(Array((call.head.path == "/long" ? "abcdef" : "a").utf8))
                call.finish()
            }
            return true
        }
        let long = world.connect(sending: self.get("/long"))
        let short = world.connect(sending: self.get("/short"))
        world.run()
        #expect(long.text.hasSuffix("\r\n\r\nabc"))
        #expect(!long.isClosed)
        #expect(short.isClosed)
    }

    @Test("a writer of a long response is told of room")
    func drained() {
        let world = WebWorld()
        let client = world.connect(sending: self.get("/"))
        world.run()
        let call = world.calls[0]
        var written = 0
        func more(_ call: ServerCall) {
            while written < 40, call.stream.pendingBytes <= 64 << 10 {
                written += 1
                call.stream.write([UInt8](repeating: 0x61, count: 100_000))
            }
            if written == 40 { call.finish() }
        }
        call.onDrained = more
        client.connection?.takes = false
        world.perform {
            call.respond(200, ["content-length": "4000000"])
            more(call)
        }
        world.run(for: 5_000)
        #expect(written < 8)
        client.connection?.takes = true
        world.run(for: 30_000)
        #expect(written == 40)
        #expect(client.bytes.count > 4_000_000)
    }
}
