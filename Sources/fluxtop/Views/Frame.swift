import Terminal
import TopModel

/// A screen while it is being drawn: the cells, and what every part of it asks for.
///
/// Parts draw inside the rectangle they are given. Text of peers goes through ``shown(_:)`` first.
struct Frame {
    var buffer: CellBuffer
    let model: TopModel
    let now: UInt64
    let symbols: Symbols

    init(_ model: TopModel, now: UInt64) {
        self.buffer = CellBuffer(size: model.size)
        self.model = model
        self.now = now
        self.symbols = Symbols(model.options.symbols)
    }

    /// A piece of a line.
    struct Run {
        var text: String
        var role: Role

        init(_ text: String, _ role: Role = .text) {
            self.text = text
            self.role = role
        }
    }

    /// Text from outside as this terminal may have it.
    func shown(_ text: String) -> String { self.symbols.showable(text) }

    func fitted(_ text: String, _ width: Int, _ alignment: Alignment = .leading) -> String {
        fit(text, width, alignment, ellipsis: self.symbols.ellipsis)
    }

    /// Writes text into `width` cells of one line, cut with an ellipsis where it does not fit.
    mutating func put(
        _ text: String,
        x: Int,
        y: Int,
        width: Int,
        _ role: Role = .text,
        _ alignment: Alignment = .leading
    ) {
        guard width > 0 else { return }
        self.buffer.draw(self.fitted(text, width, alignment), x: x, y: y, role)
    }

    /// Writes pieces one behind the other on the first line of `rect`.
    ///
    /// - Returns: The column after the last.
    @discardableResult
    mutating func put(_ runs: [Run], in rect: Rect) -> Int {
        guard rect.height > 0 else { return rect.x }
        var x = rect.x
        for run in runs where x < rect.maxX {
            let width = min(displayWidth(run.text), rect.maxX - x)
            self.put(run.text, x: x, y: rect.y, width: width, run.role)
            x += width
        }
        return x
    }

    /// Writes pieces with a gap between them, as long as whole ones have room; the first is cut if it must be.
    mutating func putWhole(_ runs: [Run], in rect: Rect) {
        var x = rect.x
        for (index, run) in runs.enumerated() {
            let width = displayWidth(run.text)
            if index > 0, x + width > rect.maxX { return }
            self.put(run.text, x: x, y: rect.y, width: min(width, rect.maxX - x), run.role)
            x += width + 3
        }
    }

    /// A bar of `width` cells of which `share` (0...1) is used.
    mutating func bar(_ share: Double, x: Int, y: Int, width: Int) {
        guard width > 0 else { return }
        let used = min(width, Int((min(max(share, 0), 1) * Double(width)).rounded()))
        self.buffer.fill(Rect(x: x, y: y, width: used, height: 1), self.symbols.used, .barUsed)
        self.buffer.fill(Rect(x: x + used, y: y, width: width - used, height: 1), self.symbols.free, .barFree)
    }

    /// Lines of at most `width` cells, broken between words; a longer word is cut.
    func flowed(_ text: String, width: Int) -> [String] {
        guard width > 0 else { return [] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if displayWidth(longer) <= width {
                line = longer
            } else {
                if !line.isEmpty { lines.append(line) }
                line = displayWidth(word) <= width ? String(word) : self.fitted(String(word), width)
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }
}

extension Rect {
    /// One line of it, from the top; nil below its end.
    func line(_ index: Int) -> Rect? {
        guard index >= 0, index < self.height else { return nil }
        return Rect(x: self.x, y: self.y + index, width: self.width, height: 1)
    }
}

extension String {
    var capitalizedFirst: String { self.prefix(1).uppercased() + self.dropFirst() }
}
