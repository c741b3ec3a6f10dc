import Glibc

func nanoseconds() -> UInt64 { read(CLOCK_MONOTONIC) }

/// Of this thread's CPU time: what a single call cost, whoever else the machine had to serve meanwhile.
func threadNanoseconds() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

private func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Nanoseconds that each of `count` calls took, on average.
func average(_ count: Int, _ body: (Int) -> Void) -> Double {
    let start = nanoseconds()
    for index in 0..<count { body(index) }
    return Double(nanoseconds() - start) / Double(count)
}

/// Bytes that the program holds: jemalloc's own count where it is linked, as in fluxd, else what is resident.
enum Heap {
    private typealias Control =
        @convention(c) (
            UnsafePointer<CChar>, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?, UnsafeMutableRawPointer?, Int
        ) -> Int32

    static let allocator = Heap.control == nil ? "the kernel" : "jemalloc"
    private static let control: Control? = dlsym(nil, "mallctl").map { unsafeBitCast($0, to: Control.self) }

    static var bytes: Int {
        guard let control = Heap.control else { return Heap.resident }
        var epoch: UInt64 = 1  // a new one: the figures are worked out again
        _ = control("epoch", nil, nil, &epoch, MemoryLayout<UInt64>.size)
        var allocated = 0
        var size = MemoryLayout<Int>.size
        _ = control("stats.allocated", &allocated, &size, nil, 0)
        return allocated
    }

    /// The second number of statm, in pages.
    private static var resident: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let fields = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
            separator: " "
        )
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }
}

/// Latencies in nanoseconds, one by one.
struct Latencies {
    private var samples: [UInt32] = []

    init(capacity: Int) { self.samples.reserveCapacity(capacity) }

    mutating func add(_ nanoseconds: UInt64) { self.samples.append(UInt32(clamping: nanoseconds)) }
    var isFull: Bool { self.samples.count == self.samples.capacity }

    struct Summary {
        var mean = 0.0
        var p50 = 0.0
        var p99 = 0.0
        var p999 = 0.0
    }

    func summary() -> Summary {
        let sorted = self.samples.sorted()
        func at(_ part: Double) -> Double { Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) }
        let sum = sorted.reduce(0.0) { $0 + Double($1) }
        return Summary(mean: sum / Double(sorted.count), p50: at(0.5), p99: at(0.99), p999: at(0.999))
    }
}

/// Lines of a table for people: what was measured, the figure, its bound, and whether it holds.
struct Table {
    private var lines: [[String]] = [["what", "measured", "bound", "holds"]]

    mutating func add(_ what: String, _ value: Double, _ unit: String, atMost bound: Double? = nil) {
        let text = Table.text(value)
        self.lines.append([
            what, "\(text) \(unit)", bound.map { "\(Table.text($0)) \(unit)" } ?? "-",
            bound.map { value <= $0 ? "yes" : "no" } ?? "-",
        ])
    }

    mutating func add(_ what: String, _ text: String) { self.lines.append([what, text, "-", "-"]) }

    private static func text(_ value: Double) -> String {
        if value >= 100 || value == value.rounded() { return "\(Int(value.rounded()))" }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    func print() {
        let widths = (0..<4).map { column in self.lines.map { $0[column].count }.max() ?? 0 }
        for (number, line) in self.lines.enumerated() {
            let cells = zip(line, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            Swift.print("| " + cells.joined(separator: " | ") + " |")
            if number == 0 {
                Swift.print("|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|")
            }
        }
    }
}
