import AdminAPI
import CommandSpec
import Configuration
import Protobuf
import Query

/// Reads scenario files. What is wrong in one is said with its line.
struct ScenarioReader {
    private static let maximumRows = 1_000_000

    private let file: String

    static func load(_ path: String) throws(ConfigError) -> Scenario {
        try self.read(try ConfigFile.read(path), file: path)
    }

    static func read(_ bytes: [UInt8], file: String) throws(ConfigError) -> Scenario {
        let reader = ScenarioReader(file: file)
        guard let node = try YAMLParser.parse(bytes, file: file) else { return Scenario() }
        return try reader.scenario(node)
    }

    private func scenario(_ node: YAMLNode) throws(ConfigError) -> Scenario {
        var scenario = Scenario()
        for entry in try self.entries(node) {
            let value = entry.value
            switch entry.key {
            case "seed": scenario.seed = UInt64(try self.whole(value, in: 0...Int.max))
            case "clock": scenario.clock = try self.choice(value)
            case "at": scenario.at = try self.timestamp(value)
            case "step": scenario.step = Int(try self.seconds(value, in: 1...86_400))
            case "node": scenario.node = try self.text(value)
            case "version": scenario.version = try self.text(value)
            case "uptime": scenario.uptime = try self.seconds(value, in: 0...3.2e9)
            case "history": scenario.history = Int(try self.seconds(value, in: 0...86_400))
            case "kinds":
                scenario.kinds = []
                for item in try self.items(value) {
                    scenario.kinds.append(try self.kind(try self.text(item), at: item))
                }
            case "churn_per_s": scenario.churnPerSecond = try self.number(value, in: 0...1_000)
            case "counts":
                for entry in try self.entries(value) {
                    let kind = try self.kind(entry.key, at: entry.value, entry.keyPosition)
                    scenario.counts[kind] = try self.whole(entry.value, in: 0...ScenarioReader.maximumRows)
                }
            case "rows":
                for entry in try self.entries(value) {
                    let kind = try self.kind(entry.key, at: entry.value, entry.keyPosition)
                    var rows: [[PosedField]] = []
                    for item in try self.items(entry.value) { rows.append(try self.row(item, kind)) }
                    scenario.rows[kind] = rows
                }
            case "events":
                for item in try self.items(value) { scenario.events.append(try self.event(item)) }
            case "log":
                for item in try self.items(value) { scenario.log.append(try self.logRecord(item)) }
            case "faults":
                for item in try self.items(value) { scenario.faults.append(try self.fault(item)) }
            default:
                let keys = [
                    "seed", "clock", "at", "step", "node", "version", "uptime", "history", "kinds", "churn_per_s",
                    "counts", "rows",
                    "events", "log", "faults",
                ]
                throw self.unknown(entry, among: keys)
            }
        }
        return scenario
    }

    // MARK: Rows

    private func row(_ node: YAMLNode, _ kind: AdminV1.Kind) throws(ConfigError) -> [PosedField] {
        guard let table = KindTable.of(kind) else { throw self.error("no such kind", node) }
        var fields: [PosedField] = []
        for entry in try self.entries(node) {
            guard let descriptor = table.descriptors.first(where: { $0.name == entry.key }) else {
                throw self.unknown(entry, among: table.descriptors.map(\.name))
            }
            fields.append(PosedField(descriptor: descriptor, value: try self.value(entry.value, descriptor, table)))
        }
        return fields
    }

    private func value(
        _ node: YAMLNode,
        _ descriptor: FieldDescriptor,
        _ table: KindTable
    ) throws(ConfigError) -> PosedField.Value {
        if descriptor.kind == .bytes { return .fixed(.string(try self.longText(node))) }
        guard let field = table.table[descriptor.name] else {
            throw self.error("\(descriptor.name) is worked out from other rows", node)
        }
        if case .mapping = node.content {
            if field.form == .text { return .fixed(.string(try self.longText(node))) }
            return try self.moving(node, field)
        }
        if field.form == .text { return .fixed(.string(try self.text(node))) }
        switch try self.filterValue(node, field) {
        case .integer(let number) where field.form == .flag: return .fixed(.bool(number != 0))
        case .integer(let number) where field.form == .time:
            return .fixed(.timestamp(Timestamp().advanced(by: Double(number) / 1e9)))
        case .integer(let number): return .fixed(field.form == .real ? .double(Double(number)) : .int(number))
        case .real(let number): return .fixed(.double(number))
        case .relativeTime(let nanoseconds): return .time(Double(nanoseconds) / 1e9)
        case .text(let text): return .fixed(.string(text))
        }
    }

