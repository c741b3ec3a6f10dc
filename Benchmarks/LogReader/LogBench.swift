import Bytes
import Files
import Glibc
import LogFormat
import LogStorage
import Machine

/// Measures a log against the files it is made of: appends, and records read through it beside plain pread of the same files.
///
/// `bench-log [DIRECTORY [MEBIBYTES]]`: everything is in the page cache, so what is measured is our own work. The goal
/// is half the speed of pread; it is told, and not held against anybody, since it moves with the machine.
@main
struct LogBench {
    static let readBytes = 256 << 10

    static func main() throws {
        let arguments = CommandLine.arguments
        let parent = arguments.count > 1 ? arguments[1] : "/tmp"
        let bytes = (arguments.count > 2 ? Int(arguments[2]) ?? 512 : 512) << 20
        var template = Array("\(parent)/bench-log-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            print("bench-log: no directory can be made in \(parent)")
            exit(1)
        }
        let root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let files = try PosixFiles(root: root)
        print("records  compressed    appended             read through the log      pread of the files    ratio")
        for (owner, shape) in [(256, false), (1_024, false), (16_384, false), (1_024, true)].enumerated() {
            let (recordBytes, compresses) = shape
            let bench = try Run(files, owner: UInt64(owner), recordBytes, compresses: compresses, bytes)
            let appended = try bench.append()
            let plain = try bench.readPlainly()
            let through = try bench.readThrough()
            let ratio = through.payload / plain
            print(
                "\(pad("\(recordBytes) B", 9))\(pad(compresses ? "yes" : "no", 14))"
                    + pad("\(Int(appended.bytes)) MB/s, \(thousands(appended.records))/s", 21)
                    + pad("\(Int(through.payload)) MB/s, \(thousands(through.records))/s", 26)
                    + pad("\(Int(plain)) MB/s", 22) + twoDigits(ratio)
            )
            try bench.remove()
        }
        try measureIdle(files)
        for directory in ["queues", "sessions"] { _ = try? files.removeDirectory(directory) }
        rmdir(root)
    }

    /// What logs cost after a clean stop, before anybody uses them.
    private static func measureIdle(_ files: PosixFiles) throws {
        let count = 10_000
        let set = try LogSet(files: files)
        for owner in 0..<count { _ = set.log(LogID(owner: UInt64(owner), part: .messages())) }
        let stop = try CleanStop(set.cleanStop().encoded())
        let before = residentBytes()
        let start = nanoseconds()
        let idle = try LogSet(files: files, clean: stop)
        let took = nanoseconds() - start
        let each = (residentBytes() - before) / count
        print("\(idle.ids.count) idle logs: \(each) bytes each, known \(took / 1_000) us after a clean stop")
    }
}

/// One log of records of one size.
struct Run {
    private let files: PosixFiles
    private let set: LogSet
    private let id: LogID
    private let recordBytes: Int
    private let compresses: Bool
    private let count: Int
    /// Records of one batch: what a busy loop gathers.
    private let burst: Int

    init(_ files: PosixFiles, owner: UInt64, _ recordBytes: Int, compresses: Bool, _ bytes: Int) throws {
        self.files = files
        self.set = try LogSet(files: files)
        self.id = LogID(owner: owner, part: .messages())
        self.recordBytes = recordBytes
        self.compresses = compresses
        self.burst = max(1, min(64, (128 << 10) / recordBytes))
        self.count = bytes / recordBytes / self.burst * self.burst
    }

    /// Megabytes of payload and records a second: encoding, checksum and write, without sync.
    func append() throws -> (bytes: Double, records: Double) {
        let log = self.set.log(self.id)
        // Not all the same, so that compression has work to do.
        let body = (0..<self.recordBytes).map { UInt8(truncatingIfNeeded: ($0 &* 7) ^ ($0 >> 5)) }
        var writer = LogRecordWriter()
        let start = nanoseconds()
        for burst in 0..<(self.count / self.burst) {
            for record in 0..<self.burst { writer.append(after: UInt64(record & 3), body: body.span) }
            try log.append([
                LogAppend(
                    log: self.id,
                    first: log.next,
                    count: self.burst,
                    time: UInt64(burst),
                    records: writer.finish(),
                    compresses: self.compresses
                )
            ])
        }
        return self.speed(since: start)
    }

    func readThrough() throws -> (payload: Double, records: Double) {
        let view = try self.set.log(self.id).view()
        let reader = LogReader(files: self.files)
        var best = (payload: 0.0, records: 0.0)
        for _ in 0..<3 {
            var next = view.head
            var records = 0
            var sum: UInt64 = 0
            let start = nanoseconds()
            while next < view.next {
                let read = try reader.read(view, from: next, maximumBytes: LogBench.readBytes)
                records += read.entries.count
                for entry in read.entries { sum &+= UInt64(read.block.base[entry.body.lowerBound]) }
                next = read.next
            }
            precondition(records == self.count, "\(records) of \(self.count) records were read, sum \(sum)")
            let speed = self.speed(since: start)
            if speed.bytes > best.payload { best = (speed.bytes, speed.records) }
        }
        return best
    }

    /// Megabytes a second of the same files, in reads as large into memory that is there.
    func readPlainly() throws -> Double {
        let directory = LogPaths.directory(of: self.id)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: LogBench.readBytes, alignment: 4_096)
        defer { buffer.deallocate() }
        var best = 0.0
        for _ in 0..<3 {
            var bytes = 0
            let start = nanoseconds()
            for name in try self.files.list(directory) where name.hasSuffix(".seg") {
                let file = try self.files.open("\(directory)/\(name)", writable: false)
                defer { file.close() }
                var position = 0
                while true {
                    let there = try file.read(at: position, into: buffer)
                    position += there
                    if there < buffer.count { break }
                }
                bytes += position
            }
            best = max(best, Double(bytes) / Double(nanoseconds() - start) * 1_000)
        }
        return best
    }

    func remove() throws { try self.set.remove(self.id) }

    private func speed(since start: UInt64) -> (bytes: Double, records: Double) {
        let seconds = Double(nanoseconds() - start) / 1e9
        return (Double(self.count * self.recordBytes) / 1e6 / seconds, Double(self.count) / seconds)
    }
}

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The second number of statm, in pages.
private func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
}

private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}

private func thousands(_ value: Double) -> String { "\(Int(value / 1_000))k" }

private func twoDigits(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}
