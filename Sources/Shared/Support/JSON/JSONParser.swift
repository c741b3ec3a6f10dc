/// Reads one JSON text, strictly. Source: RFC 8259.
package struct JSONParser {
    package struct Problem: Error, Equatable {
        package let message: String
        /// Bytes before the place.
        package let offset: Int
    }

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    private let maximumDepth: Int

    /// - Parameter maximumDepth: How many arrays and objects may be inside each other; what is deeper is refused.
    package static func parse(_ bytes: [UInt8], maximumDepth: Int = 64) throws(Problem) -> JSONValue {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Problem(message: "not UTF-8", offset: 0) }
        var parser = JSONParser(bytes: bytes, maximumDepth: maximumDepth)
        let value = try parser.value()
        parser.skipSpace()
        if parser.index < bytes.count { throw parser.problem("something follows the value") }
        return value
    }

    private init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    private func problem(_ message: String) -> Problem { Problem(message: message, offset: self.index) }
    private var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func skipSpace() {
        while let byte = self.next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { self.index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.next == UInt8(ascii: character) else { return false }
        self.index += 1
        return true
    }

    private mutating func value() throws(Problem) -> JSONValue {
        self.skipSpace()
        switch self.next {
        case UInt8(ascii: "{"): return try self.nested { (parser) throws(Problem) in try parser.object() }
        case UInt8(ascii: "["): return try self.nested { (parser) throws(Problem) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case nil: throw self.problem("the text ends where a value is expected")
        case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return try self.number()
        default: throw self.problem("no value begins like this")
        }
    }

    private mutating func nested(_ body: (inout JSONParser) throws(Problem) -> JSONValue) throws(Problem) -> JSONValue {
        self.depth += 1
        defer { self.depth -= 1 }
        if self.depth > self.maximumDepth { throw self.problem("nested deeper than \(self.maximumDepth)") }
        self.index += 1
        return try body(&self)
    }

    private mutating func object() throws(Problem) -> JSONValue {
        var members: [(String, JSONValue)] = []
        self.skipSpace()
        if self.take("}") { return .object([]) }
        repeat {
            self.skipSpace()
            guard self.next == UInt8(ascii: "\"") else { throw self.problem("a member's name is a string") }
            let name = try self.string()
            self.skipSpace()
            guard self.take(":") else { throw self.problem("a colon is missing") }
            members.append((name, try self.value()))
            self.skipSpace()
        } while self.take(",")
        guard self.take("}") else { throw self.problem("a comma or } is missing") }
        return .object(members)
    }

    private mutating func array() throws(Problem) -> JSONValue {
        var items: [JSONValue] = []
        self.skipSpace()
        if self.take("]") { return .array([]) }
        repeat {
            items.append(try self.value())
            self.skipSpace()
        } while self.take(",")
        guard self.take("]") else { throw self.problem("a comma or ] is missing") }
        return .array(items)
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(Problem) -> JSONValue {
        guard self.bytes[self.index...].starts(with: word.utf8) else { throw self.problem("no value begins like this") }
        self.index += word.utf8.count
        return value
    }

    private mutating func number() throws(Problem) -> JSONValue {
        let start = self.index
        _ = self.take("-")
        let firstDigit = self.next
        guard self.skipDigits() > 0 else { throw self.problem("a digit is missing") }
        let whole = self.index
        if firstDigit == UInt8(ascii: "0"), whole - start > (self.bytes[start] == UInt8(ascii: "-") ? 2 : 1) {
            throw self.problem("a number begins with 0")
        }
        if self.take("."), self.skipDigits() == 0 { throw self.problem("a digit is missing") }
        if self.take("e") || self.take("E") {
            if !self.take("+") { _ = self.take("-") }
            if self.skipDigits() == 0 { throw self.problem("a digit is missing") }
        }
        let text = String(decoding: self.bytes[start..<self.index], as: UTF8.self)
        if self.index == whole {
            if let integer = Int(text) { return .integer(integer) }
            if let integer = UInt64(text) { return .unsigned(integer) }
        }
        guard let number = Double(text) else { throw self.problem("not a number") }
        return .number(number)
    }

    private mutating func skipDigits() -> Int {
        let start = self.index
        while let byte = self.next, (0x30...0x39).contains(byte) { self.index += 1 }
        return self.index - start
    }

    private mutating func string() throws(Problem) -> String {
        self.index += 1
        var text: [UInt8] = []
        while true {
            guard let byte = self.next else { throw self.problem("a string has no end") }
            if byte < 0x20 { throw self.problem("a control character in a string") }
            self.index += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") { try self.escape(&text) } else { text.append(byte) }
        }
    }

    private mutating func escape(_ text: inout [UInt8]) throws(Problem) {
        guard let byte = self.next else { throw self.problem("a string has no end") }
        self.index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try self.fourDigits()
            if (0xD800...0xDBFF).contains(code) {
                guard self.take("\\"), self.take("u") else { throw self.problem("half of a surrogate pair") }
                let low = try self.fourDigits()
                guard (0xDC00...0xDFFF).contains(low) else { throw self.problem("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw self.problem("half of a surrogate pair") }
            text += String(scalar).utf8
        default: throw self.problem("an unknown escape")
        }
    }

    private mutating func fourDigits() throws(Problem) -> UInt32 {
        guard self.index + 4 <= self.bytes.count else { throw self.problem("four hexadecimal digits are missing") }
        var code: UInt32 = 0
        for byte in self.bytes[self.index..<(self.index + 4)] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw self.problem("four hexadecimal digits are missing")
            }
            code = code << 4 | UInt32(digit)
        }
        self.index += 4
        return code
    }
}
