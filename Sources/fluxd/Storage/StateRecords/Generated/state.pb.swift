// swift-format-ignore-file
// Made from fluxmq/state/v1/state.proto by protoc-gen-fluxmq. Do not edit: scripts/generate-protobuf makes it again.
public import Protobuf

/// `fluxmq.state.v1`.
public enum StateV1 {}

extension StateV1 {
    /// A session that outlives its connection.
    public struct Session: Message {
        public var namespace: UInt32 = 0
        public var clientID: [UInt8] = []
        /// Absent for an anonymous client.
        public var user: String?
        /// Its client's address was one of this machine's own.
        public var isLocal: Bool = false
        public var createdAt: UInt64 = 0
        /// Seconds after the connection's end; 4294967295 for ever.
        public var expiryInterval: UInt32 = 0
        /// 0 while its client is connected.
        public var disconnectedAt: UInt64 = 0
        /// How many connections it has had.
        public var generation: UInt32 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension StateV1.Session {
    public static let protoName = "fluxmq.state.v1.Session"

    public enum FieldNumber {
        public static let namespace = 1
        public static let clientID = 2
        public static let user = 3
        public static let isLocal = 4
        public static let createdAt = 5
        public static let expiryInterval = 6
        public static let disconnectedAt = 7
        public static let generation = 8
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "namespace", jsonName: "namespace", kind: .uint32),
        FieldDescriptor(number: 2, name: "client_id", jsonName: "clientId", kind: .bytes),
        FieldDescriptor(
            number: 3, name: "user", jsonName: "user", kind: .string, isOptional: true,
            comment: "Absent for an anonymous client."
        ),
        FieldDescriptor(
            number: 4, name: "is_local", jsonName: "isLocal", kind: .bool,
            comment: "Its client's address was one of this machine's own."
        ),
        FieldDescriptor(number: 5, name: "created_at", jsonName: "createdAt", kind: .uint64),
        FieldDescriptor(
            number: 6, name: "expiry_interval", jsonName: "expiryInterval", kind: .uint32,
            comment: "Seconds after the connection's end; 4294967295 for ever."
        ),
        FieldDescriptor(
            number: 7, name: "disconnected_at", jsonName: "disconnectedAt", kind: .uint64,
            comment: "0 while its client is connected."
        ),
        FieldDescriptor(
            number: 8, name: "generation", jsonName: "generation", kind: .uint32,
            comment: "How many connections it has had."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(UInt64(self.namespace))
        case 2: .bytes(self.clientID)
        case 3: if let value = self.user { .string(value) } else { .none }
        case 4: .bool(self.isLocal)
        case 5: .uint(self.createdAt)
        case 6: .uint(UInt64(self.expiryInterval))
        case 7: .uint(self.disconnectedAt)
        case 8: .uint(UInt64(self.generation))
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt32.self, into: &self.namespace)
        case 2: try decoder.read(ProtoBytes.self, into: &self.clientID)
        case 3: try decoder.read(ProtoString.self, into: &self.user)
        case 4: try decoder.read(ProtoBool.self, into: &self.isLocal)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.createdAt)
        case 6: try decoder.read(ProtoUInt32.self, into: &self.expiryInterval)
        case 7: try decoder.read(ProtoUInt64.self, into: &self.disconnectedAt)
        case 8: try decoder.read(ProtoUInt32.self, into: &self.generation)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt32.self, 8, self.generation)
        encoder.write(ProtoUInt64.self, 7, self.disconnectedAt)
        encoder.write(ProtoUInt32.self, 6, self.expiryInterval)
        encoder.write(ProtoUInt64.self, 5, self.createdAt)
        encoder.write(ProtoBool.self, 4, self.isLocal)
        encoder.writeOptional(ProtoString.self, 3, self.user)
        encoder.write(ProtoBytes.self, 2, self.clientID)
        encoder.write(ProtoUInt32.self, 1, self.namespace)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt32.self, into: &self.namespace)
        case 2: try reader.read(ProtoBytes.self, into: &self.clientID)
        case 3: try reader.read(ProtoString.self, into: &self.user)
        case 4: try reader.read(ProtoBool.self, into: &self.isLocal)
        case 5: try reader.read(ProtoUInt64.self, into: &self.createdAt)
        case 6: try reader.read(ProtoUInt32.self, into: &self.expiryInterval)
        case 7: try reader.read(ProtoUInt64.self, into: &self.disconnectedAt)
        case 8: try reader.read(ProtoUInt32.self, into: &self.generation)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt32.self, "namespace", self.namespace)
        writer.write(ProtoBytes.self, "clientId", self.clientID)
        writer.writeOptional(ProtoString.self, "user", self.user)
        writer.write(ProtoBool.self, "isLocal", self.isLocal)
        writer.write(ProtoUInt64.self, "createdAt", self.createdAt)
        writer.write(ProtoUInt32.self, "expiryInterval", self.expiryInterval)
        writer.write(ProtoUInt64.self, "disconnectedAt", self.disconnectedAt)
        writer.write(ProtoUInt32.self, "generation", self.generation)
    }
}

