package import Files
package import Simulation

/// The simulator's files behind the daemon's own interface: what was not synced when ``SimulatedFileSystem/crash()`` comes is
/// there, gone or torn, as the seed has it.
///
/// Directories are prefixes of names: they are there when something is in them. Syncing one syncs all names.
package final class SimulatedFiles: FileSystem {
    package let system: SimulatedFileSystem
    /// What ``freeBytes()`` says.
    package var free = UInt64(1) << 40

    package init(_ system: SimulatedFileSystem) { self.system = system }

    package func create(_ path: String) throws(FileError) -> any DataFile {
        SimulatedFile(self.system, try named("create \(path)") { () throws in try self.system.create(path) }, path)
    }

    package func open(_ path: String, writable: Bool) throws(FileError) -> any DataFile {
        SimulatedFile(self.system, try named("open \(path)") { () throws in try self.system.open(path) }, path)
    }

    package func rename(_ path: String, to target: String) throws(FileError) {
        try named("rename \(path) to \(target)") { () throws in try self.system.rename(path, to: target) }
    }

    package func remove(_ path: String) throws(FileError) {
        try named("remove \(path)") { () throws in try self.system.remove(path) }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        let prefix = directory.isEmpty ? "" : directory + "/"
        var names: [String] = []
        for path in self.system.paths where path.hasPrefix(prefix) {
            let name = String(path.dropFirst(prefix.count).prefix { $0 != "/" })
            if names.last != name { names.append(name) }
        }
        return names
    }

    package func makeDirectory(_ directory: String) throws(FileError) {}

    package func removeDirectory(_ directory: String) throws(FileError) {
        if !(try self.list(directory)).isEmpty {
            throw FileError(.other, "remove directory \(directory): Directory not empty")
        }
    }

    package func syncDirectory(_ directory: String) throws(FileError) { self.system.syncNames() }
    package func syncAll() throws(FileError) {
        for path in self.system.paths {
            try named("sync \(path)") { () throws in try self.system.sync(try self.system.open(path)) }
        }
        self.system.syncNames()
    }

    package func freeBytes() throws(FileError) -> UInt64 { self.free }
}

@available(*, unavailable)
extension SimulatedFiles: Sendable {}

private final class SimulatedFile: DataFile {
    private let system: SimulatedFileSystem
    private let file: SimulatedFileSystem.File
    private let path: String

    init(_ system: SimulatedFileSystem, _ file: SimulatedFileSystem.File, _ path: String) {
        self.system = system
        self.file = file
        self.path = path
    }

    func size() throws(FileError) -> Int { try named("size of \(self.path)") { try self.system.size(of: self.file) } }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        let bytes = try named("read \(self.path)") {
            try self.system.read(self.file, at: offset, count: buffer.count)
        }
        buffer.copyBytes(from: bytes)
        return bytes.count
    }

    func write(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(FileError) {
        try named("write \(self.path)") {
            try self.system.write(pieces.flatMap { Array($0) }, to: self.file, at: offset)
        }
    }

    func truncate(to size: Int) throws(FileError) {
        try named("truncate \(self.path)") { try self.system.truncate(self.file, to: size) }
    }

    func sync() throws(FileError) { try named("sync \(self.path)") { try self.system.sync(self.file) } }
    func close() {}
}

private func named<Value>(_ what: String, _ work: () throws -> Value) throws(FileError) -> Value {
    do {
        return try work()
    } catch SimulatedFileSystem.Failure.noSuchFile {
        throw FileError(.notFound, "\(what): No such file or directory")
    } catch SimulatedFileSystem.Failure.exists {
        throw FileError(.exists, "\(what): File exists")
    } catch {
        throw FileError(.other, "\(what): \(error)")
    }
}
