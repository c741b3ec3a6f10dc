import Blocking
import CLinux
package import Files
import Glibc
package import Machine
package import StateStore
import Synchronization

/// The volume of a daemon: a ``VolumeEngine`` with a thread for each lane, and two that read.
package final class Volume: Store {
    private static let readers = 2

    package let engine: VolumeEngine
    /// One for each thread, by lane: what wakes the readers wakes all of them.
    private let signals: [[LaneSignal]]
    private let isStopping: Stopping
    private let ended: Countdown

    /// Opens the volume; its threads run from ``start()`` on.
    ///
    /// - Parameter notify: Called from the volume's threads.
    package init(
        files: any FileSystem,
        state: any KeyValueStore,
        settings: VolumeSettings = VolumeSettings(),
        status: VolumeStatus = VolumeStatus(),
        notify: @escaping @Sendable (VolumeNotice) -> Void
    ) throws(StorageFailure) {
        let signals = VolumeLane.allCases.map { lane in
            (0..<(lane == .reader ? Self.readers : 1)).map { _ in LaneSignal() }
        }
        self.signals = signals
        self.isStopping = Stopping()
        self.ended = Countdown(VolumeLane.allCases.count - 1 + Self.readers)
        self.engine = try VolumeEngine(
            files: files,
            state: state,
            settings: settings,
            environment: .system,
            status: status,
            now: LaneSignal.now(),
            notify: notify,
            wake: { lane in for signal in signals[lane.rawValue] { signal.set() } }
        )
    }

    package func start() {
        for lane in VolumeLane.allCases where lane != .reader { self.run(lane) }
        for number in 0..<Self.readers { self.runReader(number) }
    }

    package func attach(shard: Int, _ deliver: @escaping @Sendable ([StoreAnswer]) -> Void) {
        self.engine.attach(shard: shard, deliver)
    }

    package func submit(_ batches: [StoreBatch], reads: [ReadRequest], from shard: Int) {
        self.engine.submit(batches, reads: reads, from: shard)
    }

    /// Ends the threads, does what still waits, and syncs everything. Nothing may be given any more. It blocks for as long as that
    /// takes, and is called once, after ``start()``.
    ///
    /// - Returns: Whether the next start need not look at the logs.
    package func stop() -> Bool {
        self.isStopping.set()
        for signal in self.signals.joined() { signal.set() }
        self.ended.wait()
        return self.engine.close(now: LaneSignal.now())
    }

    // MARK: Threads

    private func run(_ lane: VolumeLane) {
        let (engine, signal) = (self.engine, self.signals[lane.rawValue][0])
        let (isStopping, ended) = (self.isStopping, self.ended)
        startThread {
            clinux_name_thread("disk-\(lane)")
            while !isStopping.isSet {
                let wanted = engine.wanted(lane)
                let now = LaneSignal.now()
                if let wanted, wanted <= now { engine.turn(lane, now: now) } else { signal.wait(until: wanted) }
            }
            ended.count()
        }
    }

    private func runReader(_ number: Int) {
        let (engine, signal) = (self.engine, self.signals[VolumeLane.reader.rawValue][number])
        let (isStopping, ended) = (self.isStopping, self.ended)
        startThread {
            clinux_name_thread("disk-reader-\(number)")
            let reader = engine.makeReader()
            while !isStopping.isSet {
                if reader.wanted() != nil { reader.turn() } else { signal.wait(until: nil) }
            }
            ended.count()
        }
    }
}

/// Set once, read by all threads.
private final class Stopping: Sendable {
    private let flag = Atomic<Bool>(false)
    var isSet: Bool { self.flag.load(ordering: .acquiring) }
    func set() { self.flag.store(true, ordering: .releasing) }
}

/// Threads that have not ended.
private final class Countdown: Sendable {
    private let left: Mutex<Int>
    private let signal = LaneSignal()

    init(_ count: Int) { self.left = Mutex(count) }

    func count() {
        self.left.withLock { $0 -= 1 }
        self.signal.set()
    }

    func wait() {
        while self.left.withLock({ $0 > 0 }) { self.signal.wait(until: nil) }
    }
}

extension VolumeEnvironment {
    static let system = VolumeEnvironment(
        unixTime: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
        },
        clock: { LaneSignal.nanoseconds() },
        random: {
            var number: UInt64 = 0
            let result = withUnsafeMutableBytes(of: &number) { clinux_random($0.baseAddress, $0.count) }
            precondition(result == 0, "the kernel gives no random bytes")
            return number
        }
    )
}
