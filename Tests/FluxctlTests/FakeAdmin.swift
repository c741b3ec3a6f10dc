import AdminAPI
import CommandSpec
import Glibc
import JSON
import Protobuf
import Synchronization
import Terminal

@testable import fluxctl

/// An admin plane that answers from a script and remembers what it was asked.
final class FakeAdmin: AdminAsking, Sendable {
    struct Script: Sendable {
        var rows: [AdminV1.Kind: [AdminV1.Row]] = FakeRows.all
        var response = AdminV1.DoResponse()
        var failure: Failure?
        /// Ids that are there, if not all are.
        var known: Set<String>?
        /// Rows of one page.
        var page = 1_000
        var events: [AdminV1.Event] = [FakeRows.event]
        var records: [AdminV1.LogRecord] = [FakeRows.logRecord]
        var watched: [AdminV1.WatchResponse] = []
    }

    private let script: Script
    private let asked = Mutex<(queries: [AdminV1.Query], changes: [AdminV1.DoRequest])>(([], []))

    init(_ script: Script = Script()) { self.script = script }

    var queries: [AdminV1.Query] { self.asked.withLock { $0.queries } }
    var changes: [AdminV1.DoRequest] { self.asked.withLock { $0.changes } }

    private func check() throws(Failure) { if let failure = self.script.failure { throw failure } }

    func hello() throws(Failure) -> AdminV1.HelloResponse {
        try self.check()
        var hello = AdminV1.HelloResponse()
        (hello.version, hello.node, hello.identity) = ("0.1.0", "n1", "uid 1000 (pid 1)")
        (hello.now, hello.startedAt) = (Timestamp(seconds: 1_000), Timestamp(seconds: 400))
        return hello
    }

    /// Pages by a cursor that is the number of rows before.
    func list(_ query: AdminV1.Query) throws(Failure) -> AdminV1.ListResponse {
        self.asked.withLock { $0.queries.append(query) }
        try self.check()
        let rows = self.script.rows[query.kind] ?? []
        let start = Int(query.cursor) ?? 0
        let size = min(self.script.page, query.limit == 0 ? 1_000 : Int(query.limit))
        var response = AdminV1.ListResponse()
        response.rows = Array(rows.dropFirst(start).prefix(size))
        response.total = UInt64(rows.count + 1)
        response.totalMatched = UInt64(rows.count)
        response.totals = rows.first
        response.nextCursor = start + size < rows.count ? String(start + size) : ""
        (response.at, response.node) = (FakeRows.now, "n1")
        return response
    }

    func get(_ kind: AdminV1.Kind, id: String) throws(Failure) -> AdminV1.GetResponse {
        try self.check()
        if let known = self.script.known, !known.contains(id) {
            let near = closest(to: id, among: known.sorted()).map { "did you mean '\($0)'?" }
            throw Failure(.notFound, "\(kind.name) \"\(id)\" not found on n1", hints: [near ?? "see: fluxctl queue ls"])
        }
        var response = AdminV1.GetResponse()
        response.row = self.script.rows[kind]?.first
        (response.at, response.node) = (FakeRows.now, "n1")
        return response
    }

    func perform(_ request: AdminV1.DoRequest) throws(Failure) -> AdminV1.DoResponse {
        self.asked.withLock { $0.changes.append(request) }
        try self.check()
        var response = self.script.response
        response.dryRun = request.dryRun
        return response
    }

    func watch(
        _ request: AdminV1.WatchRequest,
        _ each: @escaping (AdminV1.WatchResponse) throws(Failure) -> Bool
    ) throws(Failure) {
        try self.check()
        for response in self.script.watched where try !each(response) { return }
    }

    func events(
        _ request: AdminV1.EventsRequest,
        _ each: @escaping (AdminV1.EventsResponse) throws(Failure) -> Bool
    ) throws(Failure) {
        try self.check()
        var response = AdminV1.EventsResponse()
        response.events = self.script.events
        _ = try each(response)
    }

    func log(_ request: AdminV1.LogRequest, _ each: @escaping (AdminV1.LogResponse) throws(Failure) -> Bool)
        throws(Failure)
    {
        try self.check()
        var response = AdminV1.LogResponse()
        response.records = self.script.records
        _ = try each(response)
    }
}

/// One row of each kind. Text from clients is as hostile as it can be.
enum FakeRows {
    static let now = Timestamp(seconds: 1_795_356_127)
    static let hostile = "dash\u{1B}]52;c;x\u{7}\u{202E}\u{200B}\n\u{9B}2J,\"é"

    static let all: [AdminV1.Kind: [AdminV1.Row]] = [
        .broker: [Self.row(.broker(Self.broker))], .connection: [Self.row(.connection(Self.connection))],
        .listener: [Self.row(.listener(Self.listener))], .session: [Self.row(.session(Self.session))],
        .subscription: [Self.row(.subscription(Self.subscription))], .topic: [Self.row(.topic(Self.topic("a/b")))],
        .retained: [Self.row(.retained(Self.retained))], .config: [Self.row(.config(Self.config))],
        .ban: [Self.row(.ban(Self.ban))], .queue: [Self.row(.queue(Self.queue))],
        .group: [Self.row(.group(Self.group))],
        .consumer: [Self.row(.consumer(Self.consumer))], .pending: [Self.row(.pending(Self.pending))],
        .message: [Self.row(.message(Self.message))],
    ]

