import Glibc

/// A file that a result goes to. It is opened early: a name that cannot be written is found out before the work.
final class OutputFile: Sendable {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(Failure) {
        self.path = path
        self.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        if self.descriptor < 0 { throw Failure(.badInput, "cannot write \(path): \(systemError(errno))") }
    }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }

    func write(_ text: String) throws(Failure) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(self.descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { throw Failure(.failed, "cannot write \(self.path): \(systemError(errno))") }
            rest = rest.dropFirst(count)
        }
    }
}
