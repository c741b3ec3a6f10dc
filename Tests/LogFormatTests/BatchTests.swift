import Bytes
import FuzzChecks
import LogFormat
import Machine
import Simulation
import Testing

/// A record as a test means it.
struct Record: Equatable {
    var delta: UInt64 = 0
    var key: [UInt8]?
    var body: [UInt8]
}

func block(of records: [Record]) -> ByteBlock {
    var writer = LogRecordWriter(capacity: 64)
    for record in records {
        if let key = record.key {
            writer.append(after: record.delta, key: key.span, body: record.body.span)
        } else {
            writer.append(after: record.delta, body: record.body.span)
        }
    }
    return writer.finish()
}

func encoded(_ records: [Record], first: UInt64 = 0, time: UInt64 = 1_000, compresses: Bool = false) -> EncodedLogBatch
{
    let append = LogAppend(
        log: LogID(owner: 7, part: .messages()),
        first: first,
        count: records.count,
        time: time,
        records: block(of: records),
        compresses: compresses
    )
    return EncodedLogBatch(append, synced: 4_711, compressor: LogCompressor())
}

/// Header and records as they are on disk.
func bytes(_ batch: EncodedLogBatch) -> [UInt8] {
    batch.header.span(0..<batch.header.count).copied() + batch.records.span(0..<batch.records.count).copied()
}

func decoded(_ bytes: [UInt8], from first: UInt64 = 0) throws -> [(offset: UInt64, record: Record)] {
    let block = ByteBlock.make(bytes)
    let batch = try LogBatch(at: block.base)
    guard batch.bytes == bytes.count else {
        throw LogFormatError(.length, expected: "\(batch.bytes)", found: "\(bytes.count)")
    }
    try LogBatch.verify(UnsafeRawBufferPointer(start: block.base, count: block.count))
    var records = block
    var range = LogBatch.headerBytes..<bytes.count
    if batch.flags.contains(.compressed) {
        records = ByteBlock.make(count: batch.rawBytes)
        let stored = UnsafeRawBufferPointer(start: block.base + LogBatch.headerBytes, count: batch.storedBytes)
        try LogDecompressor().decompress(stored, into: records, 0..<batch.rawBytes)
        range = 0..<batch.rawBytes
    }
    var entries: [LogRead.Entry] = []
    try batch.read(records, range, from: first, into: &entries)
    return entries.map { entry in
        let key = entry.key.map { records.span($0).copied() }
        let body = records.span(entry.body).copied()
        return (entry.offset, Record(delta: entry.time - batch.baseTime, key: key, body: body))
    }
}

@Suite("Batches of a log")
struct BatchTests {
    static let few = [
        Record(body: Array("first".utf8)),
        Record(delta: 3, key: [], body: []),
        Record(delta: 300, key: Array("key".utf8), body: [UInt8](repeating: 7, count: 200)),
        Record(delta: 70_000, body: [0]),
    ]

    @Test("records come back as they were written, compressed or not", arguments: [false, true])
    func roundTrip(compresses: Bool) throws {
        let batch = encoded(BatchTests.few, first: 40, compresses: compresses)
        #expect(batch.batch.flags.contains(.compressed) == false)  // too small
        let read = try decoded(bytes(batch))
        #expect(read.map(\.record) == BatchTests.few)
        #expect(read.map(\.offset) == [40, 41, 42, 43])
        #expect(batch.batch.next == 44)
        #expect(batch.batch.maximumTime == 71_000)
        #expect(batch.batch.flags.contains(.keys))
        #expect(batch.batch.synced == 4_711)
    }