extension StateV1 {
    /// What a session subscribed to, plain or shared; the filter is in the key.
    public struct Subscription: Message {
        public var qos: UInt32 = 0
        public var noLocal: Bool = false
        public var retainAsPublished: Bool = false
        /// 0 for none.
        public var identifier: UInt32 = 0
        /// Of a subscription to a queue: its consumer group.
        public var group: String = ""
        /// Likewise of a stream: the client says how far it has come.
        public var commitsByHand: Bool = false
        /// Likewise: PUBACK says that the message is processed.
        public var settlesWithPuback: Bool = false
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension StateV1.Subscription {
    public static let protoName = "fluxmq.state.v1.Subscription"

    public enum FieldNumber {
        public static let qos = 1
        public static let noLocal = 2
        public static let retainAsPublished = 3
        public static let identifier = 4
        public static let group = 5
        public static let commitsByHand = 6
        public static let settlesWithPuback = 7
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "qos", jsonName: "qos", kind: .uint32),
        FieldDescriptor(number: 2, name: "no_local", jsonName: "noLocal", kind: .bool),
        FieldDescriptor(number: 3, name: "retain_as_published", jsonName: "retainAsPublished", kind: .bool),
        FieldDescriptor(number: 4, name: "identifier", jsonName: "identifier", kind: .uint32, comment: "0 for none."),
        FieldDescriptor(
            number: 5, name: "group", jsonName: "group", kind: .string,
            comment: "Of a subscription to a queue: its consumer group."
        ),
        FieldDescriptor(
            number: 6, name: "commits_by_hand", jsonName: "commitsByHand", kind: .bool,
            comment: "Likewise of a stream: the client says how far it has come."
        ),
        FieldDescriptor(
            number: 7, name: "settles_with_puback", jsonName: "settlesWithPuback", kind: .bool,
            comment: "Likewise: PUBACK says that the message is processed."
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(UInt64(self.qos))
        case 2: .bool(self.noLocal)
        case 3: .bool(self.retainAsPublished)
        case 4: .uint(UInt64(self.identifier))
        case 5: .string(self.group)
        case 6: .bool(self.commitsByHand)
        case 7: .bool(self.settlesWithPuback)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt32.self, into: &self.qos)
        case 2: try decoder.read(ProtoBool.self, into: &self.noLocal)
        case 3: try decoder.read(ProtoBool.self, into: &self.retainAsPublished)
        case 4: try decoder.read(ProtoUInt32.self, into: &self.identifier)
        case 5: try decoder.read(ProtoString.self, into: &self.group)
        case 6: try decoder.read(ProtoBool.self, into: &self.commitsByHand)
        case 7: try decoder.read(ProtoBool.self, into: &self.settlesWithPuback)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoBool.self, 7, self.settlesWithPuback)
        encoder.write(ProtoBool.self, 6, self.commitsByHand)
        encoder.write(ProtoString.self, 5, self.group)
        encoder.write(ProtoUInt32.self, 4, self.identifier)
        encoder.write(ProtoBool.self, 3, self.retainAsPublished)
        encoder.write(ProtoBool.self, 2, self.noLocal)
        encoder.write(ProtoUInt32.self, 1, self.qos)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt32.self, into: &self.qos)
        case 2: try reader.read(ProtoBool.self, into: &self.noLocal)
        case 3: try reader.read(ProtoBool.self, into: &self.retainAsPublished)
        case 4: try reader.read(ProtoUInt32.self, into: &self.identifier)
        case 5: try reader.read(ProtoString.self, into: &self.group)
        case 6: try reader.read(ProtoBool.self, into: &self.commitsByHand)
        case 7: try reader.read(ProtoBool.self, into: &self.settlesWithPuback)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt32.self, "qos", self.qos)
        writer.write(ProtoBool.self, "noLocal", self.noLocal)
        writer.write(ProtoBool.self, "retainAsPublished", self.retainAsPublished)
        writer.write(ProtoUInt32.self, "identifier", self.identifier)
        writer.write(ProtoString.self, "group", self.group)
        writer.write(ProtoBool.self, "commitsByHand", self.commitsByHand)
        writer.write(ProtoBool.self, "settlesWithPuback", self.settlesWithPuback)
    }
}

