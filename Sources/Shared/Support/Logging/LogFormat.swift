/// How a line is written. Either way it is one line, of printable characters only.
package enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-11-22T16:58:03.123Z notice   listener open  listener=plain port=1883`
    case text
    /// `{"time":"2026-11-22T16:58:03.123Z","level":"notice","message":"listener open","listener":"plain","port":1883}`
    case json

    /// Unit: characters of one value. What a peer sends can be long.
    static let maximumValue = 256

    package func line(
        _ level: LogLevel,
        _ message: String,
        _ metadata: LogMetadata,
        repeated: Int? = nil,
        at time: LogTime
    ) -> [UInt8] {
        var line = ""
        switch self {
        case .text:
            line = "\(time.text) \(level.name)" + String(repeating: " ", count: 9 - level.name.utf8.count)
            appendEscaped(message, to: &line)
            if let repeated { line += " (repeated \(repeated) times)" }
            for (index, field) in metadata.fields.enumerated() {
                line += "\(index == 0 ? "  " : " ")\(field.name)="
                appendText(field.value, to: &line)
            }
        case .json:
            line = "{\"time\":\"\(time.text)\",\"level\":\"\(level.name)\",\"message\":\""
            appendEscaped(message, to: &line)
            line += "\""
            if let repeated { line += ",\"repeated\":\(repeated)" }
            for field in metadata.fields {
                line += ",\"\(field.name)\":"
                appendJSON(field.value, to: &line)
            }
            line += "}"
        }
        line += "\n"
        return Array(line.utf8)
    }
}

private func appendText(_ value: LogValue, to line: inout String) {
    guard case .text(let text) = value else { return appendJSON(value, to: &line) }
    let isWord =
        !text.isEmpty
        && text.unicodeScalars.allSatisfy {
            $0.value > 0x20 && $0.value < 0x7F && $0 != "\"" && $0 != "=" && $0 != "\\"
        }
    if isWord, text.utf8.count <= LogFormat.maximumValue {
        line += text
    } else {
        appendJSON(value, to: &line)
    }
}

private func appendJSON(_ value: LogValue, to line: inout String) {
    switch value {
    case .integer(let number): line += "\(number)"
    case .boolean(let flag): line += flag ? "true" : "false"
    case .text(let text):
        line += "\""
        let isLong = text.unicodeScalars.count > LogFormat.maximumValue
        appendEscaped(
            isLong ? String(String.UnicodeScalarView(text.unicodeScalars.prefix(LogFormat.maximumValue))) : text,
            to: &line
        )
        line += isLong ? "…\"" : "\""
    }
}

/// JSON's escapes, for everything that could end a line, reach a terminal as a command or change the order of what is
/// shown.
///
/// Source: RFC 8259 §7; the bidirectional controls of Unicode UAX #9 §2.
private func appendEscaped(_ text: String, to line: inout String) {
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x22: line += "\\\""
        case 0x5C: line += "\\\\"
        case 0x0A: line += "\\n"
        case 0x0D: line += "\\r"
        case 0x09: line += "\\t"
        case 0...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
            let digits = String(scalar.value, radix: 16)
            line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: line.unicodeScalars.append(scalar)
        }
    }
}
