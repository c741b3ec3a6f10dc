// The one place that meets libyaml.
import CYAML

/// Reads one YAML document. Anchors, aliases and tags are refused: a configuration is read by people, top to bottom.
package enum YAMLParser {
    /// Deeper than any configuration, and far below what recursion could not bear.
    static let maximumDepth = 32

    /// - Returns: nil when the text holds no value (it is empty, or comments only).
    /// - Throws: With `file`, line and column: not YAML, a key written twice, or a second document with a value in it.
    package static func parse(_ bytes: [UInt8], file: String) throws(ConfigError) -> YAMLNode? {
        let events = EventStream(bytes, file: file)
        var document: YAMLNode?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamStart, .documentEnd: continue
            case .streamEnd: return document
            case .documentStart:
                let node = try events.node(from: try events.next(), path: "", depth: 0)
                if node.isNull { continue }
                guard document == nil else {
                    throw events.error("configuration must be a single YAML document; a second one starts here", event)
                }
                document = node
            default: throw events.error("a value stands outside of the document", event)
            }
        }
    }
}

/// libyaml's events as values. Lives for one call of ``YAMLParser/parse(_:file:)``.
private final class EventStream {
    struct Event {
        enum Kind {
            case streamStart, streamEnd, documentStart, documentEnd
            case scalar(String, YAMLNode.Style)
            case sequenceStart, sequenceEnd, mappingStart, mappingEnd
        }
        var kind: Kind
        var position: YAMLPosition
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let file: String

    init(_ bytes: [UInt8], file: String) {
        self.file = file
        self.input = .allocate(capacity: bytes.count)
        _ = self.input.initialize(from: bytes)
        self.parser = .allocate(capacity: 1)
        precondition(yaml_parser_initialize(self.parser) == 1, "libyaml has no memory for a parser")
        yaml_parser_set_input_string(self.parser, self.input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(self.parser)
        self.parser.deallocate()
        self.input.deallocate()
    }

    func error(_ message: String, key: String? = nil, _ event: Event) -> ConfigError {
        ConfigError(message, key: key, at: .file(self.file, event.position))
    }

    func next() throws(ConfigError) -> Event {
        var raw = yaml_event_t()
        guard yaml_parser_parse(self.parser, &raw) == 1 else { throw self.syntaxError() }
        defer { yaml_event_delete(&raw) }
        let mark = raw.start_mark
        var event = Event(
            kind: .streamEnd,
            position: YAMLPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        )
        switch raw.type {
        case YAML_STREAM_START_EVENT: event.kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: event.kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: event.kind = .documentEnd
        case YAML_SEQUENCE_END_EVENT: event.kind = .sequenceEnd
        case YAML_MAPPING_END_EVENT: event.kind = .mappingEnd
        case YAML_ALIAS_EVENT: throw self.error("aliases are not supported; write the value out", event)
        case YAML_SEQUENCE_START_EVENT:
            event.kind = .sequenceStart
            try self.refuse(anchor: raw.data.sequence_start.anchor, tag: raw.data.sequence_start.tag, event)
        case YAML_MAPPING_START_EVENT:
            event.kind = .mappingStart
            try self.refuse(anchor: raw.data.mapping_start.anchor, tag: raw.data.mapping_start.tag, event)
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            event.kind = .scalar(text, scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted)
            try self.refuse(anchor: scalar.anchor, tag: scalar.tag, event)
        default: break  // the end of the stream, and YAML_NO_EVENT after it
        }
        return event
    }

    /// The value that starts with `event`; reads on to its end.
    func node(from event: Event, path: String, depth: Int) throws(ConfigError) -> YAMLNode {
        guard depth <= YAMLParser.maximumDepth else {
            throw self.error("nested deeper than \(YAMLParser.maximumDepth) levels", event)
        }
        switch event.kind {
        case .scalar(let text, let style): return YAMLNode(.scalar(text, style), at: event.position)
        case .sequenceStart:
            var nodes: [YAMLNode] = []
            while true {
                let item = try self.next()
                if case .sequenceEnd = item.kind { return YAMLNode(.sequence(nodes), at: event.position) }
                nodes.append(try self.node(from: item, path: "\(path)[\(nodes.count)]", depth: depth + 1))
            }
        case .mappingStart:
            var entries: [YAMLEntry] = []
            while true {
                let key = try self.next()
                if case .mappingEnd = key.kind { return YAMLNode(.mapping(entries), at: event.position) }
                guard case .scalar(let name, _) = key.kind else { throw self.error("a key must be a plain word", key) }
                let keyPath = path.isEmpty ? name : "\(path).\(name)"
                if let first = entries.first(where: { $0.key == name })?.keyPosition {
                    let place = path.isEmpty ? "" : " in \(path)"
                    throw self.error(
                        "key '\(name)' is written twice\(place), first on line \(first.line)",
                        key: keyPath,
                        key
                    )
                }
                let value = try self.node(from: try self.next(), path: keyPath, depth: depth + 1)
                entries.append(YAMLEntry(name, at: key.position, value))
            }
        default: throw self.error("a value is missing", event)
        }
    }

    private func refuse(anchor: UnsafePointer<UInt8>?, tag: UnsafePointer<UInt8>?, _ event: Event) throws(ConfigError) {
        if anchor != nil { throw self.error("anchors are not supported; write the value out where it is used", event) }
        if tag != nil { throw self.error("tags are not supported; the key says what type its value has", event) }
    }

    private func syntaxError() -> ConfigError {
        let parser = self.parser.pointee
        // A reader's error (bytes that are not text) has an offset only.
        guard parser.error != YAML_READER_ERROR else {
            let before = self.input[..<min(Int(parser.problem_offset), self.input.count)]
            let line = before.count(where: { $0 == UInt8(ascii: "\n") }) + 1
            let column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
            return ConfigError(
                "not YAML: \(parser.problem.map { String(cString: $0) } ?? "unreadable")",
                at: .file(self.file, YAMLPosition(line: line, column: column))
            )
        }
        let mark = parser.problem_mark
        var message = "not YAML: \(parser.problem.map { String(cString: $0) } ?? "unreadable")"
        if let context = parser.context {
            message += " \(String(cString: context)) that starts on line \(Int(parser.context_mark.line) + 1)"
        }
        // libyaml counts characters where this counts bytes: its words have to fit too.
        let byte = Int(mark.index) < self.input.count ? self.input[Int(mark.index)] : 0
        if byte == UInt8(ascii: "\t"), message.contains("cannot start any token") {
            message = "a tab cannot indent YAML; use spaces"
        }
        return ConfigError(
            message,
            at: .file(self.file, YAMLPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1))
        )
    }
}

@available(*, unavailable)
extension EventStream: Sendable {}