    private func filterValue(_ node: YAMLNode, _ field: Field) throws(ConfigError) -> FilterValue {
        let text = try self.scalar(node)
        do throws(ValueError) {
            return try FilterValue(text, for: field)
        } catch {
            throw self.error(error.message, node, suggestion: error.hint)
        }
    }

    /// A wave or a counter.
    private func moving(_ node: YAMLNode, _ field: Field) throws(ConfigError) -> PosedField.Value {
        var wave = Wave(mean: 0)
        var (start, perSecond): (Double?, Double) = (nil, 0)
        for entry in try self.entries(node) {
            switch entry.key {
            case "mean": wave.mean = try self.number(entry.value, of: field)
            case "swing":
                guard let percent = Double(try self.scalar(entry.value).filter { $0 != "%" }),
                    (0...100).contains(percent)
                else {
                    throw self.error("swing is 0% to 100%", entry.value)
                }
                wave.swing = percent / 100
            case "period": wave.period = try self.seconds(entry.value, in: 1...86_400)
            case "start": start = try self.number(entry.value, of: field)
            case "per_s": perSecond = try self.number(entry.value, of: field)
            default: throw self.unknown(entry, among: ["mean", "swing", "period", "start", "per_s"])
            }
        }
        return start.map { .counter(start: $0, perSecond: perSecond) } ?? .wave(wave)
    }

    private func number(_ node: YAMLNode, of field: Field) throws(ConfigError) -> Double {
        switch try self.filterValue(node, field) {
        case .integer(let number): return Double(number)
        case .real(let number): return number
        case .text, .relativeTime: throw self.error("\(field.name) is not a number", node)
        }
    }

    /// A text, or `{repeat: x, times: 65535}`.
    private func longText(_ node: YAMLNode) throws(ConfigError) -> String {
        guard case .mapping = node.content else { return try self.text(node) }
        var (part, times) = ("", 1)
        for entry in try self.entries(node) {
            switch entry.key {
            case "repeat": part = try self.text(entry.value)
            case "times": times = try self.whole(entry.value, in: 0...1_000_000)
            default: throw self.unknown(entry, among: ["repeat", "times"])
            }
        }
        return String(repeating: part, count: times)
    }

    // MARK: Scripts

    private func event(_ node: YAMLNode) throws(ConfigError) -> ScriptedRecord<AdminV1.Event> {
        var script = ScriptedRecord(at: 0, record: AdminV1.Event())
        script.record.level = .info
        for entry in try self.entries(node) {
            switch entry.key {
            case "at": script.at = try self.offset(entry.value)
            case "every": script.every = try self.seconds(entry.value, in: 0.1...86_400)
            case "level": script.record.level = try self.level(entry.value)
            case "kind": script.record.kind = try self.text(entry.value)
            case "subject": script.record.subject = try self.longText(entry.value)
            case "text": script.record.text = try self.longText(entry.value)
            case "identity": script.record.identity = try self.text(entry.value)
            case "attributes": script.record.attributes = try self.texts(entry.value)
            default:
                throw self.unknown(
                    entry,
                    among: ["at", "every", "level", "kind", "subject", "text", "identity", "attributes"]
                )
            }
        }
        return script
    }

    private func logRecord(_ node: YAMLNode) throws(ConfigError) -> ScriptedRecord<AdminV1.LogRecord> {
        var script = ScriptedRecord(at: 0, record: AdminV1.LogRecord())
        script.record.level = .info
        for entry in try self.entries(node) {
            switch entry.key {
            case "at": script.at = try self.offset(entry.value)
            case "every": script.every = try self.seconds(entry.value, in: 0.1...86_400)
            case "level": script.record.level = try self.level(entry.value)
            case "message": script.record.message = try self.longText(entry.value)
            case "metadata": script.record.metadata = try self.texts(entry.value)
            default: throw self.unknown(entry, among: ["at", "every", "level", "message", "metadata"])
            }
        }
        return script
    }

    private func fault(_ node: YAMLNode) throws(ConfigError) -> Fault {
        var fault = Fault(at: 0, kind: .drop)
        for entry in try self.entries(node) {
            switch entry.key {
            case "at": fault.at = try self.seconds(entry.value, in: 0...86_400)
            case "do": fault.kind = try self.choice(entry.value)
            case "by": fault.by = try self.seconds(entry.value, in: 0...600)
            case "for": fault.duration = try self.seconds(entry.value, in: 0...86_400)
            default: throw self.unknown(entry, among: ["at", "do", "by", "for"])
            }
        }
        if (fault.kind == .delay) != (fault.by > 0) { throw self.error("by goes with delay, and delay with by", node) }
        if fault.kind != .delay, fault.duration != nil { throw self.error("for goes with delay", node) }
        return fault
    }

    // MARK: Values

