/// Integers of the journal are little-endian.
extension UnsafeMutableRawPointer {
    func setLittle<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        self.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }
}

extension UnsafeRawPointer {
    func little<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value {
        Value(littleEndian: self.loadUnaligned(fromByteOffset: offset, as: type))
    }
}
