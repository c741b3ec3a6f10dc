package import Protobuf

/// A field's value in the few forms that rows are compared by.
///
/// Whole numbers above 2^63 - 1 count as that; a number that is none (NaN) counts as unknown.
package enum SortValue: Sendable, Equatable {
    case absent
    case integer(Int64)
    case real(Double)
    case text(String)

    package init(_ value: FieldValue) {
        switch value {
        case .none, .bytes: self = .absent
        case .bool(let flag): self = .integer(flag ? 1 : 0)
        case .int(let number): self = .integer(number)
        case .uint(let number): self = .integer(Int64(clamping: number))
        case .double(let number): self = number.isNaN ? .absent : .real(number)
        case .string(let text), .enumeration(let text): self = .text(text)
        case .timestamp(let time): self = .integer(time.nanosecondsSince1970)
        }
    }

    /// As ``FieldValue`` has it, but choices with an order count by their place in it.
    init(_ value: FieldValue, choices: [String]) {
        if !choices.isEmpty, case .enumeration(let word) = value {
            self = choices.firstIndex(of: word).map { .integer(Int64($0)) } ?? .absent
        } else {
            self = SortValue(value)
        }
    }

    /// Negative, 0 or positive. Texts compare by their bytes; unknown ones are equal to each other and beyond everything else.
    func compared(to other: SortValue) -> Int {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right ? -1 : left > right ? 1 : 0
        case (.text(let left), .text(let right)): compareBytes(left, right)
        case (.absent, .absent): 0
        case (.absent, _): 1
        case (_, .absent): -1
        case (.text, _): 1
        case (_, .text): -1
        default:
            self.number < other.number ? -1 : self.number > other.number ? 1 : 0
        }
    }

    private var number: Double {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        case .absent, .text: .nan
        }
    }
}

/// The order of the bytes, which is that of the scalars. Swift's own takes texts for equal that a broker must not.
func compareBytes(_ left: String, _ right: String) -> Int {
    var left = left.utf8.makeIterator()
    var right = right.utf8.makeIterator()
    while true {
        switch (left.next(), right.next()) {
        case (nil, nil): return 0
        case (nil, _): return -1
        case (_, nil): return 1
        case (let a?, let b?): if a != b { return a < b ? -1 : 1 }
        }
    }
}

extension Timestamp {
    /// Good for the years 1678 to 2262; times outside count as their ends.
    package var nanosecondsSince1970: Int64 {
        let (product, overflow) = self.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflow2) = product.addingReportingOverflow(Int64(self.nanos))
        return overflow || overflow2 ? (self.seconds < 0 ? .min : .max) : sum
    }
}
