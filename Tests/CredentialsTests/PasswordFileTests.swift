import Glibc
import Testing

@testable import Credentials

private let hash = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"  // of: correct horse
private let scram =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

private func parse(_ text: String) throws(PasswordFileError) -> PasswordFile {
    try PasswordFile(Array(text.utf8), name: "users")
}

@Suite("Password files")
struct PasswordFileTests {
    @Test("users, comments and blank lines stay where they are through every change")
    func roundTrip() throws {
        let text = "# people\n\nalice:\(hash)\n  # machines\nséb:\(hash) \(scram)\r\nold:\(scram)"
        var file = try parse(text)
        #expect(file.text == "# people\n\nalice:\(hash)\n  # machines\nséb:\(hash) \(scram)\nold:\(scram)\n")
        #expect(file.users.map(\.name) == ["alice", "séb", "old"] && file.line(of: "séb") == 5)
        let séb = try #require(file.user(named: "séb"))
        #expect(séb.password?.text == hash && séb.scram?.text == scram && file.user(named: "old")?.password == nil)
        file.set(UserRecord(name: "new", password: séb.password))
        file.set(UserRecord(name: "alice", password: nil, scram: séb.scram))
        #expect(file.remove("séb") && !file.remove("séb"))
        #expect(
            file.text == "# people\n\nalice:\(scram)\n  # machines\nold:\(scram)\nnew:\(hash)\n"
                && file.line(of: "new") == 6
        )
    }

    @Test("an empty file is a file without users, and so is one of comments")
    func empty() throws {
        #expect(try parse("").users.isEmpty && parse("").text == "")
        #expect(try parse("\n").text == "\n" && parse("# x").users.isEmpty)
    }

    @Test("all that is wrong with a file is said at once, with its lines")
    func problems() {
        let text = """
            alice:\(hash)
            nobody
            bob:
            carl:secret
            alice:\(hash)
            :x
            dora:\(hash) \(hash)
            emil:\(scram) \(scram)
            fred:SCRAM-SHA-1$4096:x$y:z
            gina:SCRAM-SHA-256$1:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=
            """
        var found = ""
        do throws(PasswordFileError) { _ = try parse(text) } catch { found = error.description }
        #expect(
            found == """
                users:2: no colon: expected NAME:HASH
                users:3: user "bob" has no hash; write one: fluxctl user passwd bob
                users:4: user "carl" is no hash: passwords are not kept in the clear
                users:5: user "alice" is here for the second time; the first is line 1
                users:6: the name "" is empty
                users:7: user "dora" has two hashes
                users:8: user "emil" has two SCRAM verifiers
                users:9: user "fred" has a SCRAM verifier that is not SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY
                users:10: user "gina" has a SCRAM verifier of 1 iterations; 4096 to 10000000 are taken
                """
        )
    }

    @Test("lines that are no text, or too long, are refused; a message shows no control character")
    func hostile() {
        #expect { try PasswordFile([0x61, 0x3A, 0xFF], name: "users") } throws: {
            "\($0)".hasSuffix(":1: the line is not UTF-8")
        }
        #expect { try parse(String(repeating: "a", count: 5_000)) } throws: { "\($0)".contains("has 5000 bytes") }
        #expect { try parse("a\u{1B}[2J:x") } throws: {
            "\($0)" == "users:1: the name \"a?[2J\" has a control character in it"
        }
        let many = String(repeating: "x\n", count: 100)
        #expect { try parse(many) } throws: { ($0 as? PasswordFileError)?.problems.count == 20 }
    }

    @Test("a name that the file could not hold is none")
    func names() {
        for bad in ["", "a:b", "#a", " a", "a ", "a\nb", "a\u{85}b", String(repeating: "x", count: 1_025)] {
            #expect(UserRecord.problem(withName: bad) != nil)
        }
        for good in ["a", "a b", "é", "a#", "$SYS", String(repeating: "x", count: 1_024)] {
            #expect(UserRecord.problem(withName: good) == nil)
        }
    }

    @Test("a directory takes right passwords only; a user with a verifier alone may send it in full")
    func directory() throws {
        let users = UserDirectory(try parse("alice:\(hash) \(scram)\nbob:\(scram)\n"))
        #expect(users.count == 2 && users.knows("alice") && !users.knows("carl") && users.servesScram)
        #expect(users.check("alice", password: Array("correct horse".utf8)))
        #expect(!users.check("alice", password: Array("pencil".utf8)), "her hash decides")
        #expect(users.check("bob", password: Array("pencil".utf8)) && !users.check("bob", password: []))
        for name in ["carl", "", "alice "] { #expect(!users.check(name, password: Array("correct horse".utf8))) }
        let none = UserDirectory(PasswordFile())
        #expect(!none.check("a", password: []) && !none.servesScram && none.count == 0)
    }
}

