import Blocking
import Glibc
import HTTP
import HTTP2
package import RPC
package import RPCClient

/// One daemon's admin protocol on a socket that never blocks, for a program with a poll loop of its own.
///
/// The loop polls ``descriptor`` for ``events`` until ``deadline``, and then calls ``process(readable:writable:now:)``. Calls go
/// through ``channel``; their closures are called from inside ``process(readable:writable:now:)`` and may start other calls and
/// close, but not process. Single-threaded; to be closed before it is let go, since open calls keep their channel.
package final class AdminConnection {
    package struct Settings: Sendable {
        /// For the daemon's log: "fluxtop 0.1.0".
        package var client: String
        /// Connects at once, and again after each loss.
        package var staysConnected = false
        /// Silence after which the daemon is asked whether it is there. Milliseconds; nil never asks.
        package var keepalive: UInt64?
        package var backoff = RPCBackoff()

        package init(client: String) { self.client = client }
    }

    private enum Phase {
        case none
        case connecting(rest: [NetworkAddress])
        case open(HTTP2RPCTransport)
    }

    package let endpoint: AdminEndpoint
    package let settings: Settings
    private let calls: RPCChannel
    private let timers: Timers
    private let wishes: Wishes
    private var phase = Phase.none
    private var socket: AdminSocket?
    /// Frames that the socket has not taken, from `sent`. The connection makes no more than 256 KiB of them at a time.
    private var output: [UInt8] = []
    private var sent = 0
    /// 64 KiB: a page of a thousand rows is one read or two.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    /// What is left for the next turn, since nothing is done inline.
    private final class Wishes {
        var connect = false
        var write = false
        var close = false
    }

    package init(_ endpoint: AdminEndpoint, _ settings: Settings, now: UInt64 = AdminClock.now()) {
        let wishes = Wishes()
        var channelSettings = RPCChannelSettings(authority: endpoint.authority)
        channelSettings.userAgent = settings.client
        channelSettings.backoff = settings.backoff
        channelSettings.staysConnected = settings.staysConnected
        channelSettings.keepalive = settings.keepalive.map { RPCChannelSettings.Keepalive(interval: $0) }
        self.endpoint = endpoint
        self.settings = settings
        self.timers = Timers(now: now)
        self.wishes = wishes
        self.calls = RPCChannel(
            channelSettings,
            timers: self.timers,
            random: { Double.random(in: 0..<1) },
            connect: { wishes.connect = true }
        )
    }

    deinit { self.buffer.deallocate() }

    /// Where calls are made. A deadline counts from here on, however long ago the last turn was.
    package var channel: RPCChannel {
        self.timers.advance(to: AdminClock.now())
        return self.calls
    }

    // MARK: What to poll

    /// nil while there is no socket: only time is waited for.
    package var descriptor: Int32? { self.socket?.descriptor }

    /// `POLLIN` and `POLLOUT`, as ``descriptor`` wants them.
    package var events: Int16 {
        switch self.phase {
        case .none: return 0
        case .connecting: return Int16(POLLOUT)
        case .open(let transport):
            let reads = transport.connection.isOverwhelmed ? 0 : Int16(POLLIN)
            return reads | (self.sent < self.output.count ? Int16(POLLOUT) : 0)
        }
    }

    /// When to call ``process(readable:writable:now:)`` at the latest; nil for never.
    package var deadline: UInt64? {
        let isUrgent = self.wishes.connect || self.wishes.close || (self.wishes.write && self.sent == self.output.count)
        return isUrgent ? self.timers.now : self.timers.deadline
    }

    // MARK: Turns

    /// Does what can be done now, without waiting.
    ///
    /// - Parameters:
    ///   - readable: The descriptor has something to read, has failed or was closed (`POLLIN`, `POLLERR`, `POLLHUP`).
    ///   - writable: The descriptor takes bytes, or has failed.
    package func process(readable: Bool, writable: Bool, now: UInt64 = AdminClock.now()) {
        self.timers.advance(to: now)
        switch self.phase {
        case .none: break
        case .connecting(let rest): if readable || writable { self.connectEnded(rest) }
        case .open(let transport): if readable { self.read(transport) }
        }
        self.timers.run(now: now)
        if self.wishes.close { self.dropSocket() }
        if self.wishes.connect {
            self.wishes.connect = false
            self.startConnecting()
        }
        self.write()
    }

    /// How a call ended, in words for who runs the program.
    package func explain(_ error: RPCError) -> AdminClientError {
        AdminClientError(error, endpoint: self.endpoint, connectionFailure: self.calls.lastFailure)
    }

    /// Ends all calls, and the connection.
    package func close() {
        self.calls.close()
        self.dropSocket()
    }

    private func startConnecting() {
        self.dropSocket()
        switch self.endpoint.place {
        case .unix(let path): self.tryNext([.unix(path)], failure: "")
        case .tcp(let host, let port):
            do {
                self.tryNext(try self.addresses(of: host, port), failure: "the name has no address")
            } catch {
                self.calls.connectFailed(error.reason)
            }
        }
    }

    /// May wait for DNS: an admin client has nothing else to do.
    private func addresses(of host: String, _ port: UInt16) throws(SocketError) -> [NetworkAddress] {
        do throws(LookUpProblem) {
            return try lookUp(host: host, port: port)
        } catch {
            throw SocketError(reason: "cannot look up '\(host)': \(error.reason)")
        }
    }

    private func tryNext(_ addresses: [NetworkAddress], failure: String) {
        var failure = failure
        for (index, address) in addresses.enumerated() {
            do {
                self.socket = try AdminSocket(address.bytes, family: address.family)
                self.phase = .connecting(rest: Array(addresses[(index + 1)...]))
                // A unix socket is connected by now, and a turn of the loop saved.
                if address.family == AF_UNIX { self.connectEnded([]) }
                return
            } catch {
                failure = error.reason
            }
        }
        self.dropSocket()
        self.calls.connectFailed(failure)
    }

    private func connectEnded(_ rest: [NetworkAddress]) {
        if let failure = self.socket?.connectError { return self.tryNext(rest, failure: failure) }
        let (wishes, connection) = (self.wishes, HTTP2ClientConnection())
        let transport = HTTP2RPCTransport(connection) { wishes.close = true }
        connection.wantsOutput = { wishes.write = true }
        // That fluxd is going is no news for the channel: open calls end with the one socket there is, and what is asked
        // meanwhile waits for that.
        self.phase = .open(transport)
        self.calls.connected(transport)
    }

    // MARK: Bytes

    /// A bounded number of times, so that a terminal beside it gets its turn.
    private func read(_ transport: HTTP2RPCTransport) {
        for _ in 0..<16 {
            guard let outcome = self.socket?.read(into: self.buffer) else { return }
            switch outcome {
            case .bytes(let count):
                let bytes = UnsafeRawBufferPointer(rebasing: self.buffer[..<count])
                do {
                    try bytes.withMemoryRebound(to: UInt8.self) { bytes throws(HTTP2Error) in
                        try transport.connection.receive(Span(_unsafeElements: bytes))
                    }
                } catch {
                    return self.lost(transport, AdminConnection.noGRPC)
                }
                if count < self.buffer.count { return }
            case .wouldBlock: return
            case .ended: return self.lost(transport, "fluxd closed the connection")
            case .failed(let reason): return self.lost(transport, reason)
            }
        }
    }

    private func write() {
        guard case .open(let transport) = self.phase else { return }
        self.wishes.write = false
        while true {
            if self.sent == self.output.count {
                self.output.removeAll(keepingCapacity: true)
                self.sent = 0
                // What handlers write when they are told that there is room goes out in the same turn.
                repeat {
                    transport.connection.drain(into: &self.output)
                } while transport.connection.deliver()
                    && self.output.isEmpty
                if self.output.isEmpty { break }
            }
            switch self.socket?.write(self.output[self.sent...]) ?? .ended {
            case .bytes(let count): self.sent += count
            case .wouldBlock: return
            case .ended: return self.lost(transport, "fluxd closed the connection")
            case .failed(let reason): return self.lost(transport, reason)
            }
        }
        if transport.connection.wantsToClose {
            // An HTTP/1.1 server's answer is a mistake that the library takes for a reason to say goodbye.
            let isServer = self.calls.isEstablished
            self.lost(transport, isServer ? "fluxd ended the connection" : AdminConnection.noGRPC)
        }
    }

    private static let noGRPC = "what answers there does not speak gRPC"

    private func lost(_ transport: HTTP2RPCTransport, _ reason: String) {
        self.phase = .none
        self.calls.closed(transport, reason)
        transport.connection.lost()
        self.dropSocket()
    }

    private func dropSocket() {
        if case .open(let transport) = self.phase {
            self.phase = .none
            transport.connection.lost()
        }
        self.phase = .none
        self.wishes.close = false
        self.socket = nil
        self.output = []
        self.sent = 0
    }
}

@available(*, unavailable)
extension AdminConnection: Sendable {}
