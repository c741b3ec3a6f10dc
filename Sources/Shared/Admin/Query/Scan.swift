package import AdminAPI
import Protobuf

/// One look at all rows of a kind: counts them, sums up what can be summed, and remembers the best few.
///
/// It is a value that travels to where the rows are, one copy for each shard; what the copies saw is put together with
/// ``merge(_:)``. It keeps as many keys as the page has rows, and never sorts more than those.
package struct Scan: Sendable {
    package let kind: AdminV1.Kind
    /// Numbers of the fields that it reads.
    package let needs: Set<Int>
    /// Whether a row may take thousands of steps: then few rows are shown to it in one go.
    package var isExpensive: Bool { self.filter.isExpensive }
    /// Which rows it counts and keeps: what it says of all of them spares a look at the others.
    package let filter: FieldFilter
    /// Whether `$SYS` is asked for by its name: as for a subscription, `#` does not mean the broker's own topics.
    package var wantsSystemTopics: Bool { self.filter.text.contains("$SYS") || self.nearest != nil }
    private let order: SortOrder
    private let limit: Int
    private let after: Candidate?
    /// What relative times are counted from; nanoseconds since 1970.
    package let now: Int64
    private let sumFields: [Int]
    /// All rows are to be counted, whatever the page has room for.
    private let countsAll: Bool

    /// Rows seen.
    package private(set) var total = 0
    /// Rows that the filter let through.
    package private(set) var matched = 0
    /// Of those, rows behind the cursor.
    private var eligible = 0
    private var sums: [SortValue]
    /// A heap of the best rows so far with the last of them in front.
    private var heap: [Candidate] = []
    /// What is sorted by, if all of it compares as it is; else empty.
    private let plainTerms: [(field: Int, isDescending: Bool)]
    /// The page is full, and these are the values of its last row, and its key.
    private var isFull = false
    private var worst: [SortValue] = []
    private var worstKey = RowKey()
    private var nearest: NearestText?
    private let idField: Int

    private struct Candidate: Sendable {
        /// The value of the most important sort field; the others' only if there are any.
        var first: SortValue
        var rest: [SortValue]
        var key: RowKey
    }

    /// - Parameters:
    ///   - summing: Fields to sum over the rows that match.
    ///   - limit: Rows to remember.
    ///   - countsAll: Also those that the page has no room for, where a look at them could be spared.
    ///   - after: Only rows behind this one are remembered; counts and sums are of all.
    ///   - now: For relative times in the filter; nanoseconds since 1970.
    package init(
        kind: AdminV1.Kind,
        filter: FieldFilter = FieldFilter(),
        order: SortOrder = SortOrder(),
        summing: [Field] = [],
        limit: Int,
        countsAll: Bool = false,
        after: PageCursor? = nil,
        now: Int64
    ) {
        self.countsAll = countsAll
        self.kind = kind
        self.filter = filter
        self.order = order
        self.limit = limit
        self.after = after.map {
            Candidate(first: $0.values.first ?? .absent, rest: Array($0.values.dropFirst()), key: $0.key)
        }
        self.now = now
        self.sumFields = summing.map(\.number)
        self.sums = Array(repeating: .absent, count: summing.count)
        self.needs = filter.fields.union(order.fields).union(self.sumFields)
        self.idField = 0
        let isPlain = order.terms.allSatisfy(\.isPlain)
        self.plainTerms = isPlain ? order.terms.map { ($0.field.number, $0.isDescending) } : []
    }

    /// Looks for the row whose id a mistyped one probably stood for: ``nearestID``.
    package init(kind: AdminV1.Kind, nearestTo id: String, idField: Int) {
        self.kind = kind
        self.filter = FieldFilter()
        self.order = SortOrder()
        self.limit = 0
        self.after = nil
        self.now = 0
        self.sumFields = []
        self.sums = []
        self.needs = [idField]
        self.nearest = NearestText(to: id)
        self.idField = idField
        self.countsAll = true
        self.plainTerms = []
    }

    /// In the order of keys: where to begin, when all before it was shown already.
    package var begin: RowKey? { self.order.terms.isEmpty ? self.after?.key : nil }
    /// In the order of keys, and shown in that order: more rows change nothing but counts and sums.
    package var hasEnough: Bool {
        self.order.terms.isEmpty && self.nearest == nil && self.sumFields.isEmpty && !self.countsAll
            && self.eligible > self.limit
    }

    // MARK: Rows

    package mutating func visit(_ key: RowKey, _ row: borrowing some RowReader & ~Copyable) {
        self.total += 1
        if self.nearest != nil {
            if case .string(let id) = row.value(of: self.idField) { self.nearest?.consider(id) }
            return
        }
        guard self.filter.isEmpty || self.filter.matches(row, now: self.now) else { return }
        self.matched += 1
        for index in self.sumFields.indices {
            Scan.add(SortValue(row.value(of: self.sumFields[index])), to: &self.sums[index])
        }
        self.offer(key, row)
    }

    /// Puts together what two copies of one scan saw of different rows.
    package mutating func merge(_ other: Scan) {
        self.total += other.total
        self.matched += other.matched
        self.eligible += other.eligible
        for index in self.sums.indices { Scan.add(other.sums[index], to: &self.sums[index]) }
        for candidate in other.heap {
            if self.heap.count < self.limit {
                self.push(candidate)
            } else if self.compare(candidate, self.heap[0]) < 0 {
                self.replaceFirst(candidate)
            }
        }
        self.noteWorst()
        if let nearest = other.nearest { self.nearest?.merge(nearest) }
    }

    /// A sum of unknown values is unknown; one of some that are known and some that are not is of those that are.
    private static func add(_ value: SortValue, to sum: inout SortValue) {
        switch (sum, value) {
        case (_, .absent), (_, .text): break
        case (.absent, _): sum = value
        case (.integer(let left), .integer(let right)):
            let (result, overflow) = left.addingReportingOverflow(right)
            sum = .integer(overflow ? .max : result)
        case (.integer(let left), .real(let right)): sum = .real(Double(left) + right)
        case (.real(let left), .integer(let right)): sum = .real(left + Double(right))
        case (.real(let left), .real(let right)): sum = .real(left + right)
        case (.text, _): break
        }
    }

    // MARK: The best rows

    /// Most rows of many lose by their first value, or by their key where all are idle: of those nothing more is read, and nothing is copied or allocated.
    private mutating func offer(_ key: RowKey, _ row: borrowing some RowReader & ~Copyable) {
        if self.isFull, self.isBehindTheWorst(key, row) {
            self.eligible += 1
            return
        }
        self.consider(self.candidate(self.order.terms.first?.value(in: row) ?? .absent, key, row))
    }

    /// Whether a row comes after the last one of a full page; false where that takes more than a look at plain values.
    private func isBehindTheWorst(_ key: RowKey, _ row: borrowing some RowReader & ~Copyable) -> Bool {
        if self.plainTerms.isEmpty { return false }
        for index in self.plainTerms.indices {
            let value = SortValue(row.value(of: self.plainTerms[index].field))
            let isDescending = self.plainTerms[index].isDescending
            let order = SortOrder.Term.compare(value, self.worst[index], isDescending: isDescending)
            if order != 0 { return order > 0 }
        }
        return self.worstKey < key
    }

    private mutating func consider(_ candidate: Candidate) {
        if let after = self.after, self.compare(candidate, after) <= 0 { return }
        self.eligible += 1
        if self.heap.count < self.limit {
            self.push(candidate)
        } else if self.limit > 0, self.compare(candidate, self.heap[0]) < 0 {
            self.replaceFirst(candidate)
        }
        self.noteWorst()
    }

    /// Keeps what ``offer(_:_:)`` looks at where it needs no look into the heap.
    private mutating func noteWorst() {
        self.isFull = self.after == nil && self.limit > 0 && self.heap.count == self.limit
        if self.isFull { (self.worst, self.worstKey) = ([self.heap[0].first] + self.heap[0].rest, self.heap[0].key) }
    }

    private func candidate(_ first: SortValue, _ key: RowKey, _ row: borrowing some RowReader & ~Copyable) -> Candidate
    {
        var rest: [SortValue] = []
        for term in self.order.terms.dropFirst() { rest.append(term.value(in: row)) }
        return Candidate(first: first, rest: rest, key: key)
    }

    private func compare(_ left: Candidate, _ right: Candidate) -> Int {
        for (index, term) in self.order.terms.enumerated() {
            let order =
                index == 0
                ? term.compare(left.first, right.first) : term.compare(left.rest[index - 1], right.rest[index - 1])
            if order != 0 { return order }
        }
        return left.key.compared(to: right.key)
    }

    private mutating func push(_ candidate: Candidate) {
        self.heap.append(candidate)
        var child = self.heap.count - 1
        while child > 0, self.compare(self.heap[(child - 1) / 2], self.heap[child]) < 0 {
            self.heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func replaceFirst(_ candidate: Candidate) {
        self.heap[0] = candidate
        var parent = 0
        while true {
            var greatest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.heap.count {
                if self.compare(self.heap[greatest], self.heap[child]) < 0 { greatest = child }
            }
            if greatest == parent { return }
            self.heap.swapAt(parent, greatest)
            parent = greatest
        }
    }

    // MARK: What was found

    /// The best rows in their order, and where the page after them begins; nil on the last page.
    package func page(fingerprint: UInt64) -> (keys: [RowKey], next: PageCursor?) {
        let sorted = self.heap.sorted { self.compare($0, $1) < 0 }
        var next: PageCursor?
        if self.eligible > sorted.count, let last = sorted.last {
            let values = self.order.terms.isEmpty ? [] : [last.first] + last.rest
            next = PageCursor(fingerprint: fingerprint, values: values, key: last.key)
        }
        return (sorted.map(\.key), next)
    }

    /// Sums by field number; those of which no row had a value are left out.
    package var totals: [Int: SortValue] {
        Dictionary(zip(self.sumFields, self.sums)) { first, _ in first }.filter { $0.value != .absent }
    }

    package var nearestID: String? { self.nearest?.best }
}
