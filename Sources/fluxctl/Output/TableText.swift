import Terminal

/// Rows under headings: two spaces between columns, numbers to the right.
struct TableText {
    /// Cells of a terminal's line; nil off a terminal, where nothing is cut.
    var width: Int?
    /// Whether headings are set off from the rows by being bold.
    var isColoured = false

    /// - Parameters:
    ///   - headers: nil for none.
    ///   - rows: Cells that have gone through ``safe(_:)``.
    func lines(headers: [String]?, rows: [[String]], rightAligned: [Bool]) -> [String] {
        var widths = headers.map { $0.map { displayWidth($0) } } ?? rightAligned.map { _ in 0 }
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], displayWidth(cell)) }
        }
        self.narrow(&widths, headers, rightAligned)
        var lines: [String] = []
        lines.reserveCapacity(rows.count + 1)
        if let headers {
            let line = self.line(headers, widths, rightAligned)
            lines.append(self.isColoured ? "\u{1B}[1m\(line)\u{1B}[0m" : line)
        }
        for row in rows { lines.append(self.line(row, widths, rightAligned)) }
        return lines
    }

    private func line(_ cells: [String], _ widths: [Int], _ rightAligned: [Bool]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { line += "  " }
            line += fit(cell, widths[index], rightAligned[index] ? .trailing : .leading)
        }
        // Nothing to the right of the last text.
        while line.last == " " { line.removeLast() }
        return line
    }

    /// Takes what is too much from the widest text column, again and again: numbers are never cut, a text to 8 cells at the least.
    private func narrow(_ widths: inout [Int], _ headers: [String]?, _ rightAligned: [Bool]) {
        guard let width else { return }
        var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
        while excess > 0 {
            let texts = widths.indices.filter { !rightAligned[$0] && widths[$0] > Self.leastWidth }
            guard let widest = texts.max(by: { widths[$0] < widths[$1] }) else { return }
            let next = texts.filter { $0 != widest }.map { widths[$0] }.max() ?? Self.leastWidth
            let step = min(excess, max(1, widths[widest] - max(next, Self.leastWidth)))
            widths[widest] -= step
            excess -= step
        }
    }

    private static let leastWidth = 8
}
