import Bytes
import Files
import Glibc
import LogFormat
import LogStorage
import Machine
import StateStore
import Synchronization
import Testing
import Volume

@Suite("A volume with threads, on the system's files")
struct ThreadTests {
    @Test("many shards, many logs: everything is answered in order, read back, and there after a stop and a start")
    func stress() async throws {
        let path = try temporaryDirectory()
        defer { removeDirectory(path) }
        var settings = VolumeSettings()
        settings.journalBytes = 256 << 10
        settings.syncInterval = 20
        settings.checkpointInterval = 50
        settings.logs.segmentBytes = 64 << 10
        settings.logs.openFiles = 5
        settings.minimumFree = 0
        let notices = NoticeLog()
        let volume = try Self.open(path, settings, notices)
        let publishers = (0..<4).map { Publisher($0, volume, logs: 6, batches: 300, outstanding: 40) }
        volume.start()
        for publisher in publishers { publisher.begin() }
        await eventually("all is stored") { publishers.allSatisfy(\.isDone) }
        for publisher in publishers { #expect(publisher.mistakes == []) }
        #expect(volume.stop())
        #expect(notices.all == [])
        let again = try Self.open(path, settings, notices)
        for publisher in publishers { #expect(try publisher.check(again)) }
        again.start()
        #expect(again.stop())
    }

    @Test("what a process that was killed had been answered is there, though nothing was stopped")
    func killed() async throws {
        let path = try temporaryDirectory()
        defer { removeDirectory(path) }
        let notices = NoticeLog()
        let volume = try Self.open(path, VolumeSettings(), notices)
        let publisher = Publisher(0, volume, logs: 3, batches: 50, outstanding: 10)
        volume.start()
        publisher.begin()
        await eventually("all is stored") { publisher.isDone }
        // Another opens the files as they are now.
        let again = try Self.open(path, VolumeSettings(), notices)
        #expect(try publisher.check(again))
        again.start()
        #expect(again.stop())
        _ = volume.stop()
    }

    private static func open(_ path: String, _ settings: VolumeSettings, _ notices: NoticeLog) throws -> Volume {
        try Volume(files: try PosixFiles(root: path), state: MemoryStore(), settings: settings) { notices.add($0) }
    }
}

/// A shard that keeps so many batches under way, and reads what it is told is stored.
private final class Publisher: Sendable {
    private struct State {
        var given: [LogID: UInt64] = [:]
        var numbers = [UInt64](repeating: 0, count: 4)
        var stored = [UInt64](repeating: 0, count: 4)
        var batches = 0
        var reads = 0
        var mistakes: [String] = []
    }
    private let shard: Int
    private let volume: Volume
    private let logs: Int
    private let batches: Int
    private let outstanding: Int
    private let state = Mutex(State())

    init(_ shard: Int, _ volume: Volume, logs: Int, batches: Int, outstanding: Int) {
        self.shard = shard
        self.volume = volume
        self.logs = logs
        self.batches = batches
        self.outstanding = outstanding
    }

    var isDone: Bool { self.state.withLock { $0.numbers == $0.stored && $0.batches == self.batches && $0.reads == 0 } }
    var mistakes: [String] { self.state.withLock { $0.mistakes } }

    func begin() {
        self.volume.attach(shard: self.shard) { [self] in self.received($0) }
        self.goOn([])
    }

    private func received(_ answers: [StoreAnswer]) {
        var reads: [ReadRequest] = []
        self.state.withLock { state in
            for answer in answers {
                switch answer {
                case .stored(let kind, let through):
                    let lane = Int(kind.rawValue)
                    if through <= state.stored[lane] { state.mistakes.append("\(kind) \(through) is not in order") }
                    state.stored[lane] = through
                    guard state.numbers == state.stored else { continue }
                    for (log, next) in state.given.sorted(by: { $0.key < $1.key }) {
                        state.reads += 1
                        let question = ReadRequest.Question.records(from: next - 1, maximumBytes: 100)
                        reads.append(ReadRequest(ticket: log.bits, log: log, question: question))
                    }
                case .news(.read(let ticket, .success(let read))):
                    state.reads -= 1
                    if read.entries.isEmpty { state.mistakes.append("log \(ticket) has not what was stored") }
                case .news(let news): state.mistakes.append("\(news)")
                }
            }
        }
        self.goOn(reads)
    }

    /// A shard is one thread; here answers come from several, so what is made in order is given under the lock too.
    private func goOn(_ reads: [ReadRequest]) {
        self.state.withLock { state in
            var batches: [StoreBatch] = []
            let underWay = zip(state.numbers, state.stored).reduce(0) { $0 + Int($1.0 - $1.1) }
            for _ in 0..<max(self.outstanding - underWay, 0) where state.batches < self.batches {
                batches.append(self.makeBatch(&state))
            }
            if !batches.isEmpty || !reads.isEmpty { self.volume.submit(batches, reads: reads, from: self.shard) }
        }
    }

    private func makeBatch(_ state: inout State) -> StoreBatch {
        state.batches += 1
        let place = state.batches % self.logs
        let kind: DurabilityClass = place % 2 == 0 ? .synced : .buffered
        let log = messages(UInt64(self.shard * self.logs + place + 1))
        let first = state.given[log] ?? 0
        var writer = LogRecordWriter()
        for number in first..<first + 5 {
            writer.append(
                after: 0,
                body: Array("\(number) \(String(repeating: "x", count: state.batches % 300))".utf8).span
            )
        }
        state.given[log] = first + 5
        state.numbers[Int(kind.rawValue)] += 1
        let append = LogAppend(log: log, first: first, count: 5, time: 1_700_000_000_000, records: writer.finish())
        return StoreBatch(
            kind: kind,
            number: state.numbers[Int(kind.rawValue)],
            records: 5,
            commands: [.append(append)]
        )
    }

    /// Whether a volume that was opened again has everything.
    func check(_ volume: Volume) throws -> Bool {
        let given = self.state.withLock { $0.given }
        for (log, next) in given {
            var expected: UInt64 = 0
            try volume.engine.forEachRecord(log) { read in
                for entry in read.entries {
                    let text = read.block.span(entry.body).withUnsafeBufferPointer {
                        String(decoding: $0, as: UTF8.self)
                    }
                    if entry.offset == expected, text.hasPrefix("\(expected) ") { expected += 1 }
                }
            }
            if expected != next { return false }
        }
        return true
    }
}

private func temporaryDirectory() throws -> String {
    var template = Array("/tmp/fluxmq-volume-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError(errno, "make a temporary directory") }
    return String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

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

/// Asks until it is so, for thirty seconds at most.
private func eventually(
    _ what: Comment,
    at location: SourceLocation = #_sourceLocation,
    _ condition: () -> Bool
) async {
    let end = ContinuousClock.now + .seconds(30)
    // Looked at before the clock: where all threads for tasks are busy, a sleep of a millisecond may last a minute.
    while !condition() {
        guard ContinuousClock.now < end else {
            Issue.record(what, sourceLocation: location)
            return
        }
        try? await Task.sleep(for: .milliseconds(1))
    }
}
