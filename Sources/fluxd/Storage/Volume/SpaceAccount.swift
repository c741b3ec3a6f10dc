import Bytes
import Machine
import Synchronization

/// How much may still be given to a volume until free space is at its floor: what the file system said last, less what was given since
/// then. Between two looks at the file system a fast publisher fills a small disk.
///
/// Counted by the shards that give, and by the lanes that are done with it; all atomics, and no order between them matters: each look
/// at the file system sets it right.
final class SpaceAccount: Sendable {
    /// Free space that is to stay free.
    private let floor: Atomic<UInt64>
    private let left = Atomic<Int>(Int.max)
    /// What is left when the file system is to be looked at again: half of what it was at the last look.
    private let mark = Atomic<Int>(0)
    /// Bytes under way to the device.
    private let pending = Atomic<Int>(0)
    private let isLookWanted = Atomic<Bool>(false)

    init(floor: UInt64) { self.floor = Atomic(floor) }

    var minimumFree: UInt64 { self.floor.load(ordering: .relaxed) }
    var wantsLook: Bool { self.isLookWanted.load(ordering: .relaxed) }
    func setFloor(_ floor: UInt64) {
        self.floor.store(floor, ordering: .relaxed)
        self.isLookWanted.store(true, ordering: .relaxed)
    }

    enum Given: Equatable {
        case fits
        /// It is time for a look.
        case look
        /// It reaches below the floor.
        case short
    }

    /// Counts what is on its way to the device from now on.
    func give(_ bytes: Int) -> Given {
        self.pending.add(bytes, ordering: .relaxed)
        if self.minimumFree == 0 { return .fits }
        let (before, after) = self.left.subtract(bytes, ordering: .relaxed)
        let mark = self.mark.load(ordering: .relaxed)
        guard after < mark, before >= mark || (before >= 0 && after < 0) else { return .fits }
        self.isLookWanted.store(true, ordering: .relaxed)
        return after < 0 ? .short : .look
    }

    /// What was given is on the device, or nowhere.
    func take(_ bytes: Int) { self.pending.subtract(bytes, ordering: .relaxed) }

    /// A look at the file system.
    ///
    /// - Returns: What is free, less what is under way.
    func looked(free: UInt64) -> UInt64 {
        self.isLookWanted.store(false, ordering: .relaxed)
        let (free, floor) = (Int(clamping: free), Int(clamping: self.minimumFree))
        let rest = max(0, free - max(0, self.pending.load(ordering: .relaxed)))
        self.left.store(rest - floor, ordering: .relaxed)
        self.mark.store(max(0, (rest - floor) / 2), ordering: .relaxed)
        return UInt64(rest)
    }
}

extension StoreBatch {
    /// Bytes of a batch's head, and of a frame in the sync journal.
    private static let headBytes = 64

    /// About what storing it takes of the device.
    ///
    /// - Parameter isSynced: It goes into the sync journal, too.
    func space(isSynced: Bool) -> Int {
        var bytes = 0
        for command in self.commands {
            switch command {
            case .append(let append): bytes += (append.records.count + Self.headBytes) * (isSynced ? 2 : 1)
            // The store's log, and its tables.
            case .put(let key, let value): bytes += 2 * (key.count + value.count)
            case .trim, .retain, .remove, .repair, .name, .delete: break
            }
        }
        return bytes
    }
}