extension StateV1 {
    /// What is published for a session whose client vanished.
    public struct Will: Message {
        public var topic: [UInt8] = []
        public var payload: [UInt8] = []
        public var qos: UInt32 = 0
        public var retain: Bool = false
        /// Seconds.
        public var delay: UInt32 = 0
        public var payloadFormat: UInt32?
        /// Seconds.
        public var messageExpiry: UInt32?
        public var contentType: String?
        public var responseTopic: String?
        public var correlation: [UInt8]?
        public var userProperties: [StateV1.UserProperty] = []
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension StateV1.Will {
    public static let protoName = "fluxmq.state.v1.Will"

    public enum FieldNumber {
        public static let topic = 1
        public static let payload = 2
        public static let qos = 3
        public static let retain = 4
        public static let delay = 5
        public static let payloadFormat = 6
        public static let messageExpiry = 7
        public static let contentType = 8
        public static let responseTopic = 9
        public static let correlation = 10
        public static let userProperties = 11
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "topic", jsonName: "topic", kind: .bytes),
        FieldDescriptor(number: 2, name: "payload", jsonName: "payload", kind: .bytes),
        FieldDescriptor(number: 3, name: "qos", jsonName: "qos", kind: .uint32),
        FieldDescriptor(number: 4, name: "retain", jsonName: "retain", kind: .bool),
        FieldDescriptor(number: 5, name: "delay", jsonName: "delay", kind: .uint32, comment: "Seconds."),
        FieldDescriptor(number: 6, name: "payload_format", jsonName: "payloadFormat", kind: .uint32, isOptional: true),
        FieldDescriptor(
            number: 7, name: "message_expiry", jsonName: "messageExpiry", kind: .uint32, isOptional: true,
            comment: "Seconds."
        ),
        FieldDescriptor(number: 8, name: "content_type", jsonName: "contentType", kind: .string, isOptional: true),
        FieldDescriptor(number: 9, name: "response_topic", jsonName: "responseTopic", kind: .string, isOptional: true),
        FieldDescriptor(number: 10, name: "correlation", jsonName: "correlation", kind: .bytes, isOptional: true),
        FieldDescriptor(
            number: 11, name: "user_properties", jsonName: "userProperties", kind: .message, isRepeated: true,
            typeName: "fluxmq.state.v1.UserProperty"
        ),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .bytes(self.topic)
        case 2: .bytes(self.payload)
        case 3: .uint(UInt64(self.qos))
        case 4: .bool(self.retain)
        case 5: .uint(UInt64(self.delay))
        case 6: if let value = self.payloadFormat { .uint(UInt64(value)) } else { .none }
        case 7: if let value = self.messageExpiry { .uint(UInt64(value)) } else { .none }
        case 8: if let value = self.contentType { .string(value) } else { .none }
        case 9: if let value = self.responseTopic { .string(value) } else { .none }
        case 10: if let value = self.correlation { .bytes(value) } else { .none }
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoBytes.self, into: &self.topic)
        case 2: try decoder.read(ProtoBytes.self, into: &self.payload)
        case 3: try decoder.read(ProtoUInt32.self, into: &self.qos)
        case 4: try decoder.read(ProtoBool.self, into: &self.retain)
        case 5: try decoder.read(ProtoUInt32.self, into: &self.delay)
        case 6: try decoder.read(ProtoUInt32.self, into: &self.payloadFormat)
        case 7: try decoder.read(ProtoUInt32.self, into: &self.messageExpiry)
        case 8: try decoder.read(ProtoString.self, into: &self.contentType)
        case 9: try decoder.read(ProtoString.self, into: &self.responseTopic)
        case 10: try decoder.read(ProtoBytes.self, into: &self.correlation)
        case 11: try decoder.read(MessageCoding<StateV1.UserProperty>.self, into: &self.userProperties)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.writeEach(MessageCoding<StateV1.UserProperty>.self, 11, self.userProperties)
        encoder.writeOptional(ProtoBytes.self, 10, self.correlation)
        encoder.writeOptional(ProtoString.self, 9, self.responseTopic)
        encoder.writeOptional(ProtoString.self, 8, self.contentType)
        encoder.writeOptional(ProtoUInt32.self, 7, self.messageExpiry)
        encoder.writeOptional(ProtoUInt32.self, 6, self.payloadFormat)
        encoder.write(ProtoUInt32.self, 5, self.delay)
        encoder.write(ProtoBool.self, 4, self.retain)
        encoder.write(ProtoUInt32.self, 3, self.qos)
        encoder.write(ProtoBytes.self, 2, self.payload)
        encoder.write(ProtoBytes.self, 1, self.topic)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoBytes.self, into: &self.topic)
        case 2: try reader.read(ProtoBytes.self, into: &self.payload)
        case 3: try reader.read(ProtoUInt32.self, into: &self.qos)
        case 4: try reader.read(ProtoBool.self, into: &self.retain)
        case 5: try reader.read(ProtoUInt32.self, into: &self.delay)
        case 6: try reader.read(ProtoUInt32.self, into: &self.payloadFormat)
        case 7: try reader.read(ProtoUInt32.self, into: &self.messageExpiry)
        case 8: try reader.read(ProtoString.self, into: &self.contentType)
        case 9: try reader.read(ProtoString.self, into: &self.responseTopic)
        case 10: try reader.read(ProtoBytes.self, into: &self.correlation)
        case 11: try reader.read(MessageCoding<StateV1.UserProperty>.self, into: &self.userProperties)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoBytes.self, "topic", self.topic)
        writer.write(ProtoBytes.self, "payload", self.payload)
        writer.write(ProtoUInt32.self, "qos", self.qos)
        writer.write(ProtoBool.self, "retain", self.retain)
        writer.write(ProtoUInt32.self, "delay", self.delay)
        writer.writeOptional(ProtoUInt32.self, "payloadFormat", self.payloadFormat)
        writer.writeOptional(ProtoUInt32.self, "messageExpiry", self.messageExpiry)
        writer.writeOptional(ProtoString.self, "contentType", self.contentType)
        writer.writeOptional(ProtoString.self, "responseTopic", self.responseTopic)
        writer.writeOptional(ProtoBytes.self, "correlation", self.correlation)
        writer.writeEach(MessageCoding<StateV1.UserProperty>.self, "userProperties", self.userProperties)
    }
}

