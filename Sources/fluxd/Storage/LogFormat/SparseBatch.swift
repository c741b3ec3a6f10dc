package import Bytes
package import Machine

extension EncodedLogBatch {
    /// A batch of which only some records are left: the offsets stay, so each record says its own.
    ///
    /// - Parameters:
    ///   - batch: As it was; its range of offsets and its time stay.
    ///   - entries: What is left of it: at least one, in order.
    ///   - block: Where the entries are.
    package init(keeping entries: [LogRead.Entry], of batch: LogBatch, in block: ByteBlock, compressor: LogCompressor) {
        precondition(!entries.isEmpty, "a batch of nothing")
        let bytes = entries.reduce(0) { $0 + 40 + ($1.key?.count ?? 0) + $1.body.count }
        let raw = ByteBlock.make(count: bytes)
        var end = 0
        var hasKeys = false
        for entry in entries {
            end = putVarint(entry.offset - batch.baseOffset, at: end, in: raw.base)
            end = putVarint((entry.time &- batch.baseTime) << 1 | (entry.key == nil ? 0 : 1), at: end, in: raw.base)
            if let key = entry.key {
                hasKeys = true
                end = putVarint(UInt64(key.count), at: end, in: raw.base)
                raw.fill(at: end, with: block.span(key))
                end += key.count
            }
            end = putVarint(UInt64(entry.body.count), at: end, in: raw.base)
            raw.fill(at: end, with: block.span(entry.body))
            end += entry.body.count
        }
        raw.shrink(to: end)
        var sparse = batch
        sparse.flags = hasKeys ? [.sparse, .keys] : .sparse
        sparse.storedBytes = end
        sparse.rawBytes = end
        sparse.count = entries.count
        sparse.synced = 0
        sparse.maximumTime = entries.reduce(0) { max($0, $1.time) }
        self.init(&sparse, raw: raw, compressor: batch.flags.contains(.compressed) ? compressor : nil)
    }
}
