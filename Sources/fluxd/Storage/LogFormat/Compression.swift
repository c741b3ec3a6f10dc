package import Bytes
import CZstd

/// Makes batches smaller. One thread's own; a level for bursts, not for archives.
package final class LogCompressor {
    /// Less is not worth a frame's header.
    package static let minimumBytes = 256
    private static let level: CInt = 1

    private let context: OpaquePointer

    package init() {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("no memory for a zstd context") }
        self.context = context
    }

    deinit { ZSTD_freeCCtx(self.context) }

    /// nil when it would not become smaller, or is not within what is compressed.
    package func compress(_ raw: ByteBlock) -> ByteBlock? {
        guard raw.count >= LogCompressor.minimumBytes, raw.count <= LogBatch.maximumCompressibleBytes else {
            return nil
        }
        // With one byte less than it has, "does not fit" means "not smaller".
        let target = ByteBlock.make(count: raw.count - 1)
        let bytes = ZSTD_compressCCtx(
            self.context,
            target.base,
            target.count,
            raw.base,
            raw.count,
            LogCompressor.level
        )
        guard ZSTD_isError(bytes) == 0 else { return nil }
        let exact = ByteBlock.make(count: bytes)
        exact.fill(at: 0, with: target.span(0..<bytes))
        return exact
    }
}

@available(*, unavailable)
extension LogCompressor: Sendable {}

/// Undoes ``LogCompressor``. One thread's own.
package final class LogDecompressor {
    private let context: OpaquePointer

    package init() {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("no memory for a zstd context") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(self.context) }

    /// Decompresses exactly into a range of a block that nobody else has seen.
    ///
    /// The frame's own size is compared first, and the room is the bound: a frame that goes on behind it fails.
    package func decompress(
        _ stored: UnsafeRawBufferPointer,
        into block: ByteBlock,
        _ range: Range<Int>
    ) throws(LogFormatError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= block.count, "a range is beyond its block")
        let said = ZSTD_getFrameContentSize(stored.baseAddress, stored.count)
        guard said == UInt64(range.count) else {
            throw LogFormatError(
                .compression,
                expected: "a frame of \(range.count) bytes",
                found: said >= UInt64.max - 1 ? "none" : "one of \(said)"
            )
        }
        let bytes = ZSTD_decompressDCtx(
            self.context,
            block.base + range.lowerBound,
            range.count,
            stored.baseAddress,
            stored.count
        )
        guard ZSTD_isError(bytes) == 0, bytes == range.count else {
            let found = ZSTD_isError(bytes) == 0 ? "\(bytes) bytes" : String(cString: ZSTD_getErrorName(bytes))
            throw LogFormatError(.compression, expected: "\(range.count) bytes", found: found)
        }
    }
}

@available(*, unavailable)
extension LogDecompressor: Sendable {}
