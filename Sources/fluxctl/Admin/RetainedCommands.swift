import AdminAPI
import CommandSpec
import JSON
import Protobuf
import Terminal

/// `fluxctl retained`.
enum RetainedCommands {
    private static let patternMaybe = Positional(
        maybe: .string("PATTERN"),
        "Only topics that this topic filter matches."
    )
    private static let pattern = Positional(.string("PATTERN"), "A topic, or a topic filter with + and #.")
    private static let topic = Positional(.string("TOPIC"), "The topic.")

    static let group = CommandGroup(
        "retained",
        aliases: ["ret"],
        "messages that the broker keeps for later subscribers",
        description: ["A topic has one retained message at most; its id is the topic."],
        [
            .asking(
                "retained ls",
                "list retained messages",
                positionals: [patternMaybe],
                groups: [ListFlags.rows, ListFlags.shown],
                examples: [
                    Example("fluxctl retained ls 'status/#' --filter 'age_ms>30d'", "What has not changed for a month"),
                    Example("fluxctl retained ls --sort -payload_bytes --limit 5", "The five largest"),
                ],
                output: Kinds.retained.type.listSchema
            ) { (invocation) throws(Failure) in
                let filter = try invocation.arguments[patternMaybe].map { (text) throws(Failure) in
                    try topicPattern(text, command: invocation.command)
                }
                return try ListRun.main(invocation, Kinds.retained, filter: filter ?? "")
            },
            .asking(
                "retained show",
                "show one retained message with its payload",
                description: ["Of a payload above 4 KiB the beginning is shown; fluxctl sub shows all of it."],
                positionals: [topic],
                groups: [ListFlags.one],
                output: RetainedContent.type.showSchema
            ) { (invocation) throws(Failure) in
                try RetainedContent.main(invocation, id: invocation.arguments[topic])
            },
            .asking(
                "retained rm",
                "remove retained messages",
                description: ["It counts first and asks."],
                effect: .destroy,
                positionals: [pattern],
                groups: [ChangeFlags.destroyOne],
                examples: [Example("fluxctl retained rm 'status/#' --dry-run", "See what would be removed")],
                output: ChangeRun.type.showSchema,
                formats: ChangeRun.formats
            ) { (invocation) throws(Failure) in
                let text = invocation.arguments[pattern]
                let isOne = !text.contains("+") && !text.contains("#")
                return try ChangeRun.main(
                    invocation,
                    .retained,
                    verb: "remove",
                    id: isOne ? text : nil,
                    filter: isOne ? nil : try topicPattern(text, command: invocation.command),
                    isDestroying: true,
                    noun: "message"
                )
            },
        ]
    )
}

/// An MQTT topic filter as a filter over ids.
///
/// Wildcards at the start do not match topics that begin with `$`. Source: MQTT 5.0 §4.7.
func topicPattern(_ filter: String, command: String) throws(Failure) -> String {
    var levels = filter.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isOpenEnded = levels.last == "#"
    if isOpenEnded { levels.removeLast() }
    for level in levels where level != "+" && (level.contains("+") || level.contains("#")) {
        throw .usage(
            command,
            "\"\(filter)\" is no topic filter",
            hint: "+ and # stand for whole levels, and # only for the last"
        )
    }
    var pattern = levels.map { $0 == "+" ? "[^/]*" : escaped($0, patternCharacters) }.joined(separator: "/")
    // `a/#` matches `a` itself; `#` alone all.
    if isOpenEnded { pattern = levels.isEmpty ? "" : "\(pattern)(/.*)?$" } else { pattern += "$" }
    let quoted = escaped("^\(pattern)", "\"\\")
    let isWildFirst = levels.first == "+" || levels.isEmpty
    return "id~\"\(quoted)\"" + (isWildFirst ? " id!~\"^[$]\"" : "")
}

/// What means something in a pattern. Source: ``Query/Pattern``.
let patternCharacters = "\\^$.|?*+()[]{}"

/// The text with a backslash before each of the special characters.
func escaped(_ text: String, _ special: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        if special.unicodeScalars.contains(scalar) { result.append("\\") }
        result.unicodeScalars.append(scalar)
    }
    return result
}

/// A retained message with its payload.
enum RetainedContent {
    private static let mapping = RecordMapping<AdminV1.Retained>(without: ["payload"])

    static let type = RowType(
        "retained",
        plural: "retained messages",
        mapping.columns + [
            Column("payload", .string, optional: true, "The payload, or its first 4096 bytes, when it is UTF-8."),
            Column(
                "payload_b64",
                .string,
                optional: true,
                "The payload, or its first 4096 bytes, in base64 when it is not."
            ),
            Column(
                "payload_enc",
                .string,
                optional: true,
                "Which of the two it is: utf8 or binary. Lists have no payloads."
            ),
        ]
    )

    static func main(_ invocation: AdminInvocation, id: String) throws(Failure) -> ExitCode {
        var columns = try ShowRun.columns(invocation, self.type)
        let response = try invocation.connect().get(.retained, id: id)
        guard case .retained(let retained)? = response.row?.row else { throw ShowRun.noRow("retained message", id) }
        let record = self.record(retained, isForPeople: invocation.console.format.isTable)
        if invocation.console.format.isTable {
            // A payload is shown once, however it is encoded.
            columns.removeAll { ["payload_b64", "payload_enc"].contains(self.type.columns[$0].name) }
        }
        let head = ListHead(node: response.node, at: response.at ?? currentTime())
        try writeObject(record, self.type, columns: columns, head: head, to: invocation.console)
        return .success
    }

    static func record(_ retained: AdminV1.Retained, isForPeople: Bool) -> Record {
        let values = self.mapping.record(retained).values
        return Record(values + payloadValues(retained.payload, of: retained.payloadBytes, isForPeople: isForPeople))
    }
}

/// A payload's beginning as three columns: text, base64, and which of the two it is. People see the text, whatever it is.
///
/// - Parameter total: Bytes of the whole payload.
func payloadValues(_ payload: [UInt8], of total: UInt64, isForPeople: Bool) -> [Datum] {
    let isCut = UInt64(payload.count) < total
    if isForPeople {
        let tail = isCut ? "…(+\(Quantity.size(total &- UInt64(payload.count))))" : ""
        return [.text(displayed(payload, limit: nil) + tail), .none, .none]
    }
    // The cut may stand within a character.
    let text = validText(payload, isCut: isCut)
    return text.map { [.text($0), .none, .text("utf8")] } ?? [.none, .text(base64(payload)), .text("binary")]
}

/// UTF-8, without the part of a character at its end when it was cut there; nil when it is anything else.
private func validText(_ bytes: [UInt8], isCut: Bool) -> String? {
    for dropped in 0...(isCut ? min(3, bytes.count) : 0) {
        if let text = String(validating: bytes.dropLast(dropped), as: UTF8.self) { return text }
    }
    return nil
}
