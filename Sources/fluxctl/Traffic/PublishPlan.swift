import CommandSpec
import Glibc
import MQTTClient

/// What one run of pub publishes, decided before it connects.
enum PublishPlan {
    /// These, `count` times; nil is for ever.
    case messages([MQTTMessage], count: Int?, every: Duration?)
    /// Each record of an input.
    case records(separator: UInt8, path: String)

    init(_ arguments: Arguments, _ source: MessageSource) throws(Failure) {
        let command = PublishCommand.self
        let given = Self.sources.filter { arguments.isGiven($0) }.map { "--\($0.spec.name)" }
        // With --to the first argument is no topic.
        let first = arguments.isGiven(command.target) ? [arguments[command.topic]].compactMap { $0 } : []
        let payloads = first + arguments[command.payloads]
        let takesRecords = arguments[command.lines] || arguments[command.null] || arguments.isGiven(command.input)
        let clash = given + (payloads.isEmpty ? [] : ["PAYLOAD"]) + (takesRecords ? [Self.recordFlag(arguments)] : [])
        let readsFile = arguments.isGiven(command.file) && takesRecords && clash.count == 2
        if clash.count > 1, !readsFile {
            throw .usage("pub", "the payload is given twice: \(clash.joined(separator: " and "))")
        }

        let count = arguments[command.count]
        let every = arguments[command.every]
        if takesRecords {
            if arguments[command.lines], arguments[command.null] {
                throw .usage("pub", "records end with a newline (-l) or a zero byte (-0), not both")
            }
            for flag in [command.count, command.every] as [any AnyFlag] where arguments.isGiven(flag) {
                throw .usage("pub", "--\(flag.spec.name) has no meaning with records of an input")
            }
            self = .records(
                separator: arguments[command.null] ? 0 : UInt8(ascii: "\n"),
                path: arguments[command.file] ?? "-"
            )
            return
        }
        let written = try Self.written(arguments, payloads)
        var messages: [MQTTMessage] = []
        for (index, payload) in written.enumerated() {
            messages.append(
                try source.message(payload, what: written.count == 1 ? "the payload" : "payload \(index + 1)")
            )
        }
        self = .messages(messages, count: count ?? (every == nil ? 1 : nil), every: every)
    }

    private static let sources: [any AnyFlag] = [
        PublishCommand.message, PublishCommand.file, PublishCommand.empty, PublishCommand.stdin,
    ]

    private static func recordFlag(_ arguments: Arguments) -> String {
        arguments[PublishCommand.lines] ? "--lines" : arguments[PublishCommand.null] ? "-0" : "--in"
    }

    private static func written(_ arguments: Arguments, _ payloads: [String]) throws(Failure) -> [[UInt8]] {
        if !payloads.isEmpty { return payloads.map { Array($0.utf8) } }
        if let message = arguments[PublishCommand.message] { return [Array(message.utf8)] }
        if arguments[PublishCommand.empty] { return [[]] }
        if let path = arguments[PublishCommand.file] ?? (arguments[PublishCommand.stdin] ? "-" : nil) {
            var file = try InputFile(path: path)
            return [try file.readAll()]
        }
        throw .usage("pub", "which payload?", hint: "give PAYLOAD, -m TEXT, -f FILE, --stdin, --lines or --empty")
    }
}
