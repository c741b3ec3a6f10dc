/// An internet address without a port, and how it is written.
package enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(UInt32)
    case v6(UInt64, UInt64)

    /// Reads `10.0.0.7`, `2001:db8::1`, `::ffff:10.0.0.7`; nil for anything else, a zone or a leading zero included.
    ///
    /// Source: RFC 4291 §2.2; IPv4 as four decimal numbers.
    package init?(_ text: Span<UInt8>) {
        if let address = IPAddress.readV4(text) {
            self = .v4(address)
        } else if let groups = IPAddress.readV6(text) {
            let value = groups.reduce((high: UInt64(0), low: UInt64(0))) { value, group in
                (value.high << 16 | value.low >> 48, value.low << 16 | UInt64(group))
            }
            self = .v6(value.high, value.low)
        } else {
            return nil
        }
    }

    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span)
    }

    /// An IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.7`) as what it is.
    package var unmapped: IPAddress {
        if case .v6(0, let low) = self, low >> 32 == 0xFFFF { .v4(UInt32(truncatingIfNeeded: low)) } else { self }
    }

    /// Source: RFC 5952 for IPv6.
    package var description: String {
        switch self {
        case .v4(let address): return IPAddress.dotted(address)
        case .v6(0, let low) where low >> 32 == 0xFFFF:
            return "::ffff:\(IPAddress.dotted(UInt32(truncatingIfNeeded: low)))"
        case .v6(let high, let low):
            let groups = (0..<8).map { index in
                UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4)))
            }
            func text(_ range: Range<Int>) -> String {
                groups[range].map { String($0, radix: 16) }.joined(separator: ":")
            }
            let zeros = IPAddress.longestZeros(groups)
            return zeros.count < 2
                ? text(0..<8) : "\(text(0..<zeros.lowerBound))::\(text(zeros.upperBound..<8))"
        }
    }

    private static func dotted(_ address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }

    private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
        var best = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > best.count { best = start..<end }
            start = end + 1
        }
        return best
    }

    private static func readV4(_ text: Span<UInt8>) -> UInt32? {
        var (address, numbers, digits, number) = (UInt32(0), 0, 0, UInt32(0))
        for index in 0...text.count {
            if index == text.count || text[index] == UInt8(ascii: ".") {
                if digits == 0 || numbers == 4 { return nil }
                address = address << 8 | number
                (numbers, digits, number) = (numbers + 1, 0, 0)
                continue
            }
            let digit = text[index] &- UInt8(ascii: "0")
            if digit > 9 || (digits > 0 && number == 0) { return nil }
            number = number * 10 + UInt32(digit)
            digits += 1
            if number > 255 { return nil }
        }
        return numbers == 4 ? address : nil
    }

    /// Eight groups of 16 bits; `::` stands for as many zeros as are missing, at least one.
    private static func readV6(_ text: Span<UInt8>) -> [UInt16]? {
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") { (gap, index) = (0, 2) }
        while index < text.count {
            guard groups.count < 8 else { return nil }
            let start = index
            var value: UInt32 = 0
            while index < text.count, let digit = IPAddress.hexDigit(text[index]) {
                value = value << 4 | digit
                index += 1
                if index - start > 4 { return nil }
            }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard groups.count <= 6, let address = readV4(text.extracting(start..<text.count)) else { return nil }
                groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
                break
            }
            guard index > start else { return nil }
            groups.append(UInt16(value))
            if index == text.count { break }
            guard text[index] == UInt8(ascii: ":"), index + 1 < text.count else { return nil }
            index += 1
            if text[index] == UInt8(ascii: ":") {
                if gap != nil { return nil }
                gap = groups.count
                index += 1
            }
        }
        guard let gap else { return groups.count == 8 ? groups : nil }
        guard groups.count < 8 else { return nil }
        groups.insert(contentsOf: Array(repeating: 0, count: 8 - groups.count), at: gap)
        return groups
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
