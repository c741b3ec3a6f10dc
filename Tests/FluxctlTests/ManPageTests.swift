import CommandSpec
import Glibc
import Testing

@testable import fluxctl

/// Words as a shell finds them in a line with single quotes.
private func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
        if character == "'" {
            isQuoted.toggle()
        } else if character == " ", !isQuoted {
            words.append(word)
            word = ""
        } else {
            word.append(character)
        }
    }
    return words + [word]
}

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
        for example in controlProgram.examples + controlProgram.everyCommand.flatMap(\.examples) {
            var words = shellWords(example.line)
            if let pipe = words.lastIndex(of: "|") { words.removeSubrange(...pipe) }
            if let redirection = words.firstIndex(of: ">") { words.removeSubrange(redirection...) }
            #expect(words.first == "fluxctl")
            #expect(throws: Never.self, "\(example.line)") { try controlProgram.parse(Array(words.dropFirst())) }
        }
    }
}
