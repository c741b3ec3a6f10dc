import CRocksDB
package import Machine
package import StateRecords
import Synchronization

/// Values by key in a directory, kept by RocksDB with a write-ahead log. Made for megabytes, not for memory: it takes 32 MiB for
/// blocks and up to 32 MiB for what is not sorted yet.
package final class RocksDBStore: KeyValueStore {
    private let path: String
    private let state: Mutex<State>

    private struct State: ~Copyable {
        /// nil once closed, and while there is no space to open it again.
        var database: RocksDatabase?
        var isClosed = false
        /// RocksDB takes no writes after one that found no space, and does not always notice that there is some again: opening it
        /// anew is what helps. Nothing is lost by it, since what did not fit was never acknowledged.
        var ranOutOfSpace = false
    }

    /// Opens the store, or makes it if the directory has none.
    ///
    /// - Parameter path: A directory of its own; its parent must be there.
    /// - Throws: With a sentence for the operator: in use by another process, damaged, not permitted, no space.
    package init(path: String) throws(StorageFailure) {
        self.path = path
        self.state = Mutex(State(database: try RocksDatabase(path: path)))
    }

    package func write(_ changes: [StateChange], synced: Bool) throws(StorageFailure) {
        try self.state.withLock { state throws(StorageFailure) in
            if state.ranOutOfSpace {
                state.database = nil
                state.database = try RocksDatabase(path: self.path)
                state.ranOutOfSpace = false
            }
            do throws(StorageFailure) {
                try self.open(&state).write(changes, synced: synced)
            } catch {
                if case .full = error.kind { state.ranOutOfSpace = true }
                throw error
            }
        }
    }

    package func sync() throws(StorageFailure) {
        try self.state.withLock { state throws(StorageFailure) in try self.open(&state).sync() }
    }

    package func get(_ key: [UInt8]) throws(StorageFailure) -> [UInt8]? {
        try self.state.withLock { state throws(StorageFailure) in try self.open(&state).get(key) }
    }

    package func scan(prefix: [UInt8], from: [UInt8], limit: Int) throws(StorageFailure) -> [StoredValue] {
        try self.state.withLock { state throws(StorageFailure) in
            try self.open(&state).scan(prefix: prefix, from: from, limit: limit)
        }
    }

    package func statistics() -> StateStatistics {
        self.state.withLock { $0.database?.statistics() ?? StateStatistics() }
    }

    package func close() {
        self.state.withLock { state in
            state.isClosed = true
            state.database = nil
        }
    }

    private func open(_ state: inout State) throws(StorageFailure) -> RocksDatabase {
        precondition(!state.isClosed, "the state store is used after it was closed")
        guard let database = state.database else {
            throw StorageFailure(.full, "state store \(self.path): no space left to open it again")
        }
        return database
    }
}

/// One open database. Closed with its last reference; not for two threads at once.
private final class RocksDatabase {
    private let path: String
    private let handle: OpaquePointer
    private let writing: OpaquePointer
    private let writingSynced: OpaquePointer
    private let reading: OpaquePointer
    private let batch: OpaquePointer

    init(path: String) throws(StorageFailure) {
        self.path = path
        let options = RocksDatabase.makeOptions()
        defer { rocksdb_options_destroy(options) }
        var problem: UnsafeMutablePointer<CChar>?
        let opened = rocksdb_open(options, path, &problem)
        if let text = RocksDatabase.take(problem) { throw StorageFailure(rocksDB: text, path: path, opening: true) }
        guard let opened, let writing = rocksdb_writeoptions_create(),
            let writingSynced = rocksdb_writeoptions_create(), let reading = rocksdb_readoptions_create(),
            let batch = rocksdb_writebatch_create()
        else { preconditionFailure("RocksDB opened a database and gave none") }
        rocksdb_writeoptions_set_sync(writingSynced, 1)
        rocksdb_readoptions_set_verify_checksums(reading, 1)
        self.handle = opened
        self.writing = writing
        self.writingSynced = writingSynced
        self.reading = reading
        self.batch = batch
    }

    deinit {
        rocksdb_writebatch_destroy(self.batch)
        rocksdb_readoptions_destroy(self.reading)
        rocksdb_writeoptions_destroy(self.writing)
        rocksdb_writeoptions_destroy(self.writingSynced)
        rocksdb_close(self.handle)
    }

