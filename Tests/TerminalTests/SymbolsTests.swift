import Terminal
import Testing

@Suite("Symbols and graphs")
struct SymbolsTests {
    @Test("every symbol of every set takes one cell, and those of ascii are ASCII", arguments: SymbolSet.allCases)
    func oneCell(_ set: SymbolSet) {
        let symbols = Symbols(set)
        let all: [Character] = [
            symbols.ellipsis, symbols.horizontal, symbols.vertical, symbols.topLeft, symbols.topRight,
            symbols.bottomLeft,
            symbols.bottomRight, symbols.up, symbols.down, symbols.into, symbols.full,
            symbols.empty, symbols.used, symbols.free,
        ]
        for symbol in all { #expect(displayWidth(String(symbol)) == 1 && (set != .ascii || symbol.isASCII)) }
    }

    @Test("a sparkline tells unknown, zero and little apart")
    func sparklines() {
        let values: [Double?] = [nil, 0, 0.001, 4, 8]
        #expect(Symbols(.block).sparkline(values, width: 5) == " ▁▂▅█")
        #expect(Symbols(.ascii).sparkline(values, width: 5) == " .:=#")
        #expect(Symbols(.braille).sparkline([0] + values, width: 3) == "⡀⣠⣾")
    }

    @Test("the newest value is at the right edge, and older ones fall off the left")
    func edges() {
        #expect(Symbols(.block).sparkline([8], width: 4) == "   █")
        #expect(Symbols(.block).sparkline([1, 2, 3, 4], width: 2, peak: 4) == "▇█")
        #expect(Symbols(.braille).sparkline([4], width: 2) == " ⢸")
        #expect(Symbols(.block).sparkline([], width: 3) == "   ")
        #expect(Symbols(.block).sparkline([1], width: 0).isEmpty)
    }

    @Test("a higher graph has finer steps, the lowest row full before the next begins")
    func graphs() {
        #expect(Symbols(.block).graph([0, 7, 16], width: 3, height: 2) == ["  █", "▁██"])
        #expect(Symbols(.ascii).graph([0, 14], width: 2, height: 2, peak: 14) == [" #", ".#"])
    }

    @Test("values above the peak, infinite ones and a peak of zero stay in the graph")
    func extremes() {
        #expect(Symbols(.block).sparkline([9, .infinity, .nan, -1], width: 4, peak: 3) == "█  ▁")
        #expect(Symbols(.block).sparkline([0, 0], width: 2) == "▁▁")
        #expect(Symbols(.block).sparkline([.greatestFiniteMagnitude], width: 1, peak: .leastNonzeroMagnitude) == "█")
    }

    @Test("condensing keeps peaks and the newest values' place")
    func condensing() {
        #expect(condensed([1, 9, 2, 3, nil], to: 3) == [1, 9, 3])
        #expect(condensed([1, 2], to: 3) == [1, 2])
        #expect(condensed([1, 2], to: 0) == [])
        #expect(condensed([nil, nil, 1, nil], to: 2) == [nil, 1])
    }

    @Test("ascii is chosen where other characters do not show or are too wide")
    func suited() {
        #expect(SymbolSet.suited(term: "xterm-256color", isUTF8: true, isAmbiguousWide: false) == .block)
        #expect(SymbolSet.suited(term: "xterm-256color", isUTF8: false, isAmbiguousWide: false) == .ascii)
        #expect(SymbolSet.suited(term: "xterm-256color", isUTF8: true, isAmbiguousWide: true) == .ascii)
        #expect(SymbolSet.suited(term: "linux", isUTF8: true, isAmbiguousWide: false) == .ascii)
    }

    @Test("text that an ASCII terminal cannot show becomes escapes there")
    func showable() {
        #expect(Symbols(.ascii).showable("naïve\u{1B}") == "na\\u00efve\\x1b")
        #expect(Symbols(.block).showable("naïve\u{1B}") == "naïve\\x1b")
    }
}
