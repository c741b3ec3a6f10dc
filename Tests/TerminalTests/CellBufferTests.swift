import Terminal
import Testing

@Suite("Cell buffer")
struct CellBufferTests {
    @Test("text is cut at every edge")
    func clipping() {
        var screen = CellBuffer(width: 5, height: 2)
        screen.draw("abcdef", x: 2, y: 0)
        screen.draw("abcdef", x: -2, y: 1)
        screen.draw("never", x: 0, y: 2)
        screen.draw("never", x: 0, y: -1)
        #expect(screen.text == ["  abc", "cdef"])
    }

    @Test("a limit cuts as the edge does, and the column after the text comes back")
    func limits() {
        var screen = CellBuffer(width: 10, height: 1)
        #expect(screen.draw("abcdef", x: 1, y: 0, .strong, limit: 3) == 4)
        #expect(screen.text == [" abc"])
        #expect(screen.roles == [".sss......"])
        screen.draw("xy", maxX: 10, y: 0)
        #expect(screen.text == [" abc    xy"])
    }

    @Test("a wide character has two cells, and half of one is a blank")
    func wide() {
        var screen = CellBuffer(width: 5, height: 1)
        screen.draw("a日b", x: 0, y: 0)
        #expect(screen.text == ["a日b"])
        #expect((0..<5).map { screen[$0, 0].width } == [1, 2, 0, 1, 1])
        screen.draw("x", x: 2, y: 0)
        #expect(screen.text == ["a xb"])
        screen.draw("日", x: 4, y: 0)
        #expect(screen.text == ["a xb"])
        screen.draw("日", x: 0, y: 0)
        screen.draw("y", x: 0, y: 0)
        #expect(screen.text == ["y xb"])
    }

    @Test("marks join the character before them, and four are kept")
    func marks() {
        var screen = CellBuffer(width: 3, height: 1)
        screen.draw("\u{301}e\u{301}x", x: 0, y: 0)
        #expect(screen[0, 0].text == "e\u{301}")
        #expect(screen[1, 0].text == "x")
        screen.draw("e" + String(repeating: "\u{301}", count: 9), x: 0, y: 0)
        #expect(screen[0, 0].text.unicodeScalars.count == 5)
    }

    @Test("controls that were not made safe are not drawn")
    func controls() {
        var screen = CellBuffer(width: 8, height: 1)
        screen.draw("a\u{1B}[31m\nb", x: 0, y: 0)
        #expect(screen.text == ["a[31mb"])
    }

    @Test("a box has a frame, a title and an empty inside")
    func boxes() {
        var screen = CellBuffer(width: 12, height: 3)
        screen.fill(Rect(x: 0, y: 0, width: 12, height: 3), "x")
        screen.box(Rect(x: 1, y: 0, width: 10, height: 3), title: "Kick", Symbols(.block))
        #expect(screen.text == ["x┌ Kick ──┐x", "x│        │x", "x└────────┘x"])
        screen.box(Rect(x: 1, y: 0, width: 10, height: 3), title: "far too long", Symbols(.ascii), .crit)
        #expect(screen.text[0] == "x+ far t~ +x")
        #expect(screen.roles[1] == ".C........C.")
    }

    @Test("painting changes roles only, and only inside")
    func painting() {
        var screen = CellBuffer(width: 4, height: 2)
        screen.draw("abcd", x: 0, y: 0)
        screen.paint(Rect(x: -1, y: 0, width: 3, height: 9), .sel)
        #expect(screen.text == ["abcd", ""])
        #expect(screen.roles == ["SS..", "SS.."])
    }

    @Test("a buffer drawn over another hides what was there")
    func overlay() {
        var screen = CellBuffer(width: 6, height: 1)
        screen.draw("abcdef", x: 0, y: 0)
        var dialog = CellBuffer(width: 3, height: 2)
        dialog.draw("日x", x: 0, y: 0, .warn)
        screen.draw(dialog, x: 2, y: 0)
        #expect(screen.text == ["ab日xf"])
        #expect(screen.roles == ["..www."])
        screen.draw(dialog, x: -1, y: 0)
        #expect(screen.text == [" x日xf"])
    }

    @Test("no sequence of drawings breaks the pairing of halves or leaves the screen", arguments: 0..<100)
    func random(_ seed: Int) {
        var scramble = Scramble(seed)
        var screen = CellBuffer(width: Int(scramble.next(12)), height: Int(scramble.next(4)))
        for _ in 0..<60 {
            let x = Int(scramble.next(16)) - 3
            let y = Int(scramble.next(6)) - 1
            let text = String(String.UnicodeScalarView((0..<scramble.next(6)).map { _ in scramble.scalar() }))
            switch scramble.next(4) {
            case 0:
                screen.box(
                    Rect(x: x, y: y, width: Int(scramble.next(9)), height: Int(scramble.next(5))),
                    title: text,
                    Symbols(.block)
                )
            case 1: screen.fill(Rect(x: x, y: y, width: Int(scramble.next(9)), height: 1), "日")
            default: screen.draw(text, x: x, y: y)
            }
            for row in 0..<screen.height {
                for column in 0..<screen.width {
                    let cell = screen[column, row]
                    let next = column + 1 < screen.width ? screen[column + 1, row].width : 1
                    #expect((cell.width == 2) == (next == 0))
                    #expect(cell.text.isEmpty == (cell.width == 0))
                }
                if screen.width > 0 { #expect(screen[0, row].width != 0) }
            }
        }
    }
}
