import Bytes
import CUV
import Glibc
import Machine

/// Drives one machine on one libuv loop: brings it bytes, time and other shards' batches, and does what it wants done.
///
/// Confined to the loop's thread. What a burst produced goes out at the end of a slice, or once per loop iteration: many
/// publishers' reads to one subscriber are one write.
package final class LoopDriver {
    let index: Int
    let loop: UnsafeMutablePointer<uv_loop_t>
    let machine: any Machine
    let effects: Effects
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: LoopDriver.readBufferSize, alignment: 64)
    static let readBufferSize = 256 << 10

    /// Lent to streams with layers.
    let scratch = LayerScratch()
    let inboxes: [Inbox]
    /// nil for a machine whose own memory is its store.
    let store: (any Store)?
    private let reporter: @Sendable (LoopReport) -> Void
    var streams: [UVStream?] = []
    var generations: [UInt32] = []
    var freeSlots: [UInt32] = []
    var openStreams = 0
    var listeners: [Listener] = []
    /// Attempts under way.
    var connecting: [ObjectIdentifier: OutboundConnect] = [:]
    private var resumable: [StreamID] = []
    var writing: Set<UInt32> = []
    private var flushing: [Unmanaged<StreamPeer>] = []
    private let afterPoll = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)
    private let spin = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
    private var isSpinning = false
    private let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    private let writeWatch = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    private var armedFor: UInt64?
    var handshakes = HandshakeTable()
    let handshakeTimer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    var handshakesArmedFor: UInt64?

    init(
        index: Int,
        inboxes: [Inbox],
        loop: EventLoop,
        machine: any Machine,
        store: (any Store)?,
        report: @escaping @Sendable (LoopReport) -> Void
    ) {
        self.index = index
        self.inboxes = inboxes
        self.store = store
        self.loop = loop.loop
        self.machine = machine
        self.effects = machine.effects
        self.reporter = report
        inboxes[index].attach(to: loop.loop, self)
        self.attachStore()
        check(uv_check_init(self.loop, self.afterPoll), "uv_check_init")
        check(uv_idle_init(self.loop, self.spin), "uv_idle_init")
        check(uv_timer_init(self.loop, self.timer), "uv_timer_init")
        check(uv_timer_init(self.loop, self.writeWatch), "uv_timer_init")
        check(uv_timer_init(self.loop, self.handshakeTimer), "uv_timer_init")
        for handle in [
            self.afterPoll.handle, self.spin.handle, self.timer.handle, self.writeWatch.handle,
            self.handshakeTimer.handle,
        ] {
            handle.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        }
        uv_check_start(self.afterPoll) { handle in
            guard let handle else { return }
            owner(of: handle.handle, as: LoopDriver.self).endIteration()
        }
        uv_timer_start(
            self.writeWatch,
            { timer in
                guard let timer else { return }
                owner(of: timer.handle, as: LoopDriver.self).closeStalled()
            },
            1_000,
            1_000
        )
        self.refreshTime()
    }

    // MARK: Time

    @inline(__always) func refreshTime() { self.machine.now = uv_now(self.loop) }

    private func arm() {
        guard let deadline = self.effects.deadline else { return }
        if let armed = self.armedFor, armed <= deadline { return }
        self.armedFor = deadline
        let now = uv_now(self.loop)
        uv_timer_start(
            self.timer,
            { timer in
                guard let timer else { return }
                // No tick here: a machine that has more to do at once would set the timer for now, and libuv before 1.46 runs
                // such a timer again and again before it polls. There is one tick an iteration.
                let me = owner(of: timer.handle, as: LoopDriver.self)
                me.armedFor = nil
                me.effects.hasMore = true
                me.spin(true)
            },
            deadline > now ? deadline - now : 0,
            0
        )
    }

    // MARK: Iterations

    /// After a read: hands on what the slice produced, if it is used up.
    @inline(__always) func endOfRead() {
        if self.machine.wantsFlush { self.settle() }
    }

    func openInbox() {
        self.refreshTime()
        for envelope in self.inboxes[self.index].takeAll() {
            switch envelope {
            case .accepted(let descriptor, let listener): self.adopt(descriptor, listener)
            case .moved(let moved): self.adopt(moved)
            case .batch(let batch, let shard): self.machine.received(batch, from: shard)
            case .answer(let answer, let shard): self.machine.received(answer, from: shard)
            case .finished(let ticket, let result): self.machine.finished(ticket, result)
            case .stored(let answers): for answer in answers { self.machine.received(answer) }
            }
        }
    }

    private func endIteration() {
        let inbox = self.inboxes[self.index]
        inbox.wake()
        self.refreshTime()
        let ready = self.resumable
        self.resumable.removeAll(keepingCapacity: true)
        for id in ready {
            self.stream(id)?.resume()
            self.endOfRead()
        }
        if self.effects.hasMore {
            self.effects.hasMore = false
            self.machine.tick()
        }
        self.settle()
        // What the store has answered, or another loop has sent, while outputs were written: once, so that sockets have their turn.
        if !inbox.fallAsleep() {
            self.openInbox()
            self.settle()
            inbox.fallAsleepSignalled()
        }
        self.callHandshakes()
        self.spin(self.hasWork)
        self.arm()
    }

    func resumeLater(_ id: StreamID) { self.resumable.append(id) }

    /// Work that no event will bring: an iteration more has to follow.
    private var hasWork: Bool {
        self.effects.hasMore || !self.resumable.isEmpty || !self.effects.dirty.isEmpty || !self.effects.close.isEmpty
            || self.handshakes.hasWaiting
    }

    /// For what happens before the loop polls, as a finished write may: work that it brought about must not wait for the next
    /// event.
    func stayAwake() { if self.hasWork { self.spin(true) } }

    /// Keeps the loop from sleeping while there is work that no event brings.
    private func spin(_ wanted: Bool) {
        if wanted == self.isSpinning { return }
        self.isSpinning = wanted
        if wanted { uv_idle_start(self.spin) { _ in } } else { uv_idle_stop(self.spin) }
    }

    /// Does everything the machine wants done. The store is asked before the flush, so that a store in memory, which answers at
    /// once, costs acknowledgements no extra write.
    func settle() {
        self.machine.endOfBurst()
        self.askStore()
        self.handOver()
        // What is written while others are flushed, by those who waited for room, is the next round's.
        swap(&self.flushing, &self.effects.dirty)
        for peer in self.flushing {
            peer._withUnsafeGuaranteedRef { peer in
                peer.clearDirty()
                self.stream(peer.id)?.flush()
            }
        }
        self.flushing.removeAll(keepingCapacity: true)
        self.machine.flushed()
        self.moveAndClose()
        if !self.effects.connects.isEmpty { self.startConnects() }
        if !self.effects.jobs.isEmpty { self.startJobs() }
        for id in self.effects.resume { self.resumable.append(id) }
        self.effects.resume.removeAll(keepingCapacity: true)
        if self.hasWork { self.spin(true) }
        self.arm()
    }

    private func handOver() {
        for (shard, batch) in self.effects.batches { self.inboxes[shard].put(.batch(batch, from: self.index)) }
        self.effects.batches.removeAll(keepingCapacity: true)
        for (shard, answer) in self.effects.answers { self.inboxes[shard].put(.answer(answer, from: self.index)) }
        self.effects.answers.removeAll(keepingCapacity: true)
    }

    func report(_ report: LoopReport) { self.reporter(report) }
}

@available(*, unavailable)
extension LoopDriver: Sendable {}
