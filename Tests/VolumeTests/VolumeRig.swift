import Bytes
import Files
import LogFormat
import LogStorage
import Machine
import SimulatedFiles
import Simulation
import StateStore
import Synchronization
import Volume

/// A volume on simulated files, driven by hand; it can be killed, lose its power, and be opened again.
final class VolumeRig {
    let system: SimulatedFileSystem
    let simulated: SimulatedFiles
    let faults = Faults()
    let state = MemoryStore()
    var settings: VolumeSettings
    private(set) var engine: VolumeEngine
    private(set) var now: UInt64 = 1_000
    private var answers = AnswerLog()
    private var notes = NoticeLog()
    private var numbers: [UInt64] = []
    private let random: Numbers

    init(seed: UInt64 = 1, settings: VolumeSettings = VolumeRig.settings) throws {
        self.system = SimulatedFileSystem(seed: seed)
        self.simulated = SimulatedFiles(self.system)
        self.settings = settings
        self.random = Numbers(seed)
        self.engine = try Self.open(self.simulated, self.faults, self.state, settings, self.notes, self.random, 1_000)
        self.attach()
    }

    static var settings: VolumeSettings {
        var settings = VolumeSettings()
        settings.journalBytes = 16 << 10
        settings.logs.segmentBytes = 4 << 10
        settings.logs.openFiles = 3
        return settings
    }

    private static func open(
        _ files: SimulatedFiles,
        _ faults: Faults,
        _ state: MemoryStore,
        _ settings: VolumeSettings,
        _ notes: NoticeLog,
        _ random: Numbers,
        _ now: UInt64
    ) throws(StorageFailure) -> VolumeEngine {
        try VolumeEngine(
            files: FaultyFiles(files, faults),
            state: state,
            settings: settings,
            environment: VolumeEnvironment(unixTime: { 1_700_000_000_000 }, clock: { 0 }, random: { random.next() }),
            now: now,
            notify: { notes.add($0) }
        )
    }

    private func attach() {
        self.numbers = Array(repeating: 0, count: 4 * DurabilityClass.allCases.count)
        let answers = self.answers
        for shard in 0..<4 { self.engine.attach(shard: shard) { answers.add($0, shard) } }
    }

    /// The process goes, and comes back. What was given and not answered is forgotten by all.
    func reopen(afterPowerLoss: Bool = false) throws {
        if afterPowerLoss { self.system.crash() }
        self.answers = AnswerLog()
        self.notes = NoticeLog()
        self.engine = try Self.open(
            self.simulated,
            self.faults,
            self.state,
            self.settings,
            self.notes,
            self.random,
            self.now
        )
        self.attach()
    }

    // MARK: What happens

    /// - Returns: The batch's number.
    @discardableResult
    func submit(_ kind: DurabilityClass, _ commands: [StoreCommand], shard: Int = 0) -> UInt64 {
        let lane = shard * DurabilityClass.allCases.count + Int(kind.rawValue)
        self.numbers[lane] += 1
        let batch = StoreBatch(kind: kind, number: self.numbers[lane], records: commands.count, commands: commands)
        self.engine.submit([batch], reads: [], from: shard)
        return batch.number
    }

    func turn(_ lane: VolumeLane) { self.engine.turn(lane, now: self.now) }

    /// Lets every lane do what it has to do now.
    func settle() {
        while let lane = VolumeLane.allCases.first(where: { self.engine.wanted($0).map { $0 <= self.now } ?? false }) {
            self.turn(lane)
        }
    }

    func pass(_ milliseconds: UInt64) { self.now += milliseconds }

    // MARK: What is so

    func stored(_ kind: DurabilityClass, shard: Int = 0) -> UInt64 { self.answers.stored(kind, shard) }
    var news: [StorageNews] { self.answers.news }
    var notices: [VolumeNotice] { self.notes.all }
    var paths: [String] { self.system.paths }
    var status: VolumeStatus.State { self.engine.status.state }

    func read(_ log: LogID, from first: UInt64 = 0, maximumBytes: Int = 1 << 20) -> Result<[String], StorageFailure>? {
        let question = ReadRequest.Question.records(from: first, maximumBytes: maximumBytes)
        self.engine.submit([], reads: [ReadRequest(ticket: 7, log: log, question: question)], from: 0)
        for _ in 0..<4 {
            self.turn(.reader)
            if case .read(_, let result)? = self.answers.takeRead() { return result.map(bodies) }
            self.turn(.writer)
        }
        return nil
    }

    /// What became of a repair; nil while it is under way.
    func repaired(_ ticket: UInt64) -> Result<RepairedLog, StorageFailure>? {
        for news in self.news {
            if case .repaired(ticket, let result) = news { return result }
        }
        return nil
    }

    /// All records of a log, as a start finds them.
    func contents(_ log: LogID) throws(StorageFailure) -> [String] {
        var all: [String] = []
        do throws(StorageFailure) {
            try self.engine.forEachRecord(log) { all += bodies($0) }
        } catch  where error.kind == .gone {}
        return all
    }
}

private func bodies(_ read: LogRead) -> [String] {
    read.entries.map { String(decoding: bytes(read.block.span($0.body)), as: UTF8.self) }
}

private func bytes(_ span: Span<UInt8>) -> [UInt8] { span.withUnsafeBufferPointer { Array($0) } }

/// Records of one append.
func append(_ log: LogID, _ first: UInt64, _ bodies: [String], compresses: Bool = false) -> StoreCommand {
    var writer = LogRecordWriter()
    for body in bodies { writer.append(after: 0, body: Array(body.utf8).span) }
    return .append(
        LogAppend(
            log: log,
            first: first,
            count: bodies.count,
            time: 1_700_000_000_000,
            records: writer.finish(),
            compresses: compresses
        )
    )
}

func messages(_ owner: UInt64) -> LogID { LogID(owner: owner, part: .messages()) }

/// Answers as they come, and whether numbers of a class come in order.
final class AnswerLog: Sendable {
    private struct State {
        var stored: [Int: UInt64] = [:]
        var news: [StorageNews] = []
    }
    private let state = Mutex(State())

    func add(_ answers: [StoreAnswer], _ shard: Int) {
        self.state.withLock { state in
            for answer in answers {
                switch answer {
                case .stored(let kind, let through):
                    let key = shard << 8 | Int(kind.rawValue)
                    precondition(through > state.stored[key] ?? 0, "numbers of a class are not in order")
                    state.stored[key] = through
                case .news(let news): state.news.append(news)
                }
            }
        }
    }

    func stored(_ kind: DurabilityClass, _ shard: Int) -> UInt64 {
        self.state.withLock { $0.stored[shard << 8 | Int(kind.rawValue)] ?? 0 }
    }

    var news: [StorageNews] { self.state.withLock { $0.news } }

    func takeRead() -> StorageNews? {
        self.state.withLock { state in
            let place = state.news.firstIndex { if case .read = $0 { true } else { false } }
            return place.map { state.news.remove(at: $0) }
        }
    }
}

final class NoticeLog: Sendable {
    private let list = Mutex<[VolumeNotice]>([])
    func add(_ notice: VolumeNotice) { self.list.withLock { $0.append(notice) } }
    var all: [VolumeNotice] { self.list.withLock { $0 } }
}

final class Numbers: Sendable {
    private let random: Mutex<SeededRandom>
    init(_ seed: UInt64) { self.random = Mutex(SeededRandom(seed: seed)) }
    func next() -> UInt64 { self.random.withLock { $0.next() } }
}
