import CommandSpec
import Glibc
import Terminal

/// A file, standard input or an open descriptor, read in large pieces.
struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let isOwned: Bool
    private let name: String

    /// - Parameter path: `-` is standard input.
    init(path: String) throws(Failure) {
        if path == "-" {
            (self.descriptor, self.isOwned, self.name) = (STDIN_FILENO, false, "standard input")
            return
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            let code = errno
            throw Failure(code == ENOENT ? .notFound : .badInput, "cannot read \(path): \(systemError(code))")
        }
        (self.descriptor, self.isOwned, self.name) = (descriptor, true, path)
    }

    private init(descriptor: Int32, name: String) {
        (self.descriptor, self.isOwned, self.name) = (descriptor, false, name)
    }

    /// Opens what `--password-file` names: a path, `-`, or `fd:3`.
    static func password(_ text: String) throws(Failure) -> InputFile {
        guard text.hasPrefix("fd:") else { return try InputFile(path: text) }
        guard let number = Int32(text.dropFirst(3)), number >= 0 else {
            throw Failure(
                .usage,
                "--password-file: \"\(safe(text))\" is not a descriptor",
                hints: ["as in: --password-file fd:3"]
            )
        }
        return InputFile(descriptor: number, name: text)
    }

    deinit { if self.isOwned { _ = close(self.descriptor) } }

    /// What is there now, at most 256 KiB; nil at the end. Blocks while there is nothing.
    mutating func readSome() throws(Failure) -> [UInt8]? {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, used in
                count = read(self.descriptor, buffer.baseAddress, buffer.count)
                used = max(0, count)
            }
            if count > 0 { return bytes }
            if count == 0 { return nil }
            let code = errno
            // Standard input that was closed before the start is as good as empty.
            if code == EBADF, self.descriptor == STDIN_FILENO { return nil }
            if code != EINTR { throw Failure(.badInput, "cannot read \(self.name): \(systemError(code))") }
        }
    }

    /// All of it; MQTT's largest packet bounds what makes sense.
    mutating func readAll() throws(Failure) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try self.readSome() {
            if all.isEmpty { all = bytes } else { all += bytes }
            if all.count > largestPayload {
                throw Failure(.badInput, "\(self.name) has more than 256 MiB, which no MQTT packet holds")
            }
        }
        return all
    }
}

/// Bytes. Source: MQTT 5.0 §1.5.5, the largest remaining length.
let largestPayload = 268_435_455

/// Splits a stream into records that end with a separator; the last one may lack it. Each byte is looked at once.
struct RecordSplitter {
    private let separator: UInt8
    private var carry: [UInt8] = []

    init(separator: UInt8) { self.separator = separator }

    /// Whole records, without their separators.
    mutating func add(_ bytes: [UInt8]) throws(Failure) -> [[UInt8]] {
        var records: [[UInt8]] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: self.separator) {
            if self.carry.isEmpty {
                records.append(Array(bytes[start..<end]))
            } else {
                records.append(self.carry + bytes[start..<end])
                self.carry = []
            }
            start = end + 1
        }
        self.carry += bytes[start...]
        if self.carry.count > largestPayload {
            throw Failure(.badInput, "a record has more than 256 MiB, which no MQTT packet holds")
        }
        return records
    }

    /// What followed the last separator; nil when nothing did.
    func finish() -> [UInt8]? { self.carry.isEmpty ? nil : self.carry }
}
