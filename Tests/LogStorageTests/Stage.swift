import Bytes
import Files
import LogFormat
import LogStorage
import Machine
import SimulatedFiles
import Simulation

/// A volume in memory, with small segments so that little makes many of them.
final class Stage {
    static let log = LogID(owner: 0x2A, part: .messages())

    let system: SimulatedFileSystem
    let files: SimulatedFiles
    /// What the logs see: ``files``, with faults.
    let faults = Faults()
    var options = LogOptions()
    private(set) var set: LogSet

    init(seed: UInt64 = 1, segmentBytes: Int = 4_096) throws {
        self.system = SimulatedFileSystem(seed: seed)
        self.files = SimulatedFiles(self.system)
        self.options.segmentBytes = segmentBytes
        self.options.indexInterval = 512
        self.options.indexSaveBytes = 1_024
        self.options.trimBytes = 1_024
        self.set = try LogSet(files: FaultyFiles(self.files, self.faults), options: self.options)
    }

    var log: Log { self.set.log(Stage.log) }
    var directory: String { "queues/000000000000002a/messages" }

    /// As after the end of the process, or of a clean stop.
    func restart(clean: Bool = false) throws {
        let stop = clean ? try CleanStop(self.set.cleanStop().encoded()) : nil
        self.set.closeFiles()
        self.set = try LogSet(files: FaultyFiles(self.files, self.faults), options: self.options, clean: stop)
    }

    func crash() throws {
        self.system.crash()
        self.set = try LogSet(files: FaultyFiles(self.files, self.faults), options: self.options)
    }

    /// One burst of records at the log's end.
    func append(
        _ bodies: [[UInt8]],
        keys: [[UInt8]?]? = nil,
        time: UInt64 = 1_000,
        compresses: Bool = false,
        to id: LogID = Stage.log
    ) throws {
        try self.set.log(id).append([
            batch(bodies, keys: keys, time: time, first: self.set.log(id).next, compresses: compresses, to: id)
        ])
    }

    /// Everything from an offset on, as readers see it.
    func contents(from first: UInt64? = nil, maximumBytes: Int = 700, of id: LogID = Stage.log) throws -> [UInt64:
        [UInt8]]
    {
        var found: [UInt64: [UInt8]] = [:]
        let log = self.set.log(id)
        try log.open()
        var next = first ?? log.head
        while true {
            let read = try log.read(from: next, maximumBytes: maximumBytes)
            if read.entries.isEmpty { return found }
            for entry in read.entries {
                precondition(entry.offset >= next, "offsets go back")
                found[entry.offset] = read.block.span(entry.body).copied()
            }
            next = read.next
        }
    }

    /// Paths of the log's files.
    func paths(_ ending: String) -> [String] {
        self.system.paths.filter { $0.hasPrefix(self.directory) && $0.hasSuffix(ending) }
    }

    func flip(_ path: String, byte: Int) throws {
        let file = try self.system.open(path)
        let old = try self.system.read(file, at: byte, count: 1)
        try self.system.write([old[0] ^ 0x10], to: file, at: byte)
        try self.system.sync(file)
    }

    func size(_ path: String) throws -> Int { try self.system.size(of: try self.system.open(path)) }
}

func batch(
    _ bodies: [[UInt8]],
    keys: [[UInt8]?]? = nil,
    time: UInt64 = 1_000,
    first: UInt64,
    compresses: Bool = false,
    to id: LogID = Stage.log
) -> LogAppend {
    var writer = LogRecordWriter()
    for (number, body) in bodies.enumerated() {
        if let key = keys?[number] {
            writer.append(after: UInt64(number), key: key.span, body: body.span)
        } else {
            writer.append(after: UInt64(number), body: body.span)
        }
    }
    return LogAppend(
        log: id,
        first: first,
        count: bodies.count,
        time: time,
        records: writer.finish(),
        compresses: compresses
    )
}

func body(_ number: Int, count: Int = 100) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
}
