import AdminAPI
import CommandSpec
import Glibc
import JSON
import Testing

@testable import fluxctl

/// Runs lines with a directory of their own, which has a password file and an ACL file.
private func withFiles(
    users: String? = nil,
    rules: String? = nil,
    _ body: (_ users: String, _ rules: String) async throws -> Void
) async throws {
    var template = Array("/tmp/fluxctl-security-XXXXXX".utf8CString)
    let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    for (name, text) in [("users", users), ("acl", rules)] {
        guard let text, let file = fopen("\(directory)/\(name)", "w") else { continue }
        fputs(text, file)
        fclose(file)
    }
    try await body(directory + "/users", directory + "/acl")
    for name in ["users", "acl"] { unlink("\(directory)/\(name)") }
    rmdir(directory)
}

private func text(_ path: String) throws -> String {
    var file = try InputFile(path: path)
    return String(decoding: try file.readAll(), as: UTF8.self)
}

/// Of the password: correct horse.
private let hash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"

/// A path as a row of the configuration has it.
private func shown(_ path: String) -> String {
    "\"" + path.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
}

/// An admin plane of a broker that has both files.
private func broker(users: String = "/etc/fluxmq/users", rules: String = "/etc/fluxmq/acl", live: Bool = true)
    -> FakeAdmin
{
    var script = FakeAdmin.Script()
    script.rows[.config] = []
    for (key, value) in [("auth.password_file", users), ("auth.acl_file", rules)] where live {
        var config = AdminV1.Config()
        (config.id, config.value) = (key, shown(value))
        script.rows[.config, default: []].append(FakeRows.row(.config(config)))
    }
    return FakeAdmin(script)
}

@Suite("fluxctl user")
struct UserCommandTests {
    @Test("users are added, listed, given passwords and removed, and comments stay")
    func life() async throws {
        try await withFiles(users: "# people\nold:\(hash)\n") { path, _ in
            let typed = { (lines: [String]) in CapturedStreams(answers: lines) }
            let added = await control(["user", "add", "new", "--scram", "--file", path], on: typed(["a b", "a b"]))
            #expect(added.code == 0)
            #expect(
                added.err.hasPrefix("Password for new: \nAgain: \nuser new added to \(path); the broker takes it with")
            )
            #expect(await control(["user", "add", "new", "--file", path], on: typed(["x", "x"])).code == 5)
            let list = await control(["user", "ls", "--file", path, "-o", "csv"])
            #expect(
                list.out == """
                    id,password,scram_iterations,line
                    old,bcrypt c=4,,2
                    new,"argon2id m=19456,t=2,p=1",4096,3

                    """
            )
            let before = try text(path)
            #expect(before.hasPrefix("# people\nold:\(hash)\nnew:$argon2id$"))
            #expect(await control(["user", "passwd", "new", "--file", path], on: typed(["c", "c"])).code == 0)
            let after = try text(path)
            #expect(
                after != before && after.contains(" SCRAM-SHA-256$4096:"),
                "a verifier of the old password would still do"
            )
            #expect(await control(["user", "rm", "old", "--file", path], on: typed(["n"])).code == 1)
            #expect(await control(["user", "rm", "old", "--file", path, "--yes"]).code == 0)
            let now = try text(path)
            #expect(now == "# people\n" + after.split(separator: "\n")[2] + "\n")
        }
    }

    @Test(
        "each mistake has its exit code and changes nothing",
        arguments: [
            (["user", "add", "a:b"], ["x", "x"], 9, "has a colon in it"),
            (["user", "add", "b"], ["x", "y"], 9, "these were two passwords"),
            (["user", "add", "b"], ["", ""], 9, "the password is empty"),
            (["user", "add", "b"], [], 10, "no password was typed"),
            (["user", "add", "b", "--no-input"], ["x", "x"], 10, "--password-env NAME"),
            (["user", "add", "b"], nil, 10, "there is nobody to ask"),
            (["user", "add", "b", "--password-env", "NOTHING"], nil, 9, "there is no variable NOTHING"),
            (["user", "passwd", "ann"], nil, 4, "did you mean anna?"),
            (["user", "rm", "ann"], nil, 4, "did you mean anna?"),
            (["user", "rm", "anna"], nil, 10, "add --yes"),
            (["user", "add", "b", "--dry-run", "--reload"], nil, 2, "nothing to reload"),
            (["user", "add", "b", "--scram-iterations", "1"], nil, 2, "from 4096 to 1000000"),
        ] as [([String], [String]?, Int32, String)]
    )
    func mistakes(_ line: [String], _ answers: [String]?, _ code: Int32, _ message: String) async throws {
        try await withFiles(users: "anna:\(hash)\n") { path, _ in
            let done = await control(line + ["--file", path], on: CapturedStreams(answers: answers))
            #expect(done.code == code && done.err.contains(message), "\(done.err)")
            let now = try text(path)
            #expect(now == "anna:\(hash)\n")
        }
    }

    @Test("a password comes from a variable; a rehearsal hashes it and writes nothing")
    func environment() async throws {
        try await withFiles { path, _ in
            let line = ["user", "add", "a", "--password-env", "SECRET", "--file", path]
            let rehearsed = await control(line + ["--dry-run"], environment: ["SECRET": "x"])
            #expect(rehearsed.code == 0 && rehearsed.err == "dry run, nothing was changed: user a added to \(path)\n")
            #expect(access(path, F_OK) != 0)
            #expect(await control(line, environment: ["SECRET": "x"]).code == 0)
            let now = try text(path)
            #expect(now.hasPrefix("a:$argon2id$"))
        }
    }

    @Test("the file is the running broker's, and --reload has it read it")
    func discovery() async throws {
        try await withFiles { path, _ in
            let admin = broker(users: path)
            let line = ["user", "add", "a", "--password-env", "SECRET", "--reload"]
            let done = await control(line, admin, environment: ["SECRET": "x"])
            #expect(done.code == 0 && done.err == "user a added to \(path); the broker has read its files\n")
            #expect(admin.queries.first?.filter == "id=auth.password_file")
            #expect(admin.changes.map(\.verb) == ["reload"] && admin.changes.first?.reason == "user add")
        }
    }

    @Test("without a file and without a broker that names one, the flag is asked for")
    func undiscovered() async {
        var script = FakeAdmin.Script()
        script.failure = Failure(.unreachable, "nobody listens")
        let lost = await control(["user", "ls"], FakeAdmin(script))
        #expect(lost.code == 7 && lost.err.contains("name it: --file FILE"))
        let none = await control(["user", "ls"], broker(live: false))
        #expect(none.code == 4 && none.err.contains("the broker has no auth.password_file"))
        let empty = await control(["user", "ls"], broker(users: ""))
        #expect(empty.code == 4 && empty.err.contains("the broker has no auth.password_file"))
        #expect(await control(["user", "ls"], broker(users: "a b")).err.contains("where it was started: a b\n"))
        #expect(await control(["user", "ls", "-a", "tcp://h:1"], broker()).code == 2)
        #expect(await control(["user", "ls", "--file", "/nonexistent/users"]).code == 9)
    }

    @Test(
        "a path is taken out of the quotes that the broker shows it in",
        arguments: [
            (#""/etc/fluxmq/users""#, "/etc/fluxmq/users"), (#""/a \"b\" \\c""#, #"/a "b" \c"#), (#""/a\\""#, #"/a\"#),
            ("/etc/users", "/etc/users"), ("\"\"", ""), ("", ""), ("\"", "\""),
        ]
    )
    func quotes(_ value: String, _ path: String) {
        #expect(SecurityFile.unquoted(value) == path)
    }

    @Test("all that is wrong with a file is said")
    func damaged() async throws {
        try await withFiles(users: "a\nb:secret\n") { path, _ in
            let done = await control(["user", "ls", "--file", path])
            #expect(
                done.code == 9 && done.err.contains("users:1: no colon") && done.err.contains("users:2: user \"b\"")
            )
        }
    }
}