    private func error(_ message: String, _ node: YAMLNode, suggestion: String? = nil) -> ConfigError {
        ConfigError(message, suggestion: suggestion, at: .file(self.file, node.position))
    }

    private func unknown(_ entry: YAMLEntry, among keys: [String]) -> ConfigError {
        ConfigError(
            "unknown key '\(entry.key)'",
            allowed: keys.joined(separator: ", "),
            suggestion: suggestion(for: entry.key, among: keys),
            at: .file(self.file, entry.keyPosition)
        )
    }

    private func entries(_ node: YAMLNode) throws(ConfigError) -> [YAMLEntry] {
        guard case .mapping(let entries) = node.content else {
            throw self.error("needs a section, found \(node.kind)", node)
        }
        return entries
    }

    private func items(_ node: YAMLNode) throws(ConfigError) -> [YAMLNode] {
        guard case .sequence(let items) = node.content else {
            throw self.error("needs a list, found \(node.kind)", node)
        }
        return items
    }

    private func scalar(_ node: YAMLNode) throws(ConfigError) -> String {
        guard case .scalar(let text, _) = node.content else {
            throw self.error("needs one value, found \(node.kind)", node)
        }
        return text
    }

    /// Any text, control characters too: hostile names are what scenarios are for.
    private func text(_ node: YAMLNode) throws(ConfigError) -> String { try self.scalar(node) }

    private func texts(_ node: YAMLNode) throws(ConfigError) -> [String: String] {
        var texts: [String: String] = [:]
        for entry in try self.entries(node) { texts[entry.key] = try self.text(entry.value) }
        return texts
    }

    private func whole(_ node: YAMLNode, in range: ClosedRange<Int>) throws(ConfigError) -> Int {
        guard let value = Int(try self.scalar(node)), range.contains(value) else {
            throw self.error("needs a whole number from \(range.lowerBound) to \(range.upperBound)", node)
        }
        return value
    }

    private func number(_ node: YAMLNode, in range: ClosedRange<Double>) throws(ConfigError) -> Double {
        guard let value = Double(try self.scalar(node)), range.contains(value) else {
            throw self.error("needs a number from \(range.lowerBound) to \(range.upperBound)", node)
        }
        return value
    }

    private func seconds(_ node: YAMLNode, in range: ClosedRange<Double>) throws(ConfigError) -> Double {
        guard let duration = parseDuration(try self.scalar(node)), range.contains(duration / .seconds(1)) else {
            throw self.error(
                "needs a duration (250ms, 5s, 12d4h) from \(range.lowerBound) to \(range.upperBound) seconds",
                node
            )
        }
        return duration / .seconds(1)
    }

    /// A duration from the scenario's start, before it with `-`.
    private func offset(_ node: YAMLNode) throws(ConfigError) -> Double {
        let text = try self.scalar(node)
        guard let duration = parseDuration(text.hasPrefix("-") ? String(text.dropFirst()) : text) else {
            throw self.error("needs a time counted from the start: 10s, or -5m", node)
        }
        return duration / .seconds(text.hasPrefix("-") ? -1 : 1)
    }

    private func timestamp(_ node: YAMLNode) throws(ConfigError) -> Timestamp {
        guard let time = PointInTime.read(try self.scalar(node)) else {
            throw self.error("needs a time: 2026-11-22T14:02:07Z", node)
        }
        return Timestamp().advanced(by: Double(time) / 1e9)
    }

    private func choice<Choice: CaseIterable & RawRepresentable>(_ node: YAMLNode) throws(ConfigError) -> Choice
    where Choice.RawValue == String {
        let text = try self.scalar(node)
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        throw ConfigError(
            "'\(text)' is not known here",
            allowed: words.joined(separator: ", "),
            suggestion: suggestion(for: text, among: words),
            at: .file(self.file, node.position)
        )
    }

    private func level(_ node: YAMLNode) throws(ConfigError) -> AdminV1.Level {
        let text = try self.scalar(node)
        if let level = AdminV1.Level(name: text), level != .unspecified { return level }
        throw self.error(
            "'\(text)' is not a level",
            node,
            suggestion: suggestion(for: text, among: AdminV1.Level.allCases.map(\.name))
        )
    }

    private func kind(_ text: String, at node: YAMLNode, _ position: YAMLPosition? = nil) throws(ConfigError)
        -> AdminV1.Kind
    {
        if let table = KindTable.all.first(where: { $0.name == text }) { return table.kind }
        let names = KindTable.all.map(\.name)
        throw ConfigError(
            "'\(text)' is not a kind of row",
            allowed: names.joined(separator: ", "),
            suggestion: suggestion(for: text, among: names),
            at: .file(self.file, position ?? node.position)
        )
    }
}
