/// One step between a socket and its ``StreamPeer``: a PROXY header, TLS, WebSocket. Bytes in, bytes out; no I/O and no clock.
///
/// A stream's layers stand on each other, the lowest at the socket. The peer, and the machine that makes it, come to be when the
/// top layer is open: a stream that never gets that far costs the machine nothing. `open` for the same reason as ``StreamPeer``.
open class StreamLayer {
    /// Whether bytes from above can be taken and bytes from below carry something. Never false again once it was true.
    open var isOpen: Bool { true }
    /// The peer has ended its direction in the layer's own way (close_notify, a close frame): nothing more will come up.
    open var hasEnded: Bool { false }
    /// Bytes that are worth a turn of their own in the loop: a handshake's next step is private-key work.
    open var isCostly: Bool { false }
    /// Only what the layer says tells who the client is, as a proxy's header does: nobody is let in before.
    open var namesRemote: Bool { false }

    package init() {}

    /// What the client's side says first. Called once, when the layer below is open.
    open func start(down: inout [UInt8]) throws(LayerFailure) {}

    /// Takes all of `bytes`, keeping what it cannot use yet.
    ///
    /// - Parameters:
    ///   - up: What the bytes carry is appended.
    ///   - down: What has to be answered is appended; sent even when the call throws.
    /// - Throws: When the stream has to end. ``LayerFailure/reason`` goes to the log.
    open func received(_ bytes: Span<UInt8>, up: inout [UInt8], down: inout [UInt8]) throws(LayerFailure) {
        bytes.withUnsafeBufferPointer { up.append(contentsOf: $0) }
    }

    /// Wraps bytes from above; called only while the layer is open.
    open func send(_ bytes: UnsafeBufferPointer<UInt8>, down: inout [UInt8]) throws(LayerFailure) {
        down.append(contentsOf: bytes)
    }

    /// Says in the layer's own way that nothing more comes from above.
    open func close(down: inout [UInt8]) {}

    /// Adds what the layer has learned. Called once, when the layer is open.
    open func describe(_ facts: inout StreamFacts) {}

    /// The stream goes on in another loop's thread; nothing of it is used here any more.
    open func willMove() {}
}

@available(*, unavailable)
extension StreamLayer: Sendable {}

/// Why a layer ended a stream.
public struct LayerFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// For the log and for people: "the client's certificate expired on 2026-01-01", "no MQTT subprotocol".
    package var reason: String
    /// The peer did something wrong, so that it counts against its address; false for an end that may happen to anybody.
    package var isPeersFault: Bool

    package init(_ reason: String, isPeersFault: Bool = true) {
        self.reason = reason
        self.isPeersFault = isPeersFault
    }

    public var description: String { self.reason }
}

/// Makes the layers of a listener's streams. Kept by the listener and asked on every loop, once a stream; what it stands on may
/// be exchanged while it runs (new certificates), which counts for streams that come afterwards.
package protocol LayerFactory: Sendable {
    /// Lowest first; empty for a plain stream.
    func layers(for remote: PeerAddress) -> [StreamLayer]
}

/// Who may come in at all, asked once the client's address is known and before anything costly is done for it.
package protocol AdmissionControl: AnyObject, Sendable {
    /// nil lets the stream in, and is followed by one ``left(_:)`` when it ends.
    ///
    /// - Parameter now: Milliseconds of the loop's clock, which all loops share.
    func admit(_ remote: PeerAddress, listener: Int, now: UInt64) -> AdmissionRefusal?
    func left(_ remote: PeerAddress, listener: Int)
}

/// Why an address is not let in.
public enum AdmissionRefusal: UInt8, CaseIterable, Sendable {
    /// The listener has all the connections it may have.
    case listenerFull
    /// The address has all the connections it may have.
    case addressFull
    /// The listener, or the address, connects more often than it may.
    case rate
    /// The address has failed too often, and is turned away until its ban ends.
    case banned
}
