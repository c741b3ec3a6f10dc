import Bytes
import Simulation
import Testing

@Suite("Byte reader")
struct ByteReaderTests {
    @Test("integers are read big end first")
    func integers() {
        let bytes: [UInt8] = Array(1...15)
        var reader = ByteReader(bytes.span)
        let small = (reader.readUInt8(), reader.readUInt16(), reader.readUInt32())
        let large = reader.readUInt64()
        let (isAtEnd, more) = (reader.isAtEnd, reader.readUInt8())
        #expect(small == (1, 0x0203, 0x0405_0607))
        #expect(large == 0x0809_0A0B_0C0D_0E0F)
        #expect(isAtEnd)
        #expect(more == nil)
    }

    @Test("a field that ends too early consumes nothing", arguments: 0..<12)
    func tooShort(count: Int) {
        let bytes = [0, 10] + Array(repeating: UInt8(65), count: 10)
        var reader = ByteReader(bytes.span.extracting(first: count))
        let prefixed = count < 12 ? reader.readLengthPrefixedRange() : nil
        let range = reader.readRange(count: count + 1)
        let eight = count < 8 ? reader.readUInt64() : nil
        let four = count < 4 ? reader.readUInt32() : nil
        let index = reader.index
        #expect(prefixed == nil)
        #expect(range == nil)
        #expect(eight == nil)
        #expect(four == nil)
        #expect(index == 0)
    }

    @Test("a length prefix frames exactly its bytes")
    func lengthPrefixed() {
        let bytes: [UInt8] = [0, 0, 0, 3, 104, 105, 33, 9]
        var reader = ByteReader(bytes.span)
        let empty = reader.readLengthPrefixed()?.copied()
        let text = reader.readLengthPrefixed()?.string()
        let (remaining, negative) = (reader.remaining, reader.readRange(count: -1))
        let last = reader.readBytes(count: 1)?.copied()
        #expect(empty == [])
        #expect(text == "hi!")
        #expect(remaining == 1)
        #expect(negative == nil)
        #expect(last == [9])
    }

    @Test("spans are equal when their bytes are")
    func equality() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<500 {
            let first = (0..<random.below(6)).map { _ in UInt8(random.below(2)) }
            let second = (0..<random.below(6)).map { _ in UInt8(random.below(2)) }
            let (bySpan, byArray) = (first.span.elementsEqual(second.span), first.span.elementsEqual(second))
            #expect(bySpan == (first == second))
            #expect(byArray == (first == second))
        }
    }

    @Test("a block holds its pieces one after the other, and lends any range")
    func block() {
        let block = ByteBlock.make([1, 2].span, [UInt8]().span, [3, 4, 5].span)
        #expect(block.count == 5)
        let ranges = [0..<5, 1..<4, 5..<5].map { block.span($0).copied() }
        #expect(ranges == [[1, 2, 3, 4, 5], [2, 3, 4], []])
        let filled = ByteBlock.make(count: 4)
        filled.fill(at: 2, with: [8, 9].span)
        filled.fill(at: 0, with: [6, 7].span)
        let all = filled.span(0..<4).copied()
        #expect(all == [6, 7, 8, 9])
        #expect(ByteBlock.make([UInt8]()).count == 0)
    }
}
