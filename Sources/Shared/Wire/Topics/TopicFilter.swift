import Bytes

/// What a subscription asks for: `plant/+/temperature`, `plant/#`.
package enum TopicFilter {
    /// Whether these bytes are a filter: not empty, an MQTT string, `+` a whole level, `#` the whole last level.
    ///
    /// A shared filter is not one; ``SharedFilter`` takes the prefix off first.
    ///
    /// Source: MQTT 5.0 §4.7.1 [MQTT-4.7.1-1] [MQTT-4.7.1-2], §4.7.3.
    package static func isValid(_ filter: Span<UInt8>) -> Bool {
        let count = filter.count
        if count == 0 || count > 65_535 { return false }
        for index in 0..<count {
            let byte = filter[index]
            guard byte == Separator.single || byte == Separator.multi else { continue }
            if index > 0, filter[index - 1] != Separator.level { return false }
            if index + 1 < count, byte == Separator.multi || filter[index + 1] != Separator.level { return false }
        }
        return isValidMQTTString(filter)
    }

    /// Whether any level of a valid filter is a wildcard.
    package static func hasWildcard(_ filter: Span<UInt8>) -> Bool {
        for index in 0..<filter.count where filter[index] == Separator.single || filter[index] == Separator.multi {
            return true
        }
        return false
    }

    /// The bytes of the levels before the first wildcard, without the slash that follows them.
    ///
    /// `a/b/+/c` gives `a/b`, `a/b` gives `a/b`. The prefix of `+/a` is empty, and so is that of `/#`, whose one literal
    /// level is the empty one: ``hasWildcard(_:)`` and the byte after the prefix tell them apart.
    package static func literalPrefix(of filter: Span<UInt8>) -> Range<Int> {
        for index in 0..<filter.count where filter[index] == Separator.single || filter[index] == Separator.multi {
            return 0..<max(index - 1, 0)
        }
        return 0..<filter.count
    }
}

/// Whether a valid filter takes a valid topic: the rule by itself, against which faster matchers are tested.
///
/// `+` is one level, an empty one too; `#` is any number of trailing levels, none too, so that `a/#` takes `a`. A topic that
/// starts with `$` is not taken by a filter that starts with a wildcard. An empty filter or topic never matches.
///
/// Source: MQTT 5.0 §4.7 [MQTT-4.7.2-1].
package func topicMatches(filter: Span<UInt8>, topic: Span<UInt8>) -> Bool {
    if filter.isEmpty || topic.isEmpty { return false }
    let startsWithWildcard = filter[0] == Separator.single || filter[0] == Separator.multi
    if startsWithWildcard, TopicName.isHidden(topic) { return false }
    var wanted = TopicLevels(filter)
    var given = TopicLevels(topic)
    while let pattern = wanted.next() {
        if pattern.count == 1, filter[pattern.lowerBound] == Separator.multi { return true }
        guard let level = given.next() else { return false }
        if pattern.count == 1, filter[pattern.lowerBound] == Separator.single { continue }
        if !filter.extracting(pattern).elementsEqual(topic.extracting(level)) { return false }
    }
    return given.isAtEnd
}
