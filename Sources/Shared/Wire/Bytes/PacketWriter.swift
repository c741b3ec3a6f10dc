/// Writes into room that was reserved: one check of room a packet, none a field.
///
/// Only ``OutputBuffer/append(upTo:_:)`` makes one, and the caller promises not to write more than it asked for.
public struct PacketWriter {
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline var written = 0

    @inlinable @inline(__always) init(at base: UnsafeMutableRawPointer) { self.base = base }

    /// Bytes written so far.
    @inlinable public var count: Int { self.written }

    @inlinable @inline(__always) public mutating func write(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBytes { source in
            if let address = source.baseAddress { copyBytes(self.base + self.written, address, source.count) }
        }
        self.written += bytes.count
    }

    @inlinable @inline(__always) public mutating func write(_ byte: UInt8) {
        self.base.storeBytes(of: byte, toByteOffset: self.written, as: UInt8.self)
        self.written += 1
    }

    @inlinable @inline(__always) public mutating func write(bigEndian value: UInt16) {
        self.base.storeBytes(of: value.bigEndian, toByteOffset: self.written, as: UInt16.self)
        self.written += 2
    }

    @inlinable @inline(__always) public mutating func write(bigEndian value: UInt32) {
        self.base.storeBytes(of: value.bigEndian, toByteOffset: self.written, as: UInt32.self)
        self.written += 4
    }

    /// Source: MQTT 5.0 §1.5.5. At most four bytes.
    @inlinable @inline(__always) public mutating func write(variableByteInteger value: Int) {
        var rest = value
        while rest > 127 {
            self.write(UInt8(truncatingIfNeeded: rest & 127 | 128))
            rest >>= 7
        }
        self.write(UInt8(truncatingIfNeeded: rest))
    }
}
