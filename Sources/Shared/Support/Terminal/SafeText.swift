/// Text from outside, made safe for a terminal and for one line: what a terminal would obey, hide or reorder becomes an escape.
///
/// That is controls (`\x1b`), format characters such as BiDi controls and zero-width joiners (`\u202e`), line separators,
/// variation selectors, and marks that combine with nothing or are the fifth on one character.
package func safe(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
    var result = ""
    var marks = marksPerCharacter  // as if the room were used up: a mark at the start has nothing to stand on
    for scalar in text.unicodeScalars {
        switch SafeClass(scalar) {
        case .plain:
            marks = 0
            result.unicodeScalars.append(scalar)
        case .mark where marks < marksPerCharacter:
            marks += 1
            result.unicodeScalars.append(scalar)
        case .mark, .unsafe:
            marks = marksPerCharacter
            result += escaped(scalar)
        }
    }
    return result
}

/// Marks that one character may carry: what one cell of curses holds.
let marksPerCharacter = 4

private enum SafeClass {
    case plain, mark, unsafe

    init(_ scalar: Unicode.Scalar) {
        if scalar.value >= 0x20, scalar.value < 0x7F {
            self = .plain
            return
        }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator: self = .unsafe
        case _ where properties.isDefaultIgnorableCodePoint || properties.isEmojiModifier: self = .unsafe
        case .nonspacingMark, .enclosingMark: self = .mark
        default: self = .plain
        }
    }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
    scalar.value < 0x100 ? "\\x" + hexadecimal(scalar.value, width: 2) : "\\u" + hexadecimal(scalar.value, width: 4)
}

/// The number in lower-case hexadecimal, with zeros in front up to `width` digits.
package func hexadecimal(_ value: UInt32, width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