@Suite("fluxctl acl")
struct AccessCommandTests {
    private static let rules =
        "topic read $SYS/#\nuser roger\ntopic read plant/#\ntopic deny plant/+/key\npattern write up/%c\n"

    @Test(
        "an answer names the line, and the exit code says whether all is allowed",
        arguments: [
            (["roger", "plant/a", "--action", "subscribe"], 0, "subscribe,true,3"),
            (["roger", "plant/a/key", "--action", "subscribe"], 6, "subscribe,false,4"),
            (["roger", "plant/#"], 6, "subscribe,false,4"),
            (["roger", "plant/a"], 6, "publish,false,\nsubscribe,true,3"),
            (["anna", "up/c1", "--client", "c1", "--action", "publish"], 0, "publish,true,5"),
            (["-", "$SYS/#"], 0, "subscribe,true,1"), (["-", "$SYS/#", "--remote"], 6, "subscribe,false,"),
            (["roger", "$SYS/x", "--action", "publish"], 6, "publish,false,"),
        ] as [([String], Int32, String)]
    )
    func explains(_ words: [String], _ code: Int32, _ expected: String) async throws {
        try await withFiles(rules: Self.rules) { _, path in
            let flags = ["--file", path, "-o", "csv", "--columns", "action,allowed,line", "-qq"]
            let done = await control(["acl", "explain"] + words + flags)
            #expect(done.code == code && done.out == expected + "\n", "\(done.out)\(done.err)")
        }
    }

    @Test("people read why, and programs get a document of its schema")
    func formats() async throws {
        try await withFiles(rules: Self.rules) { _, path in
            let line = ["acl", "explain", "roger", "plant/a/key", "--action", "subscribe"]
            let table = await control(line, broker(rules: path))
            #expect(table.out.contains("\(path):4 denies it: topic deny plant/+/key"))
            let json = await control(line + ["--file", path, "-o", "json"])
            let document = try JSONParser.parse(Array(json.out.utf8))
            #expect(mismatches(document, AccessCommands.type.listSchema.jsonSchema).isEmpty)
            #expect(
                json.out.contains(
                    #""matching":["4: topic deny plant/+/key (user roger)","3: topic read plant/# (user roger)"]"#
                )
            )
        }
    }

    @Test("a filter is nothing to publish to, and an empty topic is none")
    func usage() async {
        #expect(await control(["acl", "explain", "a", "x/#", "--action", "publish", "--file", "/x"]).code == 2)
        #expect(await control(["acl", "explain", "a", "", "--file", "/x"]).code == 2)
    }

    @Test("a file is checked: its rules, or all that is wrong with it")
    func check() async throws {
        try await withFiles(rules: Self.rules) { _, path in
            let done = await control(["acl", "check", path, "-o", "csv", "--columns", "line,subject,id"])
            #expect(done.code == 0 && done.out.contains("\n4,user roger,topic deny plant/+/key\n"))
            #expect(done.err == "\(path): 4 rules; what no rule allows is refused\n")
        }
        try await withFiles(rules: "topc x\nuser\n") { _, path in
            let done = await control(["acl", "check", path])
            #expect(done.code == 9 && done.err.contains("acl:1: unknown word \"topc\"; did you mean topic?"))
            #expect(done.err.contains("acl:2: expected user NAME"))
        }
        #expect(await control(["acl", "check", "/nonexistent/acl"]).code == 9)
    }
}
