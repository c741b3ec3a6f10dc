import Configuration
import Machine

extension DaemonConfig {
    private typealias Key = ConfigKey<MQTTListenerConfig>

    /// The keys of one slot of `server.mqtt`.
    static func listenerKeys(_ slot: MQTTSlot) -> [ConfigKey<MQTTListenerConfig>] {
        let tls = slot.security == .plain ? [] : self.tlsKeys(slot.security)
        return self.commonKeys(slot) + (slot.kind == .ws ? self.webSocketKeys : []) + tls
    }

    private static func commonKeys(_ slot: MQTTSlot) -> [Key] {
        [
            Key(
                "addr",
                \.addr,
                .listenAddress,
                """
                Where MQTT clients connect; port 0 takes a free one. \
                An address that is not loopback needs `auth.password_file`, client certificates, or \
                `allow_anonymous: true`.
                """
            ),
            Key(
                "protocol",
                \.version,
                .choice(slot.pinned.map { [$0] } ?? [.auto, .v3, .v5]),
                slot.pinned == nil
                    ? "Which versions are spoken: `v3` (3.1 and 3.1.1), `v5`, or both, by the CONNECT packet."
                    : "This slot speaks this version only."
            ),
            Key(
                "max_connections",
                \.maxConnections,
                .integer(0...Int.max),
                unit: "connections",
                live: true,
                """
                Connections beyond this number are closed as they come; 0 is no limit. \
                FluxMQ's default is 10000, which many sensors reach; an idle connection costs a few KiB here.
                """
            ),
            Key(
                "read_timeout",
                \.readTimeout,
                .duration(.zero...self.day),
                live: true,
                "Time from accepting a connection to its CONNECT packet; `0s` is no limit."
            ),
            Key(
                "handshake_timeout",
                \.handshakeTimeout,
                .duration(.zero...self.day),
                live: true,
                """
                Time from accepting a connection to the end of what comes before MQTT: the PROXY header, the TLS handshake, \
                the WebSocket upgrade; `0s` is no limit.
                """
            ),
            Key(
                "write_timeout",
                \.writeTimeout,
                .duration(.zero...self.day),
                live: true,
                "A connection whose waiting output makes no progress for this long is closed; `0s` is no limit."
            ),
            Key(
                "allow_anonymous",
                \.allowAnonymous,
                .optional(.bool),
                defaultRule: """
                    true on a loopback address without `proxy_from` while there is no `auth.password_file`, and where a \
                    required client certificate is all that is asked for; else false
                    """,
                live: true,
                """
                Let clients in that show neither a user name with its password nor a certificate that names them \
                (`certificate_identity`).
                """
            ),
            Key(
                "proxy_from",
                \.proxyFrom,
                .list(of: .addressBlock, allowed: "a list of addresses and CIDR blocks such as 10.0.0.0/8"),
                live: true,
                """
                Addresses of proxies. A connection from one of these must begin with a PROXY protocol header, version 1 or \
                2, and counts as the client's that the header names. From elsewhere such a header is an error. \
                With it the listener is no longer taken for one that only this machine reaches.
                """
            ),
        ]
    }

    private static var webSocketKeys: [Key] {
        [
            Key(
                "path",
                \.path,
                .string("path", allowed: "a path that starts with a slash", check: pathProblem),
                live: true,
                "The path of the URL that is upgraded to WebSocket; others are not found."
            ),
            Key(
                "allowed_origins",
                \.allowedOrigins,
                .list(of: .origin, allowed: "a list of origins such as https://app.example"),
                live: true,
                """
                Which web pages may connect, by the Origin header that browsers send: scheme, host, and port where it is not \
                the scheme's own. Empty takes any, but on a loopback address that takes anonymous clients only pages that come \
                from loopback, since every page in a browser on this machine reaches that. A client that sends none is \
                always taken; some that are not browsers send one (paho for Python), which has to be allowed too.
                """
            ),
        ]
    }

    @Sendable private static func pathProblem(_ path: String) -> ConfigProblem? {
        guard path.hasPrefix("/") else {
            return ConfigProblem("'\(path)' has no leading slash", suggestion: "/\(path)")
        }
        let isPlain = path.utf8.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
        }
        return isPlain ? nil : ConfigProblem("'\(path)' is more than the path of a URL")
    }
}

extension ConfigType where Value == AddressBlock {
    fileprivate static var addressBlock: ConfigType {
        ConfigType("address block", allowed: "10.0.0.0/8, 192.0.2.7, 2001:db8::/32 or unix") {
            node throws(ConfigProblem) in
            let text = try node.scalar().text
            do throws(AddressBlockError) {
                return try AddressBlock(text)
            } catch {
                switch error.reason {
                case .noAddress: throw ConfigProblem("'\(text)' is no block of addresses")
                case .prefix(let width): throw ConfigProblem("'\(text)' needs a prefix of 0...\(width) bits")
                case .bitsAfterPrefix(let suggestion):
                    throw ConfigProblem("'\(text)' has address bits after its prefix", suggestion: suggestion)
                }
            }
        } format: {
            .text($0.description)
        }
    }
}

extension ConfigType where Value == String {
    /// Source: RFC 6454 §6.1.
    fileprivate static var origin: ConfigType {
        .string("origin", allowed: "scheme://host or scheme://host:port") { text in
            if text == "*" { return ConfigProblem("'*' is not an origin; an empty list takes any") }
            guard let separator = text.firstRange(of: "://"), separator.lowerBound != text.startIndex else {
                return ConfigProblem("'\(text)' has no scheme", suggestion: "https://\(text)")
            }
            let authority = text[separator.upperBound...]
            guard !authority.isEmpty, !authority.contains(where: { "/?#@ ".contains($0) }) else {
                return ConfigProblem("'\(text)' is not an origin, which has no path")
            }
            return nil
        }
    }
}
