import Glibc

/// A descriptor. It is closed at the latest when nobody refers to it, so that whoever still reads or syncs it may go on.
final class PosixFile: DataFile {
    private let descriptor: Int32
    private let path: String
    private var isOpen = true

    init(_ descriptor: Int32, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { self.close() }

    func close() {
        if !self.isOpen { return }
        self.isOpen = false
        // An error here is one of an earlier write, which a sync has reported or will not be asked for.
        Glibc.close(self.descriptor)
    }

    func size() throws(FileError) -> Int {
        var facts = stat()
        if fstat(self.descriptor, &facts) != 0 { throw FileError(errno, "ask for the size of \(self.path)") }
        return Int(facts.st_size)
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        var filled = 0
        while filled < buffer.count, let base = buffer.baseAddress {
            let count = pread(self.descriptor, base + filled, buffer.count - filled, off_t(offset + filled))
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(errno, "read \(self.path) at byte \(offset + filled)")
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    func write(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(FileError) {
        var rest = PendingPieces(pieces)
        var position = offset
        while !rest.isEmpty {
            let written = rest.withVectors {
                pwritev(self.descriptor, $0.baseAddress, Int32($0.count), off_t(position))
            }
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(errno, "write \(self.path) at byte \(position)")
            }
            rest.advance(by: written)
            position += written
        }
    }

    func truncate(to size: Int) throws(FileError) {
        if restarting({ ftruncate(self.descriptor, off_t(size)) }) != 0 {
            throw FileError(errno, "truncate \(self.path) to \(size) bytes")
        }
    }

    func sync() throws(FileError) {
        if restarting({ fdatasync(self.descriptor) }) != 0 { throw FileError(errno, "sync \(self.path)") }
    }
}

/// What is left of a gathered write that the system takes in parts.
struct PendingPieces {
    /// A system call takes no more (IOV_MAX).
    static let most = 1_024

    private let pieces: [UnsafeRawBufferPointer]
    /// The piece that is next, and how much of it has gone.
    private var index = 0
    private var gone = 0

    init(_ pieces: [UnsafeRawBufferPointer]) {
        self.pieces = pieces
        self.skipEmpty()
    }

    var isEmpty: Bool { self.index == self.pieces.count }

    mutating func advance(by bytes: Int) {
        var rest = bytes
        while rest > 0, !self.isEmpty {
            let step = min(rest, self.pieces[self.index].count - self.gone)
            self.gone += step
            rest -= step
            self.skipEmpty()
        }
    }

    private mutating func skipEmpty() {
        while !self.isEmpty, self.gone == self.pieces[self.index].count {
            self.index += 1
            self.gone = 0
        }
    }

    func withVectors<Result>(_ body: (UnsafeBufferPointer<iovec>) -> Result) -> Result {
        let count = min(self.pieces.count - self.index, Self.most)
        return withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
            for offset in 0..<count {
                let piece = self.pieces[self.index + offset]
                let skipped = offset == 0 ? self.gone : 0
                let base = UnsafeMutableRawPointer(mutating: piece.baseAddress).map { $0 + skipped }
                vectors.initializeElement(at: offset, to: iovec(iov_base: base, iov_len: piece.count - skipped))
            }
            return body(UnsafeBufferPointer(rebasing: vectors[..<count]))
        }
    }
}
