import Core

/// Retained messages on their way to a new subscription, a slice at a time.
struct RetainedReplay {
    var filter: [UInt8]
    var options: SubscriptionOptions
    /// The last topic that was looked at.
    var last: [UInt8]?
}

/// Replays in the order in which they were asked for. One SUBSCRIBE may ask for 60,000, and an UNSUBSCRIBE take as many back:
/// each step is one look-up.
struct RetainedReplays {
    private var replays: [RetainedReplay?] = []
    private var places = GrowingMap<[UInt8], Int>()
    private var begin = 0

    var isEmpty: Bool { self.places.isEmpty }

    /// The one under way.
    var first: RetainedReplay? {
        mutating get {
            while self.begin < self.replays.count, self.replays[self.begin] == nil { self.begin += 1 }
            return self.begin < self.replays.count ? self.replays[self.begin] : nil
        }
    }

    /// Asked again it starts again, once, behind the others.
    mutating func append(_ replay: RetainedReplay) {
        self.remove(replay.filter)
        self.places[replay.filter] = self.replays.count
        self.replays.append(replay)
    }

    mutating func remove(_ filter: [UInt8]) {
        guard let place = self.places.removeValue(forKey: filter) else { return }
        self.replays[place] = nil
        if self.places.isEmpty { self = RetainedReplays() }
    }

    /// - Parameter last: The last topic that was looked at; nil when the first replay is done.
    mutating func goOn(after last: [UInt8]?) {
        guard let first = self.first else { return }
        if let last { self.replays[self.begin]?.last = last } else { self.remove(first.filter) }
    }
}
