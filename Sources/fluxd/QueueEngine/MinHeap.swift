/// What is due first, or stands first: a binary heap of keys, each with a number. Equal keys come in order of their numbers.
struct MinHeap {
    struct Item {
        var key: UInt64
        var value: UInt64

        func precedes(_ other: Item) -> Bool {
            self.key != other.key ? self.key < other.key : self.value < other.value
        }
    }
    private(set) var items: [Item] = []

    var count: Int { self.items.count }
    var first: Item? { self.items.first }

    mutating func insert(_ key: UInt64, _ value: UInt64) {
        let item = Item(key: key, value: value)
        self.items.append(item)
        var hole = self.items.count - 1
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard item.precedes(self.items[parent]) else { break }
            self.items[hole] = self.items[parent]
            hole = parent
        }
        self.items[hole] = item
    }

    mutating func removeFirst() {
        let last = self.items.removeLast()
        guard !self.items.isEmpty else {
            if self.items.capacity > 64 { self.items = [] }
            return
        }
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < self.items.count else { break }
            if child + 1 < self.items.count, self.items[child + 1].precedes(self.items[child]) { child += 1 }
            guard self.items[child].precedes(last) else { break }
            self.items[hole] = self.items[child]
            hole = child
        }
        self.items[hole] = last
    }

    mutating func removeAll() { self.items = [] }

    /// Throws out what is stale: items are not taken out one by one when what they stand for goes.
    mutating func keep(where isLive: (Item) -> Bool) {
        var kept = MinHeap()
        for item in self.items where isLive(item) { kept.insert(item.key, item.value) }
        self = kept
    }
}
