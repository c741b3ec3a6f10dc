import CommandSpec
import Glibc
import Testing

@testable import fluxd_sim

@Suite("Specification of fluxd-sim")
struct SimProgramTests {
    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    @Test("every help is a sentence, and no flag stands for two things")
    func problems() { #expect(SimProgram.program.problems.isEmpty) }

    /// `UPDATE_MAN=1` writes the page instead.
    @Test("man/fluxd-sim.1 is the page of the specification")
    func manualPage() throws {
        let page = try #require(SimProgram.program.manPages.first)
        let path = "\(Self.root)/man/\(page.file)"
        if getenv("UPDATE_MAN") != nil {
            let stream = try #require(fopen(path, "w"))
            fputs(page.text, stream)
            fclose(stream)
        }
        let stream = try #require(fopen(path, "r"))
        defer { fclose(stream) }
        var text: [UInt8] = []
        while case let byte = getc(stream), byte != EOF { text.append(UInt8(byte)) }
        #expect(String(decoding: text, as: UTF8.self) == page.text, "run the tests with UPDATE_MAN=1")
    }

    @Test("every example is a line that is understood")
    func examples() {
        for example in SimProgram.program.examples {
            let words = example.line.split(separator: " ").map(String.init)
            #expect(words.first == "fluxd-sim")
            #expect(throws: Never.self) { try SimProgram.program.parse(Array(words.dropFirst())) }
        }
    }

    @Test("a line that is wrong exits with 64, a scenario that is wrong with 78")
    func exitCodes() async {
        let demo = "\(Self.root)/Tests/Scenarios/demo.yaml"
        #expect(await runSimulator(["--nonsense"]) == 64)
        #expect(await runSimulator([]) == 64)
        #expect(await runSimulator([demo]) == 64)
        #expect(await runSimulator([demo, "--http", "nowhere"]) == 64)
        #expect(await runSimulator([demo, "--socket", "/nonexistent/directory/socket"]) == 69)
        #expect(await runSimulator(["\(Self.root)/Tests/Scenarios/none.yaml", "--check"]) == 78)
        #expect(await runSimulator([demo, "--check"]) == 0)
    }
}
