/// Something that takes messages on a shard: an MQTT session, a shared subscription, later a queue's capture.
///
/// `open` and `public` only because Swift lets no `package` class be subclassed in another module; the module is in no product.
open class Subscriber {
    /// Given by ``ShardState/register(_:)``.
    @usableFromInline package final internal(set) var address = SubscriberAddress.none
    package final let namespace: Namespace
    /// Where the subscriber stands in the list of each filter it has.
    final var positions = FilterPositions()
    /// In which classes what it is owed is stored, so that publishers wait for that; none for what ends with its connection.
    package final internal(set) var stores: StoreClasses = []
    /// Its filters are subscriptions that somebody made; a queue's are what it is bound to.
    final var isCounted: Bool { !self.stores.contains(.queued) }
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

    // MARK: As a consumer of queues. Handles and tokens are the subscriber's own.

    /// The queue's answer to ``ShardState/consume(_:for:handle:)``.
    open func consuming(_ handle: UInt32, _ answer: Result<QueueLink, QueueRefusal>, on shard: ShardState) {}
    /// A queue hands over a message that this subscriber settles; its credit is one less already.
    open func deliver(_ message: borrowing MessageView, _ handover: QueueHandover, on shard: ShardState) {}
    /// The queue or the group is gone, or somebody threw the consumer out: nothing more comes, and there is nothing to settle.
    open func consumerEnded(_ handle: UInt32, on shard: ShardState) {}
    /// A drain is done: what is left of the credit is gone.
    open func drained(_ handle: UInt32, deliveryCount: UInt32, on shard: ShardState) {}
    /// The answer to a settlement or commit that named a token; nil for done.
    open func settled(_ token: UInt32, _ refusal: QueueRefusal?, on shard: ShardState) {}

    /// The home of a shared subscription has let the subscriber in: publishers see it.
    open func joined(_ share: ShareKey, home: SubscriberAddress, on shard: ShardState) {}
}

@available(*, unavailable)
extension Subscriber: Sendable {}
