import AdminAPI
import Protobuf

/// A broker that answers fluxtop's calls from values: what the scenarios of the tests are recorded in.
struct World {
    var hello = AdminV1.HelloResponse()
    var broker = AdminV1.Broker()
    var connections: [AdminV1.Connection] = []
    var sessions: [AdminV1.Session] = []
    var queues: [AdminV1.Queue] = []
    var groups: [AdminV1.Group] = []
    var consumers: [AdminV1.Consumer] = []
    var pending: [AdminV1.Pending] = []
    var topics: [AdminV1.Topic] = []
    var subscriptions: [AdminV1.Subscription] = []
    var retained: [AdminV1.Retained] = []
    var events: [AdminV1.Event] = []
    var log: [AdminV1.LogRecord] = []
    var series: [String: [Double]] = [:]

    /// 2026-11-22T13:02:07Z.
    static let start: Int64 = 1_795_352_527

    init() {
        self.hello.version = "0.1.0"
        self.hello.node = "n1"
        self.hello.bootID = "b1"
        self.hello.now = Timestamp(seconds: Self.start)
        self.hello.startedAt = Timestamp(seconds: Self.start - 12 * 86_400 - 4 * 3_600)
        self.hello.identity = "uid 1000 (pid 4711)"
        self.hello.canChange = true
        for (kind, name) in [
            (AdminV1.Kind.broker, "broker"), (.connection, "connection"), (.session, "session"), (.topic, "topic"),
            (.subscription, "subscription"), (.retained, "retained"), (.queue, "queue"), (.group, "group"),
            (.consumer, "consumer"), (.pending, "pending"),
        ] {
            var info = AdminV1.KindInfo()
            info.kind = kind
            info.name = name
            info.verbs =
                switch kind {
                case .connection: ["close"]
                case .queue: ["pause", "purge", "remove", "resume"]
                case .group: ["pause", "remove", "resume"]
                default: []
                }
            self.hello.kinds.append(info)
        }
        for name in ["messages_in_per_s", "messages_out_per_s", "bytes_in_per_s", "bytes_out_per_s", "dropped_per_s"] {
            var info = AdminV1.SeriesInfo()
            info.name = name
            self.hello.series.append(info)
        }
        self.broker.id = "n1"
        self.broker.state = "ready"
        self.broker.fluxdVersion = "0.1.0"
        self.broker.pid = 4711
        self.broker.shards = 4
        self.broker.messageMemoryLimitBytes = 1 << 30
        self.broker.storageState = "writable"
        (self.broker.storageFreeBytes, self.broker.storageCapacityBytes) = (412 << 30, 512 << 30)
        self.broker.storageSyncMs = 0.84
        self.broker.descriptorsLimit = 65_536
        self.broker.cpuPercent = 0.4
        self.broker.memoryBytes = 21 << 20
        self.broker.descriptors = 31
        self.broker.messagesInPerS = 0
        self.broker.messagesOutPerS = 0
        self.broker.bytesInPerS = 0
        self.broker.bytesOutPerS = 0
        self.broker.droppedPerS = 0
    }

    // MARK: Answers

    /// Rows of a query, and how many there were before its limit; nil for a filter that it does not understand.
    func rows(_ query: AdminV1.Query) -> (rows: [AdminV1.Row], matched: Int, total: Int, totals: AdminV1.Row?)? {
        guard !query.filter.hasPrefix("bad") else { return nil }
        let all = self.all(query.kind)
        var rows = all.filter { matches($0, query.filter) }
        for key in query.sort.split(separator: ",").reversed() {
            let isDescending = key.hasPrefix("-")
            let name = isDescending ? key.dropFirst() : key
            let keyed = rows.enumerated().map { (row: $1, key: value($1, name), place: $0) }
            rows = keyed.sorted { left, right in
                if isBefore(left.key, right.key) { return !isDescending }
                if isBefore(right.key, left.key) { return isDescending }
                return left.place < right.place
            }.map(\.row)
        }
        let sums = query.skipTotals ? nil : totals(rows, query.fields)
        return (Array(rows.prefix(Int(query.limit))), rows.count, all.count, sums)
    }

    func row(_ kind: AdminV1.Kind, _ id: String) -> AdminV1.Row? {
        self.all(kind).first { identifier($0) == id }
    }

