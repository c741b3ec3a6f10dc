import CUV
import Glibc
import Machine
import Synchronization

/// One attempt to reach somebody: a descriptor that connects without blocking, until it is a stream or has failed.
final class OutboundConnect {
    /// What ``Listener/Settings/writeTimeout`` is for a stream that the machine asked for. Milliseconds.
    static let writeTimeout: UInt64 = 30_000

    private let request: UInt64
    private unowned(unsafe) let driver: LoopDriver
    private let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    private let poll = UnsafeMutablePointer<uv_poll_t>.allocate(capacity: 1)
    /// -1 before there is one, and once it belongs to a stream.
    private var descriptor: Int32 = -1
    /// What the timer says when it fires.
    private var failure = "no answer within \(ConnectTarget.timeout / 1_000) s"
    private var openHandles = 1
    private var isOver = false

    init(_ request: UInt64, driver: LoopDriver) {
        self.request = request
        self.driver = driver
        check(uv_timer_init(driver.loop, self.timer), "uv_timer_init")
        self.timer.pointee.data = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        if self.descriptor >= 0 { Glibc.close(self.descriptor) }
        self.timer.deallocate()
        self.poll.deallocate()
    }

    func start(to target: ConnectTarget) {
        var patience = ConnectTarget.timeout
        do {
            self.descriptor = try SocketAddress(target).startConnecting()
            self.openHandles = 2
            check(uv_poll_init(self.driver.loop, self.poll, self.descriptor), "uv_poll_init")
            self.poll.pointee.data = Unmanaged.passUnretained(self).toOpaque()
            uv_poll_start(self.poll, Int32(UV_WRITABLE.rawValue)) { poll, _, _ in
                guard let poll else { return }
                owner(of: poll.handle, as: OutboundConnect.self).writable()
            }
        } catch {
            // Told by the timer, since the machine that asked is not to be called from inside its own effects.
            self.failure = error.reason
            patience = 0
        }
        uv_timer_start(
            self.timer,
            { timer in
                guard let timer else { return }
                let me = owner(of: timer.handle, as: OutboundConnect.self)
                me.finish { $0.failed($1, me.failure) }
            },
            patience,
            0
        )
    }

    private func writable() {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(self.descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        if code != 0 { return self.finish { $0.failed($1, String(cString: strerror(code))) } }
        self.closeHandles()
        let descriptor = self.descriptor
        self.descriptor = -1
        self.driver.connected(descriptor, self.request)
    }

    /// The loop stops: the machine hears that nothing comes of it.
    func abandon() { self.finish { $0.failed($1, "the connection is no longer wanted") } }

    private func finish(_ tell: (LoopDriver, UInt64) -> Void) {
        if self.isOver { return }
        self.closeHandles()
        tell(self.driver, self.request)
    }

    /// libuv lets go of the descriptor at once, of the handles' memory at the end of the iteration.
    private func closeHandles() {
        self.isOver = true
        if self.openHandles == 2 { uv_close(self.poll.handle, OutboundConnect.handleClosed) }
        uv_close(self.timer.handle, OutboundConnect.handleClosed)
    }

    private static let handleClosed: uv_close_cb = { handle in
        guard let handle else { return }
        let me = owner(of: handle, as: OutboundConnect.self)
        me.openHandles -= 1
        if me.openHandles == 0 { me.driver.connecting[ObjectIdentifier(me)] = nil }
    }
}

extension LoopDriver {
    func startConnects() {
        let connects = self.effects.connects
        self.effects.connects = []
        for (request, target) in connects {
            let attempt = OutboundConnect(request, driver: self)
            self.connecting[ObjectIdentifier(attempt)] = attempt
            attempt.start(to: target)
        }
    }

    fileprivate func connected(_ descriptor: Int32, _ request: UInt64) {
        self.refreshTime()
        let id = self.makeSlot()
        self.inboxes[self.index].load.add(1, ordering: .relaxed)
        if let peer = self.machine.connected(id, request: request) {
            let remote = SocketAddress.peer(of: descriptor)
            self.start(UVStream(peer, descriptor: descriptor, remote: remote, listener: nil, driver: self))
        } else {
            self.drop(descriptor, id, nil)
        }
        self.settle()
    }

    fileprivate func failed(_ request: UInt64, _ reason: String) {
        self.refreshTime()
        self.machine.connectFailed(request, reason)
        self.settle()
    }
}
