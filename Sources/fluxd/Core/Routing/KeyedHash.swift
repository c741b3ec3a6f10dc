import Bytes

/// A hash of ours with a key chosen at start: what it decides is the same for every shard of a process and for a replayed
/// simulation, and nobody outside can choose topics that collide.
package struct KeyedHash: Sendable {
    @usableFromInline let key: UInt64

    package init(key: UInt64) { self.key = key | 1 }

    /// Mixes 8 bytes at a time by a folded 128-bit product.
    @inlinable package func hash(_ bytes: Span<UInt8>, seed: UInt64 = 0) -> UInt64 {
        var state = (self.key ^ seed) &+ 0x9E37_79B9_7F4A_7C15
        let count = bytes.count
        bytes.withUnsafeBytes { raw in
            var index = 0
            while index + 8 <= count {
                state = KeyedHash.fold(state ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                index += 8
            }
            var last: UInt64 = 0
            while index < count {
                last = last << 8 | UInt64(raw[index])
                index += 1
            }
            state = KeyedHash.fold(state ^ last ^ UInt64(count) << 56)
        }
        return state
    }

    /// The same strength for two words.
    @inlinable @inline(__always) package func hash(_ low: UInt64, _ high: UInt64, seed: UInt64) -> UInt64 {
        let state = (self.key ^ seed) &+ 0x9E37_79B9_7F4A_7C15
        return KeyedHash.fold(KeyedHash.fold(state ^ low) ^ high)
    }

    @inlinable @inline(__always) package static func fold(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}
