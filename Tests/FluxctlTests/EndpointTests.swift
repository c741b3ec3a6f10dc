import CommandSpec
import MQTTClient
import Testing

@testable import fluxctl

/// What a line, with this environment, connects to.
private func endpoint(_ line: [String], _ environment: [String: String] = [:]) throws -> Endpoint {
    guard case .run(_, let arguments) = try controlProgram.parse(["pub", "t", "x"] + line) else {
        throw UsageError("no command")
    }
    return try Surroundings.$current.withValue(Surroundings(environment: { environment[$0] })) {
        try ConnectionFlags.endpoint(arguments)
    }
}

@Suite("Endpoints of fluxctl over TLS and WebSocket")
struct EndpointTests {
    @Test(
        "a scheme names version, TLS and WebSocket, and has a port and path of its own",
        arguments: [
            ("mqtts", .v5, "127.0.0.1", 8883, nil, true), ("mqtt3s://h", .v311, "h", 8883, nil, true),
            ("ws", .v5, "127.0.0.1", 8083, "/mqtt", false), ("ws3://[::1]", .v311, "::1", 8083, "/mqtt", false),
            ("wss://u@h:1/", .v5, "h", 1, "/", true), ("wss3://h/a/b?c=d", .v311, "h", 8084, "/a/b?c=d", true),
        ] as [(String, MQTTProtocolVersion, String, UInt16, String?, Bool)]
    )
    func schemes(
        _ text: String,
        _ version: MQTTProtocolVersion,
        _ host: String,
        _ port: UInt16,
        _ path: String?,
        _ isSecure: Bool
    ) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint.version == version && endpoint.host == host && endpoint.port == port)
        #expect(endpoint.path == path && (endpoint.tls != nil) == isSecure)
        #expect(try Endpoint(endpoint.url).configuration.webSocketPath == path)
    }

    static let wrong: [([String], String, String)] = [
        (["--via", "mqtts://h/x"], "--via: an endpoint has no path", "the topic is an argument"),
        (["--via", "ws://h/a b"], "--via: \"/a b\" is not a path", "what is not ASCII is written as %XX: /caf%C3%A9"),
        (["--via", "ws3s://h"], "--via: \"ws3s\" is no protocol that fluxctl speaks", "did you mean ws3?"),
        (
            ["--via", "wss://[::1"], "--via: \":1\" is not a port",
            "an IPv6 address stands in brackets: wss://[::1]:8084"
        ),
        (["--ca", "x"], "--ca has no meaning on mqtt5, which is not secured", "use --via mqtts://HOST"),
        (
            ["--via", "ws3://h", "--insecure"], "--insecure has no meaning on ws3, which is not secured",
            "use --via wss3://HOST"
        ),
        (
            ["--via", "mqtts", "--insecure", "--ca", "x"], "--insecure checks nothing, and --ca says what to check",
            "leave one away"
        ),
    ]

    @Test("a mistake says what to write instead", arguments: wrong)
    func mistakes(_ line: [String], _ message: String, _ hint: String) {
        #expect { try endpoint(line) } throws: { error in
            let failure = error as? Failure
            return failure?.exit == .usage && failure?.message == message && failure?.hints.contains(hint) == true
        }
    }

    @Test("files of TLS come from the line, else the environment, and a key goes with its certificate")
    func files() throws {
        let environment = ["FLUXMQ_CA": "/e/ca", "FLUXMQ_CERT": "/e/cert", "FLUXMQ_KEY": "/e/key"]
        let all = try endpoint(
            ["--via", "mqtts", "--ca", "/l/ca", "--cert", "/l/cert", "--key", "/l/key", "--server-name", "n"],
            environment
        )
        #expect(all.tls?.caFile == "/l/ca" && all.tls?.certificateFile == "/l/cert" && all.tls?.keyFile == "/l/key")
        #expect(all.tls?.serverName == "n" && all.tls?.isInsecure == false)
        let some = try endpoint(["--via", "wss", "--cert", "/l/both"], environment)
        #expect(some.tls?.caFile == "/e/ca" && some.tls?.certificateFile == "/l/both" && some.tls?.keyFile == nil)
        let none = try endpoint(["--via", "wss"], environment)
        #expect(none.tls?.certificateFile == "/e/cert" && none.tls?.keyFile == "/e/key")
        #expect(try endpoint(["--via", "ws"], environment).tls == nil)
        #expect(try endpoint(["--insecure"], ["FLUXMQ_VIA": "mqtt3s://h"]).tls?.isInsecure == true)
    }

    @Test(
        "a connection that cannot be secured is 7, and the hint says what to do",
        arguments: [
            ("h:1: the server's certificate is self-signed and not in ca.pem", "--ca FILE"),
            ("h:1: the server's certificate was issued by 'CN=x', who is not in what this system trusts", "--insecure"),
            ("h:1: the server's certificate is for a, b and not for c", "--server-name NAME"),
            ("h:1: the server demands a certificate", "--cert FILE --key FILE"),
            ("h:1: the peer speaks no TLS (it sent an MQTT CONNACK)", "--via mqtt5://HOST:PORT"),
        ]
    )
    func hints(_ words: String, _ hint: String) throws {
        let failure = Failure(.tls(words), at: try Endpoint("mqtts://h:1"))
        #expect(failure.exit.rawValue == 7 && failure.message == words)
        #expect(failure.hints.contains { $0.contains(hint) })
    }

    @Test("a file that cannot be used is bad input, named before anything connects")
    func unusableFile() throws {
        let endpoint = try endpoint(["--via", "mqtts", "--ca", "/nonexistent/ca.pem"])
        #expect { try endpoint.transport() } throws: { error in
            let failure = error as? Failure
            return failure?.exit == .badInput && failure?.message.hasPrefix("/nonexistent/ca.pem: ") == true
        }
    }
}
