import AdminAPI
import AdminClient
import CommandSpec
import JSON
import RPC
import Testing

@testable import fluxctl

@Suite("Errors of the admin plane")
struct AdminErrorTests {
    private static func refused(
        _ code: RPCCode,
        _ word: String = "",
        hint: String = "",
        offset: UInt32? = nil
    ) -> AdminClientError {
        var detail = AdminV1.ErrorDetail()
        (detail.code, detail.kind, detail.id, detail.hint, detail.offset) = (word, .connection, "c1.2", hint, offset)
        return .refused(RPCError(code, "there is no connection \"c1.2\""), detail)
    }

    @Test(
        "each code has its exit",
        arguments: [
            (.notFound, "not_found", 4), (.aborted, "version_changed", 5), (.alreadyExists, "", 5),
            (.failedPrecondition, "", 5), (.permissionDenied, "read_only", 6), (.unauthenticated, "", 6),
            (.unavailable, "stopping", 7), (.deadlineExceeded, "", 8), (.invalidArgument, "bad_filter", 2),
            (.invalidArgument, "unknown_field", 2), (.invalidArgument, "bad_sort", 2),
            (.invalidArgument, "bad_cursor", 2),
            (.invalidArgument, "bad_config", 9), (.unimplemented, "", 11), (.invalidArgument, "unknown_verb", 11),
            (.internal, "", 1),
            (.resourceExhausted, "too_many", 1),
        ] as [(RPCCode, String, Int32)]
    )
    func exits(_ code: RPCCode, _ word: String, _ exit: Int32) {
        #expect(Failure(Self.refused(code, word)).exit.rawValue == exit)
    }

    @Test("what is not there has what was probably meant, and where to look")
    func notFound() throws {
        let failure = Failure(Self.refused(.notFound, "not_found", hint: "c1.3"))
        #expect(failure.hints == ["did you mean 'c1.3'?", "see: fluxctl conn ls"])
        let error = try JSONParser.parse(Array(Console(format: .json).text(of: failure).utf8))["error"]
        #expect(error?["code"]?.text == "\"not_found\"" && error?["exit"]?.text == "4")
        #expect(error?["resource"]?.text == #"{"kind":"connection","name":"c1.2"}"#)
    }

    @Test("a mark stands below the place of a filter that is wrong")
    func pointer() {
        let failure = Failure(Self.refused(.invalidArgument, "bad_filter", offset: 4), filter: "buf >> 3")
        #expect(Console(format: .table).text(of: failure).hasSuffix("\n  buf >> 3\n      ^\n"))
        #expect(Failure(Self.refused(.invalidArgument, "bad_filter", offset: 99), filter: "é").hints.isEmpty)
    }

    @Test("a broker that is not there is 7, an address that is none 2, and no answer in time 8")
    func transport() throws {
        #expect(Failure(.notFound(tried: [])).exit == .unreachable)
        #expect(Failure(.badEndpoint("x")).exit == .usage)
        #expect(Failure(.timedOut("x")).exit == .timedOut)
    }
}

