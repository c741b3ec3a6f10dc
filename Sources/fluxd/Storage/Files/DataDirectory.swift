import Glibc

/// Why a directory cannot be used, in words for the operator: the path, what was found, what to do.
package struct DataDirectoryProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String
}

/// The directory with everything that outlives the process. One process at a time has it.
package final class DataDirectory: Sendable {
    /// Of the files in it. A version that changes them incompatibly is the next number.
    package static let version = 1
    private static let mark = "fluxmq-data"

    package let path: String
    package let files: PosixFiles
    private let lock: Int32

    /// Makes the directory if there is none, and takes it.
    ///
    /// - Throws: When another process has it, when it is of another version, when something else is in it, or when it
    ///   cannot be written.
    package init(path: String) throws(DataDirectoryProblem) {
        self.path = path
        if mkdir(path, 0o700) != 0 && errno != EEXIST {
            throw DataDirectoryProblem(description: "cannot make the data directory \(path): \(Self.system())")
        }
        self.files = try Self.using(path) { () throws(FileError) in try PosixFiles(root: path) }
        self.lock = try Self.lock(path, self.files)
        // A class whose fields are all set is deinitialised when its initialiser throws: the lock is given up there, and only there.
        try Self.settleVersion(path, self.files)
    }

    /// The kernel gives up the lock with the descriptor, whatever way the process ends.
    deinit { Glibc.close(self.lock) }

    private static func lock(_ path: String, _ files: PosixFiles) throws(DataDirectoryProblem) -> Int32 {
        let name = "\(path)/\(StorageNames.lock)"
        try self.refuseStrangers(path, files)
        let descriptor = restarting { Glibc.open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        if descriptor < 0 { throw DataDirectoryProblem(description: "cannot open \(name): \(self.system())") }
        if restarting({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0 {
            let found = errno
            let owner = self.text(of: descriptor).split(separator: "\n").first.map { " (process \($0))" } ?? ""
            Glibc.close(descriptor)
            let reason =
                found == EWOULDBLOCK
                ? "another fluxd\(owner) uses it; stop that one, or give this one a directory of its own"
                : "its lock cannot be taken: \(String(cString: strerror(found)))"
            throw DataDirectoryProblem(description: "data directory \(path): \(reason)")
        }
        let process = "\(getpid())\n"
        // Only for the message above: that it could not be written hinders nothing.
        if ftruncate(descriptor, 0) == 0 { _ = process.withCString { pwrite(descriptor, $0, process.utf8.count, 0) } }
        return descriptor
    }

    /// Before anything is written: a directory with other things in it was named by mistake.
    private static func refuseStrangers(_ path: String, _ files: PosixFiles) throws(DataDirectoryProblem) {
        let names = try self.using(path) { () throws(FileError) in try files.list("") }
        if names.contains(StorageNames.format) { return }
        // Where there is no runtime directory, its files are here, and may be before this one is taken.
        let ours = [
            StorageNames.lock, "\(StorageNames.format).new", "lost+found", "admin.sock", "listeners.json",
            "listeners.json.new",
        ]
        guard let stranger = names.first(where: { !ours.contains($0) }) else { return }
        throw DataDirectoryProblem(
            description: "\(path) is no data directory of FluxMQ: it has no file '\(StorageNames.format)', but "
                + "'\(stranger)'; name another directory, or empty this one"
        )
    }

    private static func settleVersion(_ path: String, _ files: PosixFiles) throws(DataDirectoryProblem) {
        let bytes = try self.using(path) { () throws(FileError) -> [UInt8] in
            let mine = Array("\(self.mark) \(self.version)\n".utf8)
            if try files.list("").contains(StorageNames.format) { return try files.contents(of: StorageNames.format) }
            try files.replace(StorageNames.format, with: mine, in: "")
            return mine
        }
        let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        guard words.count == 2, words[0] == self.mark, let found = Int(words[1]) else {
            throw DataDirectoryProblem(
                description:
                    "\(path)/\(StorageNames.format) does not say '\(self.mark) \(self.version)': the directory "
                    + "is not FluxMQ's, or the file is damaged"
            )
        }
        if found != self.version {
            throw DataDirectoryProblem(
                description: "data directory \(path) is of format \(found), and this fluxd knows format "
                    + "\(self.version) only; start the version of fluxd that wrote it, or name another directory"
            )
        }
    }

    private static func using<Result>(
        _ path: String,
        _ body: () throws(FileError) -> Result
    ) throws(DataDirectoryProblem) -> Result {
        do throws(FileError) { return try body() } catch {
            throw DataDirectoryProblem(description: "cannot use the data directory \(path): \(error)")
        }
    }

    private static func system() -> String { String(cString: strerror(errno)) }

    private static func text(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return String(decoding: bytes[..<max(count, 0)], as: UTF8.self)
    }
}
