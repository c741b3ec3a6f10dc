import Bytes
import HTTP1Wire
import Machine

/// One HTTP/1.1 connection: requests in order, each answered before the next is read.
final class HTTPConnection: StreamPeer {
    private var parser = HTTP1RequestParser()
    private let answer: (HTTP1Request) -> HTTP1Response
    private var isFinished = false
    var didClose: () -> Void = {}
    /// A request came since somebody last looked.
    var hasNews = false

    init(id: StreamID, effects: Effects, answer: @escaping (HTTP1Request) -> HTTP1Response) {
        self.answer = answer
        super.init(id: id, effects: effects)
    }

    /// A peer that asks without reading the answers: what it is owed is bounded.
    private static let outputLimit = 1 << 20

    override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        if self.isFinished { return Received(consumed: bytes.count, stop: .closing) }
        var index = 0
        do throws(HTTP1Error) {
            while let request = try self.parser.next(in: bytes, at: &index) {
                self.hasNews = true
                self.send(self.answer(request).encoded(to: request, keepAlive: request.keepAlive))
                if !request.keepAlive || self.output.count > HTTPConnection.outputLimit {
                    return self.finish(bytes.count)
                }
            }
            if self.parser.takeContinue() { self.send(HTTP1Response.continue) }
        } catch {
            self.send(HTTP1Response(refusing: error).encoded(to: nil, keepAlive: false))
            return self.finish(bytes.count)
        }
        return Received(consumed: index)
    }

    private func finish(_ consumed: Int) -> Received {
        self.isFinished = true
        self.effects.close.append((self.id, afterWriting: true))
        return Received(consumed: consumed, stop: .closing)
    }

    override func closed() { self.didClose() }
}
