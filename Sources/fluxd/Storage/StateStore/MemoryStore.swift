package import Machine
package import StateRecords
import Synchronization

/// The twin of ``RocksDBStore`` that forgets everything with the process: `storage.type: memory`, and tests.
package final class MemoryStore: KeyValueStore {
    /// Sorted runs of at most ``MemoryStore/runSize`` values, in order; never empty ones.
    fileprivate struct Runs {
        var runs: [[StoredValue]] = []
        var keys: UInt64 = 0
        var bytes: UInt64 = 0
    }
    private static let runSize = 512
    private let state = Mutex(Runs())

    package init() {}

    package func write(_ changes: [StateChange], synced: Bool) throws(StorageFailure) {
        self.state.withLock { state in
            for change in changes {
                switch change {
                case .put(let key, let value): state.put(StoredValue(key: key, value: value), runSize: Self.runSize)
                case .delete(let key): state.delete(key)
                }
            }
        }
    }

    package func sync() throws(StorageFailure) {}

    package func get(_ key: [UInt8]) throws(StorageFailure) -> [UInt8]? {
        self.state.withLock { state in
            let place = state.search(key)
            return place.found ? state.runs[place.run][place.index].value : nil
        }
    }

    package func scan(prefix: [UInt8], from: [UInt8], limit: Int) throws(StorageFailure) -> [StoredValue] {
        let start = from.lexicographicallyPrecedes(prefix) ? prefix : from
        return self.state.withLock { state in
            var (run, index, _) = state.search(start)
            var values: [StoredValue] = []
            while values.count < limit, run < state.runs.count {
                guard index < state.runs[run].count else {
                    (run, index) = (run + 1, 0)
                    continue
                }
                let value = state.runs[run][index]
                if !value.key.starts(with: prefix) { break }
                values.append(value)
                index += 1
            }
            return values
        }
    }

    package func statistics() -> StateStatistics {
        self.state.withLock { StateStatistics(keys: $0.keys, bytes: $0.bytes) }
    }

    package func close() {}
}

extension MemoryStore.Runs {
    /// Where a key is, or where it would go.
    func search(_ key: [UInt8]) -> (run: Int, index: Int, found: Bool) {
        var (low, high) = (0, self.runs.count)
        while low < high {  // the first run whose last key is not below
            let middle = (low + high) / 2
            let run = self.runs[middle]
            if run[run.count - 1].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        guard low < self.runs.count else {
            return self.runs.isEmpty
                ? (0, 0, false) : (self.runs.count - 1, self.runs[self.runs.count - 1].count, false)
        }
        let run = low
        (low, high) = (0, self.runs[run].count)
        while low < high {
            let middle = (low + high) / 2
            if self.runs[run][middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return (run, low, self.runs[run][low].key == key)
    }

    mutating func put(_ value: StoredValue, runSize: Int) {
        let (run, index, found) = self.search(value.key)
        if found {
            self.bytes -= UInt64(self.runs[run][index].value.count)
            self.bytes += UInt64(value.value.count)
            self.runs[run][index] = value
            return
        }
        self.keys += 1
        self.bytes += UInt64(value.key.count + value.value.count)
        if self.runs.isEmpty { self.runs.append([]) }
        self.runs[run].insert(value, at: index)
        if self.runs[run].count > runSize {
            let upper = Array(self.runs[run][(runSize / 2)...])
            self.runs[run].removeLast(upper.count)
            self.runs.insert(upper, at: run + 1)
        }
    }

    mutating func delete(_ key: [UInt8]) {
        let (run, index, found) = self.search(key)
        if !found { return }
        let value = self.runs[run].remove(at: index)
        self.keys -= 1
        self.bytes -= UInt64(value.key.count + value.value.count)
        if self.runs[run].isEmpty { self.runs.remove(at: run) }
    }
}