    static func row(_ row: AdminV1.Row.RowOneof) -> AdminV1.Row {
        var result = AdminV1.Row()
        result.row = row
        return result
    }

    static var broker: AdminV1.Broker {
        var broker = AdminV1.Broker()
        (broker.id, broker.state, broker.fluxdVersion) = ("n1", "ready", "0.1.0")
        (broker.startedAt, broker.uptimeMs, broker.connections) = (
            Timestamp(seconds: 1_795_000_000), 356_127_000, 4_102
        )
        (broker.messagesInPerS, broker.memoryBytes) = (98_100, 432_013_312)
        var use = AdminV1.ProtocolUse()
        (use.`protocol`, use.connections) = ("mqtt5", 4_000)
        broker.protocols = [use]
        return broker
    }

    static var connection: AdminV1.Connection {
        var connection = AdminV1.Connection()
        (connection.id, connection.clientID, connection.`protocol`) = ("c1.812.3", Self.hostile, "mqtt5")
        (connection.peer, connection.connectedAt, connection.uptimeMs) = (
            "[::1]:4", Timestamp(seconds: 1_795_344_607), 11_520_000
        )
        (connection.messagesOutPerS, connection.bufferedBytes) = (4_100, 1_992_294)
        (connection.inflight, connection.state, connection.bytesOut) = (100, "slow", 1 << 60)
        return connection
    }

    static var listener: AdminV1.Listener {
        var listener = AdminV1.Listener()
        (listener.id, listener.address, listener.`protocol`, listener.state) = (
            "mqtt", "127.0.0.1:1883", "mqtt", "open"
        )
        return listener
    }

    static var session: AdminV1.Session {
        var session = AdminV1.Session()
        (session.id, session.state, session.queued) = (Self.hostile, "offline", 12_041)
        session.expiresAt = Timestamp(seconds: Self.now.seconds + 300)
        return session
    }

    static var subscription: AdminV1.Subscription {
        var subscription = AdminV1.Subscription()
        (subscription.id, subscription.clientID, subscription.filter) = ("a b/#", "a", "b/#")
        return subscription
    }

    static func topic(_ id: String, messages: UInt64 = 3, rate: Double? = 0.5) -> AdminV1.Topic {
        var topic = AdminV1.Topic()
        (topic.id, topic.messages, topic.bytes, topic.messagesPerS) = (id, messages, 10 * messages, rate)
        return topic
    }

    static var retained: AdminV1.Retained {
        var retained = AdminV1.Retained()
        (retained.id, retained.payloadBytes, retained.payload) = (
            "status/a", 5_000, Array("21.5 \u{1B}[2Jé".utf8).dropLast()
        )
        retained.storedAt = Timestamp(seconds: 1_795_356_000)
        return retained
    }

    static var config: AdminV1.Config {
        var config = AdminV1.Config()
        (config.id, config.value, config.defaultValue, config.source) = ("log.level", "debug", "info", "file")
        return config
    }

    static var ban: AdminV1.Ban {
        var ban = AdminV1.Ban()
        (ban.id, ban.source, ban.failures, ban.reason) = ("192.0.2.7", "failures", 100, Self.hostile)
        (ban.sinceAt, ban.endsAt) = (
            Timestamp(seconds: Self.now.seconds - 60), Timestamp(seconds: Self.now.seconds + 240)
        )
        return ban
    }

    static var queue: AdminV1.Queue {
        var queue = AdminV1.Queue()
        (queue.id, queue.type, queue.state, queue.note) = ("orders", "classic", "running", "growing +96/s")
        (queue.ready, queue.unacked, queue.consumers, queue.nextOffset) = (12_041, 318, 4, 12_359)
        (queue.messagesInPerS, queue.messagesOutPerS, queue.oldestMs) = (1_200, 1_100, 42_000)
        (queue.topics, queue.deadLetterReasons) = (["$queue/orders/#", Self.hostile], ["rejected"])
        queue.deadLetterQueue = "$dlq/orders"
        return queue
    }

    static var group: AdminV1.Group {
        var group = AdminV1.Group()
        (group.id, group.queue, group.name, group.state) = ("orders billing", "orders", "billing", "falling behind")
        (group.members, group.pending, group.lag, group.growthPerS) = (4, 318, 12_041, 96)
        return group
    }

    static var consumer: AdminV1.Consumer {
        var consumer = AdminV1.Consumer()
        (consumer.id, consumer.queue, consumer.group) = ("m1.256.7", "orders", "billing")
        (consumer.clientID, consumer.state, consumer.credit) = (Self.hostile, "active", 100)
        return consumer
    }

