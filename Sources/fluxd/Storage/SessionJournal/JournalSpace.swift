/// When a journal has grown enough to be worth stating anew what is alive, so that all before it may go.
///
/// Stating all that is alive costs that many bytes, and is done when at least twice as many have been written since the last time: two
/// bytes of three that are written are what clients brought about, and the log holds no more than about four times what is alive.
package struct JournalSpace {
    /// Bytes below which a journal is left alone.
    package var minimum: UInt64 = 8 << 20
    /// Bytes that had been written when the last statement began.
    private var start: UInt64 = 0
    /// What stating it all took the last time.
    private var stated: UInt64 = 0
    /// The log's next offset when the statement under way began; nil while there is none.
    package private(set) var mark: UInt64?

    package init() {}

    /// - Parameters:
    ///   - written: Bytes of the journal so far, as its writer counts them.
    ///   - alive: Bytes of messages that somebody waits for.
    package func isDue(written: UInt64, alive: UInt64) -> Bool {
        self.mark == nil && written - self.start > max(self.minimum, 2 * max(alive, self.stated))
    }

    package mutating func begin(written: UInt64, next: UInt64) {
        self.mark = next
        self.start = written
        self.stated = 0
    }

    /// So many bytes more were stated anew.
    package mutating func state(_ bytes: UInt64) { self.stated += bytes }

    /// All is stated and stored: what was there before may go.
    ///
    /// - Returns: The first offset that is still needed.
    package mutating func finish() -> UInt64? {
        defer { self.mark = nil }
        return self.mark
    }
}
