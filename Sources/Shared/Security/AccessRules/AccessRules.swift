import Topics

/// What an ACL file says: who may read and write which topics.
///
/// The syntax is Mosquitto's, with `client`, `anonymous` and `default` added:
///
///     topic read $SYS/#              before any block: for clients without a user name
///     user roger
///     topic readwrite plant/#
///     topic deny plant/+/secret      a denial beats every grant
///     client gateway-7
///     topic write alarms/gateway-7
///     pattern write sensors/%u/#     for everybody, with the user's name and the client identifier (%c) put in
///     default deny                   what no rule says; deny is also what holds without this line
///
/// Blocks add up: a client has the rules of its user, of its client identifier, and the patterns.
package struct AccessRules: Sendable {
    package let file: String
    /// In the order of the file.
    package let rules: [AccessRule]
    package let allowsByDefault: Bool
    private let shared: [AccessRule.Subject: RuleSet]
    /// Indices of rules with variables.
    private let patterns: [Int]

    init(file: String, rules: [AccessRule], allowsByDefault: Bool) {
        self.file = file
        self.rules = rules
        self.allowsByDefault = allowsByDefault
        var items: [AccessRule.Subject: [RuleSet.Item]] = [:]
        var patterns: [Int] = []
        for (index, rule) in rules.enumerated() {
            if rule.hasVariables {
                patterns.append(index)
            } else {
                let item = RuleSet.Item(rule: index, right: rule.right, filter: Array(rule.filter.utf8))
                items[rule.subject, default: []].append(item)
            }
        }
        self.shared = items.mapValues { RuleSet($0) }
        self.patterns = patterns
    }

    /// Whether any rule asks for a user's name.
    package var namesUsers: Bool {
        self.rules.contains { rule in
            if case .user = rule.subject { return true }
            return rule.hasVariables && rule.filter.split(separator: "/").contains("%u")
        }
    }

    /// The rules of one client. Costs a look at each rule with variables.
    ///
    /// - Parameter user: nil for an anonymous client.
    package func compiled(user: String?, client: [UInt8]) -> CompiledRules {
        var own: [RuleSet.Item] = []
        for index in self.patterns {
            let rule = self.rules[index]
            for filter in Self.substituted(rule, user: user, client: client) {
                own.append(RuleSet.Item(rule: index, right: rule.right, filter: filter))
            }
        }
        let subjects: [AccessRule.Subject] = [
            user.map { .user($0) } ?? .anonymous, .client(String(decoding: client, as: UTF8.self)), .everybody,
        ]
        var sets = subjects.compactMap { self.shared[$0] }
        if !own.isEmpty { sets.append(RuleSet(own)) }
        return CompiledRules(sets: sets, allowsByDefault: self.allowsByDefault)
    }

    /// A pattern's filter for one client: with its variables' values; none if they have no value.
    ///
    /// A value with `+`, `#` or `/` in it, an empty one, and one that would begin the filter with a `$`, would let the client
    /// choose how wide the rule is (CVE-2017-7650): a rule that grants is not for it. A denial is widened instead, to all that
    /// lies below the level, so that no name slips out of it.
    private static func substituted(_ rule: AccessRule, user: String?, client: [UInt8]) -> [[UInt8]] {
        var filter: [UInt8] = []
        var isFirst = true
        for level in rule.filter.split(separator: "/", omittingEmptySubsequences: false) {
            if !isFirst { filter.append(UInt8(ascii: "/")) }
            guard isVariable(level) else {
                filter += level.utf8
                isFirst = false
                continue
            }
            let value: [UInt8]
            if level == "%c" {
                value = client
            } else if let user {
                value = Array(user.utf8)
            } else {
                return []  // an anonymous client has no name that the rule could be about
            }
            let isPlain = !value.isEmpty && value.allSatisfy { !"+#/".utf8.contains($0) }
            let isHidden = isFirst && value.first == UInt8(ascii: "$")
            if !isPlain || (isHidden && rule.right != .deny) {
                guard rule.right == .deny else { return [] }
                let hidden = Array(value.prefix { !"+#/".utf8.contains($0) }) + Array("/#".utf8)
                return [filter + Array("#".utf8)] + (isHidden ? [hidden] : [])
            }
            filter += value
            isFirst = false
        }
        return filter.count <= 65_535 ? [filter] : []
    }
}

/// What an ACL decides, and why.
package struct AccessExplanation: Equatable, Sendable {
    package var isAllowed: Bool
    /// The rule that decided; nil when it was no line of the file.
    package var decisive: AccessRule?
    /// All that fit, denials first, in the order of the file.
    package var matching: [AccessRule]
    /// A sentence.
    package var reason: String
}

extension AccessRules {
    /// - Parameter topic: A topic, or with `isSubscription` a filter.
    package func explain(
        user: String?,
        client: [UInt8],
        _ access: TopicAccess,
        _ topic: [UInt8],
        isSubscription: Bool = false
    ) -> AccessExplanation {
        let sets = self.compiled(user: user, client: client).sets
        let span = topic.span
        guard let own = isSubscription ? innerFilter(of: span) : 0..<topic.count else {
            return AccessExplanation(isAllowed: false, matching: [], reason: "this is no topic filter")
        }
        let inner = Array(topic[own])
        let found = { (kind: RuleSet.Kind, isRelated: (Span<UInt8>) -> Bool) -> [AccessRule] in
            Set(sets.flatMap { $0.rules(kind, access, where: isRelated) }).sorted().map { self.rules[$0] }
        }
        let denials = found(.denial) { rule in
            isSubscription ? FilterSets.overlap(rule, inner.span) : topicMatches(filter: rule, topic: inner.span)
        }
        let grants = found(.grant) { rule in
            isSubscription ? FilterSets.covers(rule, inner.span) : topicMatches(filter: rule, topic: inner.span)
        }
        var result = AccessExplanation(isAllowed: false, matching: denials + grants, reason: "")
        if let denial = denials.first {
            result.decisive = denial
            result.reason = "\(self.file):\(denial.line) denies it: \(denial.text)"
            if isSubscription, !FilterSets.covers(Array(denial.filter.utf8).span, inner.span) {
                result.reason += "; a filter that takes denied topics too is refused whole"
            }
        } else if let grant = grants.first {
            (result.isAllowed, result.decisive) = (true, grant)
            result.reason = "\(self.file):\(grant.line) allows it: \(grant.text)"
        } else if self.allowsByDefault {
            result.isAllowed = true
            result.reason = "no rule is about it, and \(self.file) says: default allow"
        } else {
            result.reason = "no rule allows it, and what no rule allows is refused"
            let parts = isSubscription ? found(.grant) { FilterSets.overlap($0, inner.span) } : []
            if let part = parts.first {
                result.reason = "\(self.file):\(part.line) allows a part of it only: \(part.text)"
            }
        }
        return result
    }
}
