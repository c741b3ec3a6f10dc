import HTTP1Wire
import Testing

@Suite("HTTP/1.1 responses")
struct HTTP1ResponseTests {
    private let ok = HTTP1Response(status: 200, text: "fine\n")

    @Test("an answer has its length, and says so when the connection closes or an HTTP/1.0 one stays")
    func encoding() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n"
        var request = HTTP1Request(method: "GET", target: "/")
        #expect(text(self.ok.encoded(to: request)) == head + "\r\nfine\n")
        #expect(text(self.ok.encoded(to: request, keepAlive: false)) == head + "Connection: close\r\n\r\nfine\n")
        request.version = .http1_0
        #expect(text(self.ok.encoded(to: request)) == head + "Connection: keep-alive\r\n\r\nfine\n")
        request.keepAlive = false
        #expect(text(self.ok.encoded(to: request)) == head + "Connection: close\r\n\r\nfine\n")
    }

    @Test("the answer to HEAD has the length of the body and not the body [RFC 9110 §9.3.2]")
    func head() {
        let answer = text(self.ok.encoded(to: HTTP1Request(method: "HEAD", target: "/")))
        #expect(answer.hasSuffix("Content-Length: 5\r\n\r\n"))
    }

    @Test("an answer that has no body announces none [RFC 9110 §8.6]", arguments: [204, 304])
    func noBody(status: Int) {
        let answer = text(
            HTTP1Response(status: status, text: "x").encoded(to: HTTP1Request(method: "GET", target: "/"))
        )
        #expect(!answer.contains("Content-Length"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test("a refusal names the reason and closes the connection")
    func refusal() throws {
        let error = try #require(read("GET / HTTP/1.1\r\n\r\n").error)
        #expect("\(error)" == "400 Bad Request: no Host")
        let answer = text(HTTP1Response(refusing: error).encoded(to: nil))
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(answer.hasSuffix("Connection: close\r\n\r\nno Host\n"))
    }

    @Test("a line end in a header value does not start another header")
    func splitting() {
        let answer = HTTP1Response(status: 200, headers: [HTTP1Header("Location", "/\r\nEvil: 1")])
        #expect(text(answer.encoded(to: nil)).contains("\r\nLocation: /  Evil: 1\r\n"))
    }
}
