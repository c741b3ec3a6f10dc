import CLinux
import Glibc

/// The system's files below one directory, which stays open: it may be renamed meanwhile.
package final class PosixFiles: FileSystem, Sendable {
    /// As it was given, for messages.
    package let root: String
    private let directory: Int32

    /// - Parameter root: An existing directory.
    package init(root: String) throws(FileError) {
        self.root = root
        self.directory = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if self.directory < 0 { throw FileError(errno, "open \(root)") }
    }

    deinit { Glibc.close(self.directory) }

    package func create(_ path: String) throws(FileError) -> any DataFile {
        try self.open(path, O_RDWR | O_CREAT | O_EXCL, "create")
    }

    package func open(_ path: String, writable: Bool) throws(FileError) -> any DataFile {
        try self.open(path, writable ? O_RDWR : O_RDONLY, "open")
    }

    private func open(_ path: String, _ flags: Int32, _ what: String) throws(FileError) -> PosixFile {
        let descriptor = restarting { openat(self.directory, path, flags | O_CLOEXEC, 0o600) }
        if descriptor < 0 { throw FileError(errno, "\(what) \(path)") }
        return PosixFile(descriptor, path)
    }

    package func rename(_ path: String, to target: String) throws(FileError) {
        if renameat(self.directory, path, self.directory, target) != 0 {
            throw FileError(errno, "rename \(path) to \(target)")
        }
    }

    package func remove(_ path: String) throws(FileError) {
        if unlinkat(self.directory, path, 0) != 0 { throw FileError(errno, "remove \(path)") }
    }

    package func list(_ directory: String) throws(FileError) -> [String] {
        let descriptor = restarting { openat(self.directory, Self.name(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        if descriptor < 0 {
            if errno == ENOENT { return [] }
            throw FileError(errno, "list \(directory)")
        }
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            Glibc.close(descriptor)
            throw FileError(code, "list \(directory)")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        if errno != 0 { throw FileError(errno, "list \(directory)") }
        return names.sorted()
    }

    package func makeDirectory(_ directory: String) throws(FileError) {
        var end = directory.startIndex
        while end < directory.endIndex {
            let start = directory[end] == "/" ? directory.index(after: end) : end
            end = directory[start...].firstIndex(of: "/") ?? directory.endIndex
            let part = String(directory[..<end])
            if mkdirat(self.directory, part, 0o700) != 0 && errno != EEXIST {
                throw FileError(errno, "make directory \(part)")
            }
        }
    }

    package func removeDirectory(_ directory: String) throws(FileError) {
        if unlinkat(self.directory, directory, AT_REMOVEDIR) != 0 {
            throw FileError(errno, "remove directory \(directory)")
        }
    }

    package func syncDirectory(_ directory: String) throws(FileError) {
        let descriptor = restarting { openat(self.directory, Self.name(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        if descriptor < 0 { throw FileError(errno, "open directory \(directory)") }
        defer { Glibc.close(descriptor) }
        if restarting({ fsync(descriptor) }) != 0 { throw FileError(errno, "sync directory \(directory)") }
    }

    package func syncAll() throws(FileError) {
        let result = clinux_sync_file_system(self.directory)
        if result != 0 { throw FileError(-result, "sync the file system of \(self.root)") }
    }

    package func freeBytes() throws(FileError) -> UInt64 {
        let volume = try self.volume()
        return UInt64(volume.f_bavail) * UInt64(volume.f_frsize)
    }

    package func capacity() throws(FileError) -> UInt64? {
        let volume = try self.volume()
        return UInt64(volume.f_blocks) * UInt64(volume.f_frsize)
    }

    private func volume() throws(FileError) -> statvfs {
        var volume = statvfs()
        if restarting({ fstatvfs(self.directory, &volume) }) != 0 {
            throw FileError(errno, "ask for free space of \(self.root)")
        }
        return volume
    }

    /// The root is named by the empty path elsewhere.
    private static func name(_ directory: String) -> String { directory.isEmpty ? "." : directory }
}

/// A signal that came between is no answer.
func restarting(_ call: () -> Int32) -> Int32 {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

extension FileError {
    /// - Parameters:
    ///   - code: An errno.
    ///   - what: What was done, and to which file.
    package init(_ code: Int32, _ what: String) {
        let kind: Kind =
            switch code {
            case ENOENT: .notFound
            case EEXIST: .exists
            case ENOSPC, EDQUOT: .full
            // A file system that met an error of its device turns itself read-only.
            case EIO, ENXIO, ENODEV, EROFS: .device
            default: .other
            }
        self.init(kind, "\(what): \(String(cString: strerror(code)))")
    }
}
