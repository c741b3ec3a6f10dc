/// Routes that a publisher may publish along, by serial: what was asked once is not asked again while the rules stand.
///
/// A publisher of one topic has nothing here; the connection remembers that one itself. Then a table that is looked at in eight
/// places from the one that the serial hashes to, doubles while it is three quarters full, and never gets beyond 16,384 entries
/// (128 KiB): from there a new route takes the place of an old one.
struct PublishRights {
    static let limit = 16_384
    private static let reach = 8
    /// 0 is free: no route has that serial.
    private var table: [UInt64] = []
    private var count = 0
    /// The last route that was refused: a client that goes on regardless is not asked for each time.
    var refused: UInt64 = 0

    var capacity: Int { self.table.count }

    mutating func removeAll() { self = PublishRights() }

    func contains(_ serial: UInt64) -> Bool {
        if self.table.isEmpty { return false }
        let start = self.place(of: serial)
        for ahead in 0..<Self.reach {
            let found = self.table[(start + ahead) & (self.table.count - 1)]
            if found == serial { return true }
            if found == 0 { return false }
        }
        return false
    }

    mutating func insert(_ serial: UInt64) {
        if self.contains(serial) { return }
        if self.table.isEmpty { self.table = Array(repeating: 0, count: Self.reach) }
        while self.count * 4 >= self.table.count * 3, self.table.count < Self.limit { self.grow() }
        while !self.place(serial) {
            if self.table.count < Self.limit {
                self.grow()
            } else {
                self.table[self.place(of: serial)] = serial
                return
            }
        }
        self.count += 1
    }

    private mutating func grow() {
        let old = self.table
        self.table = Array(repeating: 0, count: old.count * 2)
        self.count = 0
        for serial in old where serial != 0 && self.place(serial) { self.count += 1 }
    }

    /// - Returns: False when all places in reach are taken.
    private mutating func place(_ serial: UInt64) -> Bool {
        let start = self.place(of: serial)
        for ahead in 0..<Self.reach where self.table[(start + ahead) & (self.table.count - 1)] == 0 {
            self.table[(start + ahead) & (self.table.count - 1)] = serial
            return true
        }
        return false
    }

    /// Serials count up, and several publishers take turns at it: their strides must not meet in one place.
    private func place(of serial: UInt64) -> Int {
        Int(truncatingIfNeeded: (serial &* 0x9E37_79B9_7F4A_7C15) >> 40) & (self.table.count - 1)
    }
}
