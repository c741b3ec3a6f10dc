import Core
import EventLoop
import Logging
import MQTTServer
import MQTTWire

/// Turns what shards and loops report into log lines.
struct Reports: Sendable {
    private let log: Logger

    init(_ log: Logger) { self.log = log }

    func mqtt(_ report: MQTTReport) {
        switch report {
        case .connected(let client, let remote, let version, let isResumed):
            self.log.debug(
                "client connected",
                [
                    "client": .text(text(client)), "remote": .text("\(remote)"), "version": .text("\(version)"),
                    "resumed": .boolean(isResumed),
                ]
            )
        case .disconnected(let client, let remote):
            self.log.debug("client disconnected", ["client": .text(text(client)), "remote": .text("\(remote)")])
        case .refused(let remote, let reason, let why):
            self.log.info(
                "connection refused",
                ["remote": .text("\(remote)"), "code": .integer(Int(reason.rawValue)), "reason": .text(why)]
            )
        case .protocolError(let client, let remote, let why):
            self.log.debug(
                "connection closed for a protocol error",
                ["client": .text(client.map(text) ?? "-"), "remote": .text("\(remote)"), "reason": .text(why)]
            )
        case .takenOver(let client, let remote):
            self.log.debug("session taken over", ["client": .text(text(client)), "from": .text("\(remote)")])
        }
    }

    func loop(_ report: LoopReport) {
        switch report {
        case .outOfDescriptors(let listener):
            self.log.warning(
                "out of file descriptors: accepting pauses for 100 ms; raise LimitNOFILE or ulimit -n",
                ["listener": .text(listener)]
            )
        case .writeTimeout(let remote):
            self.log.info("connection closed: it took no output within write_timeout", ["remote": .text("\(remote)")])
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
