import HTTP

/// A request that is answered without a look at its body, once that has come.
///
/// HTTP lets a server answer at once and reset what still comes, but some clients (curl before 8.0) then report the reset and not
/// the answer. So what is certain to come soon, a body of known and small length, is waited for.
final class RefusedRequest: HTTPServerHandler {
    private static let patience = 64 << 10

    private let stream: any HTTPServerStream
    private var answer: (() -> Void)?

    private init(stream: any HTTPServerStream, answer: @escaping () -> Void) {
        self.stream = stream
        self.answer = answer
    }

    /// Answers now, or lets the handler that it returns do so.
    static func handler(
        for head: HTTPRequestHead,
        stream: any HTTPServerStream,
        answer: @escaping () -> Void
    ) -> HTTPServerHandler {
        if let length = head.fields["content-length"].flatMap({ Int($0) }), (1...Self.patience).contains(length) {
            return RefusedRequest(stream: stream, answer: answer)
        }
        answer()
        return HTTPServerHandler()
    }

    override func received(_ body: Span<UInt8>) { self.stream.consumed(body.count) }

    override func ended() {
        let answer = self.answer
        self.answer = nil
        answer?()
    }

    override func cancelled(_ error: HTTPStreamError) { self.answer = nil }
}
