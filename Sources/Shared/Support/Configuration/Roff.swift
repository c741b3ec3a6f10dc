/// Plain sentences as lines of roff.
package enum Roff {
    /// A line for each sentence, as mdoc wants it; what stands between backquotes is literal, and bold.
    package static func sentences(_ text: String) -> String {
        var lines = ""
        var line = ""
        var isCode = false
        var previous: Character = " "
        for character in text {
            if character == " ", !isCode, ".?!".contains(previous) {
                lines += self.guarded(line) + "\n"
                line = ""
            } else if character == "`" {
                isCode.toggle()
                line += isCode ? "\\fB" : "\\fR"
            } else if character == "\\" {
                line += "\\e"
            } else if character == "-", isCode {
                line += "\\-"
            } else {
                line.append(character)
            }
            previous = character
        }
        return line.isEmpty ? lines : lines + self.guarded(line) + "\n"
    }

    /// Lines that are shown as they are, for a literal display.
    package static func literal(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var escaped = ""
            for character in line {
                switch character {
                case "\\": escaped += "\\e"
                case "-": escaped += "\\-"
                default: escaped.append(character)
                }
            }
            return self.guarded(escaped)
        }.joined(separator: "\n") + "\n"
    }

    /// A dot or an apostrophe at the start of a line would be a request.
    private static func guarded(_ line: String) -> String {
        line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }
}
