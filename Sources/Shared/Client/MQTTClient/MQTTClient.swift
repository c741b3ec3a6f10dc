import Blocking

/// An MQTT 5.0 and 3.1.1 client.
///
/// ```swift
/// let client = MQTTClient(MQTTClientConfiguration(host: "127.0.0.1"))
/// try await client.connect()
/// try await client.subscribe([MQTTFilter("sensors/#", qos: .atLeastOnce)])
/// try await client.publish(MQTTMessage(topic: "sensors/a", payload: Array("21.5".utf8), qos: .atLeastOnce))
/// for try await delivery in client.messages { print(delivery.message.topic) }
/// await client.disconnect()
/// ```
///
/// All protocol work happens on one thread of the client's own. Every method may be called from any task. After the first
/// connection a lost one is made again by itself, as ``MQTTClientConfiguration/backoff`` says: what was not acknowledged is
/// sent again, subscriptions are renewed if the broker lost them, and requests wait meanwhile.
///
/// A client connects once: after ``disconnect(withWill:)`` or a loss for good, make another.
public final class MQTTClient: Sendable {
    private let mailbox = Mailbox()
    private let inbox: Inbox

    public init(_ configuration: MQTTClientConfiguration) {
        let inbox = Inbox(messageLimit: configuration.bufferedMessages, byteLimit: configuration.bufferedBytes)
        self.inbox = inbox
        let mailbox = self.mailbox
        startThread { ClientDriver(configuration, mailbox: mailbox, inbox: inbox).run() }
    }

    deinit { self.mailbox.post(.abandon) }

    /// What the subscriptions bring.
    public var messages: MQTTDeliveries { MQTTDeliveries(inbox: self.inbox, mailbox: self.mailbox) }

    /// Connects, and returns what the broker said. Fails after one attempt, and may then be called again.
    @discardableResult
    public func connect() async throws(MQTTClientError) -> MQTTConnectionInfo {
        try await self.request { .connect($0) }
    }

    /// Publishes one message.
    ///
    /// Returns once the broker has acknowledged it: at QoS 0, which has no acknowledgement, once it was handed to the system.
    @discardableResult
    public func publish(_ message: MQTTMessage) async throws(MQTTClientError) -> MQTTPublishReceipt {
        try await self.request { .publish(message, $0) }
    }

    /// Makes a publisher for many messages.
    ///
    /// - Parameters:
    ///   - window: Messages without acknowledgement, from 1. The broker's receive maximum bounds those at QoS 1 and 2 as well.
    ///   - windowBytes: Bytes of payload in that window.
    public func publisher(window: Int = 10_000, windowBytes: Int = 16 << 20) -> MQTTPublisher {
        MQTTPublisher(mailbox: self.mailbox, window: max(1, window), windowBytes: max(1, windowBytes))
    }

    /// Subscribes, and returns what became of each filter.
    ///
    /// - Parameters:
    ///   - identifier: 1...268,435,455; comes back with each delivery of these filters. MQTT 5.0 only.
    ///   - userProperties: Of the request; a broker that loses the session is told them again. MQTT 5.0 only.
    @discardableResult
    public func subscribe(
        _ filters: [MQTTFilter],
        identifier: UInt32? = nil,
        userProperties: [MQTTUserProperty] = []
    ) async throws(MQTTClientError) -> [MQTTSubscribeOutcome] {
        let properties = MQTTSubscribeProperties(identifier: identifier, userProperties: userProperties)
        return try await self.request { .subscribe(filters, properties, $0) }
    }

    /// Ends subscriptions, and returns what became of each filter; MQTT 3.1.1 always says success.
    @discardableResult
    public func unsubscribe(_ filters: [String]) async throws(MQTTClientError) -> [MQTTReason] {
        try await self.request { .unsubscribe(filters, $0) }
    }

    /// Sends what was handed over, says goodbye and closes. Publishing that still waits for an acknowledgement fails.
    ///
    /// - Parameter withWill: Asks the broker to publish the last will all the same. MQTT 5.0 only.
    public func disconnect(withWill: Bool = false) async {
        _ = try? await self.request { .disconnect(withWill: withWill, $0) }
    }

    private func request<Value: Sendable>(
        _ command: (@escaping ClientCommand.Completion<Value>) -> ClientCommand
    ) async throws(MQTTClientError) -> Value {
        let result: Result<Value, MQTTClientError> = await withCheckedContinuation { continuation in
            self.mailbox.post(command { continuation.resume(returning: $0) })
        }
        return try result.get()
    }
}
