import Bytes
import CUV
import Glibc
package import Machine
import Synchronization

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

    private let eventLoop: EventLoop
    let inboxes: [Inbox]
    private let reporter: @Sendable (LoopReport) -> Void
    private var streams: [UVStream?] = []
    private var generations: [UInt32] = []
    private var freeSlots: [UInt32] = []
    private(set) var openStreams = 0
    private var listeners: [Listener] = []
    /// Attempts under way.
    var connecting: [ObjectIdentifier: OutboundConnect] = [:]
    private var resumable: [StreamID] = []
    private var writing: Set<UInt32> = []
    private var flushing: [Unmanaged<StreamPeer>] = []
    private let afterPoll = UnsafeMutablePointer<uv_check_t>.allocate(capacity: 1)
    private let spin = UnsafeMutablePointer<uv_idle_t>.allocate(capacity: 1)
    private var isSpinning = false
    private let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    private let writeWatch = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
    private var armedFor: UInt64?

    init(
        index: Int,
        inboxes: [Inbox],
        loop: EventLoop,
        machine: any Machine,
        report: @escaping @Sendable (LoopReport) -> Void
    ) {
        self.index = index
        self.inboxes = inboxes
        self.eventLoop = loop
        self.loop = loop.loop
        self.machine = machine
        self.effects = machine.effects
        self.reporter = report
        inboxes[index].attach(to: loop.loop, self)
        check(uv_check_init(self.loop, self.afterPoll), "uv_check_init")
        check(uv_idle_init(self.loop, self.spin), "uv_idle_init")
        check(uv_timer_init(self.loop, self.timer), "uv_timer_init")
        check(uv_timer_init(self.loop, self.writeWatch), "uv_timer_init")
        for handle in [self.afterPoll.handle, self.spin.handle, self.timer.handle, self.writeWatch.handle] {
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
                let me = owner(of: timer.handle, as: LoopDriver.self)
                me.armedFor = nil
                me.refreshTime()
                me.machine.tick()
                me.settle()
            },
            deadline > now ? deadline - now : 0,
            0
        )
    }

    // MARK: Streams

    func makeSlot() -> StreamID {
        if let slot = self.freeSlots.popLast() { return StreamID(slot: slot, generation: self.generations[Int(slot)]) }
        self.streams.append(nil)
        self.generations.append(1)
        return StreamID(slot: UInt32(self.streams.count - 1), generation: 1)
    }

    func stream(_ id: StreamID) -> UVStream? {
        guard Int(id.slot) < self.streams.count, self.generations[Int(id.slot)] == id.generation else { return nil }
        return self.streams[Int(id.slot)]
    }

    private func adopt(_ descriptor: Int32, _ listener: Listener) {
        let id = self.makeSlot()
        let remote = SocketAddress.peer(of: descriptor)
        guard let peer = self.machine.opened(id, listener: listener.settings.index, facts: StreamFacts(remote: remote))
        else {
            close(descriptor)
            self.forget(id, listener)
            return
        }
        self.start(UVStream(peer, descriptor: descriptor, remote: remote, listener: listener, driver: self))
    }

    private func adopt(_ descriptor: Int32, _ listener: Listener?, _ state: MovingState) {
        let id = self.makeSlot()
        let peer = self.machine.arrived(id, state)
        let stream = UVStream(
            peer,
            descriptor: descriptor,
            remote: state.facts.remote,
            listener: listener,
            driver: self
        )
        stream.keep(state.unread)
        self.start(stream)
        if !state.unread.isEmpty { self.resumable.append(id) }
    }

    func start(_ stream: UVStream) {
        self.streams[Int(stream.peer.id.slot)] = stream
        self.openStreams += 1
        stream.startReading()
    }

    /// The handle is closed: the slot may be used again, under a new generation.
    func released(_ stream: UVStream) {
        self.openStreams -= 1
        self.forget(stream.peer.id, stream.listener)
    }

    func forget(_ id: StreamID, _ listener: Listener?) {
        self.streams[Int(id.slot)] = nil
        self.generations[Int(id.slot)] &+= 1
        self.freeSlots.append(id.slot)
        self.inboxes[self.index].load.subtract(1, ordering: .relaxed)
        listener?.open.subtract(1, ordering: .relaxed)
    }

    func isWriting(_ id: StreamID, _ writing: Bool) {
        if writing { self.writing.insert(id.slot) } else { self.writing.remove(id.slot) }
    }

    private func closeStalled() {
        let now = uv_now(self.loop)
        for slot in self.writing.sorted() {
            guard let stream = self.streams[Int(slot)], stream.isStalled(now) else { continue }
            if !stream.isLingering { self.report(.writeTimeout(remote: stream.remote)) }
            stream.close()
        }
    }

    func resumeLater(_ id: StreamID) { self.resumable.append(id) }

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
            case .moved(let descriptor, let listener, let state): self.adopt(descriptor, listener, state)
            case .batch(let batch, let shard): self.machine.received(batch, from: shard)
            case .answer(let answer, let shard): self.machine.received(answer, from: shard)
            }
        }
    }

    private func endIteration() {
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
        self.spin(self.hasWork)
        self.arm()
    }

    /// Work that no event will bring: an iteration more has to follow.
    private var hasWork: Bool {
        self.effects.hasMore || !self.resumable.isEmpty || !self.effects.dirty.isEmpty || !self.effects.close.isEmpty
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
        while !self.effects.storage.isEmpty {
            let batches = self.effects.storage
            self.effects.storage.removeAll(keepingCapacity: true)
            for batch in batches { self.machine.stored(batch.kind, through: batch.number) }
            self.machine.endOfBurst()
        }
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

    private func moveAndClose() {
        if !self.effects.moves.isEmpty {
            let moves = self.effects.moves
            self.effects.moves = []
            for move in moves {
                guard let stream = self.stream(move.stream), let (descriptor, unread) = stream.leave() else { continue }
                var state = move.state
                state.unread = unread
                let target = self.inboxes[move.to]
                target.load.add(1, ordering: .relaxed)
                stream.listener?.open.add(1, ordering: .relaxed)
                target.put(.moved(descriptor: descriptor, stream.listener, state))
            }
        }
        while !self.effects.close.isEmpty {
            let closes = self.effects.close
            self.effects.close = []
            for (id, afterWriting) in closes {
                guard let stream = self.stream(id) else { continue }
                if afterWriting { stream.closeAfterWriting() } else { stream.close() }
            }
        }
    }

    func leastLoaded() -> Inbox {
        var best = self.inboxes[0]
        for inbox in self.inboxes.dropFirst()
        where inbox.load.load(ordering: .relaxed) < best.load.load(ordering: .relaxed) {
            best = inbox
        }
        return best
    }

    // MARK: The slow plane

    func accept(_ listener: Listener) {
        self.listeners.append(listener)
        listener.accept(on: self.loop, for: self)
    }

    func stopAccepting() {
        for listener in self.listeners { listener.close() }
        self.listeners = []
    }

    func closeStreams() {
        for attempt in self.connecting.values { attempt.abandon() }
        for stream in self.streams { stream?.close() }
        self.settle()
    }

    func report(_ report: LoopReport) { self.reporter(report) }

    func onSignal(_ number: Int32, _ handler: @escaping @Sendable () -> Void) {
        let signal = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
        check(uv_signal_init(self.loop, signal), "uv_signal_init")
        signal.pointee.data = Unmanaged.passRetained(Callback(handler)).toOpaque()
        uv_signal_start(
            signal,
            { signal, _ in if let signal { owner(of: signal.handle, as: Callback.self).body() } },
            number
        )
    }

    func after(milliseconds: UInt64, _ body: @escaping () -> Void) {
        let timer = UnsafeMutablePointer<uv_timer_t>.allocate(capacity: 1)
        check(uv_timer_init(self.loop, timer), "uv_timer_init")
        timer.pointee.data = Unmanaged.passRetained(Callback(body)).toOpaque()
        uv_timer_start(
            timer,
            { timer in
                guard let timer else { return }
                let callback = Unmanaged<Callback>.fromOpaque(timer.pointee.data).takeRetainedValue()
                uv_close(timer.handle) { handle in UnsafeMutableRawPointer(handle)?.deallocate() }
                callback.body()
            },
            milliseconds,
            0
        )
    }
}

private final class Callback {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}

/// What happened on a loop that an operator may want to know.
package enum LoopReport: Sendable {
    case outOfDescriptors(listener: String)
    case writeTimeout(remote: PeerAddress)
}

@available(*, unavailable)
extension LoopDriver: Sendable {}
