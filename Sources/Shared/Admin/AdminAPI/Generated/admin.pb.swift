// swift-format-ignore-file
// Made from fluxmq/admin/v1/admin.proto by protoc-gen-fluxmq. Do not edit: scripts/generate-protobuf makes it again.
public import Protobuf

/// `fluxmq.admin.v1`.
public enum AdminV1 {}

extension AdminV1 {
    /// What rows are about. HelloResponse.kinds says which of them this server has.
    public enum Kind: ProtoEnum {
        case unspecified
        case broker
        case listener
        case connection
        case session
        case subscription
        case topic
        case retained
        case config
        case queue
        case ban
        case group
        case consumer
        case pending
        case message
        /// A number that had no name when this was made.
        case unrecognized(Int32)
    }
}

extension AdminV1.Kind {
    public static let allCases: [Self] = [
        .unspecified, .broker, .listener, .connection, .session, .subscription, .topic, .retained, .config, .queue,
        .ban, .group, .consumer, .pending, .message
    ]

    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .unspecified
        case 1: self = .broker
        case 2: self = .listener
        case 3: self = .connection
        case 4: self = .session
        case 5: self = .subscription
        case 6: self = .topic
        case 7: self = .retained
        case 8: self = .config
        case 9: self = .queue
        case 10: self = .ban
        case 11: self = .group
        case 12: self = .consumer
        case 13: self = .pending
        case 14: self = .message
        default: self = .unrecognized(rawValue)
        }
    }

    public var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .broker: 1
        case .listener: 2
        case .connection: 3
        case .session: 4
        case .subscription: 5
        case .topic: 6
        case .retained: 7
        case .config: 8
        case .queue: 9
        case .ban: 10
        case .group: 11
        case .consumer: 12
        case .pending: 13
        case .message: 14
        case .unrecognized(let number): number
        }
    }

    public var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .broker: "broker"
        case .listener: "listener"
        case .connection: "connection"
        case .session: "session"
        case .subscription: "subscription"
        case .topic: "topic"
        case .retained: "retained"
        case .config: "config"
        case .queue: "queue"
        case .ban: "ban"
        case .group: "group"
        case .consumer: "consumer"
        case .pending: "pending"
        case .message: "message"
        case .unrecognized(let number): String(number)
        }
    }

    public var protoName: String? {
        switch self {
        case .unspecified: "KIND_UNSPECIFIED"
        case .broker: "KIND_BROKER"
        case .listener: "KIND_LISTENER"
        case .connection: "KIND_CONNECTION"
        case .session: "KIND_SESSION"
        case .subscription: "KIND_SUBSCRIPTION"
        case .topic: "KIND_TOPIC"
        case .retained: "KIND_RETAINED"
        case .config: "KIND_CONFIG"
        case .queue: "KIND_QUEUE"
        case .ban: "KIND_BAN"
        case .group: "KIND_GROUP"
        case .consumer: "KIND_CONSUMER"
        case .pending: "KIND_PENDING"
        case .message: "KIND_MESSAGE"
        case .unrecognized: nil
        }
    }

    public init?(protoName: String) {
        switch protoName {
        case "KIND_UNSPECIFIED": self = .unspecified
        case "KIND_BROKER": self = .broker
        case "KIND_LISTENER": self = .listener
        case "KIND_CONNECTION": self = .connection
        case "KIND_SESSION": self = .session
        case "KIND_SUBSCRIPTION": self = .subscription
        case "KIND_TOPIC": self = .topic
        case "KIND_RETAINED": self = .retained
        case "KIND_CONFIG": self = .config
        case "KIND_QUEUE": self = .queue
        case "KIND_BAN": self = .ban
        case "KIND_GROUP": self = .group
        case "KIND_CONSUMER": self = .consumer
        case "KIND_PENDING": self = .pending
        case "KIND_MESSAGE": self = .message
        default: return nil
        }
    }
}

extension AdminV1 {
    /// How grave an event or a log line is.
    public enum Level: ProtoEnum {
        case unspecified
        case trace
        case debug
        case info
        case notice
        case warning
        case error
        case critical
        /// A number that had no name when this was made.
        case unrecognized(Int32)
    }
}

extension AdminV1.Level {
    public static let allCases: [Self] = [
        .unspecified, .trace, .debug, .info, .notice, .warning, .error, .critical
    ]

    public init(rawValue: Int32) {
        switch rawValue {
        case 0: self = .unspecified
        case 1: self = .trace
        case 2: self = .debug
        case 3: self = .info
        case 4: self = .notice
        case 5: self = .warning
        case 6: self = .error
        case 7: self = .critical
        default: self = .unrecognized(rawValue)
        }
    }

    public var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .trace: 1
        case .debug: 2
        case .info: 3
        case .notice: 4
        case .warning: 5
        case .error: 6
        case .critical: 7
        case .unrecognized(let number): number
        }
    }

    public var name: String {
        switch self {
        case .unspecified: "unspecified"
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        case .unrecognized(let number): String(number)
        }
    }

    public var protoName: String? {
        switch self {
        case .unspecified: "LEVEL_UNSPECIFIED"
        case .trace: "LEVEL_TRACE"
        case .debug: "LEVEL_DEBUG"
        case .info: "LEVEL_INFO"
        case .notice: "LEVEL_NOTICE"
        case .warning: "LEVEL_WARNING"
        case .error: "LEVEL_ERROR"
        case .critical: "LEVEL_CRITICAL"
        case .unrecognized: nil
        }
    }

    public init?(protoName: String) {
        switch protoName {
        case "LEVEL_UNSPECIFIED": self = .unspecified
        case "LEVEL_TRACE": self = .trace
        case "LEVEL_DEBUG": self = .debug
        case "LEVEL_INFO": self = .info
        case "LEVEL_NOTICE": self = .notice
        case "LEVEL_WARNING": self = .warning
        case "LEVEL_ERROR": self = .error
        case "LEVEL_CRITICAL": self = .critical
        default: return nil
        }
    }
}

extension AdminV1 {
    public struct HelloRequest: Message {
        /// Name and version of the client, for the log: "fluxtop 0.1.0".
        public var client: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.HelloRequest {
    public static let protoName = "fluxmq.admin.v1.HelloRequest"

    public enum FieldNumber {
        public static let client = 1
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "client", jsonName: "client", kind: .string,
            comment: "Name and version of the client, for the log: \"fluxtop 0.1.0\"."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.client)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.client)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 1, self.client)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.client)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "client", self.client)
    }
}

extension AdminV1 {
    public struct HelloResponse: Message {
        public var version: String = ""
        /// Name of this node; the host's name unless it is configured.
        public var node: String = ""
        /// Differs after each start: counters begin again when it changes.
        public var bootID: String = ""
        public var now: Protobuf.Timestamp?
        public var startedAt: Protobuf.Timestamp?
        /// Whom the server takes the client for: "uid 1000 (pid 4711)" or "http 127.0.0.1:50312".
        public var identity: String = ""
        /// Whether Do is allowed.
        public var canChange: Bool = false
        public var kinds: [AdminV1.KindInfo] = []
        /// Names that Series knows.
        public var series: [AdminV1.SeriesInfo] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.HelloResponse {
    public static let protoName = "fluxmq.admin.v1.HelloResponse"

    public enum FieldNumber {
        public static let version = 1
        public static let node = 2
        public static let bootID = 3
        public static let now = 4
        public static let startedAt = 5
        public static let identity = 6
        public static let canChange = 7
        public static let kinds = 8
        public static let series = 9
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "version", jsonName: "version", kind: .string),
        FieldDescriptor(
            number: 2, name: "node", jsonName: "node", kind: .string,
            comment: "Name of this node; the host's name unless it is configured."
        ),
        FieldDescriptor(
            number: 3, name: "boot_id", jsonName: "bootId", kind: .string,
            comment: "Differs after each start: counters begin again when it changes."
        ),
        FieldDescriptor(number: 4, name: "now", jsonName: "now", kind: .message, typeName: "google.protobuf.Timestamp"),
        FieldDescriptor(
            number: 5, name: "started_at", jsonName: "startedAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 6, name: "identity", jsonName: "identity", kind: .string,
            comment: "Whom the server takes the client for: \"uid 1000 (pid 4711)\" or \"http 127.0.0.1:50312\"."
        ),
        FieldDescriptor(
            number: 7, name: "can_change", jsonName: "canChange", kind: .bool, comment: "Whether Do is allowed."
        ),
        FieldDescriptor(
            number: 8, name: "kinds", jsonName: "kinds", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.KindInfo"
        ),
        FieldDescriptor(
            number: 9, name: "series", jsonName: "series", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.SeriesInfo", comment: "Names that Series knows."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.version)
        case 2: .string(self.node)
        case 3: .string(self.bootID)
        case 4: if let value = self.now { .timestamp(value) } else { .none }
        case 5: if let value = self.startedAt { .timestamp(value) } else { .none }
        case 6: .string(self.identity)
        case 7: .bool(self.canChange)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.version)
        case 2: try decoder.read(ProtoString.self, into: &self.node)
        case 3: try decoder.read(ProtoString.self, into: &self.bootID)
        case 4: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.now)
        case 5: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.startedAt)
        case 6: try decoder.read(ProtoString.self, into: &self.identity)
        case 7: try decoder.read(ProtoBool.self, into: &self.canChange)
        case 8: try decoder.read(MessageCoding<AdminV1.KindInfo>.self, into: &self.kinds)
        case 9: try decoder.read(MessageCoding<AdminV1.SeriesInfo>.self, into: &self.series)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(MessageCoding<AdminV1.SeriesInfo>.self, 9, self.series)
        encoder.writeEach(MessageCoding<AdminV1.KindInfo>.self, 8, self.kinds)
        encoder.write(ProtoBool.self, 7, self.canChange)
        encoder.write(ProtoString.self, 6, self.identity)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 5, self.startedAt)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 4, self.now)
        encoder.write(ProtoString.self, 3, self.bootID)
        encoder.write(ProtoString.self, 2, self.node)
        encoder.write(ProtoString.self, 1, self.version)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.version)
        case 2: try reader.read(ProtoString.self, into: &self.node)
        case 3: try reader.read(ProtoString.self, into: &self.bootID)
        case 4: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.now)
        case 5: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.startedAt)
        case 6: try reader.read(ProtoString.self, into: &self.identity)
        case 7: try reader.read(ProtoBool.self, into: &self.canChange)
        case 8: try reader.read(MessageCoding<AdminV1.KindInfo>.self, into: &self.kinds)
        case 9: try reader.read(MessageCoding<AdminV1.SeriesInfo>.self, into: &self.series)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "version", self.version)
        writer.write(ProtoString.self, "node", self.node)
        writer.write(ProtoString.self, "bootId", self.bootID)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "now", self.now)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "startedAt", self.startedAt)
        writer.write(ProtoString.self, "identity", self.identity)
        writer.write(ProtoBool.self, "canChange", self.canChange)
        writer.writeEach(MessageCoding<AdminV1.KindInfo>.self, "kinds", self.kinds)
        writer.writeEach(MessageCoding<AdminV1.SeriesInfo>.self, "series", self.series)
    }
}

extension AdminV1 {
    public struct KindInfo: Message {
        public var kind: AdminV1.Kind = .unspecified
        /// As commands write it: "connection".
        public var name: String = ""
        /// Verbs that Do takes for the kind: "close".
        public var verbs: [String] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.KindInfo {
    public static let protoName = "fluxmq.admin.v1.KindInfo"

    public enum FieldNumber {
        public static let kind = 1
        public static let name = 2
        public static let verbs = 3
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "kind", jsonName: "kind", kind: .enumeration, typeName: "fluxmq.admin.v1.Kind"
        ),
        FieldDescriptor(
            number: 2, name: "name", jsonName: "name", kind: .string, comment: "As commands write it: \"connection\"."
        ),
        FieldDescriptor(
            number: 3, name: "verbs", jsonName: "verbs", kind: .string, isRepeated: true,
            comment: "Verbs that Do takes for the kind: \"close\"."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .enumeration(self.kind.name)
        case 2: .string(self.name)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try decoder.read(ProtoString.self, into: &self.name)
        case 3: try decoder.read(ProtoString.self, into: &self.verbs)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(ProtoString.self, 3, self.verbs)
        encoder.write(ProtoString.self, 2, self.name)
        encoder.write(EnumCoding<AdminV1.Kind>.self, 1, self.kind)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try reader.read(ProtoString.self, into: &self.name)
        case 3: try reader.read(ProtoString.self, into: &self.verbs)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(EnumCoding<AdminV1.Kind>.self, "kind", self.kind)
        writer.write(ProtoString.self, "name", self.name)
        writer.writeEach(ProtoString.self, "verbs", self.verbs)
    }
}

extension AdminV1 {
    public struct SeriesInfo: Message {
        public var name: String = ""
        /// "1/s", "B/s", "B", "%", "1".
        public var unit: String = ""
        public var help: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.SeriesInfo {
    public static let protoName = "fluxmq.admin.v1.SeriesInfo"

    public enum FieldNumber {
        public static let name = 1
        public static let unit = 2
        public static let help = 3
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "name", jsonName: "name", kind: .string),
        FieldDescriptor(
            number: 2, name: "unit", jsonName: "unit", kind: .string, comment: "\"1/s\", \"B/s\", \"B\", \"%\", \"1\"."
        ),
        FieldDescriptor(number: 3, name: "help", jsonName: "help", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.name)
        case 2: .string(self.unit)
        case 3: .string(self.help)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.read(ProtoString.self, into: &self.unit)
        case 3: try decoder.read(ProtoString.self, into: &self.help)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 3, self.help)
        encoder.write(ProtoString.self, 2, self.unit)
        encoder.write(ProtoString.self, 1, self.name)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.name)
        case 2: try reader.read(ProtoString.self, into: &self.unit)
        case 3: try reader.read(ProtoString.self, into: &self.help)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "name", self.name)
        writer.write(ProtoString.self, "unit", self.unit)
        writer.write(ProtoString.self, "help", self.help)
    }
}

extension AdminV1 {
    /// Which rows, in which order, and how many.
    public struct Query: Message {
        public var kind: AdminV1.Kind = .unspecified
        /// docs/filters.md: `protocol=mqtt5 buffered_bytes>64KiB | state=slow`. Empty matches all.
        public var filter: String = ""
        /// Field names, the most important first, "-" before one for descending: "-messages_out_per_s,client_id". Rows that are equal in
        /// all of them are in the order of their ids. Empty means by id.
        public var sort: String = ""
        /// Rows at most: 1 to 10000; 0 means 1000.
        public var limit: UInt32 = 0
        /// ListResponse.next_cursor of the page before; with the same filter and sort.
        public var cursor: String = ""
        /// Only these fields are filled in, and the id; empty means all. Unknown names are INVALID_ARGUMENT.
        public var fields: [String] = []
        /// Leave ListResponse.totals and WatchResponse.totals out. A watch over very many rows that sums nothing costs much less.
        public var skipTotals: Bool = false
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Query {
    public static let protoName = "fluxmq.admin.v1.Query"

    public enum FieldNumber {
        public static let kind = 1
        public static let filter = 2
        public static let sort = 3
        public static let limit = 4
        public static let cursor = 5
        public static let fields = 6
        public static let skipTotals = 7
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "kind", jsonName: "kind", kind: .enumeration, typeName: "fluxmq.admin.v1.Kind"
        ),
        FieldDescriptor(
            number: 2, name: "filter", jsonName: "filter", kind: .string,
            comment: "docs/filters.md: `protocol=mqtt5 buffered_bytes>64KiB | state=slow`. Empty matches all."
        ),
        FieldDescriptor(
            number: 3, name: "sort", jsonName: "sort", kind: .string,
            comment: "Field names, the most important first, \"-\" before one for descending: \"-messages_out_per_s,client_id\". Rows that are equal in all of them are in the order of their ids. Empty means by id."
        ),
        FieldDescriptor(
            number: 4, name: "limit", jsonName: "limit", kind: .uint32,
            comment: "Rows at most: 1 to 10000; 0 means 1000."
        ),
        FieldDescriptor(
            number: 5, name: "cursor", jsonName: "cursor", kind: .string,
            comment: "ListResponse.next_cursor of the page before; with the same filter and sort."
        ),
        FieldDescriptor(
            number: 6, name: "fields", jsonName: "fields", kind: .string, isRepeated: true,
            comment: "Only these fields are filled in, and the id; empty means all. Unknown names are INVALID_ARGUMENT."
        ),
        FieldDescriptor(
            number: 7, name: "skip_totals", jsonName: "skipTotals", kind: .bool,
            comment: "Leave ListResponse.totals and WatchResponse.totals out. A watch over very many rows that sums nothing costs much less."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .enumeration(self.kind.name)
        case 2: .string(self.filter)
        case 3: .string(self.sort)
        case 4: .uint(UInt64(self.limit))
        case 5: .string(self.cursor)
        case 7: .bool(self.skipTotals)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try decoder.read(ProtoString.self, into: &self.filter)
        case 3: try decoder.read(ProtoString.self, into: &self.sort)
        case 4: try decoder.read(ProtoUInt32.self, into: &self.limit)
        case 5: try decoder.read(ProtoString.self, into: &self.cursor)
        case 6: try decoder.read(ProtoString.self, into: &self.fields)
        case 7: try decoder.read(ProtoBool.self, into: &self.skipTotals)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoBool.self, 7, self.skipTotals)
        encoder.writeEach(ProtoString.self, 6, self.fields)
        encoder.write(ProtoString.self, 5, self.cursor)
        encoder.write(ProtoUInt32.self, 4, self.limit)
        encoder.write(ProtoString.self, 3, self.sort)
        encoder.write(ProtoString.self, 2, self.filter)
        encoder.write(EnumCoding<AdminV1.Kind>.self, 1, self.kind)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try reader.read(ProtoString.self, into: &self.filter)
        case 3: try reader.read(ProtoString.self, into: &self.sort)
        case 4: try reader.read(ProtoUInt32.self, into: &self.limit)
        case 5: try reader.read(ProtoString.self, into: &self.cursor)
        case 6: try reader.read(ProtoString.self, into: &self.fields)
        case 7: try reader.read(ProtoBool.self, into: &self.skipTotals)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(EnumCoding<AdminV1.Kind>.self, "kind", self.kind)
        writer.write(ProtoString.self, "filter", self.filter)
        writer.write(ProtoString.self, "sort", self.sort)
        writer.write(ProtoUInt32.self, "limit", self.limit)
        writer.write(ProtoString.self, "cursor", self.cursor)
        writer.writeEach(ProtoString.self, "fields", self.fields)
        writer.write(ProtoBool.self, "skipTotals", self.skipTotals)
    }
}

extension AdminV1 {
    public struct ListRequest: Message {
        public var query: AdminV1.Query?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.ListRequest {
    public static let protoName = "fluxmq.admin.v1.ListRequest"

    public enum FieldNumber {
        public static let query = 1
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "query", jsonName: "query", kind: .message, typeName: "fluxmq.admin.v1.Query"),
    ]

    public func value(of number: Int) -> FieldValue {
        .none
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<AdminV1.Query>.self, into: &self.query)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(MessageCoding<AdminV1.Query>.self, 1, self.query)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<AdminV1.Query>.self, into: &self.query)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeOptional(MessageCoding<AdminV1.Query>.self, "query", self.query)
    }
}

extension AdminV1 {
    public struct ListResponse: Message {
        public var rows: [AdminV1.Row] = []
        /// Rows of the kind, before the filter.
        public var total: UInt64 = 0
        /// Rows that the filter matched, before the limit.
        public var totalMatched: UInt64 = 0
        /// Sums over the matched rows of the fields that can be summed; the rest is empty.
        public var totals: AdminV1.Row?
        /// Empty on the last page.
        public var nextCursor: String = ""
        public var at: Protobuf.Timestamp?
        public var node: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.ListResponse {
    public static let protoName = "fluxmq.admin.v1.ListResponse"

    public enum FieldNumber {
        public static let rows = 1
        public static let total = 2
        public static let totalMatched = 3
        public static let totals = 4
        public static let nextCursor = 5
        public static let at = 6
        public static let node = 7
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "rows", jsonName: "rows", kind: .message, isRepeated: true, typeName: "fluxmq.admin.v1.Row"
        ),
        FieldDescriptor(
            number: 2, name: "total", jsonName: "total", kind: .uint64, comment: "Rows of the kind, before the filter."
        ),
        FieldDescriptor(
            number: 3, name: "total_matched", jsonName: "totalMatched", kind: .uint64,
            comment: "Rows that the filter matched, before the limit."
        ),
        FieldDescriptor(
            number: 4, name: "totals", jsonName: "totals", kind: .message, typeName: "fluxmq.admin.v1.Row",
            comment: "Sums over the matched rows of the fields that can be summed; the rest is empty."
        ),
        FieldDescriptor(
            number: 5, name: "next_cursor", jsonName: "nextCursor", kind: .string, comment: "Empty on the last page."
        ),
        FieldDescriptor(number: 6, name: "at", jsonName: "at", kind: .message, typeName: "google.protobuf.Timestamp"),
        FieldDescriptor(number: 7, name: "node", jsonName: "node", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 2: .uint(self.total)
        case 3: .uint(self.totalMatched)
        case 5: .string(self.nextCursor)
        case 6: if let value = self.at { .timestamp(value) } else { .none }
        case 7: .string(self.node)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<AdminV1.Row>.self, into: &self.rows)
        case 2: try decoder.read(ProtoUInt64.self, into: &self.total)
        case 3: try decoder.read(ProtoUInt64.self, into: &self.totalMatched)
        case 4: try decoder.read(MessageCoding<AdminV1.Row>.self, into: &self.totals)
        case 5: try decoder.read(ProtoString.self, into: &self.nextCursor)
        case 6: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 7: try decoder.read(ProtoString.self, into: &self.node)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 7, self.node)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 6, self.at)
        encoder.write(ProtoString.self, 5, self.nextCursor)
        encoder.writeOptional(MessageCoding<AdminV1.Row>.self, 4, self.totals)
        encoder.write(ProtoUInt64.self, 3, self.totalMatched)
        encoder.write(ProtoUInt64.self, 2, self.total)
        encoder.writeEach(MessageCoding<AdminV1.Row>.self, 1, self.rows)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<AdminV1.Row>.self, into: &self.rows)
        case 2: try reader.read(ProtoUInt64.self, into: &self.total)
        case 3: try reader.read(ProtoUInt64.self, into: &self.totalMatched)
        case 4: try reader.read(MessageCoding<AdminV1.Row>.self, into: &self.totals)
        case 5: try reader.read(ProtoString.self, into: &self.nextCursor)
        case 6: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 7: try reader.read(ProtoString.self, into: &self.node)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(MessageCoding<AdminV1.Row>.self, "rows", self.rows)
        writer.write(ProtoUInt64.self, "total", self.total)
        writer.write(ProtoUInt64.self, "totalMatched", self.totalMatched)
        writer.writeOptional(MessageCoding<AdminV1.Row>.self, "totals", self.totals)
        writer.write(ProtoString.self, "nextCursor", self.nextCursor)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "at", self.at)
        writer.write(ProtoString.self, "node", self.node)
    }
}

extension AdminV1 {
    public struct GetRequest: Message {
        public var kind: AdminV1.Kind = .unspecified
        public var id: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.GetRequest {
    public static let protoName = "fluxmq.admin.v1.GetRequest"

    public enum FieldNumber {
        public static let kind = 1
        public static let id = 2
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "kind", jsonName: "kind", kind: .enumeration, typeName: "fluxmq.admin.v1.Kind"
        ),
        FieldDescriptor(number: 2, name: "id", jsonName: "id", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .enumeration(self.kind.name)
        case 2: .string(self.id)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try decoder.read(ProtoString.self, into: &self.id)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 2, self.id)
        encoder.write(EnumCoding<AdminV1.Kind>.self, 1, self.kind)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try reader.read(ProtoString.self, into: &self.id)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(EnumCoding<AdminV1.Kind>.self, "kind", self.kind)
        writer.write(ProtoString.self, "id", self.id)
    }
}

extension AdminV1 {
    public struct GetResponse: Message {
        public var row: AdminV1.Row?
        public var at: Protobuf.Timestamp?
        public var node: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.GetResponse {
    public static let protoName = "fluxmq.admin.v1.GetResponse"

    public enum FieldNumber {
        public static let row = 1
        public static let at = 2
        public static let node = 3
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "row", jsonName: "row", kind: .message, typeName: "fluxmq.admin.v1.Row"),
        FieldDescriptor(number: 2, name: "at", jsonName: "at", kind: .message, typeName: "google.protobuf.Timestamp"),
        FieldDescriptor(number: 3, name: "node", jsonName: "node", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 2: if let value = self.at { .timestamp(value) } else { .none }
        case 3: .string(self.node)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<AdminV1.Row>.self, into: &self.row)
        case 2: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try decoder.read(ProtoString.self, into: &self.node)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 3, self.node)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 2, self.at)
        encoder.writeOptional(MessageCoding<AdminV1.Row>.self, 1, self.row)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<AdminV1.Row>.self, into: &self.row)
        case 2: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try reader.read(ProtoString.self, into: &self.node)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeOptional(MessageCoding<AdminV1.Row>.self, "row", self.row)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "at", self.at)
        writer.write(ProtoString.self, "node", self.node)
    }
}

extension AdminV1 {
    public struct WatchRequest: Message {
        public var query: AdminV1.Query?
        /// Time between two looks: 200 to 60000; 0 means 1000.
        public var intervalMs: UInt32 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.WatchRequest {
    public static let protoName = "fluxmq.admin.v1.WatchRequest"

    public enum FieldNumber {
        public static let query = 1
        public static let intervalMs = 2
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "query", jsonName: "query", kind: .message, typeName: "fluxmq.admin.v1.Query"),
        FieldDescriptor(
            number: 2, name: "interval_ms", jsonName: "intervalMs", kind: .uint32,
            comment: "Time between two looks: 200 to 60000; 0 means 1000."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 2: .uint(UInt64(self.intervalMs))
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<AdminV1.Query>.self, into: &self.query)
        case 2: try decoder.read(ProtoUInt32.self, into: &self.intervalMs)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt32.self, 2, self.intervalMs)
        encoder.writeOptional(MessageCoding<AdminV1.Query>.self, 1, self.query)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<AdminV1.Query>.self, into: &self.query)
        case 2: try reader.read(ProtoUInt32.self, into: &self.intervalMs)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeOptional(MessageCoding<AdminV1.Query>.self, "query", self.query)
        writer.write(ProtoUInt32.self, "intervalMs", self.intervalMs)
    }
}

extension AdminV1 {
    /// The first answer holds the whole result; each later one what changed since the one before. A client that reads too slowly gets
    /// fewer answers, each with all that changed in between: nothing is queued for it and nothing is lost.
    public struct WatchResponse: Message {
        /// 1, 2, 3 and so on.
        public var seq: UInt64 = 0
        /// Rows that are new, or of which a field changed; whole rows.
        public var changed: [AdminV1.Row] = []
        /// Ids of rows that are no longer part of the result.
        public var removed: [String] = []
        /// Ids of all rows of the result in their order, when it is not the one of the answer before.
        public var order: [String] = []
        public var total: UInt64 = 0
        public var totalMatched: UInt64 = 0
        public var totals: AdminV1.Row?
        public var at: Protobuf.Timestamp?
        /// Looks that were skipped since the answer before, because the client had not read it.
        public var skipped: UInt32 = 0
        /// CPU time that this answer cost the server's control loop; the slices of the shards come on top.
        public var costUs: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.WatchResponse {
    public static let protoName = "fluxmq.admin.v1.WatchResponse"

    public enum FieldNumber {
        public static let seq = 1
        public static let changed = 2
        public static let removed = 3
        public static let order = 4
        public static let total = 5
        public static let totalMatched = 6
        public static let totals = 7
        public static let at = 8
        public static let skipped = 9
        public static let costUs = 10
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "seq", jsonName: "seq", kind: .uint64, comment: "1, 2, 3 and so on."),
        FieldDescriptor(
            number: 2, name: "changed", jsonName: "changed", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.Row", comment: "Rows that are new, or of which a field changed; whole rows."
        ),
        FieldDescriptor(
            number: 3, name: "removed", jsonName: "removed", kind: .string, isRepeated: true,
            comment: "Ids of rows that are no longer part of the result."
        ),
        FieldDescriptor(
            number: 4, name: "order", jsonName: "order", kind: .string, isRepeated: true,
            comment: "Ids of all rows of the result in their order, when it is not the one of the answer before."
        ),
        FieldDescriptor(number: 5, name: "total", jsonName: "total", kind: .uint64),
        FieldDescriptor(number: 6, name: "total_matched", jsonName: "totalMatched", kind: .uint64),
        FieldDescriptor(number: 7, name: "totals", jsonName: "totals", kind: .message, typeName: "fluxmq.admin.v1.Row"),
        FieldDescriptor(number: 8, name: "at", jsonName: "at", kind: .message, typeName: "google.protobuf.Timestamp"),
        FieldDescriptor(
            number: 9, name: "skipped", jsonName: "skipped", kind: .uint32,
            comment: "Looks that were skipped since the answer before, because the client had not read it."
        ),
        FieldDescriptor(
            number: 10, name: "cost_us", jsonName: "costUs", kind: .uint64,
            comment: "CPU time that this answer cost the server's control loop; the slices of the shards come on top."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.seq)
        case 5: .uint(self.total)
        case 6: .uint(self.totalMatched)
        case 8: if let value = self.at { .timestamp(value) } else { .none }
        case 9: .uint(UInt64(self.skipped))
        case 10: .uint(self.costUs)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.seq)
        case 2: try decoder.read(MessageCoding<AdminV1.Row>.self, into: &self.changed)
        case 3: try decoder.read(ProtoString.self, into: &self.removed)
        case 4: try decoder.read(ProtoString.self, into: &self.order)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.total)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.totalMatched)
        case 7: try decoder.read(MessageCoding<AdminV1.Row>.self, into: &self.totals)
        case 8: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 9: try decoder.read(ProtoUInt32.self, into: &self.skipped)
        case 10: try decoder.read(ProtoUInt64.self, into: &self.costUs)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 10, self.costUs)
        encoder.write(ProtoUInt32.self, 9, self.skipped)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 8, self.at)
        encoder.writeOptional(MessageCoding<AdminV1.Row>.self, 7, self.totals)
        encoder.write(ProtoUInt64.self, 6, self.totalMatched)
        encoder.write(ProtoUInt64.self, 5, self.total)
        encoder.writeEach(ProtoString.self, 4, self.order)
        encoder.writeEach(ProtoString.self, 3, self.removed)
        encoder.writeEach(MessageCoding<AdminV1.Row>.self, 2, self.changed)
        encoder.write(ProtoUInt64.self, 1, self.seq)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.seq)
        case 2: try reader.read(MessageCoding<AdminV1.Row>.self, into: &self.changed)
        case 3: try reader.read(ProtoString.self, into: &self.removed)
        case 4: try reader.read(ProtoString.self, into: &self.order)
        case 5: try reader.read(ProtoUInt64.self, into: &self.total)
        case 6: try reader.read(ProtoUInt64.self, into: &self.totalMatched)
        case 7: try reader.read(MessageCoding<AdminV1.Row>.self, into: &self.totals)
        case 8: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 9: try reader.read(ProtoUInt32.self, into: &self.skipped)
        case 10: try reader.read(ProtoUInt64.self, into: &self.costUs)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "seq", self.seq)
        writer.writeEach(MessageCoding<AdminV1.Row>.self, "changed", self.changed)
        writer.writeEach(ProtoString.self, "removed", self.removed)
        writer.writeEach(ProtoString.self, "order", self.order)
        writer.write(ProtoUInt64.self, "total", self.total)
        writer.write(ProtoUInt64.self, "totalMatched", self.totalMatched)
        writer.writeOptional(MessageCoding<AdminV1.Row>.self, "totals", self.totals)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "at", self.at)
        writer.write(ProtoUInt32.self, "skipped", self.skipped)
        writer.write(ProtoUInt64.self, "costUs", self.costUs)
    }
}

