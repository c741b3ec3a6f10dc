import Bytes
import Topics

/// Some rules, made ready to be asked: by what their filters fix, so that a topic finds those that may fit it by a binary search for
/// each length that occurs, and rules about other topics cost nothing.
///
/// What is fixed is compared as one word, of its end and not of its start: rules of one plant all begin alike. A client with 3,000
/// rules is answered as fast as one with 100.
final class RuleSet: Sendable {
    struct Item {
        /// Of ``AccessRules/rules``.
        var rule: Int
        var right: AccessRule.Right
        /// Without variables.
        var filter: [UInt8]
    }

    private struct Entry {
        /// The last eight of the bytes that all topics of the filter begin with, or as many as there are.
        var word: UInt64
        var filter: Range<Int>
        var rule: Int
        var right: AccessRule.Right
    }

    /// Entries whose topics begin with the same number of fixed bytes, in the order of their words.
    private struct Run {
        var fixed: Int
        /// What of a topic's first word counts, where fewer than eight bytes are fixed.
        var mask: UInt64
        var entries: Range<Int>
    }

    /// All filters, one after the other.
    private let bytes: [UInt8]
    private let entries: [Entry]
    /// From the shortest fixed part to the longest.
    private let denials: [Run]
    private let grants: [Run]

    init(_ items: [Item]) {
        var bytes: [UInt8] = []
        var entries: [Entry] = []
        func runs(_ items: [Item]) -> [Run] {
            var found: [Run] = []
            for (fixed, items) in Dictionary(grouping: items, by: { fixedPrefix(of: $0.filter.span) }) {
                let start = entries.count
                for item in items {
                    entries.append(
                        Entry(
                            word: word(of: item.filter.span, at: max(0, fixed - 8), count: min(8, fixed)),
                            filter: bytes.count..<(bytes.count + item.filter.count),
                            rule: item.rule,
                            right: item.right
                        )
                    )
                    bytes += item.filter
                }
                entries[start...].sort { $0.word < $1.word }
                let mask = word(of: [UInt8](repeating: 0xFF, count: 8).span, at: 0, count: min(8, fixed))
                found.append(Run(fixed: fixed, mask: mask, entries: start..<entries.count))
            }
            return found.sorted { $0.fixed < $1.fixed }
        }
        self.denials = runs(items.filter { $0.right == .deny })
        self.grants = runs(items.filter { $0.right != .deny })
        self.bytes = bytes
        self.entries = entries
    }

    private func runs(_ kind: Kind) -> [Run] { kind == .denial ? self.denials : self.grants }

    /// Whether a rule denies (or, of the others, grants) the access to a topic.
    ///
    /// - Parameter start: The topic's first eight bytes as a word.
    func has(_ kind: Kind, _ access: TopicAccess, topic: Span<UInt8>, start: UInt64) -> Bool {
        self.has(kind, access, beginning: topic, start) { topicMatches(filter: $0, topic: topic) }
    }

    /// Whether a denial takes any topic that a subscription would, or a grant all of them.
    ///
    /// - Parameter start: The filter's first eight bytes as a word.
    func has(_ kind: Kind, readingFilter filter: Span<UInt8>, start: UInt64) -> Bool {
        if kind == .denial { return !self.rules(.denial, .read, where: { FilterSets.overlap($0, filter) }).isEmpty }
        // Whoever takes all that a filter takes fixes nothing that the filter does not begin with.
        return self.has(.grant, .read, beginning: filter, start) { FilterSets.covers($0, filter) }
    }

    /// Whether a rule whose fixed bytes `text` begins with passes the test.
    @inline(__always)
    private func has(
        _ kind: Kind,
        _ access: TopicAccess,
        beginning text: Span<UInt8>,
        _ start: UInt64,
        where passes: (Span<UInt8>) -> Bool
    ) -> Bool {
        let bytes = self.bytes
        for run in self.runs(kind) {
            if text.count < run.fixed { return false }
            let word = run.fixed > 8 ? loadedWord(of: text, at: run.fixed - 8) : start & run.mask
            var index = self.first(of: word, in: run.entries)
            while index < run.entries.upperBound {
                let entry = self.entries[index]
                if entry.word != word { break }
                if entry.right.concerns(access), passes(bytes.span.extracting(entry.filter)) { return true }
                index += 1
            }
        }
        return false
    }

    /// The first entry of a run with a word, or where it would be.
    @inline(__always)
    private func first(of word: UInt64, in run: Range<Int>) -> Int {
        var (low, high) = (run.lowerBound, run.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if self.entries[middle].word < word { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Rules of one kind whose filter stands in a relation to a topic or filter.
    func rules(_ kind: Kind, _ access: TopicAccess, where isRelated: (Span<UInt8>) -> Bool) -> [Int] {
        let bytes = self.bytes
        var rules: [Int] = []
        for run in self.runs(kind) {
            for index in run.entries {
                let entry = self.entries[index]
                if entry.right.concerns(access), isRelated(bytes.span.extracting(entry.filter)) {
                    rules.append(entry.rule)
                }
            }
        }
        return rules
    }

    enum Kind { case denial, grant }
}

/// Bytes that every topic of a filter begins with: up to the first wildcard, and for `a/#`, which takes `a`, without the slash.
private func fixedPrefix(of filter: Span<UInt8>) -> Int {
    for index in 0..<filter.count {
        if filter[index] == UInt8(ascii: "+") { return index }
        if filter[index] == UInt8(ascii: "#") { return max(index - 1, 0) }
    }
    return filter.count
}

/// Up to eight bytes as one word of this machine's order, zeros where there are none.
func word(of bytes: Span<UInt8>, at offset: Int, count: Int) -> UInt64 {
    var word: UInt64 = 0
    withUnsafeMutableBytes(of: &word) { word in for index in 0..<count { word[index] = bytes[offset + index] } }
    return word
}

/// The load checks its bounds.
@inline(__always)
private func loadedWord(of bytes: Span<UInt8>, at offset: Int) -> UInt64 {
    bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
}
