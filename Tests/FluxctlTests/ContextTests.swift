import CommandSpec
import Glibc
import MQTTClient
import Synchronization
import Testing

@testable import fluxctl

@Suite("Contexts")
struct ContextTests {
    /// Runs lines with a configuration directory of their own.
    private func withHome(_ body: ([String: String]) async throws -> Void) async throws {
        var template = Array("/tmp/fluxctl-contexts-XXXXXX".utf8CString)
        let home = try #require(mkdtemp(&template).map { String(cString: $0) })
        try await body(["XDG_CONFIG_HOME": home])
        for path in ["contexts/a.yaml", "contexts/b.yaml", "selected", "previous"] { unlink("\(home)/fluxmq/\(path)") }
        for path in ["fluxmq/contexts", "fluxmq", ""] { rmdir("\(home)/\(path)") }
    }

    @Test("they are made, listed, changed, selected and removed")
    func life() async throws {
        try await self.withHome { home in
            let run = { (line: [String]) in await control(["context"] + line, environment: home) }
            #expect(await run(["add", "a", "--admin", "unix:/a", "--user", "ops \"x\""]).code == 0)
            #expect(await run(["add", "a"]).code == 5)
            #expect(await run(["add", "b", "--via", "mqtt5://h:1"]).code == 0)
            #expect(await run(["use", "a"]).err == "context a is selected\n")
            #expect(await run(["use", "b"]).code == 0)
            #expect(await run(["use", "-"]).err == "context a is selected\n")
            #expect(await run(["set", "a", "--via", "mqtt3://h"]).code == 0)
            let list = await run(["ls", "-o", "csv"])
            #expect(
                list.out == """
                    id,selected,admin,via,user,password_cmd,ca,cert,key,server_name
                    a,true,unix:/a,mqtt3://h,"ops ""x""\",,,,,
                    b,false,,mqtt5://h:1,,,,,,

                    """
            )
            #expect(await run(["rm", "a"]).code == 0)
            let missing = await run(["use", "aa"])
            #expect(missing.code == 4)
            #expect(await run(["ls", "-o", "name"]).out == "b\n")
            #expect(await run(["use", "bb"]).err.contains("did you mean b?"))
        }
    }

    @Test("the file is this user's alone, and one that others may read keeps no password command")
    func mode() async throws {
        try await self.withHome { home in
            _ = await control(["context", "add", "a", "--password-cmd", "true"], environment: home)
            let path = try #require(home["XDG_CONFIG_HOME"]) + "/fluxmq/contexts/a.yaml"
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            chmod(path, 0o644)
            #expect(await control(["context", "ls"], environment: home).code == 6)
        }
    }

    @Test("an address comes from the line, then its context, then the environment, then the selected context")
    func precedence() async throws {
        try await self.withHome { home in
            _ = await control(["context", "add", "a", "--admin", "unix:/a"], environment: home)
            _ = await control(["context", "add", "b", "--admin", "unix:/b"], environment: home)
            _ = await control(["context", "use", "a"], environment: home)
            let both = home.merging(["FLUXMQ_ADMIN": "unix:/e", "FLUXMQ_CONTEXT": "b"]) { $1 }
            #expect(await target([], both) == nil, "the client itself looks at $FLUXMQ_ADMIN")
            #expect(await target([], home) == "unix:/a")
            #expect(await target([], home.merging(["FLUXMQ_CONTEXT": "b"]) { $1 }) == "unix:/b")
            #expect(await target(["-c", "b"], both) == "unix:/b")
            #expect(await target(["-c", "b", "-a", "unix:/l"], both) == "unix:/l")
        }
    }

    @Test("a context's files of TLS are kept with their whole path, and serve its own endpoint only")
    func tls() async throws {
        try await self.withHome { home in
            let line = ["context", "add", "a", "--via", "mqtts://h", "--ca", "/c/ca.pem", "--cert", "mine.pem"]
            #expect(await control(line + ["--server-name", "n"], environment: home).code == 0)
            let list = await control(["context", "ls", "-F", "{ca} {server_name} {cert}"], environment: home)
            #expect(list.out.hasPrefix("/c/ca.pem n /") && list.out.contains("/mine.pem"))
            let endpoint = { (line: [String]) throws -> Endpoint in
                guard case .run(_, let arguments) = try controlProgram.parse(["sub", "t"] + line) else {
                    throw UsageError("no command")
                }
                return try Surroundings.$current.withValue(Surroundings(environment: { home[$0] })) {
                    try ConnectionFlags.endpoint(arguments)
                }
            }
            let own = try endpoint(["-c", "a", "--key", "/k"])
            #expect(own.tls?.caFile == "/c/ca.pem" && own.tls?.serverName == "n" && own.tls?.keyFile == "/k")
            #expect(try endpoint(["-c", "a", "--via", "wss://other"]).tls?.caFile == nil)
        }
    }

    private func target(_ flags: [String], _ environment: [String: String]) async -> String? {
        let seen = SeenTarget()
        let surroundings = Surroundings(
            streams: CapturedStreams(),
            environment: { environment[$0] },
            connect: { target throws(Failure) in
                seen.url = target.url
                return FakeAdmin()
            }
        )
        let code = await Surroundings.$current.withValue(surroundings) { await runControl(["status"] + flags) }
        #expect(code == 0)
        return seen.url
    }

    @Test("a mistake in a file is named", arguments: ["admn: x", "- a", "admin: [a]", "a: b: c"])
    func mistakes(_ yaml: String) {
        #expect { try Context(name: "a", yaml: Array(yaml.utf8), file: "a.yaml") } throws: { error in
            (error as? Failure)?.exit == .badInput
        }
    }

    @Test("what is written is read back", arguments: ["plain", "a: b", "\"quoted\\\"", "line\nend", "é\u{1}"])
    func roundTrip(_ text: String) throws {
        var context = Context(name: "a")
        (context.admin, context.passwordCommand) = (text, text)
        (context.ca, context.certificate, context.key, context.serverName) = (text, text, text, text)
        #expect(try Context(name: "a", yaml: Array(context.yaml.utf8), file: "a.yaml") == context)
    }

    @Test("a password command's first line is the password")
    func passwordCommand() throws {
        var context = Context(name: "a")
        context.passwordCommand = "printf 'secret\\nmore\\n'"
        #expect(try context.password() == Array("secret".utf8))
        context.passwordCommand = "exit 1"
        #expect(throws: Failure.self) { try context.password() }
    }

    @Test("a name that would be a path is refused", arguments: ["", ".", "../a", "a/b", "-x", "a b"])
    func names(_ name: String) async {
        let done = await control(["context", "add", "--", name], environment: ["HOME": "/nonexistent"])
        #expect(done.code == 2)
    }
}

private final class SeenTarget: Sendable {
    private let seen = Mutex<String?>(nil)
    var url: String? {
        get { self.seen.withLock { $0 } }
        set { self.seen.withLock { $0 = newValue } }
    }
}
