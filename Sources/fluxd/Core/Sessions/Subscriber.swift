/// Something that takes messages on a shard: an MQTT session, a shared subscription, later a queue's capture.
///
/// `open` and `public` only because Swift lets no `package` class be subclassed in another module; the module is in no product.
open class Subscriber {
    /// Given by ``ShardState/register(_:)``.
    @usableFromInline package final internal(set) var address = SubscriberAddress.none
    package final let namespace: Namespace
    /// Where the subscriber stands in the list of each filter it has.
    final var positions = FilterPositions()
    /// Whether what it is owed outlives its connection, so that publishers wait until it is stored.
    package final internal(set) var stores = false
    /// The fan-out that listed it last, and where: overlapping filters make one delivery.
    final var fanOut: UInt64 = 0
    final var fanOutIndex = 0

    package init(namespace: Namespace) { self.namespace = namespace }

    /// Takes one message, now: writes it, keeps it or drops it. The message is gone when this returns.
    ///
    /// - Parameter options: The subscription's, or what several that matched come to.
    open func deliver(_ message: borrowing MessageView, _ options: SubscriptionOptions, on shard: ShardState) {}

    /// The home of a shared subscription hands over a message that this subscriber must settle.
    open func deliver(
        _ message: borrowing MessageView,
        _ options: SubscriptionOptions,
        for share: ShareDelivery,
        on shard: ShardState
    ) {}

    /// The home of a shared subscription has let the subscriber in: publishers see it.
    open func joined(_ share: ShareKey, home: SubscriberAddress, on shard: ShardState) {}
}

@available(*, unavailable)
extension Subscriber: Sendable {}
