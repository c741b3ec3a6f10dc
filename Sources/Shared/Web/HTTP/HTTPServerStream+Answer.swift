extension HTTPServerStream {
    /// The whole response at once: a text, with its length.
    package func answer(_ status: Int, _ text: String, contentType: String = "text/plain; charset=utf-8") {
        let body = Array(text.utf8)
        let fields = HTTPFields(["content-type": contentType, "content-length": "\(body.count)"])
        self.respond(HTTPResponseHead(status: status, fields: fields))
        self.write(body)
        self.finish(trailers: HTTPFields())
    }
}