@Suite("Mistakes on a line of a resource command")
struct ResourceArgumentTests {
    @Test(
        "each says what is wrong and what to do",
        arguments: [
            (["conn"], "conn: which verb?", "ls     list connections"),
            (["con", "ls"], "unknown command \"con\"", "did you mean \"conn\"?"),
            (["conns", "sl"], "unknown verb \"sl\" of conn", "did you mean \"ls\"?"),
            (["ls", "conn"], "unknown command \"ls\"", "the noun comes first, as in: fluxctl conn ls"),
            (["conn", "ls", "--fliter", "x"], "unknown flag --fliter", "did you mean --filter?"),
            (
                ["conn", "ls", "--columns", "clinet_id"], "--columns: connections have no \"clinet_id\"",
                "did you mean client_id?"
            ),
            (
                ["conn", "ls", "--columns", "-id", "-o", "name"], "--columns has no meaning with -o name",
                "see: fluxctl help conn ls"
            ),
            (
                ["conn", "ls", "-o", "yaml"],
                "--output \"yaml\" is none of table, wide, json, jsonl, csv, name, template",
                "see: fluxctl help conn ls"
            ),
            (
                ["conn", "ls", "-o", "json", "--time", "utc"], "--time has no meaning with -o json",
                "see: fluxctl help conn ls"
            ),
            (
                ["conn", "ls", "--json-safe-ints"], "--json-safe-ints has no meaning with -o table",
                "see: fluxctl help conn ls"
            ),
            (
                ["conn", "ls", "--all", "--limit", "3"], "--all has no meaning with --limit",
                "see: fluxctl help conn ls"
            ),
            (
                ["conn", "ls", "-w", "-o", "json"], "--watch has no meaning with -o json",
                "use -o jsonl: a line for each row that is new or changed"
            ),
            (["conn", "ls", "--watch=10ms"], "--watch takes 200ms to 1m, not 10ms", "see: fluxctl help conn ls"),
            (
                ["conn", "ls", "-F", "{clientid}"], "--format: there is no field \"clientid\"",
                "did you mean {client_id}?"
            ),
            (["conn", "ls", "--via", "mqtt5"], "--via has no meaning here", "see: fluxctl help conn ls"),
            (["pub", "t", "x", "--admin", "unix:/x"], "--admin has no meaning here", "see: fluxctl help pub"),
            (["version", "-o", "json"], "--output has no meaning here", "see: fluxctl help version"),
            (["conn", "close"], "which connection? give an ID or --filter", "see: fluxctl help conn close"),
            (
                ["conn", "close", "c1", "--filter", "x"], "the connection is given twice: by its ID and by --filter",
                "see: fluxctl help conn close"
            ),
            (
                ["conn", "close", "--filter", "x", "--if-version", "1"],
                "--if-version is for one connection, and a filter may match many", "see: fluxctl help conn close"
            ),
            (
                ["retained", "rm", "a/b#"], "\"a/b#\" is no topic filter",
                "+ and # stand for whole levels, and # only for the last"
            ),
            (
                ["topic", "match", "a/#/b", "a"], "\"a/#/b\" is no topic filter",
                "+ and # stand for whole levels, and # only for the last"
            ),
            (
                ["event", "tail", "--last", "1", "--from-seq", "2"],
                "the start is given twice: by --from-seq and by --last", "see: fluxctl help event tail"
            ),
            (
                ["event", "tail", "-o", "json"], "-o json has no meaning here",
                "there are: table, wide, jsonl, csv, template"
            ),
            (
                ["log", "level", "loud"],
                "LEVEL \"loud\" is none of trace, debug, info, notice, warn, warning, error",
                "see: fluxctl help log level"
            ),
            (["log", "level", "--dry-run"], "--dry-run has no meaning without LEVEL", "see: fluxctl help log level"),
            (
                ["help", "-o", "json", "conn"], "-o json is the whole tree, and takes no topic",
                "see: fluxctl help help"
            ),
        ] as [([String], String, String)]
    )
    func mistakes(_ line: [String], _ message: String, _ hint: String) async throws {
        let done = await control(line)
        #expect(done.code == 2 && done.out == "")
        if line.contains("json") {
            let error = try JSONParser.parse(Array(done.err.utf8))["error"]
            #expect(error?["message"]?.text == JSONValue.string(message).text)
            #expect(error?["hint"]?.text == JSONValue.string(hint).text)
        } else {
            let lines = done.err.split(separator: "\n").map(String.init)
            #expect(lines.first == "fluxctl: error: \(message)")
            #expect(lines.contains("  \(hint)"))
        }
    }

    @Test("a noun has its plural and a short form", arguments: ["conn", "conns", "c"])
    func aliases(_ noun: String) async { #expect(await control([noun, "ls"]).code == 0) }

    @Test("help -o json is the whole tree")
    func tree() async throws {
        let tree = try JSONParser.parse(Array(await control(["help", "-o", "json"]).out.utf8))
        guard case .array(let commands)? = tree["commands"] else { throw Failure(.failed, "no commands") }
        #expect(commands.count == controlProgram.everyCommand.count)
        let close = try #require(commands.first { $0["path"]?.text == #"["conn","close"]"# })
        #expect(close["effect"]?.text == "\"destroy\"" && close["output_schema"]?.text == "\"fluxmq.change.show/1\"")
    }

    @Test("every schema that is listed can be printed")
    func schemas() async {
        let names = await control(["schema"]).out.split(separator: "\n").map(String.init)
        for name in ["connection", "connection.list", "connection.show", "message", "change.show", "topic.tree.list"] {
            #expect(names.contains(name))
        }
        for name in names { #expect(await control(["schema", name]).code == 0) }
    }

    @Test("match says which topics a filter matches, and exits with 1 if one is left")
    func match() async {
        #expect(await control(["topic", "match", "a/+", "a/b"]).code == 0)
        let done = await control(["topic", "match", "$share/g/a/+", "a/b", "a/b/c"])
        #expect(done.code == 1 && done.out == "TOPIC  MATCHES\na/b    yes\na/b/c  no\n")
    }
}
