import AdminService
import Core
import Glibc

/// The process and the broker once a second: rates, history, and what costs a system call to know.
package struct BrokerSampler {
    private(set) var rates: [ShardCounter: Double] = [:]
    private(set) var cpuPercent: Double?
    private(set) var memoryBytes = 0
    private var last: [ShardCounter: UInt64] = [:]
    private var lastCPU: Double?
    private var lastAt: UInt64?

    static let dropReasons: [ShardCounter] = [
        .droppedOutputFull, .droppedQueueFull, .droppedExpired, .droppedMemory, .droppedTooLarge, .droppedNoSpace,
    ]
    private static let watched: [ShardCounter] =
        [.messagesReceived, .messagesSent, .bytesReceived, .bytesSent, .connectionsOpened] + dropReasons

    var droppedRate: Double? {
        self.rates.isEmpty ? nil : BrokerSampler.dropReasons.reduce(0) { $0 + (self.rates[$1] ?? 0) }
    }

    /// - Parameter now: Milliseconds of the loops' clock.
    mutating func look(at broker: Broker, now: UInt64) {
        let cpu = BrokerSampler.cpuSeconds()
        let totals = Dictionary(uniqueKeysWithValues: Self.watched.map { ($0, broker.total($0)) })
        if let lastAt, now > lastAt {
            let seconds = Double(now - lastAt) / 1_000
            self.rates = totals.reduce(into: [:]) { rates, total in
                rates[total.key] = Double(total.value &- (self.last[total.key] ?? 0)) / seconds
            }
            self.cpuPercent = self.lastCPU.map { max(0, cpu - $0) / seconds * 100 }
        }
        (self.last, self.lastCPU, self.lastAt) = (totals, cpu, now)
        self.memoryBytes = BrokerSampler.residentBytes()
    }

    /// The present value of each of ``SeriesStore/broker``.
    func values(of broker: Broker) -> [(name: String, value: Double)] {
        func rate(_ counter: ShardCounter) -> Double { self.rates[counter] ?? 0 }
        let values: [Double] = [
            rate(.messagesReceived), rate(.messagesSent), rate(.bytesReceived), rate(.bytesSent), self.droppedRate ?? 0,
            Double(broker.openConnections), rate(.connectionsOpened), Double(broker.openSessions),
            Double(broker.openSubscriptions), Double(broker.retained.countedCount()), self.cpuPercent ?? 0,
            Double(self.memoryBytes), Double(broker.budget.leasedBytes),
        ]
        return zip(SeriesStore.broker, values).map { ($0.name, $1) }
    }

    // MARK: The process

    static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// CPU time of the calling thread, in microseconds.
    package static func threadMicroseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
    }

    /// Source: proc_pid_statm(5), the second number.
    package static func residentBytes() -> Int {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &text, text.count)
        let fields = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) : 0
    }

    package static func descriptorLimit() -> UInt64 {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? UInt64(limit.rlim_cur) : 0
    }

    /// The descriptors that are open now; walks a directory, so it is for the start.
    package static func openDescriptors() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = -3  // itself, "." and ".."
        while readdir(directory) != nil { count += 1 }
        return max(0, count)
    }
}

extension Broker {
    var openConnections: Int {
        Int(truncatingIfNeeded: self.total(.connectionsOpened) &- self.total(.connectionsClosed))
    }
    var openSessions: Int { Int(truncatingIfNeeded: self.total(.sessionsStarted) &- self.total(.sessionsEnded)) }
    var connectedSessions: Int {
        Int(truncatingIfNeeded: self.total(.sessionsAttached) &- self.total(.sessionsDetached))
    }
    var openSubscriptions: Int {
        Int(truncatingIfNeeded: self.total(.subscriptionsAdded) &- self.total(.subscriptionsRemoved))
    }
}
