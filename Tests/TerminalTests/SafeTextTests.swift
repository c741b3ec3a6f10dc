import Terminal
import Testing

@Suite("Text for a terminal")
struct SafeTextTests {
    @Test(
        "no control or reordering character gets through",
        arguments: [
            ("\u{1B}]52;c;x\u{7}", "\\x1b]52;c;x\\x07"), ("a\u{202E}b", "a\\u202eb"), ("\u{9B}1m", "\\x9b1m"),
            ("naïve ✓", "naïve ✓"),
            ("a\nb\u{7F}", "a\\x0ab\\x7f"), ("\u{200B}", "\\u200b"), ("\u{E0001}", "\\ue0001"),
            ("\r\n", "\\x0d\\x0a"), ("\u{2028}\u{2029}", "\\u2028\\u2029"), ("\u{2066}x\u{2069}", "\\u2066x\\u2069"),
            ("👩\u{200D}👩", "👩\\u200d👩"), ("❤\u{FE0F}", "❤\\ufe0f"), ("👍🏽", "👍\\u1f3fd"), ("\u{AD}", "\\xad"),
            ("日本", "日本"), ("🇩🇪", "🇩🇪"), ("\u{61C}\u{115F}\u{3164}", "\\u061c\\u115f\\u3164"),
        ]
    )
    func escapes(_ text: String, _ expected: String) { #expect(safe(text) == expected) }

    @Test("a mark needs something to stand on, and four fit there")
    func marks() {
        #expect(safe("\u{301}a") == "\\u0301a")
        #expect(safe("e\u{301}") == "e\u{301}")
        #expect(safe("\u{1B}\u{301}") == "\\x1b\\u0301")
        let pile = "e" + String(repeating: "\u{301}", count: 6)
        #expect(safe(pile) == "e\u{301}\u{301}\u{301}\u{301}\\u0301\\u0301")
    }

    @Test("invalid UTF-8 is a replacement character, and no byte of it reaches the terminal")
    func invalid() {
        #expect(safe(String(decoding: [0x61, 0xFF, 0x9B, 0x33] as [UInt8], as: UTF8.self)) == "a\u{FFFD}\u{FFFD}3")
    }

    @Test("nothing that a terminal obeys is left, and a second pass changes nothing", arguments: 0..<200)
    func random(_ seed: Int) {
        var scramble = Scramble(seed)
        let text = safe(String(String.UnicodeScalarView((0..<60).map { _ in scramble.scalar() })))
        #expect(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        #expect(!text.unicodeScalars.contains { (0x80...0x9F).contains($0.value) || $0.properties.isBidiControl })
        #expect(safe(text) == text)
    }
}
