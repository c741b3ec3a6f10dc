import Glibc

/// One contiguous piece of pending output, laid out as `iovec` and `uv_buf_t` are.
package struct OutputSegment {
    package var base: UnsafeRawPointer
    package var count: Int
}

/// Chunks of 64 KiB that busy outputs of one loop take and give back.
public final class ChunkPool {
    package static let chunkSize = 64 << 10
    private var free: [UnsafeMutableRawPointer] = []
    private let limit: Int
    /// Bytes that all outputs of the loop have sent.
    package fileprivate(set) var sent: UInt64 = 0

    /// - Parameter limit: Chunks kept for later; what comes back beyond that is freed.
    package init(limit: Int = 64) { self.limit = limit }
    deinit { for chunk in self.free { chunk.deallocate() } }

    func take() -> UnsafeMutableRawPointer {
        self.free.popLast() ?? .allocate(byteCount: ChunkPool.chunkSize, alignment: 16)
    }

    func giveBack(_ chunk: UnsafeMutableRawPointer) {
        if self.free.count < self.limit { self.free.append(chunk) } else { chunk.deallocate() }
    }
}

@available(*, unavailable)
extension ChunkPool: Sendable {}

/// Bytes on their way to one connection: own bytes, and ranges of blocks that others share.
///
/// Own bytes are written at the tail of a chunk that starts small, becomes 64 KiB from the loop's pool, and is sealed when it is
/// full; chunks never move once sealed, so a pending write may point into them. Drained above 4 KiB it gives its memory back.
///
/// What the hot path calls is `public` here and in its neighbours although no product has this module: Swift 6.3 inlines
/// `@inlinable public` across modules, and `@inlinable package` never.
public struct OutputBuffer: ~Copyable {
    private struct Part {
        /// Own chunk, or nil when the bytes belong to `block`.
        var chunk: UnsafeMutableRawPointer?
        var capacity: Int
        var block: ByteBlock?
        var base: UnsafeRawPointer
        var count: Int
    }

    @usableFromInline var chunk: UnsafeMutableRawPointer?
    @usableFromInline var capacity = 0
    @usableFromInline var head = 0
    @usableFromInline var tail = 0
    /// Sealed pieces before the chunk, oldest at `firstPart`.
    private var parts: [Part] = []
    private var firstPart = 0
    @usableFromInline var bytesInParts = 0
    private unowned(unsafe) let pool: ChunkPool

    package init(pool: ChunkPool) { self.pool = pool }

    deinit {
        for part in self.parts[self.firstPart...] {
            if let chunk = part.chunk { self.release(chunk, part.capacity) }
        }
        if let chunk = self.chunk { self.release(chunk, self.capacity) }
    }

    /// Bytes that were appended and not yet sent, those of shared blocks included.
    @inlinable public var count: Int { self.bytesInParts + self.tail - self.head }
    @inlinable public var isEmpty: Bool { self.count == 0 }

    /// Appends what `body` writes, at most `limit` bytes: one check of room for a whole packet.
    @inlinable @inline(__always)
    public mutating func append(upTo limit: Int, _ body: (inout PacketWriter) -> Void) {
        if self.tail + limit > self.capacity { self.makeRoom(for: limit) }
        var writer = PacketWriter(at: self.chunk.unsafelyUnwrapped + self.tail)
        body(&writer)
        assert(writer.count <= limit, "a packet is longer than the room it asked for")
        self.tail += writer.count
    }

    package mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        self.append(upTo: bytes.count) { $0.write(bytes.span) }
    }

    /// Appends bytes of a shared block by reference.
    package mutating func append(_ block: ByteBlock, _ range: Range<Int>) {
        precondition(range.upperBound <= block.count, "a range is beyond its block")
        if range.isEmpty { return }
        self.seal()
        self.parts.append(
            Part(
                chunk: nil,
                capacity: 0,
                block: block,
                base: UnsafeRawPointer(block.base) + range.lowerBound,
                count: range.count
            )
        )
        self.bytesInParts += range.count
    }

    /// Calls `body` with the first pending pieces, at most `limit` of them.
    package func withPending<Result>(limit: Int, _ body: (UnsafeBufferPointer<OutputSegment>) -> Result) -> Result {
        let sealed = self.parts.count - self.firstPart
        return withUnsafeTemporaryAllocation(of: OutputSegment.self, capacity: limit) { segments in
            var used = 0
            while used < limit, used < sealed {
                let part = self.parts[self.firstPart + used]
                segments.initializeElement(at: used, to: OutputSegment(base: part.base, count: part.count))
                used += 1
            }
            if used < limit, self.tail > self.head, let chunk = self.chunk {
                let own = OutputSegment(base: UnsafeRawPointer(chunk) + self.head, count: self.tail - self.head)
                segments.initializeElement(at: used, to: own)
                used += 1
            }
            return body(UnsafeBufferPointer(rebasing: segments[..<used]))
        }
    }

    /// Makes all that is pending stay where it is, so that a write may point to it until it is dropped.
    package mutating func seal() {
        guard self.tail > self.head, let chunk = self.chunk else { return }
        let count = self.tail - self.head
        self.parts.append(
            Part(
                chunk: chunk,
                capacity: self.capacity,
                block: nil,
                base: UnsafeRawPointer(chunk) + self.head,
                count: count
            )
        )
        self.bytesInParts += count
        self.chunk = nil
        (self.capacity, self.head, self.tail) = (0, 0, 0)
    }

    /// Forgets bytes that were sent.
    package mutating func dropFirst(_ count: Int) {
        self.pool.sent &+= UInt64(count)
        self.forgetFirst(count)
    }

    private mutating func forgetFirst(_ count: Int) {
        var rest = count
        while rest > 0, self.firstPart < self.parts.count {
            let here = self.parts[self.firstPart].count
            if rest < here {
                self.parts[self.firstPart].base += rest
                self.parts[self.firstPart].count -= rest
                self.bytesInParts -= rest
                return
            }
            rest -= here
            self.bytesInParts -= here
            if let chunk = self.parts[self.firstPart].chunk { self.release(chunk, self.parts[self.firstPart].capacity) }
            self.parts[self.firstPart].block = nil
            self.firstPart += 1
        }
        if self.firstPart == self.parts.count {
            if self.firstPart > 0 {
                self.parts.removeAll(keepingCapacity: self.firstPart <= 64)
                self.firstPart = 0
            }
        } else if self.firstPart > 64, self.firstPart * 2 > self.parts.count {
            self.parts.removeFirst(self.firstPart)
            self.firstPart = 0
        }
        self.head += rest
        precondition(self.head <= self.tail, "more bytes were dropped than were pending")
        if self.head == self.tail {
            (self.head, self.tail) = (0, 0)
            if self.capacity > 4 << 10, let chunk = self.chunk {
                self.release(chunk, self.capacity)
                self.chunk = nil
                self.capacity = 0
            }
        }
    }

    /// Forgets everything: the connection is gone.
    package mutating func removeAll() { self.forgetFirst(self.count) }

    private func release(_ chunk: UnsafeMutableRawPointer, _ capacity: Int) {
        if capacity == ChunkPool.chunkSize { self.pool.giveBack(chunk) } else { chunk.deallocate() }
    }

    @inline(never) @usableFromInline mutating func makeRoom(for count: Int) {
        let pending = self.tail - self.head
        // A small chunk grows by moving, which is at most 4 KiB; a large one is sealed.
        if self.capacity <= 4 << 10, pending + count <= ChunkPool.chunkSize {
            var wanted = max(self.capacity, 128)
            while wanted < pending + count { wanted *= 2 }
            if wanted > 4 << 10 { wanted = ChunkPool.chunkSize }
            let bigger =
                wanted == ChunkPool.chunkSize ? self.pool.take() : .allocate(byteCount: wanted, alignment: 16)
            if let chunk = self.chunk {
                if pending > 0 { memcpy(bigger, chunk + self.head, pending) }
                chunk.deallocate()
            }
            self.chunk = bigger
            (self.capacity, self.head, self.tail) = (wanted, 0, pending)
            return
        }
        self.seal()
        if let chunk = self.chunk { self.release(chunk, self.capacity) }
        self.capacity = max(count, ChunkPool.chunkSize)
        self.chunk =
            self.capacity == ChunkPool.chunkSize ? self.pool.take() : .allocate(byteCount: self.capacity, alignment: 16)
        (self.head, self.tail) = (0, 0)
    }
}
