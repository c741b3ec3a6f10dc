import AdminAPI
import AdminService
import BrokerAdmin
import Core
import EventLoop
import Logging
import MQTTServer
import MQTTWire
import Protobuf

/// Turns what shards and loops report into log lines and events.
struct Reports: Sendable {
    private let log: Logger
    private let events: RecordRing<AdminV1.Event>
    private let node: String

    init(_ log: Logger, _ events: RecordRing<AdminV1.Event>, node: String) {
        self.log = log
        self.events = events
        self.node = node
    }

    func mqtt(_ report: MQTTReport) {
        switch report {
        case .connected(let client, let remote, let version, let isResumed):
            let remote = "\(remote)"
            self.log.debug(
                "client connected",
                [
                    "client": .text(text(client)), "remote": .text(remote), "version": .text("\(version)"),
                    "resumed": .boolean(isResumed),
                ]
            )
            let what = isResumed ? "connected and found its session" : "connected"
            self.event(.info, "connection.opened", text(client), what, ["peer": remote, "version": "\(version)"])
        case .disconnected(let client, let remote):
            let remote = "\(remote)"
            self.log.debug("client disconnected", ["client": .text(text(client)), "remote": .text(remote)])
            self.event(.info, "connection.closed", text(client), "disconnected", ["peer": remote])
        case .refused(let remote, let reason, let why):
            let remote = "\(remote)"
            self.log.info(
                "connection refused",
                ["remote": .text(remote), "code": .integer(Int(reason.rawValue)), "reason": .text(why)]
            )
            self.event(.warning, "connection.refused", remote, why, ["code": "0x" + String(reason.rawValue, radix: 16)])
        case .protocolError(let client, let remote, let why):
            let remote = "\(remote)"
            self.log.debug(
                "connection closed for a protocol error",
                ["client": .text(client.map(text) ?? "-"), "remote": .text(remote), "reason": .text(why)]
            )
            self.event(.warning, "connection.protocol_error", client.map(text) ?? remote, why, ["peer": remote])
        case .takenOver(let client, let remote):
            let remote = "\(remote)"
            self.log.debug("session taken over", ["client": .text(text(client)), "from": .text(remote)])
            self.event(
                .info,
                "session.taken_over",
                text(client),
                "another connection took its session",
                ["from": remote]
            )
        }
    }

    func loop(_ report: LoopReport) {
        Self.log(report, self.log)
        switch report {
        case .outOfDescriptors(let listener):
            self.event(.warning, "listener.out_of_descriptors", listener, "accepting pauses for 100 ms")
        case .writeTimeout(let remote):
            self.event(.warning, "connection.write_timeout", "\(remote)", "took no output within write_timeout")
        }
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
