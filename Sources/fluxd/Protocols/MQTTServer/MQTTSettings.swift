package import Core
package import MQTTWire

/// What an operator may choose about MQTT. Bounds have their answer for "full" beside them.
package struct MQTTSettings: Sendable {
    /// Bytes of a payload at most; a larger packet is refused from its header (0x95).
    package var maxMessageSize = 1 << 20
    /// Highest quality of service that publishers may use; told to MQTT 5 clients in CONNACK.
    package var maxQoS: UInt8 = 2
    /// Unacknowledged messages at most, in each direction. A full window queues.
    package var maxInflight = 256
    /// Topic aliases that a client may use, and that we use towards it.
    package var topicAliasMaximum: UInt16 = 64
    /// Seconds; 0 for no limit. A client that wants more, or no keep-alive, is told this one.
    package var maxKeepAlive: UInt16 = 0
    /// Seconds that a session of MQTT 3 with clean session 0 is kept.
    package var defaultExpiry: UInt32 = 604_800
    /// Seconds at most that a session of MQTT 5 is kept; 0xFFFFFFFF for ever.
    package var maxExpiry: UInt32 = .max
    /// Messages kept for a session that is away.
    package var maxOfflineMessages = 1_000
    /// Bytes that wait for one session, away or slow. A slow one is disconnected (0x97) when they are used up.
    package var maxQueuedBytes = 16 << 20
    /// Drop the oldest instead of the newest of a session that is away.
    package var evictsOldest = true
    /// Bytes of output beyond which messages of QoS 0 are dropped for a connection.
    package var highWatermark = 32 << 20
    /// Sessions of the whole broker.
    package var maxSessions = 1_000_000
    /// Filters of one session, shared ones included; 0 for no limit. More are refused (0x97).
    package var maxSubscriptions = 0
    /// Connections of one named user, over all shards; 0 for no limit. More are refused (0x97).
    package var maxConnectionsPerUser = 0
    /// Messages that one connection may publish; nil for no limit. Beyond it is not read until it may again.
    package var messageRate: RateLimit?
    /// Bytes of packets likewise. Looked at before each read, so that one read (256 KiB) may be too much, and is owed.
    package var byteRate: RateLimit?
    /// Filters that one connection may subscribe to. Those beyond are refused (0x97).
    package var subscribeRate: RateLimit?
    /// Milliseconds that a packet may take from its first byte to its last, and a second more for each 250 bytes of it: slower
    /// is no network that carries TCP. One that takes longer ends its connection (0x83).
    package var packetTimeout: UInt64 = 60_000
    /// Where clients are sent that cannot be served now: a host, or several with spaces between them; empty for nowhere.
    package var serverReference = ""
    /// What a client of MQTT 5 gets that asks for response information, `%c` its client identifier and `%u` its user; empty
    /// for nothing.
    package var responseInformation = ""

    package init() {}
}

extension MQTTSettings {
    func hasOtherRates(than old: MQTTSettings) -> Bool {
        self.messageRate != old.messageRate || self.byteRate != old.byteRate || self.subscribeRate != old.subscribeRate
    }
}

/// The settings that packets are checked against one by one.
struct PacketLimits {
    /// Bytes behind the fixed header: the payload's limit, and room for topic and properties.
    var remaining: Int
    var payload: Int
    var qos: UInt8
    var inflight: Int
    var topicAliases: UInt16

    init(_ settings: MQTTSettings) {
        self.remaining = min(settings.maxMessageSize + (64 << 10), 268_435_455)
        self.payload = settings.maxMessageSize
        self.qos = settings.maxQoS
        self.inflight = settings.maxInflight
        self.topicAliases = settings.topicAliasMaximum
    }
}

/// What an MQTT connection knows of the listener it came by.
package struct MQTTListener: Sendable {
    package var index: Int
    package var name: String
    /// Versions that are served; others are refused at CONNECT.
    package var versions: [MQTTVersion]
    package var allowsAnonymous: Bool
    /// Milliseconds from accept to a whole CONNECT.
    package var connectTimeout: UInt64
    package var namespace: Namespace

    package init(
        index: Int,
        name: String,
        versions: [MQTTVersion] = MQTTVersion.allCases,
        allowsAnonymous: Bool,
        connectTimeout: UInt64 = 60_000,
        namespace: Namespace = .standard
    ) {
        self.index = index
        self.name = name
        self.versions = versions
        self.allowsAnonymous = allowsAnonymous
        self.connectTimeout = connectTimeout
        self.namespace = namespace
    }
}
