/// How many cells text takes on a terminal.
///
/// Terminals place scalar by scalar: one with a width begins a cell or two, one without joins the cell before. So the width of a
/// text is the sum over its scalars, and what a font joins (flags, families) has the width of its parts.
package struct DisplayWidth: Equatable, Sendable {
    /// Whether characters of ambiguous width (`…`, `▲`, Greek) take two cells, as East Asian terminals may be set to.
    package let isAmbiguousWide: Bool

    package init(isAmbiguousWide: Bool = false) { self.isAmbiguousWide = isAmbiguousWide }

    /// 0 for marks that combine and for controls, 2 for East Asian wide characters and emoji, else 1.
    package func of(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x7F { return value < 0x20 ? 0 : 1 }
        if value < 0xA0 { return 0 }
        if value >= 0x300, Self.isZeroWidth(scalar) { return 0 }
        if value >= 0x1100, WidthTables.contains(WidthTables.wide, value) { return 2 }
        return self.isAmbiguousWide && WidthTables.contains(WidthTables.ambiguous, value) ? 2 : 1
    }

    package func of(_ text: some StringProtocol) -> Int {
        var width = 0
        for scalar in text.unicodeScalars { width += self.of(scalar) }
        return width
    }

    private static func isZeroWidth(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1160...0x11FF, 0xD7B0...0xD7FF: return true  // Hangul vowels and finals join the consonant before them
        case 0x2500...0x28FF: return false  // frames, blocks, braille: most of what is drawn
        default: break
        }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator, .control: return true
        default: return properties.isDefaultIgnorableCodePoint
        }
    }
}

/// The width of text in cells, where ambiguous characters take one.
package func displayWidth(_ text: some StringProtocol) -> Int { DisplayWidth().of(text) }

/// Where text stands in a column.
package enum Alignment: Sendable {
    case leading, trailing
}

/// The text in exactly `width` cells: filled up with spaces, or cut so that `ellipsis` is its last cell.
///
/// The text is expected to have gone through ``safe(_:)``. A wide character that would stand across the edge is left out.
package func fit(_ text: String, _ width: Int, _ alignment: Alignment = .leading, ellipsis: Character = "…") -> String {
    guard width > 0 else { return "" }
    let measure = DisplayWidth()
    let whole = measure.of(text)
    if whole > width { return cut(text, to: width - 1) + String(ellipsis) }
    let blank = String(repeating: " ", count: width - whole)
    return alignment == .leading ? text + blank : blank + text

    /// The start of the text that fits, and a space where half a wide character would.
    func cut(_ text: String, to room: Int) -> String {
        var result = ""
        var used = 0
        for scalar in text.unicodeScalars {
            let width = measure.of(scalar)
            if used + width > room { break }
            result.unicodeScalars.append(scalar)
            used += width
        }
        return result + String(repeating: " ", count: room - used)
    }
}