    static var pending: AdminV1.Pending {
        var pending = AdminV1.Pending()
        (pending.id, pending.queue, pending.group) = ("orders:5012 billing", "orders", "billing")
        (pending.number, pending.offset, pending.state, pending.deliveries) = (5_012, 5_012, "delivered", 2)
        return pending
    }

    static var message: AdminV1.QueueMessage {
        var message = AdminV1.QueueMessage()
        (message.id, message.queue, message.number, message.offset) = ("orders:5012", "orders", 5_012, 5_012)
        (message.state, message.topic, message.payloadBytes) = ("ready", "$queue/orders/\(Self.hostile)", 5_000)
        (message.payload, message.headers) = (Array("21.5 \u{1B}[2Jé".utf8).dropLast(), [Self.hostile: Self.hostile])
        message.storedAt = Timestamp(seconds: 1_795_356_000)
        return message
    }

    static var event: AdminV1.Event {
        var event = AdminV1.Event()
        (event.seq, event.at, event.level, event.kind) = (7, Self.now, .warning, "connection.refused")
        (event.subject, event.text, event.attributes) = (
            Self.hostile, "refused", ["reason": Self.hostile, "code": "135"]
        )
        return event
    }

    static var logRecord: AdminV1.LogRecord {
        var record = AdminV1.LogRecord()
        (record.seq, record.at, record.level, record.message) = (9, Self.now, .notice, "started")
        record.metadata = ["client": Self.hostile]
        return record
    }
}

/// Streams that keep what is written.
final class CapturedStreams: Streams, Sendable {
    private let written = Mutex<[StreamName: [UInt8]]>([:])
    private let answers: Mutex<[String]>
    private let terminals: Set<StreamName>
    private let outputError: Int32
    let size: ScreenSize?
    let inputIsTerminal: Bool

    /// - Parameter answers: Lines that somebody types; nil when standard input is no terminal.
    init(terminals: Set<StreamName> = [], width: Int = 80, answers: [String]? = nil, outputError: Int32 = 0) {
        self.terminals = terminals
        self.size = terminals.contains(.output) ? ScreenSize(width: width, height: 24) : nil
        self.inputIsTerminal = answers != nil
        self.answers = Mutex(answers ?? [])
        self.outputError = outputError
    }

    func write(_ bytes: [UInt8], to stream: StreamName) -> Int32 {
        if stream == .output, self.outputError != 0 { return self.outputError }
        self.written.withLock { $0[stream, default: []] += bytes }
        return 0
    }

    func isTerminal(_ stream: StreamName) -> Bool { self.terminals.contains(stream) }
    func readLine() -> String? { self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    func readSecret() -> String? { self.readLine() }
    func text(_ stream: StreamName) -> String {
        String(decoding: self.written.withLock { $0[stream] ?? [] }, as: UTF8.self)
    }
}

/// How a line ended.
struct Ended {
    var code: Int32
    var out: String
    var err: String
}

/// Runs a whole line of fluxctl on a fake admin plane.
func control(
    _ line: [String],
    _ admin: FakeAdmin = FakeAdmin(),
    on streams: CapturedStreams = CapturedStreams(),
    environment: [String: String] = [:]
) async -> Ended {
    let surroundings = Surroundings(
        streams: streams,
        environment: { environment[$0] },
        connect: { _ throws(Failure) in admin }
    )
    let code = await Surroundings.$current.withValue(surroundings) { await runControl(line) }
    return Ended(code: code, out: streams.text(.output), err: streams.text(.error))
}

/// What is wrong with a value by a JSON Schema of the few words that fluxctl writes.
func mismatches(_ value: JSONValue, _ schema: JSONValue, at path: String = "") -> [String] {
    var problems: [String] = []
    if let wanted = schema["const"]?.text, wanted != value.text { problems.append("\(path) is not \(wanted)") }
    let types: [String] =
        switch schema["type"] {
        case .string(let name)?: [name]
        case .array(let names)?: names.compactMap { if case .string(let name) = $0 { name } else { nil } }
        default: []
        }
    if !types.isEmpty, !types.contains(where: { isOf(value, $0) }) { problems.append("\(path) is no \(types)") }
    if case .array(let names)? = schema["required"] {
        for case .string(let name) in names where value[name] == nil { problems.append("\(path).\(name) is missing") }
    }
    if case .object(let members) = value, case .object(let known)? = schema["properties"] {
        for (name, member) in members {
            guard let wanted = known.first(where: { $0.0 == name })?.1 else {
                problems.append("\(path).\(name) is in no schema")
                continue
            }
            problems += mismatches(member, wanted, at: "\(path).\(name)")
        }
    }
    if case .array(let items) = value, let wanted = schema["items"] {
        for item in items { problems += mismatches(item, wanted, at: "\(path)[]") }
    }
    return problems
}

private func isOf(_ value: JSONValue, _ type: String) -> Bool {
    switch (value, type) {
    case (.string, "string"), (.integer, "integer"), (.integer, "number"), (.number, "number"), (.bool, "boolean"),
        (.object, "object"), (.array, "array"), (.null, "null"):
        true
    default: false
    }
}
