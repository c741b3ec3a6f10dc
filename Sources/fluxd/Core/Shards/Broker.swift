package import Machine
import Synchronization

/// What all shards of a process share: a few small things with locks and atomics, and the settings they were started with.
package final class Broker: Sendable {
    package let shards: Int
    package let hash: KeyedHash
    package let tree: SubscriptionTree
    package let directory: Directory
    package let queues = QueueDirectory()
    package let retained: RetainedIndex
    package let budget: MemoryBudget
    package let users: UserConnections
    package let sessionNumbers = SessionNumbers()
    package let authenticator: any Authenticator
    package let authorizer: any Authorizer
    package let settings: BrokerSettings
    package let counters: [ShardCounters]
    /// How the disks are that durable queues and sessions are stored on.
    package let volume: VolumeStatus
    /// What the shards' clock is behind the one on the wall: milliseconds since 1970, UTC, when theirs was 0.
    private let wallOffset = Atomic<UInt64>(0)

    /// - Parameter key: Chosen at random by a daemon, by its seed in a simulation.
    package init(
        shards: Int,
        key: UInt64,
        settings: BrokerSettings,
        authenticator: any Authenticator = OpenAuthenticator(anonymous: Set(0..<64)),
        authorizer: any Authorizer = AllowEverything(),
        volume: VolumeStatus = VolumeStatus()
    ) {
        self.shards = shards
        self.hash = KeyedHash(key: key)
        self.tree = SubscriptionTree(shards: shards, hash: self.hash)
        self.directory = Directory(hash: self.hash)
        self.retained = RetainedIndex()
        self.budget = MemoryBudget(limit: settings.memoryLimit)
        self.users = UserConnections(hash: self.hash)
        self.authenticator = authenticator
        self.authorizer = authorizer
        self.settings = settings
        self.volume = volume
        self.counters = (0..<shards).map { _ in ShardCounters() }
    }

    package func setWall(_ wall: UInt64, when now: UInt64) {
        self.wallOffset.store(wall &- now, ordering: .relaxed)
    }

    /// Milliseconds since 1970, UTC, for a moment of the shards' clock. It may jump when somebody sets the clock on the wall.
    package func wall(at now: UInt64) -> UInt64 { self.wallOffset.load(ordering: .relaxed) &+ now }

    package func total(_ counter: ShardCounter) -> UInt64 { self.counters.reduce(0) { $0 &+ $1[counter] } }
}

/// The core's bounds. Every one has an answer for "full", which is written where it is used.
package struct BrokerSettings: Sendable {
    /// Bytes of messages that the process may hold.
    package var memoryLimit = 1 << 30
    /// Retained messages at most.
    package var maxRetained = 1_000_000
    /// Bytes on a link between two shards that the receiver has not taken yet.
    package var linkWindow = 4 << 20
    /// Records likewise: a bound on time, since each may be hundreds of deliveries.
    package var linkRecords = 512
    /// What a shared subscription may hold for members that are busy or away: messages and bytes.
    package var maxSharedMessages = 100_000
    package var maxSharedBytes = 64 << 20
    /// Drop the oldest instead of the newest when that is full.
    package var evictsOldest = true

    package init() {}
}
