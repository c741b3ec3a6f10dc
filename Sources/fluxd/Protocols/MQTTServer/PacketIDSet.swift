/// Packet identifiers in use, in pages of 1,024: identifiers come in runs, so a session that uses QoS 2 has one page or two.
struct PacketIDSet {
    /// 64 pages of 16 words, each made with its first identifier and kept; none before the first.
    private var pages: [[UInt64]] = []
    private(set) var count = 0

    func contains(_ identifier: UInt16) -> Bool {
        if self.pages.isEmpty || self.pages[Int(identifier >> 10)].isEmpty { return false }
        return self.pages[Int(identifier >> 10)][Int(identifier >> 6 & 15)] & 1 << UInt64(identifier & 63) != 0
    }

    /// In the order of their numbers.
    func forEach(_ body: (UInt16) -> Void) {
        for (page, words) in self.pages.enumerated() {
            for (place, word) in words.enumerated() {
                var rest = word
                while rest != 0 {
                    body(UInt16(page << 10 | place << 6 | rest.trailingZeroBitCount))
                    rest &= rest - 1
                }
            }
        }
    }

    /// - Returns: Whether it was not there.
    mutating func insert(_ identifier: UInt16) -> Bool {
        let page = Int(identifier >> 10)
        if self.pages.isEmpty { self.pages = Array(repeating: [], count: 64) }
        if self.pages[page].isEmpty { self.pages[page] = Array(repeating: 0, count: 16) }
        let bit = UInt64(1) << UInt64(identifier & 63)
        let word = Int(identifier >> 6 & 15)
        if self.pages[page][word] & bit != 0 { return false }
        self.pages[page][word] |= bit
        self.count += 1
        return true
    }

    /// - Returns: Whether it was there.
    mutating func remove(_ identifier: UInt16) -> Bool {
        guard self.contains(identifier) else { return false }
        self.pages[Int(identifier >> 10)][Int(identifier >> 6 & 15)] &= ~(1 << UInt64(identifier & 63))
        self.count -= 1
        return true
    }
}
