/// The messages that a client's subscriptions bring, in the order of arrival, for one task at a time.
///
/// A message at QoS 1 or 2 is acknowledged when it is taken from here, so that what a program never took comes again.
/// The sequence ends when the client disconnects or ``finish()`` is called, and throws when the connection is lost for good.
public struct MQTTDeliveries: AsyncSequence, Sendable {
    public typealias Element = MQTTDelivery
    public typealias Failure = MQTTClientError

    let inbox: Inbox
    let mailbox: Mailbox

    public func makeAsyncIterator() -> Iterator { Iterator(deliveries: self) }

    /// All that has arrived, at most `limit` messages; waits for one when there is none. It counts as taken.
    ///
    /// - Returns: nil at the end.
    public func nextBatch(upTo limit: Int) async throws(MQTTClientError) -> [MQTTDelivery]? {
        guard let batch = try await self.nextUnacknowledgedBatch(upTo: limit) else { return nil }
        batch.acknowledge()
        return batch.deliveries
    }

    /// Like ``nextBatch(upTo:)``, for a program that acknowledges only what it has dealt with.
    public func nextUnacknowledgedBatch(upTo limit: Int) async throws(MQTTClientError) -> MQTTBatch? {
        while !Task.isCancelled {
            let (entries, resumes, end) = self.inbox.take(upTo: limit)
            if !entries.isEmpty {
                if resumes { self.mailbox.post(.taken([])) }
                return MQTTBatch(
                    deliveries: entries.map(\.delivery),
                    receipts: entries.map(\.receipt),
                    mailbox: self.mailbox
                )
            }
            if let end {
                try end.get()
                return nil
            }
            await self.inbox.wait()
        }
        return nil
    }

    /// Ends the sequence after what has arrived; the connection stays.
    public func finish() { self.inbox.end(.success(())) }

    public struct Iterator: AsyncIteratorProtocol {
        let deliveries: MQTTDeliveries

        public mutating func next() async throws(MQTTClientError) -> MQTTDelivery? {
            try await self.deliveries.nextBatch(upTo: 1)?.first
        }

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(MQTTClientError) -> MQTTDelivery? {
            try await self.deliveries.nextBatch(upTo: 1)?.first
        }
    }
}

/// Messages that were taken together.
public struct MQTTBatch: Sendable {
    public let deliveries: [MQTTDelivery]
    /// One each; nil at QoS 0.
    let receipts: [ClientMachine.IncomingReceipt?]
    let mailbox: Mailbox

    /// Tells the broker that these messages, as far as they are at QoS 1 and 2, need not come again. Call it once.
    public func acknowledge() {
        let receipts = self.receipts.compactMap(\.self)
        if !receipts.isEmpty { self.mailbox.post(.taken(receipts)) }
    }

    /// The batch in two parts, to be acknowledged at different times; the first one has at most so many messages.
    public func split(at count: Int) -> (first: MQTTBatch, rest: MQTTBatch) {
        func part(_ range: Range<Int>) -> MQTTBatch {
            MQTTBatch(
                deliveries: Array(self.deliveries[range]),
                receipts: Array(self.receipts[range]),
                mailbox: self.mailbox
            )
        }
        let end = min(max(count, 0), self.deliveries.count)
        return (part(0..<end), part(end..<self.deliveries.count))
    }
}
