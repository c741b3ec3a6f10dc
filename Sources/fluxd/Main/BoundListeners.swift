import BrokerAdmin
import DaemonConfig
import EventLoop
import MQTTServer
import MQTTWire
import Machine
import Synchronization

/// One MQTT listener that is bound, and what of it a reload exchanges.
final class BoundMQTTListener: Sendable {
    let slot: String
    let index: Int
    let transport: String
    let layers: MQTTLayers
    private let live: Mutex<MQTTListener>

    init(_ open: OpenMQTTListener, index: Int, _ recipe: MQTTLayers.Recipe) {
        self.slot = open.slot
        self.index = index
        self.transport = open.kind == .ws ? (open.tls == nil ? "ws" : "wss") : (open.tls == nil ? "tcp" : "tls")
        self.layers = MQTTLayers(recipe)
        self.live = Mutex(MQTTListener(open, index: index))
    }

    /// What shards know of it.
    var settings: MQTTListener { self.live.withLock { $0 } }

    func update(_ open: OpenMQTTListener) { self.live.withLock { $0 = MQTTListener(open, index: self.index) } }
}

/// Every listener of the configuration, bound before anything else starts: a port that is taken, or a certificate that cannot be
/// used, stops the start.
struct BoundListeners: Sendable {
    private(set) var all: [Listener] = []
    private(set) var mqtt: [BoundMQTTListener] = []
    private(set) var http: Listener?
    private(set) var admin: Listener?

    /// - Parameter recipes: By slot, for every MQTT listener that is open.
    init(
        _ config: DaemonConfig,
        _ recipes: [String: MQTTLayers.Recipe],
        _ admission: any AdmissionControl
    ) throws(TransportError) {
        for open in config.openMQTTListeners {
            guard let recipe = recipes[open.slot] else { preconditionFailure("\(open.slot) is open and has no layers") }
            let mqtt = BoundMQTTListener(open, index: self.all.count, recipe)
            let settings = Listener.Settings(
                index: mqtt.index,
                name: open.name,
                maximum: open.listener.maxConnections,
                writeTimeout: open.listener.writeTimeout.limitMilliseconds,
                handshakeTimeout: open.listener.handshakeTimeout.limitMilliseconds,
                layers: mqtt.layers,
                admission: admission
            )
            self.all.append(try Listener(settings, at: .resolve(host: open.addr.host, port: open.addr.port)))
            self.mqtt.append(mqtt)
        }
        if let addr = config.server.httpAddr {
            let settings = Listener.Settings(index: self.all.count, name: "http", maximum: 1_000, writeTimeout: 60_000)
            let listener = try Listener(settings, at: .resolve(host: addr.host, port: addr.port))
            self.http = listener
            self.all.append(listener)
        }
        if config.server.admin.socket != "off" {
            let settings = Listener.Settings(index: self.all.count, name: "admin", maximum: 1_000, writeTimeout: 60_000)
            let listener = try Listener(settings, at: SocketAddress(unixPath: config.server.admin.socket, mode: 0o660))
            self.admin = listener
            self.all.append(listener)
        }
    }

    /// Those that the control loop accepts on.
    var web: [Listener] { [self.http, self.admin].compactMap { $0 } }
    /// Those that shards accept on.
    var messaging: [Listener] { self.mqtt.map { self.all[$0.index] } }

    var facts: [ListenerFacts] {
        self.all.map { listener in
            let name = listener.settings.name
            guard let mqtt = self.mqtt.first(where: { $0.index == listener.settings.index }) else {
                return ListenerFacts(listener, protocol: name, transport: name == "admin" ? "unix" : "http") {
                    ListenerFacts.Live(allowsAnonymous: true)
                }
            }
            return ListenerFacts(listener, protocol: "mqtt", transport: mqtt.transport) {
                ListenerFacts.Live(
                    allowsAnonymous: mqtt.settings.allowsAnonymous,
                    certificatesEnd: mqtt.layers.certificatesEnd
                )
            }
        }
    }

    /// `mqtt=127.0.0.1:1883 http=127.0.0.1:8082`.
    var summary: String { self.all.map { "\($0.settings.name)=\($0.address)" }.joined(separator: " ") }

    /// An object with an address for each listener: names and addresses need no escapes.
    var json: String {
        "{\(self.all.map { "\"\($0.settings.name)\":\"\($0.address)\"" }.joined(separator: ","))}\n"
    }
}

extension MQTTListener {
    init(_ open: OpenMQTTListener, index: Int) {
        let versions: [MQTTVersion] =
            switch open.listener.version {
            case .auto: MQTTVersion.allCases
            case .v3: [.v3_1, .v3_1_1]
            case .v5: [.v5]
            }
        self.init(
            index: index,
            name: open.name,
            versions: versions,
            allowsAnonymous: open.allowsAnonymous,
            connectTimeout: open.listener.readTimeout.limitMilliseconds
        )
    }
}

extension Duration {
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = self.components
        return UInt64(max(0, seconds)) * 1_000 + UInt64(max(0, attoseconds) / 1_000_000_000_000_000)
    }

    /// As a limit: zero is none, which is a year here.
    var limitMilliseconds: UInt64 { self == .zero ? 365 * 86_400_000 : self.wholeMilliseconds }
}
