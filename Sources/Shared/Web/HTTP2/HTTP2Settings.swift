/// Bounds of one connection. What faces the peer is announced in its first SETTINGS frame. Units: bytes, unless said.
package struct HTTP2Settings: Sendable {
    /// What a peer may send on one stream before its handler gives room back.
    package var streamWindow: Int32 = 1 << 20
    /// The same for all streams of a connection together.
    package var connectionWindow: Int32 = 4 << 20
    /// Requests at a time that a server takes; the one that is too many is refused with REFUSED_STREAM.
    package var concurrentStreams: UInt32 = 1_000
    /// Names, values and 32 bytes a field: a request beyond it is answered with 431, a response refused. Source: RFC 9113 §6.5.2.
    package var headerListLimit = 64 << 10
    /// Frames are made while fewer bytes than this wait for the socket, so that a peer which does not read costs no more.
    package var outputLimit = 256 << 10
    /// Frames other than data that may wait behind a full output before no more is read.
    package var queuedFramesLimit = 4_000
    /// Streams that a client may reset at once, and for how many more each second makes room; beyond it the connection ends.
    /// Deadlines that all pass together are no attack, and reset thousands.
    package var resetBurst: UInt64 = 100_000
    package var resetsPerSecond: UInt64 = 10_000

    package init() {}
}

/// ``HTTP/HTTPServerStream/pendingBytes`` at which a writer that waited for room may go on.
let lowWater = 64 << 10
