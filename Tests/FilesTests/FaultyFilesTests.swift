import Files
import Testing

@Suite("Files with faults")
struct FaultyFilesTests {
    private static func with(_ body: (FaultyFiles, Faults) throws -> Void) throws {
        try withTemporaryDirectory { path in
            let faults = Faults()
            try body(FaultyFiles(try PosixFiles(root: path), faults), faults)
        }
    }

    @Test("a write beyond the room reaches the file in part and says that the device is full")
    func full() throws {
        try Self.with { files, faults in
            let file = try files.create("a")
            faults.change { $0.room = 4 }
            #expect(try files.freeBytes() == 4)
            try file.write([1, 2, 3], at: 0)
            #expect { try file.write([4, 5], at: 3) } throws: { ($0 as? FileError)?.kind == .full }
            #expect(try file.read(at: 0, count: 9) == [1, 2, 3, 4])
            faults.change { $0.room = nil }
            try file.write([4, 5], at: 3)
            #expect(try file.read(at: 0, count: 9) == [1, 2, 3, 4, 5])
        }
    }

    @Test("a rule fails what it names: after so many, so often, below a path")
    func rules() throws {
        try Self.with { files, faults in
            let (one, other) = (try files.create("one"), try files.create("other"))
            faults.change { $0.rules = [.init(.sync, .device, path: "one", after: 1, times: 1)] }
            try other.sync()
            try one.sync()
            #expect { try one.sync() } throws: { ($0 as? FileError)?.kind == .device }
            try one.sync()
        }
    }

    @Test("a failing write leaves a part of itself behind")
    func torn() throws {
        try Self.with { files, faults in
            let file = try files.create("a")
            faults.change { $0.rules = [.init(.write, .device)] }
            #expect(throws: FileError.self) { try file.write([1, 2, 3, 4], at: 0) }
            #expect(try file.read(at: 0, count: 9) == [1, 2])
        }
    }

    @Test("a rotten bit comes back wrong wherever a read begins")
    func rot() throws {
        try Self.with { files, faults in
            let file = try files.create("a")
            try file.write([0, 0, 0, 0], at: 0)
            faults.change { $0.rot = [.init(path: "a", offset: 2, bit: 4)] }
            #expect(try file.read(at: 0, count: 4) == [0, 0, 16, 0])
            #expect(try file.read(at: 2, count: 1) == [16])
            #expect(try file.read(at: 3, count: 1) == [0])
        }
    }
}