    private func all(_ kind: AdminV1.Kind) -> [AdminV1.Row] {
        switch kind {
        case .broker: [wrapped(.broker(self.broker))]
        case .connection: self.connections.map { wrapped(.connection($0)) }
        case .session: self.sessions.map { wrapped(.session($0)) }
        case .topic: self.topics.map { wrapped(.topic($0)) }
        case .subscription: self.subscriptions.map { wrapped(.subscription($0)) }
        case .retained: self.retained.map { wrapped(.retained($0)) }
        case .queue: self.queues.map { wrapped(.queue($0)) }
        case .group: self.groups.map { wrapped(.group($0)) }
        case .consumer: self.consumers.map { wrapped(.consumer($0)) }
        case .pending: self.pending.map { wrapped(.pending($0)) }
        default: []
        }
    }
}

/// Sums of those fields that a query asks for, as the server has them.
private func totals(_ rows: [AdminV1.Row], _ fields: [String]) -> AdminV1.Row? {
    func has(_ name: String) -> Bool { fields.isEmpty || fields.contains(name) }
    switch rows.first?.row {
    case .queue:
        var sum = AdminV1.Queue()
        for case .queue(let row) in rows.map(\.row) {
            if has("ready") { sum.ready &+= row.ready }
            if has("unacked") { sum.unacked &+= row.unacked }
            if has("depth") { sum.depth &+= row.depth }
            if has("bytes") { sum.bytes &+= row.bytes }
            if has("consumers") { sum.consumers &+= row.consumers }
            if has("growth_per_s"), let growth = row.growthPerS { sum.growthPerS = (sum.growthPerS ?? 0) + growth }
        }
        return wrapped(.queue(sum))
    case .group:
        var sum = AdminV1.Group()
        for case .group(let row) in rows.map(\.row) {
            if has("lag") { sum.lag &+= row.lag }
            if has("pending") { sum.pending &+= row.pending }
            if has("members") { sum.members &+= row.members }
        }
        return wrapped(.group(sum))
    default: return nil
    }
}

private func wrapped(_ value: AdminV1.Row.RowOneof) -> AdminV1.Row {
    var row = AdminV1.Row()
    row.row = value
    return row
}

private func message(_ row: AdminV1.Row) -> (any Message)? {
    switch row.row {
    case .broker(let row): row
    case .connection(let row): row
    case .session(let row): row
    case .topic(let row): row
    case .subscription(let row): row
    case .retained(let row): row
    case .queue(let row): row
    case .group(let row): row
    case .consumer(let row): row
    case .pending(let row): row
    default: nil
    }
}

private func value(_ row: AdminV1.Row, _ name: some StringProtocol) -> FieldValue {
    guard let message = message(row), let field = type(of: message).fields.first(where: { $0.name == name }) else {
        return .none
    }
    return message.value(of: field.number)
}

private func identifier(_ row: AdminV1.Row) -> String {
    if case .string(let id) = value(row, "id") { return id }
    return ""
}

/// As much of the filters' grammar as the tests use.
private func matches(_ row: AdminV1.Row, _ filter: String) -> Bool {
    if filter.isEmpty { return true }
    if filter == "buffered_bytes>0" { return value(row, "buffered_bytes") != .uint(0) }
    if filter.hasPrefix("client_id=") {
        return value(row, "client_id") == .string(String(filter.dropFirst(11).dropLast()))
    }
    if filter == "dead_letters_of!=\"\"" { return value(row, "dead_letters_of") != .string("") }
    if filter == "type!=stream" { return value(row, "type") != .string("stream") }
    if filter.hasPrefix("queue=") {
        // `queue="orders" group="billing"`: a group's own name is the field "name", other rows have "group".
        let parts = filter.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
        let isOfGroup = parts.count < 4 || value(row, "group") == .string(parts[3])
        return value(row, "queue") == .string(parts[1]) && isOfGroup
    }
    guard case .string(let text) = value(row, "client_id") else { return identifier(row).contains(filter) }
    return text.contains(filter)
}

private func isBefore(_ left: FieldValue, _ right: FieldValue) -> Bool {
    switch (left, right) {
    case (.uint(let left), .uint(let right)): left < right
    case (.double(let left), .double(let right)): left < right
    case (.none, .double): true
    case (.string(let left), .string(let right)): left < right
    case (.timestamp(let left), .timestamp(let right)): left.seconds < right.seconds
    default: false
    }
}
