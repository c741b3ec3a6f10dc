package import Files
package import Machine

/// A place where bytes are not what was written.
package struct LogDamage: Error, Equatable, Sendable, CustomStringConvertible {
    /// From the volume's directory.
    package var path: String
    /// Byte of the file at which the damaged batch, or header, begins.
    package var position: Int
    /// Offset of the first record that cannot be read.
    package var offset: UInt64
    package var expected: String
    package var found: String

    package init(path: String, position: Int, offset: UInt64, expected: String, found: String) {
        self.path = path
        self.position = position
        self.offset = offset
        self.expected = expected
        self.found = found
    }

    package var description: String {
        "\(self.path), byte \(self.position), offset \(self.offset): expected \(self.expected), found \(self.found)"
    }
}

/// Why a log could not do it.
package enum LogError: Error, Equatable, Sendable, CustomStringConvertible {
    case file(FileError)
    case damaged(LogDamage)
    /// The offset is below the log's head.
    case gone(String)
    /// The reader's view is too old: its segment was rewritten or removed. The log's present view tells.
    case stale(String)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .damaged(let damage): damage.description
        case .gone(let text), .stale(let text): text
        }
    }

    /// What a machine is told.
    package var failure: StorageFailure {
        switch self {
        case .file(let error): StorageFailure(error.kind == .full ? .full : .failed, error.description)
        case .damaged(let damage): StorageFailure(.damaged, damage.description)
        case .gone(let text), .stale(let text): StorageFailure(.gone, text)
        }
    }
}

/// Runs what touches files, and says whose error it was.
func touching<Value>(_ work: () throws(FileError) -> Value) throws(LogError) -> Value {
    do { return try work() } catch { throw .file(error) }
}

/// What opening a log after a crash gave up: a tail that was not written whole. Nothing of it was promised.
package struct RecoveryReport: Equatable, Sendable, CustomStringConvertible {
    package var log: LogID
    /// The file, from the volume's directory, and where it was cut.
    package var path: String
    package var position: Int
    /// Bytes cut away, with segments behind the cut.
    package var bytes: Int
    /// Records in what was cut, as far as headers of batches still tell.
    package var records: Int
    /// What the first batch that was cut is like.
    package var reason: String

    package var description: String {
        "\(self.path): a write did not complete; \(self.bytes) bytes with \(self.records) records cut at byte "
            + "\(self.position) (\(self.reason))"
    }
}