extension StateV1 {
    public struct UserProperty: Message {
        public var name: String = ""
        public var value: String = ""
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension StateV1.UserProperty {
    public static let protoName = "fluxmq.state.v1.UserProperty"

    public enum FieldNumber {
        public static let name = 1
        public static let value = 2
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "name", jsonName: "name", kind: .string),
        FieldDescriptor(number: 2, name: "value", jsonName: "value", kind: .string),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.name)
        case 2: .string(self.value)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.read(ProtoString.self, into: &self.value)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoString.self, 2, self.value)
        encoder.write(ProtoString.self, 1, self.name)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.name)
        case 2: try reader.read(ProtoString.self, into: &self.value)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "name", self.name)
        writer.write(ProtoString.self, "value", self.value)
    }
}

extension StateV1 {
    /// The retained message of the topic that is in the key.
    public struct Retained: Message {
        /// Header fields as messages carry them inside fluxd.
        public var header: [UInt8] = []
        public var payload: [UInt8] = []
        public var qos: UInt32 = 0
        /// 0 for never.
        public var expiresAt: UInt64 = 0
        public var storedAt: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension StateV1.Retained {
    public static let protoName = "fluxmq.state.v1.Retained"

    public enum FieldNumber {
        public static let header = 1
        public static let payload = 2
        public static let qos = 3
        public static let expiresAt = 4
        public static let storedAt = 5
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(
            number: 1, name: "header", jsonName: "header", kind: .bytes,
            comment: "Header fields as messages carry them inside fluxd."
        ),
        FieldDescriptor(number: 2, name: "payload", jsonName: "payload", kind: .bytes),
        FieldDescriptor(number: 3, name: "qos", jsonName: "qos", kind: .uint32),
        FieldDescriptor(number: 4, name: "expires_at", jsonName: "expiresAt", kind: .uint64, comment: "0 for never."),
        FieldDescriptor(number: 5, name: "stored_at", jsonName: "storedAt", kind: .uint64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .bytes(self.header)
        case 2: .bytes(self.payload)
        case 3: .uint(UInt64(self.qos))
        case 4: .uint(self.expiresAt)
        case 5: .uint(self.storedAt)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoBytes.self, into: &self.header)
        case 2: try decoder.read(ProtoBytes.self, into: &self.payload)
        case 3: try decoder.read(ProtoUInt32.self, into: &self.qos)
        case 4: try decoder.read(ProtoUInt64.self, into: &self.expiresAt)
        case 5: try decoder.read(ProtoUInt64.self, into: &self.storedAt)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 5, self.storedAt)
        encoder.write(ProtoUInt64.self, 4, self.expiresAt)
        encoder.write(ProtoUInt32.self, 3, self.qos)
        encoder.write(ProtoBytes.self, 2, self.payload)
        encoder.write(ProtoBytes.self, 1, self.header)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoBytes.self, into: &self.header)
        case 2: try reader.read(ProtoBytes.self, into: &self.payload)
        case 3: try reader.read(ProtoUInt32.self, into: &self.qos)
        case 4: try reader.read(ProtoUInt64.self, into: &self.expiresAt)
        case 5: try reader.read(ProtoUInt64.self, into: &self.storedAt)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoBytes.self, "header", self.header)
        writer.write(ProtoBytes.self, "payload", self.payload)
        writer.write(ProtoUInt32.self, "qos", self.qos)
        writer.write(ProtoUInt64.self, "expiresAt", self.expiresAt)
        writer.write(ProtoUInt64.self, "storedAt", self.storedAt)
    }
}

extension StateV1 {
    /// Numbers of sessions that a shard may give out without asking: those below have been given, or are lost.
    public struct NumberLease: Message {
        public var end: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension StateV1.NumberLease {
    public static let protoName = "fluxmq.state.v1.NumberLease"

    public enum FieldNumber {
        public static let end = 1
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "end", jsonName: "end", kind: .uint64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .uint(self.end)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoUInt64.self, into: &self.end)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 1, self.end)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoUInt64.self, into: &self.end)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoUInt64.self, "end", self.end)
    }
}

