import Files
import Machine

/// Reads what a journal held, at a start.
struct JournalReplay {
    /// Bytes of frames.
    private(set) var bytes = 0
    /// Where it is not what was written and synced: file, byte, and what that means.
    private(set) var damage: [String] = []

    /// Hands out both files' entries with their groups, in the order in which they were written. A journal that is not there is empty.
    ///
    /// One file at a time is in memory.
    init<Failure: Error>(
        _ files: any FileSystem,
        failure: (FileError) -> Failure,
        _ body: (JournalFrame.Entry, _ group: UInt64) throws(Failure) -> Void
    ) throws(Failure) {
        var halves: [(path: String, header: JournalHeader)] = []
        do throws(FileError) {
            for name in try files.list(StorageNames.journal) where name == "0" || name == "1" {
                let path = "\(StorageNames.journal)/\(name)"
                let file = try files.open(path, writable: false)
                defer { file.close() }
                let start = try file.read(at: 0, count: JournalHeader.blockBytes)
                if let header = start.withUnsafeBytes({ JournalHeader($0) }) {
                    halves.append((path, header))
                } else if start.contains(where: { $0 != 0 }) {
                    self.damage.append(
                        "\(path): it has no header; the power went while it was begun anew, or it is damaged"
                    )
                }
            }
        } catch {
            throw failure(error)
        }
        for half in halves.sorted(by: { $0.header.firstGroup < $1.header.firstGroup }) {
            let contents: [UInt8]
            do throws(FileError) { contents = try files.contents(of: half.path) } catch { throw failure(error) }
            var frames = Frames(half.header)
            while let (frame, position) = contents.withUnsafeBytes({ frames.next(in: $0) }) {
                self.bytes += frame.bytes
                let entry = contents.withUnsafeBytes { frame.entry(UnsafeRawBufferPointer(rebasing: $0[position...])) }
                try body(entry, frame.group)
            }
            if let position = frames.damagedAt {
                self.damage.append("\(half.path): frames that were synced are damaged from byte \(position) on")
            }
        }
    }

    /// Goes through the frames of a file.
    ///
    /// Only the last group can be torn, since the next is written when it is synced. A frame of a later group behind bytes that are
    /// no frame says that the device lost something; what is there is taken all the same.
    private struct Frames {
        private let generation: UInt64
        private var position = JournalHeader.blockBytes
        /// Of the last frame in front of the first hole.
        private var group: UInt64
        private var hole: Int?
        private(set) var damagedAt: Int?

        init(_ header: JournalHeader) {
            self.generation = header.generation
            self.group = header.firstGroup - 1
        }

        mutating func next(in file: UnsafeRawBufferPointer) -> (JournalFrame, position: Int)? {
            while self.position + JournalFrame.headerBytes <= file.count {
                let start = self.position
                guard let frame = JournalFrame(UnsafeRawBufferPointer(rebasing: file[start...])),
                    frame.generation == self.generation
                else {
                    self.hole = self.hole ?? start
                    self.position += JournalFrame.alignment
                    continue
                }
                if let hole, frame.group > self.group + 1 { self.damagedAt = self.damagedAt ?? hole }
                if self.hole == nil { self.group = frame.group }
                self.position += frame.bytes
                return (frame, start)
            }
            return nil
        }
    }
}
