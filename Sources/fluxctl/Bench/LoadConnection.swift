import Bytes
import Glibc
import MQTTClient
import Machine

/// A session of a load, its socket, and what is between the two. Belongs to its worker's thread.
final class LoadConnection {
    let session: LoadSession
    let index: Int
    var socket: NetworkSocket?
    var isConnected = false
    var intended: UInt64 = 0
    var started: UInt64 = 0
    var hasEnded = false
    /// TLS, WebSocket or both; nil for neither.
    private var pipe: LayerPipe?
    private var hasBegun = false
    private var partial: [UInt8] = []

    init(_ session: LoadSession, index: Int) {
        self.session = session
        self.index = index
    }

    /// The system has made the connection.
    func connected(_ pipe: LayerPipe?) throws(LoadProblem) {
        self.isConnected = true
        self.pipe = pipe
        do throws(LayerPipe.End) { try pipe?.start { _ in nil } } catch { throw self.problem(error) }
        self.beginIfOpen()
    }

    private func beginIfOpen() {
        guard !self.hasBegun, self.pipe?.isOpen ?? true else { return }
        self.hasBegun = true
        self.session.begin()
    }

    private func problem(_ end: LayerPipe.End) -> LoadProblem {
        LoadProblem(text: self.hasBegun ? "a connection was lost: \(end.words)" : "cannot connect: \(end.words)")
    }

    /// Hands what is pending to the system.
    ///
    /// - Returns: Whether it took all.
    func write() throws(LoadProblem) -> Bool {
        guard let pipe else { return try self.drain(&self.session.output) }
        while try self.drain(&pipe.wire) {
            if !pipe.isOpen || self.session.output.isEmpty { return true }
            do throws(LayerPipe.End) { try pipe.wrap(&self.session.output) { _ in 0 } } catch {
                throw self.problem(error)
            }
        }
        return false
    }

    private func drain(_ output: inout OutputBuffer) throws(LoadProblem) -> Bool {
        while !output.isEmpty {
            let outcome = output.withPending(limit: 1) { segments -> NetworkSocket.Outcome in
                guard let first = segments.first else { return .wouldBlock }
                return self.socket?.write(UnsafeRawBufferPointer(start: first.base, count: first.count)) ?? .ended
            }
            switch outcome {
            case .bytes(let count): output.dropFirst(count)
            case .wouldBlock, .ended: return false
            case .failed(let reason): throw LoadProblem(text: "a connection was lost: \(reason)")
            }
        }
        return true
    }

    func received(_ bytes: UnsafeRawBufferPointer, now: UInt64, _ tally: inout Tally) throws(LoadProblem) {
        let span = Span(_unsafeElements: bytes.bindMemory(to: UInt8.self))
        guard let pipe else {
            if self.partial.isEmpty {
                let used = try self.session.received(span, now: now, &tally)
                if used < bytes.count { self.partial = Array(bytes[used...]) }
            } else {
                self.partial += bytes
                try self.readPartial(now, &tally)
            }
            return
        }
        var end: LayerPipe.End?
        do throws(LayerPipe.End) { try pipe.received(span, up: &self.partial) { _ in nil } } catch { end = error }
        self.beginIfOpen()
        // What the broker said last tells more than how its stream ended.
        if !self.partial.isEmpty { try self.readPartial(now, &tally) }
        if let end { throw self.problem(end) }
        if pipe.hasEnded { throw LoadProblem(text: "a connection was lost: the broker closed it") }
    }

    private func readPartial(_ now: UInt64, _ tally: inout Tally) throws(LoadProblem) {
        var partial: [UInt8] = []
        swap(&partial, &self.partial)
        let used = try self.session.received(partial.span, now: now, &tally)
        partial.removeFirst(used)
        swap(&partial, &self.partial)
    }

    /// Says goodbye, as far as the socket takes it.
    func finish() throws(LoadProblem) {
        self.session.finish()
        if try self.write(), let pipe {
            pipe.close()
            _ = try self.write()
        }
    }
}

@available(*, unavailable)
extension LoadConnection: Sendable {}