    private static func makeOptions() -> OpaquePointer {
        guard let options = rocksdb_options_create(), let tables = rocksdb_block_based_options_create(),
            let cache = rocksdb_cache_create_lru(32 << 20), let filter = rocksdb_filterpolicy_create_bloom_full(10)
        else { preconditionFailure("RocksDB has no memory for its options") }
        rocksdb_block_based_options_set_block_cache(tables, cache)
        rocksdb_block_based_options_set_filter_policy(tables, filter)  // which owns the filter from now on
        // In the cache, so that it bounds them too.
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(tables, 1)
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(tables, 1)
        rocksdb_options_set_block_based_table_factory(options, tables)
        rocksdb_block_based_options_destroy(tables)
        rocksdb_cache_destroy(cache)  // the options hold it

        rocksdb_options_set_create_if_missing(options, 1)
        rocksdb_options_set_write_buffer_size(options, 16 << 20)
        rocksdb_options_set_max_write_buffer_number(options, 2)
        rocksdb_options_set_max_total_wal_size(options, 64 << 20)
        rocksdb_options_set_compression(options, Int32(rocksdb_lz4_compression))
        rocksdb_options_set_max_background_jobs(options, 2)
        rocksdb_options_set_max_open_files(options, 128)
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1)
        rocksdb_options_set_bytes_per_sync(options, 1 << 20)
        // A log that ends in the middle of a record is what a crash leaves. Anything else that does not read is damage, and is
        // reported: RocksDB's own choice is to go on without all that comes behind it.
        rocksdb_options_set_wal_recovery_mode(options, Int32(rocksdb_tolerate_corrupted_tail_records_recovery))
        // Its own log: warnings, two small files.
        rocksdb_options_set_info_log_level(options, 2)
        rocksdb_options_set_keep_log_file_num(options, 2)
        rocksdb_options_set_max_log_file_size(options, 1 << 20)
        rocksdb_options_set_stats_dump_period_sec(options, 0)
        return options
    }

    // MARK: Changes

    func write(_ changes: [StateChange], synced: Bool) throws(StorageFailure) {
        rocksdb_writebatch_clear(self.batch)
        for change in changes {
            switch change {
            case .put(let key, let value):
                RocksDatabase.withCharacters(key) { key, count in
                    RocksDatabase.withCharacters(value) {
                        rocksdb_writebatch_put(self.batch, key, count, $0, $1)
                    }
                }
            case .delete(let key):
                RocksDatabase.withCharacters(key) { rocksdb_writebatch_delete(self.batch, $0, $1) }
            }
        }
        var problem: UnsafeMutablePointer<CChar>?
        rocksdb_write(self.handle, synced ? self.writingSynced : self.writing, self.batch, &problem)
        try self.check(problem)
    }

    func sync() throws(StorageFailure) {
        var problem: UnsafeMutablePointer<CChar>?
        rocksdb_flush_wal(self.handle, 1, &problem)
        try self.check(problem)
    }

    // MARK: Reading

    func get(_ key: [UInt8]) throws(StorageFailure) -> [UInt8]? {
        var problem: UnsafeMutablePointer<CChar>?
        var count = 0
        let found = RocksDatabase.withCharacters(key) {
            rocksdb_get(self.handle, self.reading, $0, $1, &count, &problem)
        }
        try self.check(problem)
        guard let found else { return nil }
        defer { rocksdb_free(found) }
        return RocksDatabase.bytes(found, count)
    }

    func scan(prefix: [UInt8], from: [UInt8], limit: Int) throws(StorageFailure) -> [StoredValue] {
        let start = from.lexicographicallyPrecedes(prefix) ? prefix : from
        guard let iterator = rocksdb_create_iterator(self.handle, self.reading) else {
            preconditionFailure("RocksDB has no memory for an iterator")
        }
        defer { rocksdb_iter_destroy(iterator) }
        RocksDatabase.withCharacters(start) { rocksdb_iter_seek(iterator, $0, $1) }
        var values: [StoredValue] = []
        while values.count < limit, rocksdb_iter_valid(iterator) != 0 {
            var count = 0
            let key = rocksdb_iter_key(iterator, &count).map { RocksDatabase.bytes($0, count) } ?? []
            if !key.starts(with: prefix) { break }
            let value = rocksdb_iter_value(iterator, &count).map { RocksDatabase.bytes($0, count) } ?? []
            values.append(StoredValue(key: key, value: value))
            rocksdb_iter_next(iterator)
        }
        var problem: UnsafeMutablePointer<CChar>?
        rocksdb_iter_get_error(iterator, &problem)
        try self.check(problem)
        return values
    }

    func statistics() -> StateStatistics {
        // Sorted files, what is not sorted yet, and neither of them counts what is written over or deleted.
        let bytes = self.number("rocksdb.total-sst-files-size") + self.number("rocksdb.cur-size-all-mem-tables")
        var statistics = StateStatistics(keys: self.number("rocksdb.estimate-num-keys"), bytes: bytes)
        statistics.compactionBytes = self.number("rocksdb.estimate-pending-compaction-bytes")
        statistics.isStalled =
            self.number("rocksdb.is-write-stopped") != 0 || self.number("rocksdb.actual-delayed-write-rate") != 0
        return statistics
    }

    private func number(_ property: String) -> UInt64 {
        var value: UInt64 = 0
        return rocksdb_property_int(self.handle, property, &value) == 0 ? value : 0
    }

    // MARK: C

    private func check(_ problem: UnsafeMutablePointer<CChar>?) throws(StorageFailure) {
        if let text = RocksDatabase.take(problem) { throw StorageFailure(rocksDB: text, path: self.path) }
    }

    private static func take(_ problem: UnsafeMutablePointer<CChar>?) -> String? {
        guard let problem else { return nil }
        defer { rocksdb_free(problem) }
        return String(cString: problem)
    }

    private static func withCharacters<Result>(
        _ bytes: [UInt8],
        _ body: (UnsafePointer<CChar>?, Int) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }

    private static func bytes(_ start: UnsafePointer<CChar>, _ count: Int) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}

extension StorageFailure {
    /// Reads RocksDB's one kind of error: a text that begins with its class and has the system's words in it.
    fileprivate init(rocksDB text: String, path: String, opening: Bool = false) {
        let what = "state store \(path)"
        if text.contains("While lock file") || text.contains("lock hold by current process") {
            self.init(
                .failed,
                "\(what) is in use: another process has locked \(path)/LOCK. Stop that one, or give this one a directory of its own"
            )
        } else if text.contains("No space left on device") || text.contains("Disk quota exceeded") {
            self.init(.full, "\(what): no space left (\(text))")
        } else if text.hasPrefix("Corruption") {
            self.init(
                .damaged,
                "\(what) is damaged: what was read is not what was written (\(text)). Restore \(path) from a copy, "
                    + "or move it away to start without sessions and retained messages"
            )
        } else {
            self.init(.failed, "\(what) cannot be \(opening ? "opened" : "used"): \(text)")
        }
    }
}