extension StateV1 {
    /// A queue; its number is in the key. Milliseconds, bytes; 0 is "no limit" or "off".
    public struct Queue: Message {
        public var name: String = ""
        public var namespace: UInt32 = 0
        /// 1 ephemeral, 2 classic, 3 stream.
        public var kind: UInt32 = 0
        public var topics: [String] = []
        public var reserved: Bool = false
        /// 1 buffered, 2 synced.
        public var durability: UInt32 = 0
        public var maximumMessageSize: UInt64 = 0
        public var maximumMessages: UInt64 = 0
        public var maximumBytes: UInt64 = 0
        public var ttl: UInt64 = 0
        public var maximumDelayed: UInt64 = 0
        /// 1 reject, 2 drop head, 3 dead letter.
        public var overflow: UInt32 = 0
        public var maximumDeliveries: UInt32 = 0
        public var initialBackoff: UInt64 = 0
        public var maximumBackoff: UInt64 = 0
        public var multiplier: Double = 0
        public var visibilityTimeout: UInt64 = 0
        public var deadLetters: Bool = false
        public var deadLetterTarget: String = ""
        /// A bit each: 2 expired, 4 rejected, 8 delivered too often, 16 overflow.
        public var deadLetterReasons: UInt32 = 0
        public var retainedAge: UInt64 = 0
        public var retainedBytes: UInt64 = 0
        public var retainedMessages: UInt64 = 0
        public var compacts: Bool = false
        public var compresses: Bool = false
        public var dedupeWindow: UInt64 = 0
        public var singleActiveConsumer: Bool = false
        public var idleExpiry: UInt64 = 0
        public var idleGroupExpiry: UInt64 = 0
        public var priorities: Bool = false
        public var primaryGroup: String = ""
        public var paused: Bool = false
        public var capturesSynchronously: Bool = false
        public var autoCommitInterval: UInt64 = 0
        public var unknownFields = UnknownFields()

        public init() {}
    }
}

extension StateV1.Queue {
    public static let protoName = "fluxmq.state.v1.Queue"

    public enum FieldNumber {
        public static let name = 1
        public static let namespace = 2
        public static let kind = 3
        public static let topics = 4
        public static let reserved = 5
        public static let durability = 6
        public static let maximumMessageSize = 7
        public static let maximumMessages = 8
        public static let maximumBytes = 9
        public static let ttl = 10
        public static let maximumDelayed = 11
        public static let overflow = 12
        public static let maximumDeliveries = 13
        public static let initialBackoff = 14
        public static let maximumBackoff = 15
        public static let multiplier = 16
        public static let visibilityTimeout = 17
        public static let deadLetters = 18
        public static let deadLetterTarget = 19
        public static let deadLetterReasons = 20
        public static let retainedAge = 21
        public static let retainedBytes = 22
        public static let retainedMessages = 23
        public static let compacts = 24
        public static let compresses = 25
        public static let dedupeWindow = 26
        public static let singleActiveConsumer = 27
        public static let idleExpiry = 28
        public static let idleGroupExpiry = 29
        public static let priorities = 30
        public static let primaryGroup = 31
        public static let paused = 32
        public static let capturesSynchronously = 33
        public static let autoCommitInterval = 34
    }

