import Terminal
import Testing

@Suite("Display width")
struct WidthTests {
    @Test(
        "cells are those that terminals use",
        arguments: [
            ("", 0), ("abc", 3), ("naïve", 5), ("nai\u{308}ve", 5), ("日本", 4), ("ｱ", 1), ("Ａ", 2), ("🙂", 2), ("각", 2),
            ("\u{1100}\u{1161}\u{11A8}", 2), ("…▲●▼→", 5), ("⣀⣶█▁░", 5), ("─│┌", 3), ("α", 1), ("\u{200B}\u{200D}", 0),
            ("\u{1B}", 0), ("\u{9B}", 0), ("🇩🇪", 4), ("\u{E000}", 1), ("\u{20000}", 2),
        ]
    )
    func widths(_ text: String, _ width: Int) { #expect(displayWidth(text) == width) }

    @Test("ambiguous characters follow the terminal's setting and nothing else does")
    func ambiguous() {
        let wide = DisplayWidth(isAmbiguousWide: true)
        #expect(wide.of("…▲α") == 6)
        #expect(wide.of("abc日") == 5)
    }

    @Test("a column is exactly as wide as asked, whatever stands in it", arguments: 0..<200)
    func fitting(_ seed: Int) {
        var random = Scramble(seed)
        let text = String(String.UnicodeScalarView((0..<random.next(40)).map { _ in random.scalar() }))
        for width in [0, 1, 2, 3, 7, 20, 80] {
            for alignment in [Alignment.leading, .trailing] {
                let fitted = fit(safe(text), width, alignment)
                #expect(displayWidth(fitted) == width, "\(Array(text.unicodeScalars)) in \(width)")
            }
        }
    }

    @Test(
        "what does not fit ends in an ellipsis, and half a wide character in a space",
        arguments: [
            ("orders", 6, "orders"), ("orders", 5, "orde…"), ("orders", 1, "…"), ("orders", 8, "orders  "),
            ("日本語", 4, "日 …"),
            ("日本語", 5, "日本…"), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ]
    )
    func cutting(_ text: String, _ width: Int, _ expected: String) { #expect(fit(text, width) == expected) }

    @Test("numbers stand at the right, and ASCII terminals get another ellipsis")
    func variants() {
        #expect(fit("17", 4, .trailing) == "  17")
        #expect(fit("orders", 4, ellipsis: "~") == "ord~")
    }
}

/// Scalars of every sort, the same ones for the same seed.
struct Scramble {
    private var state: UInt64

    init(_ seed: Int) { self.state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next(_ bound: UInt32) -> UInt32 {
        self.state ^= self.state << 13
        self.state ^= self.state >> 7
        self.state ^= self.state << 17
        return UInt32(truncatingIfNeeded: self.state >> 33) % bound
    }

    mutating func scalar() -> Unicode.Scalar {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x00...0xFF, 0x300...0x36F, 0x1100...0x11FF, 0x2000...0x2070, 0x2500...0x28FF, 0x4E00...0x4EFF,
            0xFE00...0xFE0F, 0x1F300...0x1F6FF, 0xE0000...0xE01FF, 0x0...0x10FFFF,
        ]
        let range = ranges[Int(self.next(UInt32(ranges.count)))]
        return Unicode.Scalar(range.lowerBound + self.next(UInt32(range.count))) ?? "?"
    }
}
