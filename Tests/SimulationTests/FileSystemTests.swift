import Simulation
import Testing

@Suite("Simulation: files")
struct FileSystemSimulationTests {
    @Test("files read back what was written, gaps as zeros, and names move")
    func plain() throws {
        let files = SimulatedFileSystem(seed: 1)
        let file = try files.create("a")
        try files.append([1, 2, 3], to: file)
        try files.write([9], to: file, at: 5)
        #expect(try files.read(file, at: 0, count: 10) == [1, 2, 3, 0, 0, 9])
        try files.truncate(file, to: 2)
        #expect(try files.size(of: file) == 2)
        #expect(throws: SimulatedFileSystem.Failure.exists("a")) { try files.create("a") }
        try files.rename("a", to: "b")
        #expect(files.paths == ["b"])
        #expect(throws: SimulatedFileSystem.Failure.noSuchFile("a")) { try files.open("a") }
        try files.remove("b")
        #expect(files.paths.isEmpty)
    }

    @Test("what was synced survives every crash, what was not may be whole, torn or gone")
    func crash() throws {
        var outcomes: Set<String> = []
        for seed in 0..<200 as Range<UInt64> {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.create("log")
            try files.append(Array(repeating: 1, count: 100), to: file)
            try files.sync(file)
            files.syncNames()
            try files.append(Array(repeating: 2, count: 100), to: file)
            files.crash()
            #expect(throws: SimulatedFileSystem.Failure.closed) { try files.size(of: file) }
            let again = try files.open("log")
            let bytes = try files.read(again, at: 0, count: 1_000)
            #expect(bytes.prefix(100).allSatisfy { $0 == 1 } && bytes.count >= 100)
            let rest = bytes.dropFirst(100)
            let written = rest.filter { $0 == 2 }.count
            outcomes.insert(written == 100 ? "whole" : rest.isEmpty ? "gone" : rest.first == 2 ? "front" : "back")
        }
        #expect(outcomes == ["whole", "gone", "front", "back"])
    }

    @Test("an atomic replacement leaves the old or the new file, if the new one was synced first")
    func replacement() throws {
        var found: Set<[UInt8]> = []
        for seed in 0..<100 as Range<UInt64> {
            let files = SimulatedFileSystem(seed: seed)
            let old = try files.create("state")
            try files.append([1, 1], to: old)
            try files.sync(old)
            files.syncNames()
            let new = try files.create("state.new")
            try files.append([2, 2], to: new)
            try files.sync(new)
            try files.rename("state.new", to: "state")
            files.crash()
            found.insert(try files.read(try files.open("state"), at: 0, count: 9))
        }
        #expect(found == [[1, 1], [2, 2]])
    }

    @Test("without the sync, a replacement can lose both: that is what the simulation is for")
    func carelessReplacement() throws {
        var lost = 0
        for seed in 0..<100 as Range<UInt64> {
            let files = SimulatedFileSystem(seed: seed)
            let old = try files.create("state")
            try files.append([1, 1], to: old)
            try files.sync(old)
            files.syncNames()
            let new = try files.create("state.new")
            try files.append([2, 2], to: new)
            try files.rename("state.new", to: "state")
            files.crash()
            let bytes = try files.read(try files.open("state"), at: 0, count: 9)
            if bytes != [1, 1], bytes != [2, 2] { lost += 1 }
        }
        #expect(lost > 0)
    }

    @Test("the same seed loses the same bytes")
    func replay() throws {
        func survivors(_ seed: UInt64) throws -> [UInt8] {
            let files = SimulatedFileSystem(seed: seed)
            let file = try files.create("log")
            files.syncNames()
            for number in 0..<50 as Range<UInt8> { try files.append(Array(repeating: number, count: 20), to: file) }
            files.crash()
            return try files.read(try files.open("log"), at: 0, count: 2_000)
        }
        #expect(try survivors(5) == survivors(5))
        #expect(try survivors(5) != survivors(6))
    }
}
