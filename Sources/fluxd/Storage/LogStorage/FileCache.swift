import Files
import LogFormat
import Machine

/// Open files, the least recently used of which is closed for another.
final class FileCache {
    struct Key: Hashable {
        var log: LogID
        var base: UInt64
    }
    private struct Slot {
        var key: Key
        var file: any DataFile
        /// Of the segment that was opened; 0 where it does not matter.
        var identity: UInt32
        /// Loaded with the file when a reader wanted it.
        var index: [LogIndexEntry]?
        var newer: Int
        var older: Int
    }

    private let capacity: Int
    private var slots: [Slot] = []
    private var places: [Key: Int] = [:]
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1

    init(capacity: Int) { self.capacity = max(capacity, 1) }

    var count: Int { self.places.count }

    func file(_ key: Key) -> (any DataFile)? {
        guard let place = self.places[key] else { return nil }
        self.touch(place)
        return self.slots[place].file
    }

    /// The file and the segment that it was when it was opened.
    func identified(_ key: Key) -> (file: any DataFile, identity: UInt32)? {
        guard let place = self.places[key] else { return nil }
        self.touch(place)
        return (self.slots[place].file, self.slots[place].identity)
    }

    func insert(_ file: any DataFile, _ key: Key, identity: UInt32 = 0) {
        self.close(key)
        if self.places.count >= self.capacity { self.close(self.slots[self.oldest].key) }
        let slot = Slot(key: key, file: file, identity: identity, newer: -1, older: -1)
        let place: Int
        if let reused = self.free.popLast() {
            place = reused
            self.slots[place] = slot
        } else {
            place = self.slots.count
            self.slots.append(slot)
        }
        self.places[key] = place
        self.link(place)
    }

    func index(_ key: Key) -> [LogIndexEntry]? { self.places[key].flatMap { self.slots[$0].index } }

    func setIndex(_ index: [LogIndexEntry], _ key: Key) {
        if let place = self.places[key] { self.slots[place].index = index }
    }

    func close(_ key: Key) {
        guard let place = self.places.removeValue(forKey: key) else { return }
        self.unlink(place)
        self.slots[place].file.close()
        self.slots[place].index = nil
        self.free.append(place)
    }

    /// Closes the log's files of which the caller says that they are not its segments any more.
    func closeOthers(_ log: LogID, isCurrent: (_ base: UInt64, _ identity: UInt32) -> Bool) {
        for place in self.slots.indices {
            let slot = self.slots[place]
            guard slot.key.log == log, self.places[slot.key] == place else { continue }
            if !isCurrent(slot.key.base, slot.identity) { self.close(slot.key) }
        }
    }

    /// The logs that files are open of.
    var logs: Set<LogID> { Set(self.places.keys.lazy.map(\.log)) }

    func closeAll() {
        while self.oldest >= 0 { self.close(self.slots[self.oldest].key) }
        self.slots = []
        self.free = []
    }

    private func touch(_ place: Int) {
        if place == self.newest { return }
        self.unlink(place)
        self.link(place)
    }

    private func link(_ place: Int) {
        self.slots[place].newer = -1
        self.slots[place].older = self.newest
        if self.newest >= 0 { self.slots[self.newest].newer = place } else { self.oldest = place }
        self.newest = place
    }

    private func unlink(_ place: Int) {
        let (newer, older) = (self.slots[place].newer, self.slots[place].older)
        if newer >= 0 { self.slots[newer].older = older } else { self.newest = older }
        if older >= 0 { self.slots[older].newer = newer } else { self.oldest = newer }
    }
}
