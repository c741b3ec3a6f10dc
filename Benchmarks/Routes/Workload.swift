/// A factory's traffic: 20,000 devices on 2,000 lines of 50 plants, each with four topics of five to seven levels.
///
/// Filters and subscribers are the same on every run: nothing here is random.
struct Workload {
    static let devices = 20_000
    static let subscribers = 100_000

    /// 100,000 filters, each with how many subscribers it has; 1,000,000 subscriptions together.
    let filters: [(filter: [UInt8], subscribers: Int)]
    /// 80,000 topics. Each has three to six matching filters, with about a dozen subscribers.
    let topics: [[UInt8]]
    /// As many topics that no exact filter names, for a cache that must be full of something else.
    let strangers: [[UInt8]]

    init() {
        var filters: [(String, Int)] = []
        var topics: [String] = []
        var strangers: [String] = []
        for device in 0..<Workload.devices {
            let base = Workload.base(device)
            let own = [
                "\(base)/status", "\(base)/temperature/value", "\(base)/motor/speed/value", "\(base)/alarm/state",
            ]
            topics += own
            strangers += own.map { $0 + "/stranger" }
            for topic in own.prefix(3) { filters.append((topic, 4)) }
            filters.append(("\(base)/#", 4))
            if device % 2 == 0 { filters.append(("plant/+/+/dev\(device)/status", 3)) }
        }
        for line in 0..<2_000 {
            let base = Workload.line(line)
            filters += [("\(base)/+/status", 3), ("\(base)/+/alarm/state", 3), ("\(base)/#", 2)]
        }
        for plant in 0..<50 { filters += [("plant/p\(plant)/+/+/alarm/#", 2), ("plant/p\(plant)/#", 1)] }
        for device in 0..<2_900 {
            filters.append(("+" + Workload.base(device).dropFirst(5) + "/temperature/value", 2))
        }
        // What everybody wants to hear: few filters, most of the subscriptions.
        for number in 0..<1_000 { filters.append(("announce/p\(number % 50)/c\(number)", number < 50 ? 629 : 628)) }
        self.filters = filters.map { (Array($0.0.utf8), $0.1) }
        self.topics = topics.map { Array($0.utf8) }
        self.strangers = strangers.map { Array($0.utf8) }
    }

    private static func line(_ line: Int) -> String { "plant/p\(line % 50)/l\(line / 50)" }
    private static func base(_ device: Int) -> String { "\(Workload.line(device % 2_000))/dev\(device)" }

    var subscriptions: Int { self.filters.reduce(0) { $0 + $1.subscribers } }

    /// Calls `body` with each subscription: 10 for each subscriber, spread over filters of all kinds.
    func forEachSubscription(_ body: (_ subscriber: Int, _ filter: [UInt8]) -> Void) {
        var number = 0
        for (filter, count) in self.filters {
            for _ in 0..<count {
                body(number * 7_919 % Workload.subscribers, filter)
                number += 1
            }
        }
    }
}
