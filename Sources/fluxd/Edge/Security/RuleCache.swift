import AccessRules
import Core

/// Compiled rules by client, bounded: two halves, of which the older is thrown away when the newer is full.
///
/// Whoever is asked about within the last half stays, at the cost of one look-up and no list of who came when.
struct RuleCache {
    struct Key: Hashable {
        var username: String?
        var clientID: [UInt8]
    }

    private let half: Int
    private var newer: [Key: CompiledRules] = [:]
    private var older: [Key: CompiledRules] = [:]

    /// - Parameter limit: Clients at most.
    init(limit: Int) { self.half = limit / 2 }

    mutating func rules(for key: Key) -> CompiledRules? {
        if let rules = self.newer[key] { return rules }
        guard let rules = self.older[key] else { return nil }
        self.insert(rules, for: key)
        return rules
    }

    mutating func insert(_ rules: CompiledRules, for key: Key) {
        if self.newer.count >= self.half { (self.older, self.newer) = (self.newer, [:]) }
        self.newer[key] = rules
    }

    var count: Int { self.newer.count + self.older.keys.count { self.newer[$0] == nil } }
}
