import Bytes
import LogFormat
import Machine

/// Reads bytes as what a log's files have, and traps when a promise of the readers does not hold.
///
/// The first byte says which: a batch whose checksum is set right, so that what is behind it is reached; a batch as it is; a
/// segment's header; an index. What was read is written again and read to the same.
package func fuzzLogFormat(_ input: [UInt8]) {
    guard let kind = input.first else { return }
    let block = ByteBlock.make(Array(input.dropFirst()))
    let bytes = UnsafeRawBufferPointer(start: block.base, count: block.count)
    switch kind & 3 {
    case 0: checkBatch(block, trusting: true)
    case 1: checkBatch(block, trusting: false)
    case 2:
        guard let header = try? LogSegmentHeader(bytes) else { return }
        let again = header.encoded()
        precondition(again.count <= LogSegmentHeader.maximumBytes, "a header is over its bound")
        let read = try? LogSegmentHeader(UnsafeRawBufferPointer(start: again.base, count: again.count))
        precondition(read == header, "a header is not read as it was written")
    default:
        guard let index = try? LogIndexFile(bytes) else { return }
        precondition(index.entries.count <= block.count / LogIndexFile.entryBytes, "an index has more than its bytes")
        let again = index.encoded()
        let read = try? LogIndexFile(UnsafeRawBufferPointer(start: again.base, count: again.count))
        precondition(read == index, "an index is not read as it was written")
    }
}

/// - Parameter trusting: The checksum is passed over, as if what follows it had been written so.
private func checkBatch(_ block: ByteBlock, trusting: Bool) {
    guard block.count >= LogBatch.headerBytes, let batch = try? LogBatch(at: block.base), batch.bytes <= block.count
    else {
        return
    }
    let bytes = UnsafeRawBufferPointer(start: block.base, count: batch.bytes)
    if !trusting, (try? LogBatch.verify(bytes)) == nil { return }
    var records = block
    var range = LogBatch.headerBytes..<batch.bytes
    if batch.flags.contains(.compressed) {
        // A fuzzer has better to do than to fill megabytes.
        if batch.rawBytes > 1 << 16 { return }
        let raw = ByteBlock.make(count: batch.rawBytes)
        let stored = UnsafeRawBufferPointer(rebasing: bytes[LogBatch.headerBytes...])
        guard (try? LogDecompressor().decompress(stored, into: raw, 0..<batch.rawBytes)) != nil else { return }
        records = raw
        range = 0..<batch.rawBytes
    }
    var entries: [LogRead.Entry] = []
    guard (try? batch.read(records, range, from: 0, into: &entries)) != nil else { return }
    precondition(entries.count == batch.count, "a batch has other records than it says")
    var next = batch.baseOffset
    var end = range.lowerBound
    for entry in entries {
        precondition(entry.offset >= next && entry.offset < batch.next, "an offset is out of order")
        precondition(entry.body.lowerBound >= end && entry.body.upperBound <= range.upperBound, "a body is elsewhere")
        if let key = entry.key {
            precondition(key.lowerBound >= end && key.upperBound <= entry.body.lowerBound, "a key is elsewhere")
        }
        next = entry.offset + 1
        end = entry.body.upperBound
    }
    let again = EncodedLogBatch(keeping: entries, of: batch, in: records, compressor: LogCompressor())
    let whole = UnsafeRawBufferPointer(start: again.header.base, count: LogBatch.headerBytes)
    precondition((try? LogBatch(at: whole.baseAddress.unsafelyUnwrapped)) == again.batch, "a header is not as written")
    if again.batch.flags.contains(.compressed) { return }
    var reread: [LogRead.Entry] = []
    let isRead: Void? = try? again.batch.read(again.records, 0..<again.records.count, from: 0, into: &reread)
    precondition(isRead != nil && reread.count == entries.count, "what is left of a batch is not read")
    for (one, other) in zip(entries, reread) {
        precondition(one.offset == other.offset && one.time == other.time, "a record changed")
        precondition(
            records.span(one.body).elementsEqual(again.records.span(other.body)),
            "a record's body changed"
        )
    }
}
