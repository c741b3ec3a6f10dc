import CommandSpec
import Protobuf
import Query

/// One column of a list: also a field of its JSON, and a field of filters and sort orders.
struct Column: Sendable {
    /// `buffered_bytes`.
    let name: String
    /// As tables head it: `BUFFERED`.
    let title: String
    let unit: FieldUnit
    let kind: OutputSchema.Field.Kind
    /// Whether a row may be without it.
    let isOptional: Bool
    let isSummable: Bool
    let help: String

    init(
        _ name: String,
        _ kind: OutputSchema.Field.Kind,
        title: String? = nil,
        unit: FieldUnit = .none,
        optional: Bool = false,
        summable: Bool = false,
        _ help: String
    ) {
        self.name = name
        self.title = title ?? name.uppercased()
        self.unit = unit
        self.kind = kind
        self.isOptional = optional
        self.isSummable = summable
        self.help = help
    }

    /// What the protocol's file says about a field.
    init(_ descriptor: FieldDescriptor, _ field: Field?) {
        let title = titles[descriptor.name] ?? Self.title(descriptor.name)
        let comment = descriptor.comment.split(separator: "\n").joined(separator: " ")
        let isMessage = descriptor.kind == .message && !descriptor.isRepeated
        self.init(
            descriptor.name,
            Self.kind(descriptor),
            title: title,
            unit: field?.unit ?? .none,
            optional: descriptor.isOptional || isMessage,
            summable: field?.isSummable ?? false,
            comment.isEmpty ? Self.sentence(descriptor.name, field?.unit ?? .none) : comment
        )
    }

    var isRightAligned: Bool { self.kind == .integer || self.kind == .number }

    private static func kind(_ descriptor: FieldDescriptor) -> OutputSchema.Field.Kind {
        if descriptor.isMap { return .object }
        if descriptor.isRepeated { return .array }
        return switch descriptor.kind {
        case .bool: .boolean
        case .double, .float: .number
        case .string, .bytes, .enumeration, .message: .string
        default: .integer
        }
    }

    /// The name without its unit: `AGE` for `age_ms`.
    private static func title(_ name: String) -> String {
        var parts = name.split(separator: "_")
        if parts.suffix(2) == ["per", "s"] {
            parts.removeLast(2)
            return parts.joined(separator: " ").uppercased() + "/s"
        }
        if parts.count > 1, ["ms", "at", "bytes", "percent"].contains(parts.last) { parts.removeLast() }
        return parts.joined(separator: " ").uppercased()
    }

    /// What can be said about a field whose name says it all.
    private static func sentence(_ name: String, _ unit: FieldUnit) -> String {
        var parts = name.split(separator: "_")
        switch unit {
        case .perSecond, .bytesPerSecond: parts.removeLast(2)
        case .milliseconds, .percent, .time: parts.removeLast()
        case .none, .count, .bytes: break
        }
        let words = parts.joined(separator: " ")
        let tail =
            switch unit {
            case .perSecond, .bytesPerSecond: " a second."
            case .milliseconds: ", in milliseconds."
            case .percent: ", in percent."
            case .time: ": a point in time."
            case .none, .count, .bytes: "."
            }
        return words.prefix(1).uppercased() + words.dropFirst() + tail
    }
}

/// Headings that are shorter than the field's name would give.
private let titles: [String: String] = [
    "client_id": "CLIENT", "username": "USER", "protocol": "PROTO", "connected_at": "SINCE", "uptime_ms": "UP",
    "messages_in_per_s": "IN/s", "messages_out_per_s": "OUT/s", "bytes_in_per_s": "B IN/s",
    "bytes_out_per_s": "B OUT/s",
    "messages_per_s": "MSG/s", "bytes_per_s": "B/s", "messages_in": "MSG IN", "messages_out": "MSG OUT",
    "buffered_bytes": "BUF", "inflight": "INFL", "inflight_limit": "INFL MAX", "subscriptions": "SUBS",
    "subscribers": "SUBS", "queued_bytes": "QUEUED BYTES", "payload_bytes": "BYTES", "connection_id": "CONN",
    "connections": "CONNS", "connections_limit": "LIMIT", "content_type": "TYPE", "expires_at": "EXPIRES",
    "expiry_ms": "KEPT FOR", "default_value": "DEFAULT", "allow_anonymous": "ANONYMOUS",
    "retain_as_published": "AS PUBLISHED", "identifier": "IDENT", "consumers": "CONS", "growth_per_s": "TREND/s",
    "acknowledged_per_s": "ACK/s", "drain_ms": "DRAIN IN", "cursor_offset": "CURSOR", "committed_offset": "COMMITTED",
    "tail_offset": "TAIL", "stored_at": "STORED", "first_delivered_at": "FIRST GIVEN",
    "dead_letter_queue": "DEAD LETTERS TO",
]
