/// Text from outside, made safe for a terminal and for one line: controls, BiDi controls and line separators as escapes.
package func printable(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        if isSafe(scalar) {
            result.unicodeScalars.append(scalar)
        } else if scalar.value < 0x100 {
            result += "\\x" + hexadecimal(scalar.value, width: 2)
        } else {
            result += "\\u" + hexadecimal(scalar.value, width: 4)
        }
    }
    return result
}

/// Whether a terminal shows the scalar where it stands, changes no state for it and reorders nothing.
private func isSafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: false  // C0, DEL, C1
    case 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: false  // invisible or BiDi
    case 0xE0000...0xE0FFF: false  // tags and variation selectors
    default: true
    }
}

package func hexadecimal(_ value: UInt32, width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// Breaks a paragraph at spaces, so that no line is longer than `width` unless a single word is.
func wrap(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
        if line.isEmpty {
            line = String(word)
        } else if line.count + 1 + word.count <= width {
            line += " " + word
        } else {
            lines.append(line)
            line = String(word)
        }
    }
    return line.isEmpty ? lines : lines + [line]
}
