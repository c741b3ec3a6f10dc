import Synchronization

/// The files of a volume that ends with the process: the same logs, in memory, up to a number of bytes.
package final class MemoryFiles: FileSystem, Sendable {
    private struct State {
        var files: [String: Contents] = [:]
        var directories: Set<String> = []
    }
    private let state = Mutex(State())
    private let space: Space

    /// - Parameter limit: Bytes of all files together; what is over it finds no space.
    package init(limit: UInt64) { self.space = Space(limit) }

    package func create(_ path: String) throws(FileError) -> any DataFile {
        let contents = Contents(self.space)
        let isNew = self.state.withLock { state in
            if state.files[path] != nil { return false }
            state.files[path] = contents
            return true
        }
        if !isNew { throw FileError(.exists, "create \(path): it exists") }
        return MemoryFile(contents, path)
    }

    package func open(_ path: String, writable: Bool) throws(FileError) -> any DataFile {
        guard let contents = self.state.withLock({ $0.files[path] }) else {
            throw FileError(.notFound, "open \(path): there is no such file")
        }
        return MemoryFile(contents, path)
    }

    package func rename(_ path: String, to target: String) throws(FileError) {
        let isThere = self.state.withLock { state in
            guard let contents = state.files.removeValue(forKey: path) else { return false }
            state.files[target] = contents
            return true
        }
        if !isThere { throw FileError(.notFound, "rename \(path): there is no such file") }
    }

    package func remove(_ path: String) throws(FileError) {
        if self.state.withLock({ $0.files.removeValue(forKey: path) }) == nil {
            throw FileError(.notFound, "remove \(path): there is no such file")
        }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        let names = self.state.withLock { state in
            (Array(state.files.keys) + Array(state.directories)).filter { $0.hasPrefix(prefix) && $0 != directory }.map
            {
                String($0.dropFirst(prefix.count).prefix { $0 != "/" })
            }
        }
        return Set(names).sorted()
    }

    package func makeDirectory(_ directory: String) throws(FileError) {
        self.state.withLock { state in
            var path = ""
            for name in directory.split(separator: "/") {
                path += path.isEmpty ? String(name) : "/\(name)"
                state.directories.insert(path)
            }
        }
    }

    package func removeDirectory(_ directory: String) throws(FileError) {
        self.state.withLock { _ = $0.directories.remove(directory) }
    }

    package func syncDirectory(_ directory: String) throws(FileError) {}
    package func syncAll() throws(FileError) {}

    package func freeBytes() throws(FileError) -> UInt64 { self.space.free }
    package func capacity() throws(FileError) -> UInt64? { self.space.limit }
}

/// What all files together may still take.
private final class Space: Sendable {
    let limit: UInt64
    private let used = Atomic<UInt64>(0)

    init(_ limit: UInt64) { self.limit = limit }

    var free: UInt64 {
        let used = self.used.load(ordering: .relaxed)
        return self.limit > used ? self.limit - used : 0
    }

    func take(_ bytes: Int) -> Bool {
        let (_, now) = self.used.wrappingAdd(UInt64(bytes), ordering: .relaxed)
        if now <= self.limit { return true }
        self.give(bytes)
        return false
    }

    func give(_ bytes: Int) { self.used.wrappingSubtract(UInt64(bytes), ordering: .relaxed) }
}

/// A file's bytes, in pieces that never move: a file that grows is not copied. They live while anybody has the file open.
private final class Contents: Sendable {
    private struct State {
        var pieces: [[UInt8]] = []
        var count = 0
    }
    private static let pieceSize = 64 << 10
    private let state = Mutex(State())
    private let space: Space

    init(_ space: Space) { self.space = space }
    deinit { self.space.give(self.state.withLock { $0.count }) }

    var count: Int { self.state.withLock { $0.count } }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        self.state.withLock { state in
            let end = min(state.count, offset + buffer.count)
            var position = offset
            while position < end {
                let within = position % Contents.pieceSize
                let part = min(end - position, Contents.pieceSize - within)
                state.pieces[position / Contents.pieceSize].withUnsafeBytes {
                    buffer[(position - offset)..<(position - offset + part)].copyBytes(
                        from: $0[within..<(within + part)]
                    )
                }
                position += part
            }
            return max(0, end - offset)
        }
    }

    /// - Returns: False when there is no space; then nothing is written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        self.state.withLock { state in
            guard self.grow(&state, to: offset + bytes.count) else { return false }
            var written = 0
            while written < bytes.count {
                let within = (offset + written) % Contents.pieceSize
                let part = min(bytes.count - written, Contents.pieceSize - within)
                state.pieces[(offset + written) / Contents.pieceSize].withUnsafeMutableBytes {
                    $0[within..<(within + part)].copyBytes(from: bytes[written..<(written + part)])
                }
                written += part
            }
            return true
        }
    }

    func truncate(to count: Int) -> Bool {
        self.state.withLock { state in
            guard self.grow(&state, to: count) else { return false }
            self.space.give(state.count - count)
            let needed = (count + Contents.pieceSize - 1) / Contents.pieceSize
            state.pieces.removeLast(state.pieces.count - needed)
            if needed > 0 {
                let last = count - (needed - 1) * Contents.pieceSize
                state.pieces[needed - 1].removeLast(state.pieces[needed - 1].count - last)
            }
            state.count = count
            return true
        }
    }

    /// All pieces are full but the last, which is as long as it has to be: most files are small.
    private func grow(_ state: inout State, to count: Int) -> Bool {
        if count <= state.count { return true }
        guard self.space.take(count - state.count) else { return false }
        while state.count < count {
            if state.count % Contents.pieceSize == 0 { state.pieces.append([]) }
            let room = Contents.pieceSize - state.count % Contents.pieceSize
            let part = min(room, count - state.count)
            state.pieces[state.pieces.count - 1].append(contentsOf: repeatElement(0, count: part))
            state.count += part
        }
        return true
    }
}

private final class MemoryFile: DataFile, Sendable {
    private let contents: Contents
    private let path: String

    init(_ contents: Contents, _ path: String) {
        self.contents = contents
        self.path = path
    }

    func size() throws(FileError) -> Int { self.contents.count }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        self.contents.read(at: offset, into: buffer)
    }

    func write(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(FileError) {
        var offset = offset
        for piece in pieces {
            if !self.contents.write(piece, at: offset) { throw self.full("write") }
            offset += piece.count
        }
    }

    func truncate(to size: Int) throws(FileError) {
        if !self.contents.truncate(to: size) { throw self.full("truncate") }
    }

    private func full(_ what: String) -> FileError {
        FileError(.full, "\(what) \(self.path): the memory for logs is used up")
    }

    func sync() throws(FileError) {}
    func close() {}
}
