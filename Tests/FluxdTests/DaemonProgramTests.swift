import CommandSpec
import Glibc
import Testing

@testable import fluxd

@Suite("Specification of fluxd")
struct DaemonProgramTests {
    @Test("every help is a sentence, and no flag stands for two things")
    func problems() { #expect(DaemonProgram.program.problems.isEmpty) }

    /// `UPDATE_MAN=1` writes the page instead.
    @Test("man/fluxd.8 is the page of the specification")
    func manualPage() throws {
        let page = try #require(DaemonProgram.program.manPages.first)
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(root)/man/\(page.file)"
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
        for example in DaemonProgram.program.examples {
            let words = example.line.split(separator: " ").map(String.init)
            #expect(words.first == "fluxd")
            #expect(throws: Never.self) { try DaemonProgram.program.parse(Array(words.dropFirst())) }
        }
    }

    @Test("a line that is wrong exits with 64, a key that is wrong with 78")
    func exitCodes() async {
        #expect(await runDaemon(["--nonsense"]) == 64)
        #expect(await runDaemon(["--set", "server.nonsense=1", "--check"]) == 78)
        #expect(await runDaemon(["--check"]) == 0)
    }
}
