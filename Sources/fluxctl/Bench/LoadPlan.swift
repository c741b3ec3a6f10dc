import MQTTWire

/// What a load consists of, decided before anything connects. Times are nanoseconds.
struct LoadPlan: Equatable, Sendable {
    enum Scenario: String, Sendable {
        case pub, sub, pubsub, conn, queue, stream

        /// Through a queue of FluxMQ, whose consumers share what they get.
        var isQueue: Bool { self == .queue || self == .stream }
        /// Messages come back to this process, so that all of them can be accounted for.
        var isClosed: Bool { self == .pubsub || self.isQueue }
    }
    enum Filler: String, CaseIterable, Sendable { case zero, random }

    var scenario: Scenario
    var version: MQTTVersion
    var layout: LoadLayout
    /// Connections that only connect.
    var idleConnections = 0
    var qos: UInt8 = 0
    /// Bytes of a payload; with a range, sizes are spread evenly over it.
    var size: ClosedRange<Int> = 256...256
    var filler = Filler.zero
    /// Messages a second by all publishers together; nil sends the next as soon as there is room.
    var rate: Double?
    /// Messages keep the time at which the rate had them due, also when the broker holds them back.
    var isOpenLoop = false
    /// Messages of one publisher that wait for their acknowledgement.
    var window = 100
    /// Connections a second; nil for 64 at a time.
    var connectRate: Double?
    var warmUp: UInt64 = 0
    var duration: UInt64?
    /// Messages of all publishers, or for a subscriber alone those received.
    var count: UInt64?
    var run: UInt32 = 0
    var topicPrefix = "fluxmq/bench"
    /// The queue of a load through a queue.
    var queue = ""
    /// Each message goes to one consumer of each.
    var groups = 1
    /// Messages that a consumer may have in hand.
    var prefetch = 1_000
    var username: String?
    var password: [UInt8]?

    var connections: Int {
        self.idleConnections + self.layout.publishers + self.layout.subscribers
    }
    /// Whether the time to the broker's acknowledgement is what is measured.
    var measuresAcknowledgements: Bool { self.scenario == .pub && self.qos > 0 }
    var measuresLatency: Bool { self.measuresAcknowledgements || self.scenario.isClosed || self.scenario == .conn }

    func schedule(startingAt start: UInt64) -> Schedule {
        Schedule(
            start: start,
            warmUp: self.warmUp,
            duration: self.duration,
            count: self.count,
            rate: self.rate,
            isOpen: self.isOpenLoop,
            publishers: self.layout.publishers
        )
    }

    func topic(_ index: Int) -> [UInt8] {
        Array(
            (self.scenario.isQueue ? PublishTarget.address(ofQueue: self.queue) : "\(self.topicPrefix)/\(index)").utf8
        )
    }

    /// Deliveries that a message to a topic leads to.
    func receivers(ofTopic topic: Int) -> Int {
        self.scenario.isQueue ? self.groups : self.layout.receivers(ofTopic: topic)
    }

    /// Which of the groups a subscriber is a member of, from 0.
    func group(ofSubscriber index: Int) -> Int { index % self.groups }
}

/// Who publishes to what, and who subscribes to it.
///
/// A stream is one publisher's messages to one topic, which MQTT keeps in order. Everybody has work: with more publishers than
/// topics several share a topic, with fewer each takes several in turn. The same holds for subscribers.
struct LoadLayout: Equatable, Sendable {
    var publishers: Int
    var subscribers: Int
    var topics: Int

    var streamCount: Int { self.publishers == 0 ? 0 : max(self.publishers, self.topics) }

    /// The streams of one publisher, by number; stream `k` goes to topic `k % topics`.
    func streams(ofPublisher index: Int) -> [Int] {
        Array(stride(from: index, to: self.streamCount, by: self.publishers))
    }

    func topic(ofStream stream: Int) -> Int { stream % self.topics }

    func topics(ofSubscriber index: Int) -> [Int] {
        if self.subscribers >= self.topics { return [index % self.topics] }
        return Array(stride(from: index, to: self.topics, by: self.subscribers))
    }

    /// Subscribers that get what is published to a topic.
    func receivers(ofTopic topic: Int) -> Int {
        if self.subscribers == 0 { return 0 }
        if self.subscribers < self.topics { return 1 }
        return (self.subscribers - topic + self.topics - 1) / self.topics
    }
}
