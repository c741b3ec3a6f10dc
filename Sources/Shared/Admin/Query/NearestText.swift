/// Looks for what a mistyped text most likely stood for, among any number of candidates that come one at a time.
///
/// Near means one slip for every three characters, at least one and at most three; a slip is an insertion, a deletion, another
/// character, or a swap of neighbours (optimal string alignment). Letters' case does not count. Candidates whose length alone rules
/// them out cost nothing, so a name may be looked for among all connections of a broker.
package struct NearestText: Sendable {
    /// Longer texts are not compared: nobody types them.
    private static let maximumLength = 256

    private let wanted: [UInt8]
    private var bestDistance: Int
    private var rows: [[Int]]
    package private(set) var best: String?

    package init(to text: String) {
        self.wanted = text.utf8.prefix(NearestText.maximumLength + 1).map(lowercaseASCII)
        self.bestDistance = min(3, max(1, self.wanted.count / 3)) + 1
        self.rows = Array(repeating: Array(repeating: 0, count: self.wanted.count + 1), count: 3)
        if self.wanted.count > NearestText.maximumLength { self.bestDistance = 0 }
    }

    /// The first of several that are as near is kept.
    package mutating func consider(_ candidate: String) {
        let bytes = candidate.utf8
        guard self.bestDistance > 0, abs(bytes.count - self.wanted.count) < self.bestDistance else { return }
        let distance = self.distance(to: bytes)
        guard distance < self.bestDistance else { return }
        self.bestDistance = distance
        self.best = candidate
    }

    /// Takes what was found among other candidates; where both are as near, one's own is kept.
    package mutating func merge(_ other: NearestText) {
        guard other.bestDistance < self.bestDistance else { return }
        self.bestDistance = other.bestDistance
        self.best = other.best
    }

    private mutating func distance(to bytes: String.UTF8View) -> Int {
        let width = self.wanted.count
        for column in 0...width { self.rows[1][column] = column }
        var before: UInt8 = 0
        var line = 0
        for raw in bytes {
            let byte = lowercaseASCII(raw)
            line += 1
            // rows[0] becomes the line before the last, rows[1] the last one, rows[2] this one.
            self.rows[2][0] = line
            var least = line
            for column in 0..<width {
                var distance = min(
                    self.rows[1][column] + (self.wanted[column] == byte ? 0 : 1),
                    self.rows[1][column + 1] + 1,
                    self.rows[2][column] + 1
                )
                if line > 1, column > 0, self.wanted[column] == before, self.wanted[column - 1] == byte {
                    distance = min(distance, self.rows[0][column - 1] + 1)
                }
                self.rows[2][column + 1] = distance
                least = min(least, distance)
            }
            // Nothing below gets nearer: a line's least grows by one at most, and a swap that reaches back two adds one.
            if least >= self.bestDistance { return least }
            self.rows.swapAt(0, 1)
            self.rows.swapAt(1, 2)
            before = byte
        }
        return self.rows[1][width]
    }
}

@inline(__always) func lowercaseASCII(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }
