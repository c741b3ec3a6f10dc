import BrokerAdmin
import DaemonConfig
import EventLoop
import MQTTServer
import MQTTWire

/// Every listener of the configuration, bound before anything else starts: a port that is taken stops the start.
struct BoundListeners: Sendable {
    private(set) var all: [Listener] = []
    private(set) var mqtt: [MQTTListener] = []
    private(set) var http: Listener?
    private(set) var admin: Listener?

    init(_ config: DaemonConfig) throws(TransportError) {
        for (slot, settings, addr) in config.openMQTTListeners {
            let listener = Listener.Settings(
                index: self.all.count,
                name: slot.hasSuffix(".plain") ? "mqtt" : "mqtt.\(slot.split(separator: ".").last ?? "")",
                maximum: settings.maxConnections,
                writeTimeout: settings.writeTimeout.wholeMilliseconds
            )
            self.all.append(try Listener(listener, at: .resolve(host: addr.host, port: addr.port)))
            let versions: [MQTTVersion] =
                switch settings.version {
                case .auto: MQTTVersion.allCases
                case .v3: [.v3_1, .v3_1_1]
                case .v5: [.v5]
                }
            self.mqtt.append(
                MQTTListener(
                    index: listener.index,
                    name: listener.name,
                    versions: versions,
                    allowsAnonymous: settings.allowAnonymous ?? addr.isLoopback,
                    connectTimeout: settings.readTimeout.wholeMilliseconds
                )
            )
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
            let mqtt = self.mqtt.first { $0.index == listener.settings.index }
            let name = listener.settings.name
            return ListenerFacts(
                listener,
                protocol: mqtt == nil ? name : "mqtt",
                allowsAnonymous: mqtt?.allowsAnonymous ?? true
            )
        }
    }

    /// `mqtt=127.0.0.1:1883 http=127.0.0.1:8082`.
    var summary: String { self.all.map { "\($0.settings.name)=\($0.address)" }.joined(separator: " ") }

    /// An object with an address for each listener: names and addresses need no escapes.
    var json: String {
        "{\(self.all.map { "\"\($0.settings.name)\":\"\($0.address)\"" }.joined(separator: ","))}\n"
    }
}

extension Duration {
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = self.components
        return UInt64(max(0, seconds)) * 1_000 + UInt64(max(0, attoseconds) / 1_000_000_000_000_000)
    }
}
