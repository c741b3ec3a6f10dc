import Protobuf

/// The order of rows: `-messages_out_per_s,client_id`, the most important field first, `-` before one for descending.
///
/// Rows that are equal in all fields are in the order of their keys, so that there is always exactly one order. Unknown values come
/// last, whichever way the field is sorted.
package struct SortOrder: Sendable, Equatable {
    package struct Term: Sendable, Equatable {
        package let field: Field
        package let isDescending: Bool

        func value(in row: borrowing some RowReader & ~Copyable) -> SortValue {
            let value = row.value(of: self.field.number)
            if case .choice(let words) = self.field.form { return SortValue(value, choices: words) }
            return SortValue(value)
        }

        /// Whether values compare as they are, without a table of choices.
        var isPlain: Bool { if case .choice = self.field.form { false } else { true } }

        func compare(_ left: SortValue, _ right: SortValue) -> Int {
            Self.compare(left, right, isDescending: self.isDescending)
        }

        static func compare(_ left: SortValue, _ right: SortValue, isDescending: Bool) -> Int {
            let order = left.compared(to: right)
            return isDescending && left != .absent && right != .absent ? -order : order
        }
    }

    static let maximumTerms = 8

    package let terms: [Term]

    /// By key.
    package init() { self.terms = [] }

    /// - Parameter text: Empty means by key.
    package init(parsing text: String, for table: FieldTable) throws(FilterError) {
        var terms: [Term] = []
        var offset = 0
        if !text.isEmpty {
            for part in text.split(separator: ",", maxSplits: SortOrder.maximumTerms, omittingEmptySubsequences: false)
            {
                let isDescending = part.first == "-"
                let name = String(isDescending ? part.dropFirst() : part)
                let start = offset + (isDescending ? 1 : 0)
                offset += part.utf8.count + 1
                guard terms.count < SortOrder.maximumTerms else {
                    throw FilterError("more than \(SortOrder.maximumTerms) fields to sort by", at: start)
                }
                guard !name.isEmpty else { throw FilterError("the sort order lacks a field", at: start) }
                guard let field = table[name] else { throw FilterError(unknownField: name, at: start, table) }
                terms.append(Term(field: field, isDescending: isDescending))
            }
        }
        self.terms = terms
    }

    package var fields: Set<Int> { Set(self.terms.map(\.field.number)) }
}
