package import HTTP
package import Machine

/// Serves the sites of several listeners on one loop that has nothing else to do.
///
///     let machine = WebMachine()
///     machine.serve(listener: 0, site: WebSite(requiresLoopbackHost: true) { head, stream in ... })
///
/// A shard that serves as well makes its ``WebConnection``s itself.
package final class WebMachine: Machine {
    package let effects = Effects()
    /// For handlers, too: deadlines and looks at what is watched.
    package let timers = Timers(now: 0)
    private var sites: [Int: WebSite] = [:]
    private var connections: [UInt32: WebConnection] = [:]
    private var isShuttingDown = false

    package init() {}

    /// Connections of the listener get this site; those that are open keep what they have.
    package func serve(listener: Int, site: WebSite) { self.sites[listener] = site }

    package var connectionCount: Int { self.connections.count }

    /// Refuses new connections and lets the open ones end: responses are finished, then ``connectionCount`` is 0. A handler that
    /// never finishes keeps its connection until the loop's streams are closed.
    package func shutDown() {
        self.isShuttingDown = true
        for slot in self.connections.keys.sorted() { self.connections[slot]?.shutDown() }
    }

    // MARK: The loop's side

    package var now: UInt64 {
        get { self.timers.now }
        set { self.timers.advance(to: newValue) }
    }

    package func opened(_ id: StreamID, listener: Int, facts: StreamFacts) -> StreamPeer? {
        guard !self.isShuttingDown, let site = self.sites[listener] else { return nil }
        let connection = WebConnection(
            id: id,
            effects: self.effects,
            site: site,
            peer: facts.remote,
            timers: self.timers
        )
        connection.didClose = { [weak self] in self?.connections[id.slot] = nil }
        self.connections[id.slot] = connection
        return connection
    }

    package func tick() { self.timers.run(now: self.now) }

    package func endOfBurst() { self.effects.deadline = self.timers.deadline }

    /// A connection's output is bounded, so the end of the iteration is soon enough for all.
    package var wantsFlush: Bool { false }
    /// Handlers that were told of room may have set timers.
    package func flushed() { self.endOfBurst() }

    // Nothing is shared with other loops, and nothing stored.
    package func arrived(_ id: StreamID, _ state: MovingState) -> StreamPeer {
        preconditionFailure("a stream of the web never moves")
    }
    package func received(_ batch: LinkBatch, from shard: Int) {}
    package func received(_ answer: LinkAnswer, from shard: Int) {}
    package func stored(_ kind: DurabilityClass, through number: UInt64) {}
}

@available(*, unavailable)
extension WebMachine: Sendable {}