    public static let fields: [FieldDescriptor] = [
        FieldDescriptor(number: 1, name: "name", jsonName: "name", kind: .string),
        FieldDescriptor(number: 2, name: "namespace", jsonName: "namespace", kind: .uint32),
        FieldDescriptor(
            number: 3, name: "kind", jsonName: "kind", kind: .uint32, comment: "1 ephemeral, 2 classic, 3 stream."
        ),
        FieldDescriptor(number: 4, name: "topics", jsonName: "topics", kind: .string, isRepeated: true),
        FieldDescriptor(number: 5, name: "reserved", jsonName: "reserved", kind: .bool),
        FieldDescriptor(
            number: 6, name: "durability", jsonName: "durability", kind: .uint32, comment: "1 buffered, 2 synced."
        ),
        FieldDescriptor(number: 7, name: "maximum_message_size", jsonName: "maximumMessageSize", kind: .uint64),
        FieldDescriptor(number: 8, name: "maximum_messages", jsonName: "maximumMessages", kind: .uint64),
        FieldDescriptor(number: 9, name: "maximum_bytes", jsonName: "maximumBytes", kind: .uint64),
        FieldDescriptor(number: 10, name: "ttl", jsonName: "ttl", kind: .uint64),
        FieldDescriptor(number: 11, name: "maximum_delayed", jsonName: "maximumDelayed", kind: .uint64),
        FieldDescriptor(
            number: 12, name: "overflow", jsonName: "overflow", kind: .uint32,
            comment: "1 reject, 2 drop head, 3 dead letter."
        ),
        FieldDescriptor(number: 13, name: "maximum_deliveries", jsonName: "maximumDeliveries", kind: .uint32),
        FieldDescriptor(number: 14, name: "initial_backoff", jsonName: "initialBackoff", kind: .uint64),
        FieldDescriptor(number: 15, name: "maximum_backoff", jsonName: "maximumBackoff", kind: .uint64),
        FieldDescriptor(number: 16, name: "multiplier", jsonName: "multiplier", kind: .double),
        FieldDescriptor(number: 17, name: "visibility_timeout", jsonName: "visibilityTimeout", kind: .uint64),
        FieldDescriptor(number: 18, name: "dead_letters", jsonName: "deadLetters", kind: .bool),
        FieldDescriptor(number: 19, name: "dead_letter_target", jsonName: "deadLetterTarget", kind: .string),
        FieldDescriptor(
            number: 20, name: "dead_letter_reasons", jsonName: "deadLetterReasons", kind: .uint32,
            comment: "A bit each: 2 expired, 4 rejected, 8 delivered too often, 16 overflow."
        ),
        FieldDescriptor(number: 21, name: "retained_age", jsonName: "retainedAge", kind: .uint64),
        FieldDescriptor(number: 22, name: "retained_bytes", jsonName: "retainedBytes", kind: .uint64),
        FieldDescriptor(number: 23, name: "retained_messages", jsonName: "retainedMessages", kind: .uint64),
        FieldDescriptor(number: 24, name: "compacts", jsonName: "compacts", kind: .bool),
        FieldDescriptor(number: 25, name: "compresses", jsonName: "compresses", kind: .bool),
        FieldDescriptor(number: 26, name: "dedupe_window", jsonName: "dedupeWindow", kind: .uint64),
        FieldDescriptor(number: 27, name: "single_active_consumer", jsonName: "singleActiveConsumer", kind: .bool),
        FieldDescriptor(number: 28, name: "idle_expiry", jsonName: "idleExpiry", kind: .uint64),
        FieldDescriptor(number: 29, name: "idle_group_expiry", jsonName: "idleGroupExpiry", kind: .uint64),
        FieldDescriptor(number: 30, name: "priorities", jsonName: "priorities", kind: .bool),
        FieldDescriptor(number: 31, name: "primary_group", jsonName: "primaryGroup", kind: .string),
        FieldDescriptor(number: 32, name: "paused", jsonName: "paused", kind: .bool),
        FieldDescriptor(number: 33, name: "captures_synchronously", jsonName: "capturesSynchronously", kind: .bool),
        FieldDescriptor(number: 34, name: "auto_commit_interval", jsonName: "autoCommitInterval", kind: .uint64),
    ]

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .string(self.name)
        case 2: .uint(UInt64(self.namespace))
        case 3: .uint(UInt64(self.kind))
        case 5: .bool(self.reserved)
        case 6: .uint(UInt64(self.durability))
        case 7: .uint(self.maximumMessageSize)
        case 8: .uint(self.maximumMessages)
        case 9: .uint(self.maximumBytes)
        case 10: .uint(self.ttl)
        case 11: .uint(self.maximumDelayed)
        case 12: .uint(UInt64(self.overflow))
        case 13: .uint(UInt64(self.maximumDeliveries))
        case 14: .uint(self.initialBackoff)
        case 15: .uint(self.maximumBackoff)
        case 16: .double(self.multiplier)
        case 17: .uint(self.visibilityTimeout)
        case 18: .bool(self.deadLetters)
        case 19: .string(self.deadLetterTarget)
        case 20: .uint(UInt64(self.deadLetterReasons))
        case 21: .uint(self.retainedAge)
        case 22: .uint(self.retainedBytes)
        case 23: .uint(self.retainedMessages)
        case 24: .bool(self.compacts)
        case 25: .bool(self.compresses)
        case 26: .uint(self.dedupeWindow)
        case 27: .bool(self.singleActiveConsumer)
        case 28: .uint(self.idleExpiry)
        case 29: .uint(self.idleGroupExpiry)
        case 30: .bool(self.priorities)
        case 31: .string(self.primaryGroup)
        case 32: .bool(self.paused)
        case 33: .bool(self.capturesSynchronously)
        case 34: .uint(self.autoCommitInterval)
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoString.self, into: &self.name)
        case 2: try decoder.read(ProtoUInt32.self, into: &self.namespace)
        case 3: try decoder.read(ProtoUInt32.self, into: &self.kind)
        case 4: try decoder.read(ProtoString.self, into: &self.topics)
        case 5: try decoder.read(ProtoBool.self, into: &self.reserved)
        case 6: try decoder.read(ProtoUInt32.self, into: &self.durability)
        case 7: try decoder.read(ProtoUInt64.self, into: &self.maximumMessageSize)
        case 8: try decoder.read(ProtoUInt64.self, into: &self.maximumMessages)
        case 9: try decoder.read(ProtoUInt64.self, into: &self.maximumBytes)
        case 10: try decoder.read(ProtoUInt64.self, into: &self.ttl)
        case 11: try decoder.read(ProtoUInt64.self, into: &self.maximumDelayed)
        case 12: try decoder.read(ProtoUInt32.self, into: &self.overflow)
        case 13: try decoder.read(ProtoUInt32.self, into: &self.maximumDeliveries)
        case 14: try decoder.read(ProtoUInt64.self, into: &self.initialBackoff)
        case 15: try decoder.read(ProtoUInt64.self, into: &self.maximumBackoff)
        case 16: try decoder.read(ProtoDouble.self, into: &self.multiplier)
        case 17: try decoder.read(ProtoUInt64.self, into: &self.visibilityTimeout)
        case 18: try decoder.read(ProtoBool.self, into: &self.deadLetters)
        case 19: try decoder.read(ProtoString.self, into: &self.deadLetterTarget)
        case 20: try decoder.read(ProtoUInt32.self, into: &self.deadLetterReasons)
        case 21: try decoder.read(ProtoUInt64.self, into: &self.retainedAge)
        case 22: try decoder.read(ProtoUInt64.self, into: &self.retainedBytes)
        case 23: try decoder.read(ProtoUInt64.self, into: &self.retainedMessages)
        case 24: try decoder.read(ProtoBool.self, into: &self.compacts)
        case 25: try decoder.read(ProtoBool.self, into: &self.compresses)
        case 26: try decoder.read(ProtoUInt64.self, into: &self.dedupeWindow)
        case 27: try decoder.read(ProtoBool.self, into: &self.singleActiveConsumer)
        case 28: try decoder.read(ProtoUInt64.self, into: &self.idleExpiry)
        case 29: try decoder.read(ProtoUInt64.self, into: &self.idleGroupExpiry)
        case 30: try decoder.read(ProtoBool.self, into: &self.priorities)
        case 31: try decoder.read(ProtoString.self, into: &self.primaryGroup)
        case 32: try decoder.read(ProtoBool.self, into: &self.paused)
        case 33: try decoder.read(ProtoBool.self, into: &self.capturesSynchronously)
        case 34: try decoder.read(ProtoUInt64.self, into: &self.autoCommitInterval)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoUInt64.self, 34, self.autoCommitInterval)
        encoder.write(ProtoBool.self, 33, self.capturesSynchronously)
        encoder.write(ProtoBool.self, 32, self.paused)
        encoder.write(ProtoString.self, 31, self.primaryGroup)
        encoder.write(ProtoBool.self, 30, self.priorities)
        encoder.write(ProtoUInt64.self, 29, self.idleGroupExpiry)
        encoder.write(ProtoUInt64.self, 28, self.idleExpiry)
        encoder.write(ProtoBool.self, 27, self.singleActiveConsumer)
        encoder.write(ProtoUInt64.self, 26, self.dedupeWindow)
        encoder.write(ProtoBool.self, 25, self.compresses)
        encoder.write(ProtoBool.self, 24, self.compacts)
        encoder.write(ProtoUInt64.self, 23, self.retainedMessages)
        encoder.write(ProtoUInt64.self, 22, self.retainedBytes)
        encoder.write(ProtoUInt64.self, 21, self.retainedAge)
        encoder.write(ProtoUInt32.self, 20, self.deadLetterReasons)
        encoder.write(ProtoString.self, 19, self.deadLetterTarget)
        encoder.write(ProtoBool.self, 18, self.deadLetters)
        encoder.write(ProtoUInt64.self, 17, self.visibilityTimeout)
        encoder.write(ProtoDouble.self, 16, self.multiplier)
        encoder.write(ProtoUInt64.self, 15, self.maximumBackoff)
        encoder.write(ProtoUInt64.self, 14, self.initialBackoff)
        encoder.write(ProtoUInt32.self, 13, self.maximumDeliveries)
        encoder.write(ProtoUInt32.self, 12, self.overflow)
        encoder.write(ProtoUInt64.self, 11, self.maximumDelayed)
        encoder.write(ProtoUInt64.self, 10, self.ttl)
        encoder.write(ProtoUInt64.self, 9, self.maximumBytes)
        encoder.write(ProtoUInt64.self, 8, self.maximumMessages)
        encoder.write(ProtoUInt64.self, 7, self.maximumMessageSize)
        encoder.write(ProtoUInt32.self, 6, self.durability)
        encoder.write(ProtoBool.self, 5, self.reserved)
        encoder.writeEach(ProtoString.self, 4, self.topics)
        encoder.write(ProtoUInt32.self, 3, self.kind)
        encoder.write(ProtoUInt32.self, 2, self.namespace)
        encoder.write(ProtoString.self, 1, self.name)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoString.self, into: &self.name)
        case 2: try reader.read(ProtoUInt32.self, into: &self.namespace)
        case 3: try reader.read(ProtoUInt32.self, into: &self.kind)
        case 4: try reader.read(ProtoString.self, into: &self.topics)
        case 5: try reader.read(ProtoBool.self, into: &self.reserved)
        case 6: try reader.read(ProtoUInt32.self, into: &self.durability)
        case 7: try reader.read(ProtoUInt64.self, into: &self.maximumMessageSize)
        case 8: try reader.read(ProtoUInt64.self, into: &self.maximumMessages)
        case 9: try reader.read(ProtoUInt64.self, into: &self.maximumBytes)
        case 10: try reader.read(ProtoUInt64.self, into: &self.ttl)
        case 11: try reader.read(ProtoUInt64.self, into: &self.maximumDelayed)
        case 12: try reader.read(ProtoUInt32.self, into: &self.overflow)
        case 13: try reader.read(ProtoUInt32.self, into: &self.maximumDeliveries)
        case 14: try reader.read(ProtoUInt64.self, into: &self.initialBackoff)
        case 15: try reader.read(ProtoUInt64.self, into: &self.maximumBackoff)
        case 16: try reader.read(ProtoDouble.self, into: &self.multiplier)
        case 17: try reader.read(ProtoUInt64.self, into: &self.visibilityTimeout)
        case 18: try reader.read(ProtoBool.self, into: &self.deadLetters)
        case 19: try reader.read(ProtoString.self, into: &self.deadLetterTarget)
        case 20: try reader.read(ProtoUInt32.self, into: &self.deadLetterReasons)
        case 21: try reader.read(ProtoUInt64.self, into: &self.retainedAge)
        case 22: try reader.read(ProtoUInt64.self, into: &self.retainedBytes)
        case 23: try reader.read(ProtoUInt64.self, into: &self.retainedMessages)
        case 24: try reader.read(ProtoBool.self, into: &self.compacts)
        case 25: try reader.read(ProtoBool.self, into: &self.compresses)
        case 26: try reader.read(ProtoUInt64.self, into: &self.dedupeWindow)
        case 27: try reader.read(ProtoBool.self, into: &self.singleActiveConsumer)
        case 28: try reader.read(ProtoUInt64.self, into: &self.idleExpiry)
        case 29: try reader.read(ProtoUInt64.self, into: &self.idleGroupExpiry)
        case 30: try reader.read(ProtoBool.self, into: &self.priorities)
        case 31: try reader.read(ProtoString.self, into: &self.primaryGroup)
        case 32: try reader.read(ProtoBool.self, into: &self.paused)
        case 33: try reader.read(ProtoBool.self, into: &self.capturesSynchronously)
        case 34: try reader.read(ProtoUInt64.self, into: &self.autoCommitInterval)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoString.self, "name", self.name)
        writer.write(ProtoUInt32.self, "namespace", self.namespace)
        writer.write(ProtoUInt32.self, "kind", self.kind)
        writer.writeEach(ProtoString.self, "topics", self.topics)
        writer.write(ProtoBool.self, "reserved", self.reserved)
        writer.write(ProtoUInt32.self, "durability", self.durability)
        writer.write(ProtoUInt64.self, "maximumMessageSize", self.maximumMessageSize)
        writer.write(ProtoUInt64.self, "maximumMessages", self.maximumMessages)
        writer.write(ProtoUInt64.self, "maximumBytes", self.maximumBytes)
        writer.write(ProtoUInt64.self, "ttl", self.ttl)
        writer.write(ProtoUInt64.self, "maximumDelayed", self.maximumDelayed)
        writer.write(ProtoUInt32.self, "overflow", self.overflow)
        writer.write(ProtoUInt32.self, "maximumDeliveries", self.maximumDeliveries)
        writer.write(ProtoUInt64.self, "initialBackoff", self.initialBackoff)
        writer.write(ProtoUInt64.self, "maximumBackoff", self.maximumBackoff)
        writer.write(ProtoDouble.self, "multiplier", self.multiplier)
        writer.write(ProtoUInt64.self, "visibilityTimeout", self.visibilityTimeout)
        writer.write(ProtoBool.self, "deadLetters", self.deadLetters)
        writer.write(ProtoString.self, "deadLetterTarget", self.deadLetterTarget)
        writer.write(ProtoUInt32.self, "deadLetterReasons", self.deadLetterReasons)
        writer.write(ProtoUInt64.self, "retainedAge", self.retainedAge)
        writer.write(ProtoUInt64.self, "retainedBytes", self.retainedBytes)
        writer.write(ProtoUInt64.self, "retainedMessages", self.retainedMessages)
        writer.write(ProtoBool.self, "compacts", self.compacts)
        writer.write(ProtoBool.self, "compresses", self.compresses)
        writer.write(ProtoUInt64.self, "dedupeWindow", self.dedupeWindow)
        writer.write(ProtoBool.self, "singleActiveConsumer", self.singleActiveConsumer)
        writer.write(ProtoUInt64.self, "idleExpiry", self.idleExpiry)
        writer.write(ProtoUInt64.self, "idleGroupExpiry", self.idleGroupExpiry)
        writer.write(ProtoBool.self, "priorities", self.priorities)
        writer.write(ProtoString.self, "primaryGroup", self.primaryGroup)
        writer.write(ProtoBool.self, "paused", self.paused)
        writer.write(ProtoBool.self, "capturesSynchronously", self.capturesSynchronously)
        writer.write(ProtoUInt64.self, "autoCommitInterval", self.autoCommitInterval)
    }
}
