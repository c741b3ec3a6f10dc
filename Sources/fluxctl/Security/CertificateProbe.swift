import Blocking
import Glibc
import MQTTClient
import Machine
import TLS
import Terminal

/// Where certificates are looked at: a file, or a server that shows them in a handshake.
enum CertificateSource: Equatable, Sendable {
    case file(String)
    case server(host: String, port: UInt16)

    /// `HOST:PORT` is a server, unless there is a file of that name.
    init(_ text: String) {
        guard access(text, F_OK) != 0, !text.contains("/"), let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]), port > 0, colon > text.startIndex
        else {
            self = .file(text)
            return
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self = .server(host: String(host), port: port)
    }
}

/// What was found there.
struct CertificateFindings: Sendable {
    /// The peer's own certificate first.
    var chain: [CertificateInfo]
    /// Version and cipher suite; nil for a file.
    var session: String?
    /// Why a client would refuse it; nil when it was verified, and for a file.
    var problem: String?
}

/// Looks at certificates. Blocks.
struct CertificateProbe: Sendable {
    var source: CertificateSource
    /// What the server's certificate must lead to; nil for what the system trusts.
    var caFile: String?
    /// Nil for the host's own.
    var serverName: String?
    var patience = Duration.seconds(10)

    func findings() throws(Failure) -> CertificateFindings {
        switch self.source {
        case .file(let path):
            do throws(TLSError) {
                return CertificateFindings(chain: try CertificateInfo.read(path))
            } catch {
                throw Failure(error)
            }
        case .server(let host, let port): return try self.ask(host, port)
        }
    }

    private func ask(_ host: String, _ port: UInt16) throws(Failure) -> CertificateFindings {
        var settings = TLSClientSettings(serverName: self.serverName ?? host)
        settings.caFile = self.caFile
        settings.isInsecure = true  // what is wrong is to be told, and not the end of it
        let context: TLSClientContext
        do throws(TLSError) { context = try TLSClientContext(settings) } catch { throw Failure(error) }
        let deadline = monotonicTime() + self.patience.nanoseconds
        var problem = "no address"
        for address in try NetworkAddress.lookUp(host, port, until: deadline) {
            do throws(Failure) {
                let socket = try NetworkSocket(connectingTo: address)
                try wait(socket.descriptor, POLLOUT, until: deadline, "the connection timed out")
                if let reason = socket.connectError { throw Failure(.unreachable, reason) }
                return try self.shakeHands(socket, context.makeLayer(), until: deadline)
            } catch {
                problem = error.message
            }
        }
        throw Failure(.unreachable, "cannot look at the certificate of \(host):\(port): \(problem)")
    }

    private func shakeHands(
        _ socket: borrowing NetworkSocket,
        _ layer: TLSLayer,
        until deadline: UInt64
    ) throws(Failure) -> CertificateFindings {
        var up: [UInt8] = []
        var down: [UInt8] = []
        var failure: LayerFailure?
        do throws(LayerFailure) { try layer.start(down: &down) } catch { failure = error }
        while true {
            var rest = down[...]
            while !rest.isEmpty {
                switch rest.withUnsafeBytes({ socket.write($0) }) {
                case .bytes(let count): rest = rest.dropFirst(count)
                case .wouldBlock: try wait(socket.descriptor, POLLOUT, until: deadline, "the server reads nothing")
                case .ended, .failed: throw Failure(.unreachable, "the server closed the connection")
                }
            }
            down.removeAll(keepingCapacity: true)
            if let failure { throw Failure(.unreachable, failure.reason) }
            if let report = layer.report {
                return CertificateFindings(
                    chain: report.chain,
                    session: "\(report.facts.version), \(report.facts.cipher)",
                    problem: report.problem
                )
            }
            try wait(socket.descriptor, POLLIN, until: deadline, "the server does not answer the TLS handshake")
            var outcome = NetworkSocket.Outcome.wouldBlock
            let descriptor = socket.descriptor
            let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, used in
                outcome = NetworkSocket.read(descriptor, into: UnsafeMutableRawBufferPointer(buffer))
                if case .bytes(let count) = outcome { used = count }
            }
            switch outcome {
            case .bytes:
                do throws(LayerFailure) {
                    try layer.received(bytes.span, up: &up, down: &down)
                } catch {
                    failure = error
                }
            case .wouldBlock: continue
            case .ended:
                throw Failure(.unreachable, "the server closed the connection within the handshake; is that port TLS?")
            case .failed(let reason): throw Failure(.unreachable, reason)
            }
        }
    }
}

private func wait(_ descriptor: Int32, _ events: Int32, until deadline: UInt64, _ late: String) throws(Failure) {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while entry.revents == 0 {
        let now = monotonicTime()
        guard now < deadline else { throw Failure(.timedOut, late) }
        _ = poll(&entry, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
    }
}

extension Failure {
    init(_ error: TLSError) {
        if case .unreadable = error.problem {
            self.init(.notFound, error.description)
        } else {
            self.init(.badInput, error.description)
        }
    }
}
