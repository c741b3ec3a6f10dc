import MQTTClient

/// What `sub` says of messages that it has written: settlements of a queue's, then PUBACK as far as more is wanted.
struct SubscribeAnswers {
    private let queue: QueueSubscription?
    private let endpoint: Endpoint
    private let publisher: MQTTPublisher
    private var window: DeliveryWindow?
    /// Written and not acknowledged, oldest first.
    private var held: [MQTTBatch] = []

    init(_ client: MQTTClient, _ queue: QueueSubscription?, _ window: DeliveryWindow?, _ endpoint: Endpoint) {
        self.queue = queue
        self.window = window
        self.endpoint = endpoint
        self.publisher = client.publisher(window: 1_000)
    }

    /// - Parameter hidden: How many of the messages were not shown.
    mutating func answer(_ batch: MQTTBatch, hidden: Int) async throws(Failure) {
        try await self.settle(batch.deliveries)
        guard var window = self.window else { return batch.acknowledge() }
        // A stream keeps its messages: none of them is in hand.
        if window.holdsAll, batch.deliveries.contains(where: \.message.isOfStream) { window.holdsAll = false }
        window.hid(hidden)
        self.held.append(batch)
        while window.room > 0, let oldest = self.held.first {
            let (now, later) = oldest.split(at: window.room)
            now.acknowledge()
            window.acknowledged(now.deliveries.count)
            if later.deliveries.isEmpty { self.held.removeFirst() } else { self.held[0] = later }
        }
        self.window = window
    }

    private func settle(_ deliveries: [MQTTDelivery]) async throws(Failure) {
        let settlements = deliveries.compactMap { self.queue?.settlement(of: $0.message) }
        if settlements.isEmpty { return }
        await self.publisher.send(settlements)
        _ = await self.publisher.finish()
        if let failure = self.publisher.firstFailure {
            throw Failure(
                failure.error,
                "cannot settle a message of queue \"\(self.queue?.queue ?? "")\"",
                at: self.endpoint
            )
        }
    }
}

extension MQTTMessage {
    fileprivate var isOfStream: Bool { self.properties.userProperties.contains { $0.name == "x-stream-offset" } }
}
