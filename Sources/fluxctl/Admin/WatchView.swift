import AdminAPI
import Protobuf
import Terminal

/// What a watched list looks like now, and how each format shows a change of it.
struct WatchView {
    private let console: Console
    private let resource: Resource
    private let columns: [Int]
    private let interval: Duration
    private let identity: Int
    private var writer: ListWriter
    private var records: [String: Record] = [:]
    private var order: [String] = []
    private var looks = 0

    init(_ console: Console, _ resource: Resource, columns: [Int], interval: Duration) {
        self.console = console
        self.resource = resource
        self.columns = columns
        self.interval = interval
        self.identity = resource.type.index(of: "id") ?? 0
        self.writer = ListWriter(console, resource.type, columns: columns)
    }

    mutating func show(_ response: AdminV1.WatchResponse) throws(Failure) {
        let changed = response.changed.compactMap(self.resource.record)
        try self.writer.begin(ListHead(at: response.at ?? currentTime()))
        guard self.console.format.isTable else {
            for record in changed { try self.writer.add(record) }
            return try self.writer.flush()
        }
        // The first answer of a connection holds everything, and what was known before it is void.
        if response.seq == 1 { self.records = [:] }
        for id in response.removed { self.records[id] = nil }
        for record in changed { self.records[record.values[self.identity].plainText] = record }
        if !response.order.isEmpty || self.records.isEmpty { self.order = response.order }
        for id in self.order {
            if let record = self.records[id] { try self.writer.add(record) }
        }
        let lines = self.writer.tableLines()
        self.looks += 1
        if let size = self.console.size {
            try self.console.write(Array(self.screen(lines, response, size).utf8))
        } else {
            let gap = self.looks > 1 ? "\n" : ""
            try self.console.write(Array((gap + lines.map { $0 + "\n" }.joined()).utf8))
        }
    }

    /// The terminal from its first line on: each line is written over the old one, so that nothing flickers.
    private func screen(_ lines: [String], _ response: AdminV1.WatchResponse, _ size: ScreenSize) -> String {
        let shown = lines.prefix(max(1, size.height - 1))
        let counts = "\(Quantity.exact(response.totalMatched)) \(self.resource.type.plural)"
        let footer = "\(counts)  every \(self.interval.short)  \((response.at ?? currentTime()).text)"
        let start = self.looks == 1 ? "\u{1B}[H\u{1B}[2J" : "\u{1B}[H"
        let clear = "\u{1B}[K\n"
        return start + shown.map { $0 + clear }.joined() + fit(footer, size.width) + "\u{1B}[K\u{1B}[J"
    }
}