extension AdminV1 {
    public struct SeriesRequest: Message {
        /// Empty means all.
        public var names: [String] = []
        /// 1, 10 or 60; 0 means 1.
        public var stepS: UInt32 = 0
        /// The newest points, at most; 0 means all there are.
        public var points: UInt32 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.SeriesRequest {
    public static let protoName = "fluxmq.admin.v1.SeriesRequest"

    public enum FieldNumber {
        public static let names = 1
        public static let stepS = 2
        public static let points = 3
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "names", jsonName: "names", kind: .string, isRepeated: true, comment: "Empty means all."
        ),
        FieldDescriptor(
            number: 2, name: "step_s", jsonName: "stepS", kind: .uint32, comment: "1, 10 or 60; 0 means 1."
        ),
        FieldDescriptor(
            number: 3, name: "points", jsonName: "points", kind: .uint32,
            comment: "The newest points, at most; 0 means all there are."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 2: .uint(UInt64(self.stepS))
        case 3: .uint(UInt64(self.points))
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.names)
        case 2: try decoder.read(ProtoUInt32.self, into: &self.stepS)
        case 3: try decoder.read(ProtoUInt32.self, into: &self.points)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt32.self, 3, self.points)
        encoder.write(ProtoUInt32.self, 2, self.stepS)
        encoder.writeEach(ProtoString.self, 1, self.names)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.names)
        case 2: try reader.read(ProtoUInt32.self, into: &self.stepS)
        case 3: try reader.read(ProtoUInt32.self, into: &self.points)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(ProtoString.self, "names", self.names)
        writer.write(ProtoUInt32.self, "stepS", self.stepS)
        writer.write(ProtoUInt32.self, "points", self.points)
    }
}

extension AdminV1 {
    public struct SeriesResponse: Message {
        public var series: [AdminV1.SeriesData] = []
        /// The time of each series' last point.
        public var at: Protobuf.Timestamp?
        public var stepS: UInt32 = 0
        public var bootID: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.SeriesResponse {
    public static let protoName = "fluxmq.admin.v1.SeriesResponse"

    public enum FieldNumber {
        public static let series = 1
        public static let at = 2
        public static let stepS = 3
        public static let bootID = 4
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "series", jsonName: "series", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.SeriesData"
        ),
        FieldDescriptor(
            number: 2, name: "at", jsonName: "at", kind: .message, typeName: "google.protobuf.Timestamp",
            comment: "The time of each series' last point."
        ),
        FieldDescriptor(number: 3, name: "step_s", jsonName: "stepS", kind: .uint32),
        FieldDescriptor(number: 4, name: "boot_id", jsonName: "bootId", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 2: if let value = self.at { .timestamp(value) } else { .none }
        case 3: .uint(UInt64(self.stepS))
        case 4: .string(self.bootID)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<AdminV1.SeriesData>.self, into: &self.series)
        case 2: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try decoder.read(ProtoUInt32.self, into: &self.stepS)
        case 4: try decoder.read(ProtoString.self, into: &self.bootID)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 4, self.bootID)
        encoder.write(ProtoUInt32.self, 3, self.stepS)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 2, self.at)
        encoder.writeEach(MessageCoding<AdminV1.SeriesData>.self, 1, self.series)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<AdminV1.SeriesData>.self, into: &self.series)
        case 2: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try reader.read(ProtoUInt32.self, into: &self.stepS)
        case 4: try reader.read(ProtoString.self, into: &self.bootID)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(MessageCoding<AdminV1.SeriesData>.self, "series", self.series)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "at", self.at)
        writer.write(ProtoUInt32.self, "stepS", self.stepS)
        writer.write(ProtoString.self, "bootId", self.bootID)
    }
}

extension AdminV1 {
    public struct SeriesData: Message {
        public var name: String = ""
        public var unit: String = ""
        /// Oldest first, one per step; shorter than asked for while the server is young, NaN where it was too busy to look.
        public var values: [Double] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.SeriesData {
    public static let protoName = "fluxmq.admin.v1.SeriesData"

    public enum FieldNumber {
        public static let name = 1
        public static let unit = 2
        public static let values = 3
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "name", jsonName: "name", kind: .string),
        FieldDescriptor(number: 2, name: "unit", jsonName: "unit", kind: .string),
        FieldDescriptor(
            number: 3, name: "values", jsonName: "values", kind: .double, isRepeated: true,
            comment: "Oldest first, one per step; shorter than asked for while the server is young, NaN where it was too busy to look."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.name)
        case 2: .string(self.unit)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.read(ProtoString.self, into: &self.unit)
        case 3: try decoder.read(ProtoDouble.self, into: &self.values)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writePacked(ProtoDouble.self, 3, self.values)
        encoder.write(ProtoString.self, 2, self.unit)
        encoder.write(ProtoString.self, 1, self.name)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.name)
        case 2: try reader.read(ProtoString.self, into: &self.unit)
        case 3: try reader.read(ProtoDouble.self, into: &self.values)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "name", self.name)
        writer.write(ProtoString.self, "unit", self.unit)
        writer.writeEach(ProtoDouble.self, "values", self.values)
    }
}

extension AdminV1 {
    public struct DoRequest: Message {
        public var kind: AdminV1.Kind = .unspecified
        /// One row by its id, or all that the filter matches; not both. The verbs check, diff and reload of KIND_CONFIG are about the
        /// configuration as a whole and take neither; add of KIND_BAN, KIND_QUEUE and KIND_GROUP takes the id of a row that need not be
        /// there yet.
        public var id: String = ""
        public var filter: String = ""
        /// One of KindInfo.verbs.
        public var verb: String = ""
        /// check takes "text", a configuration to look at, and "name", what errors call it; set takes "value"; add of KIND_BAN takes
        /// "for_ms", how long.
        public var arguments: [String: String] = [:]
        /// Say what would change, and change nothing.
        public var dryRun: Bool = false
        /// The row's version that the caller saw; ABORTED when it is another by now.
        public var ifVersion: String = ""
        /// For the audit events.
        public var reason: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.DoRequest {
    public static let protoName = "fluxmq.admin.v1.DoRequest"

    public enum FieldNumber {
        public static let kind = 1
        public static let id = 2
        public static let filter = 3
        public static let verb = 4
        public static let arguments = 5
        public static let dryRun = 6
        public static let ifVersion = 7
        public static let reason = 8
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "kind", jsonName: "kind", kind: .enumeration, typeName: "fluxmq.admin.v1.Kind"
        ),
        FieldDescriptor(
            number: 2, name: "id", jsonName: "id", kind: .string,
            comment: "One row by its id, or all that the filter matches; not both. The verbs check, diff and reload of KIND_CONFIG are about the configuration as a whole and take neither; add of KIND_BAN, KIND_QUEUE and KIND_GROUP takes the id of a row that need not be there yet."
        ),
        FieldDescriptor(number: 3, name: "filter", jsonName: "filter", kind: .string),
        FieldDescriptor(number: 4, name: "verb", jsonName: "verb", kind: .string, comment: "One of KindInfo.verbs."),
        FieldDescriptor(
            number: 5, name: "arguments", jsonName: "arguments", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.admin.v1.DoRequest.ArgumentsEntry",
            comment: "check takes \"text\", a configuration to look at, and \"name\", what errors call it; set takes \"value\"; add of KIND_BAN takes \"for_ms\", how long."
        ),
        FieldDescriptor(
            number: 6, name: "dry_run", jsonName: "dryRun", kind: .bool,
            comment: "Say what would change, and change nothing."
        ),
        FieldDescriptor(
            number: 7, name: "if_version", jsonName: "ifVersion", kind: .string,
            comment: "The row's version that the caller saw; ABORTED when it is another by now."
        ),
        FieldDescriptor(number: 8, name: "reason", jsonName: "reason", kind: .string, comment: "For the audit events."),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .enumeration(self.kind.name)
        case 2: .string(self.id)
        case 3: .string(self.filter)
        case 4: .string(self.verb)
        case 6: .bool(self.dryRun)
        case 7: .string(self.ifVersion)
        case 8: .string(self.reason)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try decoder.read(ProtoString.self, into: &self.id)
        case 3: try decoder.read(ProtoString.self, into: &self.filter)
        case 4: try decoder.read(ProtoString.self, into: &self.verb)
        case 5: try decoder.read(ProtoString.self, ProtoString.self, into: &self.arguments)
        case 6: try decoder.read(ProtoBool.self, into: &self.dryRun)
        case 7: try decoder.read(ProtoString.self, into: &self.ifVersion)
        case 8: try decoder.read(ProtoString.self, into: &self.reason)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 8, self.reason)
        encoder.write(ProtoString.self, 7, self.ifVersion)
        encoder.write(ProtoBool.self, 6, self.dryRun)
        encoder.writeMap(ProtoString.self, ProtoString.self, 5, self.arguments)
        encoder.write(ProtoString.self, 4, self.verb)
        encoder.write(ProtoString.self, 3, self.filter)
        encoder.write(ProtoString.self, 2, self.id)
        encoder.write(EnumCoding<AdminV1.Kind>.self, 1, self.kind)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 2: try reader.read(ProtoString.self, into: &self.id)
        case 3: try reader.read(ProtoString.self, into: &self.filter)
        case 4: try reader.read(ProtoString.self, into: &self.verb)
        case 5: try reader.read(ProtoString.self, ProtoString.self, into: &self.arguments)
        case 6: try reader.read(ProtoBool.self, into: &self.dryRun)
        case 7: try reader.read(ProtoString.self, into: &self.ifVersion)
        case 8: try reader.read(ProtoString.self, into: &self.reason)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(EnumCoding<AdminV1.Kind>.self, "kind", self.kind)
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "filter", self.filter)
        writer.write(ProtoString.self, "verb", self.verb)
        writer.writeMap(ProtoString.self, ProtoString.self, "arguments", self.arguments)
        writer.write(ProtoBool.self, "dryRun", self.dryRun)
        writer.write(ProtoString.self, "ifVersion", self.ifVersion)
        writer.write(ProtoString.self, "reason", self.reason)
    }
}

extension AdminV1 {
    public struct DoResponse: Message {
        public var affected: UInt64 = 0
        /// Ids of the rows, the first 100.
        public var ids: [String] = []
        public var dryRun: Bool = false
        /// One sentence about what was done.
        public var message: String = ""
        /// What changes from what to what, for verbs that change settings.
        public var changes: [AdminV1.Change] = []
        /// What is allowed and should not go unnoticed, one sentence each, for verbs of KIND_CONFIG.
        public var warnings: [String] = []
        /// What the repair of a queue gives up, file by file; empty when nothing is damaged.
        public var losses: [AdminV1.Loss] = []
        /// What was taken from a queue and is shown, for its verb get.
        public var messages: [AdminV1.QueueMessage] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.DoResponse {
    public static let protoName = "fluxmq.admin.v1.DoResponse"

    public enum FieldNumber {
        public static let affected = 1
        public static let ids = 2
        public static let dryRun = 3
        public static let message = 4
        public static let changes = 5
        public static let warnings = 6
        public static let losses = 7
        public static let messages = 8
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "affected", jsonName: "affected", kind: .uint64),
        FieldDescriptor(
            number: 2, name: "ids", jsonName: "ids", kind: .string, isRepeated: true,
            comment: "Ids of the rows, the first 100."
        ),
        FieldDescriptor(number: 3, name: "dry_run", jsonName: "dryRun", kind: .bool),
        FieldDescriptor(
            number: 4, name: "message", jsonName: "message", kind: .string, comment: "One sentence about what was done."
        ),
        FieldDescriptor(
            number: 5, name: "changes", jsonName: "changes", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.Change",
            comment: "What changes from what to what, for verbs that change settings."
        ),
        FieldDescriptor(
            number: 6, name: "warnings", jsonName: "warnings", kind: .string, isRepeated: true,
            comment: "What is allowed and should not go unnoticed, one sentence each, for verbs of KIND_CONFIG."
        ),
        FieldDescriptor(
            number: 7, name: "losses", jsonName: "losses", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.Loss",
            comment: "What the repair of a queue gives up, file by file; empty when nothing is damaged."
        ),
        FieldDescriptor(
            number: 8, name: "messages", jsonName: "messages", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.QueueMessage",
            comment: "What was taken from a queue and is shown, for its verb get."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.affected)
        case 3: .bool(self.dryRun)
        case 4: .string(self.message)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.affected)
        case 2: try decoder.read(ProtoString.self, into: &self.ids)
        case 3: try decoder.read(ProtoBool.self, into: &self.dryRun)
        case 4: try decoder.read(ProtoString.self, into: &self.message)
        case 5: try decoder.read(MessageCoding<AdminV1.Change>.self, into: &self.changes)
        case 6: try decoder.read(ProtoString.self, into: &self.warnings)
        case 7: try decoder.read(MessageCoding<AdminV1.Loss>.self, into: &self.losses)
        case 8: try decoder.read(MessageCoding<AdminV1.QueueMessage>.self, into: &self.messages)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(MessageCoding<AdminV1.QueueMessage>.self, 8, self.messages)
        encoder.writeEach(MessageCoding<AdminV1.Loss>.self, 7, self.losses)
        encoder.writeEach(ProtoString.self, 6, self.warnings)
        encoder.writeEach(MessageCoding<AdminV1.Change>.self, 5, self.changes)
        encoder.write(ProtoString.self, 4, self.message)
        encoder.write(ProtoBool.self, 3, self.dryRun)
        encoder.writeEach(ProtoString.self, 2, self.ids)
        encoder.write(ProtoUInt64.self, 1, self.affected)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.affected)
        case 2: try reader.read(ProtoString.self, into: &self.ids)
        case 3: try reader.read(ProtoBool.self, into: &self.dryRun)
        case 4: try reader.read(ProtoString.self, into: &self.message)
        case 5: try reader.read(MessageCoding<AdminV1.Change>.self, into: &self.changes)
        case 6: try reader.read(ProtoString.self, into: &self.warnings)
        case 7: try reader.read(MessageCoding<AdminV1.Loss>.self, into: &self.losses)
        case 8: try reader.read(MessageCoding<AdminV1.QueueMessage>.self, into: &self.messages)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "affected", self.affected)
        writer.writeEach(ProtoString.self, "ids", self.ids)
        writer.write(ProtoBool.self, "dryRun", self.dryRun)
        writer.write(ProtoString.self, "message", self.message)
        writer.writeEach(MessageCoding<AdminV1.Change>.self, "changes", self.changes)
        writer.writeEach(ProtoString.self, "warnings", self.warnings)
        writer.writeEach(MessageCoding<AdminV1.Loss>.self, "losses", self.losses)
        writer.writeEach(MessageCoding<AdminV1.QueueMessage>.self, "messages", self.messages)
    }
}

extension AdminV1 {
    /// What is damaged in one file of a queue's logs, and left out by its repair.
    public struct Loss: Message {
        /// What the log holds: "messages", "messages of priority 3", "what its groups did", "delayed messages".
        public var log: String = ""
        /// Below storage.dir.
        public var file: String = ""
        /// Messages, or records of what groups did, that are gone: those with these offsets in their log.
        public var records: UInt64 = 0
        public var offsets: [AdminV1.OffsetRange] = []
        /// Of the file that are left out.
        public var bytes: UInt64 = 0
        /// What was found first.
        public var reason: String = ""
        /// Where the file is kept as it was; empty before the repair, and for a file that is missing.
        public var kept: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Loss {
    public static let protoName = "fluxmq.admin.v1.Loss"

    public enum FieldNumber {
        public static let log = 1
        public static let file = 2
        public static let records = 3
        public static let offsets = 4
        public static let bytes = 5
        public static let reason = 6
        public static let kept = 7
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "log", jsonName: "log", kind: .string,
            comment: "What the log holds: \"messages\", \"messages of priority 3\", \"what its groups did\", \"delayed messages\"."
        ),
        FieldDescriptor(number: 2, name: "file", jsonName: "file", kind: .string, comment: "Below storage.dir."),
        FieldDescriptor(
            number: 3, name: "records", jsonName: "records", kind: .uint64,
            comment: "Messages, or records of what groups did, that are gone: those with these offsets in their log."
        ),
        FieldDescriptor(
            number: 4, name: "offsets", jsonName: "offsets", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.OffsetRange"
        ),
        FieldDescriptor(
            number: 5, name: "bytes", jsonName: "bytes", kind: .uint64, comment: "Of the file that are left out."
        ),
        FieldDescriptor(number: 6, name: "reason", jsonName: "reason", kind: .string, comment: "What was found first."),
        FieldDescriptor(
            number: 7, name: "kept", jsonName: "kept", kind: .string,
            comment: "Where the file is kept as it was; empty before the repair, and for a file that is missing."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.log)
        case 2: .string(self.file)
        case 3: .uint(self.records)
        case 5: .uint(self.bytes)
        case 6: .string(self.reason)
        case 7: .string(self.kept)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.log)
        case 2: try decoder.read(ProtoString.self, into: &self.file)
        case 3: try decoder.read(ProtoUInt64.self, into: &self.records)
        case 4: try decoder.read(MessageCoding<AdminV1.OffsetRange>.self, into: &self.offsets)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.bytes)
        case 6: try decoder.read(ProtoString.self, into: &self.reason)
        case 7: try decoder.read(ProtoString.self, into: &self.kept)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 7, self.kept)
        encoder.write(ProtoString.self, 6, self.reason)
        encoder.write(ProtoUInt64.self, 5, self.bytes)
        encoder.writeEach(MessageCoding<AdminV1.OffsetRange>.self, 4, self.offsets)
        encoder.write(ProtoUInt64.self, 3, self.records)
        encoder.write(ProtoString.self, 2, self.file)
        encoder.write(ProtoString.self, 1, self.log)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.log)
        case 2: try reader.read(ProtoString.self, into: &self.file)
        case 3: try reader.read(ProtoUInt64.self, into: &self.records)
        case 4: try reader.read(MessageCoding<AdminV1.OffsetRange>.self, into: &self.offsets)
        case 5: try reader.read(ProtoUInt64.self, into: &self.bytes)
        case 6: try reader.read(ProtoString.self, into: &self.reason)
        case 7: try reader.read(ProtoString.self, into: &self.kept)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "log", self.log)
        writer.write(ProtoString.self, "file", self.file)
        writer.write(ProtoUInt64.self, "records", self.records)
        writer.writeEach(MessageCoding<AdminV1.OffsetRange>.self, "offsets", self.offsets)
        writer.write(ProtoUInt64.self, "bytes", self.bytes)
        writer.write(ProtoString.self, "reason", self.reason)
        writer.write(ProtoString.self, "kept", self.kept)
    }
}

extension AdminV1 {
    public struct OffsetRange: Message {
        public var first: UInt64 = 0
        public var last: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.OffsetRange {
    public static let protoName = "fluxmq.admin.v1.OffsetRange"

    public enum FieldNumber {
        public static let first = 1
        public static let last = 2
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "first", jsonName: "first", kind: .uint64),
        FieldDescriptor(number: 2, name: "last", jsonName: "last", kind: .uint64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.first)
        case 2: .uint(self.last)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.first)
        case 2: try decoder.read(ProtoUInt64.self, into: &self.last)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 2, self.last)
        encoder.write(ProtoUInt64.self, 1, self.first)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.first)
        case 2: try reader.read(ProtoUInt64.self, into: &self.last)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "first", self.first)
        writer.write(ProtoUInt64.self, "last", self.last)
    }
}

extension AdminV1 {
    public struct Change: Message {
        public var key: String = ""
        public var from: String = ""
        public var to: String = ""
        /// "live", "restart" (needs one, and does not apply before), "rejected"; "kept", of a queue: it keeps its stored value, and to is
        /// the file's; or "read", of a reload: the file that the key names was read again, and from and to say what it held, "12 users".
        public var effect: String = ""
        /// The file that was read; of a queue, why.
        public var note: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Change {
    public static let protoName = "fluxmq.admin.v1.Change"

    public enum FieldNumber {
        public static let key = 1
        public static let from = 2
        public static let to = 3
        public static let effect = 4
        public static let note = 5
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "key", jsonName: "key", kind: .string),
        FieldDescriptor(number: 2, name: "from", jsonName: "from", kind: .string),
        FieldDescriptor(number: 3, name: "to", jsonName: "to", kind: .string),
        FieldDescriptor(
            number: 4, name: "effect", jsonName: "effect", kind: .string,
            comment: "\"live\", \"restart\" (needs one, and does not apply before), \"rejected\"; \"kept\", of a queue: it keeps its stored value, and to is the file's; or \"read\", of a reload: the file that the key names was read again, and from and to say what it held, \"12 users\"."
        ),
        FieldDescriptor(
            number: 5, name: "note", jsonName: "note", kind: .string,
            comment: "The file that was read; of a queue, why."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.key)
        case 2: .string(self.from)
        case 3: .string(self.to)
        case 4: .string(self.effect)
        case 5: .string(self.note)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.key)
        case 2: try decoder.read(ProtoString.self, into: &self.from)
        case 3: try decoder.read(ProtoString.self, into: &self.to)
        case 4: try decoder.read(ProtoString.self, into: &self.effect)
        case 5: try decoder.read(ProtoString.self, into: &self.note)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 5, self.note)
        encoder.write(ProtoString.self, 4, self.effect)
        encoder.write(ProtoString.self, 3, self.to)
        encoder.write(ProtoString.self, 2, self.from)
        encoder.write(ProtoString.self, 1, self.key)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.key)
        case 2: try reader.read(ProtoString.self, into: &self.from)
        case 3: try reader.read(ProtoString.self, into: &self.to)
        case 4: try reader.read(ProtoString.self, into: &self.effect)
        case 5: try reader.read(ProtoString.self, into: &self.note)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "key", self.key)
        writer.write(ProtoString.self, "from", self.from)
        writer.write(ProtoString.self, "to", self.to)
        writer.write(ProtoString.self, "effect", self.effect)
        writer.write(ProtoString.self, "note", self.note)
    }
}

extension AdminV1 {
    public struct EventsRequest: Message {
        /// The first sequence number wanted; 0 means that `last` decides.
        public var fromSeq: UInt64 = 0
        /// So many of the newest, when from_seq is 0.
        public var last: UInt32 = 0
        /// Go on with what happens from now on, until the call is cancelled.
        public var follow: Bool = false
        public var minLevel: AdminV1.Level = .unspecified
        /// Over the fields of Event. An attribute is a field too: attributes.topic, and for short user, client, address and listener.
        public var filter: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.EventsRequest {
    public static let protoName = "fluxmq.admin.v1.EventsRequest"

    public enum FieldNumber {
        public static let fromSeq = 1
        public static let last = 2
        public static let follow = 3
        public static let minLevel = 4
        public static let filter = 5
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "from_seq", jsonName: "fromSeq", kind: .uint64,
            comment: "The first sequence number wanted; 0 means that `last` decides."
        ),
        FieldDescriptor(
            number: 2, name: "last", jsonName: "last", kind: .uint32,
            comment: "So many of the newest, when from_seq is 0."
        ),
        FieldDescriptor(
            number: 3, name: "follow", jsonName: "follow", kind: .bool,
            comment: "Go on with what happens from now on, until the call is cancelled."
        ),
        FieldDescriptor(
            number: 4, name: "min_level", jsonName: "minLevel", kind: .enumeration, typeName: "fluxmq.admin.v1.Level"
        ),
        FieldDescriptor(
            number: 5, name: "filter", jsonName: "filter", kind: .string,
            comment: "Over the fields of Event. An attribute is a field too: attributes.topic, and for short user, client, address and listener."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.fromSeq)
        case 2: .uint(UInt64(self.last))
        case 3: .bool(self.follow)
        case 4: .enumeration(self.minLevel.name)
        case 5: .string(self.filter)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.fromSeq)
        case 2: try decoder.read(ProtoUInt32.self, into: &self.last)
        case 3: try decoder.read(ProtoBool.self, into: &self.follow)
        case 4: try decoder.read(EnumCoding<AdminV1.Level>.self, into: &self.minLevel)
        case 5: try decoder.read(ProtoString.self, into: &self.filter)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 5, self.filter)
        encoder.write(EnumCoding<AdminV1.Level>.self, 4, self.minLevel)
        encoder.write(ProtoBool.self, 3, self.follow)
        encoder.write(ProtoUInt32.self, 2, self.last)
        encoder.write(ProtoUInt64.self, 1, self.fromSeq)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.fromSeq)
        case 2: try reader.read(ProtoUInt32.self, into: &self.last)
        case 3: try reader.read(ProtoBool.self, into: &self.follow)
        case 4: try reader.read(EnumCoding<AdminV1.Level>.self, into: &self.minLevel)
        case 5: try reader.read(ProtoString.self, into: &self.filter)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "fromSeq", self.fromSeq)
        writer.write(ProtoUInt32.self, "last", self.last)
        writer.write(ProtoBool.self, "follow", self.follow)
        writer.write(EnumCoding<AdminV1.Level>.self, "minLevel", self.minLevel)
        writer.write(ProtoString.self, "filter", self.filter)
    }
}

extension AdminV1 {
    public struct EventsResponse: Message {
        public var events: [AdminV1.Event] = []
        /// Events from the wanted one on that are no longer kept.
        public var lost: UInt64 = 0
        /// To go on later: from_seq of the next call.
        public var nextSeq: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.EventsResponse {
    public static let protoName = "fluxmq.admin.v1.EventsResponse"

    public enum FieldNumber {
        public static let events = 1
        public static let lost = 2
        public static let nextSeq = 3
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "events", jsonName: "events", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.Event"
        ),
        FieldDescriptor(
            number: 2, name: "lost", jsonName: "lost", kind: .uint64,
            comment: "Events from the wanted one on that are no longer kept."
        ),
        FieldDescriptor(
            number: 3, name: "next_seq", jsonName: "nextSeq", kind: .uint64,
            comment: "To go on later: from_seq of the next call."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 2: .uint(self.lost)
        case 3: .uint(self.nextSeq)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<AdminV1.Event>.self, into: &self.events)
        case 2: try decoder.read(ProtoUInt64.self, into: &self.lost)
        case 3: try decoder.read(ProtoUInt64.self, into: &self.nextSeq)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 3, self.nextSeq)
        encoder.write(ProtoUInt64.self, 2, self.lost)
        encoder.writeEach(MessageCoding<AdminV1.Event>.self, 1, self.events)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<AdminV1.Event>.self, into: &self.events)
        case 2: try reader.read(ProtoUInt64.self, into: &self.lost)
        case 3: try reader.read(ProtoUInt64.self, into: &self.nextSeq)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(MessageCoding<AdminV1.Event>.self, "events", self.events)
        writer.write(ProtoUInt64.self, "lost", self.lost)
        writer.write(ProtoUInt64.self, "nextSeq", self.nextSeq)
    }
}

extension AdminV1 {
    public struct Event: Message {
        public var seq: UInt64 = 0
        public var at: Protobuf.Timestamp?
        public var level: AdminV1.Level = .unspecified
        /// "connection.opened", ".closed", ".refused", ".handshake_failed", ".transport_failed", ".protocol_error", ".write_timeout";
        /// "session.taken_over"; "acl.denied", ".revoked"; "limit.met"; "address.banned"; "listener.out_of_descriptors";
        /// "broker.started", ".stopping"; "admin.do". docs/operations.md says when, with which subject and attributes.
        public var kind: String = ""
        /// What it happened to: a client identifier, a listener's name.
        public var subject: String = ""
        public var text: String = ""
        /// Who did it, for audit events.
        public var identity: String = ""
        public var node: String = ""
        public var attributes: [String: String] = [:]
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Event {
    public static let protoName = "fluxmq.admin.v1.Event"

    public enum FieldNumber {
        public static let seq = 1
        public static let at = 2
        public static let level = 3
        public static let kind = 4
        public static let subject = 5
        public static let text = 6
        public static let identity = 7
        public static let node = 8
        public static let attributes = 9
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "seq", jsonName: "seq", kind: .uint64),
        FieldDescriptor(number: 2, name: "at", jsonName: "at", kind: .message, typeName: "google.protobuf.Timestamp"),
        FieldDescriptor(
            number: 3, name: "level", jsonName: "level", kind: .enumeration, typeName: "fluxmq.admin.v1.Level"
        ),
        FieldDescriptor(
            number: 4, name: "kind", jsonName: "kind", kind: .string,
            comment: "\"connection.opened\", \".closed\", \".refused\", \".handshake_failed\", \".transport_failed\", \".protocol_error\", \".write_timeout\"; \"session.taken_over\"; \"acl.denied\", \".revoked\"; \"limit.met\"; \"address.banned\"; \"listener.out_of_descriptors\"; \"broker.started\", \".stopping\"; \"admin.do\". docs/operations.md says when, with which subject and attributes."
        ),
        FieldDescriptor(
            number: 5, name: "subject", jsonName: "subject", kind: .string,
            comment: "What it happened to: a client identifier, a listener's name."
        ),
        FieldDescriptor(number: 6, name: "text", jsonName: "text", kind: .string),
        FieldDescriptor(
            number: 7, name: "identity", jsonName: "identity", kind: .string, comment: "Who did it, for audit events."
        ),
        FieldDescriptor(number: 8, name: "node", jsonName: "node", kind: .string),
        FieldDescriptor(
            number: 9, name: "attributes", jsonName: "attributes", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.admin.v1.Event.AttributesEntry"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.seq)
        case 2: if let value = self.at { .timestamp(value) } else { .none }
        case 3: .enumeration(self.level.name)
        case 4: .string(self.kind)
        case 5: .string(self.subject)
        case 6: .string(self.text)
        case 7: .string(self.identity)
        case 8: .string(self.node)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.seq)
        case 2: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try decoder.read(EnumCoding<AdminV1.Level>.self, into: &self.level)
        case 4: try decoder.read(ProtoString.self, into: &self.kind)
        case 5: try decoder.read(ProtoString.self, into: &self.subject)
        case 6: try decoder.read(ProtoString.self, into: &self.text)
        case 7: try decoder.read(ProtoString.self, into: &self.identity)
        case 8: try decoder.read(ProtoString.self, into: &self.node)
        case 9: try decoder.read(ProtoString.self, ProtoString.self, into: &self.attributes)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeMap(ProtoString.self, ProtoString.self, 9, self.attributes)
        encoder.write(ProtoString.self, 8, self.node)
        encoder.write(ProtoString.self, 7, self.identity)
        encoder.write(ProtoString.self, 6, self.text)
        encoder.write(ProtoString.self, 5, self.subject)
        encoder.write(ProtoString.self, 4, self.kind)
        encoder.write(EnumCoding<AdminV1.Level>.self, 3, self.level)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 2, self.at)
        encoder.write(ProtoUInt64.self, 1, self.seq)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.seq)
        case 2: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try reader.read(EnumCoding<AdminV1.Level>.self, into: &self.level)
        case 4: try reader.read(ProtoString.self, into: &self.kind)
        case 5: try reader.read(ProtoString.self, into: &self.subject)
        case 6: try reader.read(ProtoString.self, into: &self.text)
        case 7: try reader.read(ProtoString.self, into: &self.identity)
        case 8: try reader.read(ProtoString.self, into: &self.node)
        case 9: try reader.read(ProtoString.self, ProtoString.self, into: &self.attributes)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "seq", self.seq)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "at", self.at)
        writer.write(EnumCoding<AdminV1.Level>.self, "level", self.level)
        writer.write(ProtoString.self, "kind", self.kind)
        writer.write(ProtoString.self, "subject", self.subject)
        writer.write(ProtoString.self, "text", self.text)
        writer.write(ProtoString.self, "identity", self.identity)
        writer.write(ProtoString.self, "node", self.node)
        writer.writeMap(ProtoString.self, ProtoString.self, "attributes", self.attributes)
    }
}

