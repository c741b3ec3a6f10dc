import Glibc
import Testing

@testable import Files

@Suite("A write that the system takes in parts")
struct PendingPiecesTests {
    @Test("goes on where the system stopped, whatever it took each time", arguments: 1...12)
    func goesOn(step: Int) {
        let pieces: [[UInt8]] = [[1, 2], [], [3], [4, 5, 6, 7], [], [8]]
        var seen: [UInt8] = []
        let buffers = pieces.map { piece in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
            copy.copyBytes(from: piece)
            return UnsafeRawBufferPointer(copy)
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        var rest = PendingPieces(buffers)
        while !rest.isEmpty {
            let offered = rest.withVectors { vectors in
                vectors.flatMap { Array(UnsafeRawBufferPointer(start: $0.iov_base, count: $0.iov_len)) }
            }
            let taken = offered.prefix(step)
            seen += taken
            rest.advance(by: taken.count)
        }
        #expect(seen == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test("never offers more pieces than a system call takes")
    func offersNoMoreThanTheLimit() {
        let byte = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 1)
        defer { byte.deallocate() }
        let rest = PendingPieces(Array(repeating: UnsafeRawBufferPointer(byte), count: 3_000))
        #expect(rest.withVectors { $0.count } == PendingPieces.most)
    }

    @Test("of nothing is over at once")
    func nothing() {
        #expect(PendingPieces([]).isEmpty)
        #expect(PendingPieces([UnsafeRawBufferPointer(start: nil, count: 0)]).isEmpty)
    }
}
