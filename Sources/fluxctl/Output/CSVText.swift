import Terminal

/// A line of comma-separated values. Source: RFC 4180; lines end with a newline alone, as shells want them.
///
/// - Parameter isTerminal: Escapes what a terminal would obey.
func csvLine(_ cells: [String], isTerminal: Bool) -> String {
    cells.map { cell in
        let text = isTerminal ? safe(cell) : cell
        let needsQuotes = text.utf8.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0A || byte == 0x0D
        }
        guard needsQuotes else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }.joined(separator: ",") + "\n"
}
