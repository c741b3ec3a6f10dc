import Bytes
import Files
import Glibc
import LogFormat
import Machine
import Metrics
import StateStore
import Synchronization
import Volume

/// What group commit brings: synced appends a second, with a sync that takes as long as on a common cloud disk.
///
/// `bench-volume [DIRECTORY]`. Environment: `SYNC_DELAY_MS` (2), `SECONDS` of a row (3), `BYTES` of a record (256). It ends with 1
/// when 500 outstanding appends in one log are not stored 200 times as fast as one at a time, or in as many logs 100 times.
@main
struct VolumeBench {
    private static func number(_ name: String, _ otherwise: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? otherwise
    }

    static func main() {
        let parent = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "/tmp"
        let delay = self.number("SYNC_DELAY_MS", 2)
        let seconds = self.number("SECONDS", 3)
        let bytes = self.number("BYTES", 256)
        print("sync delay \(delay) ms, \(bytes) bytes a record, \(seconds) s a row")
        print("logs  outstanding  appends/s  syncs/s  sync p50 us  p99 us  times one barrier a message")
        var single = 0.0
        var isFast = true
        for (logs, outstanding, goal) in [(1, 1, 0), (1, 500, 200), (500, 500, 100), (5_000, 5_000, 0)] {
            let rate = self.row(parent, delay, seconds, bytes, logs: logs, outstanding: outstanding, single)
            if single == 0 { single = rate }
            if rate < single * Double(goal) { isFast = false }
        }
        exit(isFast ? 0 : 1)
    }

    private static func row(
        _ parent: String,
        _ delay: Int,
        _ seconds: Int,
        _ bytes: Int,
        logs: Int,
        outstanding: Int,
        _ single: Double
    ) -> Double {
        var template = Array("\(parent)/bench-volume-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("no directory below \(parent)") }
        let path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { removeDirectory(path) }
        do {
            let faults = Faults()
            faults.change { $0.syncDelay = UInt64(delay) * 1_000_000 }
            let files = FaultyFiles(try PosixFiles(root: path), faults)
            let volume = try Volume(files: files, state: MemoryStore()) { print("notice: \($0)") }
            let publisher = Publisher(volume, logs: logs, bytes: bytes)
            volume.start()
            publisher.begin(outstanding)
            let start = volume.engine.statistics
            sleep(UInt32(seconds))
            let end = volume.engine.statistics
            let rate = Double(publisher.stored) / Double(seconds)
            let p50 = (end.syncLatency.quantile(0.5) ?? 0) / 1_000
            let p99 = (end.syncLatency.quantile(0.99) ?? 0) / 1_000
            let times = single > 0 ? "\(Int(rate / single))" : "1"
            let syncs = Int(end.journalSyncs - start.journalSyncs) / seconds
            print("\(logs)  \(outstanding)  \(Int(rate))  \(syncs)  \(p50)  \(p99)  \(times)")
            publisher.finish()
            faults.change { $0.syncDelay = 0 }
            if !volume.stop() { print("not stopped cleanly") }
            return rate
        } catch {
            fatalError("\(error)")
        }
    }
}

/// Keeps so many batches of one append each under way.
private final class Publisher: Sendable {
    private struct State {
        var next: [UInt64]
        var number: UInt64 = 0
        var stored: UInt64 = 0
        var isOver = false
    }
    private let volume: Volume
    private let record: ByteBlock
    private let state: Mutex<State>

    init(_ volume: Volume, logs: Int, bytes: Int) {
        self.volume = volume
        var writer = LogRecordWriter()
        writer.append(after: 0, body: [UInt8](repeating: 0x61, count: bytes).span)
        self.record = writer.finish()
        self.state = Mutex(State(next: Array(repeating: 0, count: logs)))
    }

    var stored: UInt64 { self.state.withLock { $0.stored } }

    func begin(_ outstanding: Int) {
        self.volume.attach(shard: 0) { [self] answers in
            for case .stored(_, let through) in answers {
                let count = self.state.withLock { state in
                    defer { state.stored = through }
                    return state.isOver ? 0 : Int(through - state.stored)
                }
                if count > 0 { self.publish(count) }
            }
        }
        self.publish(outstanding)
    }

    func finish() { self.state.withLock { $0.isOver = true } }

    private func publish(_ count: Int) {
        let batches = self.state.withLock { state in
            (0..<count).map { _ in
                let place = Int(state.number % UInt64(state.next.count))
                state.number += 1
                let append = LogAppend(
                    log: LogID(owner: UInt64(place + 1), part: .messages()),
                    first: state.next[place],
                    count: 1,
                    time: 1_700_000_000_000,
                    records: self.record
                )
                state.next[place] += 1
                return StoreBatch(kind: .synced, number: state.number, records: 1, commands: [.append(append)])
            }
        }
        self.volume.submit(batches, reads: [], from: 0)
    }
}

/// Removes what a row has left behind.
private func removeDirectory(_ path: String) {
    guard let files = try? PosixFiles(root: path) else { return }
    func empty(_ directory: String) {
        for name in (try? files.list(directory)) ?? [] {
            let path = directory.isEmpty ? name : "\(directory)/\(name)"
            if (try? files.remove(path)) == nil {
                empty(path)
                try? files.removeDirectory(path)
            }
        }
    }
    empty("")
    rmdir(path)
}
