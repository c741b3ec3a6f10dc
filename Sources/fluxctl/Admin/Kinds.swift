import AdminAPI
import JSON
import Protobuf
import Query

/// A kind of row that the admin plane lists.
struct Resource: Sendable {
    let kind: AdminV1.Kind
    let type: RowType
    private let read: @Sendable (AdminV1.Row) -> Record?

    /// - Parameters:
    ///   - left: Fields that lists do not have.
    ///   - structures: Fields that are more than one value.
    ///   - message: The kind's message in a row of any kind.
    init<Content: Message>(
        _ kind: AdminV1.Kind,
        _ name: String,
        plural: String,
        table: [String],
        more: [String],
        without left: Set<String> = [],
        structures: [String: @Sendable (Content) -> Datum] = [:],
        message: @escaping @Sendable (AdminV1.Row) -> Content?
    ) {
        self.kind = kind
        let mapping = RecordMapping<Content>(without: left, structures)
        self.type = RowType(name, plural: plural, mapping.columns, table: table, wide: table + more)
        self.read = { row in message(row).map(mapping.record) }
    }

    /// nil when the row is of another kind, which a server must not send.
    func record(_ row: AdminV1.Row) -> Record? { self.read(row) }
}

/// How the fields of a message become columns and values.
struct RecordMapping<Content: Message>: Sendable {
    let columns: [Column]
    private let readers: [@Sendable (Content) -> Datum]

    init(without left: Set<String> = [], _ structures: [String: @Sendable (Content) -> Datum] = [:]) {
        let table = FieldTable(Content.fields)
        let descriptors = Content.fields.filter { !left.contains($0.name) }
        self.columns = descriptors.map { Column($0, table[$0.name]) }
        self.readers = descriptors.map { descriptor in
            let unit = table[descriptor.name]?.unit ?? .none
            return structures[descriptor.name] ?? { Datum($0.value(of: descriptor.number)).rounded(unit) }
        }
    }

    func record(_ message: Content) -> Record { Record(self.readers.map { $0(message) }) }
}

/// The kinds that fluxctl knows. Those that no server has yet are not among them.
enum Kinds {
    static let broker = Resource(
        .broker,
        "broker",
        plural: "brokers",
        table: [
            "id", "state", "fluxd_version", "started_at", "uptime_ms", "connections", "sessions", "sessions_offline",
            "subscriptions", "topic_filters", "retained", "messages_in_per_s", "messages_out_per_s", "bytes_in_per_s",
            "bytes_out_per_s", "dropped", "protocol_errors", "cpu_percent", "memory_bytes", "message_memory_bytes",
            "message_memory_limit_bytes", "storage_state", "storage_free_bytes", "protocols",
        ],
        more: [
            "pid", "shards", "connections_opened", "connections_refused", "retained_bytes", "messages_in",
            "messages_out",
            "bytes_in", "bytes_out", "dropped_per_s", "dropped_output_full", "dropped_queue_full", "dropped_expired",
            "dropped_memory", "dropped_too_large", "dropped_no_space", "takeovers", "descriptors", "descriptors_limit",
            "admin_cpu_ms", "storage_note", "storage_capacity_bytes", "storage_reserve_bytes", "storage_log_bytes",
            "storage_written_bytes_per_s", "storage_syncs_per_s", "storage_sync_ms", "storage_waiting",
            "storage_quarantined",
        ],
        structures: [
            "protocols": { (broker: AdminV1.Broker) in .structure(.array(broker.protocols.map(\.json))) }
        ]
    ) { row -> AdminV1.Broker? in if case .broker(let broker)? = row.row { broker } else { nil } }

    static let listener = Resource(
        .listener,
        "listener",
        plural: "listeners",
        table: ["id", "address", "protocol", "state", "connections", "accepted", "refused"],
        more: ["connections_limit", "allow_anonymous", "version"]
    ) { row -> AdminV1.Listener? in if case .listener(let listener)? = row.row { listener } else { nil } }

    static let connection = Resource(
        .connection,
        "connection",
        plural: "connections",
        table: [
            "id", "client_id", "username", "protocol", "peer", "uptime_ms", "messages_in_per_s", "messages_out_per_s",
            "buffered_bytes", "inflight", "subscriptions", "state",
        ],
        more: ["listener", "shard", "idle_ms", "messages_in", "messages_out", "dropped", "queued", "queued_bytes"]
    ) { row -> AdminV1.Connection? in if case .connection(let connection)? = row.row { connection } else { nil } }

    static let session = Resource(
        .session,
        "session",
        plural: "sessions",
        table: ["id", "state", "connection_id", "subscriptions", "queued", "queued_bytes", "inflight", "expires_at"],
        more: ["shard", "created_at", "expiry_ms", "inflight_in", "will_topic", "version"]
    ) { row -> AdminV1.Session? in if case .session(let session)? = row.row { session } else { nil } }

    static let subscription = Resource(
        .subscription,
        "subscription",
        plural: "subscriptions",
        table: ["client_id", "filter", "share", "qos"],
        more: ["no_local", "retain_as_published", "retain_handling", "identifier", "version"]
    ) { row -> AdminV1.Subscription? in
        if case .subscription(let subscription)? = row.row { subscription } else { nil }
    }

    static let topic = Resource(
        .topic,
        "topic",
        plural: "topics",
        table: ["id", "messages_per_s", "bytes_per_s", "messages", "subscribers", "retained"],
        more: ["bytes", "version"]
    ) { row -> AdminV1.Topic? in if case .topic(let topic)? = row.row { topic } else { nil } }

