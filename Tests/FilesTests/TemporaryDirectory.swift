import Files
import Glibc

/// A directory of a test's own; gone afterwards.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    var template = Array("/tmp/fluxmq-files-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FileError(errno, "make a temporary directory") }
    let path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? removeAll(in: PosixFiles(root: path), "", path) }
    return try body(path)
}

private func removeAll(in files: PosixFiles, _ directory: String, _ root: String) throws {
    for name in try files.list(directory) {
        let path = directory.isEmpty ? name : "\(directory)/\(name)"
        do throws(FileError) { try files.remove(path) } catch {
            try removeAll(in: files, path, root)
        }
    }
    if directory.isEmpty { rmdir(root) } else { try files.removeDirectory(directory) }
}
