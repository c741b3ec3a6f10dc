import BrokerAdmin
import Logging

extension [QueueApplier.Result] {
    /// Tells the log what the start made of the file's queues.
    func log(to log: Logger) {
        for result in self {
            switch result.outcome {
            case .same, .changed: break
            case .made:
                log.info("made a queue of the file", ["queue": .text(result.name), "type": .text("\(result.kind)")])
            case .kept(let differences):
                let shown = differences.map { "\($0.key): stored \($0.stored), file \($0.file)" }
                log.warning(
                    "a queue keeps its stored definition, which differs from the file's",
                    [
                        "queue": .text(result.name), "keys": .text(shown.joined(separator: "; ")),
                        "remedy": "fluxctl config reload --apply-queues takes the file's",
                    ]
                )
            case .refused(let reason):
                log.error("a queue of the file was refused", ["queue": .text(result.name), "reason": .text(reason)])
            }
        }
    }
}
