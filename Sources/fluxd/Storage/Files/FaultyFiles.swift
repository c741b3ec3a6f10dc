import Glibc

/// Files with faults that can be switched on and off: full devices, failing ones, slow syncs, writes that reach the file in part,
/// bits that come back wrong.
package final class FaultyFiles: FileSystem {
    private let inner: any FileSystem
    private let faults: Faults

    package init(_ inner: any FileSystem, _ faults: Faults) {
        self.inner = inner
        self.faults = faults
    }

    package func create(_ path: String) throws(FileError) -> any DataFile {
        try self.faults.check(.create, path)
        return FaultyFile(try self.inner.create(path), path, self.faults)
    }

    package func open(_ path: String, writable: Bool) throws(FileError) -> any DataFile {
        try self.faults.check(.open, path)
        return FaultyFile(try self.inner.open(path, writable: writable), path, self.faults)
    }

    package func rename(_ path: String, to target: String) throws(FileError) {
        try self.faults.check(.rename, path)
        try self.inner.rename(path, to: target)
    }

    package func remove(_ path: String) throws(FileError) {
        try self.faults.check(.remove, path)
        try self.inner.remove(path)
    }

    package func list(_ directory: String) throws(FileError) -> [String] { try self.inner.list(directory) }
    package func makeDirectory(_ directory: String) throws(FileError) { try self.inner.makeDirectory(directory) }
    package func removeDirectory(_ directory: String) throws(FileError) { try self.inner.removeDirectory(directory) }

    package func syncDirectory(_ directory: String) throws(FileError) {
        try self.faults.check(.sync, directory)
        try self.inner.syncDirectory(directory)
    }

    package func syncAll() throws(FileError) {
        try self.faults.check(.sync, "")
        try self.inner.syncAll()
    }

    package func freeBytes() throws(FileError) -> UInt64 { self.faults.room(try self.inner.freeBytes()) }
    package func capacity() throws(FileError) -> UInt64? { try self.inner.capacity() }
}

final class FaultyFile: DataFile {
    private let inner: any DataFile
    private let path: String
    private let faults: Faults

    init(_ inner: any DataFile, _ path: String, _ faults: Faults) {
        self.inner = inner
        self.path = path
        self.faults = faults
    }

    func size() throws(FileError) -> Int { try self.inner.size() }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        try self.faults.check(.read, self.path)
        let count = try self.inner.read(at: offset, into: buffer)
        for rot in self.faults.rot(of: self.path) where (offset..<offset + count).contains(rot.offset) {
            buffer[rot.offset - offset] ^= 1 << rot.bit
        }
        return count
    }

    func write(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(FileError) {
        let (admitted, failure) = self.faults.admit(pieces.reduce(0) { $0 + $1.count }, self.path)
        guard let failure else { return try self.inner.write(pieces, at: offset) }
        var rest = admitted
        var front: [UnsafeRawBufferPointer] = []
        for piece in pieces where rest > 0 {
            front.append(UnsafeRawBufferPointer(rebasing: piece.prefix(rest)))
            rest -= min(rest, piece.count)
        }
        if !front.isEmpty { try self.inner.write(front, at: offset) }
        throw failure
    }

    func truncate(to size: Int) throws(FileError) {
        try self.faults.check(.truncate, self.path)
        try self.inner.truncate(to: size)
    }

    func sync() throws(FileError) {
        try self.faults.check(.sync, self.path)
        let delay = self.faults.syncDelay
        if delay > 0 {
            var rest = timespec(tv_sec: Int(delay / 1_000_000_000), tv_nsec: Int(delay % 1_000_000_000))
            var wanted = rest
            while nanosleep(&wanted, &rest) != 0 && errno == EINTR { wanted = rest }
        }
        try self.inner.sync()
    }

    func close() { self.inner.close() }
}
