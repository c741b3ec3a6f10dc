import AdminAPI
import AdminClient
import Protobuf
import RPC
import Testing

@Suite("Admin endpoint")
struct AdminEndpointTests {
    @Test(
        "an address is a socket's path or a host and a port",
        arguments: [
            ("unix:/run/a.sock", AdminEndpoint.Place.unix(path: "/run/a.sock"), "localhost"),
            ("unix:///run/a.sock", .unix(path: "/run/a.sock"), "localhost"),
            ("unix:a.sock", .unix(path: "a.sock"), "localhost"),
            ("/run/a.sock", .unix(path: "/run/a.sock"), "localhost"),
            ("./a.sock", .unix(path: "./a.sock"), "localhost"),
            ("tcp://n1:8082", .tcp(host: "n1", port: 8082), "n1:8082"),
            ("http://127.0.0.1:8082/", .tcp(host: "127.0.0.1", port: 8082), "127.0.0.1:8082"),
            ("http://[::1]:80", .tcp(host: "::1", port: 80), "[::1]:80"),
        ]
    )
    func parses(text: String, place: AdminEndpoint.Place, authority: String) throws {
        let endpoint = try AdminEndpoint(parsing: text, source: nil)
        #expect(endpoint.place == place)
        #expect(endpoint.authority == authority)
        #expect(endpoint.description == text)
    }

    @Test(
        "what is none is refused with what it should be",
        arguments: [
            ("", "'' is no admin address; write unix:/path, /path, tcp://host:port or http://host:port"),
            (
                "localhost:8082",
                "'localhost:8082' is no admin address; write unix:/path, /path, tcp://host:port or http://host:port"
            ),
            ("unix:", "'unix:' names no path"),
            (
                "tls://n1:1",
                "'tls://n1:1' has the unknown scheme 'tls'; write unix:/path, /path, tcp://host:port or http://host:port"
            ),
            ("tcp://n1", "'tcp://n1' has no host and port; write tcp://host:port"),
            ("tcp://:1", "'tcp://:1' has no host and port; write tcp://host:port"),
            ("tcp://n1:70000", "'tcp://n1:70000' has no host and port; write tcp://host:port"),
            ("tcp://n1:0", "'tcp://n1:0' has no host and port; write tcp://host:port"),
            ("tcp://::1:80", "'tcp://::1:80' has an IPv6 address without brackets; write tcp://[::1]:80"),
            ("http://n1:80/x", "'http://n1:80/x' has no host and port; write http://host:port"),
            ("http://me@n1:80", "'http://me@n1:80' has more than a host and a port"),
        ]
    )
    func refuses(text: String, message: String) {
        #expect(throws: AdminClientError.badEndpoint("--admin: " + message)) {
            try AdminEndpoint(parsing: text, source: "--admin")
        }
    }

    @Test("a path that no socket can have is refused before anybody connects")
    func longPath() {
        let text = "/" + String(repeating: "x", count: 107)
        #expect(throws: AdminClientError.self) { try AdminEndpoint(parsing: text, source: nil) }
        #expect(throws: Never.self) { try AdminEndpoint(parsing: String(text.dropLast()), source: nil) }
    }
}

@Suite("Admin endpoint: found without being named")
struct AdminDiscoveryTests {
    private static let user = ["XDG_RUNTIME_DIR": "/run/user/7", "HOME": "/home/me"]

    private func discover(
        _ environment: [String: String],
        _ files: [String: AdminEndpoint.Found] = [:]
    ) throws(AdminClientError) -> String {
        try AdminEndpoint.discover(variable: { environment[$0] }, look: { files[$0] ?? .missing }).description
    }

    @Test("the environment's word comes first, whether the socket exists or not")
    func variable() throws {
        var environment = Self.user
        environment["FLUXMQ_ADMIN"] = "tcp://n1:1"
        #expect(try self.discover(environment, ["/run/fluxmq/admin.sock": .there]) == "tcp://n1:1")
        environment["FLUXMQ_ADMIN"] = "nonsense"
        #expect(throws: AdminClientError.self) { try self.discover(environment) }
        environment["FLUXMQ_ADMIN"] = ""
        #expect(try self.discover(environment, ["/run/fluxmq/admin.sock": .there]) == "unix:/run/fluxmq/admin.sock")
    }

    @Test("of the usual sockets the first that exists is taken: the session's, the user's, the system's")
    func order() throws {
        let runtime = "/run/user/7/fluxmq/admin.sock"
        let state = "/home/me/.local/state/fluxmq/admin.sock"
        let system = "/run/fluxmq/admin.sock"
        var files: [String: AdminEndpoint.Found] = [runtime: .there, state: .there, system: .there]
        for path in [runtime, state, system] {
            #expect(try self.discover(Self.user, files) == "unix:\(path)")
            files[path] = .missing
        }
        var environment = Self.user
        environment["XDG_STATE_HOME"] = "/state"
        #expect(try self.discover(environment, ["/state/fluxmq/admin.sock": .there]) == "unix:/state/fluxmq/admin.sock")
    }

    @Test("variables that hold no absolute path are passed over")
    func relative() {
        #expect(throws: AdminClientError.notFound(tried: [.init(path: "/run/fluxmq/admin.sock", isForbidden: false)])) {
            try self.discover(["XDG_RUNTIME_DIR": "run", "HOME": ""])
        }
    }

    @Test("when there is none the error says where it looked, where it could not, and what to do")
    func notFound() {
        do {
            _ = try self.discover(Self.user, ["/run/fluxmq/admin.sock": .forbidden])
            Issue.record("something was found")
        } catch {
            #expect(error.description == "no fluxd found")
            let hint = """
                tried /run/user/7/fluxmq/admin.sock, /home/me/.local/state/fluxmq/admin.sock, \
                /run/fluxmq/admin.sock (permission denied); start fluxd, or say where it is with --admin or $FLUXMQ_ADMIN
                """
            #expect(error.hint == hint)
        }
    }

    @Test("files are looked at without following what they are")
    func lookAtFile() {
        #expect(AdminEndpoint.lookAtFile("/dev/null") == .there)
        #expect(AdminEndpoint.lookAtFile("/nonexistent/fluxmq") == .missing)
    }
}