    static let retained = Resource(
        .retained,
        "retained",
        plural: "retained messages",
        table: ["id", "payload_bytes", "qos", "content_type", "age_ms", "expires_at"],
        more: ["stored_at", "version"],
        without: ["payload"]
    ) { row -> AdminV1.Retained? in if case .retained(let retained)? = row.row { retained } else { nil } }

    static let ban = Resource(
        .ban,
        "ban",
        plural: "bans",
        table: ["id", "since_at", "ends_at", "source", "failures", "listener", "reason"],
        more: ["in_a_row", "version"]
    ) { row -> AdminV1.Ban? in if case .ban(let ban)? = row.row { ban } else { nil } }

    private static let queueStructures: [String: @Sendable (AdminV1.Queue) -> Datum] = [
        "topics": { .structure(.array($0.topics.map { .string($0) })) },
        "dead_letter_reasons": { .structure(.array($0.deadLetterReasons.map { .string($0) })) },
        "damage": { .structure(.array($0.damage.map { .string($0) })) },
    ]

    static let queue = Resource(
        .queue,
        "queue",
        plural: "queues",
        table: [
            "id", "type", "state", "ready", "unacked", "consumers", "messages_in_per_s", "messages_out_per_s", "bytes",
            "oldest_ms",
            "note",
        ],
        more: [
            "groups", "delayed", "durability", "growth_per_s", "acknowledged", "redelivered", "dead_lettered",
            "dropped", "refused",
            "dead_letter_queue", "shard",
        ],
        structures: queueStructures
    ) { row -> AdminV1.Queue? in if case .queue(let queue)? = row.row { queue } else { nil } }

    /// A queue of type stream, without what only those have whose messages are settled.
    static let stream = Resource(
        .queue,
        "stream",
        plural: "streams",
        table: [
            "id", "state", "depth", "consumers", "messages_in_per_s", "messages_out_per_s", "bytes", "oldest_ms",
            "note",
        ],
        more: ["groups", "durability", "first_offset", "next_offset", "shard"],
        without: [
            "type", "ready", "unacked", "growth_per_s", "dead_lettered_per_s", "dead_letter_queue",
            "dead_letter_reasons", "dead_letters_of", "depth_limit", "bytes_limit", "overflow", "deliveries_limit",
            "backoff_ms", "backoff_limit_ms", "backoff_multiplier", "visibility_timeout_ms", "idle_expiry_ms",
            "priorities", "dead_lettered", "timed_out",
        ],
        structures: queueStructures
    ) { row -> AdminV1.Queue? in
        if case .queue(let queue)? = row.row, queue.type == "stream" { queue } else { nil }
    }

    static let group = Resource(
        .group,
        "group",
        plural: "groups",
        table: ["name", "queue", "mode", "members", "pending", "lag", "growth_per_s", "oldest_ms", "state"],
        more: [
            "messages_in_per_s", "messages_out_per_s", "drain_ms", "cursor_offset", "committed_offset", "tail_offset",
            "shard",
        ]
    ) { row -> AdminV1.Group? in if case .group(let group)? = row.row { group } else { nil } }

    /// The same groups, for those who ask whether they keep up.
    static let lag = Resource(
        .group,
        "group",
        plural: "groups",
        table: [
            "name", "queue", "members", "pending", "lag", "growth_per_s", "messages_in_per_s", "messages_out_per_s",
            "drain_ms",
            "oldest_ms", "state",
        ],
        more: [
            "mode", "ready", "acknowledged_per_s", "redelivered", "cursor_offset", "committed_offset", "tail_offset",
        ]
    ) { row -> AdminV1.Group? in if case .group(let group)? = row.row { group } else { nil } }

    /// The same groups, for those who ask how far each has read.
    static let offsets = Resource(
        .group,
        "group",
        plural: "groups",
        table: ["name", "members", "committed_offset", "cursor_offset", "tail_offset", "lag", "oldest_ms", "state"],
        more: ["queue", "mode", "commits_automatically", "growth_per_s"]
    ) { row -> AdminV1.Group? in if case .group(let group)? = row.row { group } else { nil } }

    /// Queues of dead letters.
    static let deadLetters = Resource(
        .queue,
        "queue",
        plural: "dead-letter queues",
        table: ["id", "dead_letters_of", "ready", "unacked", "bytes", "messages_in_per_s", "oldest_ms", "note"],
        more: ["published", "groups", "consumers", "durability"],
        structures: queueStructures
    ) { row -> AdminV1.Queue? in if case .queue(let queue)? = row.row { queue } else { nil } }

    static let consumer = Resource(
        .consumer,
        "consumer",
        plural: "consumers",
        table: ["id", "client_id", "queue", "group", "state", "credit", "pending", "delivered"],
        more: ["shard", "version"]
    ) { row -> AdminV1.Consumer? in if case .consumer(let consumer)? = row.row { consumer } else { nil } }

    static let pending = Resource(
        .pending,
        "pending",
        plural: "pending messages",
        table: ["id", "state", "consumer", "deliveries", "idle_ms", "first_delivered_at"],
        more: ["queue", "group", "number", "priority", "offset", "version"]
    ) { row -> AdminV1.Pending? in if case .pending(let pending)? = row.row { pending } else { nil } }

    static let config = Resource(
        .config,
        "config",
        plural: "keys",
        table: ["id", "value", "default_value", "source", "live", "pending"],
        more: ["help", "version"]
    ) { row -> AdminV1.Config? in if case .config(let config)? = row.row { config } else { nil } }
}

extension AdminV1.ProtocolUse {
    fileprivate var json: JSONValue {
        let mapping = RecordMapping<AdminV1.ProtocolUse>()
        let members = zip(mapping.columns, mapping.record(self).values).compactMap { column, value in
            value.json(safeIntegers: false).map { (column.name, $0) }
        }
        return .object(members)
    }
}
