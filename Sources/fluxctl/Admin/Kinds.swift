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
            structures[descriptor.name] ?? { Datum($0.value(of: descriptor.number)) }
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
            "message_memory_limit_bytes", "protocols",
        ],
        more: [
            "pid", "shards", "connections_opened", "connections_refused", "retained_bytes", "messages_in",
            "messages_out",
            "bytes_in", "bytes_out", "dropped_per_s", "dropped_output_full", "dropped_queue_full", "dropped_expired",
            "dropped_memory", "dropped_too_large", "takeovers", "descriptors", "descriptors_limit", "admin_cpu_ms",
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
