import Files
import Testing

@Suite("Files in memory")
struct MemoryFilesTests {
    private func read(_ file: any DataFile, at offset: Int, count: Int) throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { buffer.deallocate() }
        let got = try file.read(at: offset, into: buffer)
        return Array(buffer[..<got])
    }

    private func write(_ file: any DataFile, _ bytes: [UInt8], at offset: Int) throws {
        try bytes.withUnsafeBytes { try file.write([$0], at: offset) }
    }

    @Test("what is written anywhere in a file is read there, across pieces")
    func pieces() throws {
        let file = try MemoryFiles(limit: 1 << 20).create("a")
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        try self.write(file, bytes, at: 0)
        try self.write(file, [1, 2, 3], at: 65_535)
        #expect(try file.size() == 200_000)
        #expect(try self.read(file, at: 65_534, count: 5) == [bytes[65_534], 1, 2, 3, bytes[65_538]])
        #expect(try self.read(file, at: 199_990, count: 100) == Array(bytes[199_990...]))
        #expect(try self.read(file, at: 300_000, count: 1) == [])
    }

    @Test("a file that was cut reads as zeros where it grows again")
    func cut() throws {
        let file = try MemoryFiles(limit: 1 << 20).create("a")
        try self.write(file, [UInt8](repeating: 7, count: 100), at: 0)
        try file.truncate(to: 10)
        try self.write(file, [9], at: 20)
        #expect(try self.read(file, at: 8, count: 100) == [7, 7] + [UInt8](repeating: 0, count: 10) + [9])
    }

    @Test("what is over the limit finds no space, and space that is given up can be taken")
    func limit() throws {
        let files = MemoryFiles(limit: 1_000)
        let file = try files.create("a")
        try self.write(file, [UInt8](repeating: 1, count: 900), at: 0)
        let refusal = #expect(throws: FileError.self) {
            try self.write(file, [UInt8](repeating: 1, count: 200), at: 900)
        }
        #expect(refusal?.kind == .full)
        #expect(try file.size() == 900)
        try file.truncate(to: 500)
        #expect(try files.freeBytes() == 500)
        try self.write(file, [UInt8](repeating: 1, count: 200), at: 500)
        #expect(try files.freeBytes() == 300)
    }

    @Test("a file that was removed gives its space up when the last who has it open lets go")
    func removed() throws {
        let files = MemoryFiles(limit: 1_000)
        do {
            let file = try files.create("d/a")
            try self.write(file, [UInt8](repeating: 1, count: 900), at: 0)
            try files.remove("d/a")
            #expect(try files.list("d") == [])
            #expect(try self.read(file, at: 0, count: 1) == [1])
        }
        #expect(try files.freeBytes() == 1_000)
    }

    @Test("a directory lists its own names, and not those below")
    func names() throws {
        let files = MemoryFiles(limit: 1_000)
        try files.makeDirectory("queues/1/messages")
        _ = try files.create("queues/1/messages/b.seg")
        _ = try files.create("queues/1/messages/a.seg")
        #expect(try files.list("queues/1/messages") == ["a.seg", "b.seg"])
        #expect(try files.list("queues") == ["1"])
        #expect(try files.list("") == ["queues"])
        try files.rename("queues/1/messages/a.seg", to: "queues/1/messages/b.seg")
        #expect(try files.list("queues/1/messages") == ["b.seg"])
        #expect(throws: FileError.self) { try files.open("queues/1/messages/a.seg", writable: false) }
    }
}
