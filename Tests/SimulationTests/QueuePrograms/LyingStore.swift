import Machine
import Synchronization
import Volume

/// The volume, or one that breaks its promises.
final class LyingStore: SteppedStore {
    private let engine: VolumeEngine
    private let mutation: Mutation
    private let deliver = Mutex<[Int: @Sendable ([StoreAnswer]) -> Void]>([:])

    init(_ engine: VolumeEngine, _ mutation: Mutation) {
        self.engine = engine
        self.mutation = mutation
    }

    func attach(shard: Int, _ deliver: @escaping @Sendable ([StoreAnswer]) -> Void) {
        self.deliver.withLock { $0[shard] = deliver }
        self.engine.attach(shard: shard, deliver)
    }

    func submit(_ batches: [StoreBatch], reads: [ReadRequest], from shard: Int) {
        self.engine.submit(batches, reads: reads, from: shard)
        if self.mutation == .acknowledgesEarly {
            self.deliver.withLock { $0[shard] }?(batches.map { .stored($0.kind, through: $0.number) })
        }
    }

    var laneCount: Int { self.engine.laneCount }

    func wanted(_ lane: Int) -> UInt64? {
        self.mutation == .skipsBackground && lane == VolumeLane.background.rawValue ? nil : self.engine.wanted(lane)
    }

    func turn(_ lane: Int, now: UInt64) { self.engine.turn(lane, now: now) }
}
