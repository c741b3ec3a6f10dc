import Glibc
import Machine
import StateRecords
import StateStore
import Testing

@Suite("RocksDB")
struct RocksDBStoreTests {
    private let directory = TemporaryDirectory()

    @Test("what was written is there when the store is opened again", arguments: [false, true])
    func restart(synced: Bool) throws {
        let store = try RocksDBStore(path: self.directory.store)
        try store.write([.put(key: [1], value: [1]), .put(key: [2], value: [2])], synced: synced)
        try store.write([.delete(key: [2])], synced: synced)
        store.close()
        let again = try RocksDBStore(path: self.directory.store)
        #expect(try again.scan(prefix: [], from: [], limit: 10) == [StoredValue(key: [1], value: [1])])
        again.close()
    }

    @Test("a store that somebody has open is refused with a sentence")
    func lockedHere() throws {
        let store = try RocksDBStore(path: self.directory.store)
        #expect(try Self.failure(self.directory.store).description.contains("is in use"))
        try store.write([.put(key: [1], value: [1])], synced: false)
        store.close()
    }

    @Test("a store that another process has locked is refused with a sentence, and opens when that one is gone")
    func lockedElsewhere() throws {
        try RocksDBStore(path: self.directory.store).close()
        let other = try OtherProcess(locking: "\(self.directory.store)/LOCK")
        let failure = try Self.failure(self.directory.store)
        #expect(
            failure.description
                == "state store \(self.directory.store) is in use: another process has locked \(self.directory.store)/LOCK. "
                + "Stop that one, or give this one a directory of its own"
        )
        other.end()
        try RocksDBStore(path: self.directory.store).close()
    }

    @Test("a directory that cannot be is refused with its path")
    func noParent() throws {
        let failure = try Self.failure("\(self.directory.path)/missing/state")
        #expect(failure.kind == .failed)
        #expect(failure.description.hasPrefix("state store \(self.directory.path)/missing/state cannot be opened"))
    }

    @Test("a log that ends in the middle of its last record is what a crash leaves: the rest is there")
    func tornTail() throws {
        try self.write(records: 20)
        let log = try #require(self.log)
        #expect(truncate(log, off_t(try Self.size(log) - 5)) == 0)
        let store = try RocksDBStore(path: self.directory.store)
        #expect(try store.scan(prefix: [], from: [], limit: 100).count == 19)
        store.close()
    }

    @Test("a flipped bit in the log is damage, and is said with the path", arguments: [0.2, 0.5])
    func damagedLog(at place: Double) throws {
        try self.write(records: 20)
        let log = try #require(self.log)
        try Self.flip(log, at: Int(Double(try Self.size(log)) * place))
        let failure = try Self.failure(self.directory.store)
        #expect(failure.kind == .damaged)
        #expect(failure.description.hasPrefix("state store \(self.directory.store) is damaged"))
    }

    @Test("a flipped bit in a sorted file is damage when it is read")
    func damagedTable() throws {
        try self.write(records: 2_000)
        try RocksDBStore(path: self.directory.store).close()  // which sorts what was in the log
        let table = try #require(self.directory.files.first { $0.hasSuffix(".sst") })
        try Self.flip("\(self.directory.store)/\(table)", at: 1_000)
        let failure = #expect(throws: StorageFailure.self) {
            let store = try RocksDBStore(path: self.directory.store)
            defer { store.close() }
            _ = try store.scan(prefix: [], from: [], limit: 10_000)
        }
        #expect(failure?.kind == .damaged)
    }

    // MARK: Help

    private func write(records: UInt16) throws {
        let store = try RocksDBStore(path: self.directory.store)
        for number in 0..<records {
            let key = [UInt8(number >> 8), UInt8(number & 255)]
            try store.write([.put(key: key, value: Array(repeating: UInt8(number & 255), count: 100))], synced: true)
        }
        store.close()
    }

    private var log: String? {
        self.directory.files.last { $0.hasSuffix(".log") }.map { "\(self.directory.store)/\($0)" }
    }

    private static func failure(_ path: String) throws -> StorageFailure {
        try #require(throws: StorageFailure.self) { try RocksDBStore(path: path).close() }
    }

    private static func size(_ path: String) throws -> Int {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return Int(status.st_size)
    }

    private static func flip(_ path: String, at place: Int) throws {
        let file = open(path, O_RDWR)
        try #require(file >= 0)
        var byte: UInt8 = 0
        #expect(pread(file, &byte, 1, off_t(place)) == 1)
        byte ^= 0x10
        #expect(pwrite(file, &byte, 1, off_t(place)) == 1)
        close(file)
    }
}

/// A child process that holds a lock as another fluxd would, until it is told to end.
private final class OtherProcess {
    private let process: pid_t
    private let line: Int32

    init(locking path: String) throws {
        // Swift hides fork, since little may be done behind it: here it is four system calls.
        typealias Fork = @convention(c) () -> pid_t
        let fork = unsafeBitCast(try #require(dlsym(nil, "fork")), to: Fork.self)
        var ready: [Int32] = [0, 0]
        var line: [Int32] = [0, 0]
        try #require(pipe(&ready) == 0 && pipe(&line) == 0)
        let file = open(path, O_RDWR)
        try #require(file >= 0)
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        var byte: UInt8 = 0
        let (said, heard, tell, listen) = (ready[1], ready[0], line[1], line[0])
        let child = fork()
        if child == 0 {
            close(tell)
            byte = fcntl(file, F_SETLK, &lock) == 0 ? 1 : 0
            _ = Glibc.write(said, &byte, 1)
            _ = read(listen, &byte, 1)
            _exit(0)
        }
        self.process = child
        self.line = tell
        close(listen)
        close(said)
        #expect(read(heard, &byte, 1) == 1 && byte == 1)
        close(heard)
        close(file)
    }

    func end() {
        close(self.line)
        var status: Int32 = 0
        waitpid(self.process, &status, 0)
    }
}
