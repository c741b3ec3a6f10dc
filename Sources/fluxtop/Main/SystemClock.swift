import Glibc
import TopModel

/// Clocks and what the process costs, as the operating system tells them.
enum SystemClock {
    /// Monotonic milliseconds, from 1 on.
    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec) / 1_000_000 + 1
    }

    /// For labels.
    static var wall: TopClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var local = tm()
        var seconds = time.tv_sec
        localtime_r(&seconds, &local)
        return TopClock(
            unixMs: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000,
            utcOffsetSeconds: Int32(local.tm_gmtoff)
        )
    }
}

/// What fluxtop has cost since the last look.
struct OwnLoad {
    private var cpuMicroseconds: Int64 = 0
    private var bytes: UInt64 = 0
    private var at: UInt64 = 0

    init(now: UInt64) { _ = self.look(now: now) }

    /// - Returns: nil if the system does not say.
    mutating func look(now: UInt64) -> TopLoad? {
        var usage = rusage()
        guard getrusage(RUSAGE_SELF.rawValue, &usage) == 0, let bytes = bytesWritten() else { return nil }
        let cpu = microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
        defer { (self.cpuMicroseconds, self.bytes, self.at) = (cpu, bytes, now) }
        guard now > self.at else { return nil }
        let elapsed = Double(now - self.at)
        return TopLoad(
            cpuPercent: Double(cpu - self.cpuMicroseconds) / elapsed / 10,
            terminalBytesPerS: Double(bytes - min(bytes, self.bytes)) * 1_000 / elapsed
        )
    }

    private func microseconds(_ time: timeval) -> Int64 { Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec) }
}

/// What went through write(2), which is the terminal's: sockets are written with send. Source: proc(5), /proc/pid/io.
private func bytesWritten() -> UInt64? {
    let file = open("/proc/self/io", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = read(file, &bytes, bytes.count)
    guard count > 0 else { return nil }
    for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") where line.hasPrefix("wchar: ")
    {
        return UInt64(line.dropFirst("wchar: ".count))
    }
    return nil
}
