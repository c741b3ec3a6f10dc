import LogFormat

/// What a file of the sync journal begins with. It is synced before the first frame is written, in a block of its own.
///
/// | at | bytes | what |
/// |---|---|---|
/// | 0 | 4 | magic number, "FLXH" |
/// | 4 | 4 | CRC-32C over all behind it |
/// | 8 | 2 | version, 1 |
/// | 10 | 6 | 0 |
/// | 16 | 8 | generation: a number that nobody can guess, so that no leftover of an older one, and nothing that a client has sent, is taken for a frame |
/// | 24 | 8 | group of the first frame |
struct JournalHeader: Equatable {
    static let headerBytes = 32
    /// Where frames begin.
    static let blockBytes = 4_096
    private static let magic: UInt32 = 0x4858_4C46

    var generation: UInt64
    var firstGroup: UInt64

    init(generation: UInt64, firstGroup: UInt64) {
        self.generation = generation
        self.firstGroup = firstGroup
    }

    var encoded: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: JournalHeader.blockBytes)
        bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            start.setLittle(JournalHeader.magic, at: 0)
            start.setLittle(JournalFrame.version, at: 8)
            start.setLittle(self.generation, at: 16)
            start.setLittle(self.firstGroup, at: 24)
            start.setLittle(crc32c(UnsafeRawBufferPointer(rebasing: buffer[8..<JournalHeader.headerBytes])), at: 4)
        }
        return bytes
    }

    /// nil for a file that begins with something else.
    init?(_ file: UnsafeRawBufferPointer) {
        guard file.count >= JournalHeader.blockBytes, let start = file.baseAddress,
            start.little(UInt32.self, at: 0) == JournalHeader.magic,
            start.little(UInt16.self, at: 8) == JournalFrame.version,
            start.little(UInt32.self, at: 4)
                == crc32c(UnsafeRawBufferPointer(rebasing: file[8..<JournalHeader.headerBytes]))
        else { return nil }
        self.generation = start.little(UInt64.self, at: 16)
        self.firstGroup = start.little(UInt64.self, at: 24)
    }
}
