/// What a panel or a column asks of the room on one axis. Unit: cells.
package struct Claim: Equatable, Sendable {
    package var minimum: Int
    package var preferred: Int
    /// What it can make use of.
    package var maximum: Int
    /// 0 is left out last.
    package var rank: Int

    package init(_ minimum: Int, _ preferred: Int? = nil, upTo maximum: Int? = nil, rank: Int) {
        self.minimum = minimum
        self.preferred = max(minimum, preferred ?? minimum)
        self.maximum = max(self.preferred, maximum ?? self.preferred)
        self.rank = rank
    }
}

/// Shares out `length` cells among claims that stand side by side with `gap` cells between them.
///
/// Claims are left out in the order of their ranks, the last first, until the minimum of the rest has room; what remains goes
/// to preferences and then to maxima, the first rank first. So less room never brings a claim back that more room left out.
///
/// - Returns: The size of each claim; nil where it was left out.
package func divide(_ length: Int, among claims: [Claim], gap: Int = 0) -> [Int?] {
    let byRank = claims.indices.sorted { (claims[$0].rank, $0) < (claims[$1].rank, $1) }
    var kept = byRank
    var needed = claims.reduce(0) { $0 + $1.minimum } + gap * max(0, claims.count - 1)
    while needed > length, let last = kept.popLast() {
        needed -= claims[last].minimum + (kept.isEmpty ? 0 : gap)
    }
    var sizes = [Int?](repeating: nil, count: claims.count)
    var rest = length - needed
    for index in kept { sizes[index] = claims[index].minimum }
    for goal in [\Claim.preferred, \Claim.maximum] {
        for index in kept {
            let size = sizes[index] ?? 0
            let more = min(rest, max(0, claims[index][keyPath: goal] - size))
            sizes[index] = size + more
            rest -= more
        }
    }
    return sizes
}
