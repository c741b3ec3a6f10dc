import Blocking
import Bytes
import CLinux
import Glibc
import MQTTClient
import Machine
import Synchronization

/// Where a worker and the one who asks it meet: orders go in, what was seen comes out.
final class WorkerPost: Sendable {
    struct State: Sendable {
        var schedule: Schedule?
        var isStopping = false
        /// What was seen since it was last taken.
        var tally = Tally()
        var status = Status()
    }

    /// How a worker stands now.
    struct Status: Equatable, Sendable {
        var ready = 0
        var failed = 0
        var firstFailure: LoadProblem?
        var unacknowledged = 0
        /// Due and held back.
        var owed: UInt64 = 0
        var missing: UInt64 = 0
        /// Nothing is left to send, and no answer is waited for.
        var isDone = false
        /// The thread has come to its end.
        var hasEnded = false
    }

    private let state = Mutex(State())

    func start(_ schedule: Schedule) { self.state.withLock { $0.schedule = schedule } }
    func stop() { self.state.withLock { $0.isStopping = true } }
    var status: Status { self.state.withLock { $0.status } }

    func takeTally() -> Tally {
        self.state.withLock { state in
            defer { state.tally = Tally() }
            return state.tally
        }
    }

    /// The worker's side: adds what it has seen, and reads its orders.
    fileprivate func exchange(_ tally: Tally, _ status: Status) -> (schedule: Schedule?, isStopping: Bool) {
        self.state.withLock { state in
            state.tally.merge(tally)
            state.status = status
            return (state.schedule, state.isStopping)
        }
    }
}

/// Drives some connections of a load with one thread and poll: sockets, the clock, and nothing that is not in ``LoadSession``.
///
/// A message costs a share of a system call and no allocation, so a thread carries thousands of connections and hundreds of
/// thousands of messages a second.
final class LoadWorker {
    private static let connectTimeout: UInt64 = 10_000_000_000
    /// Connections of one worker that wait for their CONNACK, where no rate says how many.
    private static let connecting = 64
    /// How often the worker looks for orders, and gives its tally away.
    private static let turn: UInt64 = 20_000_000
    private static let pingEvery: UInt64 = 20_000_000_000

    private let plan: LoadPlan
    private let address: NetworkAddress
    private let post: WorkerPost
    private let connections: [LoadConnection]
    private let connectStart: UInt64
    private var entries: [pollfd]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    private let pool = ChunkPool()
    private let scratch = LayerScratch()
    private let transport: ClientTransport

    private var tally = Tally()
    private var status = WorkerPost.Status()
    private var schedule: Schedule?
    private var isStopping = false
    private var nextToConnect = 0
    private var pending = 0
    /// Whose message is due next, in an open loop: which of the connections, and its how manyth message.
    private var cursor = (position: 0, round: UInt64(0))
    private var nextExchange: UInt64 = 0
    private var nextPing: UInt64

    /// - Parameters:
    ///   - share: The numbers of this worker's connections, of all ``LoadPlan/connections``.
    ///   - shared: Of all workers of a load through a queue.
    init(
        _ plan: LoadPlan,
        _ address: NetworkAddress,
        _ transport: ClientTransport,
        share: [Int],
        connectStart: UInt64,
        shared: SharedChecks? = nil,
        _ post: WorkerPost
    ) {
        self.plan = plan
        self.transport = transport
        self.address = address
        self.post = post
        self.connectStart = connectStart
        self.nextPing = connectStart + Self.pingEvery
        let filler = Self.filler(plan)
        let pool = self.pool
        self.connections = share.map { index in
            let role = plan.role(ofConnection: index)
            return LoadConnection(LoadSession(plan, role, filler: filler, pool: pool, shared: shared), index: index)
        }
        self.entries = [pollfd](repeating: pollfd(fd: -1, events: 0, revents: 0), count: share.count)
    }

    deinit { self.buffer.deallocate() }

    private static func filler(_ plan: LoadPlan) -> [UInt8] {
        switch plan.filler {
        case .zero: return [UInt8](repeating: 0, count: plan.size.upperBound)
        case .random: return (0..<plan.size.upperBound).map { _ in UInt8.random(in: 0...255) }
        }
    }

    /// Works until it is told to stop.
    func run() {
        while true {
            let now = monotonicTime()
            if now >= self.nextExchange { self.exchange(now) }
            if self.isStopping { break }
            self.connectDue(now)
            self.sendDue(now)
            self.wait(until: self.wakeUp(after: now))
        }
        self.close()
        self.status.hasEnded = true
        _ = self.post.exchange(self.tally, self.status)
    }

    // MARK: Orders

