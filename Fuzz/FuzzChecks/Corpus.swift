import Glibc

/// The inputs in `Fuzz/Corpus/<name>`: where the fuzzer starts, and what the tests replay. Crashing inputs join them.
///
/// - Returns: Name and contents of each file, in the order of their names; empty when there is no such folder.
package func corpus(_ name: String) -> [(name: String, bytes: [UInt8])] {
    let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    let path = "\(folder)/Corpus/\(name)"
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted().map { ($0, contents(of: "\(path)/\($0)")) }
}

private func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return bytes }
        bytes += buffer[..<count]
    }
}
