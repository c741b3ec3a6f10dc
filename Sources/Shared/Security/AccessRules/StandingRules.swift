import Bytes

/// What holds before any ACL file is asked, and without one: the broker's own topics are the broker's.
package enum StandingRules {
    /// Why an access is refused whatever the rules say; nil when they decide.
    ///
    /// - Parameters:
    ///   - topic: A topic or filter; of `$share/group/filter` the filter counts.
    ///   - isLocal: The client's address is one of this machine's own.
    package static func refusal(
        _ access: TopicAccess,
        _ topic: Span<UInt8>,
        isAnonymous: Bool,
        isLocal: Bool
    ) -> String? {
        let own = access == .read ? innerFilter(of: topic) ?? 0..<topic.count : 0..<topic.count
        guard self.isSystem(topic.extracting(own)) else { return nil }
        if access == .write { return "the broker alone publishes to $SYS" }
        if isAnonymous, !isLocal { return "anonymous clients read $SYS from this machine only" }
        return nil
    }

    /// Whether the first level is `$SYS`. A wildcard there takes no such topic.
    private static func isSystem(_ topic: Span<UInt8>) -> Bool {
        let name = Array("$SYS".utf8)
        guard topic.count >= name.count, topic.extracting(0..<name.count).elementsEqual(name) else { return false }
        return topic.count == name.count || topic[name.count] == UInt8(ascii: "/")
    }
}
