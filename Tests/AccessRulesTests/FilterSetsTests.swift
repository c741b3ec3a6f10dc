import Testing
import Topics

@testable import AccessRules

/// Every text of up to `count` levels from an alphabet, that is a filter or a topic.
private func texts(_ levels: [String], upTo count: Int) -> [String] {
    var all: [String] = []
    var longest = levels
    for _ in 0..<count {
        all += longest
        longest = longest.flatMap { text in levels.map { "\(text)/\($0)" } }
    }
    return all.filter { TopicFilter.isValid(Array($0.utf8).span) }
}

@Suite("Filters as sets of topics")
struct FilterSetsTests {
    /// Topics with a level more than any filter, and with a level that no filter names.
    private static let topics = texts(["a", "", "$s", "z"], upTo: 4).map { Array($0.utf8) }

    @Test("cover and overlap say what trying every topic says")
    func exhaustive() {
        let filters = texts(["a", "", "$s", "+", "#"], upTo: 3).map { Array($0.utf8) }
        let topics = Self.topics
        let taken = filters.map { filter in
            Set(
                topics.indices.filter { index in
                    let topic = topics[index]
                    return topicMatches(filter: filter.span, topic: topic.span)
                }
            )
        }
        var wrong: [String] = []
        for (left, leftTopics) in zip(filters, taken) {
            for (right, rightTopics) in zip(filters, taken) {
                let covers = FilterSets.covers(left.span, right.span)
                let overlap = FilterSets.overlap(left.span, right.span)
                if covers != rightTopics.isSubset(of: leftTopics) || overlap == leftTopics.isDisjoint(with: rightTopics)
                {
                    wrong.append("\(String(decoding: left, as: UTF8.self)) \(String(decoding: right, as: UTF8.self))")
                }
            }
        }
        #expect(filters.count > 80)
        for pair in wrong.prefix(12) { Issue.record("\(pair)") }
    }

    @Test(
        "a filter covers what it takes, level by level",
        arguments: [
            ("#", "a/+/#", true), ("a/#", "a", true), ("a/#", "a/#", true), ("a/+", "a/#", false), ("+/#", "#", true),
            ("a/+/#", "a/#", false), ("#", "$SYS/#", false), ("+/x", "$SYS/x", false), ("$SYS/#", "$SYS/+/load", true),
            ("a/b", "a/+", false), ("a/+", "a/b", true), ("a", "a/", false), ("+", "a/", false), ("+/+", "/", true),
        ]
    )
    func covers(_ outer: String, _ inner: String, _ expected: Bool) {
        #expect(FilterSets.covers(Array(outer.utf8).span, Array(inner.utf8).span) == expected)
    }
}
