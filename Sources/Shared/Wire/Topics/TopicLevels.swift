/// The levels of a topic or filter, one after the other, as ranges of its bytes: `/a//b` has the levels "", "a", "", "b".
///
/// An empty topic has one empty level. Nothing is copied.
///
///     var levels = TopicLevels(topic)
///     while let level = levels.next() { ... topic.extracting(level) ... }
///
/// Source: MQTT 5.0 §4.7.1.1.
@usableFromInline
package struct TopicLevels: ~Escapable {
    @usableFromInline let bytes: Span<UInt8>
    /// Where the next level starts; beyond the end when there is none.
    @usableFromInline var start = 0

    @inlinable @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    @inlinable
    package mutating func next() -> Range<Int>? {
        let count = self.bytes.count
        if self.start > count { return nil }
        var end = self.start
        while end < count, self.bytes[end] != Separator.level { end += 1 }
        defer { self.start = end + 1 }
        return self.start..<end
    }

    /// Whether every level was handed out.
    @inlinable package var isAtEnd: Bool { self.start > self.bytes.count }
}
