import Bytes

/// A subscription's filter, which `$share/<group>/` may precede.
package enum SharedFilter: Equatable, Sendable {
    case plain
    /// Ranges of the bytes that were parsed.
    case shared(group: Range<Int>, filter: Range<Int>)
    /// Not a filter, with or without a group.
    case invalid

    /// Parses and validates what a SUBSCRIBE or UNSUBSCRIBE names.
    ///
    /// The group is at least one byte, without `/`, `+` and `#`; the filter behind it is any valid one. `$share` alone, which
    /// has no second level, is refused too, since nothing could be meant by it but a shared subscription.
    ///
    /// Source: MQTT 5.0 §4.8.2 [MQTT-4.8.2-1] [MQTT-4.8.2-2].
    package static func parse(_ bytes: Span<UInt8>) -> SharedFilter {
        var levels = TopicLevels(bytes)
        guard let first = levels.next(), bytes.extracting(first).elementsEqual(prefix.span) else {
            return TopicFilter.isValid(bytes) ? .plain : .invalid
        }
        guard bytes.count <= 65_535, let group = levels.next(), !group.isEmpty, group.upperBound < bytes.count else {
            return .invalid
        }
        let name = bytes.extracting(group)
        guard isValidMQTTString(name), !TopicFilter.hasWildcard(name) else { return .invalid }
        let filter = (group.upperBound + 1)..<bytes.count
        guard TopicFilter.isValid(bytes.extracting(filter)) else { return .invalid }
        return .shared(group: group, filter: filter)
    }

    private static let prefix = Array("$share".utf8)
}
