import CommandSpec
import MQTTClient
import Protobuf

/// What `sub --queue` asks a FluxMQ broker for. Source: docs/queues.md, "Over MQTT".
struct QueueSubscription: Sendable {
    let queue: String
    let settling: SettlingChoice
    /// PUBACK settles. Where it is held back, to get no more than is wanted, a publish does.
    private let settlesByPuback: Bool
    /// Of the SUBSCRIBE packet.
    let userProperties: [MQTTUserProperty]

    /// - Returns: nil for a plain subscription.
    init?(_ arguments: Arguments, _ endpoint: Endpoint) throws(Failure) {
        let command = SubscribeCommand.self
        let flags: [any AnyFlag] = [command.group, command.prefetch, command.settling, command.from]
        guard let queue = arguments[command.queue] else {
            for flag in flags where arguments.isGiven(flag) {
                throw .usage("sub", "--\(flag.spec.name) goes with --queue")
            }
            return nil
        }
        try endpoint.requireVersion5(arguments, command.queue)
        if queue.isEmpty { throw .usage("sub", "--queue is empty") }
        self.queue = queue
        self.settling = arguments[command.settling] ?? .auto
        self.settlesByPuback = self.settling == .auto && !arguments.isGiven(command.count)
        var properties: [MQTTUserProperty] = []
        if let group = arguments[command.group] { properties.append(MQTTUserProperty("consumer-group", group)) }
        if let place = arguments[command.from] {
            properties.append(MQTTUserProperty("x-stream-offset", try Self.position(place)))
        }
        // What is settled by its PUBACK is settled when it was written.
        properties.append(MQTTUserProperty("x-ack-mode", self.settlesByPuback ? "puback" : "settle"))
        self.userProperties = properties
    }

    /// What bounds the deliveries.
    func window(_ arguments: Arguments, filters: Int) -> DeliveryWindow {
        DeliveryWindow(
            prefetch: arguments[SubscribeCommand.prefetch] ?? 1_000,
            filters: filters,
            count: arguments[SubscribeCommand.count],
            holdsAll: self.settling == .none
        )
    }

    /// Topic filters for filters of routing keys; none is everything.
    func filters(_ keys: [String]) -> [String] {
        let address = PublishTarget.address(ofQueue: self.queue)
        return keys.isEmpty ? [address] : keys.map { "\(address)/\($0)" }
    }

    /// What settles a delivery; nil for what its PUBACK settles, or nothing.
    func settlement(of message: MQTTMessage) -> MQTTMessage? {
        let verb: String
        switch self.settling {
        case .auto where self.settlesByPuback: return nil
        case .none: return nil
        case .auto: verb = "$ack"
        case .nack: verb = "$nack"
        case .reject: verb = "$reject"
        }
        let wanted = message.properties.userProperties.filter { ["message-id", "group-id"].contains($0.name) }
        return MQTTMessage(
            topic: "\(message.topic)/\(verb)",
            qos: .atLeastOnce,
            properties: MQTTMessageProperties(userProperties: wanted)
        )
    }

    private static func position(_ text: String) throws(Failure) -> String {
        if ["first", "last", "next"].contains(text) { return text }
        if text.hasPrefix("offset:"), UInt64(text.dropFirst(7)) != nil { return text }
        if text.hasPrefix("time:"), let milliseconds = milliseconds(ofTime: String(text.dropFirst(5))) {
            return "timestamp:\(milliseconds)"
        }
        throw .usage("sub", "--from is first, last, next, offset:N or time:T, not \"\(text)\"")
    }
}

/// A time as flags write it, `-1h` or RFC 3339, in milliseconds since 1970; nil for anything else.
func milliseconds(ofTime text: String) -> Int64? {
    if text.hasPrefix("-"), let duration = parseDuration(String(text.dropFirst())) {
        let now = currentTime()
        return max(0, now.seconds * 1_000 + Int64(now.nanos) / 1_000_000 - Int64(duration.inSeconds * 1_000))
    }
    return Timestamp(text: text).map { max(0, $0.seconds * 1_000 + Int64($0.nanos) / 1_000_000) }
}
