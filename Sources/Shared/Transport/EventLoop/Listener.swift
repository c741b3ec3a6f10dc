import CLinux
import CUV
import Glibc
import Machine
package import Synchronization

/// One bound address. It accepts on one loop and hands each descriptor to the loop with the fewest streams.
///
/// One accepting loop and no SO_REUSEPORT: the kernel's choice is as uneven, and a second daemon could bind the port and take
/// half the clients unnoticed.
package final class Listener: @unchecked Sendable {
    // Sendable because: `descriptor`, `file` and the limits are constants after `init`, `poll` belongs to the accepting loop, the
    // counters are atomic.
    package struct Settings: Sendable {
        /// What the machine knows the listener by.
        package var index: Int
        package var name: String
        /// Streams open at a time; 0 for no limit.
        package var maximum: Int
        /// A stream that takes nothing for this long while output is pending is closed. Milliseconds.
        package var writeTimeout: UInt64

        package init(index: Int, name: String, maximum: Int, writeTimeout: UInt64) {
            self.index = index
            self.name = name
            self.maximum = maximum
            self.writeTimeout = writeTimeout
        }
    }

    package let settings: Settings
    package let address: SocketAddress
    private let descriptor: Int32
    private let file: UnixSocketFile?
    private let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
    /// Streams accepted here that are still open, on any loop.
    package let open = Atomic<Int>(0)
    package let accepted = Atomic<Int>(0)
    /// Streams closed at once because ``Settings/maximum`` was reached.
    package let refused = Atomic<Int>(0)
    private var isListening = false
    private let paused = Atomic<Bool>(false)
    /// Bound, and nobody is let in: clients wait in the system's queue.
    package var isPaused: Bool { self.paused.load(ordering: .relaxed) }
    /// The accepting loop's driver; used on that loop only.
    private weak var driver: LoopDriver?

    /// Binds and listens; nothing is accepted before a loop is told to.
    package init(_ settings: Settings, at address: SocketAddress) throws(TransportError) {
        self.settings = settings
        self.descriptor = try address.listen()
        self.address = SocketAddress(boundTo: self.descriptor) ?? address
        self.file = address.unixPath.flatMap { UnixSocketFile(at: $0) }
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
            if self.settings.maximum > 0, self.open.load(ordering: .relaxed) >= self.settings.maximum {
                self.refused.add(1, ordering: .relaxed)
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
        driver.report(.outOfDescriptors(listener: self.settings.name))
        driver.after(milliseconds: 100) { [weak self] in
            guard let self, self.isListening else { return }
            self.resume()
        }
    }
}