extension AdminV1 {
    public struct LogRequest: Message {
        public var fromSeq: UInt64 = 0
        public var last: UInt32 = 0
        public var follow: Bool = false
        public var minLevel: AdminV1.Level = .unspecified
        /// Over the fields of LogRecord, and what it carries: metadata.listener.
        public var filter: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.LogRequest {
    public static let protoName = "fluxmq.admin.v1.LogRequest"

    public enum FieldNumber {
        public static let fromSeq = 1
        public static let last = 2
        public static let follow = 3
        public static let minLevel = 4
        public static let filter = 5
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "from_seq", jsonName: "fromSeq", kind: .uint64),
        FieldDescriptor(number: 2, name: "last", jsonName: "last", kind: .uint32),
        FieldDescriptor(number: 3, name: "follow", jsonName: "follow", kind: .bool),
        FieldDescriptor(
            number: 4, name: "min_level", jsonName: "minLevel", kind: .enumeration, typeName: "fluxmq.admin.v1.Level"
        ),
        FieldDescriptor(
            number: 5, name: "filter", jsonName: "filter", kind: .string,
            comment: "Over the fields of LogRecord, and what it carries: metadata.listener."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.fromSeq)
        case 2: .uint(UInt64(self.last))
        case 3: .bool(self.follow)
        case 4: .enumeration(self.minLevel.name)
        case 5: .string(self.filter)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.fromSeq)
        case 2: try decoder.read(ProtoUInt32.self, into: &self.last)
        case 3: try decoder.read(ProtoBool.self, into: &self.follow)
        case 4: try decoder.read(EnumCoding<AdminV1.Level>.self, into: &self.minLevel)
        case 5: try decoder.read(ProtoString.self, into: &self.filter)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 5, self.filter)
        encoder.write(EnumCoding<AdminV1.Level>.self, 4, self.minLevel)
        encoder.write(ProtoBool.self, 3, self.follow)
        encoder.write(ProtoUInt32.self, 2, self.last)
        encoder.write(ProtoUInt64.self, 1, self.fromSeq)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.fromSeq)
        case 2: try reader.read(ProtoUInt32.self, into: &self.last)
        case 3: try reader.read(ProtoBool.self, into: &self.follow)
        case 4: try reader.read(EnumCoding<AdminV1.Level>.self, into: &self.minLevel)
        case 5: try reader.read(ProtoString.self, into: &self.filter)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "fromSeq", self.fromSeq)
        writer.write(ProtoUInt32.self, "last", self.last)
        writer.write(ProtoBool.self, "follow", self.follow)
        writer.write(EnumCoding<AdminV1.Level>.self, "minLevel", self.minLevel)
        writer.write(ProtoString.self, "filter", self.filter)
    }
}

extension AdminV1 {
    public struct LogResponse: Message {
        public var records: [AdminV1.LogRecord] = []
        public var lost: UInt64 = 0
        public var nextSeq: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.LogResponse {
    public static let protoName = "fluxmq.admin.v1.LogResponse"

    public enum FieldNumber {
        public static let records = 1
        public static let lost = 2
        public static let nextSeq = 3
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "records", jsonName: "records", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.LogRecord"
        ),
        FieldDescriptor(number: 2, name: "lost", jsonName: "lost", kind: .uint64),
        FieldDescriptor(number: 3, name: "next_seq", jsonName: "nextSeq", kind: .uint64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 2: .uint(self.lost)
        case 3: .uint(self.nextSeq)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(MessageCoding<AdminV1.LogRecord>.self, into: &self.records)
        case 2: try decoder.read(ProtoUInt64.self, into: &self.lost)
        case 3: try decoder.read(ProtoUInt64.self, into: &self.nextSeq)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 3, self.nextSeq)
        encoder.write(ProtoUInt64.self, 2, self.lost)
        encoder.writeEach(MessageCoding<AdminV1.LogRecord>.self, 1, self.records)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(MessageCoding<AdminV1.LogRecord>.self, into: &self.records)
        case 2: try reader.read(ProtoUInt64.self, into: &self.lost)
        case 3: try reader.read(ProtoUInt64.self, into: &self.nextSeq)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.writeEach(MessageCoding<AdminV1.LogRecord>.self, "records", self.records)
        writer.write(ProtoUInt64.self, "lost", self.lost)
        writer.write(ProtoUInt64.self, "nextSeq", self.nextSeq)
    }
}

extension AdminV1 {
    public struct LogRecord: Message {
        public var seq: UInt64 = 0
        public var at: Protobuf.Timestamp?
        public var level: AdminV1.Level = .unspecified
        public var message: String = ""
        public var metadata: [String: String] = [:]
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.LogRecord {
    public static let protoName = "fluxmq.admin.v1.LogRecord"

    public enum FieldNumber {
        public static let seq = 1
        public static let at = 2
        public static let level = 3
        public static let message = 4
        public static let metadata = 5
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "seq", jsonName: "seq", kind: .uint64),
        FieldDescriptor(number: 2, name: "at", jsonName: "at", kind: .message, typeName: "google.protobuf.Timestamp"),
        FieldDescriptor(
            number: 3, name: "level", jsonName: "level", kind: .enumeration, typeName: "fluxmq.admin.v1.Level"
        ),
        FieldDescriptor(number: 4, name: "message", jsonName: "message", kind: .string),
        FieldDescriptor(
            number: 5, name: "metadata", jsonName: "metadata", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.admin.v1.LogRecord.MetadataEntry"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.seq)
        case 2: if let value = self.at { .timestamp(value) } else { .none }
        case 3: .enumeration(self.level.name)
        case 4: .string(self.message)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.seq)
        case 2: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try decoder.read(EnumCoding<AdminV1.Level>.self, into: &self.level)
        case 4: try decoder.read(ProtoString.self, into: &self.message)
        case 5: try decoder.read(ProtoString.self, ProtoString.self, into: &self.metadata)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeMap(ProtoString.self, ProtoString.self, 5, self.metadata)
        encoder.write(ProtoString.self, 4, self.message)
        encoder.write(EnumCoding<AdminV1.Level>.self, 3, self.level)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 2, self.at)
        encoder.write(ProtoUInt64.self, 1, self.seq)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.seq)
        case 2: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.at)
        case 3: try reader.read(EnumCoding<AdminV1.Level>.self, into: &self.level)
        case 4: try reader.read(ProtoString.self, into: &self.message)
        case 5: try reader.read(ProtoString.self, ProtoString.self, into: &self.metadata)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "seq", self.seq)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "at", self.at)
        writer.write(EnumCoding<AdminV1.Level>.self, "level", self.level)
        writer.write(ProtoString.self, "message", self.message)
        writer.writeMap(ProtoString.self, ProtoString.self, "metadata", self.metadata)
    }
}

extension AdminV1 {
    /// In the details of an error status, where there is more to say than its code does.
    public struct ErrorDetail: Message {
        /// Stable and for programs: "not_found", "bad_filter", "unknown_field", "read_only".
        public var code: String = ""
        public var kind: AdminV1.Kind = .unspecified
        public var id: String = ""
        /// What was probably meant.
        public var hint: String = ""
        /// Bytes before the place in the filter that is wrong.
        public var offset: UInt32?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.ErrorDetail {
    public static let protoName = "fluxmq.admin.v1.ErrorDetail"

    public enum FieldNumber {
        public static let code = 1
        public static let kind = 2
        public static let id = 3
        public static let hint = 4
        public static let offset = 5
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "code", jsonName: "code", kind: .string,
            comment: "Stable and for programs: \"not_found\", \"bad_filter\", \"unknown_field\", \"read_only\"."
        ),
        FieldDescriptor(
            number: 2, name: "kind", jsonName: "kind", kind: .enumeration, typeName: "fluxmq.admin.v1.Kind"
        ),
        FieldDescriptor(number: 3, name: "id", jsonName: "id", kind: .string),
        FieldDescriptor(number: 4, name: "hint", jsonName: "hint", kind: .string, comment: "What was probably meant."),
        FieldDescriptor(
            number: 5, name: "offset", jsonName: "offset", kind: .uint32, isOptional: true,
            comment: "Bytes before the place in the filter that is wrong."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.code)
        case 2: .enumeration(self.kind.name)
        case 3: .string(self.id)
        case 4: .string(self.hint)
        case 5: if let value = self.offset { .uint(UInt64(value)) } else { .none }
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.code)
        case 2: try decoder.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 3: try decoder.read(ProtoString.self, into: &self.id)
        case 4: try decoder.read(ProtoString.self, into: &self.hint)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.offset)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(ProtoUInt32.self, 5, self.offset)
        encoder.write(ProtoString.self, 4, self.hint)
        encoder.write(ProtoString.self, 3, self.id)
        encoder.write(EnumCoding<AdminV1.Kind>.self, 2, self.kind)
        encoder.write(ProtoString.self, 1, self.code)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.code)
        case 2: try reader.read(EnumCoding<AdminV1.Kind>.self, into: &self.kind)
        case 3: try reader.read(ProtoString.self, into: &self.id)
        case 4: try reader.read(ProtoString.self, into: &self.hint)
        case 5: try reader.read(ProtoUInt32.self, into: &self.offset)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "code", self.code)
        writer.write(EnumCoding<AdminV1.Kind>.self, "kind", self.kind)
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "hint", self.hint)
        writer.writeOptional(ProtoUInt32.self, "offset", self.offset)
    }
}

extension AdminV1 {
    public struct Row: Message {
        public var row: RowOneof?
        public var unknownFields = UnknownFields()

        public init() {}

        public enum RowOneof: Sendable, Equatable {
            case broker(AdminV1.Broker)
            case listener(AdminV1.Listener)
            case connection(AdminV1.Connection)
            case session(AdminV1.Session)
            case subscription(AdminV1.Subscription)
            case topic(AdminV1.Topic)
            case retained(AdminV1.Retained)
            case config(AdminV1.Config)
            case queue(AdminV1.Queue)
            case ban(AdminV1.Ban)
            case group(AdminV1.Group)
            case consumer(AdminV1.Consumer)
            case pending(AdminV1.Pending)
            case message(AdminV1.QueueMessage)
        }
    }
}

extension AdminV1.Row {
    public static let protoName = "fluxmq.admin.v1.Row"

    public enum FieldNumber {
        public static let broker = 1
        public static let listener = 2
        public static let connection = 3
        public static let session = 4
        public static let subscription = 5
        public static let topic = 6
        public static let retained = 7
        public static let config = 8
        public static let queue = 9
        public static let ban = 10
        public static let group = 11
        public static let consumer = 12
        public static let pending = 13
        public static let message = 14
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "broker", jsonName: "broker", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Broker"
        ),
        FieldDescriptor(
            number: 2, name: "listener", jsonName: "listener", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Listener"
        ),
        FieldDescriptor(
            number: 3, name: "connection", jsonName: "connection", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Connection"
        ),
        FieldDescriptor(
            number: 4, name: "session", jsonName: "session", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Session"
        ),
        FieldDescriptor(
            number: 5, name: "subscription", jsonName: "subscription", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Subscription"
        ),
        FieldDescriptor(
            number: 6, name: "topic", jsonName: "topic", kind: .message, oneof: "row", typeName: "fluxmq.admin.v1.Topic"
        ),
        FieldDescriptor(
            number: 7, name: "retained", jsonName: "retained", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Retained"
        ),
        FieldDescriptor(
            number: 8, name: "config", jsonName: "config", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Config"
        ),
        FieldDescriptor(
            number: 9, name: "queue", jsonName: "queue", kind: .message, oneof: "row", typeName: "fluxmq.admin.v1.Queue"
        ),
        FieldDescriptor(
            number: 10, name: "ban", jsonName: "ban", kind: .message, oneof: "row", typeName: "fluxmq.admin.v1.Ban"
        ),
        FieldDescriptor(
            number: 11, name: "group", jsonName: "group", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Group"
        ),
        FieldDescriptor(
            number: 12, name: "consumer", jsonName: "consumer", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Consumer"
        ),
        FieldDescriptor(
            number: 13, name: "pending", jsonName: "pending", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.Pending"
        ),
        FieldDescriptor(
            number: 14, name: "message", jsonName: "message", kind: .message, oneof: "row",
            typeName: "fluxmq.admin.v1.QueueMessage"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        .none
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1:
            var member: AdminV1.Broker?
            if case .broker(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Broker>.self, into: &member)
            if let member { self.row = .broker(member) }
        case 2:
            var member: AdminV1.Listener?
            if case .listener(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Listener>.self, into: &member)
            if let member { self.row = .listener(member) }
        case 3:
            var member: AdminV1.Connection?
            if case .connection(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Connection>.self, into: &member)
            if let member { self.row = .connection(member) }
        case 4:
            var member: AdminV1.Session?
            if case .session(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Session>.self, into: &member)
            if let member { self.row = .session(member) }
        case 5:
            var member: AdminV1.Subscription?
            if case .subscription(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Subscription>.self, into: &member)
            if let member { self.row = .subscription(member) }
        case 6:
            var member: AdminV1.Topic?
            if case .topic(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Topic>.self, into: &member)
            if let member { self.row = .topic(member) }
        case 7:
            var member: AdminV1.Retained?
            if case .retained(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Retained>.self, into: &member)
            if let member { self.row = .retained(member) }
        case 8:
            var member: AdminV1.Config?
            if case .config(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Config>.self, into: &member)
            if let member { self.row = .config(member) }
        case 9:
            var member: AdminV1.Queue?
            if case .queue(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Queue>.self, into: &member)
            if let member { self.row = .queue(member) }
        case 10:
            var member: AdminV1.Ban?
            if case .ban(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Ban>.self, into: &member)
            if let member { self.row = .ban(member) }
        case 11:
            var member: AdminV1.Group?
            if case .group(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Group>.self, into: &member)
            if let member { self.row = .group(member) }
        case 12:
            var member: AdminV1.Consumer?
            if case .consumer(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Consumer>.self, into: &member)
            if let member { self.row = .consumer(member) }
        case 13:
            var member: AdminV1.Pending?
            if case .pending(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.Pending>.self, into: &member)
            if let member { self.row = .pending(member) }
        case 14:
            var member: AdminV1.QueueMessage?
            if case .message(let present)? = self.row {
                member = present
                self.row = nil
            }
            try decoder.read(MessageCoding<AdminV1.QueueMessage>.self, into: &member)
            if let member { self.row = .message(member) }
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        if case .message(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.QueueMessage>.self, 14, member)
        }
        if case .pending(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Pending>.self, 13, member)
        }
        if case .consumer(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Consumer>.self, 12, member)
        }
        if case .group(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Group>.self, 11, member)
        }
        if case .ban(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Ban>.self, 10, member)
        }
        if case .queue(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Queue>.self, 9, member)
        }
        if case .config(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Config>.self, 8, member)
        }
        if case .retained(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Retained>.self, 7, member)
        }
        if case .topic(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Topic>.self, 6, member)
        }
        if case .subscription(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Subscription>.self, 5, member)
        }
        if case .session(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Session>.self, 4, member)
        }
        if case .connection(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Connection>.self, 3, member)
        }
        if case .listener(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Listener>.self, 2, member)
        }
        if case .broker(let member)? = self.row {
            encoder.writePresent(MessageCoding<AdminV1.Broker>.self, 1, member)
        }
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1:
            var member: AdminV1.Broker?
            try reader.read(MessageCoding<AdminV1.Broker>.self, into: &member)
            if let member { self.row = .broker(member) }
        case 2:
            var member: AdminV1.Listener?
            try reader.read(MessageCoding<AdminV1.Listener>.self, into: &member)
            if let member { self.row = .listener(member) }
        case 3:
            var member: AdminV1.Connection?
            try reader.read(MessageCoding<AdminV1.Connection>.self, into: &member)
            if let member { self.row = .connection(member) }
        case 4:
            var member: AdminV1.Session?
            try reader.read(MessageCoding<AdminV1.Session>.self, into: &member)
            if let member { self.row = .session(member) }
        case 5:
            var member: AdminV1.Subscription?
            try reader.read(MessageCoding<AdminV1.Subscription>.self, into: &member)
            if let member { self.row = .subscription(member) }
        case 6:
            var member: AdminV1.Topic?
            try reader.read(MessageCoding<AdminV1.Topic>.self, into: &member)
            if let member { self.row = .topic(member) }
        case 7:
            var member: AdminV1.Retained?
            try reader.read(MessageCoding<AdminV1.Retained>.self, into: &member)
            if let member { self.row = .retained(member) }
        case 8:
            var member: AdminV1.Config?
            try reader.read(MessageCoding<AdminV1.Config>.self, into: &member)
            if let member { self.row = .config(member) }
        case 9:
            var member: AdminV1.Queue?
            try reader.read(MessageCoding<AdminV1.Queue>.self, into: &member)
            if let member { self.row = .queue(member) }
        case 10:
            var member: AdminV1.Ban?
            try reader.read(MessageCoding<AdminV1.Ban>.self, into: &member)
            if let member { self.row = .ban(member) }
        case 11:
            var member: AdminV1.Group?
            try reader.read(MessageCoding<AdminV1.Group>.self, into: &member)
            if let member { self.row = .group(member) }
        case 12:
            var member: AdminV1.Consumer?
            try reader.read(MessageCoding<AdminV1.Consumer>.self, into: &member)
            if let member { self.row = .consumer(member) }
        case 13:
            var member: AdminV1.Pending?
            try reader.read(MessageCoding<AdminV1.Pending>.self, into: &member)
            if let member { self.row = .pending(member) }
        case 14:
            var member: AdminV1.QueueMessage?
            try reader.read(MessageCoding<AdminV1.QueueMessage>.self, into: &member)
            if let member { self.row = .message(member) }
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        if case .broker(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Broker>.self, "broker", member)
        }
        if case .listener(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Listener>.self, "listener", member)
        }
        if case .connection(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Connection>.self, "connection", member)
        }
        if case .session(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Session>.self, "session", member)
        }
        if case .subscription(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Subscription>.self, "subscription", member)
        }
        if case .topic(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Topic>.self, "topic", member)
        }
        if case .retained(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Retained>.self, "retained", member)
        }
        if case .config(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Config>.self, "config", member)
        }
        if case .queue(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Queue>.self, "queue", member)
        }
        if case .ban(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Ban>.self, "ban", member)
        }
        if case .group(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Group>.self, "group", member)
        }
        if case .consumer(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Consumer>.self, "consumer", member)
        }
        if case .pending(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.Pending>.self, "pending", member)
        }
        if case .message(let member)? = self.row {
            writer.writePresent(MessageCoding<AdminV1.QueueMessage>.self, "message", member)
        }
    }
}

