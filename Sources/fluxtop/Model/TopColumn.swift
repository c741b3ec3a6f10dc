package import AdminAPI
package import Protobuf
package import Terminal

/// One column of a table: the field it shows, and how.
package struct TopColumn: Equatable, Sendable {
    package enum Shape: Equatable, Sendable {
        /// From a peer: cut where it does not fit.
        case text(least: Int, most: Int)
        /// One of a few words of at most so many letters.
        case word(Int)
        case count(Int)
        case rate
        case size
        case byteRate
        /// Milliseconds.
        case duration
        /// A point in time: how long ago, or how long until then.
        case since, until
        /// A rate with its sign: what becomes more or less.
        case change
        /// Milliseconds until a group's lag is nothing.
        case drain
        case flag
        /// The last minute of the row's activity, while it was watched.
        case history
    }

    /// The field's name, which commands use, too.
    package let name: String
    package let title: String
    package let shape: Shape
    /// 0 is left out last.
    package let rank: Int
    /// The field's number; 0 for what is not a field.
    private var number = 0

    init(_ name: String, _ title: String, _ shape: Shape, rank: Int) {
        self.name = name
        self.title = title
        self.shape = shape
        self.rank = rank
    }

    /// The same columns, with the numbers that their fields have in a message.
    static func of(_ message: any Message.Type, _ columns: [TopColumn]) -> [TopColumn] {
        columns.map { column in
            var column = column
            column.number = message.fields.first { $0.name == column.name }?.number ?? 0
            return column
        }
    }

    package var isNumber: Bool {
        switch self.shape {
        case .count, .rate, .size, .byteRate, .duration, .since, .until, .change, .drain: true
        case .text, .word, .flag, .history: false
        }
    }

    /// History is made here; the server cannot sort by it.
    package var isSortable: Bool { self.shape != .history }

    /// The room it asks for when `widest` is the width of its widest cell: text yields, numbers do not.
    package func claim(widest: Int = 0) -> Claim {
        let title = displayWidth(self.title)
        switch self.shape {
        case .text(let least, let most): return Claim(max(least, title), most, rank: self.rank)
        case .word(let width), .count(let width): return self.fixed(max(width, title, widest))
        case .rate, .size, .byteRate, .change: return self.fixed(max(5, title, widest))
        case .duration, .since, .until, .drain: return self.fixed(max(6, title, widest))
        case .flag: return self.fixed(max(1, title, widest))
        case .history: return Claim(8, 12, upTo: 20, rank: self.rank)
        }
    }

    private func fixed(_ width: Int) -> Claim { Claim(width, rank: self.rank) }

    /// The field's value; `.none` where the server did not send it.
    package func value(of row: AdminV1.Row) -> FieldValue {
        self.number == 0 ? .none : row.message?.value(of: self.number) ?? .none
    }

    /// A cell. Text is what the peer chose, not yet made safe; `history` is drawn by the view.
    ///
    /// - Parameter serverNow: The server's clock, for ages. Unit: milliseconds since 1970-01-01; nil while unknown.
    package func text(of row: AdminV1.Row, _ units: SizeUnits, serverNow: Int64?) -> String {
        let value = self.value(of: row)
        switch self.shape {
        case .text, .word: return value.text.isEmpty ? Quantity.unknown : value.text
        case .count(let width): return Quantity.count(value.unsigned, width: width)
        case .rate: return Quantity.rate(value.number)
        case .change: return Quantity.change(value.number)
        case .drain:
            guard case .group(let group) = row.row else { return Quantity.unknown }
            return group.drainText
        case .size: return Quantity.shortSize(value.unsigned, units)
        case .byteRate: return Quantity.shortByteRate(value.number, units)
        case .duration: return Quantity.duration(milliseconds: value.unsigned)
        case .since, .until:
            guard case .timestamp(let time) = value, let serverNow else { return Quantity.unknown }
            let distance = self.shape == .since ? serverNow &- time.unixMs : time.unixMs &- serverNow
            return Quantity.duration(milliseconds: UInt64(max(0, distance)))
        case .flag: return value == .bool(true) ? "y" : Quantity.unknown
        case .history: return ""
        }
    }
}

extension FieldValue {
    /// As a number without a sign; nil if it is none.
    package var unsigned: UInt64? {
        switch self {
        case .uint(let value): value
        case .int(let value): value < 0 ? nil : UInt64(value)
        default: nil
        }
    }

    package var number: Double? {
        switch self {
        case .double(let value): value
        case .uint(let value): Double(value)
        case .int(let value): Double(value)
        default: nil
        }
    }

    package var text: String {
        switch self {
        case .string(let value): value
        case .enumeration(let value): value
        case .bool(let value): value ? "yes" : "no"
        case .uint(let value): String(value)
        case .int(let value): String(value)
        default: ""
        }
    }
}
