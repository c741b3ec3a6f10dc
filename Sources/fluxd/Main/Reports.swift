import AdminAPI
import AdminService
import Admission
import BrokerAdmin
import Core
import EventLoop
import Logging
import MQTTServer
import MQTTWire
import Machine
import Protobuf

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
        case .connected(let client, let user, let remote, let version, let isResumed):
            let what = isResumed ? "connected and found its session" : "connected"
            let facts: KeyValuePairs<StaticString, String> = [
                "user": user ?? "", "peer": "\(remote)", "version": "\(version)",
            ]
            self.tell(.debug, "client connected", .info, "connection.opened", text(client), what, facts)
        case .disconnected(let client, let user, let remote, let why):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "peer": "\(remote)"]
            self.tell(.debug, "client disconnected", .info, "connection.closed", text(client), why, facts)
        case .refused(let client, let user, let remote, let reason, let why):
            let facts: KeyValuePairs<StaticString, String> = [
                "client": text(client), "user": user ?? "", "code": "0x" + String(reason.rawValue, radix: 16),
            ]
            self.tell(.info, "connection refused", .warning, "connection.refused", "\(remote)", why, facts)
        case .protocolError(let client, let remote, let why):
            let subject = client.map(text) ?? "\(remote)"
            let facts: KeyValuePairs<StaticString, String> = ["peer": "\(remote)"]
            self.tell(.debug, "protocol error", .warning, "connection.protocol_error", subject, why, facts)
            self.failed(remote)
        case .takenOver(let client, let remote):
            let why = "another connection took its session"
            let facts: KeyValuePairs<StaticString, String> = ["from": "\(remote)"]
            self.tell(.debug, "session taken over", .info, "session.taken_over", text(client), why, facts)
        case .loginFailed(let client, let user, let remote, let why):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "client": text(client)]
            self.tell(.info, "login refused", .warning, "connection.refused", "\(remote)", why, facts)
            self.failed(remote)
        case .denied(let client, let user, let action, let topic, let remote):
            let facts: KeyValuePairs<StaticString, String> = [
                "user": user ?? "", "action": action.word, "topic": text(topic), "peer": "\(remote)",
            ]
            let why = "\(action.word) \(text(topic)) is not allowed"
            self.tell(.info, "access denied", .warning, "acl.denied", text(client), why, facts)
        case .revoked(let client, let user, let filter):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "filter": text(filter)]
            let why = "its subscription \(text(filter)) is no longer allowed"
            self.tell(.info, "subscription revoked", .warning, "acl.revoked", text(client), why, facts)
        case .limited(let client, let user, let remote, let what):
            let facts: KeyValuePairs<StaticString, String> = ["user": user ?? "", "peer": "\(remote)"]
            self.tell(.info, "limit met", .warning, "limit.met", text(client), what, facts)
        }
    }

    func loop(_ report: LoopReport) {
        Self.log(report, self.log)
        switch report {
        case .outOfDescriptors(let listener):
            self.event(.warning, "listener.out_of_descriptors", listener, "accepting pauses for 100 ms")
        case .writeTimeout(let remote):
            self.event(.warning, "connection.write_timeout", "\(remote)", "took no output within write_timeout")
        case .refused(let listener, let remote, let reason):
            self.event(.warning, "connection.refused", "\(remote)", reason.words, ["listener": listener])
        case .layerFailed(let listener, let remote, let reason, let isPeersFault):
            self.event(.warning, "connection.handshake_failed", "\(remote)", reason, ["listener": listener])
            if isPeersFault { self.failed(remote) }
        case .handshakeTimeout(let listener, let remote):
            let why = "no whole handshake within handshake_timeout"
            self.event(.warning, "connection.handshake_failed", "\(remote)", why, ["listener": listener])
            self.failed(remote)
        case .tooManyHandshakes(let listener, let remote):
            let why = "too many handshakes are under way"
            self.event(.warning, "connection.refused", "\(remote)", why, ["listener": listener])
        }
    }

    /// Counts against the address, which may be banned for it.
    private func failed(_ remote: PeerAddress) {
        let now = EventLoop.now()
        guard let ban = self.admission.failed(remote, now: now) else { return }
        let seconds = (ban.until - now) / 1_000
        let why = "\(ban.failures) failures; not let in for \(seconds) s"
        self.tell(.warning, "address banned", .warning, "address.banned", "\(ban.address)", why, [:])
    }

    /// One fact in the log and among the events. The log's line has the subject as `on`, and why as `reason`.
    private func tell(
        _ logLevel: LogLevel,
        _ message: StaticString,
        _ level: AdminV1.Level,
        _ kind: String,
        _ subject: String,
        _ why: String,
        _ facts: KeyValuePairs<StaticString, String>
    ) {
        let metadata = LogMetadata(["on": subject, "reason": why]).adding(LogMetadata(facts))
        self.log.log(logLevel, message, metadata)
        let attributes = facts.filter { !$0.value.isEmpty }.map { ("\($0.key)", $0.value) }
        self.event(level, kind, subject, why, Dictionary(uniqueKeysWithValues: attributes))
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
        case .layerFailed(let listener, let remote, let reason, _):
            log.info(
                "handshake failed",
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
