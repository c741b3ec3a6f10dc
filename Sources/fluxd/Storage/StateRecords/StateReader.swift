package import Machine

/// A key and what is stored under it.
package struct StoredValue: Equatable, Sendable {
    package var key: [UInt8]
    package var value: [UInt8]

    package init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// What those who load state need of a store.
package protocol StateReader {
    /// The first values in the order of their keys, compared byte by byte, whose keys begin with `prefix` and are not below `from`.
    ///
    /// - Parameter limit: Values at most. A page that has fewer is the last one.
    func scan(prefix: [UInt8], from: [UInt8], limit: Int) throws(StorageFailure) -> [StoredValue]
}

/// Goes through all keys with a prefix, a page in memory at a time.
package struct StateCursor {
    private let reader: any StateReader
    private let prefix: [UInt8]
    private let pageSize: Int
    private var page: ArraySlice<StoredValue> = []
    private var from: [UInt8]
    private var isLastPage = false

    package init(_ reader: any StateReader, prefix: [UInt8], pageSize: Int = 1_024) {
        self.reader = reader
        self.prefix = prefix
        self.pageSize = pageSize
        self.from = prefix
    }

    /// The next value, which stays where it is; nil at the end.
    package mutating func peek() throws(StorageFailure) -> StoredValue? {
        if self.page.isEmpty, !self.isLastPage {
            let values = try self.reader.scan(prefix: self.prefix, from: self.from, limit: self.pageSize)
            self.isLastPage = values.count < self.pageSize
            // The smallest key behind the last one.
            if let last = values.last { self.from = last.key + [0] }
            self.page = values[...]
        }
        return self.page.first
    }

    package mutating func next() throws(StorageFailure) -> StoredValue? {
        guard let value = try self.peek() else { return nil }
        self.page.removeFirst()
        return value
    }
}
