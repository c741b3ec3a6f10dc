import Machine

extension Receipt {
    /// Has it wait for what another one waits for too.
    package mutating func formUnion(_ other: Receipt) {
        self.local = pointwiseMax(self.local, other.local)
        self.add(other.remote)
    }
}

/// Messages that are kept before they are routed, or that were kept by an earlier run of the broker.
extension ShardState {
    /// Keeps a message that a publisher was told is kept: it counts, and is not refused.
    package func keep(_ stored: StoredMessage) -> MessageSlot {
        if !self.lease.take(stored.weight) {
            self.lease.force(stored.weight)
            self.isOverdrawn = true
            self.broker.budget.setOverdrawn(self.index, true)
        }
        return self.messages.insert(stored)
    }

    /// Publishes a kept message; whoever keeps it too shares it. Never within another message's fan-out.
    ///
    /// - Parameters:
    ///   - origin: Who published it, if that session is here.
    ///   - position: See ``MessageView/position``.
    package func publish(
        _ slot: MessageSlot,
        from origin: SubscriberAddress,
        at position: UInt64,
        along route: Unmanaged<CachedRoute>
    ) -> PublishOutcome {
        assert(self.current == .none, "a message is published while another one is delivered")
        self.messages.retain(slot)
        self.current = slot
        self.hasLeftovers = true
        return self.messages[slot].withView { view in
            var message = copy view
            message.origin = origin
            message.position = position
            return self.publish(message, along: route)
        }
    }
}
