import CommandSpec
import Glibc
import Testing

@testable import fluxctl

@Suite("Specification of fluxctl")
struct SpecificationTests {
    @Test("no short letter stands for two flags, and every help is a sentence")
    func problems() { #expect(controlProgram.problems.isEmpty) }

    /// `UPDATE_MAN=1` writes the pages instead.
    @Test("the manual pages in man/ are those of the specification", arguments: controlProgram.manPages.map(\.file))
    func manualPages(_ file: String) throws {
        let page = try #require(controlProgram.manPages.first { $0.file == file })
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(root)/man/\(file)"
        if getenv("UPDATE_MAN") != nil {
            let stream = try #require(fopen(path, "w"))
            fputs(page.text, stream)
            fclose(stream)
        }
        var input = try InputFile(path: path)
        let text = String(decoding: try input.readAll(), as: UTF8.self)
        #expect(text == page.text, "run the tests with UPDATE_MAN=1")
    }

    @Test("every example in help is a line that is understood")
    func examples() throws {
        for example in controlProgram.examples + controlProgram.commands.flatMap(\.examples) {
            let line = try #require(example.line.split(separator: "|").last)
            var words = line.split(separator: " ").map { String($0.filter { $0 != "'" }) }
            if let redirection = words.firstIndex(of: ">") { words.removeSubrange(redirection...) }
            #expect(words.first == "fluxctl")
            if line.contains("{payload") { continue }  // has a space within quotes
            #expect(throws: Never.self) { try controlProgram.parse(Array(words.dropFirst())) }
        }
    }
}
