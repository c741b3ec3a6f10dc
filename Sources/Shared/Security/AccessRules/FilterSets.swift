import Bytes
import Topics

/// How the topics that two filters take relate. Filters here are valid and not shared; `$` topics are hidden from a leading wildcard.
///
/// Source: MQTT 5.0 §4.7.
package enum FilterSets {
    /// Whether every topic that `inner` takes is taken by `outer`.
    ///
    /// `a/#` covers `a`, `a/+` and `a/b/#`; `+` covers `a` and not `$SYS`; `+/#` covers `#`, since a topic has at least one level.
    package static func covers(_ outer: Span<UInt8>, _ inner: Span<UInt8>) -> Bool {
        if self.isHidden(inner), self.startsWithWildcard(outer) { return false }
        var outerLevels = TopicLevels(outer)
        var innerLevels = TopicLevels(inner)
        while let wide = outerLevels.next() {
            if self.isMulti(outer, wide) { return true }
            guard let narrow = innerLevels.next() else { return false }
            if self.isMulti(inner, narrow) {
                // Deeper down `#` takes its parent too, which has no level for a `+` to stand for. The parent of `/#` is no topic.
                guard narrow.lowerBound <= 1, self.isSingle(outer, wide), let next = outerLevels.next() else {
                    return false
                }
                return self.isMulti(outer, next)
            }
            if !self.isSingle(outer, wide) {
                if self.isSingle(inner, narrow) { return false }
                if !outer.extracting(wide).elementsEqual(inner.extracting(narrow)) { return false }
            }
        }
        return innerLevels.isAtEnd
    }

    /// Whether some topic is taken by both.
    package static func overlap(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        if self.isHidden(left), self.startsWithWildcard(right) { return false }
        if self.isHidden(right), self.startsWithWildcard(left) { return false }
        var leftLevels = TopicLevels(left)
        var rightLevels = TopicLevels(right)
        while true {
            switch (leftLevels.next(), rightLevels.next()) {
            case (nil, nil): return true
            // What `/#` takes as its parent is the empty topic, which is none.
            case (let level?, nil): return self.isMulti(left, level) && level.lowerBound > 1
            case (nil, let level?): return self.isMulti(right, level) && level.lowerBound > 1
            case (let first?, let second?):
                if self.isMulti(left, first) || self.isMulti(right, second) { return true }
                if self.isSingle(left, first) || self.isSingle(right, second) { continue }
                if !left.extracting(first).elementsEqual(right.extracting(second)) { return false }
            }
        }
    }

    static func startsWithWildcard(_ filter: Span<UInt8>) -> Bool {
        filter[0] == UInt8(ascii: "+") || filter[0] == UInt8(ascii: "#")
    }

    private static func isHidden(_ filter: Span<UInt8>) -> Bool { filter[0] == UInt8(ascii: "$") }

    private static func isMulti(_ filter: Span<UInt8>, _ level: Range<Int>) -> Bool {
        level.count == 1 && filter[level.lowerBound] == UInt8(ascii: "#")
    }

    private static func isSingle(_ filter: Span<UInt8>, _ level: Range<Int>) -> Bool {
        level.count == 1 && filter[level.lowerBound] == UInt8(ascii: "+")
    }
}
