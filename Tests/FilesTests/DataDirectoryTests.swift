import Files
import Testing

@Suite("The data directory")
struct DataDirectoryTests {
    @Test("is made, says its format, and is taken again after it was given up")
    func isMade() throws {
        try withTemporaryDirectory { parent in
            let path = "\(parent)/data"
            for _ in 0..<2 {
                let directory = try DataDirectory(path: path)
                #expect(try directory.files.contents(of: StorageNames.format) == Array("fluxmq-data 1\n".utf8))
                #expect(try directory.files.list("") == ["format", "lock"])
            }
        }
    }

    @Test("is refused to the second who wants it, with the process that has it")
    func isLocked() throws {
        try withTemporaryDirectory { path in
            let first = try DataDirectory(path: path)
            let problem = #expect(throws: DataDirectoryProblem.self) { try DataDirectory(path: path) }
            #expect(problem?.description.contains("another fluxd (process ") == true)
            #expect(problem?.description.contains("uses it; stop that one") == true)
            withExtendedLifetime(first) {}
        }
    }

    @Test("of another format is refused, with both numbers")
    func otherFormat() throws {
        try withTemporaryDirectory { path in
            let files = try DataDirectory(path: path).files
            try files.replace(StorageNames.format, with: Array("fluxmq-data 2\n".utf8), in: "")
            let problem = #expect(throws: DataDirectoryProblem.self) { try DataDirectory(path: path) }
            #expect(problem?.description.contains("is of format 2, and this fluxd knows format 1 only") == true)
        }
    }

    @Test(
        "whose format file says something else is refused",
        arguments: ["", "hello", "fluxmq-data x\n", "\u{0}\u{0}"]
    )
    func damagedFormat(text: String) throws {
        try withTemporaryDirectory { path in
            let files = try DataDirectory(path: path).files
            try files.replace(StorageNames.format, with: Array(text.utf8), in: "")
            let problem = #expect(throws: DataDirectoryProblem.self) { try DataDirectory(path: path) }
            #expect(problem?.description.contains("does not say 'fluxmq-data 1'") == true)
        }
    }

    @Test("is not made of a directory with other things in it, and nothing is written there")
    func strangers() throws {
        try withTemporaryDirectory { path in
            let files = try PosixFiles(root: path)
            _ = try files.create("thesis.tex")
            let problem = #expect(throws: DataDirectoryProblem.self) { try DataDirectory(path: path) }
            #expect(problem?.description.contains("'thesis.tex'") == true)
            #expect(try files.list("") == ["thesis.tex"])
        }
    }

    @Test("may have been the runtime directory before")
    func runtimeFiles() throws {
        try withTemporaryDirectory { path in
            let files = try PosixFiles(root: path)
            for name in ["admin.sock", "listeners.json"] { _ = try files.create(name) }
            _ = try DataDirectory(path: path)
            #expect(try files.list("") == ["admin.sock", "format", "listeners.json", "lock"])
        }
    }

    @Test("is completed when its making was interrupted")
    func interrupted() throws {
        try withTemporaryDirectory { path in
            let files = try PosixFiles(root: path)
            try files.create("format.new").write(Array("flu".utf8), at: 0)
            _ = try DataDirectory(path: path)
            #expect(try files.list("") == ["format", "lock"])
        }
    }

    @Test("that cannot be there is refused with the system's words")
    func impossible() {
        let problem = #expect(throws: DataDirectoryProblem.self) { try DataDirectory(path: "/nowhere/at/all") }
        #expect(
            problem?.description
                == "cannot make the data directory /nowhere/at/all: No such file or directory"
        )
    }
}
