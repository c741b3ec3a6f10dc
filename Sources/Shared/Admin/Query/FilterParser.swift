/// Reads the language that ``FieldFilter`` describes.
struct FilterParser {
    static let maximumBytes = 16 << 10
    private static let maximumDepth = 64
    private static let maximumTerms = 256

    private let bytes: [UInt8]
    private let table: FieldTable
    private var index = 0
    private var depth = 0
    private var terms = 0
    private(set) var fields: Set<Int> = []
    /// Instructions of all patterns together.
    private(set) var patternSize = 0

    init(_ text: String, _ table: FieldTable) {
        self.bytes = Array(text.utf8)
        self.table = table
    }

    mutating func parse() throws(FilterError) -> FieldFilter.Node {
        guard self.bytes.count <= FilterParser.maximumBytes else {
            throw FilterError(
                "the filter is longer than \(FilterParser.maximumBytes) bytes",
                at: FilterParser.maximumBytes
            )
        }
        self.skipSpace()
        if self.index == self.bytes.count { return .all([]) }
        let node = try self.alternatives()
        if self.index < self.bytes.count { throw FilterError("a ) without its (", at: self.index) }
        return node
    }

    // MARK: Structure

    private mutating func alternatives() throws(FilterError) -> FieldFilter.Node {
        var parts = [try self.conjunction()]
        while self.skip("|") { parts.append(try self.conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(FilterError) -> FieldFilter.Node {
        var parts: [FieldFilter.Node] = []
        self.skipSpace()
        while let next, next != UInt8(ascii: "|"), next != UInt8(ascii: ")") {
            parts.append(try self.term())
            self.skipSpace()
        }
        guard let first = parts.first else {
            throw FilterError(
                self.next == nil ? "the filter ends where a term should be" : "a term is missing",
                at: self.index
            )
        }
        return parts.count == 1 ? first : .all(parts)
    }

    private mutating func term() throws(FilterError) -> FieldFilter.Node {
        let start = self.index
        self.terms += 1
        guard self.terms <= FilterParser.maximumTerms else {
            throw FilterError("more than \(FilterParser.maximumTerms) terms", at: start)
        }
        self.depth += 1
        defer { self.depth -= 1 }
        guard self.depth <= FilterParser.maximumDepth else { throw FilterError("nested too deep", at: start) }
        if self.skip("!") {
            self.skipSpace()
            guard self.next != nil else { throw FilterError("the filter ends where a term should be", at: self.index) }
            return .not(try self.term())
        }
        if self.skip("(") {
            let node = try self.alternatives()
            guard self.skip(")") else { throw FilterError("( without its )", at: start) }
            return node
        }
        if self.next == UInt8(ascii: "\"") { return try self.word(self.quoted(), at: start) }
        let name = self.bareWord()
        let end = self.index
        self.skipSpace()
        guard let sign = self.sign() else {
            self.index = end
            return try self.word(name, at: start)
        }
        guard !name.isEmpty else { throw FilterError("\(sign.text) wants a field before it", at: start) }
        guard let field = self.table[name] else { throw FilterError(unknownField: name, at: start, self.table) }
        self.fields.insert(field.number)
        return try self.comparison(of: field, sign)
    }

    private mutating func word(_ text: String, at start: Int) throws(FilterError) -> FieldFilter.Node {
        guard !text.isEmpty else { throw FilterError("an empty word", at: start) }
        self.fields.formUnion(self.table.wordFields)
        return .word(FieldFilter.Word(text, in: self.table.wordFields))
    }

    private mutating func comparison(of field: Field, _ sign: Sign) throws(FilterError) -> FieldFilter.Node {
        self.skipSpace()
        let start = self.index
        let isQuoted = self.next == UInt8(ascii: "\"")
        let text = isQuoted ? try self.quoted() : self.bareValue()
        guard isQuoted || !text.isEmpty else { throw FilterError("\(field.name)\(sign.text) wants a value", at: start) }
        let node: FieldFilter.Node
        switch sign.kind {
        case .pattern:
            guard field.isText else {
                throw FilterError("\(sign.text) is for text, which \(field.name) is not", at: start, hint: "=")
            }
            do throws(Pattern.Problem) {
                let pattern = try Pattern(text)
                self.patternSize += pattern.size
                node = .matches(field, pattern)
            } catch {
                throw FilterError("in the pattern: \(error.message)", at: start + (isQuoted ? 1 : 0) + error.offset)
            }
            guard self.patternSize <= Pattern.maximumSize else {
                throw FilterError(
                    "the filter's patterns are too large: more than \(Pattern.maximumSize) steps together",
                    at: start
                )
            }
        case .comparison(let comparison):
            if comparison != .equal, !field.hasOrder {
                throw FilterError("\(field.name) has no order; = and != are what it takes", at: start, hint: "=")
            }
            do throws(ValueError) {
                node = .compare(field, comparison, try FilterValue(text, for: field))
            } catch {
                throw FilterError(error.message, at: start, hint: error.hint)
            }
        }
        return sign.isNegated ? .not(node) : node
    }

    // MARK: Characters

    private var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func skipSpace() { while let next, FilterParser.isSpace(next) { self.index += 1 } }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 9 < 5 }

    private mutating func skip(_ sign: Unicode.Scalar) -> Bool {
        guard self.next == UInt8(ascii: sign) else { return false }
        self.index += 1
        return true
    }

    private struct Sign {
        enum Kind { case pattern, comparison(FieldFilter.Comparison) }
        var text: String
        var kind: Kind
        var isNegated = false
    }

    /// Longest first, so that `>=` is not taken for `>`.
    private static let signs: [Sign] = [
        Sign(text: "==", kind: .comparison(.equal)),  // what programmers' fingers type
        Sign(text: "!=", kind: .comparison(.equal), isNegated: true), Sign(text: "!~", kind: .pattern, isNegated: true),
        Sign(text: ">=", kind: .comparison(.greaterOrEqual)), Sign(text: "<=", kind: .comparison(.lessOrEqual)),
        Sign(text: "=", kind: .comparison(.equal)), Sign(text: "~", kind: .pattern),
        Sign(text: ">", kind: .comparison(.greater)), Sign(text: "<", kind: .comparison(.less)),
    ]

    private mutating func sign() -> Sign? {
        guard let sign = FilterParser.signs.first(where: { self.bytes[self.index...].starts(with: $0.text.utf8) })
        else {
            return nil
        }
        self.index += sign.text.utf8.count
        return sign
    }

    /// Up to a space, an operator or a bracket.
    private mutating func bareWord() -> String {
        let start = self.index
        while let next, !FilterParser.isSpace(next), !"=~<>|()\"".utf8.contains(next) {
            if next == UInt8(ascii: "!"), self.index + 1 < self.bytes.count,
                "=~".utf8.contains(self.bytes[self.index + 1])
            {
                break
            }
            self.index += 1
        }
        return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
    }

    /// Up to a space, a `|`, or a `)` that belongs to somebody else. What is in brackets of its own belongs to the value, and so does
    /// what a backslash precedes.
    private mutating func bareValue() -> String {
        let start = self.index
        var open = 0
        while let next, !FilterParser.isSpace(next) {
            if next == UInt8(ascii: "\\"), self.index + 1 < self.bytes.count {
                self.index += 2
                continue
            }
            if open == 0, next == UInt8(ascii: "|") || next == UInt8(ascii: ")") { break }
            if next == UInt8(ascii: "(") { open += 1 }
            if next == UInt8(ascii: ")") { open -= 1 }
            self.index += 1
        }
        return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
    }

    private mutating func quoted() throws(FilterError) -> String {
        let start = self.index
        self.index += 1
        var text: [UInt8] = []
        while let next {
            self.index += 1
            if next == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if next == UInt8(ascii: "\\"), let escaped = self.next,
                escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\")
            {
                text.append(escaped)
                self.index += 1
            } else {
                text.append(next)
            }
        }
        throw FilterError("a \" without its other", at: start)
    }
}

extension Field {
    fileprivate var isText: Bool {
        switch self.form {
        case .text: true
        case .choice(let words): words.isEmpty
        case .flag, .integer, .real, .time: false
        }
    }

    fileprivate var hasOrder: Bool {
        switch self.form {
        case .text, .integer, .real, .time: true
        case .choice(let words): !words.isEmpty
        case .flag: false
        }
    }
}
