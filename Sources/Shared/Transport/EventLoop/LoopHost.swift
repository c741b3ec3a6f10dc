package import Machine

/// A machine and the loop that drives it: the door for everybody but libuv.
///
/// Other threads `await` it; the loop's own callbacks walk straight into the driver, which costs no hop a message.
package actor LoopHost<M: Machine> {
    package nonisolated let eventLoop: EventLoop
    package nonisolated let inbox: Inbox
    package nonisolated var unownedExecutor: UnownedSerialExecutor { self.eventLoop.asUnownedSerialExecutor() }
    private let machine: M
    private let driver: LoopDriver

    /// - Parameters:
    ///   - name: Of the loop's thread.
    ///   - inboxes: One for each loop that streams are shared out among, this one's among them at `index`.
    ///   - store: What the machine's storage and reads go to; nil for a machine whose own memory is its store.
    package init(
        index: Int,
        name: String? = nil,
        inboxes: [Inbox],
        machine: sending M,
        store: (any Store)? = nil,
        report: @escaping @Sendable (LoopReport) -> Void
    ) {
        self.eventLoop = EventLoop(name: name ?? "shard-\(index)")
        self.inbox = inboxes[index]
        self.driver = LoopDriver(
            index: index,
            inboxes: inboxes,
            loop: self.eventLoop,
            machine: machine,
            store: store,
            report: report
        )
        self.machine = machine
    }

    package static func makeInboxes(_ count: Int) -> [Inbox] { (0..<count).map { _ in Inbox() } }

    /// Calls `body` on the loop, with the machine; then does what the machine wants done.
    package func perform<Result: Sendable>(_ body: @Sendable (M) -> Result) -> Result {
        self.driver.refreshTime()
        defer { self.driver.settle() }
        return body(self.machine)
    }

    package func accept(_ listener: Listener) { self.driver.accept(listener) }
    /// For a listener that this loop accepts on.
    package func setPaused(_ listener: Listener, _ paused: Bool) { listener.setPaused(paused) }
    package func stopAccepting() { self.driver.stopAccepting() }
    package func closeStreams() { self.driver.closeStreams() }
    package var openStreams: Int { self.driver.openStreams }
}