    private func exchange(_ now: UInt64) {
        self.nextExchange = now + Self.turn
        self.gauge(now)
        let orders = self.post.exchange(self.tally, self.status)
        self.tally = Tally()
        self.isStopping = orders.isStopping
        if self.schedule == nil, let schedule = orders.schedule {
            self.schedule = schedule
            for connection in self.connections {
                connection.session.countsFrom = schedule.measureStart
                connection.session.start(schedule)
            }
        }
        if now >= self.nextPing {
            self.nextPing = now + Self.pingEvery
            for index in self.connections.indices where self.connections[index].session.phase == .ready {
                self.connections[index].session.ping()
                self.flush(index)
            }
        }
        for index in self.connections.indices where self.isConnecting(index) {
            let connection = self.connections[index]
            if now > connection.started + Self.connectTimeout {
                let seconds = Self.connectTimeout / 1_000_000_000
                self.lost(index, LoadProblem(text: "no connection within \(seconds) s"))
            }
        }
    }

    private func isConnecting(_ index: Int) -> Bool {
        let connection = self.connections[index]
        return connection.socket != nil && connection.session.phase != .ready
    }

    private func gauge(_ now: UInt64) {
        var (unacknowledged, owed, missing, isDone) = (0, UInt64(0), UInt64(0), true)
        for connection in self.connections where !connection.hasEnded {
            unacknowledged += connection.session.unacknowledged
            missing += connection.session.missing
            owed += connection.session.pacer?.owed(now: now) ?? 0
            if !connection.session.isIdle || connection.session.pacer?.isDone == false { isDone = false }
        }
        self.status.unacknowledged = unacknowledged
        self.status.owed = owed
        self.status.missing = missing
        self.status.isDone = isDone && self.schedule != nil
    }

    // MARK: Connecting

    /// When the next connection is due; nil when none is, or when others have to be made first.
    private var nextConnect: UInt64? {
        guard self.nextToConnect < self.connections.count else { return nil }
        guard let rate = self.plan.connectRate else { return self.pending < Self.connecting ? self.connectStart : nil }
        return self.connectStart + UInt64(Double(self.connections[self.nextToConnect].index) * 1e9 / rate)
    }

    private func connectDue(_ now: UInt64) {
        while let due = self.nextConnect, due <= now {
            let index = self.nextToConnect
            self.nextToConnect += 1
            let connection = self.connections[index]
            connection.started = now
            connection.intended = self.plan.connectRate == nil ? now : due
            if self.plan.scenario == .conn, now - connection.intended > Pacer.tolerance { self.tally.late += 1 }
            do throws(Failure) {
                let socket = try NetworkSocket(connectingTo: self.address)
                self.entries[index] = pollfd(fd: socket.descriptor, events: Int16(POLLOUT), revents: 0)
                connection.socket = consume socket
                self.pending += 1
            } catch {
                self.pending += 1
                self.lost(index, LoadProblem(text: "cannot connect: \(error.message)"))
            }
        }
    }

    private func becameReady(_ connection: LoadConnection, _ now: UInt64) {
        self.pending -= 1
        self.status.ready += 1
        self.tally.connected += 1
        guard self.plan.scenario == .conn else { return }
        self.tally.sending.note(now)
        self.tally.latency.record(now - connection.intended)
        self.tally.service.record(now - connection.started)
    }

    private func lost(_ index: Int, _ problem: LoadProblem) {
        let connection = self.connections[index]
        if connection.hasEnded { return }
        connection.hasEnded = true
        connection.socket = nil
        self.entries[index].fd = -1
        if connection.session.phase == .ready { self.status.ready -= 1 } else { self.pending -= 1 }
        self.status.failed += 1
        if self.status.firstFailure == nil { self.status.firstFailure = problem }
        self.tally.note(problem: problem.text)
    }

    // MARK: Sending

    private func sendDue(_ now: UInt64) {
        guard let schedule, now >= schedule.start, self.plan.layout.publishers > 0, !self.connections.isEmpty else {
            return
        }
        guard self.plan.isOpenLoop else {
            for index in self.connections.indices { self.send(index, now) }
            return
        }
        while let due = self.nextSend(schedule), due <= now {
            self.send(self.cursor.position, now)
            self.cursor.position += 1
            if self.cursor.position == self.connections.count { self.cursor = (0, self.cursor.round + 1) }
        }
    }

    private func nextSend(_ schedule: Schedule) -> UInt64? {
        guard case .publisher(let index) = self.connections[self.cursor.position].session.role else { return nil }
        let due = schedule.due(self.cursor.round, ofPublisher: index)
        if let end = schedule.end, due >= end + 1_000_000_000 { return nil }
        if let quota = schedule.quota(ofPublisher: index), schedule.warmUp == 0, self.cursor.round > quota {
            return nil
        }
        return due
    }

