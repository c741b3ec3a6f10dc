/// Keys of the state store: what a value is about in the first byte, then numbers of fixed width, then at most one name, which ends
/// where the key ends. So no two things have one key, whatever their names are, and keys of one kind stand together.
///
/// ```
/// 0x01  lease of session numbers   shard: 1 byte
/// 0x10  session                    number: 8 bytes
/// 0x11  subscription               session's number: 8 bytes, filter
/// 0x12  will                       session's number: 8 bytes
/// 0x18  retained message           namespace: 2 bytes, topic
/// 0x20  queue                      number: 8 bytes
/// ```
///
/// Numbers are big-endian, so that keys are in their order. A session has its number for ever and alone: what is left of one that has
/// ended is never taken for part of another of the same client, in whatever order two shards' batches reach the store.
package enum StateKey: Equatable, Sendable {
    case numberLease(shard: UInt8)
    case session(UInt64)
    case subscription(session: UInt64, filter: [UInt8])
    case will(session: UInt64)
    case retained(namespace: UInt16, topic: [UInt8])
    case queue(UInt64)

    /// The first byte.
    package enum Kind: UInt8, CaseIterable, Sendable {
        case numberLease = 0x01
        case session = 0x10
        case subscription = 0x11
        case will = 0x12
        case retained = 0x18
        case queue = 0x20

        /// All keys of the kind begin so, and no others.
        package var prefix: [UInt8] { [self.rawValue] }
    }

    package var bytes: [UInt8] {
        switch self {
        case .numberLease(let shard): [Kind.numberLease.rawValue, shard]
        case .session(let number): Kind.session.prefix + bigEndian(number)
        case .subscription(let session, let filter): Kind.subscription.prefix + bigEndian(session) + filter
        case .will(let session): Kind.will.prefix + bigEndian(session)
        case .retained(let namespace, let topic): Kind.retained.prefix + bigEndian(namespace) + topic
        case .queue(let number): Kind.queue.prefix + bigEndian(number)
        }
    }

    /// - Returns: nil for what is none of these keys.
    package init?(_ bytes: [UInt8]) {
        guard let kind = bytes.first.flatMap({ Kind(rawValue: $0) }) else { return nil }
        let rest = bytes.dropFirst()
        switch kind {
        case .numberLease:
            guard rest.count == 1, let shard = rest.first else { return nil }
            self = .numberLease(shard: shard)
        case .session:
            guard rest.count == 8 else { return nil }
            self = .session(number(rest))
        case .subscription:
            guard rest.count > 8 else { return nil }
            self = .subscription(session: number(rest.prefix(8)), filter: Array(rest.dropFirst(8)))
        case .will:
            guard rest.count == 8 else { return nil }
            self = .will(session: number(rest))
        case .queue:
            guard rest.count == 8 else { return nil }
            self = .queue(number(rest))
        case .retained:
            guard rest.count > 2 else { return nil }
            self = .retained(
                namespace: UInt16(truncatingIfNeeded: number(rest.prefix(2))),
                topic: Array(rest.dropFirst(2))
            )
        }
    }
}

private func bigEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
}

private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