    @Test("random records survive, and a compressed batch is smaller")
    func randomRoundTrips() throws {
        var random = SeededRandom(seed: 3)
        for _ in 0..<200 {
            let records = (0..<random.value(in: 1...50)).map { _ in
                Record(
                    delta: UInt64(random.below(3) == 0 ? random.below(1 << 40) : random.below(100)),
                    key: random.chance(perMille: 300) ? random.bytes(count: random.below(20)) : nil,
                    body: random.chance(perMille: 500)
                        ? [UInt8](repeating: 1, count: random.below(500)) : random.bytes(count: random.below(300))
                )
            }
            let compresses = random.chance(perMille: 500)
            let batch = encoded(records, first: random.next() >> 2, compresses: compresses)
            #expect(try decoded(bytes(batch)).map(\.record) == records)
            #expect(batch.batch.storedBytes <= batch.batch.rawBytes)
        }
    }

    @Test("what lies before the wanted offset is passed over")
    func readsFromTheMiddle() throws {
        let read = try decoded(bytes(encoded(BatchTests.few, first: 40)), from: 42)
        #expect(read.map(\.offset) == [42, 43])
    }

    @Test("a batch cut at any byte is not read")
    func cutAnywhere() {
        let whole = bytes(encoded(BatchTests.few))
        for count in LogBatch.headerBytes..<whole.count {
            #expect(throws: LogFormatError.self) { try decoded(Array(whole[..<count])) }
        }
    }

