import CLinux
import CUV
import Glibc
package import Machine
package import Synchronization

/// One bound address. It accepts on one loop and hands each descriptor to the loop with the fewest streams.
///
/// One accepting loop and no SO_REUSEPORT: the kernel's choice is as uneven, and a second daemon could bind the port and take
/// half the clients unnoticed.
package final class Listener: @unchecked Sendable {
    // Sendable because: `descriptor`, `file` and `initial` are constants after `init`, `poll` belongs to the accepting loop, the
    // counters and what may be set are atomic.
    package struct Settings: Sendable {
        /// What the machine knows the listener by.
        package var index: Int
        package var name: String
        /// Streams open at a time; 0 for no limit.
        package var maximum: Int
        /// A stream that takes nothing for this long while output is pending is closed. Milliseconds.
        package var writeTimeout: UInt64
        /// A stream whose layers are not all open after this long is closed. Milliseconds.
        package var handshakeTimeout: UInt64
        /// What stands between a socket and its peer; nil for plain streams.
        package var layers: (any LayerFactory)?
        /// Whom to let in; nil for everybody.
        package var admission: (any AdmissionControl)?

        package init(
            index: Int,
            name: String,
            maximum: Int,
            writeTimeout: UInt64,
            handshakeTimeout: UInt64 = 10_000,
            layers: (any LayerFactory)? = nil,
            admission: (any AdmissionControl)? = nil
        ) {
            self.index = index
            self.name = name
            self.maximum = maximum
            self.writeTimeout = writeTimeout
            self.handshakeTimeout = handshakeTimeout
            self.layers = layers
            self.admission = admission
        }
    }

    /// As the listener was made, but for what has been set since.
    package var settings: Settings {
        var settings = self.initial
        settings.maximum = self.maximum.load(ordering: .relaxed)
        settings.writeTimeout = self.writeTimeout.load(ordering: .relaxed)
        settings.handshakeTimeout = self.handshakeTimeout.load(ordering: .relaxed)
        return settings
    }

    let initial: Settings
    private let maximum: Atomic<Int>
    let writeTimeout: Atomic<UInt64>
    let handshakeTimeout: Atomic<UInt64>
    package let address: SocketAddress
    private let descriptor: Int32
    private let file: UnixSocketFile?
    private let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
    /// Streams accepted here that are still open, on any loop.
    package let open = Atomic<Int>(0)
    package let accepted = Atomic<Int>(0)
    /// Streams that were not let in, for whatever reason.
    package let refused = Atomic<Int>(0)
    private let refusals = RefusalCounters()
    /// Streams that a layer ended before all of them were open: a broken handshake.
    package let layerFailures = Atomic<Int>(0)
    /// Streams that a layer ended later: a broken frame or record.
    package let layerFailuresWhenOpen = Atomic<Int>(0)
    /// Streams whose layers were not open within ``Settings/handshakeTimeout``.
    package let handshakeTimeouts = Atomic<Int>(0)
    /// Streams closed at once because their loop had as many handshakes under way as it may have.
    package let handshakesRefused = Atomic<Int>(0)
    private var isListening = false
    private let paused = Atomic<Bool>(false)
    /// Bound, and nobody is let in: clients wait in the system's queue.
    package var isPaused: Bool { self.paused.load(ordering: .relaxed) }
    /// The accepting loop's driver; used on that loop only.
    private weak var driver: LoopDriver?

    /// Binds and listens; nothing is accepted before a loop is told to.
    package init(_ settings: Settings, at address: SocketAddress) throws(TransportError) {
        self.initial = settings
        self.maximum = Atomic(settings.maximum)
        self.writeTimeout = Atomic(settings.writeTimeout)
        self.handshakeTimeout = Atomic(settings.handshakeTimeout)
        self.descriptor = try address.listen()
        self.address = SocketAddress(boundTo: self.descriptor) ?? address
        self.file = address.unixPath.flatMap { UnixSocketFile(at: $0) }
    }

    /// Changes what may change while streams are open; nil leaves a value as it is. From any thread.
    ///
    /// Streams that are over a lower maximum stay; a timeout counts for what is under way, too, but for handshakes.
    package func set(maximum: Int? = nil, writeTimeout: UInt64? = nil, handshakeTimeout: UInt64? = nil) {
        if let maximum { self.maximum.store(maximum, ordering: .relaxed) }
        if let writeTimeout { self.writeTimeout.store(writeTimeout, ordering: .relaxed) }
        if let handshakeTimeout { self.handshakeTimeout.store(handshakeTimeout, ordering: .relaxed) }
    }

    /// Streams that were not let in for this reason.
    package func refused(for reason: AdmissionRefusal) -> Int { self.refusals[reason].load(ordering: .relaxed) }

    func countRefusal(_ reason: AdmissionRefusal) {
        self.refused.add(1, ordering: .relaxed)
        self.refusals[reason].add(1, ordering: .relaxed)
    }

    func accept(on loop: UnsafeMutablePointer<uv_loop_t>, for driver: LoopDriver) {
        check(uv_poll_init(loop, self.poll, self.descriptor), "uv_poll_init")
        self.poll.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        self.isListening = true
        self.driver = driver
        self.resume()
    }

    /// No more streams are accepted, and the address is free again.
    func close() {
        guard self.isListening else { return }
        self.isListening = false
        self.file?.remove()
        uv_close(self.poll.handle) { handle in
            guard let handle else { return }
            _ = Glibc.close(owner(of: handle, as: Listener.self).descriptor)
        }
    }

    /// On the accepting loop.
    func setPaused(_ paused: Bool) {
        self.paused.store(paused, ordering: .relaxed)
        guard self.isListening else { return }
        if paused { uv_poll_stop(self.poll) } else { self.resume() }
    }

    private func resume() {
        if self.isPaused { return }
        uv_poll_start(self.poll, Int32(UV_READABLE.rawValue)) { poll, _, _ in
            guard let poll else { return }
            owner(of: poll.handle, as: Listener.self).acceptSome()
        }
    }

    /// At most 64 a turn, so that a storm of connects does not hold up the loop's other streams.
    private func acceptSome() {
        guard let driver = self.driver else { return }
        for _ in 0..<64 {
            let descriptor = clinux_accept(self.descriptor)
            if descriptor < 0 {
                if descriptor == -EMFILE || descriptor == -ENFILE { self.pause(driver, descriptor) }
                return
            }
            self.accepted.add(1, ordering: .relaxed)
            let maximum = self.maximum.load(ordering: .relaxed)
            if maximum > 0, self.open.load(ordering: .relaxed) >= maximum {
                self.countRefusal(.listenerFull)
                _ = Glibc.close(descriptor)
                continue
            }
            self.open.add(1, ordering: .relaxed)
            let inbox = driver.leastLoaded()
            inbox.load.add(1, ordering: .relaxed)
            inbox.put(.accepted(descriptor: descriptor, self))
        }
    }

    /// Out of descriptors: accepting again at once would only spin.
    private func pause(_ driver: LoopDriver, _ error: Int32) {
        uv_poll_stop(self.poll)
        driver.report(.outOfDescriptors(listener: self.initial.name))
        driver.after(milliseconds: 100) { [weak self] in
            guard let self, self.isListening else { return }
            self.resume()
        }
    }
}

/// One counter for each reason to keep somebody out.
private struct RefusalCounters: ~Copyable {
    private let listenerFull = Atomic<Int>(0)
    private let addressFull = Atomic<Int>(0)
    private let rate = Atomic<Int>(0)
    private let banned = Atomic<Int>(0)

    subscript(reason: AdmissionRefusal) -> Atomic<Int> {
        _read {
            switch reason {
            case .listenerFull: yield self.listenerFull
            case .addressFull: yield self.addressFull
            case .rate: yield self.rate
            case .banned: yield self.banned
            }
        }
    }
}
