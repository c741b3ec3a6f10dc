import Bytes
import Files
import Machine

/// The one file that takes what must be synced, for all logs of a volume: a group costs one write and one fdatasync, however many
/// logs it is for.
///
/// There are two files. One is written; when it is full, or old, the other takes over, and the first may be written over as soon
/// as a checkpoint has synced every segment that its frames are for. A file is written over in place, not truncated: then
/// fdatasync need not write a new length. Frames carry the file's generation, so that leftovers of an older one are known.
///
/// For one thread at a time.
final class SyncJournal {
    private struct Half {
        let file: any DataFile
        /// nil until the file has a header.
        var generation: UInt64?
        /// Where the next frame goes.
        var position = 0
        /// Bytes of the file, zeros ahead of the frames included.
        var allocated = 0
        /// What the writer called the last group.
        var lastGroup: UInt64 = 0
    }

    /// Frames that a checkpoint has to cover.
    struct Filled: Equatable {
        var half: Int
        var lastGroup: UInt64
    }

    /// Bytes after which the other file takes over.
    private let capacity: Int
    /// Zeros that are written ahead at a time: most groups then leave the file's length alone.
    private let step: Int
    private let makeGeneration: () -> UInt64
    private var halves: [Half]
    private var current = 0
    /// Groups written so far; frames carry their number.
    private var groups: UInt64 = 0
    /// The file that waits for its checkpoint; nil while the other may be written over.
    private(set) var filled: Filled?
    private var staging = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 8)
    /// Larger records are written from where they are.
    private static let copied = 4 << 10
    /// How far the file may grow beyond its capacity while the other waits for its checkpoint, as a factor.
    private static let overflow = 4

    /// - Parameters:
    ///   - files: What they held is replayed and synced: they begin anew.
    ///   - generation: Gives numbers that nobody can guess.
    init(_ files: any FileSystem, capacity: Int, generation: @escaping () -> UInt64) throws(FileError) {
        self.capacity = capacity
        self.makeGeneration = generation
        self.step = max(min(1 << 20, capacity / 4), 512)
        var halves: [Half] = []
        try files.makeDirectory(StorageNames.journal)
        for number in 0..<2 {
            let path = StorageNames.journal(number)
            let isThere = try files.list(StorageNames.journal).contains("\(number)")
            let file = isThere ? try files.open(path, writable: true) : try files.create(path)
            try file.truncate(to: 0)
            try file.sync()
            halves.append(Half(file: file))
        }
        try files.syncDirectory(StorageNames.journal)
        try files.syncDirectory("")
        self.halves = halves
    }

    deinit {
        self.staging.deallocate()
        for half in self.halves { half.file.close() }
    }

    /// Bytes in both files that a start would replay.
    var bytes: Int { self.halves[self.current].position + (self.filled.map { self.halves[$0.half].position } ?? 0) }
    var isEmpty: Bool { self.halves[self.current].position == 0 }

    /// Whether the group has a place now; otherwise a checkpoint must come first.
    func hasRoom(for bytes: Int) -> Bool {
        let position = self.halves[self.current].position
        return position == 0 || self.filled == nil || position + bytes <= self.capacity * Self.overflow
    }

    // MARK: Writing

    /// Writes the frames of a group. They are safe after ``sync()``, which comes before the next write. A group whose write failed is
    /// written again, whole.
    func write(_ entries: [JournalFrame.Entry], group: UInt64) throws(FileError) {
        let bytes = entries.reduce(0) { $0 + $1.bytes }
        if self.halves[self.current].position + bytes > self.capacity { self.rotate() }
        let generation = try self.begin()
        let half = self.halves[self.current]
        let pieces = self.frames(of: entries, generation: generation, group: self.groups + 1)
        try half.file.write(pieces, at: half.position)
        let end = half.position + bytes
        if end > half.allocated {
            // What is behind the frames matters to nobody, so neither does a failure.
            let zeros = [UInt8](repeating: 0, count: self.step)
            let isAhead = (try? half.file.write(zeros, at: end)) != nil
            self.halves[self.current].allocated = isAhead ? end + self.step : end
        }
        self.halves[self.current].position = end
        self.halves[self.current].lastGroup = group
        self.groups += 1
    }

    /// Gives the file a header, unless it has one.
    private func begin() throws(FileError) -> UInt64 {
        if let generation = self.halves[self.current].generation { return generation }
        let header = JournalHeader(generation: self.makeGeneration(), firstGroup: self.groups + 1)
        let file = self.halves[self.current].file
        try file.write(header.encoded, at: 0)
        try file.sync()
        self.halves[self.current].generation = header.generation
        self.halves[self.current].position = JournalHeader.blockBytes
        return header.generation
    }

    func sync() throws(FileError) { try self.halves[self.current].file.sync() }

    /// Headers and small records one behind the other in the staging buffer; large records where they are.
    private func frames(
        of entries: [JournalFrame.Entry],
        generation: UInt64,
        group: UInt64
    ) -> [UnsafeRawBufferPointer] {
        let staged = entries.reduce(0) { sum, entry in
            let records = entry.records?.count ?? 0
            return sum + entry.bytes - (records > Self.copied ? records : 0)
        }
        if staged > self.staging.count {
            self.staging.deallocate()
            self.staging = .allocate(byteCount: staged * 2, alignment: 8)
        }
        guard let base = self.staging.baseAddress else { return [] }
        var pieces: [UnsafeRawBufferPointer] = []
        var (start, end) = (0, 0)
        for entry in entries {
            JournalFrame.write(entry, generation: generation, group: group, at: base + end)
            end += JournalFrame.headerBytes
            let records = entry.records
            if let records, records.count <= Self.copied {
                (base + end).copyMemory(from: records.base, byteCount: records.count)
                end += records.count
            } else if let records {
                pieces.append(UnsafeRawBufferPointer(start: base + start, count: end - start))
                pieces.append(UnsafeRawBufferPointer(start: records.base, count: records.count))
                start = end
            }
            let padding = entry.bytes - JournalFrame.headerBytes - (records?.count ?? 0)
            (base + end).initializeMemory(as: UInt8.self, repeating: 0, count: padding)
            end += padding
        }
        if end > start { pieces.append(UnsafeRawBufferPointer(start: base + start, count: end - start)) }
        return pieces
    }

    // MARK: Checkpoints

    /// Lets the other file take over, if it may be written over and there is anything to checkpoint.
    func rotate() {
        guard self.filled == nil, self.halves[self.current].position > 0 else { return }
        self.filled = Filled(half: self.current, lastGroup: self.halves[self.current].lastGroup)
        self.current = 1 - self.current
        self.halves[self.current].generation = nil
        self.halves[self.current].position = 0
    }

    /// Every segment that the filled file's frames are for is synced.
    func checkpointed() { self.filled = nil }

    /// Everything is synced in its place: a start will find nothing here.
    func clear() throws(FileError) {
        for index in self.halves.indices {
            try self.halves[index].file.truncate(to: 0)
            try self.halves[index].file.sync()
            self.halves[index] = Half(file: self.halves[index].file)
        }
        self.filled = nil
    }
}

@available(*, unavailable)
extension SyncJournal: Sendable {}
