import Files
import Testing

@Suite("The system's files")
struct PosixFilesTests {
    @Test("what was written is read back, from any offset, as far as the file reaches")
    func writesAndReads() throws {
        try withTemporaryDirectory { path in
            let files = try PosixFiles(root: path)
            let file = try files.create("a")
            try file.write([1, 2, 3, 4, 5], at: 3)
            #expect(try file.size() == 8)
            #expect(try file.read(at: 0, count: 100) == [0, 0, 0, 1, 2, 3, 4, 5])
            #expect(try file.read(at: 6, count: 1) == [4])
            #expect(try file.read(at: 8, count: 4) == [])
            try file.truncate(to: 4)
            try file.sync()
            #expect(try files.open("a", writable: false).read(at: 0, count: 9) == [0, 0, 0, 1])
        }
    }

    @Test("more pieces than one system call takes are written in order")
    func gathersManyPieces() throws {
        try withTemporaryDirectory { path in
            let file = try PosixFiles(root: path).create("a")
            let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
            try bytes.withUnsafeBytes { all in
                try file.write((0..<5_000).map { UnsafeRawBufferPointer(rebasing: all[$0..<$0 + 1]) }, at: 0)
            }
            #expect(try file.read(at: 0, count: 6_000) == bytes)
        }
    }

    @Test("a file that is there is not created again, and one that is not is not found")
    func namesMatter() throws {
        try withTemporaryDirectory { path in
            let files = try PosixFiles(root: path)
            _ = try files.create("a")
            #expect { try files.create("a") } throws: { ($0 as? FileError)?.kind == .exists }
            #expect { try files.open("b", writable: true) } throws: { ($0 as? FileError)?.kind == .notFound }
            #expect { try files.remove("b") } throws: {
                ($0 as? FileError)?.description == "remove b: No such file or directory"
            }
            try files.rename("a", to: "b")
            #expect(try files.list("") == ["b"])
        }
    }

    @Test("directories are made with all above them, listed in order, and removed when they are empty")
    func directories() throws {
        try withTemporaryDirectory { path in
            let files = try PosixFiles(root: path)
            try files.makeDirectory("x/y/z")
            try files.makeDirectory("x/y")
            for name in ["c", "a", "b"] { _ = try files.create("x/y/\(name)") }
            #expect(try files.list("x/y") == ["a", "b", "c", "z"])
            #expect(try files.list("nowhere") == [])
            try files.syncDirectory("x/y")
            try files.syncDirectory("")
            #expect(throws: FileError.self) { try files.removeDirectory("x/y") }
            try files.removeDirectory("x/y/z")
            #expect(try files.freeBytes() > 0)
        }
    }

    @Test("a small file is replaced whole, also when an earlier attempt was left behind")
    func replaces() throws {
        try withTemporaryDirectory { path in
            let files = try PosixFiles(root: path)
            try files.create("a.new").write([9, 9, 9], at: 0)
            try files.replace("a", with: [1], in: "")
            try files.replace("a", with: [2, 3], in: "")
            #expect(try files.contents(of: "a") == [2, 3])
            #expect(try files.list("") == ["a"])
        }
    }
}
