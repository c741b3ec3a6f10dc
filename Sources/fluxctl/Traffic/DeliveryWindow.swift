/// How many messages of a queue are asked for ahead, so that no more are delivered than are shown or may be in hand.
///
/// A queue sends what a client's receive maximum has room for, and PUBACK makes room: who holds it back gets nothing more.
/// Source: docs/queues.md, "Credit".
struct DeliveryWindow: Equatable {
    /// The flow control of the MQTT connection.
    let receiveMaximum: UInt16
    /// Messages that can be on their way, or here, without PUBACK.
    let size: Int
    /// Messages to be shown; nil for no end.
    private let count: Int?
    /// What was shown stays in hand: nothing takes its place.
    var holdsAll: Bool
    private var acknowledged = 0
    private var hidden = 0
    private static let counted = 8

    /// - Parameters:
    ///   - filters: Subscriptions: of the receive maximum each has an equal part, and ordinary messages have one more.
    ///   - count: Messages to be shown at most; nil for no end.
    init(prefetch: Int, filters: Int, count: Int?, holdsAll: Bool = false) {
        // Towards the end of a count PUBACK is held back for as many as may be on their way. A broker that lends fewer would wait
        // for it for ever, so that is less than any lends.
        let wanted = count.map { min(prefetch, $0, holdsAll ? .max : DeliveryWindow.counted) } ?? prefetch
        let share = wanted / max(1, filters)
        // With less than one for each, the connection's own bound is the one that counts.
        let maximum = min(share == 0 ? wanted : share * (filters + 1), 65_535)
        self.receiveMaximum = UInt16(maximum)
        self.size = share == 0 ? wanted : max(1, maximum / (filters + 1)) * filters
        self.count = count
        self.holdsAll = holdsAll
    }

    /// Messages that may be acknowledged now: what can come then is still wanted.
    var room: Int {
        if self.holdsAll { return 0 }
        return self.count.map { max(0, $0 + self.hidden - self.size - self.acknowledged) } ?? .max
    }

    /// Messages came and are not shown: others may come for them.
    mutating func hid(_ messages: Int) { self.hidden += messages }

    mutating func acknowledged(_ messages: Int) { self.acknowledged += messages }
}
