/// What a store tells a shard: the answers to what that shard has given it.
public enum StoreAnswer: Sendable {
    /// Everything of the class up to this number is stored, as ``Machine/stored(_:through:)`` says.
    case stored(DurabilityClass, through: UInt64)
    case news(StorageNews)
}

/// Takes what shards want stored and asks of logs, and answers later, from threads of its own.
///
/// It has no bound of its own for what waits: every machine bounds what it has under way.
package protocol Store: AnyObject, Sendable {
    /// Says where a shard's answers go, before it first submits.
    ///
    /// - Parameter deliver: Called from any thread, with as many answers as there are, in order per class. It must not block.
    func attach(shard: Int, _ deliver: @escaping @Sendable ([StoreAnswer]) -> Void)

    /// Takes what one burst has for the store. It neither blocks nor answers inline.
    ///
    /// - Parameters:
    ///   - batches: In order of their numbers per class, without gaps since the last call.
    ///   - reads: A read sees what the shard has been told is stored, and possibly more.
    func submit(_ batches: [StoreBatch], reads: [ReadRequest], from shard: Int)
}

extension Machine {
    package func received(_ answer: StoreAnswer) {
        switch answer {
        case .stored(let kind, let number): self.stored(kind, through: number)
        case .news(let news): self.received(news)
        }
    }
}

extension ReadRequest {
    /// What a shard hears that asks for a log where none are kept.
    package var unanswerable: StorageNews {
        let failure = StorageFailure(.gone, "read of log \(self.log.bits): this broker keeps its logs in memory only")
        switch self.question {
        case .records: return .read(ticket: self.ticket, .failure(failure))
        case .offset: return .found(ticket: self.ticket, .failure(failure))
        }
    }
}

/// A store without threads: whoever drives it says when each of its lanes takes a turn.
package protocol SteppedStore: Store {
    /// Lanes that would each be a thread: 0 and up.
    var laneCount: Int { get }
    /// When a lane wants a turn, in milliseconds as ``turn(_:now:)`` counts them; nil while it has nothing to do.
    func wanted(_ lane: Int) -> UInt64?
    /// Does what waits in the lane.
    func turn(_ lane: Int, now: UInt64)
}
