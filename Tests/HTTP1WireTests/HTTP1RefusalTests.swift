import HTTP1Wire
import Testing

@Suite("HTTP/1.1 requests against the rules")
struct HTTP1RefusalTests {
    @Test(
        "what two readers could read differently is refused",
        arguments: [
            (
                "[RFC 9112 §6.1] Content-Length with Transfer-Encoding",
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400
            ),
            ("[§6.1] Transfer-Encoding that does not end in chunked", "Transfer-Encoding: chunked, gzip\r\n", 400),
            ("[§6.1] Transfer-Encoding identity", "Transfer-Encoding: identity\r\n", 400),
            ("[§6.1] Transfer-Encoding with a tail", "Transfer-Encoding: chunked;q=1\r\n", 400),
            ("[§6.1] an empty Transfer-Encoding", "Transfer-Encoding:\r\n", 400),
            ("[§6.1] another coding before chunked", "Transfer-Encoding: gzip, chunked\r\n", 501),
            ("[§6.1] two Transfer-Encodings", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
            ("[§5.2] a folded line", "A: b\r\n c\r\n", 400),
            ("[§5.2] a folded line with a tab", "A: b\r\n\tc\r\n", 400),
            ("[§6.3] unequal Content-Lengths", "Content-Length: 1\r\nContent-Length: 2\r\n", 400),
            ("[§6.3] equal Content-Lengths", "Content-Length: 1\r\nContent-Length: 1\r\n", 400),
            ("[§6.3] a list of Content-Lengths", "Content-Length: 1, 1\r\n", 400),
            ("[§6.2] Content-Length +1", "Content-Length: +1\r\n", 400),
            ("[§6.2] Content-Length -1", "Content-Length: -1\r\n", 400),
            ("[§6.2] Content-Length 0x1", "Content-Length: 0x1\r\n", 400),
            ("[§6.2] Content-Length 1 1", "Content-Length: 1 1\r\n", 400),
            ("[§6.2] an empty Content-Length", "Content-Length:\r\n", 400),
            ("[§6.2] Content-Length beyond every integer", "Content-Length: 99999999999999999999\r\n", 413),
            ("[§6.2] Content-Length over the limit", "Content-Length: 1048577\r\n", 413),
            ("[§5.1] a space before the colon", "Content-Length : 1\r\n", 400),
            ("[§5.1] a tab before the colon", "A\t: 1\r\n", 400),
            ("[§5.1] no colon", "Nothing\r\n", 400), ("[§5.1] no name", ": a\r\n", 400),
            ("[§5.1] a name with a bracket", "A(: b\r\n", 400),
            ("[§2.2] a bare LF", "A: b\nC: d\r\n", 400), ("[§2.2] a bare CR in a value", "A: b\rc\r\n", 400),
            ("[RFC 9110 §5.5] NUL in a value", "A: b\0c\r\n", 400),
            ("[RFC 9110 §5.5] a control character in a value", "A: \u{7F}\r\n", 400),
            ("[§3.2] a second Host", "Host: a\r\n", 400),
            ("[RFC 9110 §10.1.1] an unknown expectation", "Expect: 200-ok\r\n", 417),
        ]
    )
    func fields(name: String, fields: String, status: Int) {
        let reading = read("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        #expect(reading.error?.status == status)
        #expect(reading.requests.isEmpty)
    }

    @Test(
        "a request line or Host against the rules is refused",
        arguments: [
            ("[§3.2] no Host in 1.1", "GET / HTTP/1.1\r\n\r\n", 400), ("HTTP/0.9", "GET /\r\n\r\n", 400),
            ("[RFC 9110 §9.3.6] CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 400),
            ("[§3.2.2] a target that contradicts Host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§3.2.2] a port that contradicts Host", "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("a target with user information", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("a target without authority", "GET http:/// HTTP/1.1\r\nHost:\r\n\r\n", 400),
            ("[§3.2.4] * for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§3.2] a relative target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§3.2] a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("a target that is not ASCII", "GET /ä HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§3] two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§3] a space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
            ("[§3] a tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§2.2] white space before", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§2.2] white space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
            ("a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§2.3] HTTP/2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
            ("[§2.3] HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
            ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            ("[§2.3] a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
            ("[§2.3] a version of more digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400),
            ("a TLS handshake", "\u{16}\u{3}\u{1}\r\n\r\n", 400), ("bare LFs", "GET / HTTP/1.1\nHost: a\n", 400),
            ("a Host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
            ("a Host with a comma", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
            ("a Host with user information", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
            ("a port that is no number", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
            ("a Host of brackets", "GET / HTTP/1.1\r\nHost: [a\r\n\r\n", 400),
            ("[§6.1] Transfer-Encoding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ]
    )
    func lines(name: String, stream: String, status: Int) { #expect(read(stream).error?.status == status) }

    @Test(
        "a chunked body against RFC 9112 §7.1 is refused",
        arguments: [
            ("a sign", "+5\r\nhello\r\n0\r\n\r\n", 400), ("0x", "0x5\r\nhello\r\n", 400),
            ("no size", "\r\nhello\r\n", 400),
            ("a space before the size", " 5\r\nhello\r\n", 400), ("a space behind the size", "5 \r\nhello\r\n", 400),
            ("a size beyond every integer", "FFFFFFFFFFFFFFFFF\r\n", 400),
            ("a size of many zeros", "0000000000000000005\r\nhello", 400),
            ("a size over the limit", "100001\r\n", 413), ("the largest integer", "7FFFFFFFFFFFFFF\r\n", 413),
            ("a size that is too short", "4\r\nhello\r\n0\r\n\r\n", 400),
            ("a bare LF behind the size", "5\nhello\r\n", 400),
            ("a bare CR behind the data", "5\r\nhello\rx", 400),
            ("a bare CR in an extension", "5;a\rb\r\nhello\r\n", 400),
            ("NUL in an extension", "5;a\0b\r\nhello\r\n", 400),
            ("a trailer without a colon", "0\r\nnothing\r\n\r\n", 400),
            ("a trailer that is folded", "0\r\nA: b\r\n c\r\n\r\n", 400),
            ("an extension of many bytes", "5;" + String(repeating: "a", count: 2_000), 400),
            (
                "many extensions", String(repeating: "1;" + String(repeating: "a", count: 300) + "\r\nx\r\n", count: 4),
                400
            ),
            ("a long trailer", "0\r\nA: " + String(repeating: "a", count: 5_000), 431),
            ("many trailers", "0\r\n" + String(repeating: "Name: value\r\n", count: 400), 431),
        ]
    )
    func chunks(name: String, body: String, status: Int) {
        let stream = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body
        #expect(read(stream).error?.status == status)
        #expect(read(stream, inPiecesOf: 1).error?.status == status)
    }

    @Test("many chunks that are together over the limit are refused before the last of them arrived")
    func sumOfChunks() {
        var limits = HTTP1Limits()
        limits.body = 10
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(read(head + "5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n", limits: limits).requests.map(\.body.count) == [10])
        #expect(read(head + "5\r\nhello\r\n6\r\n", limits: limits).error?.status == 413)
    }

    @Test("a request line over its limit is 414, a header over its limit 431, whether it ever ends or not")
    func limits() {
        let long = String(repeating: "a", count: 8 << 10)
        for size in [1, 1_000, .max] {
            #expect(read("GET /\(long)", inPiecesOf: size).error?.status == 414)
            #expect(read("GET /\(long) HTTP/1.1\r\nHost: a\r\n\r\n", inPiecesOf: size).error?.status == 414)
        }
        let field = "Name: \(String(repeating: "a", count: 1_000))\r\n"
        let head = "GET / HTTP/1.1\r\nHost: a\r\n"
        #expect(read(head + String(repeating: field, count: 30) + "\r\n").requests.count == 1)
        #expect(read(head + String(repeating: field, count: 33) + "\r\n").error?.status == 431)
        #expect(read(head + String(repeating: field, count: 33), inPiecesOf: 1_000).error?.status == 431)
        #expect(read(head + String(repeating: "A: b\r\n", count: 127) + "\r\n").requests.count == 1)
        #expect(read(head + String(repeating: "A: b\r\n", count: 128) + "\r\n").error?.status == 431)
    }

    @Test("nothing is read behind a request that closes the connection, or behind an error")
    func afterTheLast() {
        let last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let reading = read(last + "GET / HTTP/1.1\r\n")
        #expect(reading.requests.count == 1)
        #expect(reading.error?.status == 400)
        #expect(read(last).error == nil)
        var parser = HTTP1RequestParser()
        for _ in 0..<2 {
            var index = 0
            let bytes = Array("bad\r\n\r\n".utf8)
            var status = 0
            do { _ = try parser.next(in: bytes.span, at: &index) } catch { status = error.status }
            #expect(status == 400)
        }
    }
}
