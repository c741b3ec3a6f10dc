/// How logs of a volume are kept.
package struct LogOptions: Equatable, Sendable {
    /// A segment that would grow beyond it is followed by a new one. Unit: bytes. Range: 4 KiB to 1 GiB.
    package var segmentBytes = 64 << 20
    /// So is one that was begun so long ago. Unit: milliseconds; 0 for never.
    package var segmentAge: UInt64 = 3_600_000
    /// Files that are kept open, of writers and of each reader: the least recently used is closed for another.
    package var openFiles = 256
    /// Bytes that the last segment has at least when a trim of all its records, or an append that says all anew
    /// (``LogAppend/beginsSegment``), ends it. Below it waits.
    package var trimBytes = 1 << 20
    /// Bytes of a segment between two entries of its index.
    package var indexInterval = 16 << 10
    /// Bytes of an unsealed segment after which its index is saved when it is synced: what a start after a crash reads again.
    package var indexSaveBytes = 1 << 20
    /// Keys that compaction holds in memory at once, with what holding them costs. Unit: bytes.
    package var compactionMemory = 64 << 20
    /// Segments that nobody has synced yet; with one more the oldest is synced by the append that begins it.
    package var unsyncedSegments = 4

    /// So many logs that are to be synced together are synced with all that the file system has to write.
    package var syncsAtOnce = 64

    package init() {}
}
