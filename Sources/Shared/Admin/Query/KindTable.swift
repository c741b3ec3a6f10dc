package import AdminAPI
package import Protobuf

/// One kind of row: what it is called and which fields it has.
package struct KindTable: Sendable {
    package let kind: AdminV1.Kind
    /// As commands write it: `connection`.
    package let name: String
    /// For sentences: `connection`, `retained message`.
    package var singular: String {
        switch self.kind {
        case .retained: "retained message"
        case .config: "configuration key"
        case .pending: "pending message"
        default: self.name
        }
    }
    /// `connections`.
    package let plural: String
    /// Of all fields, in the order of the protocol; those that can be compared are in ``table``.
    package let descriptors: [FieldDescriptor]
    package let table: FieldTable
    /// The number of `id`, which every kind has.
    package let idField: Int
    /// What a filter has to say of all rows: there are too many to look at all of them. nil for nothing.
    package var requiredField: Field? { self.kind == .message ? self.table["queue"] : nil }

    private init<Row: Message>(_ kind: AdminV1.Kind, _ plural: String, _ row: Row.Type, words: [String] = []) {
        self.kind = kind
        self.name = kind.name
        self.plural = plural
        self.descriptors = row.fields
        self.table = FieldTable(row.fields, wordFields: ["id"] + words)
        guard let id = self.table["id"] else { preconditionFailure("rows of \(kind.name) have no id") }
        self.idField = id.number
    }

    package static let all = [
        KindTable(.broker, "brokers", AdminV1.Broker.self),
        KindTable(.listener, "listeners", AdminV1.Listener.self, words: ["address"]),
        KindTable(.connection, "connections", AdminV1.Connection.self, words: ["client_id", "username", "peer"]),
        KindTable(.session, "sessions", AdminV1.Session.self),
        KindTable(.subscription, "subscriptions", AdminV1.Subscription.self),
        KindTable(.topic, "topics", AdminV1.Topic.self),
        KindTable(.retained, "retained messages", AdminV1.Retained.self),
        KindTable(.config, "configuration keys", AdminV1.Config.self),
        KindTable(.queue, "queues", AdminV1.Queue.self),
        KindTable(.ban, "bans", AdminV1.Ban.self, words: ["reason"]),
        KindTable(.group, "groups", AdminV1.Group.self),
        KindTable(.consumer, "consumers", AdminV1.Consumer.self, words: ["client_id"]),
        KindTable(.pending, "pending messages", AdminV1.Pending.self),
        KindTable(.message, "messages", AdminV1.QueueMessage.self, words: ["topic"]),
    ]

    package static func of(_ kind: AdminV1.Kind) -> KindTable? { self.all.first { $0.kind == kind } }

    /// Fields whose sums go into a list's totals.
    package var summable: [Field] { self.table.fields.filter(\.isSummable) }

    /// A row that holds nothing but sums.
    ///
    /// - Parameter totals: ``Scan/totals``.
    package func row(of totals: [Int: SortValue]) -> AdminV1.Row {
        var encoder = BinaryEncoder()
        encoder.writeNested(self.memberNumber) { encoder in
            for descriptor in self.descriptors.sorted(by: { $0.number > $1.number }) {
                guard let sum = totals[descriptor.number] else { continue }
                switch (descriptor.kind, sum) {
                case (.double, .real(let sum)): encoder.writePresent(ProtoDouble.self, descriptor.number, sum)
                case (.double, .integer(let sum)):
                    encoder.writePresent(ProtoDouble.self, descriptor.number, Double(sum))
                case (.uint32, .integer(let sum)):
                    encoder.writePresent(ProtoUInt32.self, descriptor.number, UInt32(clamping: sum))
                case (.uint64, .integer(let sum)):
                    encoder.writePresent(ProtoUInt64.self, descriptor.number, UInt64(clamping: sum))
                default: break
                }
            }
        }
        do {
            return try AdminV1.Row(serialized: encoder.finish())
        } catch {
            preconditionFailure("a row of sums cannot be read back: \(error)")
        }
    }

    /// The number of ``AdminV1/Row``'s member for the kind.
    private var memberNumber: Int { AdminV1.Row.fields.first { $0.name == self.name }?.number ?? 0 }
}

extension FieldTable {
    /// The order of levels, the least grave first.
    private static let levels = [
        "fluxmq.admin.v1.Level": AdminV1.Level.allCases.filter { $0 != .unspecified }.sorted {
            $0.rawValue < $1.rawValue
        }.map(\.name)
    ]

    package static let event = FieldTable(
        AdminV1.Event.fields,
        wordFields: ["kind", "subject", "text"],
        choices: levels,
        entries: ["attributes": ["user", "client", "address", "listener"]]
    )
    package static let logRecord = FieldTable(AdminV1.LogRecord.fields, wordFields: ["message"], choices: levels)
}

extension AdminV1.Broker: RowReader {}
extension AdminV1.Listener: RowReader {}
extension AdminV1.Connection: RowReader {}
extension AdminV1.Session: RowReader {}
extension AdminV1.Subscription: RowReader {}
extension AdminV1.Topic: RowReader {}
extension AdminV1.Retained: RowReader {}
extension AdminV1.Config: RowReader {}
extension AdminV1.Queue: RowReader {}
extension AdminV1.Ban: RowReader {}
extension AdminV1.Group: RowReader {}
extension AdminV1.Consumer: RowReader {}
extension AdminV1.Pending: RowReader {}
extension AdminV1.QueueMessage: RowReader {
    package func entry(_ name: String, of field: Int) -> String? { self.headers[name] }
}
extension AdminV1.Event: RowReader {
    package func entry(_ name: String, of field: Int) -> String? { self.attributes[name] }
}
extension AdminV1.LogRecord: RowReader {
    package func entry(_ name: String, of field: Int) -> String? { self.metadata[name] }
}

extension AdminV1.Row {
    /// Whatever the row is; nil when it is of a kind that this program does not know.
    package var body: (any Message & RowReader)? {
        switch self.row {
        case .broker(let row): row
        case .listener(let row): row
        case .connection(let row): row
        case .session(let row): row
        case .subscription(let row): row
        case .topic(let row): row
        case .retained(let row): row
        case .config(let row): row
        case .queue(let row): row
        case .ban(let row): row
        case .group(let row): row
        case .consumer(let row): row
        case .pending(let row): row
        case .message(let row): row
        case nil: nil
        }
    }

    package var id: String { self.text(of: "id") }
    /// Empty for kinds without versions.
    package var version: String { self.text(of: "version") }

    private func text(of name: String) -> String {
        guard let body = self.body, let field = type(of: body).fields.first(where: { $0.name == name }),
            case .string(let text) = body.value(of: field.number)
        else { return "" }
        return text
    }
}
