import Bytes
import Simulation
import Testing

@Suite("Output buffer")
struct OutputBufferTests {
    private func contents(_ buffer: borrowing OutputBuffer, limit: Int = 10_000) -> [UInt8] {
        buffer.withPending(limit: limit) { segments in
            var bytes: [UInt8] = []
            for segment in segments { bytes += UnsafeRawBufferPointer(start: segment.base, count: segment.count) }
            return bytes
        }
    }

    /// Each piece has its own byte: what is out of place shows.
    private func piece(_ random: inout SeededRandom, count: Int) -> [UInt8] {
        Array(repeating: UInt8(random.below(256)), count: count)
    }

    @Test(
        "whatever is appended, sealed and dropped, what is pending is what an array says",
        arguments: 1...16 as ClosedRange<UInt64>
    )
    func model(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pool = ChunkPool(limit: 3)
        var buffer = OutputBuffer(pool: pool)
        var model: [UInt8] = []
        for _ in 0..<250 {
            switch random.below(8) {
            case 0, 1, 2:
                let bytes = self.piece(&random, count: random.pick([1, 7, 100, 3_000, 5_000, 70_000]))
                buffer.append(bytes)
                model += bytes
            case 3:
                let block = ByteBlock.make(self.piece(&random, count: random.value(in: 1...20_000)))
                let start = random.below(block.count)
                let range = start..<random.value(in: start...block.count)
                buffer.append(block, range)
                model += block.span(range).copied()
            case 4: buffer.seal()
            case 5, 6:
                let count = random.below(model.count + 1)
                buffer.dropFirst(count)
                model.removeFirst(count)
            default:
                buffer.dropFirst(model.count)
                model = []
            }
            let (count, isEmpty) = (buffer.count, buffer.isEmpty)
            #expect(count == model.count)
            #expect(isEmpty == model.isEmpty)
        }
        let contents = self.contents(buffer)
        #expect(contents == model)
    }

    @Test("sealed bytes stay where they are until they are dropped", arguments: 1...10 as ClosedRange<UInt64>)
    func sealedStays(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let pool = ChunkPool()
        var buffer = OutputBuffer(pool: pool)
        var model: [UInt8] = []
        for _ in 0..<20 {
            let bytes = self.piece(&random, count: random.value(in: 1...9_000))
            buffer.append(bytes)
            model += bytes
        }
        buffer.seal()
        let segments = buffer.withPending(limit: 64) { Array($0) }
        for _ in 0..<200 { buffer.append(self.piece(&random, count: random.value(in: 1...9_000))) }
        var read: [UInt8] = []
        for segment in segments { read += UnsafeRawBufferPointer(start: segment.base, count: segment.count) }
        #expect(read == model)
        buffer.dropFirst(model.count)
        let left = buffer.count
        #expect(left > 0)
    }

    @Test("no more pieces are shown than asked for, and they come in order")
    func limitedPieces() {
        let pool = ChunkPool()
        var buffer = OutputBuffer(pool: pool)
        for number in 0..<10 { buffer.append(ByteBlock.make([UInt8(number), UInt8(number)]), 0..<2) }
        buffer.append([99])
        let three = self.contents(buffer, limit: 3)
        buffer.dropFirst(3)
        let one = self.contents(buffer, limit: 1)
        buffer.dropFirst(17)
        let last = self.contents(buffer, limit: 5)
        #expect(three == [0, 0, 1, 1, 2, 2])
        #expect(one == [1])
        #expect(last == [99])
    }

    @Test("nothing appended is nothing pending")
    func empty() {
        let pool = ChunkPool()
        var buffer = OutputBuffer(pool: pool)
        buffer.append([])
        buffer.append(ByteBlock.make([1]), 1..<1)
        buffer.seal()
        buffer.removeAll()
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
    }

    @Test("a packet is written field by field, big end first")
    func writer() {
        let pool = ChunkPool()
        var buffer = OutputBuffer(pool: pool)
        buffer.append(upTo: 32) { packet in
            packet.write(7)
            packet.write(bigEndian: UInt16(0x0102))
            packet.write(bigEndian: UInt32(0x0304_0506))
            for value in [0, 127, 128, 16_383, 16_384, 268_435_455] { packet.write(variableByteInteger: value) }
        }
        let expected: [UInt8] = [7, 1, 2, 3, 4, 5, 6, 0, 127, 128, 1, 255, 127, 128, 128, 1, 255, 255, 255, 127]
        let contents = self.contents(buffer)
        #expect(contents == expected)
    }
}
