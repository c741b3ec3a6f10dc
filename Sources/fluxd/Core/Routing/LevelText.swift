import Bytes

/// A level of a topic as two words, when it has at most 15 bytes, as nearly all have: compared and hashed without a loop.
struct LevelKey {
    let low: UInt64
    /// The top byte is the count; ``long`` says that the level is longer than the words hold.
    let high: UInt64
    private static let long: UInt64 = 0xFF << 56

    @inline(__always) init(_ level: Span<UInt8>) {
        let count = level.count
        guard count <= 15 else {
            self.low = 0
            self.high = LevelKey.long
            return
        }
        var low: UInt64 = 0
        var high = UInt64(count) << 56
        for index in 0..<min(8, count) { low |= UInt64(level[index]) << UInt64(index * 8) }
        if count > 8 { for index in 8..<count { high |= UInt64(level[index]) << UInt64((index - 8) * 8) } }
        self.low = low
        self.high = high
    }

    var isShort: Bool { self.high != LevelKey.long }
}

/// A node's level: in place when it is short, else bytes of its own. Whoever has it frees it.
struct LevelText {
    /// Of a long level: where its bytes are, and how many.
    private var low: UInt64
    private var high: UInt64
    private static let long: UInt64 = 0xFF << 56

    init(_ level: Span<UInt8>) {
        let key = LevelKey(level)
        guard !key.isShort else {
            self.low = key.low
            self.high = key.high
            return
        }
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: level.count)
        level.withUnsafeBufferPointer { _ = copy.initialize(from: $0) }
        self.low = UInt64(UInt(bitPattern: copy.baseAddress))
        self.high = LevelText.long | UInt64(level.count)
    }

    /// To be called once; the level is empty then.
    mutating func free() {
        if self.high >= LevelText.long { self.bytes.deallocate() }
        self.low = 0
        self.high = 0
    }

    @inline(__always) func equals(_ key: LevelKey, _ level: Span<UInt8>) -> Bool {
        key.isShort ? self.low == key.low && self.high == key.high : self.equalsLong(level)
    }

    private func equalsLong(_ level: Span<UInt8>) -> Bool {
        self.high >= LevelText.long && level.elementsEqual(self.bytes.span)
    }

    private var bytes: UnsafeMutableBufferPointer<UInt8> {
        UnsafeMutableBufferPointer(
            start: UnsafeMutablePointer(bitPattern: UInt(self.low)),
            count: Int(self.high & ~LevelText.long)
        )
    }
}
