import MQTTWire

@testable import MQTTClient

/// A client machine and the broker that the test plays: hand it packets, see what it sends and decides.
struct Harness {
    var machine: ClientMachine
    var now = ContinuousClock.now
    let version: MQTTWire.MQTTVersion

    init(_ version: MQTTProtocolVersion = .v5, _ change: (inout MQTTClientConfiguration) -> Void = { _ in }) {
        var configuration = MQTTClientConfiguration(host: "test", version: version)
        configuration.clientID = "me"
        change(&configuration)
        self.version = version == .v5 ? .v5 : .v3_1_1
        self.machine = ClientMachine(configuration: configuration, now: self.now)
    }

    /// Connects, and forgets what that took.
    mutating func connect(sessionPresent: Bool = false, _ change: (inout MQTTProperties) -> Void = { _ in }) {
        self.machine.connected(now: self.now)
        _ = self.sent()
        var connack = MQTTConnack(sessionPresent: sessionPresent)
        change(&connack.properties)
        self.receive(connack.encoded(self.version))
    }

    mutating func receive(_ bytes: [UInt8]) { _ = self.machine.received(bytes.span, now: self.now) }

    mutating func publish(_ topic: String, _ qos: MQTTQoS, ticket: UInt64) {
        self.machine.publish(
            MQTTMessage(topic: topic, payload: Array("hi".utf8), qos: qos),
            ticket: ticket,
            now: self.now
        )
    }

    mutating func answer(_ type: MQTTPacketType, _ id: UInt16, _ reason: MQTTReasonCode = .success) {
        self.receive(MQTTAcknowledgement(type: type, packetID: id, reason: reason).encoded(self.version))
    }

    mutating func deliver(_ topic: String, qos: UInt8, id: UInt16?, dup: Bool = false) {
        let packet = MQTTPublish(topic: Array(topic.utf8), payload: [1], qos: qos, packetID: id, dup: dup)
        self.receive(packet.encoded(self.version))
    }

    /// What was sent since, in words: `PUBLISH dup 1 a`, `PUBREL 1`.
    mutating func sent() -> [String] {
        defer { self.machine.output = [] }
        let bytes = self.machine.output
        var words: [String] = []
        var index = 0
        while let header = try? mqttFrameHeader(in: bytes.span, at: index), let type = header.type {
            let body = Array(bytes[(index + header.headerLength)..<(index + header.totalLength)])
            words.append(self.words(type, header.flags, body))
            index += header.totalLength
        }
        return words
    }

    private func words(_ type: MQTTPacketType, _ flags: UInt8, _ body: [UInt8]) -> String {
        switch type {
        case .publish:
            guard let packet = try? MQTTPublish.decode(body.span, version: self.version, flags: flags) else {
                return "?"
            }
            let id = packet.packetID.map { " \($0)" } ?? ""
            return "PUBLISH\(packet.dup ? " dup" : "")\(id) \(String(decoding: packet.topic, as: UTF8.self))"
        case .puback, .pubrec, .pubrel, .pubcomp:
            guard let packet = try? MQTTAcknowledgement.decode(type, body.span, version: self.version) else {
                return "?"
            }
            return "\(type) \(packet.packetID)" + (packet.reason == .success ? "" : " \(packet.reason.rawValue)")
        case .subscribe:
            guard let packet = try? MQTTSubscribe.decode(body.span, version: self.version) else { return "?" }
            return "SUBSCRIBE \(packet.packetID) "
                + packet.filters.map { String(decoding: $0.filter, as: UTF8.self) }.joined(separator: " ")
        case .disconnect:
            let reason = (try? MQTTDisconnect.decode(body.span, version: self.version))?.reason.rawValue ?? 0
            return "DISCONNECT \(reason)"
        default: return "\(type)"
        }
    }

    /// What was decided since, in words: `published 1`, `failed 2 sessionLost`, `delivered a`.
    mutating func decided() -> [String] {
        defer { self.machine.events = [] }
        return self.machine.events.map { event in
            switch event {
            case .connected(let info): "connected\(info.sessionPresent ? " again" : "")"
            case .handedOver(let ticket, _): "handed over \(ticket)"
            case .published(let ticket, .success): "published \(ticket)"
            case .published(let ticket, .failure(let error)): "failed \(ticket): \(error)"
            case .subscribed(let ticket, .success(let outcomes)): "subscribed \(ticket) \(outcomes.count)"
            case .subscribed(let ticket, .failure(let error)): "failed \(ticket): \(error)"
            case .unsubscribed(let ticket, .success): "unsubscribed \(ticket)"
            case .unsubscribed(let ticket, .failure(let error)): "failed \(ticket): \(error)"
            case .delivered(let delivery, _): "delivered \(delivery.message.topic)"
            case .close(let error): "close: \(error)"
            }
        }
    }

    /// Takes the deliveries that were decided since, as an application would.
    mutating func takeAll() {
        let receipts = self.machine.events.compactMap { event -> ClientMachine.IncomingReceipt? in
            guard case .delivered(_, let receipt) = event else { return nil }
            return receipt
        }
        self.machine.events = []
        for receipt in receipts { self.machine.taken(receipt, now: self.now) }
    }
}