    @Test("no flipped bit goes unnoticed", arguments: [false, true])
    func flippedBits(compresses: Bool) {
        let body = [UInt8](repeating: 5, count: 400)
        let whole = bytes(encoded([Record(body: body), Record(key: [1], body: body)], compresses: compresses))
        for bit in 0..<whole.count * 8 {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LogFormatError.self, "bit \(bit)") { try decoded(damaged) }
        }
    }

    @Test("some records of a batch keep their offsets and times, and the batch its range")
    func sparse() throws {
        let batch = encoded(BatchTests.few, first: 40)
        let block = ByteBlock.make(bytes(batch))
        var entries: [LogRead.Entry] = []
        try batch.batch.read(block, LogBatch.headerBytes..<block.count, from: 0, into: &entries)
        let left = EncodedLogBatch(
            keeping: [entries[0], entries[2]],
            of: batch.batch,
            in: block,
            compressor: LogCompressor()
        )
        #expect(left.batch.next == 44)
        #expect(left.batch.count == 2)
        #expect(left.batch.flags == [.keys, .sparse])
        let read = try decoded(bytes(left))
        #expect(read.map(\.offset) == [40, 42])
        #expect(read.map(\.record) == [BatchTests.few[0], BatchTests.few[2]])
        #expect(left.batch.maximumTime == 1_300)
    }

    @Test("a compressed batch that claims more than it may is refused before anything is set aside")
    func bombs() throws {
        let batch = encoded([Record(body: [UInt8](repeating: 0, count: 100_000))], compresses: true)
        #expect(batch.batch.flags.contains(.compressed))
        let stored = batch.records.span(0..<batch.records.count).copied()
        // The header says less than the frame holds.
        let small = ByteBlock.make(count: 100)
        #expect(throws: LogFormatError.self) {
            try stored.withUnsafeBytes { try LogDecompressor().decompress($0, into: small, 0..<100) }
        }
        var header = bytes(batch)
        let claimed = UInt32(LogBatch.maximumCompressibleBytes + 1)
        for byte in 0..<4 { header[16 + byte] = UInt8(truncatingIfNeeded: claimed >> UInt32(8 * byte)) }
        let error = #expect(throws: LogFormatError.self) { try LogBatch(at: ByteBlock.make(header).base) }
        #expect(error?.field == .length)
    }

    @Test("a writer goes on after it has handed out a block, and what it handed out stays")
    func writerIsReused() throws {
        var writer = LogRecordWriter(capacity: 64)
        writer.append(after: 0, body: [1, 2, 3].span)
        let count = writer.count
        let first = writer.finish()
        let isEmpty = writer.isEmpty
        #expect(count == 1 && isEmpty)
        writer.append(after: 9, bodyBytes: 2) { room in
            room[0] = 8
            room[1] = 9
        }
        let second = writer.finish()
        #expect(first.span(0..<first.count).copied() == [0, 3, 1, 2, 3])
        #expect(second.span(0..<second.count).copied() == [18, 2, 8, 9])
    }

    @Test("what was written from the documented format alone, by other code, is read")
    func readsOtherWriters() throws {
        // The first byte of an input says what it is; these are whole and right.
        let inputs = Dictionary(
            uniqueKeysWithValues: corpus("FuzzLogFormat").map { ($0.name, Array($0.bytes.dropFirst())) }
        )
        let two = try decoded(#require(inputs["batch"]))
        #expect(two.map(\.offset) == [5, 6])
        #expect(two[0].record == Record(body: Array("hello".utf8)))
        #expect(two[1].record == Record(delta: 300, key: [0x6B], body: [UInt8](repeating: 0x78, count: 200)))
        let sparse = try decoded(#require(inputs["sparse"]))
        #expect(sparse.map(\.offset) == [5, 12])
        let compressed = try decoded(#require(inputs["compressed"]))
        #expect(compressed.count == 20)
        #expect(compressed.allSatisfy { $0.record == Record(body: [UInt8](repeating: 0x7A, count: 100)) })
        let header = try #require(inputs["header"])
        #expect(try header.withUnsafeBytes { try LogSegmentHeader($0) }.name == "orders")
        let index = try #require(inputs["index"])
        #expect(try index.withUnsafeBytes { try LogIndexFile($0) }.entries.map(\.position) == [54, 5_000])
    }

    @Test("what the fuzzer found and started from holds")
    func corpusHolds() {
        let inputs = corpus("FuzzLogFormat")
        #expect(!inputs.isEmpty)
        for input in inputs { fuzzLogFormat(input.bytes) }
    }
}

@Suite("Headers and indexes of segments")
struct SegmentFormatTests {
    @Test("a header comes back, and a name too long is cut to the character")
    func header() throws {
        let name = String(repeating: "ä", count: 400)
        let header = LogSegmentHeader(log: 9, baseOffset: 1_000, created: 77, rewrittenThrough: 2_000, name: name)
        #expect(header.name == String(repeating: "ä", count: 256))
        let block = header.encoded()
        let read = try LogSegmentHeader(UnsafeRawBufferPointer(start: block.base, count: block.count))
        #expect(read == header)
    }

    @Test("no flipped bit of a header or an index goes unnoticed")
    func flippedBits() {
        let header = LogSegmentHeader(log: 9, baseOffset: 1_000, created: 77, name: "orders").encoded()
        for bit in 0..<header.count * 8 {
            var bytes = header.span(0..<header.count).copied()
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LogFormatError.self) { try bytes.withUnsafeBytes { try LogSegmentHeader($0) } }
        }
        let index = SegmentFormatTests.index.encoded()
        for bit in 0..<index.count * 8 {
            var bytes = index.span(0..<index.count).copied()
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: LogFormatError.self) { try bytes.withUnsafeBytes { try LogIndexFile($0) } }
        }
    }

    static let index = LogIndexFile(
        log: 9,
        baseOffset: 1_000,
        segment: 0xDEAD_BEEF,
        isSealed: true,
        summary: LogSegmentSummary(bytes: 5_000, records: 40, next: 1_040, firstTime: 5, maximumTime: 8),
        entries: [
            LogIndexEntry(offset: 0, position: 54, timeBefore: 0),
            LogIndexEntry(offset: 20, position: 3_000, timeBefore: 7),
        ]
    )

    @Test("an index comes back, whole and as its summary")
    func index() throws {
        let block = SegmentFormatTests.index.encoded()
        let bytes = UnsafeRawBufferPointer(start: block.base, count: block.count)
        #expect(try LogIndexFile(bytes) == SegmentFormatTests.index)
        let header = UnsafeRawBufferPointer(rebasing: bytes[..<LogIndexFile.headerBytes])
        let summary = try LogIndexFile(header, summaryOnly: true)
        #expect(summary.summary == SegmentFormatTests.index.summary)
        #expect(summary.entries.isEmpty)
        #expect(throws: LogFormatError.self) { try LogIndexFile(header) }
    }
}
