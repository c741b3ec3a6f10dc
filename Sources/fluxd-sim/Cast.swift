import AdminAPI
import Protobuf
import Query

/// A row that poses as one, and how it moves on.
protocol Posed {
    associatedtype Row: Message & RowReader

    var row: Row { get set }

    /// Brings the row to a second of the scenario, one after the one before.
    ///
    /// - Parameter weather: What all rates are multiplied with, so that sums rise and fall too.
    mutating func move(to time: Double, weather: Double)

    static func wrap(_ row: Row) -> AdminV1.Row.RowOneof
}

/// What the backend needs of the rows of one kind.
protocol RowCast: AnyObject {
    var count: Int { get }
    func move(to time: Double, weather: Double)
    func visit(with scan: inout Scan)
    func rows(_ keys: [RowKey], fields: Set<Int>?) -> [AdminV1.Row]
    func row(id: String) -> AdminV1.Row?
    /// Takes the rows away, and says which there were.
    func remove(_ ids: Set<String>) -> [String]
}

/// All rows of one kind, in the order in which they came.
final class Cast<Member: Posed>: RowCast {
    private struct Entry {
        var key: UInt64
        var member: Member
        var spelledOut: [PosedField]
    }

    private var entries: [Entry] = []
    private var lastKey: UInt64 = 0
    private let epoch: Timestamp
    private let identify: (Member.Row) -> String

    init(epoch: Timestamp, _ id: KeyPath<Member.Row, String>) {
        self.epoch = epoch
        self.identify = { $0[keyPath: id] }
    }

    var count: Int { self.entries.count }
    var members: some Sequence<Member> { self.entries.lazy.map(\.member) }

    func add(_ member: Member, spelledOut fields: [PosedField] = []) {
        self.lastKey += 1
        var entry = Entry(key: self.lastKey, member: member, spelledOut: fields)
        self.finish(&entry, at: 0)
        self.entries.append(entry)
    }

    func move(to time: Double, weather: Double) {
        for index in self.entries.indices {
            self.entries[index].member.move(to: time, weather: weather)
            if !self.entries[index].spelledOut.isEmpty { self.finish(&self.entries[index], at: time) }
        }
    }

    /// Lays what is spelled out over what is made up: of two fields with one number in a message, the later one counts.
    private func finish(_ entry: inout Entry, at time: Double) {
        if entry.spelledOut.isEmpty { return }
        var encoder = BinaryEncoder()
        for field in entry.spelledOut.reversed() {
            encoder.write(field.value(at: time, epoch: self.epoch), of: field.descriptor)
        }
        entry.member.row = read(Member.Row.self, entry.member.row.serialized() + encoder.finish())
    }

    func visit(with scan: inout Scan) {
        for index in self.entries.indices {
            scan.visit(RowKey(number: self.entries[index].key), self.entries[index].member.row)
        }
    }

    func rows(_ keys: [RowKey], fields: Set<Int>?) -> [AdminV1.Row] {
        keys.compactMap { key in
            self.index(of: key.number).map { self.wrapped(self.entries[$0].member.row, fields) }
        }
    }

    func row(id: String) -> AdminV1.Row? {
        let wanted = RowKey(text: id)
        return self.entries.first { RowKey(text: self.identify($0.member.row)) == wanted }
            .map { self.wrapped($0.member.row, nil) }
    }

    func remove(_ ids: Set<String>) -> [String] {
        var removed: [String] = []
        self.entries.removeAll { entry in
            let id = self.identify(entry.member.row)
            guard ids.contains(id) else { return false }
            removed.append(id)
            return true
        }
        return removed
    }

    /// Changes rows for good, also in what is spelled out about them.
    ///
    /// - Returns: The ids of those that were there.
    func change(_ ids: Set<String>, settling fields: Set<Int>, _ body: (inout Member) -> Void) -> [String] {
        var changed: [String] = []
        for index in self.entries.indices {
            let id = self.identify(self.entries[index].member.row)
            guard ids.contains(id) else { continue }
            self.entries[index].spelledOut.removeAll { fields.contains($0.descriptor.number) }
            body(&self.entries[index].member)
            changed.append(id)
        }
        return changed
    }

    /// Changes all rows, under what is spelled out.
    func replaceRows(at time: Double, _ body: (inout Member) -> Void) {
        for index in self.entries.indices {
            body(&self.entries[index].member)
            self.finish(&self.entries[index], at: time)
        }
    }

    private func index(of key: UInt64) -> Int? {
        var low = 0
        var high = self.entries.count
        while low < high {
            let middle = (low + high) / 2
            if self.entries[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low < self.entries.count && self.entries[low].key == key ? low : nil
    }

    private func wrapped(_ row: Member.Row, _ fields: Set<Int>?) -> AdminV1.Row {
        var row = row
        if let fields {
            var encoder = BinaryEncoder()
            for descriptor in Member.Row.fields.reversed() where fields.contains(descriptor.number) {
                let value = row.value(of: descriptor.number)
                if value != .none { encoder.write(value, of: descriptor) }
            }
            row = read(Member.Row.self, encoder.finish())
        }
        var wrapped = AdminV1.Row()
        wrapped.row = Member.wrap(row)
        return wrapped
    }
}

/// Bytes that were just written.
private func read<Row: Message>(_ type: Row.Type, _ bytes: [UInt8]) -> Row {
    do {
        return try Row(serialized: bytes)
    } catch {
        preconditionFailure("a row that was written cannot be read: \(error)")
    }
}
