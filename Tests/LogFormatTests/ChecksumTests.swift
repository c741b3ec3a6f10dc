import LogFormat
import Simulation
import Testing

@Suite("CRC-32C")
struct ChecksumTests {
    @Test(
        "the examples of RFC 3720 B.4 and the check value come out",
        arguments: [
            ([UInt8](repeating: 0, count: 32), UInt32(0x8A91_36AA)),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0..<32), 0x46DD_794E),
            ((0..<32).reversed(), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            ([], 0),
        ] as [([UInt8], UInt32)]
    )
    func examples(bytes: [UInt8], checksum: UInt32) {
        #expect(bytes.withUnsafeBytes { crc32c($0) } == checksum)
        #expect(bytes.withUnsafeBytes { crc32cPortable($0) } == checksum)
    }

    @Test("vectors, three streams, one stream and tables agree at every length and alignment around their borders")
    func implementationsAgree() {
        var random = SeededRandom(seed: 1)
        let bytes = random.bytes(count: 3 * 4_096 * 2 + 64)
        let lengths =
            Array(0..<80) + Array(500..<530) + Array(760..<784) + Array(1_020..<1_030)
            + Array(3 * 4_096 - 9...3 * 4_096 + 9) + [3 * 4_096 * 2 + 50, 20_000]
        bytes.withUnsafeBytes { all in
            for start in 0..<9 {
                for length in lengths where start + length <= all.count {
                    let part = UnsafeRawBufferPointer(rebasing: all[start..<start + length])
                    #expect(crc32c(part) == crc32cPortable(part), "\(length) bytes from \(start)")
                    #expect(crc32cByWord(part) == crc32cPortable(part), "\(length) bytes from \(start), by word")
                }
            }
        }
    }

    @Test("the checksum of two parts, one after the other, is that of the whole")
    func goesOn() {
        var random = SeededRandom(seed: 2)
        let bytes = random.bytes(count: 20_000)
        bytes.withUnsafeBytes { all in
            for _ in 0..<50 {
                let cut = random.below(all.count)
                let front = crc32c(UnsafeRawBufferPointer(rebasing: all[..<cut]))
                #expect(crc32c(UnsafeRawBufferPointer(rebasing: all[cut...]), from: front) == crc32c(all))
            }
        }
    }
}
