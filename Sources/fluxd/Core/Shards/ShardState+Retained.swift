import Bytes
import Machine
import Protobuf
import StateRecords

/// Retained messages in the store.
///
/// All shards set the index, each when its publisher's message comes; two batches with the same topic could reach the store the other
/// way round than the index, and a restart would bring the older message back. So each topic has a keeper, the only shard that stores
/// it: it writes what the index says at that moment, which is the message it was told of or a newer one.
extension ShardState {
    /// The shard that stores a topic's retained message. Another one in another process: nothing that is stored depends on it.
    package func keeper(of topic: Span<UInt8>, in namespace: Namespace) -> Int {
        if self.links.count == 1 { return 0 }
        return Int(self.broker.hash.hash(topic, seed: UInt64(namespace.number)) % UInt64(self.links.count))
    }

    /// Whether a retained message has to wait: the link to its keeper is full.
    @inline(__always) package func isKeeperBlocked(_ topic: Span<UInt8>, in namespace: Namespace) -> Bool {
        self.fullLinks != 0 && self.fullLinks & 1 << UInt64(self.keeper(of: topic, in: namespace)) != 0
    }

    /// Has it stored that the topic has this message now, or none. The index says so already.
    ///
    /// - Parameter message: nil when it was removed.
    package func storeRetained(_ message: StoredMessage?, _ topic: Span<UInt8>, in namespace: Namespace) {
        let keeper = self.keeper(of: topic, in: namespace)
        if keeper == self.index { return self.putRetained(message, topic, in: namespace) }
        self.links[keeper].writer.write(.retained)
        self.links[keeper].writer.write(namespace.number)
        self.links[keeper].writer.write(prefixed: topic.copied())
        self.checkWindow(keeper)
    }

    /// Another shard has set or removed the message of a topic that is kept here.
    func processRetained(_ reader: inout LinkReader) {
        let namespace = Namespace(reader.uint16())
        let topic = reader.prefixed()
        let entry = self.broker.retained.entry(topic.span, in: namespace)
        self.putRetained(entry?.message, topic.span, in: namespace)
    }

    private func putRetained(_ message: StoredMessage?, _ topic: Span<UInt8>, in namespace: Namespace) {
        let key = StateKey.retained(namespace: namespace.number, topic: topic.copied()).bytes
        guard let message else { return self.store(.state, .delete(key: key)) }
        var record = StateV1.Retained()
        record.header = message.block.span(message.header).copied()
        record.payload = message.block.span(message.payload).copied()
        record.qos = UInt32(message.qos)
        record.expiresAt = message.expiry == 0 ? 0 : self.broker.wall(at: message.expiry)
        record.storedAt = self.wallNow
        self.store(.state, .put(key: key, value: record.serialized()))
    }
}
