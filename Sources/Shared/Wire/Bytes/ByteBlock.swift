/// Bytes that several owners share: one allocation, counted atomically, written before it is shared and never after.
///
/// A stored message is one block (topic, properties, payload), and a packet too large for a read buffer is read straight
/// into one, so that a large payload is sent from where it arrived.
public struct ByteBlock: @unchecked Sendable {
    // Sendable because: whoever makes a block writes it before handing it on; nobody writes it afterwards.
    @usableFromInline let storage: ManagedBuffer<Int, UInt8>

    /// A block with room for `count` bytes, whose contents are not set yet.
    package static func make(count: Int) -> ByteBlock {
        ByteBlock(storage: ManagedBuffer<Int, UInt8>.create(minimumCapacity: count) { _ in count })
    }

    /// A block made of the given pieces, one after the other.
    package static func make(_ first: Span<UInt8>, _ second: Span<UInt8>, _ third: Span<UInt8>) -> ByteBlock {
        let block = ByteBlock.make(count: first.count + second.count + third.count)
        block.fill(at: 0, with: first)
        block.fill(at: first.count, with: second)
        block.fill(at: first.count + second.count, with: third)
        return block
    }

    package static func make(_ bytes: [UInt8]) -> ByteBlock {
        let block = ByteBlock.make(count: bytes.count)
        block.fill(at: 0, with: bytes.span)
        return block
    }

    /// Bytes in the block.
    @inlinable public var count: Int { self.storage.header }

    /// Where the bytes are, for as long as the block lives.
    @inlinable @inline(__always) public var base: UnsafeMutablePointer<UInt8> {
        self.storage.withUnsafeMutablePointerToElements { $0 }
    }

    /// Writes into a block that nobody else has seen yet.
    @inlinable public func fill(at offset: Int, with bytes: Span<UInt8>) {
        precondition(offset + bytes.count <= self.count, "a block is written beyond its end")
        bytes.withUnsafeBytes { source in
            if let address = source.baseAddress { copyBytes(self.base + offset, address, source.count) }
        }
    }

    /// Gives up the end of a block that nobody else has seen yet; its memory stays with it.
    package func shrink(to count: Int) {
        precondition(count >= 0 && count <= self.count, "a block does not grow")
        self.storage.header = count
    }

    /// The bytes of a range, borrowed from the block.
    @inlinable @inline(__always) @_lifetime(borrow self)
    public func span(_ range: Range<Int>) -> Span<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.count, "a range is beyond its block")
        let span = Span(_unsafeStart: UnsafePointer(self.base) + range.lowerBound, count: range.count)
        return _overrideLifetime(span, borrowing: self)
    }
}
