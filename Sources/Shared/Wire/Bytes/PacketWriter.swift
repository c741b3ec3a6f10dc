/// Writes into room that was reserved: one check of room a packet, none a field.
///
/// Only ``OutputBuffer/append(upTo:_:)`` makes one, and the caller promises not to write more than it asked for.
@usableFromInline
package struct PacketWriter {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline package private(set) var count = 0

    @inlinable @inline(__always) init(at base: UnsafeMutableRawPointer) { self.base = base }

    @inlinable @inline(__always) package mutating func write(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { source in
            if let address = source.baseAddress { copyBytes(self.base + self.count, address, source.count) }
        }
        self.count += bytes.count
    }

    @inlinable @inline(__always) package mutating func write(_ byte: UInt8) {
        self.base.storeBytes(of: byte, toByteOffset: self.count, as: UInt8.self)
        self.count += 1
    }

    @inlinable @inline(__always) package mutating func write(bigEndian value: UInt16) {
        self.base.storeBytes(of: value.bigEndian, toByteOffset: self.count, as: UInt16.self)
        self.count += 2
    }

    @inlinable @inline(__always) package mutating func write(bigEndian value: UInt32) {
        self.base.storeBytes(of: value.bigEndian, toByteOffset: self.count, as: UInt32.self)
        self.count += 4
    }

    /// Source: MQTT 5.0 §1.5.5. At most four bytes.
    @inlinable @inline(__always) package mutating func write(variableByteInteger value: Int) {
        var rest = value
        while rest > 127 {
            self.write(UInt8(truncatingIfNeeded: rest & 127 | 128))
            rest >>= 7
        }
        self.write(UInt8(truncatingIfNeeded: rest))
    }
}
