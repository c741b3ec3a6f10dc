package import Bytes
package import HTTP
import HTTP2
package import Machine

/// One accepted connection: finds out which HTTP the peer speaks, and carries it.
///
/// HTTP/2 is spoken by prior knowledge: its first bytes are a preface that no HTTP/1.1 request can be. An `Upgrade` is not
/// answered. It needs nothing of its machine but to be its stream's peer, and timers that are run.
package final class WebConnection: StreamPeer {
    private enum Carried {
        case unknown
        case http1(HTTP1ServerConnection)
        case http2(HTTP2ServerConnection)
    }

    package let peer: PeerAddress
    package var didClose: () -> Void = {}
    private let site: WebSite
    private let timers: Timers
    private var timer: Timers.ID?
    private var carried = Carried.unknown
    private var isShuttingDown = false
    private var isClosing = false
    /// Reading was stopped until the output has room. HTTP/1.1 keeps that itself.
    private var isStopped = false
    private var lastReceived: UInt64
    /// When the present state of affairs began, and what it is: a number that is another one with each.
    private var since: UInt64
    private var state = 0

    package init(id: StreamID, effects: Effects, site: WebSite, peer: PeerAddress, timers: Timers) {
        self.peer = peer
        self.site = site
        self.timers = timers
        self.lastReceived = timers.now
        self.since = timers.now
        super.init(id: id, effects: effects)
        self.lookLater(at: timers.now + site.idleTimeout)
    }

    // MARK: Bytes

    package override func received(_ bytes: Span<UInt8>, block: ByteBlock?) -> Received {
        if self.isClosing { return Received(consumed: bytes.count, stop: .closing) }
        self.lastReceived = self.timers.now
        switch self.carried {
        case .unknown:
            guard let isHTTP2 = beginsHTTP2(bytes) else { return Received(consumed: 0) }
            self.carry(isHTTP2)
            return self.received(bytes, block: block)
        case .http1(let connection):
            connection.receive(bytes)
            self.pump()
            if self.isClosing { return Received(consumed: bytes.count, stop: .closing) }
            return Received(consumed: bytes.count, stop: connection.stopReason())
        case .http2(let connection):
            try? connection.receive(bytes)  // a failure is in the connection: it wants to close
            self.pump()
            if self.isClosing { return Received(consumed: bytes.count, stop: .closing) }
            self.isStopped = connection.isOverwhelmed
            return Received(consumed: bytes.count, stop: self.isStopped ? .output : nil)
        }
    }

    private func carry(_ isHTTP2: Bool) {
        let site = self.site
        if isHTTP2 {
            let connection = HTTP2ServerConnection(peer: self.peer) { site.route($0, $1) }
            connection.wantsOutput = { [unowned self] in self.markDirty() }
            self.carried = .http2(connection)
        } else {
            let connection = HTTP1ServerConnection(site, peer: self.peer)
            connection.wantsOutput = { [unowned self] in self.markDirty() }
            self.carried = .http1(connection)
        }
        if self.isShuttingDown { self.endCarried() }
    }

    /// The loop has written all there was, be it nothing: what handlers wrote meanwhile is brought into the output now.
    package override func drained() { self.pump() }

    private func pump() {
        if self.isClosing { return }
        switch self.carried {
        case .unknown: break
        case .http1(let connection):
            connection.pump(self)
            if connection.takeResume() { self.effects.resume.append(self.id) }
            if connection.isAborted {
                self.close(afterWriting: false)
            } else if connection.isFinished, connection.outgoing.isEmpty {
                self.close(afterWriting: true)
            }
            self.note(connection.requests * 4 + connection.phase.rawValue)
        case .http2(let connection):
            connection.pump(self)
            if self.isStopped, !connection.isOverwhelmed {
                self.isStopped = false
                self.effects.resume.append(self.id)
            }
            if connection.wantsToClose { self.close(afterWriting: true) }
            self.note(connection.openStreams == 0 ? 0 : 1)
        }
    }

    private func close(afterWriting: Bool) {
        if self.isClosing { return }
        self.isClosing = true
        self.effects.close.append((self.id, afterWriting: afterWriting))
    }

    package override func closed() {
        self.isClosing = true
        if let timer = self.timer { self.timers.cancel(timer) }
        switch self.carried {
        case .unknown: break
        case .http1(let connection): connection.lost()
        case .http2(let connection): connection.lost()
        }
        self.didClose()
        self.didClose = {}
    }

    /// Ends well: no new requests, what is asked is answered, then the connection closes.
    package func shutDown() {
        if self.isShuttingDown { return }
        self.isShuttingDown = true
        self.endCarried()
    }

    private func endCarried() {
        switch self.carried {
        case .unknown: self.close(afterWriting: true)
        case .http1(let connection): connection.shutDown()
        case .http2(let connection):
            connection.shutDown()
            // For a peer that answers no ping.
            self.timers.schedule(at: self.timers.now + WebConnection.noticeTime) { [weak self, weak connection] in
                if self?.isClosing == false { connection?.finishShutDown() }
            }
        }
    }

    /// Milliseconds that a peer has to learn that its next streams will be refused.
    private static let noticeTime: UInt64 = 1_000

    // MARK: Time

    private func note(_ state: Int) {
        if state == self.state { return }
        self.state = state
        self.since = self.timers.now
    }

    private func lookLater(at due: UInt64) {
        self.timer = self.timers.schedule(at: due) { [weak self] in self?.look() }
    }

    private func look() {
        if self.isClosing { return }
        let due =
            switch self.carried {
            case .unknown: self.since + self.site.idleTimeout
            case .http1(let connection): self.due(connection)
            case .http2: self.lastReceived + self.site.idleTimeout
            }
        if due > self.timers.now { return self.lookLater(at: due) }
        switch self.carried {
        case .unknown: self.close(afterWriting: false)
        case .http1(let connection):
            if connection.phase == .request { connection.shutDown() } else { connection.timedOut() }
        case .http2(let connection): self.probe(connection)
        }
    }

    /// When a peer that speaks HTTP/1.1 has taken too long.
    private func due(_ connection: HTTP1ServerConnection) -> UInt64 {
        let timeout = self.site.idleTimeout
        switch connection.phase {
        case .request, .head: return self.since + timeout
        // A body may take longer than a head, but must come along, and be whole some time.
        case .body: return min(self.lastReceived + timeout, self.since + 10 * timeout)
        // A handler takes the time it wants, and a peer that does not read is the loop's business.
        case .response: return self.timers.now + timeout
        }
    }

    /// The peer was quiet: it is asked for a sign of life, and a second silence is taken for its end.
    private func probe(_ connection: HTTP2ServerConnection) {
        if connection.isPingUnanswered { return self.close(afterWriting: false) }
        if connection.openStreams == 0, self.timers.now >= self.since + self.site.emptyTimeout { self.shutDown() }
        connection.ping()
        self.lookLater(at: self.timers.now + self.site.idleTimeout)
    }
}

private let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

/// Whether a stream begins with HTTP/2's preface; nil while it may. Source: RFC 9113 §3.4.
private func beginsHTTP2(_ bytes: Span<UInt8>) -> Bool? {
    let count = min(bytes.count, preface.count)
    for index in 0..<count where bytes[index] != preface[index] { return false }
    return count == preface.count ? true : nil
}
