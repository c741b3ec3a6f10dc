import Configuration
import Testing

@Suite("YAML documents")
struct YAMLParserTests {
    @Test("every node knows its line and column")
    func positions() throws {
        let node = try #require(
            try YAMLParser.parse(Array("# a comment\nserver:\n  ports: [1, \"2\"]\n".utf8), file: "f")
        )
        guard case .mapping(let top) = node.content, case .mapping(let server) = top[0].value.content,
            case .sequence(let ports) = server[0].value.content
        else {
            Issue.record("not the shape that was written")
            return
        }
        #expect(top[0].keyPosition == YAMLPosition(line: 2, column: 1))
        #expect(server[0].keyPosition == YAMLPosition(line: 3, column: 3))
        #expect(
            ports == [
                YAMLNode(.scalar("1", .plain), at: YAMLPosition(line: 3, column: 11)),
                YAMLNode(.scalar("2", .quoted), at: YAMLPosition(line: 3, column: 14)),
            ]
        )
    }

    @Test(
        "a text without a value is no document",
        arguments: ["", "\n", "# only this\n", "---\n", "---\n---\n...\n", "~\n"]
    )
    func empty(text: String) throws {
        #expect(try YAMLParser.parse(Array(text.utf8), file: "f") == nil)
    }

    @Test("empty documents around the one that counts are tolerated")
    func emptyDocuments() throws {
        #expect(try YAMLParser.parse(Array("---\n# nothing\n---\na: 1\n---\n# nothing\n".utf8), file: "f") != nil)
    }

    @Test(
        "what is not one plain document is refused where it stands",
        arguments: [
            ("a: 1\n---\nb: 2\n", "f:2:1: configuration must be a single YAML document; a second one starts here"),
            ("a: 1\nb: 2\na: 3\n", "f:3:1: key 'a' is written twice, first on line 1"),
            ("s:\n  t:\n    a: 1\n    a: 3\n", "f:4:5: key 'a' is written twice in s.t, first on line 3"),
            ("a: &x 1\n", "f:1:4: anchors are not supported; write the value out where it is used"),
            ("a: *x\n", "f:1:4: aliases are not supported; write the value out"),
            ("a: !!int 1\n", "f:1:4: tags are not supported; the key says what type its value has"),
            ("a:\n\tb: 1\n", "f:2:1: a tab cannot indent YAML; use spaces"),
            ("? [a]\n: b\n", "f:1:3: a key must be a plain word"),
            (
                "a: [1\n",
                "f:2:1: not YAML: did not find expected ',' or ']' while parsing a flow sequence that starts on line 1"
            ),
        ]
    )
    func refused(text: String, message: String) {
        #expect { try YAMLParser.parse(Array(text.utf8), file: "f") } throws: { "\($0)" == message }
    }

    @Test("bytes that are not text are refused with line and column")
    func notText() {
        #expect { try YAMLParser.parse(Array("a: 1\nb: ".utf8) + [0xFF, 0x0A], file: "f") } throws: {
            "\($0)".hasPrefix("f:2:4: not YAML: ")
        }
    }

    @Test("nesting is bounded")
    func depth() {
        let text = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect { try YAMLParser.parse(Array(text.utf8), file: "f") } throws: {
            "\($0)" == "f:1:34: nested deeper than 32 levels"
        }
    }

    @Test("a document cut at any byte neither crashes nor hangs")
    func cut() {
        let text = Array("a: {b: [1, \"x\"], c: |\n   block\n}\n---\n...\n".utf8)
        for length in text.indices { _ = try? YAMLParser.parse(Array(text[..<length]), file: "f") }
    }
}
