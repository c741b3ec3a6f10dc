/// `grpc-timeout`: at most eight digits and a unit, for instance `250m`. Source: gRPC over HTTP/2, "Timeout".
package enum GRPCTimeout {
    /// Milliseconds, rounded up; nil when it is malformed.
    package static func parse(_ text: String) -> UInt64? {
        let digits = text.utf8.dropLast()
        guard (1...8).contains(digits.count), let count = decimal(digits), let unit = text.utf8.last else { return nil }
        switch unit {
        case UInt8(ascii: "H"): return count * 3_600_000
        case UInt8(ascii: "M"): return count * 60_000
        case UInt8(ascii: "S"): return count * 1_000
        case UInt8(ascii: "m"): return count
        case UInt8(ascii: "u"): return (count + 999) / 1_000
        case UInt8(ascii: "n"): return (count + 999_999) / 1_000_000
        default: return nil
        }
    }

    /// In the finest unit that has room, rounded up; what is beyond 99,999,999 hours becomes that.
    package static func format(milliseconds: UInt64) -> String {
        let most: UInt64 = 99_999_999
        for (unit, size) in [("m", 1), ("S", 1_000), ("M", 60_000)] as [(String, UInt64)] {
            let count = milliseconds / size + (milliseconds % size == 0 ? 0 : 1)
            if count <= most { return "\(count)\(unit)" }
        }
        return "\(min(most, milliseconds / 3_600_000 + 1))H"
    }
}

/// A number of ASCII digits and nothing else; nil also when it is beyond 64 bits.
package func decimal(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return UInt64(String(decoding: digits, as: UTF8.self))
}
