import Machine
import Synchronization

/// Which shard a queue lives on, and what others have to know of it. Locked at declare, consume, settle and end, never on the way
/// of a message.
package final class QueueDirectory: Sendable {
    package struct Place: Sendable, Equatable {
        package var number: UInt64
        package var shard: Int
        package var isStream: Bool

        /// In the numbers of queues whose logs nobody misses after a restart: an ephemeral queue's definition is not stored, and its
        /// logs must be told from those of a queue whose definition is lost.
        package static let ephemeralBit = LogID.ephemeralOwner

        package init(number: UInt64, shard: Int, isStream: Bool) {
            self.number = number
            self.shard = shard
            self.isStream = isStream
        }
    }
    private struct Name: Hashable {
        var namespace: UInt16
        var name: String
    }
    private struct State {
        var places: [Name: Place] = [:]
        /// Queues whose dead letters go to a queue that is not theirs by its name, by that queue.
        var sources: [Name: Set<String>] = [:]
        /// The last that was given out; after a start the highest that a definition or a log has. Below 256 are shards' journals.
        var lastNumber: UInt64 = 255
    }
    private let state = Mutex(State())

    package init() {}

    /// Gives a name a place, unless it has one.
    ///
    /// - Returns: The place, and whether it is new.
    package func claim(
        _ name: String,
        in namespace: Namespace,
        isStream: Bool,
        isEphemeral: Bool,
        on shard: Int
    ) -> (Place, isNew: Bool) {
        self.state.withLock { state in
            let key = Name(namespace: namespace.number, name: name)
            if let place = state.places[key] { return (place, false) }
            state.lastNumber += 1
            let number = isEphemeral ? state.lastNumber | Place.ephemeralBit : state.lastNumber
            let place = Place(number: number, shard: shard, isStream: isStream)
            state.places[key] = place
            return (place, true)
        }
    }

    /// At start: what the store knows.
    package func restore(_ name: String, in namespace: Namespace, _ place: Place) {
        self.state.withLock { state in
            state.places[Name(namespace: namespace.number, name: name)] = place
            state.lastNumber = max(state.lastNumber, place.number)
        }
    }

    /// Numbers up to this one were given out, also to queues that are gone.
    package func reserve(through number: UInt64) {
        self.state.withLock { $0.lastNumber = max($0.lastNumber, number & ~Place.ephemeralBit) }
    }

    package func find(_ name: String, in namespace: Namespace) -> Place? {
        self.state.withLock { $0.places[Name(namespace: namespace.number, name: name)] }
    }

    package func release(_ name: String, in namespace: Namespace, number: UInt64) {
        self.state.withLock { state in
            let key = Name(namespace: namespace.number, name: name)
            if state.places[key]?.number == number { state.places[key] = nil }
        }
    }

    /// - Parameter target: A queue that has a name of its own; nil for none, or for `$dlq/NAME`.
    func setDeadLetters(of name: String, in namespace: Namespace, from former: String?, to target: String?) {
        if former == target { return }
        self.state.withLock { state in
            if let former {
                let key = Name(namespace: namespace.number, name: former)
                state.sources[key]?.remove(name)
                if state.sources[key]?.isEmpty == true { state.sources[key] = nil }
            }
            if let target { state.sources[Name(namespace: namespace.number, name: target), default: []].insert(name) }
        }
    }

    /// Queues that name this one for their dead letters, in the order of their names.
    package func deadLetterSources(of name: String, in namespace: Namespace) -> [String] {
        self.state.withLock { $0.sources[Name(namespace: namespace.number, name: name)]?.sorted() ?? [] }
    }

    package var count: Int { self.state.withLock { $0.places.count } }
    package var lastNumber: UInt64 { self.state.withLock { $0.lastNumber } }
}
