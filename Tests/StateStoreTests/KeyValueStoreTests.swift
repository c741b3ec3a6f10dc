import Machine
import Simulation
import StateRecords
import StateStore
import Testing

/// The stores that must not be told apart.
enum StoreKind: CaseIterable {
    case memory, rocksDB

    func open(_ directory: TemporaryDirectory) throws -> any KeyValueStore {
        switch self {
        case .memory: MemoryStore()
        case .rocksDB: try RocksDBStore(path: directory.store)
        }
    }
}

@Suite("Key-value stores")
struct KeyValueStoreTests {
    private let directory = TemporaryDirectory()

    private static func key(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        "what was put is there, what was deleted is not, and the last of several changes counts",
        arguments: StoreKind.allCases
    )
    func putAndDelete(kind: StoreKind) throws {
        let store = try kind.open(self.directory)
        let (one, two) = (Self.key("one"), Self.key("two"))
        try store.write(
            [.put(key: one, value: [1]), .put(key: two, value: []), .put(key: one, value: [2])],
            synced: false
        )
        #expect(try store.get(one) == [2])
        #expect(try store.get(two) == [])
        #expect(try store.get(Self.key("three")) == nil)
        try store.write([.delete(key: one), .put(key: two, value: [3]), .delete(key: Self.key("three"))], synced: true)
        #expect(try store.get(one) == nil)
        #expect(try store.get(two) == [3])
        try store.write([], synced: false)
        try store.sync()
        store.close()
    }

    @Test("keys and values may be any bytes, of any length", arguments: StoreKind.allCases)
    func anyBytes(kind: StoreKind) throws {
        let store = try kind.open(self.directory)
        let keys: [[UInt8]] = [[], [0], [0, 0], [255], [255, 255, 0], Array(repeating: 7, count: 70_000)]
        for (number, key) in keys.enumerated() {
            try store.write(
                [.put(key: key, value: Array(repeating: UInt8(number), count: number * 100_000))],
                synced: false
            )
        }
        for (number, key) in keys.enumerated() { #expect(try store.get(key)?.count == number * 100_000) }
        #expect(
            try store.scan(prefix: [], from: [], limit: 10).map(\.key)
                == keys.sorted { $0.lexicographicallyPrecedes($1) }
        )
        store.close()
    }

    @Test(
        "a scan is in key order, within its prefix, from where it is told, and no longer than its limit",
        arguments: StoreKind.allCases
    )
    func scan(kind: StoreKind) throws {
        let store = try kind.open(self.directory)
        for text in ["b/2", "a", "b/1", "b", "c", "b/10", "b0"] {
            try store.write([.put(key: Self.key(text), value: Self.key(text))], synced: false)
        }
        func names(_ prefix: String, _ from: String = "", _ limit: Int = 100) throws -> [String] {
            try store.scan(prefix: Self.key(prefix), from: Self.key(from), limit: limit).map {
                String(decoding: $0.key, as: UTF8.self)
            }
        }
        #expect(try names("") == ["a", "b", "b/1", "b/10", "b/2", "b0", "c"])
        #expect(try names("b/") == ["b/1", "b/10", "b/2"])
        #expect(try names("b/", "b/10") == ["b/10", "b/2"])
        #expect(try names("b/", "a") == ["b/1", "b/10", "b/2"])
        #expect(try names("b/", "", 2) == ["b/1", "b/10"])
        #expect(try names("b/", "c").isEmpty)
        #expect(try names("x").isEmpty)
        store.close()
    }

    @Test(
        "a cursor meets every key with its prefix once, whatever its page",
        arguments: StoreKind.allCases,
        [1, 2, 3, 7, 100]
    )
    func cursor(kind: StoreKind, page: Int) throws {
        let store = try kind.open(self.directory)
        for number in UInt8(0)..<6 {
            try store.write(
                [.put(key: [1, number], value: []), .put(key: [2, number], value: [number])],
                synced: false
            )
        }
        var cursor = StateCursor(store, prefix: [2], pageSize: page)
        var seen: [UInt8] = []
        while let value = try cursor.next() { seen += value.value }
        #expect(seen == [0, 1, 2, 3, 4, 5])
        #expect(try cursor.peek() == nil)
        store.close()
    }

    @Test(
        "both stores answer a random program alike, before and after they are opened again",
        arguments: 1...4 as ClosedRange<UInt64>
    )
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let memory = MemoryStore()
        var disk = try RocksDBStore(path: self.directory.store)
        for round in 0..<60 {
            var changes: [StateChange] = []
            for _ in 0..<random.value(in: 1...60) {
                let key = [
                    UInt8(random.value(in: 0...3)), UInt8(random.value(in: 0...255)), UInt8(random.value(in: 0...1)),
                ]
                if random.value(in: 0...2) == 0 {
                    changes.append(.delete(key: key))
                } else {
                    changes.append(
                        .put(key: key, value: Array(repeating: UInt8(round), count: random.value(in: 0...40)))
                    )
                }
            }
            try memory.write(changes, synced: false)
            try disk.write(changes, synced: round % 7 == 0)
            if round % 20 == 19 {
                disk.close()
                disk = try RocksDBStore(path: self.directory.store)
            }
            let prefix = [UInt8(random.value(in: 0...3))]
            let from = prefix + [UInt8(random.value(in: 0...255))]
            let limit = random.value(in: 1...100)
            #expect(
                try memory.scan(prefix: prefix, from: from, limit: limit)
                    == disk.scan(prefix: prefix, from: from, limit: limit)
            )
        }
        let all = try memory.scan(prefix: [], from: [], limit: .max)
        #expect(try disk.scan(prefix: [], from: [], limit: .max) == all)
        #expect(memory.statistics().keys == UInt64(all.count))
        #expect(memory.statistics().bytes == all.reduce(0) { $0 + UInt64($1.key.count + $1.value.count) })
        disk.close()
    }

    @Test("statistics grow with what is stored", arguments: StoreKind.allCases)
    func statistics(kind: StoreKind) throws {
        let store = try kind.open(self.directory)
        let before = store.statistics()
        for number in UInt8(0)..<100 {
            try store.write([.put(key: [number], value: Array(repeating: number, count: 1_000))], synced: false)
        }
        let after = store.statistics()
        #expect(after.keys == 100)
        #expect(after.bytes >= before.bytes + 100_000)
        store.close()
    }
}