extension AdminV1 {
    /// One node of the broker.
    public struct Broker: Message {
        /// The node's name.
        public var id: String = ""
        /// "ready", "starting" or "stopping".
        public var state: String = ""
        public var fluxdVersion: String = ""
        public var pid: UInt64 = 0
        public var startedAt: Protobuf.Timestamp?
        public var uptimeMs: UInt64 = 0
        public var shards: UInt32 = 0
        public var connections: UInt64 = 0
        public var connectionsOpened: UInt64 = 0
        public var connectionsRefused: UInt64 = 0
        public var sessions: UInt64 = 0
        public var sessionsOffline: UInt64 = 0
        public var subscriptions: UInt64 = 0
        /// Different topic filters with subscribers.
        public var topicFilters: UInt64 = 0
        public var retained: UInt64 = 0
        public var retainedBytes: UInt64 = 0
        /// Messages and payload bytes that publishers sent, and that subscribers were sent.
        public var messagesIn: UInt64 = 0
        public var messagesOut: UInt64 = 0
        public var bytesIn: UInt64 = 0
        public var bytesOut: UInt64 = 0
        public var messagesInPerS: Double?
        public var messagesOutPerS: Double?
        public var bytesInPerS: Double?
        public var bytesOutPerS: Double?
        /// Messages that were not delivered, all reasons together and each by itself.
        public var dropped: UInt64 = 0
        public var droppedPerS: Double?
        public var droppedOutputFull: UInt64 = 0
        public var droppedQueueFull: UInt64 = 0
        public var droppedExpired: UInt64 = 0
        public var droppedMemory: UInt64 = 0
        public var droppedTooLarge: UInt64 = 0
        public var protocolErrors: UInt64 = 0
        public var takeovers: UInt64 = 0
        /// Of one core; 100 is one core fully used.
        public var cpuPercent: Double?
        /// Resident memory of the process.
        public var memoryBytes: UInt64 = 0
        /// Memory that messages take, and may take.
        public var messageMemoryBytes: UInt64 = 0
        public var messageMemoryLimitBytes: UInt64 = 0
        public var descriptors: UInt64 = 0
        public var descriptorsLimit: UInt64 = 0
        public var protocols: [AdminV1.ProtocolUse] = []
        /// CPU time that the control loop has used since the start; the slices of the shards come on top.
        public var adminCpuMs: UInt64 = 0
        /// "writable"; "full": messages that have to be stored are refused; "failed": nothing is acknowledged any more.
        public var storageState: String = ""
        /// Why it is not writable.
        public var storageNote: String = ""
        public var storageFreeBytes: UInt64 = 0
        /// 0 when nobody knows.
        public var storageCapacityBytes: UInt64 = 0
        /// Below it messages are refused: storage.min_free_space.
        public var storageReserveBytes: UInt64 = 0
        /// Of queues and sessions, as they lie there.
        public var storageLogBytes: UInt64 = 0
        public var storageWrittenBytesPerS: Double?
        public var storageSyncsPerS: Double?
        /// Mean of the last second that had a sync; unknown before the first one.
        public var storageSyncMs: Double?
        /// What shards gave to be stored and was not answered yet.
        public var storageWaiting: UInt64 = 0
        /// Logs that take and give nothing until they are repaired.
        public var storageQuarantined: UInt64 = 0
        public var droppedNoSpace: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Broker {
    public static let protoName = "fluxmq.admin.v1.Broker"

    public enum FieldNumber {
        public static let id = 1
        public static let state = 2
        public static let fluxdVersion = 3
        public static let pid = 4
        public static let startedAt = 5
        public static let uptimeMs = 6
        public static let shards = 7
        public static let connections = 8
        public static let connectionsOpened = 9
        public static let connectionsRefused = 10
        public static let sessions = 11
        public static let sessionsOffline = 12
        public static let subscriptions = 13
        public static let topicFilters = 14
        public static let retained = 15
        public static let retainedBytes = 16
        public static let messagesIn = 17
        public static let messagesOut = 18
        public static let bytesIn = 19
        public static let bytesOut = 20
        public static let messagesInPerS = 21
        public static let messagesOutPerS = 22
        public static let bytesInPerS = 23
        public static let bytesOutPerS = 24
        public static let dropped = 25
        public static let droppedPerS = 26
        public static let droppedOutputFull = 27
        public static let droppedQueueFull = 28
        public static let droppedExpired = 29
        public static let droppedMemory = 30
        public static let droppedTooLarge = 31
        public static let protocolErrors = 32
        public static let takeovers = 33
        public static let cpuPercent = 34
        public static let memoryBytes = 35
        public static let messageMemoryBytes = 36
        public static let messageMemoryLimitBytes = 37
        public static let descriptors = 38
        public static let descriptorsLimit = 39
        public static let protocols = 40
        public static let adminCpuMs = 41
        public static let storageState = 42
        public static let storageNote = 43
        public static let storageFreeBytes = 44
        public static let storageCapacityBytes = 45
        public static let storageReserveBytes = 46
        public static let storageLogBytes = 47
        public static let storageWrittenBytesPerS = 48
        public static let storageSyncsPerS = 49
        public static let storageSyncMs = 50
        public static let storageWaiting = 51
        public static let storageQuarantined = 52
        public static let droppedNoSpace = 53
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "id", jsonName: "id", kind: .string, comment: "The node's name."),
        FieldDescriptor(
            number: 2, name: "state", jsonName: "state", kind: .string,
            comment: "\"ready\", \"starting\" or \"stopping\"."
        ),
        FieldDescriptor(number: 3, name: "fluxd_version", jsonName: "fluxdVersion", kind: .string),
        FieldDescriptor(number: 4, name: "pid", jsonName: "pid", kind: .uint64),
        FieldDescriptor(
            number: 5, name: "started_at", jsonName: "startedAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(number: 6, name: "uptime_ms", jsonName: "uptimeMs", kind: .uint64),
        FieldDescriptor(number: 7, name: "shards", jsonName: "shards", kind: .uint32),
        FieldDescriptor(number: 8, name: "connections", jsonName: "connections", kind: .uint64),
        FieldDescriptor(number: 9, name: "connections_opened", jsonName: "connectionsOpened", kind: .uint64),
        FieldDescriptor(number: 10, name: "connections_refused", jsonName: "connectionsRefused", kind: .uint64),
        FieldDescriptor(number: 11, name: "sessions", jsonName: "sessions", kind: .uint64),
        FieldDescriptor(number: 12, name: "sessions_offline", jsonName: "sessionsOffline", kind: .uint64),
        FieldDescriptor(number: 13, name: "subscriptions", jsonName: "subscriptions", kind: .uint64),
        FieldDescriptor(
            number: 14, name: "topic_filters", jsonName: "topicFilters", kind: .uint64,
            comment: "Different topic filters with subscribers."
        ),
        FieldDescriptor(number: 15, name: "retained", jsonName: "retained", kind: .uint64),
        FieldDescriptor(number: 16, name: "retained_bytes", jsonName: "retainedBytes", kind: .uint64),
        FieldDescriptor(
            number: 17, name: "messages_in", jsonName: "messagesIn", kind: .uint64,
            comment: "Messages and payload bytes that publishers sent, and that subscribers were sent."
        ),
        FieldDescriptor(number: 18, name: "messages_out", jsonName: "messagesOut", kind: .uint64),
        FieldDescriptor(number: 19, name: "bytes_in", jsonName: "bytesIn", kind: .uint64),
        FieldDescriptor(number: 20, name: "bytes_out", jsonName: "bytesOut", kind: .uint64),
        FieldDescriptor(
            number: 21, name: "messages_in_per_s", jsonName: "messagesInPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 22, name: "messages_out_per_s", jsonName: "messagesOutPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(number: 23, name: "bytes_in_per_s", jsonName: "bytesInPerS", kind: .double, isOptional: true),
        FieldDescriptor(number: 24, name: "bytes_out_per_s", jsonName: "bytesOutPerS", kind: .double, isOptional: true),
        FieldDescriptor(
            number: 25, name: "dropped", jsonName: "dropped", kind: .uint64,
            comment: "Messages that were not delivered, all reasons together and each by itself."
        ),
        FieldDescriptor(number: 26, name: "dropped_per_s", jsonName: "droppedPerS", kind: .double, isOptional: true),
        FieldDescriptor(number: 27, name: "dropped_output_full", jsonName: "droppedOutputFull", kind: .uint64),
        FieldDescriptor(number: 28, name: "dropped_queue_full", jsonName: "droppedQueueFull", kind: .uint64),
        FieldDescriptor(number: 29, name: "dropped_expired", jsonName: "droppedExpired", kind: .uint64),
        FieldDescriptor(number: 30, name: "dropped_memory", jsonName: "droppedMemory", kind: .uint64),
        FieldDescriptor(number: 31, name: "dropped_too_large", jsonName: "droppedTooLarge", kind: .uint64),
        FieldDescriptor(number: 32, name: "protocol_errors", jsonName: "protocolErrors", kind: .uint64),
        FieldDescriptor(number: 33, name: "takeovers", jsonName: "takeovers", kind: .uint64),
        FieldDescriptor(
            number: 34, name: "cpu_percent", jsonName: "cpuPercent", kind: .double, isOptional: true,
            comment: "Of one core; 100 is one core fully used."
        ),
        FieldDescriptor(
            number: 35, name: "memory_bytes", jsonName: "memoryBytes", kind: .uint64,
            comment: "Resident memory of the process."
        ),
        FieldDescriptor(
            number: 36, name: "message_memory_bytes", jsonName: "messageMemoryBytes", kind: .uint64,
            comment: "Memory that messages take, and may take."
        ),
        FieldDescriptor(
            number: 37, name: "message_memory_limit_bytes", jsonName: "messageMemoryLimitBytes", kind: .uint64
        ),
        FieldDescriptor(number: 38, name: "descriptors", jsonName: "descriptors", kind: .uint64),
        FieldDescriptor(number: 39, name: "descriptors_limit", jsonName: "descriptorsLimit", kind: .uint64),
        FieldDescriptor(
            number: 40, name: "protocols", jsonName: "protocols", kind: .message, isRepeated: true,
            typeName: "fluxmq.admin.v1.ProtocolUse"
        ),
        FieldDescriptor(
            number: 41, name: "admin_cpu_ms", jsonName: "adminCpuMs", kind: .uint64,
            comment: "CPU time that the control loop has used since the start; the slices of the shards come on top."
        ),
        FieldDescriptor(
            number: 42, name: "storage_state", jsonName: "storageState", kind: .string,
            comment: "\"writable\"; \"full\": messages that have to be stored are refused; \"failed\": nothing is acknowledged any more."
        ),
        FieldDescriptor(
            number: 43, name: "storage_note", jsonName: "storageNote", kind: .string, comment: "Why it is not writable."
        ),
        FieldDescriptor(number: 44, name: "storage_free_bytes", jsonName: "storageFreeBytes", kind: .uint64),
        FieldDescriptor(
            number: 45, name: "storage_capacity_bytes", jsonName: "storageCapacityBytes", kind: .uint64,
            comment: "0 when nobody knows."
        ),
        FieldDescriptor(
            number: 46, name: "storage_reserve_bytes", jsonName: "storageReserveBytes", kind: .uint64,
            comment: "Below it messages are refused: storage.min_free_space."
        ),
        FieldDescriptor(
            number: 47, name: "storage_log_bytes", jsonName: "storageLogBytes", kind: .uint64,
            comment: "Of queues and sessions, as they lie there."
        ),
        FieldDescriptor(
            number: 48, name: "storage_written_bytes_per_s", jsonName: "storageWrittenBytesPerS", kind: .double,
            isOptional: true
        ),
        FieldDescriptor(
            number: 49, name: "storage_syncs_per_s", jsonName: "storageSyncsPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 50, name: "storage_sync_ms", jsonName: "storageSyncMs", kind: .double, isOptional: true,
            comment: "Mean of the last second that had a sync; unknown before the first one."
        ),
        FieldDescriptor(
            number: 51, name: "storage_waiting", jsonName: "storageWaiting", kind: .uint64,
            comment: "What shards gave to be stored and was not answered yet."
        ),
        FieldDescriptor(
            number: 52, name: "storage_quarantined", jsonName: "storageQuarantined", kind: .uint64,
            comment: "Logs that take and give nothing until they are repaired."
        ),
        FieldDescriptor(number: 53, name: "dropped_no_space", jsonName: "droppedNoSpace", kind: .uint64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.state)
        case 3: .string(self.fluxdVersion)
        case 4: .uint(self.pid)
        case 5: if let value = self.startedAt { .timestamp(value) } else { .none }
        case 6: .uint(self.uptimeMs)
        case 7: .uint(UInt64(self.shards))
        case 8: .uint(self.connections)
        case 9: .uint(self.connectionsOpened)
        case 10: .uint(self.connectionsRefused)
        case 11: .uint(self.sessions)
        case 12: .uint(self.sessionsOffline)
        case 13: .uint(self.subscriptions)
        case 14: .uint(self.topicFilters)
        case 15: .uint(self.retained)
        case 16: .uint(self.retainedBytes)
        case 17: .uint(self.messagesIn)
        case 18: .uint(self.messagesOut)
        case 19: .uint(self.bytesIn)
        case 20: .uint(self.bytesOut)
        case 21: if let value = self.messagesInPerS { .double(value) } else { .none }
        case 22: if let value = self.messagesOutPerS { .double(value) } else { .none }
        case 23: if let value = self.bytesInPerS { .double(value) } else { .none }
        case 24: if let value = self.bytesOutPerS { .double(value) } else { .none }
        case 25: .uint(self.dropped)
        case 26: if let value = self.droppedPerS { .double(value) } else { .none }
        case 27: .uint(self.droppedOutputFull)
        case 28: .uint(self.droppedQueueFull)
        case 29: .uint(self.droppedExpired)
        case 30: .uint(self.droppedMemory)
        case 31: .uint(self.droppedTooLarge)
        case 32: .uint(self.protocolErrors)
        case 33: .uint(self.takeovers)
        case 34: if let value = self.cpuPercent { .double(value) } else { .none }
        case 35: .uint(self.memoryBytes)
        case 36: .uint(self.messageMemoryBytes)
        case 37: .uint(self.messageMemoryLimitBytes)
        case 38: .uint(self.descriptors)
        case 39: .uint(self.descriptorsLimit)
        case 41: .uint(self.adminCpuMs)
        case 42: .string(self.storageState)
        case 43: .string(self.storageNote)
        case 44: .uint(self.storageFreeBytes)
        case 45: .uint(self.storageCapacityBytes)
        case 46: .uint(self.storageReserveBytes)
        case 47: .uint(self.storageLogBytes)
        case 48: if let value = self.storageWrittenBytesPerS { .double(value) } else { .none }
        case 49: if let value = self.storageSyncsPerS { .double(value) } else { .none }
        case 50: if let value = self.storageSyncMs { .double(value) } else { .none }
        case 51: .uint(self.storageWaiting)
        case 52: .uint(self.storageQuarantined)
        case 53: .uint(self.droppedNoSpace)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.state)
        case 3: try decoder.read(ProtoString.self, into: &self.fluxdVersion)
        case 4: try decoder.read(ProtoUInt64.self, into: &self.pid)
        case 5: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.startedAt)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.uptimeMs)
        case 7: try decoder.read(ProtoUInt32.self, into: &self.shards)
        case 8: try decoder.read(ProtoUInt64.self, into: &self.connections)
        case 9: try decoder.read(ProtoUInt64.self, into: &self.connectionsOpened)
        case 10: try decoder.read(ProtoUInt64.self, into: &self.connectionsRefused)
        case 11: try decoder.read(ProtoUInt64.self, into: &self.sessions)
        case 12: try decoder.read(ProtoUInt64.self, into: &self.sessionsOffline)
        case 13: try decoder.read(ProtoUInt64.self, into: &self.subscriptions)
        case 14: try decoder.read(ProtoUInt64.self, into: &self.topicFilters)
        case 15: try decoder.read(ProtoUInt64.self, into: &self.retained)
        case 16: try decoder.read(ProtoUInt64.self, into: &self.retainedBytes)
        case 17: try decoder.read(ProtoUInt64.self, into: &self.messagesIn)
        case 18: try decoder.read(ProtoUInt64.self, into: &self.messagesOut)
        case 19: try decoder.read(ProtoUInt64.self, into: &self.bytesIn)
        case 20: try decoder.read(ProtoUInt64.self, into: &self.bytesOut)
        case 21: try decoder.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 22: try decoder.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 23: try decoder.read(ProtoDouble.self, into: &self.bytesInPerS)
        case 24: try decoder.read(ProtoDouble.self, into: &self.bytesOutPerS)
        case 25: try decoder.read(ProtoUInt64.self, into: &self.dropped)
        case 26: try decoder.read(ProtoDouble.self, into: &self.droppedPerS)
        case 27: try decoder.read(ProtoUInt64.self, into: &self.droppedOutputFull)
        case 28: try decoder.read(ProtoUInt64.self, into: &self.droppedQueueFull)
        case 29: try decoder.read(ProtoUInt64.self, into: &self.droppedExpired)
        case 30: try decoder.read(ProtoUInt64.self, into: &self.droppedMemory)
        case 31: try decoder.read(ProtoUInt64.self, into: &self.droppedTooLarge)
        case 32: try decoder.read(ProtoUInt64.self, into: &self.protocolErrors)
        case 33: try decoder.read(ProtoUInt64.self, into: &self.takeovers)
        case 34: try decoder.read(ProtoDouble.self, into: &self.cpuPercent)
        case 35: try decoder.read(ProtoUInt64.self, into: &self.memoryBytes)
        case 36: try decoder.read(ProtoUInt64.self, into: &self.messageMemoryBytes)
        case 37: try decoder.read(ProtoUInt64.self, into: &self.messageMemoryLimitBytes)
        case 38: try decoder.read(ProtoUInt64.self, into: &self.descriptors)
        case 39: try decoder.read(ProtoUInt64.self, into: &self.descriptorsLimit)
        case 40: try decoder.read(MessageCoding<AdminV1.ProtocolUse>.self, into: &self.protocols)
        case 41: try decoder.read(ProtoUInt64.self, into: &self.adminCpuMs)
        case 42: try decoder.read(ProtoString.self, into: &self.storageState)
        case 43: try decoder.read(ProtoString.self, into: &self.storageNote)
        case 44: try decoder.read(ProtoUInt64.self, into: &self.storageFreeBytes)
        case 45: try decoder.read(ProtoUInt64.self, into: &self.storageCapacityBytes)
        case 46: try decoder.read(ProtoUInt64.self, into: &self.storageReserveBytes)
        case 47: try decoder.read(ProtoUInt64.self, into: &self.storageLogBytes)
        case 48: try decoder.read(ProtoDouble.self, into: &self.storageWrittenBytesPerS)
        case 49: try decoder.read(ProtoDouble.self, into: &self.storageSyncsPerS)
        case 50: try decoder.read(ProtoDouble.self, into: &self.storageSyncMs)
        case 51: try decoder.read(ProtoUInt64.self, into: &self.storageWaiting)
        case 52: try decoder.read(ProtoUInt64.self, into: &self.storageQuarantined)
        case 53: try decoder.read(ProtoUInt64.self, into: &self.droppedNoSpace)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 53, self.droppedNoSpace)
        encoder.write(ProtoUInt64.self, 52, self.storageQuarantined)
        encoder.write(ProtoUInt64.self, 51, self.storageWaiting)
        encoder.writeOptional(ProtoDouble.self, 50, self.storageSyncMs)
        encoder.writeOptional(ProtoDouble.self, 49, self.storageSyncsPerS)
        encoder.writeOptional(ProtoDouble.self, 48, self.storageWrittenBytesPerS)
        encoder.write(ProtoUInt64.self, 47, self.storageLogBytes)
        encoder.write(ProtoUInt64.self, 46, self.storageReserveBytes)
        encoder.write(ProtoUInt64.self, 45, self.storageCapacityBytes)
        encoder.write(ProtoUInt64.self, 44, self.storageFreeBytes)
        encoder.write(ProtoString.self, 43, self.storageNote)
        encoder.write(ProtoString.self, 42, self.storageState)
        encoder.write(ProtoUInt64.self, 41, self.adminCpuMs)
        encoder.writeEach(MessageCoding<AdminV1.ProtocolUse>.self, 40, self.protocols)
        encoder.write(ProtoUInt64.self, 39, self.descriptorsLimit)
        encoder.write(ProtoUInt64.self, 38, self.descriptors)
        encoder.write(ProtoUInt64.self, 37, self.messageMemoryLimitBytes)
        encoder.write(ProtoUInt64.self, 36, self.messageMemoryBytes)
        encoder.write(ProtoUInt64.self, 35, self.memoryBytes)
        encoder.writeOptional(ProtoDouble.self, 34, self.cpuPercent)
        encoder.write(ProtoUInt64.self, 33, self.takeovers)
        encoder.write(ProtoUInt64.self, 32, self.protocolErrors)
        encoder.write(ProtoUInt64.self, 31, self.droppedTooLarge)
        encoder.write(ProtoUInt64.self, 30, self.droppedMemory)
        encoder.write(ProtoUInt64.self, 29, self.droppedExpired)
        encoder.write(ProtoUInt64.self, 28, self.droppedQueueFull)
        encoder.write(ProtoUInt64.self, 27, self.droppedOutputFull)
        encoder.writeOptional(ProtoDouble.self, 26, self.droppedPerS)
        encoder.write(ProtoUInt64.self, 25, self.dropped)
        encoder.writeOptional(ProtoDouble.self, 24, self.bytesOutPerS)
        encoder.writeOptional(ProtoDouble.self, 23, self.bytesInPerS)
        encoder.writeOptional(ProtoDouble.self, 22, self.messagesOutPerS)
        encoder.writeOptional(ProtoDouble.self, 21, self.messagesInPerS)
        encoder.write(ProtoUInt64.self, 20, self.bytesOut)
        encoder.write(ProtoUInt64.self, 19, self.bytesIn)
        encoder.write(ProtoUInt64.self, 18, self.messagesOut)
        encoder.write(ProtoUInt64.self, 17, self.messagesIn)
        encoder.write(ProtoUInt64.self, 16, self.retainedBytes)
        encoder.write(ProtoUInt64.self, 15, self.retained)
        encoder.write(ProtoUInt64.self, 14, self.topicFilters)
        encoder.write(ProtoUInt64.self, 13, self.subscriptions)
        encoder.write(ProtoUInt64.self, 12, self.sessionsOffline)
        encoder.write(ProtoUInt64.self, 11, self.sessions)
        encoder.write(ProtoUInt64.self, 10, self.connectionsRefused)
        encoder.write(ProtoUInt64.self, 9, self.connectionsOpened)
        encoder.write(ProtoUInt64.self, 8, self.connections)
        encoder.write(ProtoUInt32.self, 7, self.shards)
        encoder.write(ProtoUInt64.self, 6, self.uptimeMs)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 5, self.startedAt)
        encoder.write(ProtoUInt64.self, 4, self.pid)
        encoder.write(ProtoString.self, 3, self.fluxdVersion)
        encoder.write(ProtoString.self, 2, self.state)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.state)
        case 3: try reader.read(ProtoString.self, into: &self.fluxdVersion)
        case 4: try reader.read(ProtoUInt64.self, into: &self.pid)
        case 5: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.startedAt)
        case 6: try reader.read(ProtoUInt64.self, into: &self.uptimeMs)
        case 7: try reader.read(ProtoUInt32.self, into: &self.shards)
        case 8: try reader.read(ProtoUInt64.self, into: &self.connections)
        case 9: try reader.read(ProtoUInt64.self, into: &self.connectionsOpened)
        case 10: try reader.read(ProtoUInt64.self, into: &self.connectionsRefused)
        case 11: try reader.read(ProtoUInt64.self, into: &self.sessions)
        case 12: try reader.read(ProtoUInt64.self, into: &self.sessionsOffline)
        case 13: try reader.read(ProtoUInt64.self, into: &self.subscriptions)
        case 14: try reader.read(ProtoUInt64.self, into: &self.topicFilters)
        case 15: try reader.read(ProtoUInt64.self, into: &self.retained)
        case 16: try reader.read(ProtoUInt64.self, into: &self.retainedBytes)
        case 17: try reader.read(ProtoUInt64.self, into: &self.messagesIn)
        case 18: try reader.read(ProtoUInt64.self, into: &self.messagesOut)
        case 19: try reader.read(ProtoUInt64.self, into: &self.bytesIn)
        case 20: try reader.read(ProtoUInt64.self, into: &self.bytesOut)
        case 21: try reader.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 22: try reader.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 23: try reader.read(ProtoDouble.self, into: &self.bytesInPerS)
        case 24: try reader.read(ProtoDouble.self, into: &self.bytesOutPerS)
        case 25: try reader.read(ProtoUInt64.self, into: &self.dropped)
        case 26: try reader.read(ProtoDouble.self, into: &self.droppedPerS)
        case 27: try reader.read(ProtoUInt64.self, into: &self.droppedOutputFull)
        case 28: try reader.read(ProtoUInt64.self, into: &self.droppedQueueFull)
        case 29: try reader.read(ProtoUInt64.self, into: &self.droppedExpired)
        case 30: try reader.read(ProtoUInt64.self, into: &self.droppedMemory)
        case 31: try reader.read(ProtoUInt64.self, into: &self.droppedTooLarge)
        case 32: try reader.read(ProtoUInt64.self, into: &self.protocolErrors)
        case 33: try reader.read(ProtoUInt64.self, into: &self.takeovers)
        case 34: try reader.read(ProtoDouble.self, into: &self.cpuPercent)
        case 35: try reader.read(ProtoUInt64.self, into: &self.memoryBytes)
        case 36: try reader.read(ProtoUInt64.self, into: &self.messageMemoryBytes)
        case 37: try reader.read(ProtoUInt64.self, into: &self.messageMemoryLimitBytes)
        case 38: try reader.read(ProtoUInt64.self, into: &self.descriptors)
        case 39: try reader.read(ProtoUInt64.self, into: &self.descriptorsLimit)
        case 40: try reader.read(MessageCoding<AdminV1.ProtocolUse>.self, into: &self.protocols)
        case 41: try reader.read(ProtoUInt64.self, into: &self.adminCpuMs)
        case 42: try reader.read(ProtoString.self, into: &self.storageState)
        case 43: try reader.read(ProtoString.self, into: &self.storageNote)
        case 44: try reader.read(ProtoUInt64.self, into: &self.storageFreeBytes)
        case 45: try reader.read(ProtoUInt64.self, into: &self.storageCapacityBytes)
        case 46: try reader.read(ProtoUInt64.self, into: &self.storageReserveBytes)
        case 47: try reader.read(ProtoUInt64.self, into: &self.storageLogBytes)
        case 48: try reader.read(ProtoDouble.self, into: &self.storageWrittenBytesPerS)
        case 49: try reader.read(ProtoDouble.self, into: &self.storageSyncsPerS)
        case 50: try reader.read(ProtoDouble.self, into: &self.storageSyncMs)
        case 51: try reader.read(ProtoUInt64.self, into: &self.storageWaiting)
        case 52: try reader.read(ProtoUInt64.self, into: &self.storageQuarantined)
        case 53: try reader.read(ProtoUInt64.self, into: &self.droppedNoSpace)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoString.self, "fluxdVersion", self.fluxdVersion)
        writer.write(ProtoUInt64.self, "pid", self.pid)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "startedAt", self.startedAt)
        writer.write(ProtoUInt64.self, "uptimeMs", self.uptimeMs)
        writer.write(ProtoUInt32.self, "shards", self.shards)
        writer.write(ProtoUInt64.self, "connections", self.connections)
        writer.write(ProtoUInt64.self, "connectionsOpened", self.connectionsOpened)
        writer.write(ProtoUInt64.self, "connectionsRefused", self.connectionsRefused)
        writer.write(ProtoUInt64.self, "sessions", self.sessions)
        writer.write(ProtoUInt64.self, "sessionsOffline", self.sessionsOffline)
        writer.write(ProtoUInt64.self, "subscriptions", self.subscriptions)
        writer.write(ProtoUInt64.self, "topicFilters", self.topicFilters)
        writer.write(ProtoUInt64.self, "retained", self.retained)
        writer.write(ProtoUInt64.self, "retainedBytes", self.retainedBytes)
        writer.write(ProtoUInt64.self, "messagesIn", self.messagesIn)
        writer.write(ProtoUInt64.self, "messagesOut", self.messagesOut)
        writer.write(ProtoUInt64.self, "bytesIn", self.bytesIn)
        writer.write(ProtoUInt64.self, "bytesOut", self.bytesOut)
        writer.writeOptional(ProtoDouble.self, "messagesInPerS", self.messagesInPerS)
        writer.writeOptional(ProtoDouble.self, "messagesOutPerS", self.messagesOutPerS)
        writer.writeOptional(ProtoDouble.self, "bytesInPerS", self.bytesInPerS)
        writer.writeOptional(ProtoDouble.self, "bytesOutPerS", self.bytesOutPerS)
        writer.write(ProtoUInt64.self, "dropped", self.dropped)
        writer.writeOptional(ProtoDouble.self, "droppedPerS", self.droppedPerS)
        writer.write(ProtoUInt64.self, "droppedOutputFull", self.droppedOutputFull)
        writer.write(ProtoUInt64.self, "droppedQueueFull", self.droppedQueueFull)
        writer.write(ProtoUInt64.self, "droppedExpired", self.droppedExpired)
        writer.write(ProtoUInt64.self, "droppedMemory", self.droppedMemory)
        writer.write(ProtoUInt64.self, "droppedTooLarge", self.droppedTooLarge)
        writer.write(ProtoUInt64.self, "protocolErrors", self.protocolErrors)
        writer.write(ProtoUInt64.self, "takeovers", self.takeovers)
        writer.writeOptional(ProtoDouble.self, "cpuPercent", self.cpuPercent)
        writer.write(ProtoUInt64.self, "memoryBytes", self.memoryBytes)
        writer.write(ProtoUInt64.self, "messageMemoryBytes", self.messageMemoryBytes)
        writer.write(ProtoUInt64.self, "messageMemoryLimitBytes", self.messageMemoryLimitBytes)
        writer.write(ProtoUInt64.self, "descriptors", self.descriptors)
        writer.write(ProtoUInt64.self, "descriptorsLimit", self.descriptorsLimit)
        writer.writeEach(MessageCoding<AdminV1.ProtocolUse>.self, "protocols", self.protocols)
        writer.write(ProtoUInt64.self, "adminCpuMs", self.adminCpuMs)
        writer.write(ProtoString.self, "storageState", self.storageState)
        writer.write(ProtoString.self, "storageNote", self.storageNote)
        writer.write(ProtoUInt64.self, "storageFreeBytes", self.storageFreeBytes)
        writer.write(ProtoUInt64.self, "storageCapacityBytes", self.storageCapacityBytes)
        writer.write(ProtoUInt64.self, "storageReserveBytes", self.storageReserveBytes)
        writer.write(ProtoUInt64.self, "storageLogBytes", self.storageLogBytes)
        writer.writeOptional(ProtoDouble.self, "storageWrittenBytesPerS", self.storageWrittenBytesPerS)
        writer.writeOptional(ProtoDouble.self, "storageSyncsPerS", self.storageSyncsPerS)
        writer.writeOptional(ProtoDouble.self, "storageSyncMs", self.storageSyncMs)
        writer.write(ProtoUInt64.self, "storageWaiting", self.storageWaiting)
        writer.write(ProtoUInt64.self, "storageQuarantined", self.storageQuarantined)
        writer.write(ProtoUInt64.self, "droppedNoSpace", self.droppedNoSpace)
    }
}

extension AdminV1 {
    /// A protocol's part in a node's work.
    public struct ProtocolUse: Message {
        /// "mqtt5", "mqtt3", "http", "admin".
        public var `protocol`: String = ""
        public var connections: UInt64 = 0
        public var messagesInPerS: Double?
        public var messagesOutPerS: Double?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.ProtocolUse {
    public static let protoName = "fluxmq.admin.v1.ProtocolUse"

    public enum FieldNumber {
        public static let `protocol` = 1
        public static let connections = 2
        public static let messagesInPerS = 3
        public static let messagesOutPerS = 4
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "protocol", jsonName: "protocol", kind: .string,
            comment: "\"mqtt5\", \"mqtt3\", \"http\", \"admin\"."
        ),
        FieldDescriptor(number: 2, name: "connections", jsonName: "connections", kind: .uint64),
        FieldDescriptor(
            number: 3, name: "messages_in_per_s", jsonName: "messagesInPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 4, name: "messages_out_per_s", jsonName: "messagesOutPerS", kind: .double, isOptional: true
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.`protocol`)
        case 2: .uint(self.connections)
        case 3: if let value = self.messagesInPerS { .double(value) } else { .none }
        case 4: if let value = self.messagesOutPerS { .double(value) } else { .none }
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.`protocol`)
        case 2: try decoder.read(ProtoUInt64.self, into: &self.connections)
        case 3: try decoder.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 4: try decoder.read(ProtoDouble.self, into: &self.messagesOutPerS)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(ProtoDouble.self, 4, self.messagesOutPerS)
        encoder.writeOptional(ProtoDouble.self, 3, self.messagesInPerS)
        encoder.write(ProtoUInt64.self, 2, self.connections)
        encoder.write(ProtoString.self, 1, self.`protocol`)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.`protocol`)
        case 2: try reader.read(ProtoUInt64.self, into: &self.connections)
        case 3: try reader.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 4: try reader.read(ProtoDouble.self, into: &self.messagesOutPerS)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "protocol", self.`protocol`)
        writer.write(ProtoUInt64.self, "connections", self.connections)
        writer.writeOptional(ProtoDouble.self, "messagesInPerS", self.messagesInPerS)
        writer.writeOptional(ProtoDouble.self, "messagesOutPerS", self.messagesOutPerS)
    }
}

extension AdminV1 {
    /// A bound address.
    public struct Listener: Message {
        /// "mqtt".
        public var id: String = ""
        public var address: String = ""
        public var `protocol`: String = ""
        /// "open", or "paused": bound, and nobody is let in.
        public var state: String = ""
        public var connections: UInt64 = 0
        /// 0 for no limit.
        public var connectionsLimit: UInt64 = 0
        public var accepted: UInt64 = 0
        /// Not let in: because of a limit, a ban, or because TLS or WebSocket did not come about.
        public var refused: UInt64 = 0
        /// Whether clients may come without a name and password.
        public var allowAnonymous: Bool = false
        public var version: String = ""
        /// "tcp", "tls", "ws", "wss", "http", "unix".
        public var transport: String = ""
        /// When the first of its certificates ends.
        public var certificateExpiresAt: Protobuf.Timestamp?
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Listener {
    public static let protoName = "fluxmq.admin.v1.Listener"

    public enum FieldNumber {
        public static let id = 1
        public static let address = 2
        public static let `protocol` = 3
        public static let state = 4
        public static let connections = 5
        public static let connectionsLimit = 6
        public static let accepted = 7
        public static let refused = 8
        public static let allowAnonymous = 9
        public static let version = 10
        public static let transport = 11
        public static let certificateExpiresAt = 12
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "id", jsonName: "id", kind: .string, comment: "\"mqtt\"."),
        FieldDescriptor(number: 2, name: "address", jsonName: "address", kind: .string),
        FieldDescriptor(number: 3, name: "protocol", jsonName: "protocol", kind: .string),
        FieldDescriptor(
            number: 4, name: "state", jsonName: "state", kind: .string,
            comment: "\"open\", or \"paused\": bound, and nobody is let in."
        ),
        FieldDescriptor(number: 5, name: "connections", jsonName: "connections", kind: .uint64),
        FieldDescriptor(
            number: 6, name: "connections_limit", jsonName: "connectionsLimit", kind: .uint64,
            comment: "0 for no limit."
        ),
        FieldDescriptor(number: 7, name: "accepted", jsonName: "accepted", kind: .uint64),
        FieldDescriptor(
            number: 8, name: "refused", jsonName: "refused", kind: .uint64,
            comment: "Not let in: because of a limit, a ban, or because TLS or WebSocket did not come about."
        ),
        FieldDescriptor(
            number: 9, name: "allow_anonymous", jsonName: "allowAnonymous", kind: .bool,
            comment: "Whether clients may come without a name and password."
        ),
        FieldDescriptor(number: 10, name: "version", jsonName: "version", kind: .string),
        FieldDescriptor(
            number: 11, name: "transport", jsonName: "transport", kind: .string,
            comment: "\"tcp\", \"tls\", \"ws\", \"wss\", \"http\", \"unix\"."
        ),
        FieldDescriptor(
            number: 12, name: "certificate_expires_at", jsonName: "certificateExpiresAt", kind: .message,
            typeName: "google.protobuf.Timestamp", comment: "When the first of its certificates ends."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.address)
        case 3: .string(self.`protocol`)
        case 4: .string(self.state)
        case 5: .uint(self.connections)
        case 6: .uint(self.connectionsLimit)
        case 7: .uint(self.accepted)
        case 8: .uint(self.refused)
        case 9: .bool(self.allowAnonymous)
        case 10: .string(self.version)
        case 11: .string(self.transport)
        case 12: if let value = self.certificateExpiresAt { .timestamp(value) } else { .none }
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.address)
        case 3: try decoder.read(ProtoString.self, into: &self.`protocol`)
        case 4: try decoder.read(ProtoString.self, into: &self.state)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.connections)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.connectionsLimit)
        case 7: try decoder.read(ProtoUInt64.self, into: &self.accepted)
        case 8: try decoder.read(ProtoUInt64.self, into: &self.refused)
        case 9: try decoder.read(ProtoBool.self, into: &self.allowAnonymous)
        case 10: try decoder.read(ProtoString.self, into: &self.version)
        case 11: try decoder.read(ProtoString.self, into: &self.transport)
        case 12: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.certificateExpiresAt)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 12, self.certificateExpiresAt)
        encoder.write(ProtoString.self, 11, self.transport)
        encoder.write(ProtoString.self, 10, self.version)
        encoder.write(ProtoBool.self, 9, self.allowAnonymous)
        encoder.write(ProtoUInt64.self, 8, self.refused)
        encoder.write(ProtoUInt64.self, 7, self.accepted)
        encoder.write(ProtoUInt64.self, 6, self.connectionsLimit)
        encoder.write(ProtoUInt64.self, 5, self.connections)
        encoder.write(ProtoString.self, 4, self.state)
        encoder.write(ProtoString.self, 3, self.`protocol`)
        encoder.write(ProtoString.self, 2, self.address)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.address)
        case 3: try reader.read(ProtoString.self, into: &self.`protocol`)
        case 4: try reader.read(ProtoString.self, into: &self.state)
        case 5: try reader.read(ProtoUInt64.self, into: &self.connections)
        case 6: try reader.read(ProtoUInt64.self, into: &self.connectionsLimit)
        case 7: try reader.read(ProtoUInt64.self, into: &self.accepted)
        case 8: try reader.read(ProtoUInt64.self, into: &self.refused)
        case 9: try reader.read(ProtoBool.self, into: &self.allowAnonymous)
        case 10: try reader.read(ProtoString.self, into: &self.version)
        case 11: try reader.read(ProtoString.self, into: &self.transport)
        case 12: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.certificateExpiresAt)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "address", self.address)
        writer.write(ProtoString.self, "protocol", self.`protocol`)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoUInt64.self, "connections", self.connections)
        writer.write(ProtoUInt64.self, "connectionsLimit", self.connectionsLimit)
        writer.write(ProtoUInt64.self, "accepted", self.accepted)
        writer.write(ProtoUInt64.self, "refused", self.refused)
        writer.write(ProtoBool.self, "allowAnonymous", self.allowAnonymous)
        writer.write(ProtoString.self, "version", self.version)
        writer.write(ProtoString.self, "transport", self.transport)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "certificateExpiresAt", self.certificateExpiresAt)
    }
}

