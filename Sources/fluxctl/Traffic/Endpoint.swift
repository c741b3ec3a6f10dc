import CommandSpec
import MQTTClient
import Terminal

/// Where to, and how, as `--via` says it.
struct Endpoint: Equatable, Sendable {
    /// A word before `://`.
    struct Scheme: Equatable, Sendable {
        let name: String
        let version: MQTTProtocolVersion
        var isSecure = false
        var isWebSocket = false
        /// Where none is given.
        let port: UInt16

        /// The 3 of MQTT 3.1.1 follows the name, and the s of TLS ends it.
        static let all = [
            Scheme(name: "mqtt5", version: .v5, port: 1883),
            Scheme(name: "mqtt3", version: .v311, port: 1883),
            Scheme(name: "mqtts", version: .v5, isSecure: true, port: 8883),
            Scheme(name: "mqtt3s", version: .v311, isSecure: true, port: 8883),
            Scheme(name: "ws", version: .v5, isWebSocket: true, port: 8083),
            Scheme(name: "ws3", version: .v311, isWebSocket: true, port: 8083),
            Scheme(name: "wss", version: .v5, isSecure: true, isWebSocket: true, port: 8084),
            Scheme(name: "wss3", version: .v311, isSecure: true, isWebSocket: true, port: 8084),
        ]

        /// The same way, in another version or without TLS.
        func like(version: MQTTProtocolVersion? = nil, isSecure: Bool? = nil) -> String {
            Self.all.first {
                $0.version == version ?? self.version && $0.isSecure == isSecure ?? self.isSecure
                    && $0.isWebSocket == self.isWebSocket
            }?.name ?? self.name
        }
    }

    static let defaultPath = "/mqtt"

    let way: Scheme
    let host: String
    let port: UInt16
    /// With its query; nil where no WebSocket is spoken.
    let path: String?
    var user: String?
    /// Nil in the clear. What the line, the context and the environment say of trust is added by ``ConnectionFlags``.
    var tls: MQTTTLS?
    /// The context that it is from; it may know a password.
    var context: Context?

    var version: MQTTProtocolVersion { self.way.version }
    /// As results name it: `mqtt5`.
    var scheme: String { self.way.name }
    var address: String { (self.host.contains(":") ? "[\(self.host)]" : self.host) + ":\(self.port)" }
    var url: String { "\(self.scheme)://\(self.address)\(self.path == Self.defaultPath ? "" : self.path ?? "")" }

    /// What a client needs to know of it.
    var configuration: MQTTClientConfiguration {
        var configuration = MQTTClientConfiguration(host: self.host, port: self.port, version: self.version)
        configuration.tls = self.tls
        configuration.webSocketPath = self.path
        configuration.username = self.user
        return configuration
    }

    /// What its connections go through.
    ///
    /// - Throws: for a file that cannot be used.
    func transport() throws(Failure) -> ClientTransport {
        do throws(MQTTClientError) {
            return try ClientTransport(self.configuration)
        } catch {
            throw Failure(error, at: self)
        }
    }

    /// Reads `mqtt5`, `mqtts://host`, `mqtt3://user@[::1]:1884`, `wss://host/path`.
    init(_ text: String) throws(Failure) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard let way = Scheme.all.first(where: { $0.name == parts[0] }) else {
            let near = closest(to: String(parts[0]), among: Scheme.all.map(\.name))
            let name = safe(String(parts[0]))
            throw Self.problem("\"\(name)\" is no protocol that fluxctl speaks", near.map { "did you mean \($0)?" })
        }
        self.way = way
        self.tls = way.isSecure ? MQTTTLS() : nil
        guard parts.count == 2 else {
            (self.host, self.port, self.user) = ("127.0.0.1", way.port, nil)
            self.path = way.isWebSocket ? Self.defaultPath : nil
            return
        }
        var rest = parts[1]
        self.path = try Self.takePath(of: &rest, way)
        self.user = try Self.takeUser(of: &rest)
        var port: Substring?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            self.host = String(rest[rest.index(after: rest.startIndex)..<end])
            let tail = rest[rest.index(after: end)...]
            if !tail.isEmpty {
                guard tail.hasPrefix(":") else { throw Self.problem("\"\(safe(text))\" is not a URL", nil) }
                port = tail.dropFirst()
            }
        } else if let colon = rest.firstIndex(of: ":") {
            self.host = String(rest[..<colon])
            port = rest[rest.index(after: colon)...]
        } else {
            self.host = String(rest)
        }
        if self.host.isEmpty { throw Self.problem("the endpoint has no host", nil) }
        if let port {
            guard let number = UInt16(port), number > 0 else {
                throw Self.problem(
                    "\"\(safe(String(port)))\" is not a port",
                    "an IPv6 address stands in brackets: \(way.name)://[::1]:\(way.port)"
                )
            }
            self.port = number
        } else {
            self.port = way.port
        }
    }

    /// Cuts off what begins with the first `/`.
    private static func takePath(of rest: inout Substring, _ way: Scheme) throws(Failure) -> String? {
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = rest[slash...]
        rest = rest[..<slash]
        guard way.isWebSocket else {
            if path.count > 1 { throw Self.problem("an endpoint has no path", "the topic is an argument") }
            return nil
        }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw Self.problem(
                "\"\(safe(String(path)))\" is not a path",
                "what is not ASCII is written as %XX: /caf%C3%A9"
            )
        }
        return path.isEmpty ? self.defaultPath : String(path)
    }

    private static func takeUser(of rest: inout Substring) throws(Failure) -> String? {
        guard let at = rest.lastIndex(of: "@") else { return nil }
        let user = String(rest[..<at])
        rest = rest[rest.index(after: at)...]
        if user.contains(":") {
            throw Self.problem(
                "a password does not belong on a command line",
                "use --password-file FILE or --password-env NAME"
            )
        }
        return user
    }

    private static func problem(_ message: String, _ hint: String?) -> Failure {
        Failure(.usage, "--via: \(message)", hints: (hint.map { [$0] } ?? []) + ["as in: --via mqtt5://127.0.0.1:1883"])
    }

    /// A flag that MQTT 3.1.1 has no place for is an error, and is not left out.
    func requireVersion5(_ arguments: Arguments, _ flags: any AnyFlag...) throws(Failure) {
        if self.version == .v5 { return }
        for flag in flags where arguments.isGiven(flag) {
            let name = flag.spec.short.map { "-\($0) (--\(flag.spec.name))" } ?? "--\(flag.spec.name)"
            throw Failure(
                .unsupported,
                "\(name) has no meaning on mqtt3",
                hints: ["use --via \(self.way.like(version: .v5))://\(self.address)"]
            )
        }
    }
}
