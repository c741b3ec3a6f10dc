import CommandSpec
import JSON
import MQTTClient
import Terminal

/// Every way for fluxctl to end; the numbers are its interface. Source: `fluxctl help exit-codes`.
enum ExitCode: Int32, Sendable {
    case success = 0
    case failed = 1
    case usage = 2
    case partial = 3
    case notFound = 4
    case conflict = 5
    case notPermitted = 6
    case unreachable = 7
    case timedOut = 8
    case badInput = 9
    case needsConfirmation = 10
    case unsupported = 11
    case assertionFailed = 12
    case allRefused = 13
    case interrupted = 130
    case terminated = 143

    /// As the JSON error writes it.
    var name: String {
        switch self {
        case .success: "success"
        case .failed: "failed"
        case .usage: "usage"
        case .partial: "partial"
        case .notFound: "not_found"
        case .conflict: "conflict"
        case .notPermitted: "not_permitted"
        case .unreachable: "unreachable"
        case .timedOut: "timed_out"
        case .badInput: "bad_input"
        case .needsConfirmation: "needs_confirmation"
        case .unsupported: "unsupported"
        case .assertionFailed: "assertion_failed"
        case .allRefused: "all_refused"
        case .interrupted: "interrupted"
        case .terminated: "terminated"
        }
    }
}

/// What ends a command, and what to do about it.
struct Failure: Error, Equatable {
    let exit: ExitCode
    let message: String
    var hints: [String] = []
    /// The MQTT reason code, if the broker gave one.
    var reasonCode: UInt8?
    /// The admin plane's stable word for it; nil says that ``ExitCode/name`` is all there is.
    var code: String?
    /// What it is about.
    var resource: Resource?

    struct Resource: Equatable {
        /// `connection`.
        var kind: String
        var name: String
    }

    init(_ exit: ExitCode, _ message: String, hints: [String] = [], reasonCode: UInt8? = nil) {
        self.exit = exit
        self.message = message
        self.hints = hints
        self.reasonCode = reasonCode
    }

    init(_ error: UsageError) { self.init(.usage, error.message, hints: error.hints) }

    /// A misuse of one command that its flags alone do not show.
    static func usage(_ command: String, _ message: String, hint: String? = nil) -> Failure {
        Failure(.usage, message, hints: (hint.map { [$0] } ?? []) + ["see: fluxctl help \(command)"])
    }

    /// - Parameter subject: What was tried: `cannot publish to "a"`; nil where the error says it itself.
    init(_ error: MQTTClientError, _ subject: String? = nil, at endpoint: Endpoint) {
        var hints: [String] = []
        let exit: ExitCode
        var text = error.description
        switch error {
        case .unreachable:
            exit = .unreachable
            hints = ["is the broker running? another one is named by --via \(endpoint.scheme)://HOST:PORT"]
        case .tls(let words):
            exit = .unreachable
            hints = TLSFlags.hints(for: words, at: endpoint)
        case .connectionLost: exit = .unreachable
        case .refused(let reason, _), .disconnected(let reason, _), .rejected(let reason, _):
            exit = reason.isAboutRights ? .notPermitted : reason.code == 0x95 ? .badInput : .failed
            text += " (reason code 0x\(hexadecimal(UInt32(reason.code), width: 2)))"
            if reason.isAboutRights, endpoint.user == nil {
                hints = ["give a user: --via \(endpoint.scheme)://USER@HOST --password-file FILE"]
            }
        case .versionNotSupported(let version):
            exit = .unsupported
            text = "MQTT \(version.rawValue): no; \(endpoint.address) does not speak it"
            if version == .v5 { hints = ["try: --via \(endpoint.way.like(version: .v311))://\(endpoint.address)"] }
        case .packetTooLarge, .invalid: exit = .badInput
        case .unsupported: exit = .unsupported
        case .protocolViolation, .sessionLost, .closed: exit = .failed
        }
        self.init(exit, subject.map { "\($0): \(text)" } ?? text, hints: hints, reasonCode: error.reason?.code)
    }
}