    private func send(_ index: Int, _ now: UInt64) {
        let connection = self.connections[index]
        if connection.hasEnded { return }
        if connection.session.pump(now: now, &self.tally) > 0 { self.flush(index) }
    }

    /// Hands what is pending to the system, and asks to be told when that takes more.
    private func flush(_ index: Int) {
        let connection = self.connections[index]
        guard connection.socket != nil, connection.isConnected else { return }
        do throws(LoadProblem) {
            self.entries[index].events = try connection.write() ? Int16(POLLIN) : Int16(POLLIN) | Int16(POLLOUT)
        } catch {
            self.lost(index, error)
        }
    }

    // MARK: Waiting

    private func wakeUp(after now: UInt64) -> UInt64 {
        var time = self.nextExchange
        if let due = self.nextConnect { time = min(time, due) }
        guard let schedule, self.plan.layout.publishers > 0, !self.connections.isEmpty else { return time }
        if self.plan.isOpenLoop {
            if let due = self.nextSend(schedule) { time = min(time, due) }
        } else if now < schedule.start {
            time = min(time, schedule.start)
        } else {
            for connection in self.connections where !connection.hasEnded {
                if let due = connection.session.nextInClosedLoop { time = min(time, due) }
            }
        }
        return time
    }

    private func wait(until time: UInt64) {
        let now = monotonicTime()
        let left = time > now ? time - now : 0
        var ready = clinux_poll(&self.entries, self.entries.count, Int64(left))
        guard ready > 0 else { return }
        for index in self.entries.indices where self.entries[index].fd >= 0 && self.entries[index].revents != 0 {
            self.handle(index)
            ready -= 1
            if ready == 0 { break }
        }
    }

    private func handle(_ index: Int) {
        let connection = self.connections[index]
        if !connection.isConnected {
            if let reason = connection.socket?.connectError {
                return self.lost(index, LoadProblem(text: "cannot connect: \(reason)"))
            }
            do throws(LoadProblem) {
                try connection.connected(self.transport.makePipe(scratch: self.scratch, pool: self.pool))
            } catch {
                return self.lost(index, error)
            }
            return self.flush(index)
        }
        if self.entries[index].revents & ~Int16(POLLOUT) != 0 { self.read(index) }
        let now = monotonicTime()
        self.flush(index)
        // What came may have made room, in the window or in the socket.
        self.send(index, now)
    }

    private func read(_ index: Int) {
        let connection = self.connections[index]
        guard let outcome = connection.socket?.read(into: self.buffer) else { return }
        let now = monotonicTime()
        switch outcome {
        case .bytes(let count):
            do throws(LoadProblem) {
                let wasReady = connection.session.phase == .ready
                let bytes = UnsafeRawBufferPointer(rebasing: self.buffer[..<count])
                try connection.received(bytes, now: now, &self.tally)
                if !wasReady, connection.session.phase == .ready { self.becameReady(connection, now) }
            } catch {
                self.lost(index, error)
            }
        case .wouldBlock: break
        case .ended: self.lost(index, LoadProblem(text: "a connection was lost: the broker closed it"))
        case .failed(let reason): self.lost(index, LoadProblem(text: "a connection was lost: \(reason)"))
        }
    }

    /// Says goodbye on all connections, as far as their sockets take it.
    private func close() {
        for index in self.connections.indices where self.connections[index].session.phase == .ready {
            // The load is over: what a connection does not take any more is nobody's loss.
            try? self.connections[index].finish()
        }
        for connection in self.connections { connection.socket = nil }
    }
}

@available(*, unavailable)
extension LoadWorker: Sendable {}

extension LoadPlan {
    /// Publishers come first, then subscribers, then those that only connect.
    func role(ofConnection index: Int) -> LoadSession.Role {
        if index < self.layout.publishers { return .publisher(index) }
        let rest = index - self.layout.publishers
        return rest < self.layout.subscribers ? .subscriber(rest) : .idle
    }

    /// Which connections go to which worker: publishers and subscribers have threads of their own, so that what one does
    /// adds nothing to the latency that the other sees.
    ///
    /// - Parameter cores: Half of them for each kind, as the broker needs some too; at most 4.
    func shares(cores: Int) -> [[Int]] {
        let threads = max(1, min(4, cores / 2))
        let publishers = Array(0..<self.layout.publishers)
        let others = Array(self.layout.publishers..<self.connections)
        return [publishers, others].filter { !$0.isEmpty }.flatMap { group in
            (0..<min(threads, group.count)).map { first in
                stride(from: first, to: group.count, by: min(threads, group.count)).map { group[$0] }
            }
        }
    }
}
