import AdminAPI
import AdminService
import Admission
import BrokerAdmin
import Bytes
import Core
import EventLoop
import LogStorage
import Logging
import MQTTServer
import MQTTWire
import Machine
import Protobuf
import Volume

/// Turns what shards and loops report into log lines and events.
struct Reports: Sendable {
    private let log: Logger
    private let events: RecordRing<AdminV1.Event>
    private let node: String
    private let admission: AdmissionTable

    init(_ log: Logger, _ events: RecordRing<AdminV1.Event>, node: String, _ admission: AdmissionTable) {
        self.log = log
        self.events = events
        self.node = node
        self.admission = admission
    }

    func mqtt(_ report: MQTTReport) {
        switch report {
        case .connected(let client, let user, let origin, let version, let isResumed):
            let what = isResumed ? "connected and found its session" : "connected"
            let facts: KeyValuePairs<StaticString, String> = [
                "user": user ?? "", "peer": "\(origin.remote)", "version": "\(version)",
            ]
            let party = Party(client: client, origin)
            self.tell(.debug, "client connected", .info, "connection.opened", text(client), what, facts, of: party)
        case .disconnected(let client, let user, let origin, let why):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "peer": "\(origin.remote)"]
            let party = Party(client: client, origin)
            self.tell(.debug, "client disconnected", .info, "connection.closed", text(client), why, facts, of: party)
        case .refused(let client, let user, let origin, let reason, let why):
            let facts: KeyValuePairs<StaticString, String> = [
                "client": text(client), "user": user ?? "", "code": "0x" + String(reason.rawValue, radix: 16),
            ]
            self.refused("connection refused", origin, why, facts)
        case .loginFailed(let client, let user, let origin, let why):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "client": text(client)]
            self.refused("login refused", origin, why, facts)
            self.failed(origin.remote, why, on: origin.listener)
        case .protocolError(let client, let origin, let why):
            let subject = client.map(text) ?? "\(origin.remote)"
            let facts: KeyValuePairs<StaticString, String> = ["peer": "\(origin.remote)"]
            let party = Party(client: client, origin)
            self.tell(
                .debug,
                "protocol error",
                .warning,
                "connection.protocol_error",
                subject,
                why,
                facts,
                of: party
            )
            self.failed(origin.remote, why, on: origin.listener)
        case .takenOver(let client, let user, let old, let new):
            let why = "another connection took its session"
            let facts: KeyValuePairs<StaticString, String> = [
                "user": user ?? "", "from": "\(old)", "to": "\(new.remote)",
            ]
            let party = Party(client: client, new)
            self.tell(.debug, "session taken over", .info, "session.taken_over", text(client), why, facts, of: party)
        case .denied(let client, let user, let action, let topic, let origin):
            let facts: KeyValuePairs<StaticString, String> = [
                "user": user ?? "", "action": action.word, "topic": text(topic), "peer": "\(origin.remote)",
            ]
            let why = "\(action.word) \(text(topic)) is not allowed"
            let party = Party(client: client, origin)
            self.tell(.info, "access denied", .warning, "acl.denied", text(client), why, facts, of: party)
        case .revoked(let client, let user, let filter):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "filter": text(filter)]
            let why = "its subscription \(text(filter)) is no longer allowed"
            let party = Party(client: client)
            self.tell(.info, "subscription revoked", .warning, "acl.revoked", text(client), why, facts, of: party)
        case .limited(let client, let user, let origin, let what):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "peer": "\(origin.remote)"]
            let party = Party(client: client, origin)
            self.tell(.info, "limit met", .warning, "limit.met", text(client), what, facts, of: party)
        }
    }

    /// What the disks are like. Each is said once.
    func volume(_ notice: VolumeNotice) {
        switch notice {
        case .recovered(let bytes, let records):
            let what = "\(records) records (\(bytes) bytes) came back from the sync journal"
            self.storage(.notice, "storage recovered", .notice, "storage.recovered", what)
        case .cut(let report):
            self.storage(.warning, "a log was cut", .warning, "storage.cut", report.description)
        case .journalDamaged(let what):
            self.storage(.error, "the sync journal is damaged", .error, "storage.journal_damaged", what)
        case .full(let what):
            let why = "publishes to durable queues and kept sessions are refused: \(what)"
            self.storage(.error, "storage full", .error, "storage.full", why)
        case .writable:
            self.storage(.notice, "storage writable", .notice, "storage.writable", "there is space again")
        case .failed(let what):
            let why = "nothing that is stored is acknowledged until fluxd is restarted on a good disk: \(what)"
            self.storage(.error, "storage failed", .error, "storage.failed", why)
        case .quarantined(let log, let what):
            self.storage(.error, "a log is quarantined", .error, "storage.quarantined", what, of: "queue \(log.owner)")
        }
    }

    private func storage(
        _ logLevel: LogLevel,
        _ message: StaticString,
        _ level: AdminV1.Level,
        _ kind: String,
        _ why: String,
        of subject: String = "storage"
    ) {
        self.tell(logLevel, message, level, kind, subject, why, [:], of: Party())
    }

    /// A CONNECT came to nothing: a client identifier is not believed before its owner is let in, so the subject is the peer.
    private func refused(
        _ message: StaticString,
        _ origin: MQTTOrigin,
        _ why: String,
        _ facts: KeyValuePairs<StaticString, String>
    ) {
        let party = Party(origin)
        self.tell(.info, message, .warning, "connection.refused", "\(origin.remote)", why, facts, of: party)
    }

    func loop(_ report: LoopReport) {
        Self.log(report, self.log)
        switch report {
        case .outOfDescriptors(let listener):
            let party = Party(listener: listener)
            self.event(
                .warning,
                "listener.out_of_descriptors",
                listener,
                "accepting pauses for 100 ms",
                party.attributes
            )
        case .writeTimeout(let remote):
            let why = "took no output within write_timeout"
            self.event(.warning, "connection.write_timeout", "\(remote)", why, Party(remote).attributes)
        case .refused(let listener, let remote, let reason):
            self.refused(remote, listener, "connection.refused", reason.words)
        case .layerFailed(let listener, let remote, let reason, let isPeersFault, let wasOpen):
            let kind = wasOpen ? "connection.transport_failed" : "connection.handshake_failed"
            self.refused(remote, listener, kind, reason)
            if isPeersFault { self.failed(remote, reason, on: listener) }
        case .handshakeTimeout(let listener, let remote):
            let why = "no whole handshake within handshake_timeout"
            self.refused(remote, listener, "connection.handshake_failed", why)
            self.failed(remote, why, on: listener)
        case .tooManyHandshakes(let listener, let remote):
            self.refused(remote, listener, "connection.refused", "too many handshakes are under way")
        }
    }

    private func refused(_ remote: PeerAddress, _ listener: String, _ kind: String, _ why: String) {
        self.event(.warning, kind, "\(remote)", why, Party(remote, listener: listener).attributes)
    }

    /// Counts against the address, which may be banned for it.
    private func failed(_ remote: PeerAddress, _ reason: String, on listener: String) {
        let now = EventLoop.now()
        guard let ban = self.admission.failed(remote, reason, on: listener, now: now) else { return }
        let seconds = (ban.until - now) / 1_000
        let why = "\(ban.failures) failures, the last: \(ban.reason); not let in for \(seconds) s"
        let facts: KeyValuePairs<StaticString, String> = [
            "failures": "\(ban.failures)", "seconds": "\(seconds)", "listener": listener,
        ]
        let party = Party(remote)
        self.tell(.warning, "address banned", .warning, "address.banned", "\(ban.address)", why, facts, of: party)
    }

    /// Whom an event is about, in the attributes that filters have short names for; docs/operations.md lists them.
    private struct Party {
        private(set) var attributes: [String: String] = [:]

        init() {}

        init(client: [UInt8]? = nil, _ origin: MQTTOrigin) {
            self.init(origin.remote, listener: origin.listener)
            self.attributes["client"] = client.map { String(decoding: $0, as: UTF8.self) }
        }

        init(client: [UInt8]) { self.attributes["client"] = String(decoding: client, as: UTF8.self) }
        init(listener: String) { self.attributes["listener"] = listener }

        init(_ remote: PeerAddress, listener: String? = nil) {
            // As bans have it: without the port, which is another one each time.
            self.attributes["address"] = remote.ip.map { "\($0.unmapped)" }
            self.attributes["listener"] = listener
        }
    }

    /// One fact in the log and among the events. The log's line has the subject as `on`, and why as `reason`.
    private func tell(
        _ logLevel: LogLevel,
        _ message: StaticString,
        _ level: AdminV1.Level,
        _ kind: String,
        _ subject: String,
        _ why: String,
        _ facts: KeyValuePairs<StaticString, String>,
        of party: Party
    ) {
        let metadata = LogMetadata(["on": subject, "reason": why]).adding(LogMetadata(facts))
        self.log.log(logLevel, message, metadata)
        var attributes = party.attributes
        for (name, value) in facts where !value.isEmpty { attributes["\(name)"] = value }
        self.event(level, kind, subject, why, attributes)
    }

    static func log(_ report: LoopReport, _ log: Logger) {
        switch report {
        case .outOfDescriptors(let listener):
            log.warning(
                "out of file descriptors: accepting pauses for 100 ms; raise LimitNOFILE or ulimit -n",
                ["listener": .text(listener)]
            )
        case .writeTimeout(let remote):
            log.info("connection closed: it took no output within write_timeout", ["remote": .text("\(remote)")])
        case .refused(let listener, let remote, let reason):
            log.info(
                "connection not let in",
                ["listener": .text(listener), "remote": .text("\(remote)"), "reason": .text(reason.words)]
            )
        case .layerFailed(let listener, let remote, let reason, _, let wasOpen):
            log.info(
                wasOpen ? "connection closed: TLS or WebSocket failed" : "handshake failed",
                ["listener": .text(listener), "remote": .text("\(remote)"), "reason": .text(reason)]
            )
        case .handshakeTimeout(let listener, let remote):
            log.info(
                "connection closed: its handshake was not done within handshake_timeout",
                ["listener": .text(listener), "remote": .text("\(remote)")]
            )
        case .tooManyHandshakes(let listener, let remote):
            log.warning(
                "connection closed: too many handshakes are under way",
                ["listener": .text(listener), "remote": .text("\(remote)")]
            )
        }
    }

    func event(
        _ level: AdminV1.Level,
        _ kind: String,
        _ subject: String,
        _ text: String,
        _ attributes: [String: String] = [:]
    ) {
        var event = AdminV1.Event()
        event.at = Timestamp(.now())
        event.level = level
        event.kind = kind
        event.subject = subject
        event.text = text
        event.node = self.node
        event.attributes = attributes
        self.events.append(event)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension Action {
    fileprivate var word: String {
        switch self {
        case .connect: "connect"
        case .publish: "publish"
        case .subscribe: "subscribe"
        case .will: "will"
        case .readRetained: "read"
        }
    }
}

extension AdmissionRefusal {
    fileprivate var words: String {
        switch self {
        case .listenerFull: "the listener has all the connections it may have"
        case .addressFull: "the address has all the connections it may have"
        case .rate: "the address connects more often than it may"
        case .banned: "the address failed too often and is banned for a while"
        }
    }
}

extension Timestamp {
    init(_ time: LogTime) { self.init(seconds: Int64(time.seconds), nanos: Int32(time.nanoseconds)) }
}

extension AdminV1.LogRecord {
    init(_ time: LogTime, _ level: LogLevel, _ message: String, _ metadata: LogMetadata, repeated: Int?) {
        self.init()
        self.at = Timestamp(time)
        self.level = AdminV1.Level(level)
        self.message = repeated.map { "\(message) (repeated \($0) times)" } ?? message
        for (name, value) in metadata.fields {
            switch value {
            case .text(let text): self.metadata["\(name)"] = text
            case .integer(let number): self.metadata["\(name)"] = "\(number)"
            case .boolean(let flag): self.metadata["\(name)"] = "\(flag)"
            }
        }
    }
}

extension AdminV1.Level {
    init(_ level: LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
