import FuzzChecks
import HTTP1Wire
import Testing

@Suite("HTTP/1.1 requests")
struct HTTP1RequestTests {
    private let get = "GET /health?verbose=1 HTTP/1.1\r\nHost: localhost:8082\r\nAccept:\t */* \r\n\r\n"

    @Test("a request gives its method, target, header fields and body")
    func whole() throws {
        let request = try #require(read(self.get).requests.first)
        #expect(request.method == "GET")
        #expect(request.target == "/health?verbose=1")
        #expect(request.path == "/health")
        #expect(request.query == "verbose=1")
        #expect(request.version == .http1_1)
        #expect(request.headers == [HTTP1Header("Host", "localhost:8082"), HTTP1Header("Accept", "*/*")])
        #expect(request.header("accept") == "*/*")
        #expect(request.header("cookie") == nil)
        #expect(request.body.isEmpty)
        #expect(request.keepAlive)
    }

    @Test("a stream gives the same requests wherever it is cut", arguments: [1, 2, 3, 5, 7, 11, 64, 1_000])
    func cut(size: Int) {
        let stream =
            self.get + "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
            + "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
            + "5;x=\"y\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nTrailer: dropped\r\n\r\n" + "\r\n\r\n" + self.get
        let reading = read(stream, inPiecesOf: size)
        #expect(reading == read(stream))
        #expect(reading.error == nil)
        #expect(reading.left == 0)
        #expect(reading.requests.map(\.path) == ["/health", "/a", "/b", "/health"])
        #expect(reading.requests.map { text($0.body) } == ["", "hello", "hello0123456789", ""])
    }

    @Test("a head that is not whole is left where it is, and none of its cuts is a request or an error")
    func incomplete() {
        let bytes = Array(self.get.utf8)
        for count in 0..<bytes.count {
            #expect(read(Array(bytes[..<count])) == Reading(left: count))
        }
    }

    @Test(
        "the connection stays or closes as RFC 9112 §9.3 says",
        arguments: [
            ("HTTP/1.1", "", true), ("HTTP/1.1", "Connection: close\r\n", false),
            ("HTTP/1.1", "Connection: a, Close ,b\r\n", false),
            ("HTTP/1.1", "Connection: upgrade\r\n", true), ("HTTP/1.0", "", false),
            ("HTTP/1.0", "Connection: keep-alive\r\n", true), ("HTTP/1.0", "Connection: Keep-Alive, close\r\n", false),
        ]
    )
    func keepAlive(version: String, fields: String, expected: Bool) {
        #expect(read("GET / \(version)\r\nHost: a\r\n\(fields)\r\n").requests.map(\.keepAlive) == [expected])
    }

    @Test("a target may be a path, an absolute URI of this host, or * for OPTIONS [RFC 9112 §3.2]")
    func targets() {
        for (line, path) in [
            ("GET /", "/"), ("GET /a%20b?c?d", "/a%20b"), ("GET http://a", "/"), ("GET HTTP://A/x?y", "/x"),
            ("GET http://a?y", "/"),
            ("OPTIONS *", "*"), ("GET //a//b", "//a//b"), ("GET /http://b/", "/http://b/"),
        ] {
            let reading = read("\(line) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(reading.requests.map(\.path) == [path], "\(line): \(String(describing: reading.error))")
        }
    }

    @Test("100 Continue is owed once, to who waits for it with a body to send [RFC 9110 §10.1.1]")
    func expectation() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
        #expect(read(head + "Content-Length: 1\r\n\r\n").continues == 1)
        #expect(read(head + "Transfer-Encoding: chunked\r\n\r\n").continues == 1)
        #expect(read(head + "Content-Length: 2\r\n\r\nab", inPiecesOf: 1).continues == 1)
        #expect(read(head + "Content-Length: 1\r\n\r\na").continues == 0)
        #expect(read(head + "\r\n").continues == 0)
        #expect(read("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").continues == 0)
    }

    @Test("a parser knows whether it is within a request, which is what a deadline asks")
    func withinRequest() throws {
        var parser = HTTP1RequestParser()
        #expect(!parser.isWithinRequest(unread: 0))
        #expect(parser.isWithinRequest(unread: 1))
        var index = 0
        let bytes = Array("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\n".utf8)
        let request = try parser.next(in: bytes.span, at: &index)
        #expect(request == nil)
        #expect(index == bytes.count)
        #expect(parser.isWithinRequest(unread: 0))
    }

    @Test("every input that the fuzzer starts from, or once failed with, keeps the parser's promises")
    func corpusHolds() {
        let inputs = corpus("FuzzHTTP1")
        #expect(!inputs.isEmpty)
        for input in inputs { fuzzHTTP1(input.bytes) }
    }
}
