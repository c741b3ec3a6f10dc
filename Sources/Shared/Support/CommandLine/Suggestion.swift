/// The candidate that a mistyped word most likely stood for; nil when none is near enough to be worth a question.
///
/// Near means one slip for every three letters, at least one and at most three; a swap of neighbours is one slip.
package func closest(to word: String, among candidates: [String]) -> String? {
    let allowed = min(3, max(1, word.count / 3))
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(word, candidate)
        if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
}

/// What other programs call a verb, by our word for it.
private let verbs: [(ours: String, theirs: Set<String>)] = [
    ("ls", ["list", "l"]), ("show", ["get", "describe", "info", "status", "inspect", "view"]),
    ("add", ["create", "new", "make", "declare", "mk"]), ("rm", ["delete", "remove", "del", "drop", "destroy"]),
    ("set", ["update", "edit", "alter", "modify", "change"]), ("purge", ["clear", "empty", "flush", "truncate"]),
    ("peek", ["browse", "read", "head"]), ("replay", ["requeue", "redrive", "retry"]),
]

/// The verb among ours that another program's users mean by a word, if it is not just mistyped.
func verb(meantBy word: String, among candidates: [String]) -> String? {
    verbs.first { $0.theirs.contains(word.lowercased()) && candidates.contains($0.ours) }?.ours
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
package func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left.lowercased())
    let b = Array(right.lowercased())
    var beforePrevious = [Int]()
    var previous = Array(0...b.count)
    for i in a.indices {
        var current = [i + 1]
        for j in b.indices {
            var distance = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, beforePrevious[j - 1] + 1) }
            current.append(distance)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[b.count]
}
