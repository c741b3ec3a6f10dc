import Machine
import Metrics
import StateStore

/// Writes what is looked up by key: one write of the key-value store for all that wait.
final class StateLane {
    private let exchange: VolumeExchange
    private let store: any KeyValueStore
    private var pending: [Submitted] = []
    private var backoff = Backoff()
    private let clock: () -> UInt64
    private var lookAt: UInt64 = 0
    /// Milliseconds between two looks at what the store says of itself.
    private static let lookInterval: UInt64 = 1_000

    init(_ exchange: VolumeExchange, _ store: any KeyValueStore, clock: @escaping () -> UInt64) {
        self.exchange = exchange
        self.store = store
        self.clock = clock
        self.look()
    }

    func wanted() -> UInt64? {
        if self.exchange.health.isFailed { return nil }
        if let at = self.backoff.at { return at }
        return self.exchange.changes.isEmpty ? nil : 0
    }

    func turn(now: UInt64) {
        if self.exchange.health.isFailed || self.backoff.at.map({ $0 > now }) ?? false { return }
        self.pending += self.exchange.changes.takeAll()
        if self.pending.isEmpty { return }
        let changes = self.pending.flatMap { $0.batch.commands.compactMap(StateChange.init) }
        let start = self.clock()
        do throws(StorageFailure) {
            if !changes.isEmpty { try self.store.write(changes, synced: self.mustSync(changes)) }
        } catch {
            if case .full = error.kind {
                self.backoff.failed(now: now)
                self.exchange.health.stuck(.state, error.description)
            } else {
                self.exchange.health.fail(error.description)
            }
            return
        }
        let took = self.clock() - start
        if !changes.isEmpty {
            self.exchange.count { counters in
                counters.state.writes += 1
                counters.state.changes += UInt64(changes.count)
                counters.state.latency.record(took)
            }
        }
        if now >= self.lookAt {
            self.lookAt = now + Self.lookInterval
            self.look()
        }
        if self.backoff.at != nil {
            self.backoff.succeeded()
            self.exchange.health.goesOn(.state)
        }
        var answers = AnswerList()
        self.exchange.space.take(self.pending.reduce(0) { $0 + $1.space })
        for entry in self.pending { answers.add(.stored(.state, through: entry.batch.number), for: entry.shard) }
        self.pending.removeAll(keepingCapacity: true)
        self.exchange.acknowledgements.deliver(answers)
    }

    /// Here, where nothing else waits for the store.
    private func look() {
        let statistics = self.store.statistics()
        self.exchange.count { $0.state.store = statistics }
    }

    /// A queue whose definition is lost has lost its records, however well those were synced.
    private func mustSync(_ changes: [StateChange]) -> Bool {
        self.exchange.settings.syncsState || changes.contains(where: \.isDefinition)
    }

    /// Nothing waits here.
    var isIdle: Bool { self.pending.isEmpty && self.exchange.changes.isEmpty }

    /// At a clean stop.
    func finish() throws(StorageFailure) { try self.store.sync() }
}

@available(*, unavailable)
extension StateLane: Sendable {}
