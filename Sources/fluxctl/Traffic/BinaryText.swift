import CommandSpec
import Terminal

/// Source: RFC 4648 §4.
func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
        let count = min(3, bytes.count - index)
        let second = count > 1 ? UInt32(bytes[index + 1]) : 0
        let third = count > 2 ? UInt32(bytes[index + 2]) : 0
        let group = UInt32(bytes[index]) << 16 | second << 8 | third
        text.append(alphabet[Int(group >> 18)])
        text.append(alphabet[Int(group >> 12 & 63)])
        text.append(count > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
        text.append(count > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
        index += 3
    }
    return String(decoding: text, as: UTF8.self)
}

/// Reads base64 with its padding; white space is skipped.
///
/// - Returns: nil when it is anything else.
func decodeBase64(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var group: UInt32 = 0
    var digits = 0
    var padding = 0
    for character in text where !isSpace(character) {
        digits += 1
        if character == UInt8(ascii: "=") {
            padding += 1
            group <<= 6
        } else {
            guard padding == 0, let value = base64Value(character) else { return nil }
            group = group << 6 | value
        }
        if digits % 4 == 0 {
            if padding > 2 { return nil }
            bytes.append(UInt8(group >> 16 & 255))
            if padding < 2 { bytes.append(UInt8(group >> 8 & 255)) }
            if padding < 1 { bytes.append(UInt8(group & 255)) }
            group = 0
        } else if padding > 0, digits % 4 < 3 {
            return nil
        }
    }
    return digits % 4 == 0 && (padding == 0 || digits > 0) ? bytes : nil
}

private func base64Value(_ character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
}

/// Reads pairs of hexadecimal digits; white space is skipped.
///
/// - Returns: nil when it is anything else.
func decodeHexadecimal(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in text where !isSpace(character) {
        guard let digit = Character(UnicodeScalar(character)).hexDigitValue, character < 0x80 else { return nil }
        if let first = high {
            bytes.append(first << 4 | UInt8(digit))
            high = nil
        } else {
            high = UInt8(digit)
        }
    }
    return high == nil ? bytes : nil
}

private func isSpace(_ character: UInt8) -> Bool { character == 0x20 || (0x09...0x0D).contains(character) }

/// A payload for a terminal: UTF-8 with its control characters escaped, or ASCII with all other bytes escaped.
///
/// - Parameter limit: Bytes that are shown; the rest is counted. Nil shows all.
func displayed(_ payload: [UInt8], limit: Int?) -> String {
    let shown = limit.map { payload.prefix($0) } ?? payload[...]
    let tail = shown.count < payload.count ? "…(+\(byteCount(payload.count - shown.count)))" : ""
    if let text = String(validating: payload, as: UTF8.self) {
        if tail.isEmpty { return safe(text) }
        // The cut may split a character: what is left of it is dropped.
        return safe(String(decoding: shown, as: UTF8.self).trimmingReplacement) + tail
    }
    var result = ""
    for byte in shown {
        if (0x20..<0x7F).contains(byte) {
            result.unicodeScalars.append(UnicodeScalar(byte))
        } else {
            result += "\\x" + hexadecimal(UInt32(byte), width: 2)
        }
    }
    return result + tail
}

extension String {
    fileprivate var trimmingReplacement: String { self.hasSuffix("\u{FFFD}") ? String(self.dropLast()) : self }
}
