import CommandSpec
import MQTTClient

/// Flags about whom a secured connection trusts, and who the client is on it.
enum TLSFlags {
    static let ca = Flag(
        "ca",
        .file("FILE"),
        "PEM file of the CA that the broker's certificate must lead to. Default: $FLUXMQ_CA, else what the system trusts."
    )
    static let certificate = Flag(
        "cert",
        .file("FILE"),
        "PEM file of the client's own certificate, for brokers that ask for one. Default: $FLUXMQ_CERT."
    )
    static let key = Flag(
        "key",
        .file("FILE"),
        "PEM file of its private key. Default: $FLUXMQ_KEY, else the file of --cert."
    )
    static let serverName = Flag(
        "server-name",
        .string("NAME"),
        "Name that the broker's certificate must have. Default: the endpoint's host."
    )
    static let insecure = Flag(
        toggle: "insecure",
        "Do not check the broker's certificate: whoever answers can read and change everything."
    )

    static let group = FlagGroup("TLS", ca, certificate, key, serverName, insecure)
    static let all: [any AnyFlag] = [ca, certificate, key, serverName, insecure]
    /// What a context keeps.
    static let kept: [any AnyFlag] = [ca, certificate, key, serverName]

    /// Fills in what the line says, else the endpoint's context, else the environment.
    static func apply(_ arguments: Arguments, to endpoint: inout Endpoint) {
        guard var tls = endpoint.tls else { return }
        let context = endpoint.context
        tls.caFile = arguments[self.ca] ?? context?.ca ?? environment("FLUXMQ_CA")
        // A key belongs to the certificate that it is named with.
        if let file = arguments[self.certificate] {
            (tls.certificateFile, tls.keyFile) = (file, arguments[self.key])
        } else if let file = context?.certificate {
            (tls.certificateFile, tls.keyFile) = (file, arguments[self.key] ?? context?.key)
        } else {
            tls.certificateFile = environment("FLUXMQ_CERT")
            tls.keyFile = arguments[self.key] ?? environment("FLUXMQ_KEY")
        }
        tls.serverName = arguments[self.serverName] ?? context?.serverName
        tls.isInsecure = arguments[self.insecure]
        endpoint.tls = tls
    }

    /// A flag that has no meaning without TLS is an error where no endpoint is secured.
    static func check(_ arguments: Arguments, _ endpoints: [Endpoint]) throws(Failure) {
        guard let endpoint = endpoints.first, endpoints.allSatisfy({ $0.tls == nil }) else {
            if arguments[self.insecure], arguments.isGiven(self.ca) {
                throw Failure(
                    .usage,
                    "--insecure checks nothing, and --ca says what to check",
                    hints: ["leave one away"]
                )
            }
            return
        }
        for flag in self.all where arguments.isGiven(flag) {
            throw Failure(
                .usage,
                "--\(flag.spec.name) has no meaning on \(endpoint.scheme), which is not secured",
                hints: ["use --via \(endpoint.way.like(isSecure: true))://HOST"]
            )
        }
    }

    /// What to do about a connection that could not be secured.
    static func hints(for words: String, at endpoint: Endpoint) -> [String] {
        if words.contains("speaks no TLS") {
            return ["without TLS: --via \(endpoint.way.like(isSecure: false))://HOST:PORT"]
        }
        if words.contains("demands a certificate") { return ["give one: --cert FILE --key FILE"] }
        if words.contains("certificate is for") {
            return ["say which name to expect with --server-name NAME, or skip the check with --insecure"]
        }
        if words.contains("certificate") {
            return ["give the CA that it is from with --ca FILE, or skip the check with --insecure"]
        }
        return []
    }
}
