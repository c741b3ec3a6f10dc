import Glibc

/// A directory that goes with the test that made it.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/fluxmq-state-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no temporary directory: errno \(errno)") }
        self.path = String(cString: made)
    }

    var store: String { "\(self.path)/state" }

    /// Names in the store's directory.
    var files: [String] {
        guard let directory = opendir(self.store) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    deinit {
        for name in self.files { unlink("\(self.store)/\(name)") }
        rmdir(self.store)
        rmdir(self.path)
    }
}