/// Files of their own, in a directory of their own.
@Suite("Password files on disk")
struct PasswordFileDiskTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/fluxmq-users-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            for name in ["users", "link", "users.lock"] { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }
        try body(directory)
    }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    private func user(_ name: String) throws -> UserRecord { UserRecord(name: name, password: try PasswordHash(hash)) }

    @Test("a new file is its owner's alone; an old one keeps its mode but for the rights of others; no lock stays")
    func modes() throws {
        try self.withDirectory { directory in
            let path = directory + "/users"
            let alice = try self.user("alice")
            try PasswordFile.edit(path, creates: true) { $0.set(alice) }
            #expect(self.mode(path) == 0o600 && self.mode(path + ".lock") == nil)
            #expect(chmod(path, 0o644) == 0 && PasswordFile.isOpenToOthers(path))
            let bob = try self.user("bob")
            #expect(symlink("users", directory + "/link") == 0)
            try PasswordFile.edit(directory + "/link") { $0.set(bob) }
            #expect(self.mode(path) == 0o640 && !PasswordFile.isOpenToOthers(path))
            #expect(try PasswordFile.read(path).users.map(\.name) == ["alice", "bob"])
            var status = stat()
            #expect(
                lstat(directory + "/link", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK,
                "the link stays one"
            )
        }
    }

    @Test("a rehearsal writes nothing, and neither does a change that changes nothing")
    func rehearsal() throws {
        try self.withDirectory { directory in
            let path = directory + "/users"
            let alice = try self.user("alice")
            try PasswordFile.edit(path, creates: true, isRehearsal: true) { $0.set(alice) }
            #expect(self.mode(path) == nil)
            #expect(throws: PasswordFileError.self) { try PasswordFile.edit(path) { $0.set(alice) } }
            try PasswordFile.edit(path, creates: true) { $0.set(alice) }
            var before = stat()
            var after = stat()
            stat(path, &before)
            #expect(try PasswordFile.edit(path) { $0.remove("bob") } == false)
            stat(path, &after)
            #expect(before.st_ino == after.st_ino)
        }
    }

    @Test("a file that is wrong stays as it is")
    func damaged() throws {
        try self.withDirectory { directory in
            let path = directory + "/users"
            let file = try #require(fopen(path, "w"))
            fputs("what\n", file)
            fclose(file)
            let alice = try self.user("alice")
            #expect(throws: PasswordFileError.self) { try PasswordFile.edit(path) { $0.set(alice) } }
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_size == 5 && self.mode(path + ".lock") == nil)
        }
    }

    /// Descriptors of their own are what the lock tells apart, so tasks stand for processes: they share nothing else.
    @Test("four writers that add ten users each at once lose none")
    func writers() async throws {
        var template = Array("/tmp/fluxmq-users-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        let path = directory + "/users"
        let password = try PasswordHash(hash)
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<10 {
                        let user = UserRecord(name: "u\(writer)-\(number)", password: password)
                        do { try PasswordFile.edit(path, creates: true) { $0.set(user) } } catch { Issue.record(error) }
                    }
                }
            }
        }
        #expect(try PasswordFile.read(path).users.count == 40)
        unlink(path)
        rmdir(directory)
    }
}
