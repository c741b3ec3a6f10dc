package import AdminAPI

/// An event or a log record, as a line.
package struct LogLine: Equatable, Sendable {
    package var seq: UInt64
    /// Since 1970-01-01.
    package var unixMs: Int64
    package var level: AdminV1.Level
    /// An event's kind; a log record has none.
    package var kind: String
    /// What it happened to.
    package var subject: String
    package var text: String
    /// Everything else, by name.
    package var attributes: [(name: String, value: String)]

    package init(_ event: AdminV1.Event) {
        self.seq = event.seq
        self.unixMs = event.at?.unixMs ?? 0
        self.level = event.level
        self.kind = event.kind
        self.subject = event.subject
        self.text = event.text
        self.attributes = sorted(event.attributes)
        if !event.identity.isEmpty { self.attributes.insert(("identity", event.identity), at: 0) }
        if !event.node.isEmpty { self.attributes.insert(("node", event.node), at: 0) }
    }

    package init(_ record: AdminV1.LogRecord) {
        self.seq = record.seq
        self.unixMs = record.at?.unixMs ?? 0
        self.level = record.level
        self.kind = ""
        self.subject = ""
        self.text = record.message
        self.attributes = sorted(record.metadata)
    }

    package static func == (left: LogLine, right: LogLine) -> Bool {
        left.seq == right.seq && left.level == right.level && left.text == right.text && left.subject == right.subject
    }
}

private func sorted(_ pairs: [String: String]) -> [(name: String, value: String)] {
    pairs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
}

/// The newest lines of a journal.
package struct LineLog: Equatable, Sendable {
    /// When full, the oldest go; they can be had from the server again.
    static let length = 2_000

    package private(set) var lines: [LogLine] = []
    /// Lines that the server no longer had when they were asked for.
    package private(set) var lost: UInt64 = 0
    /// Where to go on.
    private(set) var nextSeq: UInt64 = 0
    package private(set) var hasAnswer = false

    package init() {}

    mutating func append(_ lines: [LogLine], lost: UInt64, nextSeq: UInt64) {
        self.hasAnswer = true
        self.lost += lost
        let last = self.lines.last?.seq ?? 0
        self.lines += lines.filter { $0.seq > last }
        if self.lines.count > Self.length { self.lines.removeFirst(self.lines.count - Self.length) }
        self.nextSeq = max(self.nextSeq, nextSeq)
    }
}
