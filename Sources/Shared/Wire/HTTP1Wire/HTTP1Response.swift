/// An answer whose body is known. Source: RFC 9112 §4.
package struct HTTP1Response: Equatable, Sendable {
    /// 200...599.
    package var status: Int
    /// Without Content-Length and Connection, which ``encoded(to:keepAlive:)`` writes.
    package var headers: [HTTP1Header]
    package var body: [UInt8]

    package init(status: Int, headers: [HTTP1Header] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package init(status: Int, text: String, contentType: String = "text/plain; charset=utf-8") {
        self.init(status: status, headers: [HTTP1Header("Content-Type", contentType)], body: Array(text.utf8))
    }

    /// The answer to a request that could not be read; the connection closes after it.
    package init(refusing error: HTTP1Error) {
        self.init(status: error.status, text: "\(error.reason)\n")
    }

    /// What ``HTTP1RequestParser/takeContinue()`` asks for.
    package static let `continue` = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// The whole answer; to HEAD it is that of GET without the body.
    ///
    /// - Parameters:
    ///   - request: What is answered; nil when it could not be read.
    ///   - keepAlive: False to close a connection that the request would keep.
    package func encoded(to request: HTTP1Request?, keepAlive: Bool = true) -> [UInt8] {
        let stays = keepAlive && request?.keepAlive == true
        // Source: RFC 9110 §8.6: these have no body, and must not announce one.
        let hasBody = self.status != 204 && self.status != 304
        var head = "HTTP/1.1 \(self.status) \(HTTP1Response.phrase(for: self.status))\r\n"
        for header in self.headers { head += "\(header.name): \(header.value.withoutControlCharacters)\r\n" }
        if hasBody { head += "Content-Length: \(self.body.count)\r\n" }
        if !stays {
            head += "Connection: close\r\n"
        } else if request?.version == .http1_0 {
            head += "Connection: keep-alive\r\n"
        }
        head += "\r\n"
        var bytes = Array(head.utf8)
        if hasBody, request?.method != "HEAD" { bytes.append(contentsOf: self.body) }
        return bytes
    }

    /// The standard words for a status; `Unknown` for those that are not used here. Source: RFC 9110 §15.
    package static func phrase(for status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Unknown"
        }
    }
}

extension String {
    /// A value that ends where its line ends: a peer's text in a header must not start another one.
    fileprivate var withoutControlCharacters: String {
        if self.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return self }
        return String(decoding: self.utf8.map { $0 >= 0x20 && $0 != 0x7F ? $0 : UInt8(ascii: " ") }, as: UTF8.self)
    }
}
