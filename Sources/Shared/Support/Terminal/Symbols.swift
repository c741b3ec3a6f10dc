/// Which characters frames, graphs and marks are drawn with.
package enum SymbolSet: String, CaseIterable, Sendable {
    case braille, block, ascii

    /// What suits the terminal when the user did not say: `block`, and `ascii` where other characters would not show or would
    /// not have the width that the layout gives them.
    ///
    /// - Parameters:
    ///   - isUTF8: Whether the locale's character set is UTF-8.
    ///   - isAmbiguousWide: Whether the locale gives characters of ambiguous width two cells.
    package static func suited(term: String, isUTF8: Bool, isAmbiguousWide: Bool) -> SymbolSet {
        !isUTF8 || isAmbiguousWide || term == "linux" || term == "dumb" ? .ascii : .block
    }
}

/// The characters of one ``SymbolSet``. Every one takes one cell.
package struct Symbols: Equatable, Sendable {
    package let set: SymbolSet

    package init(_ set: SymbolSet) { self.set = set }

    private var isASCII: Bool { self.set == .ascii }

    package var ellipsis: Character { self.isASCII ? "~" : "…" }
    package var horizontal: Character { self.isASCII ? "-" : "─" }
    package var vertical: Character { self.isASCII ? "|" : "│" }
    package var topLeft: Character { self.isASCII ? "+" : "┌" }
    package var topRight: Character { self.isASCII ? "+" : "┐" }
    package var bottomLeft: Character { self.isASCII ? "+" : "└" }
    package var bottomRight: Character { self.isASCII ? "+" : "┘" }
    package var up: Character { self.isASCII ? "^" : "▲" }
    package var down: Character { self.isASCII ? "v" : "▼" }
    package var into: Character { self.isASCII ? ">" : "›" }
    /// Connected, and not: the header's mark.
    package var full: Character { self.isASCII ? "*" : "●" }
    package var empty: Character { self.isASCII ? "o" : "○" }

    /// Parts of a bar: taken, and left.
    package var used: Character { self.isASCII ? "#" : "█" }
    package var free: Character { self.isASCII ? "." : "░" }

    /// Text as `ascii` can show it, else as it is: other characters become escapes.
    package func showable(_ text: String) -> String {
        let text = safe(text)
        if !self.isASCII || text.utf8.allSatisfy({ $0 < 0x7F }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            result += scalar.isASCII ? String(scalar) : "\\u" + hexadecimal(scalar.value, width: 4)
        }
        return result
    }

    // MARK: Graphs

    /// Points that one cell of a graph shows side by side.
    package var pointsPerCell: Int { self.set == .braille ? 2 : 1 }

    /// Heights that one cell tells apart, without the empty one.
    private var levels: Int {
        switch self.set {
        case .braille: 4
        case .block: 8
        case .ascii: 7
        }
    }

    /// One row of ``graph(_:width:height:peak:)``.
    package func sparkline(_ values: [Double?], width: Int, peak: Double? = nil) -> String {
        self.graph(values, width: width, height: 1, peak: peak).first ?? ""
    }

    /// Values as filled columns, the newest at the right edge; older ones than there is room for are left out.
    ///
    /// Unknown values are empty, zero is the lowest mark, everything above zero is above that.
    ///
    /// - Parameter peak: The value of a full column; the greatest of those shown if nil.
    /// - Returns: `height` rows of `width` cells, the upper one first.
    package func graph(_ values: [Double?], width: Int, height: Int, peak: Double? = nil) -> [String] {
        guard width > 0, height > 0 else { return [] }
        let room = width * self.pointsPerCell
        let shown = Array(values.suffix(room))
        let top = peak ?? shown.reduce(0) { max($0, $1 ?? 0) }
        let steps = self.levels * height
        let columns = Array(repeating: 0, count: room - shown.count) + shown.map { level($0, top: top, steps: steps) }
        return (0..<height).map { row in
            let below = (height - 1 - row) * self.levels
            let parts = columns.map { min(max($0 - below, 0), self.levels) }
            return String(
                stride(from: 0, to: room, by: self.pointsPerCell).map { index in
                    self.glyph(parts[index], parts[index + self.pointsPerCell - 1])
                }
            )
        }
    }

    /// A cell with columns of these heights; only braille has a right one.
    private func glyph(_ left: Int, _ right: Int) -> Character {
        switch self.set {
        case .braille:
            // Dots from below: 7, 3, 2, 1 and 8, 6, 5, 4. Source: Unicode, Braille Patterns.
            let leftDots: [UInt32] = [0, 0x40, 0x44, 0x46, 0x47]
            let rightDots: [UInt32] = [0, 0x80, 0xA0, 0xB0, 0xB8]
            let dots = leftDots[left] | rightDots[right]
            return dots == 0 ? " " : Unicode.Scalar(0x2800 + dots).map(Character.init) ?? " "
        case .block: return Array(" ▁▂▃▄▅▆▇█")[left]
        case .ascii: return Array(" .:-=+*#")[left]
        }
    }
}

/// 0 for unknown, 1 for zero, then in even steps up to `steps` for `top` and what is above it.
private func level(_ value: Double?, top: Double, steps: Int) -> Int {
    guard let value, value.isFinite else { return 0 }
    if value <= 0 || top <= 0 { return 1 }
    let share = (value / top * Double(steps - 1)).rounded(.up)
    return min(steps, max(2, 1 + Int(min(share, Double(steps)))))
}

/// As many values as a graph has points, each the greatest of equally many neighbours; the newest stay at the end.
package func condensed(_ values: [Double?], to points: Int) -> [Double?] {
    guard points > 0, values.count > points else { return points > 0 ? values : [] }
    let size = (values.count + points - 1) / points
    let first = values.count % size
    var result: [Double?] = []
    var start = 0
    var end = first == 0 ? size : first
    while start < values.count {
        result.append(values[start..<end].compactMap { $0 }.max())
        (start, end) = (end, end + size)
    }
    return result
}
