import Glibc

/// Reading from disk, and changing what is there.
extension PasswordFile {
    package static func read(_ path: String) throws(PasswordFileError) -> PasswordFile {
        // Opening a pipe that nobody writes to must not wait for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw PasswordFileError(path, "cannot be read: \(reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw PasswordFileError(path, "cannot be read: \(reason(errno))") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw PasswordFileError(path, "is not a regular file") }
        var all: [UInt8] = []
        while true {
            var code: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, used in
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                code = count < 0 ? errno : 0
                used = max(0, count)
            }
            if code == EINTR { continue }
            if code != 0 { throw PasswordFileError(path, "cannot be read: \(reason(code))") }
            if piece.isEmpty { return try PasswordFile(all, name: path) }
            all += piece
            if all.count > self.largestFile {
                throw PasswordFileError(
                    path,
                    "has more than \(self.largestFile >> 20) MiB, which no file of users needs"
                )
            }
        }
    }

    /// Whether people outside the file's owner and group have rights to it.
    package static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o007 != 0
    }

    /// Changes a file under a lock, so that of two programs at once neither loses what the other wrote.
    ///
    /// A text that differs is written beside the file, synced and renamed over it: a reader finds the old file or the new one,
    /// and a crash leaves one of them. Owner, group and mode stay, but for the rights of others, which are taken away; a new file
    /// is its owner's alone (0600). A symbolic link is followed.
    ///
    /// - Parameters:
    ///   - creates: Whether a file that is not there is as good as an empty one.
    ///   - isRehearsal: Does everything but write.
    package static func edit<Outcome>(
        _ path: String,
        creates: Bool = false,
        isRehearsal: Bool = false,
        _ body: (inout PasswordFile) -> Outcome
    ) throws(PasswordFileError) -> Outcome {
        let path = self.resolved(path)
        let lock = try EditLock(for: path)
        defer { lock.release() }
        var status = stat()
        let exists = stat(path, &status) == 0
        var file = exists || !creates ? try self.read(path) : PasswordFile()
        let before = file.text
        let outcome = body(&file)
        if file.text != before, !isRehearsal { try self.replace(path, with: file.text, like: exists ? status : nil) }
        return outcome
    }

    /// The file that a path of links ends at; the path itself when there is none yet.
    private static func resolved(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return path }
        defer { free(found) }
        return String(cString: found)
    }

    private static func replace(_ path: String, with text: String, like old: stat?) throws(PasswordFileError) {
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)  // of a process that had this number and was killed
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw PasswordFileError(path, "cannot be written: its directory says: \(reason(errno))")
        }
        var problem: String?
        if !writeAll(text, to: descriptor) { problem = "cannot be written: \(reason(errno))" }
        if problem == nil, let old {
            if fchown(descriptor, old.st_uid, old.st_gid) != 0 {
                problem =
                    "cannot be written so that it stays its owner's (uid \(old.st_uid), gid \(old.st_gid)): \(reason(errno))"
            } else if fchmod(descriptor, old.st_mode & 0o770) != 0 {
                problem = "cannot keep its mode: \(reason(errno))"
            }
        }
        if problem == nil, fsync(descriptor) != 0 { problem = "cannot be written to disk: \(reason(errno))" }
        close(descriptor)
        if problem == nil, rename(temporary, path) != 0 { problem = "cannot be replaced: \(reason(errno))" }
        if let problem {
            unlink(temporary)
            throw PasswordFileError(path, problem)
        }
        syncDirectory(of: path)
    }
}

/// A lock that every writer of a file takes: the file `PATH.lock` beside it, which is gone when nobody holds it.
private struct EditLock {
    private let path: String
    private let descriptor: Int32

    /// Waits up to ten seconds for whoever has it. A lock dies with its process, so none is left over.
    init(for file: String) throws(PasswordFileError) {
        self.path = file + ".lock"
        for _ in 0..<500 {
            let descriptor = open(self.path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw PasswordFileError(file, "cannot be locked: \(self.path): \(reason(errno))")
            }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, Self.isCurrent(descriptor, self.path) {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
            usleep(20_000)
        }
        throw PasswordFileError(
            file,
            "is being changed by another program, which has held \(self.path) for ten seconds"
        )
    }

    /// Takes the file away before the lock, so that whoever waits on it finds out and makes a new one.
    func release() {
        unlink(self.path)
        close(self.descriptor)
    }

    /// Whether the file that was locked is still the one of that name: its holder may have removed it meanwhile.
    private static func isCurrent(_ descriptor: Int32, _ path: String) -> Bool {
        var held = stat()
        var named = stat()
        return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
            && held.st_dev == named.st_dev
    }
}

private func writeAll(_ text: String, to descriptor: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        if count <= 0 { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

/// Makes a rename last. Where a directory cannot be synced, the file system does without.
private func syncDirectory(of path: String) {
    let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { return }
    fsync(descriptor)
    close(descriptor)
}

private func reason(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
