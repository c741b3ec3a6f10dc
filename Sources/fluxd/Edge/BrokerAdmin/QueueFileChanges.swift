import AdminAPI
import Core
import QueueEngine

// What a reload and a look at a file say about queues.
extension BrokerBackend {
    /// Looks at the file's queues, or makes and changes them; the rows say what differs, what was made, and which queues the file
    /// does not name.
    ///
    /// - Parameters:
    ///   - hadQueues: Whether the file named queues when it was read before.
    ///   - listsAll: A row for each queue that the file does not name; else one for all of them.
    func applyQueues(
        _ queues: FileQueues,
        hadQueues: Bool,
        listsAll: Bool,
        _ way: QueueApplier.Way,
        _ answer: @escaping ([AdminV1.Change]) -> Void
    ) {
        // Who has no queues in the file does not manage them there.
        if queues.definitions.isEmpty, !hadQueues { return self.later { answer([]) } }
        let applier = QueueApplier(queues, of: self.broker)
        self.calls.gather(Array(queues.definitions.indices), on: { applier.home(of: $0) }) { shard, position in
            applier.apply(position, way, on: shard)
        } _: { [self] results in
            self.strangers(to: queues) { strangers in
                let shown = listsAll ? strangers : AdminV1.Change.row(for: strangers.count)
                answer(results.flatMap { AdminV1.Change.rows(of: $0, way) } + shown)
            }
        }
    }

    /// Queues that exist and are not in the file, some of very many. Clients' own and dead letters' are nobody's to write down.
    private func strangers(to queues: FileQueues, _ answer: @escaping ([AdminV1.Change]) -> Void) {
        let names = Set(queues.definitions.map(\.name))
        self.calls.walk([AdminV1.Change](), beginningWith: 1_024) { shard, rows, start, limit in
            let next = shard.queues.forEachQueue(from: start, limit: limit) { home in
                let definition = home.definition
                let isOurs = definition.name.hasPrefix(QueueAddress.deadLetterPrefix) || definition.kind == .ephemeral
                if isOurs || names.contains(definition.name) || rows.count == BrokerBackend.shownStrangers { return }
                var row = AdminV1.Change(queue: definition.name)
                (row.from, row.effect, row.note) = ("\(definition.kind)", "kept", "not in the file")
                rows.append(row)
            }
            return rows.count == BrokerBackend.shownStrangers ? nil : next
        } _: {
            answer($0.sorted { $0.key < $1.key })
        }
    }

    fileprivate static let shownStrangers = 1_000
}

extension AdminV1.Change {
    fileprivate init(queue: String, _ key: String = "") {
        self.init()
        self.key = "queues[\(queue)]" + (key.isEmpty ? "" : ".\(key)")
    }

    /// For all queues that the file does not name.
    fileprivate static func row(for strangers: Int) -> [AdminV1.Change] {
        if strangers == 0 { return [] }
        var row = AdminV1.Change()
        let isMore = strangers == BrokerBackend.shownStrangers
        (row.key, row.from, row.effect) = ("queues", "\(strangers)\(isMore ? " or more" : "")", "kept")
        row.note = "not in the file; config diff --all lists them"
        return [row]
    }

    fileprivate static func rows(of result: QueueApplier.Result, _ way: QueueApplier.Way) -> [AdminV1.Change] {
        switch result.outcome {
        case .same: return []
        case .made:
            var row = AdminV1.Change(queue: result.name)
            (row.to, row.effect) = ("\(result.kind)", "live")
            row.note = way == .make || way == .take ? "made" : "is made"
            return [row]
        case .refused(let reason):
            var row = AdminV1.Change(queue: result.name)
            (row.effect, row.note) = ("rejected", reason)
            return [row]
        case .kept(let differences):
            return differences.map {
                Self.row(result.name, $0, "kept", "stored; config reload --apply-queues takes the file's")
            }
        case .changed(let differences): return differences.map { Self.row(result.name, $0, "live", "") }
        }
    }

    private static func row(
        _ queue: String,
        _ difference: QueueDifference,
        _ effect: String,
        _ note: String
    ) -> AdminV1.Change {
        var row = AdminV1.Change(queue: queue, difference.key)
        (row.from, row.to, row.effect, row.note) = (difference.stored, difference.file, effect, note)
        return row
    }
}
