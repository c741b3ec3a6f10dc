import Topics

/// All rules that concern one client, ready to be asked. What it shares with others (its user's block, the rules for everybody) is
/// referred to and not copied.
package struct CompiledRules: Sendable {
    let sets: [RuleSet]
    let allowsByDefault: Bool

    /// Whether a message may be published to a topic, or delivered from it. A denial beats every grant.
    package func allows(_ access: TopicAccess, topic: Span<UInt8>) -> Bool {
        let start = word(of: topic, at: 0, count: min(8, topic.count))
        for set in self.sets where set.has(.denial, access, topic: topic, start: start) { return false }
        for set in self.sets where set.has(.grant, access, topic: topic, start: start) { return true }
        return self.allowsByDefault
    }

    /// Whether a filter may be subscribed to: one grant covers all of it, and no denial touches it.
    ///
    /// Messages are not checked again when they are delivered, so a filter that would bring denied topics along is refused whole.
    ///
    /// - Parameter filter: As SUBSCRIBE has it; of `$share/group/filter` the filter counts.
    package func allowsSubscription(_ filter: Span<UInt8>) -> Bool {
        guard let own = innerFilter(of: filter) else { return false }
        let inner = filter.extracting(own)
        let start = word(of: inner, at: 0, count: min(8, inner.count))
        for set in self.sets where set.has(.denial, readingFilter: inner, start: start) { return false }
        if self.allowsByDefault { return true }
        for set in self.sets where set.has(.grant, readingFilter: inner, start: start) { return true }
        return false
    }
}

/// Where in a SUBSCRIBE's filter the topics stand: behind `$share/group/`, or everywhere; nil for what is no filter.
func innerFilter(of filter: Span<UInt8>) -> Range<Int>? {
    switch SharedFilter.parse(filter) {
    case .plain: 0..<filter.count
    case .shared(_, let filter): filter
    case .invalid: nil
    }
}