extension AdminV1 {
    /// One accepted byte stream, from accept to close.
    public struct Connection: Message {
        /// "c1.812.3": shard, place and generation.
        public var id: String = ""
        public var clientID: String = ""
        public var username: String = ""
        /// "mqtt5", "mqtt3", "http"; "new" before the first packet.
        public var `protocol`: String = ""
        public var listener: String = ""
        /// The client's address and port.
        public var peer: String = ""
        public var shard: UInt32 = 0
        public var connectedAt: Protobuf.Timestamp?
        public var uptimeMs: UInt64 = 0
        /// "ok"; "new" before CONNECT; "slow": takes its output more slowly than it comes; "waiting": held back because another part of
        /// the broker is full; "throttled": its rate is used up, and it is read again when there are tokens; "closing".
        public var state: String = ""
        public var keepAliveMs: UInt64 = 0
        /// Since its last packet.
        public var idleMs: UInt64 = 0
        /// What the client published, and was sent: messages, and bytes of payload.
        public var messagesIn: UInt64 = 0
        public var messagesOut: UInt64 = 0
        public var bytesIn: UInt64 = 0
        public var bytesOut: UInt64 = 0
        public var messagesInPerS: Double?
        public var messagesOutPerS: Double?
        public var bytesInPerS: Double?
        public var bytesOutPerS: Double?
        /// Messages for this client that were thrown away.
        public var dropped: UInt64 = 0
        /// Encoded, and not yet taken by the network.
        public var bufferedBytes: UInt64 = 0
        /// Sent and not acknowledged, and how many may be.
        public var inflight: UInt64 = 0
        public var inflightLimit: UInt64 = 0
        /// Messages that wait for room in inflight, and their bytes.
        public var queued: UInt64 = 0
        public var queuedBytes: UInt64 = 0
        public var subscriptions: UInt64 = 0
        public var cleanStart: Bool = false
        public var sessionExpiryMs: UInt64 = 0
        /// The largest packet that the client takes; 0 for no limit.
        public var packetLimitBytes: UInt64 = 0
        public var willTopic: String = ""
        public var version: String = ""
        /// "tcp", "tls", "ws", "wss".
        public var transport: String = ""
        /// What the handshake settled, "TLSv1.3 TLS_AES_128_GCM_SHA256"; empty in the clear.
        public var tls: String = ""
        /// Subject of the client's verified certificate.
        public var certificate: String = ""
        /// The proxy's own address, when the client's is from a PROXY header.
        public var proxy: String = ""
        /// Method of MQTT 5's enhanced authentication, "SCRAM-SHA-256"; empty without.
        public var authentication: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Connection {
    public static let protoName = "fluxmq.admin.v1.Connection"

    public enum FieldNumber {
        public static let id = 1
        public static let clientID = 2
        public static let username = 3
        public static let `protocol` = 4
        public static let listener = 5
        public static let peer = 6
        public static let shard = 7
        public static let connectedAt = 8
        public static let uptimeMs = 9
        public static let state = 10
        public static let keepAliveMs = 11
        public static let idleMs = 12
        public static let messagesIn = 13
        public static let messagesOut = 14
        public static let bytesIn = 15
        public static let bytesOut = 16
        public static let messagesInPerS = 17
        public static let messagesOutPerS = 18
        public static let bytesInPerS = 19
        public static let bytesOutPerS = 20
        public static let dropped = 21
        public static let bufferedBytes = 22
        public static let inflight = 23
        public static let inflightLimit = 24
        public static let queued = 25
        public static let queuedBytes = 26
        public static let subscriptions = 27
        public static let cleanStart = 28
        public static let sessionExpiryMs = 29
        public static let packetLimitBytes = 30
        public static let willTopic = 31
        public static let version = 32
        public static let transport = 33
        public static let tls = 34
        public static let certificate = 35
        public static let proxy = 36
        public static let authentication = 37
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string, comment: "\"c1.812.3\": shard, place and generation."
        ),
        FieldDescriptor(number: 2, name: "client_id", jsonName: "clientId", kind: .string),
        FieldDescriptor(number: 3, name: "username", jsonName: "username", kind: .string),
        FieldDescriptor(
            number: 4, name: "protocol", jsonName: "protocol", kind: .string,
            comment: "\"mqtt5\", \"mqtt3\", \"http\"; \"new\" before the first packet."
        ),
        FieldDescriptor(number: 5, name: "listener", jsonName: "listener", kind: .string),
        FieldDescriptor(
            number: 6, name: "peer", jsonName: "peer", kind: .string, comment: "The client's address and port."
        ),
        FieldDescriptor(number: 7, name: "shard", jsonName: "shard", kind: .uint32),
        FieldDescriptor(
            number: 8, name: "connected_at", jsonName: "connectedAt", kind: .message,
            typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(number: 9, name: "uptime_ms", jsonName: "uptimeMs", kind: .uint64),
        FieldDescriptor(
            number: 10, name: "state", jsonName: "state", kind: .string,
            comment: "\"ok\"; \"new\" before CONNECT; \"slow\": takes its output more slowly than it comes; \"waiting\": held back because another part of the broker is full; \"throttled\": its rate is used up, and it is read again when there are tokens; \"closing\"."
        ),
        FieldDescriptor(number: 11, name: "keep_alive_ms", jsonName: "keepAliveMs", kind: .uint64),
        FieldDescriptor(
            number: 12, name: "idle_ms", jsonName: "idleMs", kind: .uint64, comment: "Since its last packet."
        ),
        FieldDescriptor(
            number: 13, name: "messages_in", jsonName: "messagesIn", kind: .uint64,
            comment: "What the client published, and was sent: messages, and bytes of payload."
        ),
        FieldDescriptor(number: 14, name: "messages_out", jsonName: "messagesOut", kind: .uint64),
        FieldDescriptor(number: 15, name: "bytes_in", jsonName: "bytesIn", kind: .uint64),
        FieldDescriptor(number: 16, name: "bytes_out", jsonName: "bytesOut", kind: .uint64),
        FieldDescriptor(
            number: 17, name: "messages_in_per_s", jsonName: "messagesInPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 18, name: "messages_out_per_s", jsonName: "messagesOutPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(number: 19, name: "bytes_in_per_s", jsonName: "bytesInPerS", kind: .double, isOptional: true),
        FieldDescriptor(number: 20, name: "bytes_out_per_s", jsonName: "bytesOutPerS", kind: .double, isOptional: true),
        FieldDescriptor(
            number: 21, name: "dropped", jsonName: "dropped", kind: .uint64,
            comment: "Messages for this client that were thrown away."
        ),
        FieldDescriptor(
            number: 22, name: "buffered_bytes", jsonName: "bufferedBytes", kind: .uint64,
            comment: "Encoded, and not yet taken by the network."
        ),
        FieldDescriptor(
            number: 23, name: "inflight", jsonName: "inflight", kind: .uint64,
            comment: "Sent and not acknowledged, and how many may be."
        ),
        FieldDescriptor(number: 24, name: "inflight_limit", jsonName: "inflightLimit", kind: .uint64),
        FieldDescriptor(
            number: 25, name: "queued", jsonName: "queued", kind: .uint64,
            comment: "Messages that wait for room in inflight, and their bytes."
        ),
        FieldDescriptor(number: 26, name: "queued_bytes", jsonName: "queuedBytes", kind: .uint64),
        FieldDescriptor(number: 27, name: "subscriptions", jsonName: "subscriptions", kind: .uint64),
        FieldDescriptor(number: 28, name: "clean_start", jsonName: "cleanStart", kind: .bool),
        FieldDescriptor(number: 29, name: "session_expiry_ms", jsonName: "sessionExpiryMs", kind: .uint64),
        FieldDescriptor(
            number: 30, name: "packet_limit_bytes", jsonName: "packetLimitBytes", kind: .uint64,
            comment: "The largest packet that the client takes; 0 for no limit."
        ),
        FieldDescriptor(number: 31, name: "will_topic", jsonName: "willTopic", kind: .string),
        FieldDescriptor(number: 32, name: "version", jsonName: "version", kind: .string),
        FieldDescriptor(
            number: 33, name: "transport", jsonName: "transport", kind: .string,
            comment: "\"tcp\", \"tls\", \"ws\", \"wss\"."
        ),
        FieldDescriptor(
            number: 34, name: "tls", jsonName: "tls", kind: .string,
            comment: "What the handshake settled, \"TLSv1.3 TLS_AES_128_GCM_SHA256\"; empty in the clear."
        ),
        FieldDescriptor(
            number: 35, name: "certificate", jsonName: "certificate", kind: .string,
            comment: "Subject of the client's verified certificate."
        ),
        FieldDescriptor(
            number: 36, name: "proxy", jsonName: "proxy", kind: .string,
            comment: "The proxy's own address, when the client's is from a PROXY header."
        ),
        FieldDescriptor(
            number: 37, name: "authentication", jsonName: "authentication", kind: .string,
            comment: "Method of MQTT 5's enhanced authentication, \"SCRAM-SHA-256\"; empty without."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.clientID)
        case 3: .string(self.username)
        case 4: .string(self.`protocol`)
        case 5: .string(self.listener)
        case 6: .string(self.peer)
        case 7: .uint(UInt64(self.shard))
        case 8: if let value = self.connectedAt { .timestamp(value) } else { .none }
        case 9: .uint(self.uptimeMs)
        case 10: .string(self.state)
        case 11: .uint(self.keepAliveMs)
        case 12: .uint(self.idleMs)
        case 13: .uint(self.messagesIn)
        case 14: .uint(self.messagesOut)
        case 15: .uint(self.bytesIn)
        case 16: .uint(self.bytesOut)
        case 17: if let value = self.messagesInPerS { .double(value) } else { .none }
        case 18: if let value = self.messagesOutPerS { .double(value) } else { .none }
        case 19: if let value = self.bytesInPerS { .double(value) } else { .none }
        case 20: if let value = self.bytesOutPerS { .double(value) } else { .none }
        case 21: .uint(self.dropped)
        case 22: .uint(self.bufferedBytes)
        case 23: .uint(self.inflight)
        case 24: .uint(self.inflightLimit)
        case 25: .uint(self.queued)
        case 26: .uint(self.queuedBytes)
        case 27: .uint(self.subscriptions)
        case 28: .bool(self.cleanStart)
        case 29: .uint(self.sessionExpiryMs)
        case 30: .uint(self.packetLimitBytes)
        case 31: .string(self.willTopic)
        case 32: .string(self.version)
        case 33: .string(self.transport)
        case 34: .string(self.tls)
        case 35: .string(self.certificate)
        case 36: .string(self.proxy)
        case 37: .string(self.authentication)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.clientID)
        case 3: try decoder.read(ProtoString.self, into: &self.username)
        case 4: try decoder.read(ProtoString.self, into: &self.`protocol`)
        case 5: try decoder.read(ProtoString.self, into: &self.listener)
        case 6: try decoder.read(ProtoString.self, into: &self.peer)
        case 7: try decoder.read(ProtoUInt32.self, into: &self.shard)
        case 8: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.connectedAt)
        case 9: try decoder.read(ProtoUInt64.self, into: &self.uptimeMs)
        case 10: try decoder.read(ProtoString.self, into: &self.state)
        case 11: try decoder.read(ProtoUInt64.self, into: &self.keepAliveMs)
        case 12: try decoder.read(ProtoUInt64.self, into: &self.idleMs)
        case 13: try decoder.read(ProtoUInt64.self, into: &self.messagesIn)
        case 14: try decoder.read(ProtoUInt64.self, into: &self.messagesOut)
        case 15: try decoder.read(ProtoUInt64.self, into: &self.bytesIn)
        case 16: try decoder.read(ProtoUInt64.self, into: &self.bytesOut)
        case 17: try decoder.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 18: try decoder.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 19: try decoder.read(ProtoDouble.self, into: &self.bytesInPerS)
        case 20: try decoder.read(ProtoDouble.self, into: &self.bytesOutPerS)
        case 21: try decoder.read(ProtoUInt64.self, into: &self.dropped)
        case 22: try decoder.read(ProtoUInt64.self, into: &self.bufferedBytes)
        case 23: try decoder.read(ProtoUInt64.self, into: &self.inflight)
        case 24: try decoder.read(ProtoUInt64.self, into: &self.inflightLimit)
        case 25: try decoder.read(ProtoUInt64.self, into: &self.queued)
        case 26: try decoder.read(ProtoUInt64.self, into: &self.queuedBytes)
        case 27: try decoder.read(ProtoUInt64.self, into: &self.subscriptions)
        case 28: try decoder.read(ProtoBool.self, into: &self.cleanStart)
        case 29: try decoder.read(ProtoUInt64.self, into: &self.sessionExpiryMs)
        case 30: try decoder.read(ProtoUInt64.self, into: &self.packetLimitBytes)
        case 31: try decoder.read(ProtoString.self, into: &self.willTopic)
        case 32: try decoder.read(ProtoString.self, into: &self.version)
        case 33: try decoder.read(ProtoString.self, into: &self.transport)
        case 34: try decoder.read(ProtoString.self, into: &self.tls)
        case 35: try decoder.read(ProtoString.self, into: &self.certificate)
        case 36: try decoder.read(ProtoString.self, into: &self.proxy)
        case 37: try decoder.read(ProtoString.self, into: &self.authentication)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 37, self.authentication)
        encoder.write(ProtoString.self, 36, self.proxy)
        encoder.write(ProtoString.self, 35, self.certificate)
        encoder.write(ProtoString.self, 34, self.tls)
        encoder.write(ProtoString.self, 33, self.transport)
        encoder.write(ProtoString.self, 32, self.version)
        encoder.write(ProtoString.self, 31, self.willTopic)
        encoder.write(ProtoUInt64.self, 30, self.packetLimitBytes)
        encoder.write(ProtoUInt64.self, 29, self.sessionExpiryMs)
        encoder.write(ProtoBool.self, 28, self.cleanStart)
        encoder.write(ProtoUInt64.self, 27, self.subscriptions)
        encoder.write(ProtoUInt64.self, 26, self.queuedBytes)
        encoder.write(ProtoUInt64.self, 25, self.queued)
        encoder.write(ProtoUInt64.self, 24, self.inflightLimit)
        encoder.write(ProtoUInt64.self, 23, self.inflight)
        encoder.write(ProtoUInt64.self, 22, self.bufferedBytes)
        encoder.write(ProtoUInt64.self, 21, self.dropped)
        encoder.writeOptional(ProtoDouble.self, 20, self.bytesOutPerS)
        encoder.writeOptional(ProtoDouble.self, 19, self.bytesInPerS)
        encoder.writeOptional(ProtoDouble.self, 18, self.messagesOutPerS)
        encoder.writeOptional(ProtoDouble.self, 17, self.messagesInPerS)
        encoder.write(ProtoUInt64.self, 16, self.bytesOut)
        encoder.write(ProtoUInt64.self, 15, self.bytesIn)
        encoder.write(ProtoUInt64.self, 14, self.messagesOut)
        encoder.write(ProtoUInt64.self, 13, self.messagesIn)
        encoder.write(ProtoUInt64.self, 12, self.idleMs)
        encoder.write(ProtoUInt64.self, 11, self.keepAliveMs)
        encoder.write(ProtoString.self, 10, self.state)
        encoder.write(ProtoUInt64.self, 9, self.uptimeMs)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 8, self.connectedAt)
        encoder.write(ProtoUInt32.self, 7, self.shard)
        encoder.write(ProtoString.self, 6, self.peer)
        encoder.write(ProtoString.self, 5, self.listener)
        encoder.write(ProtoString.self, 4, self.`protocol`)
        encoder.write(ProtoString.self, 3, self.username)
        encoder.write(ProtoString.self, 2, self.clientID)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.clientID)
        case 3: try reader.read(ProtoString.self, into: &self.username)
        case 4: try reader.read(ProtoString.self, into: &self.`protocol`)
        case 5: try reader.read(ProtoString.self, into: &self.listener)
        case 6: try reader.read(ProtoString.self, into: &self.peer)
        case 7: try reader.read(ProtoUInt32.self, into: &self.shard)
        case 8: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.connectedAt)
        case 9: try reader.read(ProtoUInt64.self, into: &self.uptimeMs)
        case 10: try reader.read(ProtoString.self, into: &self.state)
        case 11: try reader.read(ProtoUInt64.self, into: &self.keepAliveMs)
        case 12: try reader.read(ProtoUInt64.self, into: &self.idleMs)
        case 13: try reader.read(ProtoUInt64.self, into: &self.messagesIn)
        case 14: try reader.read(ProtoUInt64.self, into: &self.messagesOut)
        case 15: try reader.read(ProtoUInt64.self, into: &self.bytesIn)
        case 16: try reader.read(ProtoUInt64.self, into: &self.bytesOut)
        case 17: try reader.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 18: try reader.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 19: try reader.read(ProtoDouble.self, into: &self.bytesInPerS)
        case 20: try reader.read(ProtoDouble.self, into: &self.bytesOutPerS)
        case 21: try reader.read(ProtoUInt64.self, into: &self.dropped)
        case 22: try reader.read(ProtoUInt64.self, into: &self.bufferedBytes)
        case 23: try reader.read(ProtoUInt64.self, into: &self.inflight)
        case 24: try reader.read(ProtoUInt64.self, into: &self.inflightLimit)
        case 25: try reader.read(ProtoUInt64.self, into: &self.queued)
        case 26: try reader.read(ProtoUInt64.self, into: &self.queuedBytes)
        case 27: try reader.read(ProtoUInt64.self, into: &self.subscriptions)
        case 28: try reader.read(ProtoBool.self, into: &self.cleanStart)
        case 29: try reader.read(ProtoUInt64.self, into: &self.sessionExpiryMs)
        case 30: try reader.read(ProtoUInt64.self, into: &self.packetLimitBytes)
        case 31: try reader.read(ProtoString.self, into: &self.willTopic)
        case 32: try reader.read(ProtoString.self, into: &self.version)
        case 33: try reader.read(ProtoString.self, into: &self.transport)
        case 34: try reader.read(ProtoString.self, into: &self.tls)
        case 35: try reader.read(ProtoString.self, into: &self.certificate)
        case 36: try reader.read(ProtoString.self, into: &self.proxy)
        case 37: try reader.read(ProtoString.self, into: &self.authentication)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "clientId", self.clientID)
        writer.write(ProtoString.self, "username", self.username)
        writer.write(ProtoString.self, "protocol", self.`protocol`)
        writer.write(ProtoString.self, "listener", self.listener)
        writer.write(ProtoString.self, "peer", self.peer)
        writer.write(ProtoUInt32.self, "shard", self.shard)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "connectedAt", self.connectedAt)
        writer.write(ProtoUInt64.self, "uptimeMs", self.uptimeMs)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoUInt64.self, "keepAliveMs", self.keepAliveMs)
        writer.write(ProtoUInt64.self, "idleMs", self.idleMs)
        writer.write(ProtoUInt64.self, "messagesIn", self.messagesIn)
        writer.write(ProtoUInt64.self, "messagesOut", self.messagesOut)
        writer.write(ProtoUInt64.self, "bytesIn", self.bytesIn)
        writer.write(ProtoUInt64.self, "bytesOut", self.bytesOut)
        writer.writeOptional(ProtoDouble.self, "messagesInPerS", self.messagesInPerS)
        writer.writeOptional(ProtoDouble.self, "messagesOutPerS", self.messagesOutPerS)
        writer.writeOptional(ProtoDouble.self, "bytesInPerS", self.bytesInPerS)
        writer.writeOptional(ProtoDouble.self, "bytesOutPerS", self.bytesOutPerS)
        writer.write(ProtoUInt64.self, "dropped", self.dropped)
        writer.write(ProtoUInt64.self, "bufferedBytes", self.bufferedBytes)
        writer.write(ProtoUInt64.self, "inflight", self.inflight)
        writer.write(ProtoUInt64.self, "inflightLimit", self.inflightLimit)
        writer.write(ProtoUInt64.self, "queued", self.queued)
        writer.write(ProtoUInt64.self, "queuedBytes", self.queuedBytes)
        writer.write(ProtoUInt64.self, "subscriptions", self.subscriptions)
        writer.write(ProtoBool.self, "cleanStart", self.cleanStart)
        writer.write(ProtoUInt64.self, "sessionExpiryMs", self.sessionExpiryMs)
        writer.write(ProtoUInt64.self, "packetLimitBytes", self.packetLimitBytes)
        writer.write(ProtoString.self, "willTopic", self.willTopic)
        writer.write(ProtoString.self, "version", self.version)
        writer.write(ProtoString.self, "transport", self.transport)
        writer.write(ProtoString.self, "tls", self.tls)
        writer.write(ProtoString.self, "certificate", self.certificate)
        writer.write(ProtoString.self, "proxy", self.proxy)
        writer.write(ProtoString.self, "authentication", self.authentication)
    }
}

extension AdminV1 {
    /// State of a client that can outlive its connection. MQTT's sessions.
    public struct Session: Message {
        /// The client identifier.
        public var id: String = ""
        /// "connected", "offline".
        public var state: String = ""
        public var connectionID: String = ""
        public var shard: UInt32 = 0
        public var createdAt: Protobuf.Timestamp?
        /// How long it is kept without a connection; 0 ends with the connection.
        public var expiryMs: UInt64 = 0
        /// While it is offline.
        public var expiresAt: Protobuf.Timestamp?
        public var subscriptions: UInt64 = 0
        public var queued: UInt64 = 0
        public var queuedBytes: UInt64 = 0
        public var inflight: UInt64 = 0
        /// QoS 2 messages from the client whose hand-over is not finished.
        public var inflightIn: UInt64 = 0
        public var willTopic: String = ""
        public var version: String = ""
        /// Whose it is: only this user gets it again. Empty for an anonymous client's.
        public var username: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Session {
    public static let protoName = "fluxmq.admin.v1.Session"

    public enum FieldNumber {
        public static let id = 1
        public static let state = 2
        public static let connectionID = 3
        public static let shard = 4
        public static let createdAt = 5
        public static let expiryMs = 6
        public static let expiresAt = 7
        public static let subscriptions = 8
        public static let queued = 9
        public static let queuedBytes = 10
        public static let inflight = 11
        public static let inflightIn = 12
        public static let willTopic = 13
        public static let version = 14
        public static let username = 15
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "id", jsonName: "id", kind: .string, comment: "The client identifier."),
        FieldDescriptor(
            number: 2, name: "state", jsonName: "state", kind: .string, comment: "\"connected\", \"offline\"."
        ),
        FieldDescriptor(number: 3, name: "connection_id", jsonName: "connectionId", kind: .string),
        FieldDescriptor(number: 4, name: "shard", jsonName: "shard", kind: .uint32),
        FieldDescriptor(
            number: 5, name: "created_at", jsonName: "createdAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 6, name: "expiry_ms", jsonName: "expiryMs", kind: .uint64,
            comment: "How long it is kept without a connection; 0 ends with the connection."
        ),
        FieldDescriptor(
            number: 7, name: "expires_at", jsonName: "expiresAt", kind: .message, typeName: "google.protobuf.Timestamp",
            comment: "While it is offline."
        ),
        FieldDescriptor(number: 8, name: "subscriptions", jsonName: "subscriptions", kind: .uint64),
        FieldDescriptor(number: 9, name: "queued", jsonName: "queued", kind: .uint64),
        FieldDescriptor(number: 10, name: "queued_bytes", jsonName: "queuedBytes", kind: .uint64),
        FieldDescriptor(number: 11, name: "inflight", jsonName: "inflight", kind: .uint64),
        FieldDescriptor(
            number: 12, name: "inflight_in", jsonName: "inflightIn", kind: .uint64,
            comment: "QoS 2 messages from the client whose hand-over is not finished."
        ),
        FieldDescriptor(number: 13, name: "will_topic", jsonName: "willTopic", kind: .string),
        FieldDescriptor(number: 14, name: "version", jsonName: "version", kind: .string),
        FieldDescriptor(
            number: 15, name: "username", jsonName: "username", kind: .string,
            comment: "Whose it is: only this user gets it again. Empty for an anonymous client's."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.state)
        case 3: .string(self.connectionID)
        case 4: .uint(UInt64(self.shard))
        case 5: if let value = self.createdAt { .timestamp(value) } else { .none }
        case 6: .uint(self.expiryMs)
        case 7: if let value = self.expiresAt { .timestamp(value) } else { .none }
        case 8: .uint(self.subscriptions)
        case 9: .uint(self.queued)
        case 10: .uint(self.queuedBytes)
        case 11: .uint(self.inflight)
        case 12: .uint(self.inflightIn)
        case 13: .string(self.willTopic)
        case 14: .string(self.version)
        case 15: .string(self.username)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.state)
        case 3: try decoder.read(ProtoString.self, into: &self.connectionID)
        case 4: try decoder.read(ProtoUInt32.self, into: &self.shard)
        case 5: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.createdAt)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.expiryMs)
        case 7: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.expiresAt)
        case 8: try decoder.read(ProtoUInt64.self, into: &self.subscriptions)
        case 9: try decoder.read(ProtoUInt64.self, into: &self.queued)
        case 10: try decoder.read(ProtoUInt64.self, into: &self.queuedBytes)
        case 11: try decoder.read(ProtoUInt64.self, into: &self.inflight)
        case 12: try decoder.read(ProtoUInt64.self, into: &self.inflightIn)
        case 13: try decoder.read(ProtoString.self, into: &self.willTopic)
        case 14: try decoder.read(ProtoString.self, into: &self.version)
        case 15: try decoder.read(ProtoString.self, into: &self.username)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 15, self.username)
        encoder.write(ProtoString.self, 14, self.version)
        encoder.write(ProtoString.self, 13, self.willTopic)
        encoder.write(ProtoUInt64.self, 12, self.inflightIn)
        encoder.write(ProtoUInt64.self, 11, self.inflight)
        encoder.write(ProtoUInt64.self, 10, self.queuedBytes)
        encoder.write(ProtoUInt64.self, 9, self.queued)
        encoder.write(ProtoUInt64.self, 8, self.subscriptions)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 7, self.expiresAt)
        encoder.write(ProtoUInt64.self, 6, self.expiryMs)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 5, self.createdAt)
        encoder.write(ProtoUInt32.self, 4, self.shard)
        encoder.write(ProtoString.self, 3, self.connectionID)
        encoder.write(ProtoString.self, 2, self.state)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.state)
        case 3: try reader.read(ProtoString.self, into: &self.connectionID)
        case 4: try reader.read(ProtoUInt32.self, into: &self.shard)
        case 5: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.createdAt)
        case 6: try reader.read(ProtoUInt64.self, into: &self.expiryMs)
        case 7: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.expiresAt)
        case 8: try reader.read(ProtoUInt64.self, into: &self.subscriptions)
        case 9: try reader.read(ProtoUInt64.self, into: &self.queued)
        case 10: try reader.read(ProtoUInt64.self, into: &self.queuedBytes)
        case 11: try reader.read(ProtoUInt64.self, into: &self.inflight)
        case 12: try reader.read(ProtoUInt64.self, into: &self.inflightIn)
        case 13: try reader.read(ProtoString.self, into: &self.willTopic)
        case 14: try reader.read(ProtoString.self, into: &self.version)
        case 15: try reader.read(ProtoString.self, into: &self.username)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoString.self, "connectionId", self.connectionID)
        writer.write(ProtoUInt32.self, "shard", self.shard)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "createdAt", self.createdAt)
        writer.write(ProtoUInt64.self, "expiryMs", self.expiryMs)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "expiresAt", self.expiresAt)
        writer.write(ProtoUInt64.self, "subscriptions", self.subscriptions)
        writer.write(ProtoUInt64.self, "queued", self.queued)
        writer.write(ProtoUInt64.self, "queuedBytes", self.queuedBytes)
        writer.write(ProtoUInt64.self, "inflight", self.inflight)
        writer.write(ProtoUInt64.self, "inflightIn", self.inflightIn)
        writer.write(ProtoString.self, "willTopic", self.willTopic)
        writer.write(ProtoString.self, "version", self.version)
        writer.write(ProtoString.self, "username", self.username)
    }
}

extension AdminV1 {
    public struct Subscription: Message {
        /// Client identifier and filter with a space between.
        public var id: String = ""
        public var clientID: String = ""
        public var filter: String = ""
        /// Name of the shared subscription; empty for a plain one.
        public var share: String = ""
        public var qos: UInt32 = 0
        public var noLocal: Bool = false
        public var retainAsPublished: Bool = false
        /// 0 for none.
        public var identifier: UInt32 = 0
        public var version: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Subscription {
    public static let protoName = "fluxmq.admin.v1.Subscription"

    public enum FieldNumber {
        public static let id = 1
        public static let clientID = 2
        public static let filter = 3
        public static let share = 4
        public static let qos = 5
        public static let noLocal = 6
        public static let retainAsPublished = 7
        public static let identifier = 8
        public static let version = 9
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string,
            comment: "Client identifier and filter with a space between."
        ),
        FieldDescriptor(number: 2, name: "client_id", jsonName: "clientId", kind: .string),
        FieldDescriptor(number: 3, name: "filter", jsonName: "filter", kind: .string),
        FieldDescriptor(
            number: 4, name: "share", jsonName: "share", kind: .string,
            comment: "Name of the shared subscription; empty for a plain one."
        ),
        FieldDescriptor(number: 5, name: "qos", jsonName: "qos", kind: .uint32),
        FieldDescriptor(number: 6, name: "no_local", jsonName: "noLocal", kind: .bool),
        FieldDescriptor(number: 7, name: "retain_as_published", jsonName: "retainAsPublished", kind: .bool),
        FieldDescriptor(number: 8, name: "identifier", jsonName: "identifier", kind: .uint32, comment: "0 for none."),
        FieldDescriptor(number: 9, name: "version", jsonName: "version", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.clientID)
        case 3: .string(self.filter)
        case 4: .string(self.share)
        case 5: .uint(UInt64(self.qos))
        case 6: .bool(self.noLocal)
        case 7: .bool(self.retainAsPublished)
        case 8: .uint(UInt64(self.identifier))
        case 9: .string(self.version)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.clientID)
        case 3: try decoder.read(ProtoString.self, into: &self.filter)
        case 4: try decoder.read(ProtoString.self, into: &self.share)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.qos)
        case 6: try decoder.read(ProtoBool.self, into: &self.noLocal)
        case 7: try decoder.read(ProtoBool.self, into: &self.retainAsPublished)
        case 8: try decoder.read(ProtoUInt32.self, into: &self.identifier)
        case 9: try decoder.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 9, self.version)
        encoder.write(ProtoUInt32.self, 8, self.identifier)
        encoder.write(ProtoBool.self, 7, self.retainAsPublished)
        encoder.write(ProtoBool.self, 6, self.noLocal)
        encoder.write(ProtoUInt32.self, 5, self.qos)
        encoder.write(ProtoString.self, 4, self.share)
        encoder.write(ProtoString.self, 3, self.filter)
        encoder.write(ProtoString.self, 2, self.clientID)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.clientID)
        case 3: try reader.read(ProtoString.self, into: &self.filter)
        case 4: try reader.read(ProtoString.self, into: &self.share)
        case 5: try reader.read(ProtoUInt32.self, into: &self.qos)
        case 6: try reader.read(ProtoBool.self, into: &self.noLocal)
        case 7: try reader.read(ProtoBool.self, into: &self.retainAsPublished)
        case 8: try reader.read(ProtoUInt32.self, into: &self.identifier)
        case 9: try reader.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "clientId", self.clientID)
        writer.write(ProtoString.self, "filter", self.filter)
        writer.write(ProtoString.self, "share", self.share)
        writer.write(ProtoUInt32.self, "qos", self.qos)
        writer.write(ProtoBool.self, "noLocal", self.noLocal)
        writer.write(ProtoBool.self, "retainAsPublished", self.retainAsPublished)
        writer.write(ProtoUInt32.self, "identifier", self.identifier)
        writer.write(ProtoString.self, "version", self.version)
    }
}

extension AdminV1 {
    /// A topic that was published to lately. Topics that nobody published to for long are forgotten when there are very many.
    public struct Topic: Message {
        /// The topic's name.
        public var id: String = ""
        /// Since the topic was last met anew.
        public var messages: UInt64 = 0
        public var bytes: UInt64 = 0
        public var messagesPerS: Double?
        public var bytesPerS: Double?
        /// Subscriptions that match it; the members of a shared subscription count as one.
        public var subscribers: UInt64 = 0
        public var retained: Bool = false
        public var version: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Topic {
    public static let protoName = "fluxmq.admin.v1.Topic"

    public enum FieldNumber {
        public static let id = 1
        public static let messages = 2
        public static let bytes = 3
        public static let messagesPerS = 4
        public static let bytesPerS = 5
        public static let subscribers = 6
        public static let retained = 7
        public static let version = 8
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "id", jsonName: "id", kind: .string, comment: "The topic's name."),
        FieldDescriptor(
            number: 2, name: "messages", jsonName: "messages", kind: .uint64,
            comment: "Since the topic was last met anew."
        ),
        FieldDescriptor(number: 3, name: "bytes", jsonName: "bytes", kind: .uint64),
        FieldDescriptor(number: 4, name: "messages_per_s", jsonName: "messagesPerS", kind: .double, isOptional: true),
        FieldDescriptor(number: 5, name: "bytes_per_s", jsonName: "bytesPerS", kind: .double, isOptional: true),
        FieldDescriptor(
            number: 6, name: "subscribers", jsonName: "subscribers", kind: .uint64,
            comment: "Subscriptions that match it; the members of a shared subscription count as one."
        ),
        FieldDescriptor(number: 7, name: "retained", jsonName: "retained", kind: .bool),
        FieldDescriptor(number: 8, name: "version", jsonName: "version", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .uint(self.messages)
        case 3: .uint(self.bytes)
        case 4: if let value = self.messagesPerS { .double(value) } else { .none }
        case 5: if let value = self.bytesPerS { .double(value) } else { .none }
        case 6: .uint(self.subscribers)
        case 7: .bool(self.retained)
        case 8: .string(self.version)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoUInt64.self, into: &self.messages)
        case 3: try decoder.read(ProtoUInt64.self, into: &self.bytes)
        case 4: try decoder.read(ProtoDouble.self, into: &self.messagesPerS)
        case 5: try decoder.read(ProtoDouble.self, into: &self.bytesPerS)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.subscribers)
        case 7: try decoder.read(ProtoBool.self, into: &self.retained)
        case 8: try decoder.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 8, self.version)
        encoder.write(ProtoBool.self, 7, self.retained)
        encoder.write(ProtoUInt64.self, 6, self.subscribers)
        encoder.writeOptional(ProtoDouble.self, 5, self.bytesPerS)
        encoder.writeOptional(ProtoDouble.self, 4, self.messagesPerS)
        encoder.write(ProtoUInt64.self, 3, self.bytes)
        encoder.write(ProtoUInt64.self, 2, self.messages)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoUInt64.self, into: &self.messages)
        case 3: try reader.read(ProtoUInt64.self, into: &self.bytes)
        case 4: try reader.read(ProtoDouble.self, into: &self.messagesPerS)
        case 5: try reader.read(ProtoDouble.self, into: &self.bytesPerS)
        case 6: try reader.read(ProtoUInt64.self, into: &self.subscribers)
        case 7: try reader.read(ProtoBool.self, into: &self.retained)
        case 8: try reader.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoUInt64.self, "messages", self.messages)
        writer.write(ProtoUInt64.self, "bytes", self.bytes)
        writer.writeOptional(ProtoDouble.self, "messagesPerS", self.messagesPerS)
        writer.writeOptional(ProtoDouble.self, "bytesPerS", self.bytesPerS)
        writer.write(ProtoUInt64.self, "subscribers", self.subscribers)
        writer.write(ProtoBool.self, "retained", self.retained)
        writer.write(ProtoString.self, "version", self.version)
    }
}

