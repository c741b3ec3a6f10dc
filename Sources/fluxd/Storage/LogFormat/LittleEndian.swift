/// Integers of every file here are little-endian and stand where they stand, aligned or not.
extension UnsafeRawPointer {
    @inlinable @inline(__always)
    func little<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
        Value(littleEndian: self.loadUnaligned(fromByteOffset: offset, as: type))
    }
}

extension UnsafeMutableRawPointer {
    @inlinable @inline(__always)
    func setLittle<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        self.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}

/// What a number looks like where magic numbers and checksums are compared: "0x464C5842".
package func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
