import Query
import Testing

@Suite("Patterns")
struct PatternTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var pattern: String
        var yes: [String]
        var no: [String]
        var testDescription: String { self.pattern }
    }

    static let cases = [
        Case(pattern: "tmp", yes: ["tmp", "a/tmp/b"], no: ["", "tm p", "TMP"]),
        Case(pattern: "^tmp", yes: ["tmp", "tmp-1"], no: ["a tmp"]),
        Case(pattern: "tmp$", yes: ["a tmp"], no: ["tmp "]),
        Case(pattern: "^$", yes: [""], no: ["a"]),
        Case(pattern: "", yes: ["", "anything"], no: []),
        Case(pattern: "a|b|", yes: ["", "x"], no: []),
        Case(pattern: "^(a|bc)d$", yes: ["ad", "bcd"], no: ["abcd", "d"]),
        Case(pattern: "^(?:ab)*c$", yes: ["c", "ababc"], no: ["abac"]),
        Case(pattern: "^a+b?$", yes: ["a", "aab"], no: ["b", "abb"]),
        Case(pattern: "^a{2,3}$", yes: ["aa", "aaa"], no: ["a", "aaaa"]),
        Case(pattern: "^a{2}$", yes: ["aa"], no: ["a", "aaa"]),
        Case(pattern: "^a{2,}$", yes: ["aa", "aaaaaa"], no: ["a"]),
        Case(pattern: "^(ab?){0,2}$", yes: ["", "aba", "abab"], no: ["ababa"]),
        Case(pattern: "^[a-c_]+$", yes: ["abc_"], no: ["abd", ""]),
        Case(pattern: "^[^/]+$", yes: ["plain"], no: ["a/b"]),
        Case(pattern: "^[]a-]+$", yes: ["]-a"], no: ["b"]),
        Case(pattern: "^[\\d\\-x]+$", yes: ["1-x"], no: ["y"]),
        Case(pattern: "^\\w+\\s\\D$", yes: ["käse x"], no: ["käse 1"]),
        Case(pattern: "\\bin\\b", yes: ["in", "log in now", "in."], no: ["inner", "within"]),
        Case(pattern: "^.$", yes: ["é", "😀", "\n"], no: ["", "ab"]),
        Case(pattern: "(?i)ÄRGER-x", yes: ["ärger-X"], no: ["arger-x"]),
        Case(pattern: "(?i)^[a-f]+$", yes: ["DEADbeef"], no: ["XYZ"]),
        Case(pattern: "(?i)^[^a-f]+$", yes: ["XYZ"], no: ["D"]),
        Case(pattern: "a.*?b", yes: ["a--b"], no: ["a--"]),
        Case(pattern: "\\$share/\\(x\\)", yes: ["$share/(x)"], no: ["share/x"]),
    ]

    @Test("matches what it says and nothing else", arguments: cases)
    func matches(_ example: Case) throws {
        let pattern = try Pattern(example.pattern)
        for text in example.yes { #expect(pattern.matches(text), "\(text)") }
        for text in example.no { #expect(!pattern.matches(text), "\(text)") }
    }

    @Test(
        "what is wrong is named with its place",
        arguments: [
            ("a(b", 1), ("ab)", 2), ("*a", 0), ("a**", 2), ("a{2", 1), ("a{3,2}", 1), ("a{999}", 2), ("[a", 0),
            ("[b-a]", 2),
            ("\\", 0), ("\\1", 0), ("(?=a)", 0), ("(?<n>a)", 0), ("é{", 2), ("[\\b]", 1),
        ] as [(String, Int)]
    )
    func refuses(_ text: String, _ offset: Int) {
        do throws(Pattern.Problem) {
            _ = try Pattern(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.offset == offset, "\(text): \(error.message)")
        }
    }

    @Test(
        "repetitions that multiply are refused, also those of nothing",
        arguments: ["((a{255}){255}){255}", "((((){255}){255}){255}){255}"]
    )
    func bounded(_ text: String) { #expect(throws: Pattern.Problem.self) { try Pattern(text) } }

    @Test("a set of many parts counts for more than one step")
    func sets() throws {
        let parts = String(String.UnicodeScalarView((0x4E00..<0x4E80).map { Unicode.Scalar($0)! }))
        #expect(try Pattern("^[\(parts)]{31}$").matches(String(repeating: "\u{4E7F}", count: 31)))
        #expect(throws: Pattern.Problem.self) { try Pattern("[\(parts)]{33}") }
    }

    @Test("a pattern looks at the first 512 characters, and $ is the real end only")
    func window() throws {
        let end = try Pattern("x$")
        #expect(end.matches(String(repeating: "é", count: 511) + "x"))
        #expect(!end.matches(String(repeating: "é", count: 512) + "x"))
        #expect(!end.matches(String(repeating: "x", count: 513)))
        #expect(try Pattern("^x+").matches(String(repeating: "x", count: 513)))
        #expect(try Pattern("x\\b").matches(String(repeating: "é", count: 511) + "x y"))
        #expect(try !Pattern("y").matches(String(repeating: "é", count: 512) + "y"))
    }

    @Test("groups cannot be nested without end")
    func nested() {
        let text = String(repeating: "(", count: 5_000) + String(repeating: ")", count: 5_000)
        #expect(throws: Pattern.Problem.self) { try Pattern(text) }
    }

    @Test(
        "patterns that make others explode take steps in proportion to the text",
        arguments: ["^(a+)+$", "^(a|a)*$", "^(a*)*b$", "(.*)(.*)(.*)x"]
    )
    func linear(_ text: String) throws {
        // With backtracking this would not end in anybody's lifetime.
        let pattern = try Pattern(text)
        #expect(!pattern.matches(String(repeating: "a", count: 4_000) + "!"))
    }
}