extension AdminV1 {
    public struct Retained: Message {
        /// The topic's name.
        public var id: String = ""
        public var payloadBytes: UInt64 = 0
        public var qos: UInt32 = 0
        public var contentType: String = ""
        public var storedAt: Protobuf.Timestamp?
        public var ageMs: UInt64 = 0
        public var expiresAt: Protobuf.Timestamp?
        /// The payload's beginning, 4096 bytes at most; only in Get.
        public var payload: [UInt8] = []
        public var version: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Retained {
    public static let protoName = "fluxmq.admin.v1.Retained"

    public enum FieldNumber {
        public static let id = 1
        public static let payloadBytes = 2
        public static let qos = 3
        public static let contentType = 4
        public static let storedAt = 5
        public static let ageMs = 6
        public static let expiresAt = 7
        public static let payload = 8
        public static let version = 9
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "id", jsonName: "id", kind: .string, comment: "The topic's name."),
        FieldDescriptor(number: 2, name: "payload_bytes", jsonName: "payloadBytes", kind: .uint64),
        FieldDescriptor(number: 3, name: "qos", jsonName: "qos", kind: .uint32),
        FieldDescriptor(number: 4, name: "content_type", jsonName: "contentType", kind: .string),
        FieldDescriptor(
            number: 5, name: "stored_at", jsonName: "storedAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(number: 6, name: "age_ms", jsonName: "ageMs", kind: .uint64),
        FieldDescriptor(
            number: 7, name: "expires_at", jsonName: "expiresAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 8, name: "payload", jsonName: "payload", kind: .bytes,
            comment: "The payload's beginning, 4096 bytes at most; only in Get."
        ),
        FieldDescriptor(number: 9, name: "version", jsonName: "version", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .uint(self.payloadBytes)
        case 3: .uint(UInt64(self.qos))
        case 4: .string(self.contentType)
        case 5: if let value = self.storedAt { .timestamp(value) } else { .none }
        case 6: .uint(self.ageMs)
        case 7: if let value = self.expiresAt { .timestamp(value) } else { .none }
        case 8: .bytes(self.payload)
        case 9: .string(self.version)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoUInt64.self, into: &self.payloadBytes)
        case 3: try decoder.read(ProtoUInt32.self, into: &self.qos)
        case 4: try decoder.read(ProtoString.self, into: &self.contentType)
        case 5: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.storedAt)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.ageMs)
        case 7: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.expiresAt)
        case 8: try decoder.read(ProtoBytes.self, into: &self.payload)
        case 9: try decoder.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 9, self.version)
        encoder.write(ProtoBytes.self, 8, self.payload)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 7, self.expiresAt)
        encoder.write(ProtoUInt64.self, 6, self.ageMs)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 5, self.storedAt)
        encoder.write(ProtoString.self, 4, self.contentType)
        encoder.write(ProtoUInt32.self, 3, self.qos)
        encoder.write(ProtoUInt64.self, 2, self.payloadBytes)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoUInt64.self, into: &self.payloadBytes)
        case 3: try reader.read(ProtoUInt32.self, into: &self.qos)
        case 4: try reader.read(ProtoString.self, into: &self.contentType)
        case 5: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.storedAt)
        case 6: try reader.read(ProtoUInt64.self, into: &self.ageMs)
        case 7: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.expiresAt)
        case 8: try reader.read(ProtoBytes.self, into: &self.payload)
        case 9: try reader.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoUInt64.self, "payloadBytes", self.payloadBytes)
        writer.write(ProtoUInt32.self, "qos", self.qos)
        writer.write(ProtoString.self, "contentType", self.contentType)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "storedAt", self.storedAt)
        writer.write(ProtoUInt64.self, "ageMs", self.ageMs)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "expiresAt", self.expiresAt)
        writer.write(ProtoBytes.self, "payload", self.payload)
        writer.write(ProtoString.self, "version", self.version)
    }
}

extension AdminV1 {
    /// One key of the configuration.
    public struct Config: Message {
        /// "server.mqtt.tcp.plain.addr".
        public var id: String = ""
        public var value: String = ""
        public var defaultValue: String = ""
        /// "default", "file", "command line", or "admin": set while running, until the next reload.
        public var source: String = ""
        /// Whether a reload applies a change; else it takes a restart.
        public var live: Bool = false
        public var help: String = ""
        public var version: String = ""
        /// What a reload brought and only a restart applies; empty when nothing waits.
        public var pending: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Config {
    public static let protoName = "fluxmq.admin.v1.Config"

    public enum FieldNumber {
        public static let id = 1
        public static let value = 2
        public static let defaultValue = 3
        public static let source = 4
        public static let live = 5
        public static let help = 6
        public static let version = 7
        public static let pending = 8
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string, comment: "\"server.mqtt.tcp.plain.addr\"."
        ),
        FieldDescriptor(number: 2, name: "value", jsonName: "value", kind: .string),
        FieldDescriptor(number: 3, name: "default_value", jsonName: "defaultValue", kind: .string),
        FieldDescriptor(
            number: 4, name: "source", jsonName: "source", kind: .string,
            comment: "\"default\", \"file\", \"command line\", or \"admin\": set while running, until the next reload."
        ),
        FieldDescriptor(
            number: 5, name: "live", jsonName: "live", kind: .bool,
            comment: "Whether a reload applies a change; else it takes a restart."
        ),
        FieldDescriptor(number: 6, name: "help", jsonName: "help", kind: .string),
        FieldDescriptor(number: 7, name: "version", jsonName: "version", kind: .string),
        FieldDescriptor(
            number: 8, name: "pending", jsonName: "pending", kind: .string,
            comment: "What a reload brought and only a restart applies; empty when nothing waits."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.value)
        case 3: .string(self.defaultValue)
        case 4: .string(self.source)
        case 5: .bool(self.live)
        case 6: .string(self.help)
        case 7: .string(self.version)
        case 8: .string(self.pending)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.value)
        case 3: try decoder.read(ProtoString.self, into: &self.defaultValue)
        case 4: try decoder.read(ProtoString.self, into: &self.source)
        case 5: try decoder.read(ProtoBool.self, into: &self.live)
        case 6: try decoder.read(ProtoString.self, into: &self.help)
        case 7: try decoder.read(ProtoString.self, into: &self.version)
        case 8: try decoder.read(ProtoString.self, into: &self.pending)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 8, self.pending)
        encoder.write(ProtoString.self, 7, self.version)
        encoder.write(ProtoString.self, 6, self.help)
        encoder.write(ProtoBool.self, 5, self.live)
        encoder.write(ProtoString.self, 4, self.source)
        encoder.write(ProtoString.self, 3, self.defaultValue)
        encoder.write(ProtoString.self, 2, self.value)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.value)
        case 3: try reader.read(ProtoString.self, into: &self.defaultValue)
        case 4: try reader.read(ProtoString.self, into: &self.source)
        case 5: try reader.read(ProtoBool.self, into: &self.live)
        case 6: try reader.read(ProtoString.self, into: &self.help)
        case 7: try reader.read(ProtoString.self, into: &self.version)
        case 8: try reader.read(ProtoString.self, into: &self.pending)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "value", self.value)
        writer.write(ProtoString.self, "defaultValue", self.defaultValue)
        writer.write(ProtoString.self, "source", self.source)
        writer.write(ProtoBool.self, "live", self.live)
        writer.write(ProtoString.self, "help", self.help)
        writer.write(ProtoString.self, "version", self.version)
        writer.write(ProtoString.self, "pending", self.pending)
    }
}

extension AdminV1 {
    /// A queue: its messages stay until each of its groups has settled them; of a stream, until they are too old or too many.
    public struct Queue: Message {
        /// The queue's name: "orders", "$dlq/orders".
        public var id: String = ""
        /// "classic", "stream", "ephemeral".
        public var type: String = ""
        /// "running"; "idle": nothing comes or goes; "paused"; "quarantined": a log of it cannot be read.
        public var state: String = ""
        /// Messages that wait, in the group that is furthest behind; of a stream, messages that are there.
        public var ready: UInt64 = 0
        /// In that group in somebody's hands, or returned and waiting for its time. What its consumer left behind is ready.
        public var unacked: UInt64 = 0
        public var consumers: UInt64 = 0
        public var bytes: UInt64 = 0
        /// Taken from publishers, and delivered.
        public var messagesInPerS: Double?
        public var messagesOutPerS: Double?
        /// Age of the oldest message that somebody still wants; unknown when there is none.
        public var oldestMs: UInt64?
        public var version: String = ""
        /// Why it needs looking after, the gravest reason: "no consumers", "growing +96/s", "paused", "full", "quarantined: ..."; empty when
        /// nothing is wrong.
        public var note: String = ""
        /// ready and unacked together.
        public var depth: UInt64 = 0
        public var groups: UInt64 = 0
        /// Messages that wait for the time that their publisher named.
        public var delayed: UInt64 = 0
        /// What an acknowledgement promises: "buffered" survives the process, "synced" the machine, "memory" neither.
        public var durability: String = ""
        /// Topic filters whose messages it takes.
        public var topics: [String] = []
        public var shard: UInt32 = 0
        /// Never given twice: the name of its directory.
        public var number: UInt64 = 0
        /// Change of depth; unknown before there are two looks.
        public var growthPerS: Double?
        public var acknowledgedPerS: Double?
        public var deadLetteredPerS: Double?
        /// Since the start.
        public var published: UInt64 = 0
        public var publishedBytes: UInt64 = 0
        public var delivered: UInt64 = 0
        public var deliveredBytes: UInt64 = 0
        public var acknowledged: UInt64 = 0
        /// Deliveries that were not the first of their message.
        public var redelivered: UInt64 = 0
        /// Returned by a consumer as not processed, and by one that did not try.
        public var failed: UInt64 = 0
        public var released: UInt64 = 0
        public var rejected: UInt64 = 0
        /// Taken from a consumer that did not settle in time.
        public var timedOut: UInt64 = 0
        public var expired: UInt64 = 0
        /// Moved to the dead-letter queue, and stored there.
        public var deadLettered: UInt64 = 0
        /// Gone without having been processed.
        public var dropped: UInt64 = 0
        /// Publishes that were not taken, and those whose message id was known.
        public var refused: UInt64 = 0
        public var duplicates: UInt64 = 0
        /// Where messages go that cannot be processed; empty when they are dropped.
        public var deadLetterQueue: String = ""
        /// "expired", "rejected", "max-deliveries", "overflow".
        public var deadLetterReasons: [String] = []
        /// Queues whose dead letters come here: "orders" of "$dlq/orders", and those that name this queue for them; with commas.
        public var deadLettersOf: String = ""
        /// Limits and policies; 0 for none.
        public var depthLimit: UInt64 = 0
        public var bytesLimit: UInt64 = 0
        public var messageBytesLimit: UInt64 = 0
        public var delayedLimit: UInt64 = 0
        public var ttlMs: UInt64 = 0
        /// "reject", "drop-head", "dead-letter".
        public var overflow: String = ""
        public var deliveriesLimit: UInt64 = 0
        public var backoffMs: UInt64 = 0
        public var backoffLimitMs: UInt64 = 0
        public var backoffMultiplier: Double = 0
        public var visibilityTimeoutMs: UInt64 = 0
        public var retentionMs: UInt64 = 0
        public var retentionBytesLimit: UInt64 = 0
        public var retentionMessagesLimit: UInt64 = 0
        public var compacts: Bool = false
        public var compresses: Bool = false
        public var dedupeWindowMs: UInt64 = 0
        public var singleActiveConsumer: Bool = false
        public var idleExpiryMs: UInt64 = 0
        public var idleGroupExpiryMs: UInt64 = 0
        public var priorities: Bool = false
        public var primaryGroup: String = ""
        public var capturesSynchronously: Bool = false
        public var autoCommitIntervalMs: UInt64 = 0
        /// The broker's own.
        public var reserved: Bool = false
        /// Of the oldest message that somebody wants, and of the next one; of priority 0, if it has priorities.
        public var firstOffset: UInt64 = 0
        public var nextOffset: UInt64 = 0
        /// Records in memory.
        public var cachedBytes: UInt64 = 0
        /// Which of its logs are damaged, each with the file, the place in it, what was expected and what was found; empty when none is.
        public var damage: [String] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Queue {
    public static let protoName = "fluxmq.admin.v1.Queue"

    public enum FieldNumber {
        public static let id = 1
        public static let type = 2
        public static let state = 3
        public static let ready = 4
        public static let unacked = 5
        public static let consumers = 6
        public static let bytes = 7
        public static let messagesInPerS = 8
        public static let messagesOutPerS = 9
        public static let oldestMs = 10
        public static let version = 11
        public static let note = 12
        public static let depth = 13
        public static let groups = 14
        public static let delayed = 15
        public static let durability = 16
        public static let topics = 17
        public static let shard = 18
        public static let number = 19
        public static let growthPerS = 20
        public static let acknowledgedPerS = 21
        public static let deadLetteredPerS = 22
        public static let published = 23
        public static let publishedBytes = 24
        public static let delivered = 25
        public static let deliveredBytes = 26
        public static let acknowledged = 27
        public static let redelivered = 28
        public static let failed = 29
        public static let released = 30
        public static let rejected = 31
        public static let timedOut = 32
        public static let expired = 33
        public static let deadLettered = 34
        public static let dropped = 35
        public static let refused = 36
        public static let duplicates = 37
        public static let deadLetterQueue = 38
        public static let deadLetterReasons = 39
        public static let deadLettersOf = 40
        public static let depthLimit = 41
        public static let bytesLimit = 42
        public static let messageBytesLimit = 43
        public static let delayedLimit = 44
        public static let ttlMs = 45
        public static let overflow = 46
        public static let deliveriesLimit = 47
        public static let backoffMs = 48
        public static let backoffLimitMs = 49
        public static let backoffMultiplier = 50
        public static let visibilityTimeoutMs = 51
        public static let retentionMs = 52
        public static let retentionBytesLimit = 53
        public static let retentionMessagesLimit = 54
        public static let compacts = 55
        public static let compresses = 56
        public static let dedupeWindowMs = 57
        public static let singleActiveConsumer = 58
        public static let idleExpiryMs = 59
        public static let idleGroupExpiryMs = 60
        public static let priorities = 61
        public static let primaryGroup = 62
        public static let capturesSynchronously = 63
        public static let autoCommitIntervalMs = 64
        public static let reserved = 65
        public static let firstOffset = 66
        public static let nextOffset = 67
        public static let cachedBytes = 68
        public static let damage = 69
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string,
            comment: "The queue's name: \"orders\", \"$dlq/orders\"."
        ),
        FieldDescriptor(
            number: 2, name: "type", jsonName: "type", kind: .string, comment: "\"classic\", \"stream\", \"ephemeral\"."
        ),
        FieldDescriptor(
            number: 3, name: "state", jsonName: "state", kind: .string,
            comment: "\"running\"; \"idle\": nothing comes or goes; \"paused\"; \"quarantined\": a log of it cannot be read."
        ),
        FieldDescriptor(
            number: 4, name: "ready", jsonName: "ready", kind: .uint64,
            comment: "Messages that wait, in the group that is furthest behind; of a stream, messages that are there."
        ),
        FieldDescriptor(
            number: 5, name: "unacked", jsonName: "unacked", kind: .uint64,
            comment: "In that group in somebody's hands, or returned and waiting for its time. What its consumer left behind is ready."
        ),
        FieldDescriptor(number: 6, name: "consumers", jsonName: "consumers", kind: .uint64),
        FieldDescriptor(number: 7, name: "bytes", jsonName: "bytes", kind: .uint64),
        FieldDescriptor(
            number: 8, name: "messages_in_per_s", jsonName: "messagesInPerS", kind: .double, isOptional: true,
            comment: "Taken from publishers, and delivered."
        ),
        FieldDescriptor(
            number: 9, name: "messages_out_per_s", jsonName: "messagesOutPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 10, name: "oldest_ms", jsonName: "oldestMs", kind: .uint64, isOptional: true,
            comment: "Age of the oldest message that somebody still wants; unknown when there is none."
        ),
        FieldDescriptor(number: 11, name: "version", jsonName: "version", kind: .string),
        FieldDescriptor(
            number: 12, name: "note", jsonName: "note", kind: .string,
            comment: "Why it needs looking after, the gravest reason: \"no consumers\", \"growing +96/s\", \"paused\", \"full\", \"quarantined: ...\"; empty when nothing is wrong."
        ),
        FieldDescriptor(
            number: 13, name: "depth", jsonName: "depth", kind: .uint64, comment: "ready and unacked together."
        ),
        FieldDescriptor(number: 14, name: "groups", jsonName: "groups", kind: .uint64),
        FieldDescriptor(
            number: 15, name: "delayed", jsonName: "delayed", kind: .uint64,
            comment: "Messages that wait for the time that their publisher named."
        ),
        FieldDescriptor(
            number: 16, name: "durability", jsonName: "durability", kind: .string,
            comment: "What an acknowledgement promises: \"buffered\" survives the process, \"synced\" the machine, \"memory\" neither."
        ),
        FieldDescriptor(
            number: 17, name: "topics", jsonName: "topics", kind: .string, isRepeated: true,
            comment: "Topic filters whose messages it takes."
        ),
        FieldDescriptor(number: 18, name: "shard", jsonName: "shard", kind: .uint32),
        FieldDescriptor(
            number: 19, name: "number", jsonName: "number", kind: .uint64,
            comment: "Never given twice: the name of its directory."
        ),
        FieldDescriptor(
            number: 20, name: "growth_per_s", jsonName: "growthPerS", kind: .double, isOptional: true,
            comment: "Change of depth; unknown before there are two looks."
        ),
        FieldDescriptor(
            number: 21, name: "acknowledged_per_s", jsonName: "acknowledgedPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 22, name: "dead_lettered_per_s", jsonName: "deadLetteredPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 23, name: "published", jsonName: "published", kind: .uint64, comment: "Since the start."
        ),
        FieldDescriptor(number: 24, name: "published_bytes", jsonName: "publishedBytes", kind: .uint64),
        FieldDescriptor(number: 25, name: "delivered", jsonName: "delivered", kind: .uint64),
        FieldDescriptor(number: 26, name: "delivered_bytes", jsonName: "deliveredBytes", kind: .uint64),
        FieldDescriptor(number: 27, name: "acknowledged", jsonName: "acknowledged", kind: .uint64),
        FieldDescriptor(
            number: 28, name: "redelivered", jsonName: "redelivered", kind: .uint64,
            comment: "Deliveries that were not the first of their message."
        ),
        FieldDescriptor(
            number: 29, name: "failed", jsonName: "failed", kind: .uint64,
            comment: "Returned by a consumer as not processed, and by one that did not try."
        ),
        FieldDescriptor(number: 30, name: "released", jsonName: "released", kind: .uint64),
        FieldDescriptor(number: 31, name: "rejected", jsonName: "rejected", kind: .uint64),
        FieldDescriptor(
            number: 32, name: "timed_out", jsonName: "timedOut", kind: .uint64,
            comment: "Taken from a consumer that did not settle in time."
        ),
        FieldDescriptor(number: 33, name: "expired", jsonName: "expired", kind: .uint64),
        FieldDescriptor(
            number: 34, name: "dead_lettered", jsonName: "deadLettered", kind: .uint64,
            comment: "Moved to the dead-letter queue, and stored there."
        ),
        FieldDescriptor(
            number: 35, name: "dropped", jsonName: "dropped", kind: .uint64,
            comment: "Gone without having been processed."
        ),
        FieldDescriptor(
            number: 36, name: "refused", jsonName: "refused", kind: .uint64,
            comment: "Publishes that were not taken, and those whose message id was known."
        ),
        FieldDescriptor(number: 37, name: "duplicates", jsonName: "duplicates", kind: .uint64),
        FieldDescriptor(
            number: 38, name: "dead_letter_queue", jsonName: "deadLetterQueue", kind: .string,
            comment: "Where messages go that cannot be processed; empty when they are dropped."
        ),
        FieldDescriptor(
            number: 39, name: "dead_letter_reasons", jsonName: "deadLetterReasons", kind: .string, isRepeated: true,
            comment: "\"expired\", \"rejected\", \"max-deliveries\", \"overflow\"."
        ),
        FieldDescriptor(
            number: 40, name: "dead_letters_of", jsonName: "deadLettersOf", kind: .string,
            comment: "Queues whose dead letters come here: \"orders\" of \"$dlq/orders\", and those that name this queue for them; with commas."
        ),
        FieldDescriptor(
            number: 41, name: "depth_limit", jsonName: "depthLimit", kind: .uint64,
            comment: "Limits and policies; 0 for none."
        ),
        FieldDescriptor(number: 42, name: "bytes_limit", jsonName: "bytesLimit", kind: .uint64),
        FieldDescriptor(number: 43, name: "message_bytes_limit", jsonName: "messageBytesLimit", kind: .uint64),
        FieldDescriptor(number: 44, name: "delayed_limit", jsonName: "delayedLimit", kind: .uint64),
        FieldDescriptor(number: 45, name: "ttl_ms", jsonName: "ttlMs", kind: .uint64),
        FieldDescriptor(
            number: 46, name: "overflow", jsonName: "overflow", kind: .string,
            comment: "\"reject\", \"drop-head\", \"dead-letter\"."
        ),
        FieldDescriptor(number: 47, name: "deliveries_limit", jsonName: "deliveriesLimit", kind: .uint64),
        FieldDescriptor(number: 48, name: "backoff_ms", jsonName: "backoffMs", kind: .uint64),
        FieldDescriptor(number: 49, name: "backoff_limit_ms", jsonName: "backoffLimitMs", kind: .uint64),
        FieldDescriptor(number: 50, name: "backoff_multiplier", jsonName: "backoffMultiplier", kind: .double),
        FieldDescriptor(number: 51, name: "visibility_timeout_ms", jsonName: "visibilityTimeoutMs", kind: .uint64),
        FieldDescriptor(number: 52, name: "retention_ms", jsonName: "retentionMs", kind: .uint64),
        FieldDescriptor(number: 53, name: "retention_bytes_limit", jsonName: "retentionBytesLimit", kind: .uint64),
        FieldDescriptor(
            number: 54, name: "retention_messages_limit", jsonName: "retentionMessagesLimit", kind: .uint64
        ),
        FieldDescriptor(number: 55, name: "compacts", jsonName: "compacts", kind: .bool),
        FieldDescriptor(number: 56, name: "compresses", jsonName: "compresses", kind: .bool),
        FieldDescriptor(number: 57, name: "dedupe_window_ms", jsonName: "dedupeWindowMs", kind: .uint64),
        FieldDescriptor(number: 58, name: "single_active_consumer", jsonName: "singleActiveConsumer", kind: .bool),
        FieldDescriptor(number: 59, name: "idle_expiry_ms", jsonName: "idleExpiryMs", kind: .uint64),
        FieldDescriptor(number: 60, name: "idle_group_expiry_ms", jsonName: "idleGroupExpiryMs", kind: .uint64),
        FieldDescriptor(number: 61, name: "priorities", jsonName: "priorities", kind: .bool),
        FieldDescriptor(number: 62, name: "primary_group", jsonName: "primaryGroup", kind: .string),
        FieldDescriptor(number: 63, name: "captures_synchronously", jsonName: "capturesSynchronously", kind: .bool),
        FieldDescriptor(number: 64, name: "auto_commit_interval_ms", jsonName: "autoCommitIntervalMs", kind: .uint64),
        FieldDescriptor(number: 65, name: "reserved", jsonName: "reserved", kind: .bool, comment: "The broker's own."),
        FieldDescriptor(
            number: 66, name: "first_offset", jsonName: "firstOffset", kind: .uint64,
            comment: "Of the oldest message that somebody wants, and of the next one; of priority 0, if it has priorities."
        ),
        FieldDescriptor(number: 67, name: "next_offset", jsonName: "nextOffset", kind: .uint64),
        FieldDescriptor(
            number: 68, name: "cached_bytes", jsonName: "cachedBytes", kind: .uint64, comment: "Records in memory."
        ),
        FieldDescriptor(
            number: 69, name: "damage", jsonName: "damage", kind: .string, isRepeated: true,
            comment: "Which of its logs are damaged, each with the file, the place in it, what was expected and what was found; empty when none is."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.type)
        case 3: .string(self.state)
        case 4: .uint(self.ready)
        case 5: .uint(self.unacked)
        case 6: .uint(self.consumers)
        case 7: .uint(self.bytes)
        case 8: if let value = self.messagesInPerS { .double(value) } else { .none }
        case 9: if let value = self.messagesOutPerS { .double(value) } else { .none }
        case 10: if let value = self.oldestMs { .uint(value) } else { .none }
        case 11: .string(self.version)
        case 12: .string(self.note)
        case 13: .uint(self.depth)
        case 14: .uint(self.groups)
        case 15: .uint(self.delayed)
        case 16: .string(self.durability)
        case 18: .uint(UInt64(self.shard))
        case 19: .uint(self.number)
        case 20: if let value = self.growthPerS { .double(value) } else { .none }
        case 21: if let value = self.acknowledgedPerS { .double(value) } else { .none }
        case 22: if let value = self.deadLetteredPerS { .double(value) } else { .none }
        case 23: .uint(self.published)
        case 24: .uint(self.publishedBytes)
        case 25: .uint(self.delivered)
        case 26: .uint(self.deliveredBytes)
        case 27: .uint(self.acknowledged)
        case 28: .uint(self.redelivered)
        case 29: .uint(self.failed)
        case 30: .uint(self.released)
        case 31: .uint(self.rejected)
        case 32: .uint(self.timedOut)
        case 33: .uint(self.expired)
        case 34: .uint(self.deadLettered)
        case 35: .uint(self.dropped)
        case 36: .uint(self.refused)
        case 37: .uint(self.duplicates)
        case 38: .string(self.deadLetterQueue)
        case 40: .string(self.deadLettersOf)
        case 41: .uint(self.depthLimit)
        case 42: .uint(self.bytesLimit)
        case 43: .uint(self.messageBytesLimit)
        case 44: .uint(self.delayedLimit)
        case 45: .uint(self.ttlMs)
        case 46: .string(self.overflow)
        case 47: .uint(self.deliveriesLimit)
        case 48: .uint(self.backoffMs)
        case 49: .uint(self.backoffLimitMs)
        case 50: .double(self.backoffMultiplier)
        case 51: .uint(self.visibilityTimeoutMs)
        case 52: .uint(self.retentionMs)
        case 53: .uint(self.retentionBytesLimit)
        case 54: .uint(self.retentionMessagesLimit)
        case 55: .bool(self.compacts)
        case 56: .bool(self.compresses)
        case 57: .uint(self.dedupeWindowMs)
        case 58: .bool(self.singleActiveConsumer)
        case 59: .uint(self.idleExpiryMs)
        case 60: .uint(self.idleGroupExpiryMs)
        case 61: .bool(self.priorities)
        case 62: .string(self.primaryGroup)
        case 63: .bool(self.capturesSynchronously)
        case 64: .uint(self.autoCommitIntervalMs)
        case 65: .bool(self.reserved)
        case 66: .uint(self.firstOffset)
        case 67: .uint(self.nextOffset)
        case 68: .uint(self.cachedBytes)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.type)
        case 3: try decoder.read(ProtoString.self, into: &self.state)
        case 4: try decoder.read(ProtoUInt64.self, into: &self.ready)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.unacked)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.consumers)
        case 7: try decoder.read(ProtoUInt64.self, into: &self.bytes)
        case 8: try decoder.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 9: try decoder.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 10: try decoder.read(ProtoUInt64.self, into: &self.oldestMs)
        case 11: try decoder.read(ProtoString.self, into: &self.version)
        case 12: try decoder.read(ProtoString.self, into: &self.note)
        case 13: try decoder.read(ProtoUInt64.self, into: &self.depth)
        case 14: try decoder.read(ProtoUInt64.self, into: &self.groups)
        case 15: try decoder.read(ProtoUInt64.self, into: &self.delayed)
        case 16: try decoder.read(ProtoString.self, into: &self.durability)
        case 17: try decoder.read(ProtoString.self, into: &self.topics)
        case 18: try decoder.read(ProtoUInt32.self, into: &self.shard)
        case 19: try decoder.read(ProtoUInt64.self, into: &self.number)
        case 20: try decoder.read(ProtoDouble.self, into: &self.growthPerS)
        case 21: try decoder.read(ProtoDouble.self, into: &self.acknowledgedPerS)
        case 22: try decoder.read(ProtoDouble.self, into: &self.deadLetteredPerS)
        case 23: try decoder.read(ProtoUInt64.self, into: &self.published)
        case 24: try decoder.read(ProtoUInt64.self, into: &self.publishedBytes)
        case 25: try decoder.read(ProtoUInt64.self, into: &self.delivered)
        case 26: try decoder.read(ProtoUInt64.self, into: &self.deliveredBytes)
        case 27: try decoder.read(ProtoUInt64.self, into: &self.acknowledged)
        case 28: try decoder.read(ProtoUInt64.self, into: &self.redelivered)
        case 29: try decoder.read(ProtoUInt64.self, into: &self.failed)
        case 30: try decoder.read(ProtoUInt64.self, into: &self.released)
        case 31: try decoder.read(ProtoUInt64.self, into: &self.rejected)
        case 32: try decoder.read(ProtoUInt64.self, into: &self.timedOut)
        case 33: try decoder.read(ProtoUInt64.self, into: &self.expired)
        case 34: try decoder.read(ProtoUInt64.self, into: &self.deadLettered)
        case 35: try decoder.read(ProtoUInt64.self, into: &self.dropped)
        case 36: try decoder.read(ProtoUInt64.self, into: &self.refused)
        case 37: try decoder.read(ProtoUInt64.self, into: &self.duplicates)
        case 38: try decoder.read(ProtoString.self, into: &self.deadLetterQueue)
        case 39: try decoder.read(ProtoString.self, into: &self.deadLetterReasons)
        case 40: try decoder.read(ProtoString.self, into: &self.deadLettersOf)
        case 41: try decoder.read(ProtoUInt64.self, into: &self.depthLimit)
        case 42: try decoder.read(ProtoUInt64.self, into: &self.bytesLimit)
        case 43: try decoder.read(ProtoUInt64.self, into: &self.messageBytesLimit)
        case 44: try decoder.read(ProtoUInt64.self, into: &self.delayedLimit)
        case 45: try decoder.read(ProtoUInt64.self, into: &self.ttlMs)
        case 46: try decoder.read(ProtoString.self, into: &self.overflow)
        case 47: try decoder.read(ProtoUInt64.self, into: &self.deliveriesLimit)
        case 48: try decoder.read(ProtoUInt64.self, into: &self.backoffMs)
        case 49: try decoder.read(ProtoUInt64.self, into: &self.backoffLimitMs)
        case 50: try decoder.read(ProtoDouble.self, into: &self.backoffMultiplier)
        case 51: try decoder.read(ProtoUInt64.self, into: &self.visibilityTimeoutMs)
        case 52: try decoder.read(ProtoUInt64.self, into: &self.retentionMs)
        case 53: try decoder.read(ProtoUInt64.self, into: &self.retentionBytesLimit)
        case 54: try decoder.read(ProtoUInt64.self, into: &self.retentionMessagesLimit)
        case 55: try decoder.read(ProtoBool.self, into: &self.compacts)
        case 56: try decoder.read(ProtoBool.self, into: &self.compresses)
        case 57: try decoder.read(ProtoUInt64.self, into: &self.dedupeWindowMs)
        case 58: try decoder.read(ProtoBool.self, into: &self.singleActiveConsumer)
        case 59: try decoder.read(ProtoUInt64.self, into: &self.idleExpiryMs)
        case 60: try decoder.read(ProtoUInt64.self, into: &self.idleGroupExpiryMs)
        case 61: try decoder.read(ProtoBool.self, into: &self.priorities)
        case 62: try decoder.read(ProtoString.self, into: &self.primaryGroup)
        case 63: try decoder.read(ProtoBool.self, into: &self.capturesSynchronously)
        case 64: try decoder.read(ProtoUInt64.self, into: &self.autoCommitIntervalMs)
        case 65: try decoder.read(ProtoBool.self, into: &self.reserved)
        case 66: try decoder.read(ProtoUInt64.self, into: &self.firstOffset)
        case 67: try decoder.read(ProtoUInt64.self, into: &self.nextOffset)
        case 68: try decoder.read(ProtoUInt64.self, into: &self.cachedBytes)
        case 69: try decoder.read(ProtoString.self, into: &self.damage)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(ProtoString.self, 69, self.damage)
        encoder.write(ProtoUInt64.self, 68, self.cachedBytes)
        encoder.write(ProtoUInt64.self, 67, self.nextOffset)
        encoder.write(ProtoUInt64.self, 66, self.firstOffset)
        encoder.write(ProtoBool.self, 65, self.reserved)
        encoder.write(ProtoUInt64.self, 64, self.autoCommitIntervalMs)
        encoder.write(ProtoBool.self, 63, self.capturesSynchronously)
        encoder.write(ProtoString.self, 62, self.primaryGroup)
        encoder.write(ProtoBool.self, 61, self.priorities)
        encoder.write(ProtoUInt64.self, 60, self.idleGroupExpiryMs)
        encoder.write(ProtoUInt64.self, 59, self.idleExpiryMs)
        encoder.write(ProtoBool.self, 58, self.singleActiveConsumer)
        encoder.write(ProtoUInt64.self, 57, self.dedupeWindowMs)
        encoder.write(ProtoBool.self, 56, self.compresses)
        encoder.write(ProtoBool.self, 55, self.compacts)
        encoder.write(ProtoUInt64.self, 54, self.retentionMessagesLimit)
        encoder.write(ProtoUInt64.self, 53, self.retentionBytesLimit)
        encoder.write(ProtoUInt64.self, 52, self.retentionMs)
        encoder.write(ProtoUInt64.self, 51, self.visibilityTimeoutMs)
        encoder.write(ProtoDouble.self, 50, self.backoffMultiplier)
        encoder.write(ProtoUInt64.self, 49, self.backoffLimitMs)
        encoder.write(ProtoUInt64.self, 48, self.backoffMs)
        encoder.write(ProtoUInt64.self, 47, self.deliveriesLimit)
        encoder.write(ProtoString.self, 46, self.overflow)
        encoder.write(ProtoUInt64.self, 45, self.ttlMs)
        encoder.write(ProtoUInt64.self, 44, self.delayedLimit)
        encoder.write(ProtoUInt64.self, 43, self.messageBytesLimit)
        encoder.write(ProtoUInt64.self, 42, self.bytesLimit)
        encoder.write(ProtoUInt64.self, 41, self.depthLimit)
        encoder.write(ProtoString.self, 40, self.deadLettersOf)
        encoder.writeEach(ProtoString.self, 39, self.deadLetterReasons)
        encoder.write(ProtoString.self, 38, self.deadLetterQueue)
        encoder.write(ProtoUInt64.self, 37, self.duplicates)
        encoder.write(ProtoUInt64.self, 36, self.refused)
        encoder.write(ProtoUInt64.self, 35, self.dropped)
        encoder.write(ProtoUInt64.self, 34, self.deadLettered)
        encoder.write(ProtoUInt64.self, 33, self.expired)
        encoder.write(ProtoUInt64.self, 32, self.timedOut)
        encoder.write(ProtoUInt64.self, 31, self.rejected)
        encoder.write(ProtoUInt64.self, 30, self.released)
        encoder.write(ProtoUInt64.self, 29, self.failed)
        encoder.write(ProtoUInt64.self, 28, self.redelivered)
        encoder.write(ProtoUInt64.self, 27, self.acknowledged)
        encoder.write(ProtoUInt64.self, 26, self.deliveredBytes)
        encoder.write(ProtoUInt64.self, 25, self.delivered)
        encoder.write(ProtoUInt64.self, 24, self.publishedBytes)
        encoder.write(ProtoUInt64.self, 23, self.published)
        encoder.writeOptional(ProtoDouble.self, 22, self.deadLetteredPerS)
        encoder.writeOptional(ProtoDouble.self, 21, self.acknowledgedPerS)
        encoder.writeOptional(ProtoDouble.self, 20, self.growthPerS)
        encoder.write(ProtoUInt64.self, 19, self.number)
        encoder.write(ProtoUInt32.self, 18, self.shard)
        encoder.writeEach(ProtoString.self, 17, self.topics)
        encoder.write(ProtoString.self, 16, self.durability)
        encoder.write(ProtoUInt64.self, 15, self.delayed)
        encoder.write(ProtoUInt64.self, 14, self.groups)
        encoder.write(ProtoUInt64.self, 13, self.depth)
        encoder.write(ProtoString.self, 12, self.note)
        encoder.write(ProtoString.self, 11, self.version)
        encoder.writeOptional(ProtoUInt64.self, 10, self.oldestMs)
        encoder.writeOptional(ProtoDouble.self, 9, self.messagesOutPerS)
        encoder.writeOptional(ProtoDouble.self, 8, self.messagesInPerS)
        encoder.write(ProtoUInt64.self, 7, self.bytes)
        encoder.write(ProtoUInt64.self, 6, self.consumers)
        encoder.write(ProtoUInt64.self, 5, self.unacked)
        encoder.write(ProtoUInt64.self, 4, self.ready)
        encoder.write(ProtoString.self, 3, self.state)
        encoder.write(ProtoString.self, 2, self.type)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.type)
        case 3: try reader.read(ProtoString.self, into: &self.state)
        case 4: try reader.read(ProtoUInt64.self, into: &self.ready)
        case 5: try reader.read(ProtoUInt64.self, into: &self.unacked)
        case 6: try reader.read(ProtoUInt64.self, into: &self.consumers)
        case 7: try reader.read(ProtoUInt64.self, into: &self.bytes)
        case 8: try reader.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 9: try reader.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 10: try reader.read(ProtoUInt64.self, into: &self.oldestMs)
        case 11: try reader.read(ProtoString.self, into: &self.version)
        case 12: try reader.read(ProtoString.self, into: &self.note)
        case 13: try reader.read(ProtoUInt64.self, into: &self.depth)
        case 14: try reader.read(ProtoUInt64.self, into: &self.groups)
        case 15: try reader.read(ProtoUInt64.self, into: &self.delayed)
        case 16: try reader.read(ProtoString.self, into: &self.durability)
        case 17: try reader.read(ProtoString.self, into: &self.topics)
        case 18: try reader.read(ProtoUInt32.self, into: &self.shard)
        case 19: try reader.read(ProtoUInt64.self, into: &self.number)
        case 20: try reader.read(ProtoDouble.self, into: &self.growthPerS)
        case 21: try reader.read(ProtoDouble.self, into: &self.acknowledgedPerS)
        case 22: try reader.read(ProtoDouble.self, into: &self.deadLetteredPerS)
        case 23: try reader.read(ProtoUInt64.self, into: &self.published)
        case 24: try reader.read(ProtoUInt64.self, into: &self.publishedBytes)
        case 25: try reader.read(ProtoUInt64.self, into: &self.delivered)
        case 26: try reader.read(ProtoUInt64.self, into: &self.deliveredBytes)
        case 27: try reader.read(ProtoUInt64.self, into: &self.acknowledged)
        case 28: try reader.read(ProtoUInt64.self, into: &self.redelivered)
        case 29: try reader.read(ProtoUInt64.self, into: &self.failed)
        case 30: try reader.read(ProtoUInt64.self, into: &self.released)
        case 31: try reader.read(ProtoUInt64.self, into: &self.rejected)
        case 32: try reader.read(ProtoUInt64.self, into: &self.timedOut)
        case 33: try reader.read(ProtoUInt64.self, into: &self.expired)
        case 34: try reader.read(ProtoUInt64.self, into: &self.deadLettered)
        case 35: try reader.read(ProtoUInt64.self, into: &self.dropped)
        case 36: try reader.read(ProtoUInt64.self, into: &self.refused)
        case 37: try reader.read(ProtoUInt64.self, into: &self.duplicates)
        case 38: try reader.read(ProtoString.self, into: &self.deadLetterQueue)
        case 39: try reader.read(ProtoString.self, into: &self.deadLetterReasons)
        case 40: try reader.read(ProtoString.self, into: &self.deadLettersOf)
        case 41: try reader.read(ProtoUInt64.self, into: &self.depthLimit)
        case 42: try reader.read(ProtoUInt64.self, into: &self.bytesLimit)
        case 43: try reader.read(ProtoUInt64.self, into: &self.messageBytesLimit)
        case 44: try reader.read(ProtoUInt64.self, into: &self.delayedLimit)
        case 45: try reader.read(ProtoUInt64.self, into: &self.ttlMs)
        case 46: try reader.read(ProtoString.self, into: &self.overflow)
        case 47: try reader.read(ProtoUInt64.self, into: &self.deliveriesLimit)
        case 48: try reader.read(ProtoUInt64.self, into: &self.backoffMs)
        case 49: try reader.read(ProtoUInt64.self, into: &self.backoffLimitMs)
        case 50: try reader.read(ProtoDouble.self, into: &self.backoffMultiplier)
        case 51: try reader.read(ProtoUInt64.self, into: &self.visibilityTimeoutMs)
        case 52: try reader.read(ProtoUInt64.self, into: &self.retentionMs)
        case 53: try reader.read(ProtoUInt64.self, into: &self.retentionBytesLimit)
        case 54: try reader.read(ProtoUInt64.self, into: &self.retentionMessagesLimit)
        case 55: try reader.read(ProtoBool.self, into: &self.compacts)
        case 56: try reader.read(ProtoBool.self, into: &self.compresses)
        case 57: try reader.read(ProtoUInt64.self, into: &self.dedupeWindowMs)
        case 58: try reader.read(ProtoBool.self, into: &self.singleActiveConsumer)
        case 59: try reader.read(ProtoUInt64.self, into: &self.idleExpiryMs)
        case 60: try reader.read(ProtoUInt64.self, into: &self.idleGroupExpiryMs)
        case 61: try reader.read(ProtoBool.self, into: &self.priorities)
        case 62: try reader.read(ProtoString.self, into: &self.primaryGroup)
        case 63: try reader.read(ProtoBool.self, into: &self.capturesSynchronously)
        case 64: try reader.read(ProtoUInt64.self, into: &self.autoCommitIntervalMs)
        case 65: try reader.read(ProtoBool.self, into: &self.reserved)
        case 66: try reader.read(ProtoUInt64.self, into: &self.firstOffset)
        case 67: try reader.read(ProtoUInt64.self, into: &self.nextOffset)
        case 68: try reader.read(ProtoUInt64.self, into: &self.cachedBytes)
        case 69: try reader.read(ProtoString.self, into: &self.damage)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "type", self.type)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoUInt64.self, "ready", self.ready)
        writer.write(ProtoUInt64.self, "unacked", self.unacked)
        writer.write(ProtoUInt64.self, "consumers", self.consumers)
        writer.write(ProtoUInt64.self, "bytes", self.bytes)
        writer.writeOptional(ProtoDouble.self, "messagesInPerS", self.messagesInPerS)
        writer.writeOptional(ProtoDouble.self, "messagesOutPerS", self.messagesOutPerS)
        writer.writeOptional(ProtoUInt64.self, "oldestMs", self.oldestMs)
        writer.write(ProtoString.self, "version", self.version)
        writer.write(ProtoString.self, "note", self.note)
        writer.write(ProtoUInt64.self, "depth", self.depth)
        writer.write(ProtoUInt64.self, "groups", self.groups)
        writer.write(ProtoUInt64.self, "delayed", self.delayed)
        writer.write(ProtoString.self, "durability", self.durability)
        writer.writeEach(ProtoString.self, "topics", self.topics)
        writer.write(ProtoUInt32.self, "shard", self.shard)
        writer.write(ProtoUInt64.self, "number", self.number)
        writer.writeOptional(ProtoDouble.self, "growthPerS", self.growthPerS)
        writer.writeOptional(ProtoDouble.self, "acknowledgedPerS", self.acknowledgedPerS)
        writer.writeOptional(ProtoDouble.self, "deadLetteredPerS", self.deadLetteredPerS)
        writer.write(ProtoUInt64.self, "published", self.published)
        writer.write(ProtoUInt64.self, "publishedBytes", self.publishedBytes)
        writer.write(ProtoUInt64.self, "delivered", self.delivered)
        writer.write(ProtoUInt64.self, "deliveredBytes", self.deliveredBytes)
        writer.write(ProtoUInt64.self, "acknowledged", self.acknowledged)
        writer.write(ProtoUInt64.self, "redelivered", self.redelivered)
        writer.write(ProtoUInt64.self, "failed", self.failed)
        writer.write(ProtoUInt64.self, "released", self.released)
        writer.write(ProtoUInt64.self, "rejected", self.rejected)
        writer.write(ProtoUInt64.self, "timedOut", self.timedOut)
        writer.write(ProtoUInt64.self, "expired", self.expired)
        writer.write(ProtoUInt64.self, "deadLettered", self.deadLettered)
        writer.write(ProtoUInt64.self, "dropped", self.dropped)
        writer.write(ProtoUInt64.self, "refused", self.refused)
        writer.write(ProtoUInt64.self, "duplicates", self.duplicates)
        writer.write(ProtoString.self, "deadLetterQueue", self.deadLetterQueue)
        writer.writeEach(ProtoString.self, "deadLetterReasons", self.deadLetterReasons)
        writer.write(ProtoString.self, "deadLettersOf", self.deadLettersOf)
        writer.write(ProtoUInt64.self, "depthLimit", self.depthLimit)
        writer.write(ProtoUInt64.self, "bytesLimit", self.bytesLimit)
        writer.write(ProtoUInt64.self, "messageBytesLimit", self.messageBytesLimit)
        writer.write(ProtoUInt64.self, "delayedLimit", self.delayedLimit)
        writer.write(ProtoUInt64.self, "ttlMs", self.ttlMs)
        writer.write(ProtoString.self, "overflow", self.overflow)
        writer.write(ProtoUInt64.self, "deliveriesLimit", self.deliveriesLimit)
        writer.write(ProtoUInt64.self, "backoffMs", self.backoffMs)
        writer.write(ProtoUInt64.self, "backoffLimitMs", self.backoffLimitMs)
        writer.write(ProtoDouble.self, "backoffMultiplier", self.backoffMultiplier)
        writer.write(ProtoUInt64.self, "visibilityTimeoutMs", self.visibilityTimeoutMs)
        writer.write(ProtoUInt64.self, "retentionMs", self.retentionMs)
        writer.write(ProtoUInt64.self, "retentionBytesLimit", self.retentionBytesLimit)
        writer.write(ProtoUInt64.self, "retentionMessagesLimit", self.retentionMessagesLimit)
        writer.write(ProtoBool.self, "compacts", self.compacts)
        writer.write(ProtoBool.self, "compresses", self.compresses)
        writer.write(ProtoUInt64.self, "dedupeWindowMs", self.dedupeWindowMs)
        writer.write(ProtoBool.self, "singleActiveConsumer", self.singleActiveConsumer)
        writer.write(ProtoUInt64.self, "idleExpiryMs", self.idleExpiryMs)
        writer.write(ProtoUInt64.self, "idleGroupExpiryMs", self.idleGroupExpiryMs)
        writer.write(ProtoBool.self, "priorities", self.priorities)
        writer.write(ProtoString.self, "primaryGroup", self.primaryGroup)
        writer.write(ProtoBool.self, "capturesSynchronously", self.capturesSynchronously)
        writer.write(ProtoUInt64.self, "autoCommitIntervalMs", self.autoCommitIntervalMs)
        writer.write(ProtoBool.self, "reserved", self.reserved)
        writer.write(ProtoUInt64.self, "firstOffset", self.firstOffset)
        writer.write(ProtoUInt64.self, "nextOffset", self.nextOffset)
        writer.write(ProtoUInt64.self, "cachedBytes", self.cachedBytes)
        writer.writeEach(ProtoString.self, "damage", self.damage)
    }
}

