/// How bad the simulated world is. May be changed while a simulation runs.
package struct SimulationConditions: Sendable {
    /// Milliseconds that a piece of a connection's bytes travels.
    package var latency = 0...5
    /// Milliseconds that a batch, an answer or a moving connection takes to another shard.
    package var linkDelay = 0...3
    /// Milliseconds until the store has a batch; nil for one that answers inside the burst, as the one in memory does.
    package var storeDelay: ClosedRange<Int>?
    /// Milliseconds that work off the loop takes. Two pieces of it may end in another order than they began.
    package var jobDelay = 0...20
    /// Milliseconds between an input and the end of its loop's iteration: more inputs in one burst.
    package var iterationDelay = 0...1
    /// Bytes that arrive together at most; the seed cuts anywhere below.
    package var largestPiece = 64 << 10
    /// Bytes that a client's side of a connection holds before the server's writes are partial.
    package var socketBuffer = 4 << 10...64 << 10
    /// Of a thousand pieces that travel, so many meet a reset connection instead.
    package var resetsPerMille = 0
    /// Of a thousand streams that machines ask for, so many are refused although somebody listens.
    package var refusalsPerMille = 0

    package init() {}

    /// Everything small, late and broken.
    package static var bad: SimulationConditions {
        var conditions = SimulationConditions()
        conditions.latency = 0...40
        conditions.linkDelay = 0...15
        conditions.storeDelay = 0...25
        conditions.iterationDelay = 0...4
        conditions.jobDelay = 0...200
        conditions.largestPiece = 200
        conditions.socketBuffer = 16...2_000
        conditions.resetsPerMille = 2
        return conditions
    }
}
