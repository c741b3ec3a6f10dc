import Protobuf

/// Which rows are wanted, in the language that fluxctl, fluxtop and the admin protocol share.
///
/// ```
/// term   = [!] field op value | [!] word | [!] ( filter )       juxtaposition = AND, | = OR and binds less
/// op     = = == != ~ !~ > >= < <=                               == is =, and ~ is a regular expression; see Pattern
/// value  = 12k 3MiB 5m 50% true -5m "quoted text"               units as the field's type has them
/// word   = part of the row's name or id, in either case; "quoted" where it has spaces or operators
/// ```
///
/// An unquoted value ends at a space, at `|` and at a `)` that it did not open itself, so `id~^(a|b)$` needs no quotes. In quotes `\"`
/// and `\\` are the character itself, and any other `\` is a plain one, as patterns want it.
///
/// A field that a row does not have (an unknown rate) matches `!=` and `!~` only, so that `a!=v` is always the same as `!a=v`.
/// Texts are equal when their bytes are, and `>` and `<` compare them by their bytes. Points in time before the moment of the look
/// are `-5m`, after it `+5m`.
package struct FieldFilter: Sendable {
    indirect enum Node: Sendable {
        case all([Node])
        case any([Node])
        case not(Node)
        case compare(Field, Comparison, FilterValue)
        case matches(Field, Pattern)
        case word(Word)
    }

    enum Comparison: Sendable { case equal, less, lessOrEqual, greater, greaterOrEqual }

    let root: Node
    /// Numbers of the fields that the answer depends on.
    package let fields: Set<Int>
    /// Whether a row may take thousands of steps, since there is a pattern: then few rows are looked at in one go.
    package let isExpensive: Bool

    /// As it was written.
    package private(set) var text = ""

    /// - Parameter text: Empty matches every row.
    package init(parsing text: String, for table: FieldTable) throws(FilterError) {
        self.text = text
        var parser = FilterParser(text, table)
        self.root = try parser.parse()
        self.fields = parser.fields
        self.isExpensive = parser.patternSize > 0
    }

    /// Matches every row.
    package init() {
        self.root = .all([])
        self.fields = []
        self.isExpensive = false
    }

    package var isEmpty: Bool {
        if case .all(let parts) = self.root { parts.isEmpty } else { false }
    }

    /// - Parameter now: What relative times are counted from; nanoseconds since 1970.
    package func matches(_ row: borrowing some RowReader & ~Copyable, now: Int64) -> Bool {
        FieldFilter.matches(self.root, row, now)
    }

    private static func matches(_ node: Node, _ row: borrowing some RowReader & ~Copyable, _ now: Int64) -> Bool {
        switch node {
        case .all(let parts):
            for part in parts where !self.matches(part, row, now) { return false }
            return true
        case .any(let parts):
            for part in parts where self.matches(part, row, now) { return true }
            return false
        case .not(let part): return !self.matches(part, row, now)
        case .compare(let field, let comparison, let wanted):
            return self.compares(row.value(of: field), of: field, comparison, wanted, now)
        case .matches(let field, let pattern):
            guard case .text(let text) = SortValue(row.value(of: field)) else { return false }
            return pattern.matches(text)
        case .word(let word):
            for field in word.fields {
                if case .text(let text) = SortValue(row.value(of: field)), word.isPart(of: text) { return true }
            }
            return false
        }
    }

    private static func compares(
        _ value: FieldValue,
        of field: Field,
        _ comparison: Comparison,
        _ wanted: FilterValue,
        _ now: Int64
    ) -> Bool {
        let left: SortValue
        if case .choice(let words) = field.form {
            left = SortValue(value, choices: words)
        } else {
            left = SortValue(value)
        }
        guard left != .absent else { return false }
        let right: SortValue =
            switch wanted {
            case .integer(let number): .integer(number)
            case .real(let number): .real(number)
            case .text(let text): .text(text)
            case .relativeTime(let offset): .integer(now.addingReportingOverflow(offset).partialValue)
            }
        let order = left.compared(to: right)
        return switch comparison {
        case .equal: order == 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    // MARK: What every row that matches has

    /// The text that a field has in every row that matches; nil when the filter leaves that open.
    package func text(requiredOf field: Int) -> String? {
        for case .compare(let compared, .equal, .text(let text)) in self.conjuncts
        where compared.number == field && compared.entry == nil { return text }
        return nil
    }

    /// The bounds that a field keeps in every row that matches, both included; what the filter leaves open is the type's bound.
    ///
    /// - Parameter now: What relative times are counted from; nanoseconds since 1970.
    package func range(requiredOf field: Int, now: Int64) -> ClosedRange<Int64> {
        var (low, high) = (Int64.min, Int64.max)
        for case .compare(let compared, let comparison, let wanted) in self.conjuncts where compared.number == field {
            let value: Int64
            switch wanted {
            case .integer(let number): value = number
            case .relativeTime(let offset): value = now.addingReportingOverflow(offset).partialValue
            case .real, .text: continue
            }
            switch comparison {
            case .equal: (low, high) = (max(low, value), min(high, value))
            case .less: high = min(high, value == .min ? value : value - 1)
            case .lessOrEqual: high = min(high, value)
            case .greater: low = max(low, value == .max ? value : value + 1)
            case .greaterOrEqual: low = max(low, value)
            }
        }
        return low <= high ? low...high : low...low
    }

    /// Terms that all have to hold.
    private var conjuncts: [Node] {
        if case .all(let parts) = self.root { return parts.flatMap { FieldFilter.conjuncts(of: $0) } }
        return [self.root]
    }

    private static func conjuncts(of node: Node) -> [Node] {
        if case .all(let parts) = node { return parts.flatMap { self.conjuncts(of: $0) } }
        return [node]
    }

    /// A bare word: looked for in what rows are called, in either case.
    struct Word: Sendable {
        let fields: [Int]
        /// Lower case.
        private let bytes: [UInt8]
        private let isASCII: Bool

        init(_ text: String, in fields: [Int]) {
            self.fields = fields
            self.bytes = Array(text.lowercased().utf8)
            self.isASCII = self.bytes.allSatisfy { $0 < 0x80 }
        }

        func isPart(of text: String) -> Bool {
            // Only letters beyond ASCII need a lower case of their own, and they cost an allocation a row.
            var text = self.isASCII ? text : text.lowercased()
            return text.withUTF8 { hay in
                guard hay.count >= self.bytes.count else { return false }
                return (0...(hay.count - self.bytes.count)).contains { start in
                    self.bytes.indices.allSatisfy { lowercaseASCII(hay[start + $0]) == self.bytes[$0] }
                }
            }
        }
    }
}

/// Why a filter or a sort order was refused.
package struct FilterError: Error, Equatable, Sendable {
    /// One sentence without a full stop.
    package var message: String
    /// Bytes before the place that is wrong.
    package var offset: Int
    /// What was probably meant, to be written there instead.
    package var hint: String?
    /// The field's name when it is one that the rows do not have.
    package var unknownField: String?

    package init(_ message: String, at offset: Int, hint: String? = nil, unknownField: String? = nil) {
        self.message = message
        self.offset = offset
        self.hint = hint
        self.unknownField = unknownField
    }

    init(unknownField name: String, at offset: Int, _ table: FieldTable) {
        let hint = table.nearest(to: name)
        let known = hint == nil ? "; there are \(table.names.joined(separator: ", "))" : ""
        self.init("there is no field \"\(name.echo)\"\(known)", at: offset, hint: hint, unknownField: name)
    }
}