extension AdminV1 {
    /// Consumers of a queue that share its messages: each message goes to one of them.
    public struct Group: Message {
        /// Queue and name with a space between: "orders billing".
        public var id: String = ""
        public var queue: String = ""
        /// With its filter, if it has one: "billing@eu/#".
        public var name: String = ""
        public var filter: String = ""
        /// "queue": what is not settled comes again; "stream": a cursor that moves on.
        public var mode: String = ""
        /// "ok"; "idle": nothing to do; "falling behind"; "no members": something waits and nobody takes it; "paused".
        public var state: String = ""
        /// Its consumers.
        public var members: UInt64 = 0
        /// Delivered and not settled, or waiting to be delivered again.
        public var pending: UInt64 = 0
        /// Messages between what is settled and the end.
        public var lag: UInt64 = 0
        /// Change of lag.
        public var growthPerS: Double?
        /// What comes to its queue, and what is delivered to its members.
        public var messagesInPerS: Double?
        public var messagesOutPerS: Double?
        /// Until lag is nothing, as things go; unknown when it does not shrink.
        public var drainMs: UInt64?
        /// Age of the oldest message that it has not settled; unknown when there is none.
        public var oldestMs: UInt64?
        public var version: String = ""
        /// Messages that nobody was given yet.
        public var ready: UInt64 = 0
        /// The next message that it delivers, what it begins with after a restart, and the end; of priority 0, if there are priorities.
        public var cursorOffset: UInt64 = 0
        public var committedOffset: UInt64 = 0
        public var tailOffset: UInt64 = 0
        public var commitsAutomatically: Bool = false
        public var shard: UInt32 = 0
        public var acknowledgedPerS: Double?
        /// Since the start, as in Queue.
        public var delivered: UInt64 = 0
        public var deliveredBytes: UInt64 = 0
        public var acknowledged: UInt64 = 0
        public var redelivered: UInt64 = 0
        public var failed: UInt64 = 0
        public var released: UInt64 = 0
        public var rejected: UInt64 = 0
        public var timedOut: UInt64 = 0
        public var expired: UInt64 = 0
        public var deadLettered: UInt64 = 0
        public var dropped: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Group {
    public static let protoName = "fluxmq.admin.v1.Group"

    public enum FieldNumber {
        public static let id = 1
        public static let queue = 2
        public static let name = 3
        public static let filter = 4
        public static let mode = 5
        public static let state = 6
        public static let members = 7
        public static let pending = 8
        public static let lag = 9
        public static let growthPerS = 10
        public static let messagesInPerS = 11
        public static let messagesOutPerS = 12
        public static let drainMs = 13
        public static let oldestMs = 14
        public static let version = 15
        public static let ready = 16
        public static let cursorOffset = 17
        public static let committedOffset = 18
        public static let tailOffset = 19
        public static let commitsAutomatically = 20
        public static let shard = 21
        public static let acknowledgedPerS = 22
        public static let delivered = 23
        public static let deliveredBytes = 24
        public static let acknowledged = 25
        public static let redelivered = 26
        public static let failed = 27
        public static let released = 28
        public static let rejected = 29
        public static let timedOut = 30
        public static let expired = 31
        public static let deadLettered = 32
        public static let dropped = 33
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string,
            comment: "Queue and name with a space between: \"orders billing\"."
        ),
        FieldDescriptor(number: 2, name: "queue", jsonName: "queue", kind: .string),
        FieldDescriptor(
            number: 3, name: "name", jsonName: "name", kind: .string,
            comment: "With its filter, if it has one: \"billing@eu/#\"."
        ),
        FieldDescriptor(number: 4, name: "filter", jsonName: "filter", kind: .string),
        FieldDescriptor(
            number: 5, name: "mode", jsonName: "mode", kind: .string,
            comment: "\"queue\": what is not settled comes again; \"stream\": a cursor that moves on."
        ),
        FieldDescriptor(
            number: 6, name: "state", jsonName: "state", kind: .string,
            comment: "\"ok\"; \"idle\": nothing to do; \"falling behind\"; \"no members\": something waits and nobody takes it; \"paused\"."
        ),
        FieldDescriptor(number: 7, name: "members", jsonName: "members", kind: .uint64, comment: "Its consumers."),
        FieldDescriptor(
            number: 8, name: "pending", jsonName: "pending", kind: .uint64,
            comment: "Delivered and not settled, or waiting to be delivered again."
        ),
        FieldDescriptor(
            number: 9, name: "lag", jsonName: "lag", kind: .uint64,
            comment: "Messages between what is settled and the end."
        ),
        FieldDescriptor(
            number: 10, name: "growth_per_s", jsonName: "growthPerS", kind: .double, isOptional: true,
            comment: "Change of lag."
        ),
        FieldDescriptor(
            number: 11, name: "messages_in_per_s", jsonName: "messagesInPerS", kind: .double, isOptional: true,
            comment: "What comes to its queue, and what is delivered to its members."
        ),
        FieldDescriptor(
            number: 12, name: "messages_out_per_s", jsonName: "messagesOutPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 13, name: "drain_ms", jsonName: "drainMs", kind: .uint64, isOptional: true,
            comment: "Until lag is nothing, as things go; unknown when it does not shrink."
        ),
        FieldDescriptor(
            number: 14, name: "oldest_ms", jsonName: "oldestMs", kind: .uint64, isOptional: true,
            comment: "Age of the oldest message that it has not settled; unknown when there is none."
        ),
        FieldDescriptor(number: 15, name: "version", jsonName: "version", kind: .string),
        FieldDescriptor(
            number: 16, name: "ready", jsonName: "ready", kind: .uint64, comment: "Messages that nobody was given yet."
        ),
        FieldDescriptor(
            number: 17, name: "cursor_offset", jsonName: "cursorOffset", kind: .uint64,
            comment: "The next message that it delivers, what it begins with after a restart, and the end; of priority 0, if there are priorities."
        ),
        FieldDescriptor(number: 18, name: "committed_offset", jsonName: "committedOffset", kind: .uint64),
        FieldDescriptor(number: 19, name: "tail_offset", jsonName: "tailOffset", kind: .uint64),
        FieldDescriptor(number: 20, name: "commits_automatically", jsonName: "commitsAutomatically", kind: .bool),
        FieldDescriptor(number: 21, name: "shard", jsonName: "shard", kind: .uint32),
        FieldDescriptor(
            number: 22, name: "acknowledged_per_s", jsonName: "acknowledgedPerS", kind: .double, isOptional: true
        ),
        FieldDescriptor(
            number: 23, name: "delivered", jsonName: "delivered", kind: .uint64,
            comment: "Since the start, as in Queue."
        ),
        FieldDescriptor(number: 24, name: "delivered_bytes", jsonName: "deliveredBytes", kind: .uint64),
        FieldDescriptor(number: 25, name: "acknowledged", jsonName: "acknowledged", kind: .uint64),
        FieldDescriptor(number: 26, name: "redelivered", jsonName: "redelivered", kind: .uint64),
        FieldDescriptor(number: 27, name: "failed", jsonName: "failed", kind: .uint64),
        FieldDescriptor(number: 28, name: "released", jsonName: "released", kind: .uint64),
        FieldDescriptor(number: 29, name: "rejected", jsonName: "rejected", kind: .uint64),
        FieldDescriptor(number: 30, name: "timed_out", jsonName: "timedOut", kind: .uint64),
        FieldDescriptor(number: 31, name: "expired", jsonName: "expired", kind: .uint64),
        FieldDescriptor(number: 32, name: "dead_lettered", jsonName: "deadLettered", kind: .uint64),
        FieldDescriptor(number: 33, name: "dropped", jsonName: "dropped", kind: .uint64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.queue)
        case 3: .string(self.name)
        case 4: .string(self.filter)
        case 5: .string(self.mode)
        case 6: .string(self.state)
        case 7: .uint(self.members)
        case 8: .uint(self.pending)
        case 9: .uint(self.lag)
        case 10: if let value = self.growthPerS { .double(value) } else { .none }
        case 11: if let value = self.messagesInPerS { .double(value) } else { .none }
        case 12: if let value = self.messagesOutPerS { .double(value) } else { .none }
        case 13: if let value = self.drainMs { .uint(value) } else { .none }
        case 14: if let value = self.oldestMs { .uint(value) } else { .none }
        case 15: .string(self.version)
        case 16: .uint(self.ready)
        case 17: .uint(self.cursorOffset)
        case 18: .uint(self.committedOffset)
        case 19: .uint(self.tailOffset)
        case 20: .bool(self.commitsAutomatically)
        case 21: .uint(UInt64(self.shard))
        case 22: if let value = self.acknowledgedPerS { .double(value) } else { .none }
        case 23: .uint(self.delivered)
        case 24: .uint(self.deliveredBytes)
        case 25: .uint(self.acknowledged)
        case 26: .uint(self.redelivered)
        case 27: .uint(self.failed)
        case 28: .uint(self.released)
        case 29: .uint(self.rejected)
        case 30: .uint(self.timedOut)
        case 31: .uint(self.expired)
        case 32: .uint(self.deadLettered)
        case 33: .uint(self.dropped)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.queue)
        case 3: try decoder.read(ProtoString.self, into: &self.name)
        case 4: try decoder.read(ProtoString.self, into: &self.filter)
        case 5: try decoder.read(ProtoString.self, into: &self.mode)
        case 6: try decoder.read(ProtoString.self, into: &self.state)
        case 7: try decoder.read(ProtoUInt64.self, into: &self.members)
        case 8: try decoder.read(ProtoUInt64.self, into: &self.pending)
        case 9: try decoder.read(ProtoUInt64.self, into: &self.lag)
        case 10: try decoder.read(ProtoDouble.self, into: &self.growthPerS)
        case 11: try decoder.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 12: try decoder.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 13: try decoder.read(ProtoUInt64.self, into: &self.drainMs)
        case 14: try decoder.read(ProtoUInt64.self, into: &self.oldestMs)
        case 15: try decoder.read(ProtoString.self, into: &self.version)
        case 16: try decoder.read(ProtoUInt64.self, into: &self.ready)
        case 17: try decoder.read(ProtoUInt64.self, into: &self.cursorOffset)
        case 18: try decoder.read(ProtoUInt64.self, into: &self.committedOffset)
        case 19: try decoder.read(ProtoUInt64.self, into: &self.tailOffset)
        case 20: try decoder.read(ProtoBool.self, into: &self.commitsAutomatically)
        case 21: try decoder.read(ProtoUInt32.self, into: &self.shard)
        case 22: try decoder.read(ProtoDouble.self, into: &self.acknowledgedPerS)
        case 23: try decoder.read(ProtoUInt64.self, into: &self.delivered)
        case 24: try decoder.read(ProtoUInt64.self, into: &self.deliveredBytes)
        case 25: try decoder.read(ProtoUInt64.self, into: &self.acknowledged)
        case 26: try decoder.read(ProtoUInt64.self, into: &self.redelivered)
        case 27: try decoder.read(ProtoUInt64.self, into: &self.failed)
        case 28: try decoder.read(ProtoUInt64.self, into: &self.released)
        case 29: try decoder.read(ProtoUInt64.self, into: &self.rejected)
        case 30: try decoder.read(ProtoUInt64.self, into: &self.timedOut)
        case 31: try decoder.read(ProtoUInt64.self, into: &self.expired)
        case 32: try decoder.read(ProtoUInt64.self, into: &self.deadLettered)
        case 33: try decoder.read(ProtoUInt64.self, into: &self.dropped)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 33, self.dropped)
        encoder.write(ProtoUInt64.self, 32, self.deadLettered)
        encoder.write(ProtoUInt64.self, 31, self.expired)
        encoder.write(ProtoUInt64.self, 30, self.timedOut)
        encoder.write(ProtoUInt64.self, 29, self.rejected)
        encoder.write(ProtoUInt64.self, 28, self.released)
        encoder.write(ProtoUInt64.self, 27, self.failed)
        encoder.write(ProtoUInt64.self, 26, self.redelivered)
        encoder.write(ProtoUInt64.self, 25, self.acknowledged)
        encoder.write(ProtoUInt64.self, 24, self.deliveredBytes)
        encoder.write(ProtoUInt64.self, 23, self.delivered)
        encoder.writeOptional(ProtoDouble.self, 22, self.acknowledgedPerS)
        encoder.write(ProtoUInt32.self, 21, self.shard)
        encoder.write(ProtoBool.self, 20, self.commitsAutomatically)
        encoder.write(ProtoUInt64.self, 19, self.tailOffset)
        encoder.write(ProtoUInt64.self, 18, self.committedOffset)
        encoder.write(ProtoUInt64.self, 17, self.cursorOffset)
        encoder.write(ProtoUInt64.self, 16, self.ready)
        encoder.write(ProtoString.self, 15, self.version)
        encoder.writeOptional(ProtoUInt64.self, 14, self.oldestMs)
        encoder.writeOptional(ProtoUInt64.self, 13, self.drainMs)
        encoder.writeOptional(ProtoDouble.self, 12, self.messagesOutPerS)
        encoder.writeOptional(ProtoDouble.self, 11, self.messagesInPerS)
        encoder.writeOptional(ProtoDouble.self, 10, self.growthPerS)
        encoder.write(ProtoUInt64.self, 9, self.lag)
        encoder.write(ProtoUInt64.self, 8, self.pending)
        encoder.write(ProtoUInt64.self, 7, self.members)
        encoder.write(ProtoString.self, 6, self.state)
        encoder.write(ProtoString.self, 5, self.mode)
        encoder.write(ProtoString.self, 4, self.filter)
        encoder.write(ProtoString.self, 3, self.name)
        encoder.write(ProtoString.self, 2, self.queue)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.queue)
        case 3: try reader.read(ProtoString.self, into: &self.name)
        case 4: try reader.read(ProtoString.self, into: &self.filter)
        case 5: try reader.read(ProtoString.self, into: &self.mode)
        case 6: try reader.read(ProtoString.self, into: &self.state)
        case 7: try reader.read(ProtoUInt64.self, into: &self.members)
        case 8: try reader.read(ProtoUInt64.self, into: &self.pending)
        case 9: try reader.read(ProtoUInt64.self, into: &self.lag)
        case 10: try reader.read(ProtoDouble.self, into: &self.growthPerS)
        case 11: try reader.read(ProtoDouble.self, into: &self.messagesInPerS)
        case 12: try reader.read(ProtoDouble.self, into: &self.messagesOutPerS)
        case 13: try reader.read(ProtoUInt64.self, into: &self.drainMs)
        case 14: try reader.read(ProtoUInt64.self, into: &self.oldestMs)
        case 15: try reader.read(ProtoString.self, into: &self.version)
        case 16: try reader.read(ProtoUInt64.self, into: &self.ready)
        case 17: try reader.read(ProtoUInt64.self, into: &self.cursorOffset)
        case 18: try reader.read(ProtoUInt64.self, into: &self.committedOffset)
        case 19: try reader.read(ProtoUInt64.self, into: &self.tailOffset)
        case 20: try reader.read(ProtoBool.self, into: &self.commitsAutomatically)
        case 21: try reader.read(ProtoUInt32.self, into: &self.shard)
        case 22: try reader.read(ProtoDouble.self, into: &self.acknowledgedPerS)
        case 23: try reader.read(ProtoUInt64.self, into: &self.delivered)
        case 24: try reader.read(ProtoUInt64.self, into: &self.deliveredBytes)
        case 25: try reader.read(ProtoUInt64.self, into: &self.acknowledged)
        case 26: try reader.read(ProtoUInt64.self, into: &self.redelivered)
        case 27: try reader.read(ProtoUInt64.self, into: &self.failed)
        case 28: try reader.read(ProtoUInt64.self, into: &self.released)
        case 29: try reader.read(ProtoUInt64.self, into: &self.rejected)
        case 30: try reader.read(ProtoUInt64.self, into: &self.timedOut)
        case 31: try reader.read(ProtoUInt64.self, into: &self.expired)
        case 32: try reader.read(ProtoUInt64.self, into: &self.deadLettered)
        case 33: try reader.read(ProtoUInt64.self, into: &self.dropped)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "queue", self.queue)
        writer.write(ProtoString.self, "name", self.name)
        writer.write(ProtoString.self, "filter", self.filter)
        writer.write(ProtoString.self, "mode", self.mode)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoUInt64.self, "members", self.members)
        writer.write(ProtoUInt64.self, "pending", self.pending)
        writer.write(ProtoUInt64.self, "lag", self.lag)
        writer.writeOptional(ProtoDouble.self, "growthPerS", self.growthPerS)
        writer.writeOptional(ProtoDouble.self, "messagesInPerS", self.messagesInPerS)
        writer.writeOptional(ProtoDouble.self, "messagesOutPerS", self.messagesOutPerS)
        writer.writeOptional(ProtoUInt64.self, "drainMs", self.drainMs)
        writer.writeOptional(ProtoUInt64.self, "oldestMs", self.oldestMs)
        writer.write(ProtoString.self, "version", self.version)
        writer.write(ProtoUInt64.self, "ready", self.ready)
        writer.write(ProtoUInt64.self, "cursorOffset", self.cursorOffset)
        writer.write(ProtoUInt64.self, "committedOffset", self.committedOffset)
        writer.write(ProtoUInt64.self, "tailOffset", self.tailOffset)
        writer.write(ProtoBool.self, "commitsAutomatically", self.commitsAutomatically)
        writer.write(ProtoUInt32.self, "shard", self.shard)
        writer.writeOptional(ProtoDouble.self, "acknowledgedPerS", self.acknowledgedPerS)
        writer.write(ProtoUInt64.self, "delivered", self.delivered)
        writer.write(ProtoUInt64.self, "deliveredBytes", self.deliveredBytes)
        writer.write(ProtoUInt64.self, "acknowledged", self.acknowledged)
        writer.write(ProtoUInt64.self, "redelivered", self.redelivered)
        writer.write(ProtoUInt64.self, "failed", self.failed)
        writer.write(ProtoUInt64.self, "released", self.released)
        writer.write(ProtoUInt64.self, "rejected", self.rejected)
        writer.write(ProtoUInt64.self, "timedOut", self.timedOut)
        writer.write(ProtoUInt64.self, "expired", self.expired)
        writer.write(ProtoUInt64.self, "deadLettered", self.deadLettered)
        writer.write(ProtoUInt64.self, "dropped", self.dropped)
    }
}

