/// Follows the numbers of one publisher's messages as one subscriber gets them: what is missing, twice, or out of order.
struct SequenceCheck: Equatable, Sendable {
    enum Verdict: Equatable { case inOrder, reordered, duplicate }

    /// Gaps that are remembered; the oldest is given up when there are more, and what comes of it later counts as twice.
    static let gapLimit = 1_024

    /// One above the highest number so far.
    private(set) var next: UInt64
    /// Numbers below ``next`` that have not come, ascending.
    private var gaps: [Range<UInt64>] = []
    private var givenUp: UInt64 = 0

    /// - Parameter next: The first number that is expected.
    init(next: UInt64) { self.next = next }

    /// Numbers below ``next`` that have not come.
    var missing: UInt64 { self.gaps.reduce(self.givenUp) { $0 + UInt64($1.count) } }

    mutating func received(_ number: UInt64) -> Verdict {
        if number >= self.next {
            if number > self.next { self.remember(self.next..<number) }
            self.next = number + 1
            return .inOrder
        }
        guard let index = self.gaps.firstIndex(where: { $0.contains(number) }) else { return .duplicate }
        let gap = self.gaps[index]
        let rest = [gap.lowerBound..<number, (number + 1)..<gap.upperBound].filter { !$0.isEmpty }
        self.gaps.replaceSubrange(index...index, with: rest)
        return .reordered
    }

    private mutating func remember(_ gap: Range<UInt64>) {
        if self.gaps.count >= Self.gapLimit { self.givenUp += UInt64(self.gaps.removeFirst().count) }
        self.gaps.append(gap)
    }
}
