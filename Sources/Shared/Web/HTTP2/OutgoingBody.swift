/// Bytes that wait for the peer's window or for room in an output, in the pieces in which they were written.
package struct OutgoingBody {
    private var pieces: [[UInt8]] = []
    private var first = 0
    /// Bytes of the first piece that are gone.
    private var offset = 0
    package private(set) var count = 0

    package init() {}

    package var isEmpty: Bool { self.count == 0 }

    package mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        self.pieces.append(bytes)
        self.count += bytes.count
    }

    /// Hands bytes from the front to `body`, piece by piece, and forgets them.
    ///
    /// - Returns: How many: all that are there, or `limit`.
    package mutating func take(upTo limit: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) -> Int {
        var taken = 0
        while taken < limit, self.first < self.pieces.count {
            let length = min(self.pieces[self.first].count - self.offset, limit - taken)
            self.pieces[self.first].withUnsafeBufferPointer { piece in
                body(UnsafeBufferPointer(rebasing: piece[self.offset..<(self.offset + length)]))
            }
            taken += length
            self.offset += length
            if self.offset == self.pieces[self.first].count { self.dropPiece() }
        }
        self.count -= taken
        return taken
    }

    mutating func take(into target: UnsafeMutableRawBufferPointer) -> Int {
        var rest = target
        return self.take(upTo: target.count) { piece in
            rest.copyMemory(from: UnsafeRawBufferPointer(piece))
            rest = UnsafeMutableRawBufferPointer(rebasing: rest[piece.count...])
        }
    }

    package mutating func removeAll() { self = OutgoingBody() }

    private mutating func dropPiece() {
        self.pieces[self.first] = []
        self.first += 1
        self.offset = 0
        if self.first == self.pieces.count {
            self.pieces.removeAll(keepingCapacity: self.first <= 16)
            self.first = 0
        } else if self.first > 64, self.first * 2 > self.pieces.count {
            self.pieces.removeFirst(self.first)
            self.first = 0
        }
    }
}
