/// One place on the screen.
package struct Cell: Equatable, Sendable {
    /// A character with the marks that combine with it; empty in the right half of a wide character.
    package let text: String
    package var role: Role
    /// Cells that it takes: 1, 2, or 0 for the right half of a wide one.
    package let width: UInt8

    package static let blank = Cell(text: " ", role: .text, width: 1)
}

/// Where on the screen: cells from the top left corner, which is (0, 0).
package struct Rect: Equatable, Sendable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = max(0, width)
        self.height = max(0, height)
    }

    package var maxX: Int { self.x + self.width }
    package var maxY: Int { self.y + self.height }
}

/// Columns and rows of a terminal.
package struct ScreenSize: Equatable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
    }
}

/// A screen in memory: what views fill, tests compare, and a terminal is brought to show.
///
/// Whatever is drawn outside is left out. Text is expected to have gone through ``safe(_:)``; controls in it are left out too.
package struct CellBuffer: Equatable, Sendable {
    package let size: ScreenSize
    private var cells: [Cell]
    private let measure: DisplayWidth

    package init(size: ScreenSize) {
        self.size = size
        self.cells = Array(repeating: .blank, count: size.width * size.height)
        self.measure = DisplayWidth()
    }

    package init(width: Int, height: Int) { self.init(size: ScreenSize(width: width, height: height)) }

    package var width: Int { self.size.width }
    package var height: Int { self.size.height }

    package subscript(x: Int, y: Int) -> Cell { self.cells[y * self.width + x] }

    /// Writes text to the right of (x, y), in `limit` cells at most.
    ///
    /// - Returns: The column after the text, as if nothing had been cut off at the screen's edge.
    @discardableResult
    package mutating func draw(
        _ text: some StringProtocol,
        x: Int,
        y: Int,
        _ role: Role = .text,
        limit: Int = .max
    ) -> Int {
        var column = x
        var last: Int?  // where a mark goes
        let end = limit < Int.max - abs(x) ? x + limit : Int.max
        for scalar in text.unicodeScalars {
            let width = self.measure.of(scalar)
            if width == 0 {
                if let last, isMark(scalar) { self.combine(scalar, at: last) }
                continue
            }
            if column + width > end { break }
            last = self.place(String(scalar), width: width, x: column, y: y, role)
            column += width
        }
        return column
    }

    /// Writes text that ends before column `maxX`.
    package mutating func draw(_ text: some StringProtocol, maxX: Int, y: Int, _ role: Role = .text) {
        self.draw(text, x: maxX - self.measure.of(text), y: y, role)
    }

    package mutating func fill(_ rect: Rect, _ character: Character = " ", _ role: Role = .text) {
        let line = String(repeating: character, count: self.clipped(rect).width)
        for y in self.clipped(rect).rows { self.draw(line, x: max(0, rect.x), y: y, role) }
    }

    /// Changes the role of what stands there, and leaves the text.
    package mutating func paint(_ rect: Rect, _ role: Role) {
        let inside = self.clipped(rect)
        for y in inside.rows {
            for x in inside.columns { self.cells[y * self.width + x].role = role }
        }
    }

    package mutating func horizontalLine(x: Int, y: Int, width: Int, _ symbols: Symbols, _ role: Role = .dim) {
        self.fill(Rect(x: x, y: y, width: width, height: 1), symbols.horizontal, role)
    }

    package mutating func verticalLine(x: Int, y: Int, height: Int, _ symbols: Symbols, _ role: Role = .dim) {
        self.fill(Rect(x: x, y: y, width: 1, height: height), symbols.vertical, role)
    }

    /// A frame with an empty inside, and a title in its upper edge.
    package mutating func box(_ rect: Rect, title: String = "", _ symbols: Symbols, _ role: Role = .text) {
        guard rect.width >= 2, rect.height >= 2 else { return }
        self.fill(rect)
        self.horizontalLine(x: rect.x, y: rect.y, width: rect.width, symbols, role)
        self.horizontalLine(x: rect.x, y: rect.maxY - 1, width: rect.width, symbols, role)
        self.verticalLine(x: rect.x, y: rect.y, height: rect.height, symbols, role)
        self.verticalLine(x: rect.maxX - 1, y: rect.y, height: rect.height, symbols, role)
        self.draw(String(symbols.topLeft), x: rect.x, y: rect.y, role)
        self.draw(String(symbols.topRight), x: rect.maxX - 1, y: rect.y, role)
        self.draw(String(symbols.bottomLeft), x: rect.x, y: rect.maxY - 1, role)
        self.draw(String(symbols.bottomRight), x: rect.maxX - 1, y: rect.maxY - 1, role)
        if !title.isEmpty, rect.width >= 5 {
            let room = min(displayWidth(title), rect.width - 4)
            self.draw(" \(fit(title, room, ellipsis: symbols.ellipsis)) ", x: rect.x + 1, y: rect.y, role)
        }
    }

    /// Copies another buffer's cells over these, its corner at (x, y).
    package mutating func draw(_ other: CellBuffer, x: Int, y: Int) {
        for row in 0..<other.height {
            for column in 0..<other.width where other[column, row].width > 0 {
                let cell = other[column, row]
                self.place(cell.text, width: Int(cell.width), x: x + column, y: y + row, cell.role)
            }
        }
    }

    /// The rows as strings without spaces at their ends, for golden files and terminals that only print.
    package var text: [String] {
        (0..<self.height).map { y in
            var line = ""
            for x in 0..<self.width { line += self[x, y].text }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Whether a row looks the same in both; they have the same size.
    package func isRow(_ y: Int, equalTo other: CellBuffer) -> Bool {
        let row = (y * self.width)..<((y + 1) * self.width)
        return self.cells[row] == other.cells[row]
    }

    /// One letter a cell, as ``Role/letter`` says.
    package var roles: [String] {
        (0..<self.height).map { y in String((0..<self.width).map { x in self[x, y].role.letter }) }
    }

    /// - Returns: The index of the cell; nil if it is not on the screen, or only half of it would be.
    @discardableResult
    private mutating func place(_ text: String, width: Int, x: Int, y: Int, _ role: Role) -> Int? {
        guard y >= 0, y < self.height, x > -width, x < self.width, self.width > 0 else { return nil }
        guard x >= 0, x + width <= self.width else {
            let half = max(0, x)
            self.release(x: half, y: y)
            self.cells[y * self.width + half] = Cell(text: " ", role: role, width: 1)
            return nil
        }
        for column in x..<(x + width) { self.release(x: column, y: y) }
        let index = y * self.width + x
        self.cells[index] = Cell(text: text, role: role, width: UInt8(width))
        if width == 2 { self.cells[index + 1] = Cell(text: "", role: role, width: 0) }
        return index
    }

    /// Blanks the other half of a wide character of which one half is about to go.
    private mutating func release(x: Int, y: Int) {
        let index = y * self.width + x
        switch self.cells[index].width {
        case 0: self.cells[index - 1] = Cell(text: " ", role: self.cells[index - 1].role, width: 1)
        case 2: self.cells[index + 1] = Cell(text: " ", role: self.cells[index].role, width: 1)
        default: return
        }
        self.cells[index] = Cell(text: " ", role: self.cells[index].role, width: 1)
    }

    private mutating func combine(_ mark: Unicode.Scalar, at index: Int) {
        let cell = self.cells[index]
        guard cell.text.unicodeScalars.count <= marksPerCharacter else { return }
        var text = cell.text
        text.unicodeScalars.append(mark)
        self.cells[index] = Cell(text: text, role: cell.role, width: cell.width)
    }

    private func clipped(_ rect: Rect) -> Rect {
        let x = max(0, rect.x)
        let y = max(0, rect.y)
        return Rect(x: x, y: y, width: min(self.width, rect.maxX) - x, height: min(self.height, rect.maxY) - y)
    }
}

/// Whether it joins the character before it, other than by being a control that does nothing visible.
private func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .otherLetter: true
    default: false
    }
}

extension Rect {
    fileprivate var rows: Range<Int> { self.y..<self.maxY }
    fileprivate var columns: Range<Int> { self.x..<self.maxX }
}
