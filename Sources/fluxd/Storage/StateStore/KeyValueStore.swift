package import Machine
package import StateRecords

/// One change of a store.
package enum StateChange: Equatable, Sendable {
    case put(key: [UInt8], value: [UInt8])
    case delete(key: [UInt8])

    /// About a thing without which logs mean nothing: a queue.
    package var isDefinition: Bool {
        switch self {
        case .put(let key, _), .delete(let key): key.first == StateKey.Kind.queue.rawValue
        }
    }

    /// nil for commands that are about logs.
    package init?(_ command: StoreCommand) {
        switch command {
        case .put(let key, let value): self = .put(key: key, value: value)
        case .delete(let key): self = .delete(key: key)
        case .append, .trim, .retain, .remove, .repair, .name: return nil
        }
    }
}

/// What a store holds, by its own estimate.
package struct StateStatistics: Equatable, Sendable {
    package var keys: UInt64 = 0
    /// On disk, or in memory for a store that has no disk.
    package var bytes: UInt64 = 0
    /// Bytes that are to be written anew so that reading stays fast.
    package var compactionBytes: UInt64 = 0
    /// Writes wait, or are refused, until that is done.
    package var isStalled = false

    package init(keys: UInt64 = 0, bytes: UInt64 = 0) {
        self.keys = keys
        self.bytes = bytes
    }
}

/// Values by key, ordered by key: what is looked up, and never a queue.
///
/// Calls block, and may come from any thread; each waits for the one before it.
package protocol KeyValueStore: AnyObject, StateReader, Sendable {
    /// Makes all of the changes, in their order, or none of them.
    ///
    /// - Parameter synced: Whether they are on the device when this returns; else the system has them, and the end of the process
    ///   loses nothing.
    /// - Throws: ``StorageFailure`` of kind `full` when nothing was written for want of space, and the same call may be made again;
    ///   `damaged` or `failed` for what no repetition mends.
    func write(_ changes: [StateChange], synced: Bool) throws(StorageFailure)
    /// Has everything that was written on the device.
    func sync() throws(StorageFailure)
    /// nil for a key that is not there.
    func get(_ key: [UInt8]) throws(StorageFailure) -> [UInt8]?
    func statistics() -> StateStatistics
    /// Nothing may be called afterwards.
    func close()
}
