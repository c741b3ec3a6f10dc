import CommandSpec
import MQTTClient
import Terminal

/// Where to, as `--via` says it.
struct Endpoint: Equatable, Sendable {
    let version: MQTTProtocolVersion
    let host: String
    let port: UInt16
    var user: String?
    /// The context that it is from; it may know a password.
    var context: Context?

    /// As results name it: `mqtt5`.
    var scheme: String { self.version == .v5 ? "mqtt5" : "mqtt3" }
    var address: String { (self.host.contains(":") ? "[\(self.host)]" : self.host) + ":\(self.port)" }

    /// Reads `mqtt5`, `mqtt5://host`, `mqtt3://user@[::1]:1884`.
    init(_ text: String) throws(Failure) {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        switch parts[0] {
        case "mqtt5": self.version = .v5
        case "mqtt3": self.version = .v311
        default:
            let near = closest(to: String(parts[0]), among: ["mqtt5", "mqtt3"])
            let name = safe(String(parts[0]))
            throw Self.problem("\"\(name)\" is no protocol that fluxctl speaks", near.map { "did you mean \($0)?" })
        }
        guard parts.count == 2 else {
            (self.host, self.port, self.user) = ("127.0.0.1", 1883, nil)
            return
        }
        var rest = parts[1]
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if rest.contains("/") { throw Self.problem("an endpoint has no path", "the topic is an argument") }
        var user: String?
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        if user?.contains(":") == true {
            throw Self.problem(
                "a password does not belong on a command line",
                "use --password-file FILE or --password-env NAME"
            )
        }
        self.user = user
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
                    "an IPv6 address stands in brackets: mqtt5://[::1]:1883"
                )
            }
            self.port = number
        } else {
            self.port = 1883
        }
    }

    private static func problem(_ message: String, _ hint: String?) -> Failure {
        Failure(.usage, "--via: \(message)", hints: (hint.map { [$0] } ?? []) + ["as in: --via mqtt5://127.0.0.1:1883"])
    }

    /// A flag that MQTT 3.1.1 has no place for is an error, and is not left out.
    func requireVersion5(_ arguments: Arguments, _ flags: any AnyFlag...) throws(Failure) {
        if self.version == .v5 { return }
        for flag in flags where arguments.isGiven(flag) {
            let name = flag.spec.short.map { "-\($0) (--\(flag.spec.name))" } ?? "--\(flag.spec.name)"
            throw Failure(.unsupported, "\(name) has no meaning on mqtt3", hints: ["use --via mqtt5://\(self.address)"])
        }
    }
}
