import Bytes
package import Machine
import Protobuf
package import StateRecords

/// Rebuilds the index of retained messages from what was stored, before anybody is served.
package enum RetainedLoader {
    package struct Loaded: Sendable {
        package var messages = 0
        /// Keys of messages that expired meanwhile: nobody needs them any more.
        package var expired: [[UInt8]] = []
    }

    /// - Parameter now: Of the shards' clock; the broker must know what that is on the wall.
    /// - Throws: ``StorageFailure`` of the store, and one of kind `damaged` that names the key of a record that does not read.
    package static func load(
        from reader: any StateReader,
        into broker: Broker,
        now: UInt64
    ) throws(StorageFailure) -> Loaded {
        let header: [UInt8] = []
        let wall = broker.wall(at: now)
        var loaded = Loaded()
        var cursor = StateCursor(reader, prefix: StateKey.Kind.retained.prefix)
        while let stored = try cursor.next() {
            guard case .retained(let namespace, let topic)? = StateKey(stored.key),
                let record = try? StateV1.Retained(serialized: stored.value), record.qos <= 2
            else { throw StorageFailure(unreadable: stored.key, "a retained message") }
            if record.expiresAt != 0, record.expiresAt <= wall {
                loaded.expired.append(stored.key)
                continue
            }
            let message = MessageView(
                topic: topic.span,
                header: record.header.isEmpty ? header.span : record.header.span,
                payload: record.payload.span,
                qos: UInt8(record.qos),
                retain: true,
                expiry: record.expiresAt == 0 ? 0 : now + (record.expiresAt - wall),
                namespace: Namespace(namespace)
            )
            let age = wall > record.storedAt ? wall - record.storedAt : 0
            // What was stored was let in once, whatever the limit is now.
            _ = broker.retained.set(StoredMessage(copying: message), limit: .max, now: now > age ? now - age : 0)
            loaded.messages += 1
        }
        return loaded
    }
}

extension StorageFailure {
    /// A record that the store gave as it was written, and that means nothing.
    package init(unreadable key: [UInt8], _ what: String) {
        let digits = key.prefix(64).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        self.init(
            .damaged,
            "state store: the record with the key \(digits) should be \(what), and does not read as one. It was written by a newer "
                + "fluxd, or is damaged; restore the store's directory from a copy, or move it away to start without state"
        )
    }
}
