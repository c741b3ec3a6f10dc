import Bytes
import LogFormat
import Machine

/// One append in the sync journal, as it stands there: a header, the records as they came, zeros up to a multiple of eight.
///
/// | at | bytes | what |
/// |---|---|---|
/// | 0 | 4 | magic number, "FLXJ" |
/// | 4 | 4 | CRC-32C over all behind it, records included |
/// | 8 | 2 | version, 1 |
/// | 10 | 2 | 1: the log's batch is to be compressed; 2: the log was removed, and there are no records |
/// | 12 | 4 | bytes of records |
/// | 16 | 4 | records |
/// | 20 | 4 | 0 |
/// | 24 | 8 | generation: that of the file's header |
/// | 32 | 8 | group: frames of one number were synced together; numbers are dense |
/// | 40 | 8 | the log |
/// | 48 | 8 | offset of the first record |
/// | 56 | 8 | time of the append, milliseconds since 1970 |
struct JournalFrame: Equatable {
    static let headerBytes = 64
    static let alignment = 8
    static let magic: UInt32 = 0x4A58_4C46
    static let version: UInt16 = 1
    private static let compresses: UInt16 = 1
    private static let removes: UInt16 = 2

    /// What a frame says is to be done to its log.
    enum Entry {
        case append(LogAppend)
        case remove(LogID)

        var log: LogID {
            switch self {
            case .append(let append): append.log
            case .remove(let log): log
            }
        }

        var records: ByteBlock? { if case .append(let append) = self { append.records } else { nil } }
        /// In the journal.
        var bytes: Int { JournalFrame.aligned(JournalFrame.headerBytes + (self.records?.count ?? 0)) }
    }

    static func aligned(_ bytes: Int) -> Int { (bytes + self.alignment - 1) & ~(self.alignment - 1) }

    /// Writes a header, with the checksum over it and the entry's records.
    static func write(_ entry: Entry, generation: UInt64, group: UInt64, at start: UnsafeMutableRawPointer) {
        var flags = JournalFrame.removes
        var (count, first, time): (Int, UInt64, UInt64) = (0, 0, 0)
        if case .append(let append) = entry {
            flags = append.compresses ? JournalFrame.compresses : 0
            (count, first, time) = (append.count, append.first, append.time)
        }
        start.setLittle(JournalFrame.magic, at: 0)
        start.setLittle(JournalFrame.version, at: 8)
        start.setLittle(flags, at: 10)
        start.setLittle(UInt32(entry.records?.count ?? 0), at: 12)
        start.setLittle(UInt32(count), at: 16)
        start.setLittle(UInt32(0), at: 20)
        start.setLittle(generation, at: 24)
        start.setLittle(group, at: 32)
        start.setLittle(entry.log.bits, at: 40)
        start.setLittle(first, at: 48)
        start.setLittle(time, at: 56)
        var checksum = crc32c(UnsafeRawBufferPointer(start: start + 8, count: JournalFrame.headerBytes - 8))
        if let records = entry.records {
            checksum = crc32c(UnsafeRawBufferPointer(start: records.base, count: records.count), from: checksum)
        }
        start.setLittle(checksum, at: 4)
    }

    var generation: UInt64
    var group: UInt64
    private var flags: UInt16
    private var count: Int
    private var log: LogID
    private var first: UInt64
    private var time: UInt64
    var recordBytes: Int
    /// In the journal.
    var bytes: Int { JournalFrame.aligned(JournalFrame.headerBytes + self.recordBytes) }

    /// nil for bytes that are no whole frame.
    ///
    /// - Parameter rest: The journal from where a frame may begin.
    init?(_ rest: UnsafeRawBufferPointer) {
        guard rest.count >= JournalFrame.headerBytes, let start = rest.baseAddress,
            start.little(UInt32.self, at: 0) == JournalFrame.magic,
            start.little(UInt16.self, at: 8) == JournalFrame.version
        else { return nil }
        self.flags = start.little(UInt16.self, at: 10)
        self.recordBytes = Int(start.little(UInt32.self, at: 12))
        self.count = Int(start.little(UInt32.self, at: 16))
        self.generation = start.little(UInt64.self, at: 24)
        self.group = start.little(UInt64.self, at: 32)
        self.log = LogID(bits: start.little(UInt64.self, at: 40))
        self.first = start.little(UInt64.self, at: 48)
        self.time = start.little(UInt64.self, at: 56)
        let whole = JournalFrame.headerBytes + self.recordBytes
        guard whole <= rest.count,
            crc32c(UnsafeRawBufferPointer(rebasing: rest[8..<whole])) == start.little(UInt32.self, at: 4)
        else { return nil }
    }

    /// - Parameter rest: What the frame was read from.
    func entry(_ rest: UnsafeRawBufferPointer) -> Entry {
        if self.flags & JournalFrame.removes != 0 { return .remove(self.log) }
        let records = ByteBlock.make(count: self.recordBytes)
        let source = rest[JournalFrame.headerBytes..<JournalFrame.headerBytes + self.recordBytes]
        UnsafeMutableRawBufferPointer(start: records.base, count: records.count).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: source)
        )
        return .append(
            LogAppend(
                log: self.log,
                first: self.first,
                count: self.count,
                time: self.time,
                records: records,
                compresses: self.flags & JournalFrame.compresses != 0
            )
        )
    }
}
