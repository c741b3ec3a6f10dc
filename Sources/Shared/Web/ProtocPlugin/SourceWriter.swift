/// Swift source, line by line.
struct SourceWriter {
    private(set) var text = ""
    private var margin = ""

    static let lineLength = 120

    mutating func line(_ line: String = "") { self.text += line.isEmpty ? "\n" : "\(self.margin)\(line)\n" }

    /// `head {`, then what `body` writes one step further in, then `}`.
    mutating func block(_ head: String, _ body: (inout SourceWriter) -> Void) {
        self.line("\(head) {")
        self.indented(body)
        self.line("}")
    }

    mutating func indented(_ body: (inout SourceWriter) -> Void) {
        let outer = self.margin
        self.margin += "    "
        body(&self)
        self.margin = outer
    }

    /// `head(a, b)tail` on one line if it fits, else the arguments between the parentheses on as few lines as hold them.
    mutating func call(_ head: String, _ arguments: [String], _ tail: String = "") {
        let oneLine = "\(head)(\(arguments.joined(separator: ", ")))\(tail)"
        if self.margin.count + oneLine.count <= Self.lineLength { return self.line(oneLine) }
        self.line("\(head)(")
        self.indented { $0.filled(arguments) }
        self.line(")\(tail)")
    }

    /// A list with commas between, on as few lines as hold it.
    mutating func filled(_ items: [String]) {
        var current = ""
        for (index, item) in items.enumerated() {
            let next = index < items.count - 1 ? "\(item)," : item
            if current.isEmpty {
                current = next
            } else if self.margin.count + current.count + 1 + next.count <= Self.lineLength {
                current += " \(next)"
            } else {
                self.line(current)
                current = next
            }
        }
        if !current.isEmpty { self.line(current) }
    }

    mutating func comment(_ lines: [String]) {
        for line in lines { self.line(line.isEmpty ? "///" : "/// \(line)") }
    }
}

/// As a Swift literal.
func quoted(_ text: String) -> String {
    var literal = "\""
    for character in text.unicodeScalars {
        switch character {
        case "\"": literal += "\\\""
        case "\\": literal += "\\\\"
        case "\n": literal += "\\n"
        case "\r": literal += "\\r"
        case "\t": literal += "\\t"
        default: literal.unicodeScalars.append(character)
        }
    }
    return literal + "\""
}