extension AdminV1 {
    /// A member of a group: one client's subscription to a queue.
    public struct Consumer: Message {
        /// "m1.300.17": the queue's shard and number, and a number there.
        public var id: String = ""
        public var queue: String = ""
        /// As Group.name.
        public var group: String = ""
        public var clientID: String = ""
        /// Shard of the client's session.
        public var shard: UInt32 = 0
        /// Deliveries that it takes now.
        public var credit: UInt64 = 0
        /// Delivered to it and not settled.
        public var pending: UInt64 = 0
        public var delivered: UInt64 = 0
        /// "active"; "waiting": the queue has a single active consumer, and it is another one.
        public var state: String = ""
        public var version: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Consumer {
    public static let protoName = "fluxmq.admin.v1.Consumer"

    public enum FieldNumber {
        public static let id = 1
        public static let queue = 2
        public static let group = 3
        public static let clientID = 4
        public static let shard = 5
        public static let credit = 6
        public static let pending = 7
        public static let delivered = 8
        public static let state = 9
        public static let version = 10
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string,
            comment: "\"m1.300.17\": the queue's shard and number, and a number there."
        ),
        FieldDescriptor(number: 2, name: "queue", jsonName: "queue", kind: .string),
        FieldDescriptor(number: 3, name: "group", jsonName: "group", kind: .string, comment: "As Group.name."),
        FieldDescriptor(number: 4, name: "client_id", jsonName: "clientId", kind: .string),
        FieldDescriptor(
            number: 5, name: "shard", jsonName: "shard", kind: .uint32, comment: "Shard of the client's session."
        ),
        FieldDescriptor(
            number: 6, name: "credit", jsonName: "credit", kind: .uint64, comment: "Deliveries that it takes now."
        ),
        FieldDescriptor(
            number: 7, name: "pending", jsonName: "pending", kind: .uint64, comment: "Delivered to it and not settled."
        ),
        FieldDescriptor(number: 8, name: "delivered", jsonName: "delivered", kind: .uint64),
        FieldDescriptor(
            number: 9, name: "state", jsonName: "state", kind: .string,
            comment: "\"active\"; \"waiting\": the queue has a single active consumer, and it is another one."
        ),
        FieldDescriptor(number: 10, name: "version", jsonName: "version", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.queue)
        case 3: .string(self.group)
        case 4: .string(self.clientID)
        case 5: .uint(UInt64(self.shard))
        case 6: .uint(self.credit)
        case 7: .uint(self.pending)
        case 8: .uint(self.delivered)
        case 9: .string(self.state)
        case 10: .string(self.version)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.queue)
        case 3: try decoder.read(ProtoString.self, into: &self.group)
        case 4: try decoder.read(ProtoString.self, into: &self.clientID)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.shard)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.credit)
        case 7: try decoder.read(ProtoUInt64.self, into: &self.pending)
        case 8: try decoder.read(ProtoUInt64.self, into: &self.delivered)
        case 9: try decoder.read(ProtoString.self, into: &self.state)
        case 10: try decoder.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 10, self.version)
        encoder.write(ProtoString.self, 9, self.state)
        encoder.write(ProtoUInt64.self, 8, self.delivered)
        encoder.write(ProtoUInt64.self, 7, self.pending)
        encoder.write(ProtoUInt64.self, 6, self.credit)
        encoder.write(ProtoUInt32.self, 5, self.shard)
        encoder.write(ProtoString.self, 4, self.clientID)
        encoder.write(ProtoString.self, 3, self.group)
        encoder.write(ProtoString.self, 2, self.queue)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.queue)
        case 3: try reader.read(ProtoString.self, into: &self.group)
        case 4: try reader.read(ProtoString.self, into: &self.clientID)
        case 5: try reader.read(ProtoUInt32.self, into: &self.shard)
        case 6: try reader.read(ProtoUInt64.self, into: &self.credit)
        case 7: try reader.read(ProtoUInt64.self, into: &self.pending)
        case 8: try reader.read(ProtoUInt64.self, into: &self.delivered)
        case 9: try reader.read(ProtoString.self, into: &self.state)
        case 10: try reader.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "queue", self.queue)
        writer.write(ProtoString.self, "group", self.group)
        writer.write(ProtoString.self, "clientId", self.clientID)
        writer.write(ProtoUInt32.self, "shard", self.shard)
        writer.write(ProtoUInt64.self, "credit", self.credit)
        writer.write(ProtoUInt64.self, "pending", self.pending)
        writer.write(ProtoUInt64.self, "delivered", self.delivered)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoString.self, "version", self.version)
    }
}

extension AdminV1 {
    /// A message that a group has in hand: delivered and not settled, or waiting to be delivered again.
    public struct Pending: Message {
        /// The message and the group with a space between: "orders:5012 billing".
        public var id: String = ""
        public var queue: String = ""
        public var group: String = ""
        /// The message's id in its queue, and what it is made of.
        public var number: UInt64 = 0
        public var priority: UInt32 = 0
        public var offset: UInt64 = 0
        /// "delivered", "ready" for the next member, "waiting" for its time, "dead letter" on its way.
        public var state: String = ""
        /// Consumer.id of who has it; empty when nobody has.
        public var consumer: String = ""
        public var deliveries: UInt64 = 0
        /// Since the last delivery; unknown after a restart.
        public var idleMs: UInt64?
        public var firstDeliveredAt: Protobuf.Timestamp?
        public var version: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Pending {
    public static let protoName = "fluxmq.admin.v1.Pending"

    public enum FieldNumber {
        public static let id = 1
        public static let queue = 2
        public static let group = 3
        public static let number = 4
        public static let priority = 5
        public static let offset = 6
        public static let state = 7
        public static let consumer = 8
        public static let deliveries = 9
        public static let idleMs = 10
        public static let firstDeliveredAt = 11
        public static let version = 12
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string,
            comment: "The message and the group with a space between: \"orders:5012 billing\"."
        ),
        FieldDescriptor(number: 2, name: "queue", jsonName: "queue", kind: .string),
        FieldDescriptor(number: 3, name: "group", jsonName: "group", kind: .string),
        FieldDescriptor(
            number: 4, name: "number", jsonName: "number", kind: .uint64,
            comment: "The message's id in its queue, and what it is made of."
        ),
        FieldDescriptor(number: 5, name: "priority", jsonName: "priority", kind: .uint32),
        FieldDescriptor(number: 6, name: "offset", jsonName: "offset", kind: .uint64),
        FieldDescriptor(
            number: 7, name: "state", jsonName: "state", kind: .string,
            comment: "\"delivered\", \"ready\" for the next member, \"waiting\" for its time, \"dead letter\" on its way."
        ),
        FieldDescriptor(
            number: 8, name: "consumer", jsonName: "consumer", kind: .string,
            comment: "Consumer.id of who has it; empty when nobody has."
        ),
        FieldDescriptor(number: 9, name: "deliveries", jsonName: "deliveries", kind: .uint64),
        FieldDescriptor(
            number: 10, name: "idle_ms", jsonName: "idleMs", kind: .uint64, isOptional: true,
            comment: "Since the last delivery; unknown after a restart."
        ),
        FieldDescriptor(
            number: 11, name: "first_delivered_at", jsonName: "firstDeliveredAt", kind: .message,
            typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(number: 12, name: "version", jsonName: "version", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.queue)
        case 3: .string(self.group)
        case 4: .uint(self.number)
        case 5: .uint(UInt64(self.priority))
        case 6: .uint(self.offset)
        case 7: .string(self.state)
        case 8: .string(self.consumer)
        case 9: .uint(self.deliveries)
        case 10: if let value = self.idleMs { .uint(value) } else { .none }
        case 11: if let value = self.firstDeliveredAt { .timestamp(value) } else { .none }
        case 12: .string(self.version)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.queue)
        case 3: try decoder.read(ProtoString.self, into: &self.group)
        case 4: try decoder.read(ProtoUInt64.self, into: &self.number)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.priority)
        case 6: try decoder.read(ProtoUInt64.self, into: &self.offset)
        case 7: try decoder.read(ProtoString.self, into: &self.state)
        case 8: try decoder.read(ProtoString.self, into: &self.consumer)
        case 9: try decoder.read(ProtoUInt64.self, into: &self.deliveries)
        case 10: try decoder.read(ProtoUInt64.self, into: &self.idleMs)
        case 11: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.firstDeliveredAt)
        case 12: try decoder.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 12, self.version)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 11, self.firstDeliveredAt)
        encoder.writeOptional(ProtoUInt64.self, 10, self.idleMs)
        encoder.write(ProtoUInt64.self, 9, self.deliveries)
        encoder.write(ProtoString.self, 8, self.consumer)
        encoder.write(ProtoString.self, 7, self.state)
        encoder.write(ProtoUInt64.self, 6, self.offset)
        encoder.write(ProtoUInt32.self, 5, self.priority)
        encoder.write(ProtoUInt64.self, 4, self.number)
        encoder.write(ProtoString.self, 3, self.group)
        encoder.write(ProtoString.self, 2, self.queue)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.queue)
        case 3: try reader.read(ProtoString.self, into: &self.group)
        case 4: try reader.read(ProtoUInt64.self, into: &self.number)
        case 5: try reader.read(ProtoUInt32.self, into: &self.priority)
        case 6: try reader.read(ProtoUInt64.self, into: &self.offset)
        case 7: try reader.read(ProtoString.self, into: &self.state)
        case 8: try reader.read(ProtoString.self, into: &self.consumer)
        case 9: try reader.read(ProtoUInt64.self, into: &self.deliveries)
        case 10: try reader.read(ProtoUInt64.self, into: &self.idleMs)
        case 11: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.firstDeliveredAt)
        case 12: try reader.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "queue", self.queue)
        writer.write(ProtoString.self, "group", self.group)
        writer.write(ProtoUInt64.self, "number", self.number)
        writer.write(ProtoUInt32.self, "priority", self.priority)
        writer.write(ProtoUInt64.self, "offset", self.offset)
        writer.write(ProtoString.self, "state", self.state)
        writer.write(ProtoString.self, "consumer", self.consumer)
        writer.write(ProtoUInt64.self, "deliveries", self.deliveries)
        writer.writeOptional(ProtoUInt64.self, "idleMs", self.idleMs)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "firstDeliveredAt", self.firstDeliveredAt)
        writer.write(ProtoString.self, "version", self.version)
    }
}

extension AdminV1 {
    /// A message that lies in a queue. Looking changes nothing. Lists are of one queue: the filter begins with queue=NAME.
    public struct QueueMessage: Message {
        /// As consumers see it: "orders:5012".
        public var id: String = ""
        public var queue: String = ""
        public var number: UInt64 = 0
        public var priority: UInt32 = 0
        public var offset: UInt64 = 0
        /// "ready"; "unacked": some group has it in hand; "settled": no group wants it any more. Of a stream "stored".
        public var state: String = ""
        public var storedAt: Protobuf.Timestamp?
        public var ageMs: UInt64 = 0
        public var expiresAt: Protobuf.Timestamp?
        /// As it was published.
        public var topic: String = ""
        public var qos: UInt32 = 0
        /// What compaction knows it by.
        public var key: String = ""
        /// What de-duplication knows it by.
        public var messageID: String = ""
        /// Who published it, where that is known.
        public var clientID: String = ""
        public var username: String = ""
        public var `protocol`: String = ""
        public var contentType: String = ""
        public var payloadBytes: UInt64 = 0
        /// User properties, the last one of each name.
        public var headers: [String: String] = [:]
        /// Of a dead letter: why it is one, from where, and how often it was delivered there.
        public var reason: String = ""
        public var originalQueue: String = ""
        public var originalTopic: String = ""
        public var deliveries: UInt64 = 0
        public var deadAt: Protobuf.Timestamp?
        /// The payload's beginning, 4096 bytes at most.
        public var payload: [UInt8] = []
        public var version: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.QueueMessage {
    public static let protoName = "fluxmq.admin.v1.QueueMessage"

    public enum FieldNumber {
        public static let id = 1
        public static let queue = 2
        public static let number = 3
        public static let priority = 4
        public static let offset = 5
        public static let state = 6
        public static let storedAt = 7
        public static let ageMs = 8
        public static let expiresAt = 9
        public static let topic = 10
        public static let qos = 11
        public static let key = 12
        public static let messageID = 13
        public static let clientID = 14
        public static let username = 15
        public static let `protocol` = 16
        public static let contentType = 17
        public static let payloadBytes = 18
        public static let headers = 19
        public static let reason = 20
        public static let originalQueue = 21
        public static let originalTopic = 22
        public static let deliveries = 23
        public static let deadAt = 24
        public static let payload = 25
        public static let version = 26
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string, comment: "As consumers see it: \"orders:5012\"."
        ),
        FieldDescriptor(number: 2, name: "queue", jsonName: "queue", kind: .string),
        FieldDescriptor(number: 3, name: "number", jsonName: "number", kind: .uint64),
        FieldDescriptor(number: 4, name: "priority", jsonName: "priority", kind: .uint32),
        FieldDescriptor(number: 5, name: "offset", jsonName: "offset", kind: .uint64),
        FieldDescriptor(
            number: 6, name: "state", jsonName: "state", kind: .string,
            comment: "\"ready\"; \"unacked\": some group has it in hand; \"settled\": no group wants it any more. Of a stream \"stored\"."
        ),
        FieldDescriptor(
            number: 7, name: "stored_at", jsonName: "storedAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(number: 8, name: "age_ms", jsonName: "ageMs", kind: .uint64),
        FieldDescriptor(
            number: 9, name: "expires_at", jsonName: "expiresAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(number: 10, name: "topic", jsonName: "topic", kind: .string, comment: "As it was published."),
        FieldDescriptor(number: 11, name: "qos", jsonName: "qos", kind: .uint32),
        FieldDescriptor(
            number: 12, name: "key", jsonName: "key", kind: .string, comment: "What compaction knows it by."
        ),
        FieldDescriptor(
            number: 13, name: "message_id", jsonName: "messageId", kind: .string,
            comment: "What de-duplication knows it by."
        ),
        FieldDescriptor(
            number: 14, name: "client_id", jsonName: "clientId", kind: .string,
            comment: "Who published it, where that is known."
        ),
        FieldDescriptor(number: 15, name: "username", jsonName: "username", kind: .string),
        FieldDescriptor(number: 16, name: "protocol", jsonName: "protocol", kind: .string),
        FieldDescriptor(number: 17, name: "content_type", jsonName: "contentType", kind: .string),
        FieldDescriptor(number: 18, name: "payload_bytes", jsonName: "payloadBytes", kind: .uint64),
        FieldDescriptor(
            number: 19, name: "headers", jsonName: "headers", kind: .message, isRepeated: true, isMap: true,
            typeName: "fluxmq.admin.v1.QueueMessage.HeadersEntry",
            comment: "User properties, the last one of each name."
        ),
        FieldDescriptor(
            number: 20, name: "reason", jsonName: "reason", kind: .string,
            comment: "Of a dead letter: why it is one, from where, and how often it was delivered there."
        ),
        FieldDescriptor(number: 21, name: "original_queue", jsonName: "originalQueue", kind: .string),
        FieldDescriptor(number: 22, name: "original_topic", jsonName: "originalTopic", kind: .string),
        FieldDescriptor(number: 23, name: "deliveries", jsonName: "deliveries", kind: .uint64),
        FieldDescriptor(
            number: 24, name: "dead_at", jsonName: "deadAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 25, name: "payload", jsonName: "payload", kind: .bytes,
            comment: "The payload's beginning, 4096 bytes at most."
        ),
        FieldDescriptor(number: 26, name: "version", jsonName: "version", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: .string(self.queue)
        case 3: .uint(self.number)
        case 4: .uint(UInt64(self.priority))
        case 5: .uint(self.offset)
        case 6: .string(self.state)
        case 7: if let value = self.storedAt { .timestamp(value) } else { .none }
        case 8: .uint(self.ageMs)
        case 9: if let value = self.expiresAt { .timestamp(value) } else { .none }
        case 10: .string(self.topic)
        case 11: .uint(UInt64(self.qos))
        case 12: .string(self.key)
        case 13: .string(self.messageID)
        case 14: .string(self.clientID)
        case 15: .string(self.username)
        case 16: .string(self.`protocol`)
        case 17: .string(self.contentType)
        case 18: .uint(self.payloadBytes)
        case 20: .string(self.reason)
        case 21: .string(self.originalQueue)
        case 22: .string(self.originalTopic)
        case 23: .uint(self.deliveries)
        case 24: if let value = self.deadAt { .timestamp(value) } else { .none }
        case 25: .bytes(self.payload)
        case 26: .string(self.version)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(ProtoString.self, into: &self.queue)
        case 3: try decoder.read(ProtoUInt64.self, into: &self.number)
        case 4: try decoder.read(ProtoUInt32.self, into: &self.priority)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.offset)
        case 6: try decoder.read(ProtoString.self, into: &self.state)
        case 7: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.storedAt)
        case 8: try decoder.read(ProtoUInt64.self, into: &self.ageMs)
        case 9: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.expiresAt)
        case 10: try decoder.read(ProtoString.self, into: &self.topic)
        case 11: try decoder.read(ProtoUInt32.self, into: &self.qos)
        case 12: try decoder.read(ProtoString.self, into: &self.key)
        case 13: try decoder.read(ProtoString.self, into: &self.messageID)
        case 14: try decoder.read(ProtoString.self, into: &self.clientID)
        case 15: try decoder.read(ProtoString.self, into: &self.username)
        case 16: try decoder.read(ProtoString.self, into: &self.`protocol`)
        case 17: try decoder.read(ProtoString.self, into: &self.contentType)
        case 18: try decoder.read(ProtoUInt64.self, into: &self.payloadBytes)
        case 19: try decoder.read(ProtoString.self, ProtoString.self, into: &self.headers)
        case 20: try decoder.read(ProtoString.self, into: &self.reason)
        case 21: try decoder.read(ProtoString.self, into: &self.originalQueue)
        case 22: try decoder.read(ProtoString.self, into: &self.originalTopic)
        case 23: try decoder.read(ProtoUInt64.self, into: &self.deliveries)
        case 24: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.deadAt)
        case 25: try decoder.read(ProtoBytes.self, into: &self.payload)
        case 26: try decoder.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 26, self.version)
        encoder.write(ProtoBytes.self, 25, self.payload)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 24, self.deadAt)
        encoder.write(ProtoUInt64.self, 23, self.deliveries)
        encoder.write(ProtoString.self, 22, self.originalTopic)
        encoder.write(ProtoString.self, 21, self.originalQueue)
        encoder.write(ProtoString.self, 20, self.reason)
        encoder.writeMap(ProtoString.self, ProtoString.self, 19, self.headers)
        encoder.write(ProtoUInt64.self, 18, self.payloadBytes)
        encoder.write(ProtoString.self, 17, self.contentType)
        encoder.write(ProtoString.self, 16, self.`protocol`)
        encoder.write(ProtoString.self, 15, self.username)
        encoder.write(ProtoString.self, 14, self.clientID)
        encoder.write(ProtoString.self, 13, self.messageID)
        encoder.write(ProtoString.self, 12, self.key)
        encoder.write(ProtoUInt32.self, 11, self.qos)
        encoder.write(ProtoString.self, 10, self.topic)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 9, self.expiresAt)
        encoder.write(ProtoUInt64.self, 8, self.ageMs)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 7, self.storedAt)
        encoder.write(ProtoString.self, 6, self.state)
        encoder.write(ProtoUInt64.self, 5, self.offset)
        encoder.write(ProtoUInt32.self, 4, self.priority)
        encoder.write(ProtoUInt64.self, 3, self.number)
        encoder.write(ProtoString.self, 2, self.queue)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(ProtoString.self, into: &self.queue)
        case 3: try reader.read(ProtoUInt64.self, into: &self.number)
        case 4: try reader.read(ProtoUInt32.self, into: &self.priority)
        case 5: try reader.read(ProtoUInt64.self, into: &self.offset)
        case 6: try reader.read(ProtoString.self, into: &self.state)
        case 7: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.storedAt)
        case 8: try reader.read(ProtoUInt64.self, into: &self.ageMs)
        case 9: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.expiresAt)
        case 10: try reader.read(ProtoString.self, into: &self.topic)
        case 11: try reader.read(ProtoUInt32.self, into: &self.qos)
        case 12: try reader.read(ProtoString.self, into: &self.key)
        case 13: try reader.read(ProtoString.self, into: &self.messageID)
        case 14: try reader.read(ProtoString.self, into: &self.clientID)
        case 15: try reader.read(ProtoString.self, into: &self.username)
        case 16: try reader.read(ProtoString.self, into: &self.`protocol`)
        case 17: try reader.read(ProtoString.self, into: &self.contentType)
        case 18: try reader.read(ProtoUInt64.self, into: &self.payloadBytes)
        case 19: try reader.read(ProtoString.self, ProtoString.self, into: &self.headers)
        case 20: try reader.read(ProtoString.self, into: &self.reason)
        case 21: try reader.read(ProtoString.self, into: &self.originalQueue)
        case 22: try reader.read(ProtoString.self, into: &self.originalTopic)
        case 23: try reader.read(ProtoUInt64.self, into: &self.deliveries)
        case 24: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.deadAt)
        case 25: try reader.read(ProtoBytes.self, into: &self.payload)
        case 26: try reader.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.write(ProtoString.self, "queue", self.queue)
        writer.write(ProtoUInt64.self, "number", self.number)
        writer.write(ProtoUInt32.self, "priority", self.priority)
        writer.write(ProtoUInt64.self, "offset", self.offset)
        writer.write(ProtoString.self, "state", self.state)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "storedAt", self.storedAt)
        writer.write(ProtoUInt64.self, "ageMs", self.ageMs)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "expiresAt", self.expiresAt)
        writer.write(ProtoString.self, "topic", self.topic)
        writer.write(ProtoUInt32.self, "qos", self.qos)
        writer.write(ProtoString.self, "key", self.key)
        writer.write(ProtoString.self, "messageId", self.messageID)
        writer.write(ProtoString.self, "clientId", self.clientID)
        writer.write(ProtoString.self, "username", self.username)
        writer.write(ProtoString.self, "protocol", self.`protocol`)
        writer.write(ProtoString.self, "contentType", self.contentType)
        writer.write(ProtoUInt64.self, "payloadBytes", self.payloadBytes)
        writer.writeMap(ProtoString.self, ProtoString.self, "headers", self.headers)
        writer.write(ProtoString.self, "reason", self.reason)
        writer.write(ProtoString.self, "originalQueue", self.originalQueue)
        writer.write(ProtoString.self, "originalTopic", self.originalTopic)
        writer.write(ProtoUInt64.self, "deliveries", self.deliveries)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "deadAt", self.deadAt)
        writer.write(ProtoBytes.self, "payload", self.payload)
        writer.write(ProtoString.self, "version", self.version)
    }
}

extension AdminV1 {
    /// An address whose connections are turned away.
    public struct Ban: Message {
        /// The address, "192.0.2.7"; of IPv6 the block that one client can choose from, "2001:db8:1:2::/64".
        public var id: String = ""
        public var sinceAt: Protobuf.Timestamp?
        public var endsAt: Protobuf.Timestamp?
        /// "failures", of its clients; "admin", an operator's.
        public var source: String = ""
        /// Of its clients, that brought the ban.
        public var failures: UInt64 = 0
        /// The last of them; or what the operator said.
        public var reason: String = ""
        /// Where that was; empty when it is not known.
        public var listener: String = ""
        /// Bans one after the other: each is twice as long as the one before, up to eight times the first.
        public var inARow: UInt32 = 0
        public var version: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension AdminV1.Ban {
    public static let protoName = "fluxmq.admin.v1.Ban"

    public enum FieldNumber {
        public static let id = 1
        public static let sinceAt = 2
        public static let endsAt = 3
        public static let source = 4
        public static let failures = 5
        public static let reason = 6
        public static let listener = 7
        public static let inARow = 8
        public static let version = 9
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "id", jsonName: "id", kind: .string,
            comment: "The address, \"192.0.2.7\"; of IPv6 the block that one client can choose from, \"2001:db8:1:2::/64\"."
        ),
        FieldDescriptor(
            number: 2, name: "since_at", jsonName: "sinceAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 3, name: "ends_at", jsonName: "endsAt", kind: .message, typeName: "google.protobuf.Timestamp"
        ),
        FieldDescriptor(
            number: 4, name: "source", jsonName: "source", kind: .string,
            comment: "\"failures\", of its clients; \"admin\", an operator's."
        ),
        FieldDescriptor(
            number: 5, name: "failures", jsonName: "failures", kind: .uint64,
            comment: "Of its clients, that brought the ban."
        ),
        FieldDescriptor(
            number: 6, name: "reason", jsonName: "reason", kind: .string,
            comment: "The last of them; or what the operator said."
        ),
        FieldDescriptor(
            number: 7, name: "listener", jsonName: "listener", kind: .string,
            comment: "Where that was; empty when it is not known."
        ),
        FieldDescriptor(
            number: 8, name: "in_a_row", jsonName: "inARow", kind: .uint32,
            comment: "Bans one after the other: each is twice as long as the one before, up to eight times the first."
        ),
        FieldDescriptor(number: 9, name: "version", jsonName: "version", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.id)
        case 2: if let value = self.sinceAt { .timestamp(value) } else { .none }
        case 3: if let value = self.endsAt { .timestamp(value) } else { .none }
        case 4: .string(self.source)
        case 5: .uint(self.failures)
        case 6: .string(self.reason)
        case 7: .string(self.listener)
        case 8: .uint(UInt64(self.inARow))
        case 9: .string(self.version)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.id)
        case 2: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.sinceAt)
        case 3: try decoder.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.endsAt)
        case 4: try decoder.read(ProtoString.self, into: &self.source)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.failures)
        case 6: try decoder.read(ProtoString.self, into: &self.reason)
        case 7: try decoder.read(ProtoString.self, into: &self.listener)
        case 8: try decoder.read(ProtoUInt32.self, into: &self.inARow)
        case 9: try decoder.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 9, self.version)
        encoder.write(ProtoUInt32.self, 8, self.inARow)
        encoder.write(ProtoString.self, 7, self.listener)
        encoder.write(ProtoString.self, 6, self.reason)
        encoder.write(ProtoUInt64.self, 5, self.failures)
        encoder.write(ProtoString.self, 4, self.source)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 3, self.endsAt)
        encoder.writeOptional(MessageCoding<Protobuf.Timestamp>.self, 2, self.sinceAt)
        encoder.write(ProtoString.self, 1, self.id)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.id)
        case 2: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.sinceAt)
        case 3: try reader.read(MessageCoding<Protobuf.Timestamp>.self, into: &self.endsAt)
        case 4: try reader.read(ProtoString.self, into: &self.source)
        case 5: try reader.read(ProtoUInt64.self, into: &self.failures)
        case 6: try reader.read(ProtoString.self, into: &self.reason)
        case 7: try reader.read(ProtoString.self, into: &self.listener)
        case 8: try reader.read(ProtoUInt32.self, into: &self.inARow)
        case 9: try reader.read(ProtoString.self, into: &self.version)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "id", self.id)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "sinceAt", self.sinceAt)
        writer.writeOptional(MessageCoding<Protobuf.Timestamp>.self, "endsAt", self.endsAt)
        writer.write(ProtoString.self, "source", self.source)
        writer.write(ProtoUInt64.self, "failures", self.failures)
        writer.write(ProtoString.self, "reason", self.reason)
        writer.write(ProtoString.self, "listener", self.listener)
        writer.write(ProtoUInt32.self, "inARow", self.inARow)
        writer.write(ProtoString.self, "version", self.version)
    }
}

extension AdminV1 {
    /// The methods of `Admin`.
    public enum AdminMethods {
        /// Who answers, who asks, and what may be asked.
        public static let hello = RPCMethod<AdminV1.HelloRequest, AdminV1.HelloResponse>(
            path: "/fluxmq.admin.v1.Admin/Hello", kind: .unary
        )
        /// Rows of one kind: filtered, sorted and cut by the server, with totals from before the cut.
        public static let list = RPCMethod<AdminV1.ListRequest, AdminV1.ListResponse>(
            path: "/fluxmq.admin.v1.Admin/List", kind: .unary
        )
        /// One row, whole. NOT_FOUND carries an ErrorDetail with a near name as its hint.
        public static let get = RPCMethod<AdminV1.GetRequest, AdminV1.GetResponse>(
            path: "/fluxmq.admin.v1.Admin/Get", kind: .unary
        )
        /// The rows of a query, and then what changes of them until the call is cancelled.
        public static let watch = RPCMethod<AdminV1.WatchRequest, AdminV1.WatchResponse>(
            path: "/fluxmq.admin.v1.Admin/Watch", kind: .serverStreaming
        )
        /// History of the broker's own figures, from rings of fixed size.
        public static let series = RPCMethod<AdminV1.SeriesRequest, AdminV1.SeriesResponse>(
            path: "/fluxmq.admin.v1.Admin/Series", kind: .unary
        )
        /// Changes something, or says what would change. Only on the admin socket; every call is in the audit events.
        public static let `do` = RPCMethod<AdminV1.DoRequest, AdminV1.DoResponse>(
            path: "/fluxmq.admin.v1.Admin/Do", kind: .unary
        )
        /// What happened, from a sequence number on.
        public static let events = RPCMethod<AdminV1.EventsRequest, AdminV1.EventsResponse>(
            path: "/fluxmq.admin.v1.Admin/Events", kind: .serverStreaming
        )
        /// What fluxd logged, from a sequence number on.
        public static let log = RPCMethod<AdminV1.LogRequest, AdminV1.LogResponse>(
            path: "/fluxmq.admin.v1.Admin/Log", kind: .serverStreaming
        )
    }
}
