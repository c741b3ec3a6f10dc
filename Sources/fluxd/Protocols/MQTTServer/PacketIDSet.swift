/// Packet identifiers in use, in pages of 1,024: identifiers come in runs, so a session that uses QoS 2 has one page or two.
struct PacketIDSet {
    private var pages: [UInt8: [UInt64]] = [:]
    private(set) var count = 0

    func contains(_ identifier: UInt16) -> Bool {
        guard let page = self.pages[UInt8(identifier >> 10)] else { return false }
        return page[Int(identifier >> 6 & 15)] & 1 << UInt64(identifier & 63) != 0
    }

    /// - Returns: Whether it was not there.
    mutating func insert(_ identifier: UInt16) -> Bool {
        let bit = UInt64(1) << UInt64(identifier & 63)
        let word = Int(identifier >> 6 & 15)
        let before = self.pages[UInt8(identifier >> 10), default: Array(repeating: 0, count: 16)][word]
        if before & bit != 0 { return false }
        self.pages[UInt8(identifier >> 10), default: Array(repeating: 0, count: 16)][word] = before | bit
        self.count += 1
        return true
    }

    /// - Returns: Whether it was there.
    mutating func remove(_ identifier: UInt16) -> Bool {
        guard self.contains(identifier) else { return false }
        self.pages[UInt8(identifier >> 10)]?[Int(identifier >> 6 & 15)] &= ~(1 << UInt64(identifier & 63))
        self.count -= 1
        if self.count == 0 { self.pages = [:] }
        return true
    }
}
