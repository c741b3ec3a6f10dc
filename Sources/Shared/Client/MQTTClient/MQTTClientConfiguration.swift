/// The protocol that a client speaks.
public enum MQTTProtocolVersion: String, Sendable, CaseIterable {
    case v311 = "3.1.1"
    case v5 = "5.0"
}

/// The message that the broker publishes when a client vanishes. Source: MQTT 5.0 §3.1.2.5.
public struct MQTTLastWill: Equatable, Sendable {
    public var message: MQTTMessage
    /// Seconds that the broker waits for the client to come back; MQTT 5.0 only.
    public var delaySeconds: UInt32

    public init(_ message: MQTTMessage, delaySeconds: UInt32 = 0) {
        self.message = message
        self.delaySeconds = delaySeconds
    }
}

/// How long a client waits before it tries to connect again: longer each time, and never quite equally long.
public struct MQTTBackoff: Equatable, Sendable {
    public var first: Duration
    public var longest: Duration

    public init(first: Duration = .milliseconds(250), longest: Duration = .seconds(30)) {
        self.first = first
        self.longest = longest
    }

    /// - Parameters:
    ///   - attempt: Failed attempts so far, from 0.
    ///   - random: 0...1; spreads clients that lost their broker in the same moment over half of the time.
    func delay(attempt: Int, random: Double) -> Duration {
        let doubled = self.first * (1 << min(attempt, 20))
        return min(doubled, self.longest) * (0.5 + 0.5 * random)
    }
}

/// Something that happened to the connection, told to ``MQTTClientConfiguration/onEvent``.
public enum MQTTClientEvent: Sendable {
    case connected(MQTTConnectionInfo)
    /// The connection ended; with a back-off there will be another attempt after the delay.
    case disconnected(MQTTClientError, retryAfter: Duration?)
}

/// What a broker said when it accepted a connection.
public struct MQTTConnectionInfo: Equatable, Sendable {
    /// The broker had kept a session of this client.
    public var sessionPresent = false
    /// The client's, or the one that the broker chose.
    public var clientID = ""
    /// Seconds, 0 for none: the client's unless the broker asked for its own.
    public var keepAliveSeconds: UInt16 = 0
    /// Bytes of a whole packet that the broker takes; nil says no limit of its own.
    public var maximumPacketSize: Int?
    /// Messages at QoS 1 and 2 that the broker takes before it has acknowledged one.
    public var receiveMaximum = 65_535
    public var maximumQoS = MQTTQoS.exactlyOnce
    public var retainAvailable = true
    public var wildcardSubscriptionsAvailable = true
    public var sharedSubscriptionsAvailable = true
    public var subscriptionIdentifiersAvailable = true
}

/// Where a client connects to, as whom, and what it promises.
public struct MQTTClientConfiguration: Sendable {
    public var host: String
    public var port: UInt16
    public var version: MQTTProtocolVersion
    /// Nil: in the clear.
    public var tls: MQTTTLS?
    /// From `/` on, with a query if there is one: MQTT is carried over WebSocket, and there. Nil: straight over TCP or TLS.
    public var webSocketPath: String?
    /// Empty: the broker chooses one (with MQTT 3.1.1 only for a clean session).
    public var clientID = ""
    public var username: String?
    public var password: [UInt8]?
    /// Whether the broker forgets an earlier session of this client.
    public var cleanStart = true
    /// Seconds that the broker keeps the session after the connection; `UInt32.max` is for ever. MQTT 5.0 only: with 3.1.1
    /// the session is kept exactly when it was not started clean.
    public var sessionExpirySeconds: UInt32 = 0
    /// Seconds without a packet after which the client sends one; 0 for never.
    public var keepAliveSeconds: UInt16 = 60
    /// 1...65,535: messages at QoS 1 and 2 that the application has not taken yet. MQTT 5.0 only.
    public var receiveMaximum: UInt16 = 1_000
    /// Bytes of a whole packet; a broker that sends a larger one is disconnected.
    public var maximumPacketSize = 268_435_460
    public var lastWill: MQTTLastWill?
    public var userProperties: [MQTTUserProperty] = []
    /// For name, connection and handshake together.
    public var connectTimeout: Duration = .seconds(10)
    /// Nil: a lost connection ends the client.
    public var backoff: MQTTBackoff? = MQTTBackoff()
    /// Messages and bytes that wait for the application; beyond either the client stops reading from the broker.
    public var bufferedMessages = 10_000
    public var bufferedBytes = 32 << 20
    /// Called on the client's own thread; must not block.
    public var onEvent: (@Sendable (MQTTClientEvent) -> Void)?

    public init(host: String, port: UInt16 = 1883, version: MQTTProtocolVersion = .v5) {
        self.host = host
        self.port = port
        self.version = version
    }
}
