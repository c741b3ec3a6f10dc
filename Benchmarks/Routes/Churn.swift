import Bytes
import Core
import Glibc
import Synchronization

/// One shard that changes subscriptions at a steady rate, on a thread of its own, while another one publishes.
final class Churn {
    private let shard: ShardState
    private let filters: [[UInt8]]
    private let rate: Int
    private let stop = Atomic<Bool>(false)
    private var thread = pthread_t()
    /// How long each change took its own shard.
    private(set) var costs = Latencies(capacity: 1_000_000)

    /// - Parameter rate: Changes a second; every second one takes back what the one before it did.
    init(on shard: ShardState, _ filters: [[UInt8]], rate: Int) {
        self.shard = shard
        self.filters = filters
        self.rate = rate
    }

    func start() {
        let made = pthread_create(
            &self.thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Churn>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        precondition(made == 0, "no thread")
    }

    func finish() {
        self.stop.store(true, ordering: .releasing)
        pthread_join(self.thread, nil)
    }

    private func run() {
        let client = Sink(namespace: .standard)
        self.shard.register(client)
        defer { self.shard.unregister(client) }
        var due = nanoseconds()
        var number = 0
        while !self.stop.load(ordering: .acquiring) || number % 2 == 1 {
            let now = nanoseconds()
            if now < due {
                var pause = timespec(tv_sec: 0, tv_nsec: Int(due - now))
                nanosleep(&pause, nil)
                continue
            }
            due += UInt64(1_000_000_000 / self.rate)
            let filter = self.filters[number / 2 % self.filters.count]
            let start = nanoseconds()
            if number % 2 == 0 {
                self.shard.subscribe(client, filter, SubscriptionOptions(qos: 1))
            } else {
                self.shard.unsubscribe(client, filter)
            }
            if !self.costs.isFull { self.costs.add(nanoseconds() - start) }
            number += 1
        }
    }
}

/// A subscriber that only counts what it gets.
final class Sink: Subscriber {
    var taken = 0
    /// As an MQTT session keeps them, with bytes of its own for each filter.
    var subscriptions: [[UInt8]: SubscriptionOptions] = [:]

    override func deliver(_ message: borrowing MessageView, _ options: SubscriptionOptions, on shard: ShardState) {
        self.taken += 1
    }
}
