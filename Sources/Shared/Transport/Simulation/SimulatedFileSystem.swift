/// Files in memory that behave as badly as a disk may: what was not synced when the power went is there, gone, or torn.
///
/// Promised after ``crash()``: what ``sync(_:)`` had seen of a file, and the names that ``syncNames()`` had seen. Everything
/// since is up to the seed: each write of a file by itself (whole, a part of it, or nothing, in any order), names as a prefix of
/// their changes, since file systems keep a journal of those.
package final class SimulatedFileSystem {
    package struct File: Hashable, Sendable {
        fileprivate var number: Int
    }
    package enum Failure: Error, Equatable, Sendable {
        case noSuchFile(String)
        case exists(String)
        /// The handle is from before a crash.
        case closed
    }

    private struct Contents {
        var synced: [UInt8] = []
        var bytes: [UInt8] = []
        /// Since the last sync, oldest first.
        var changes: [Change] = []
    }
    private enum Change {
        case write(at: Int, [UInt8])
        case truncate(Int)
    }
    private enum NameChange {
        case create(String, inode: Int)
        case rename(String, String)
        case remove(String)
    }

    private var random: SeededRandom
    private var inodes: [Contents] = []
    private var names: [String: Int] = [:]
    private var syncedNames: [String: Int] = [:]
    private var nameChanges: [NameChange] = []
    /// Handles are inodes of one life of the machine.
    private var handles: [Int?] = []
    package private(set) var syncs = 0

    package init(seed: UInt64) { self.random = SeededRandom(seed: seed) }

    // MARK: Names

    package func create(_ path: String) throws(Failure) -> File {
        if self.names[path] != nil { throw .exists(path) }
        self.inodes.append(Contents())
        self.apply(.create(path, inode: self.inodes.count - 1))
        return self.handle(self.inodes.count - 1)
    }

    package func open(_ path: String) throws(Failure) -> File {
        guard let inode = self.names[path] else { throw .noSuchFile(path) }
        return self.handle(inode)
    }

    /// Replaces `target` in one step.
    package func rename(_ path: String, to target: String) throws(Failure) {
        if self.names[path] == nil { throw .noSuchFile(path) }
        self.apply(.rename(path, target))
    }

    package func remove(_ path: String) throws(Failure) {
        if self.names[path] == nil { throw .noSuchFile(path) }
        self.apply(.remove(path))
    }

    /// In order of the alphabet.
    package var paths: [String] { self.names.keys.sorted() }

    /// What fsync of a directory does.
    package func syncNames() {
        self.syncs += 1
        self.syncedNames = self.names
        self.nameChanges = []
    }

    private func handle(_ inode: Int) -> File {
        self.handles.append(inode)
        return File(number: self.handles.count - 1)
    }

    private func apply(_ change: NameChange) {
        SimulatedFileSystem.apply(change, to: &self.names)
        self.nameChanges.append(change)
    }

    private static func apply(_ change: NameChange, to names: inout [String: Int]) {
        switch change {
        case .create(let path, let inode): names[path] = inode
        case .rename(let path, let target): names[target] = names.removeValue(forKey: path)
        case .remove(let path): names[path] = nil
        }
    }

    // MARK: Contents

    package func size(of file: File) throws(Failure) -> Int { self.inodes[try self.inode(file)].bytes.count }

    package func read(_ file: File, at offset: Int, count: Int) throws(Failure) -> [UInt8] {
        let bytes = self.inodes[try self.inode(file)].bytes
        return offset >= bytes.count ? [] : Array(bytes[offset..<min(offset + count, bytes.count)])
    }

    package func append(_ bytes: [UInt8], to file: File) throws(Failure) {
        try self.write(bytes, to: file, at: try self.size(of: file))
    }

    /// What pwrite does; a gap before it is zeros.
    package func write(_ bytes: [UInt8], to file: File, at offset: Int) throws(Failure) {
        try self.change(file, .write(at: offset, bytes))
    }

    package func truncate(_ file: File, to count: Int) throws(Failure) { try self.change(file, .truncate(count)) }

    /// What fsync and fdatasync do: everything written so far survives.
    package func sync(_ file: File) throws(Failure) {
        let inode = try self.inode(file)
        self.syncs += 1
        self.inodes[inode].synced = self.inodes[inode].bytes
        self.inodes[inode].changes = []
    }

    private func inode(_ file: File) throws(Failure) -> Int {
        guard file.number < self.handles.count, let inode = self.handles[file.number] else { throw .closed }
        return inode
    }

    private func change(_ file: File, _ change: Change) throws(Failure) {
        let inode = try self.inode(file)
        SimulatedFileSystem.apply(change, to: &self.inodes[inode].bytes)
        self.inodes[inode].changes.append(change)
    }

    private static func apply(_ change: Change, to contents: inout [UInt8]) {
        switch change {
        case .truncate(let count):
            if count < contents.count {
                contents.removeLast(contents.count - count)
            } else {
                contents += Array(repeating: 0, count: count - contents.count)
            }
        case .write(let offset, let bytes):
            let end = offset + bytes.count
            if end > contents.count { contents += Array(repeating: 0, count: end - contents.count) }
            contents.replaceSubrange(offset..<end, with: bytes)
        }
    }

    // MARK: The power goes

    /// Every handle is gone; open the files again and see.
    package func crash() {
        self.handles = self.handles.map { _ in nil }
        var names = self.syncedNames
        for change in self.nameChanges.prefix(self.random.below(self.nameChanges.count + 1)) {
            SimulatedFileSystem.apply(change, to: &names)
        }
        self.names = names
        self.syncedNames = names
        self.nameChanges = []
        for inode in self.inodes.indices {
            var survivors = self.inodes[inode].synced
            for change in self.inodes[inode].changes {
                if let change = self.survivor(of: change) { SimulatedFileSystem.apply(change, to: &survivors) }
            }
            self.inodes[inode] = Contents(synced: survivors, bytes: survivors)
        }
    }

    private func survivor(of change: Change) -> Change? {
        switch self.random.below(4) {
        case 0: return nil
        case 1:
            guard case .write(let offset, let bytes) = change, bytes.count > 1 else { return change }
            let cut = self.random.value(in: 1...(bytes.count - 1))
            // The front or the back of it: sectors reach the platter in any order.
            return self.random.chance(perMille: 500)
                ? .write(at: offset, Array(bytes[..<cut])) : .write(at: offset + cut, Array(bytes[cut...]))
        default: return change
        }
    }
}

@available(*, unavailable)
extension SimulatedFileSystem: Sendable {}
