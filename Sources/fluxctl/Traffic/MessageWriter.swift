import CommandSpec
import JSON
import MQTTClient

/// Writes received messages to standard output in one of the formats, a batch at a time.
struct MessageWriter {
    private enum Style { case table, json, jsonl, template(Template), payload(separator: UInt8) }

    private let console: Console
    private let style: Style
    private let isUnescaped: Bool
    private let via: String
    private var output: [UInt8] = []
    /// Messages so far.
    private(set) var written = 0

    init(_ console: Console, _ arguments: Arguments, via: String) {
        self.console = console
        self.via = via
        self.isUnescaped = arguments[SubscribeCommand.raw]
        switch (console.format, console.template) {
        case (.json, _): self.style = .json
        case (.jsonl, _): self.style = .jsonl
        case (_, let template?): self.style = .template(template)
        default:
            if arguments[SubscribeCommand.null] {
                self.style = .payload(separator: 0)
            } else {
                self.style = arguments[SubscribeCommand.raw] ? .payload(separator: UInt8(ascii: "\n")) : .table
            }
        }
    }

    mutating func begin() throws(Failure) {
        switch self.style {
        case .table where self.console.quiet < 2: self.output += MessageView.tableHeader.utf8
        case .json: self.output += "{\"schema\":\"fluxmq.message.list/1\",\"at\":\"\(timestamp())\",\"items\":[".utf8
        default: break
        }
        try self.flush()
    }

    mutating func add(_ delivery: MQTTDelivery) {
        self.written += 1
        if case .payload(let separator) = self.style {
            self.output += delivery.message.payload
            return self.output.append(separator)
        }
        let view = MessageView(sequence: self.written, at: timestamp(), delivery: delivery, via: self.via)
        switch self.style {
        case .table: self.output += view.tableRow(isTerminal: self.console.isTerminal).utf8
        case .json:
            self.output += (self.written == 1 ? "\n" : ",\n").utf8
            view.json.write(to: &self.output)
        case .jsonl:
            view.json.write(to: &self.output)
            self.output.append(UInt8(ascii: "\n"))
        case .template(let template):
            let isUnescaped = self.isUnescaped
            template.render(view.json, raw: { view.payload(of: $0, unescaped: isUnescaped) }, to: &self.output)
        case .payload: break
        }
    }

    mutating func flush() throws(Failure) {
        if self.output.isEmpty { return }
        try self.console.write(self.output)
        self.output.removeAll(keepingCapacity: true)
    }

    /// Completes the document; also after an interruption, so that it can be read.
    mutating func end() throws(Failure) {
        if case .json = self.style { self.output += "\n],\"total\":\(self.written)}\n".utf8 }
        try self.flush()
    }
}
