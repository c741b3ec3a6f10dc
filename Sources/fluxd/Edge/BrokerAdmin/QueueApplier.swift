package import Core
package import EventLoop
import Machine
package import QueueEngine

/// Brings the queues that there are and those of the file together: what is missing is made, what differs is kept and told, or
/// changed where an operator says so. A queue is never deleted for not being in the file.
package struct QueueApplier: Sendable {
    package enum Way: Sendable {
        /// Change nothing, and say what ``make`` would do.
        case look
        /// The same of ``take``.
        case lookTaking
        case make
        /// Also give those that exist the file's definition.
        case take

        fileprivate var takesFile: Bool { self == .take || self == .lookTaking }
        fileprivate var isRehearsal: Bool { self == .look || self == .lookTaking }
    }

    /// What became of one queue of the file, or would.
    package enum Outcome: Equatable, Sendable {
        case made
        case same
        /// It keeps its own definition.
        case kept([QueueDifference])
        /// It has the file's now.
        case changed([QueueDifference])
        /// Why not; there may be none, or one with its own definition.
        case refused(String)
    }

    package struct Result: Equatable, Sendable {
        package var name: String
        package var kind: QueueDefinition.Kind
        package var outcome: Outcome
    }

    private let broker: Broker
    let definitions: [QueueDefinition]

    package init(_ queues: FileQueues, of broker: Broker) {
        self.broker = broker
        self.definitions = queues.definitions
    }

    /// For the start, when the loops run and no listener is open yet.
    package func run(_ way: Way, on hosts: [LoopHost<ShardState>]) async -> [Result] {
        var results: [Result?] = Array(repeating: nil, count: self.definitions.count)
        var positions: [[Int]] = Array(repeating: [], count: hosts.count)
        for position in self.definitions.indices { positions[self.home(of: position)].append(position) }
        for (host, mine) in zip(hosts, positions) where !mine.isEmpty {
            let found = await host.perform { shard in mine.map { self.apply($0, way, on: shard) } }
            for (position, result) in zip(mine, found) { results[position] = result }
        }
        return results.compactMap { $0 }
    }

    /// The shard that a queue of the list is on, or will be: new ones go round.
    func home(of position: Int) -> Int {
        let directory = self.broker.queues
        if let place = directory.find(self.definitions[position].name, in: .standard) { return place.shard }
        return Int((directory.lastNumber + UInt64(position)) % UInt64(self.broker.shards))
    }

    /// On the shard that is its home.
    func apply(_ position: Int, _ way: Way, on shard: ShardState) -> Result {
        let wanted = self.definitions[position]
        return Result(name: wanted.name, kind: wanted.kind, outcome: self.outcome(wanted, way, on: shard))
    }

    private func outcome(_ wanted: QueueDefinition, _ way: Way, on shard: ShardState) -> Outcome {
        do throws(QueueRefusal) {
            if self.broker.queues.find(wanted.name, in: .standard) == nil {
                if way.isRehearsal { return .made }
                if try shard.queues.declare(wanted).isNew { return .made }
            }
            // Gone, or made elsewhere, in the moment since it was looked for.
            guard let home = shard.queue(named: wanted.name) else {
                return .refused("the queue is being changed by somebody else; reload again")
            }
            // Nothing else of the two compares, and no way would take it.
            if wanted.kind != home.definition.kind {
                return .refused(
                    "it is \(home.definition.kind), and a queue's type cannot change: delete the queue, or write that type"
                )
            }
            let differences = QueueDifference.all(stored: home.definition, file: wanted)
            if differences.isEmpty { return .same }
            guard way.takesFile else { return .kept(differences) }
            if way == .take {
                var definition = wanted
                definition.isPaused = home.definition.isPaused
                try shard.queues.change(home.number, to: definition)
            }
            return .changed(differences)
        } catch {
            return .refused(error.reason)
        }
    }
}
