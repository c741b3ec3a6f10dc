import Bytes
import Topics

/// Some rules, made ready to be asked: filters in one array of bytes, denials first, each with bytes that its topics must have as
/// one word, so that a rule that does not fit costs a comparison.
///
/// The word is the end of what a filter fixes, not its start: rules of one plant all begin alike. A hundred of them took 2 us by
/// their starts and take 0.2 by their ends.
final class RuleSet: Sendable {
    struct Item {
        /// Of ``AccessRules/rules``.
        var rule: Int
        var right: AccessRule.Right
        /// Without variables.
        var filter: [UInt8]
    }

    private struct Entry {
        /// Bytes that all topics of the filter begin with, and the last eight of them.
        var fixed: Int
        var word: UInt64
        /// What of the word counts: less than all of it where fewer are fixed.
        var mask: UInt64
        var filter: Range<Int>
        var rule: Int
        var right: AccessRule.Right
    }

    static let empty = RuleSet([])

    private let bytes: [UInt8]
    private let entries: [Entry]
    private let denials: Int

    init(_ items: [Item]) {
        var bytes: [UInt8] = []
        let ordered = items.filter { $0.right == .deny } + items.filter { $0.right != .deny }
        self.entries = ordered.map { item in
            let start = bytes.count
            bytes += item.filter
            let fixed = fixedPrefix(of: item.filter.span)
            return Entry(
                fixed: fixed,
                word: word(of: item.filter.span, at: max(0, fixed - 8), count: min(8, fixed)),
                mask: word(of: [UInt8](repeating: 0xFF, count: 8).span, at: 0, count: min(8, fixed)),
                filter: start..<bytes.count,
                rule: item.rule,
                right: item.right
            )
        }
        self.bytes = bytes
        self.denials = items.count { $0.right == .deny }
    }

    var isEmpty: Bool { self.entries.isEmpty }

    /// Whether a rule denies (or, of the others, grants) the access to a topic.
    ///
    /// - Parameter start: The topic's first eight bytes as a word.
    func has(_ kind: Kind, _ access: TopicAccess, topic: Span<UInt8>, start: UInt64) -> Bool {
        let bytes = self.bytes
        for index in kind == .denial ? 0..<self.denials : self.denials..<self.entries.count {
            let entry = self.entries[index]
            if topic.count < entry.fixed { continue }
            let found = entry.fixed > 8 ? loadedWord(of: topic, at: entry.fixed - 8) : start & entry.mask
            if entry.word == found, entry.right.concerns(access),
                topicMatches(filter: bytes.span.extracting(entry.filter), topic: topic)
            {
                return true
            }
        }
        return false
    }

    /// Rules of one kind whose filter stands in a relation to a topic or filter.
    func rules(_ kind: Kind, _ access: TopicAccess, where isRelated: (Span<UInt8>) -> Bool) -> [Int] {
        let bytes = self.bytes
        var rules: [Int] = []
        for index in kind == .denial ? 0..<self.denials : self.denials..<self.entries.count {
            let entry = self.entries[index]
            if entry.right.concerns(access), isRelated(bytes.span.extracting(entry.filter)) { rules.append(entry.rule) }
        }
        return rules
    }

    /// Whether a denial takes any topic that a subscription would, or a grant all of them.
    func has(_ kind: Kind, readingFilter filter: Span<UInt8>) -> Bool {
        let bytes = self.bytes
        for index in kind == .denial ? 0..<self.denials : self.denials..<self.entries.count {
            let entry = self.entries[index]
            guard entry.right.concerns(.read) else { continue }
            let own = bytes.span.extracting(entry.filter)
            if kind == .denial ? FilterSets.overlap(own, filter) : FilterSets.covers(own, filter) { return true }
        }
        return false
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
