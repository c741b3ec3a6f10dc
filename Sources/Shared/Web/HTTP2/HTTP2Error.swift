import HTTP

/// Why a whole connection is lost. The peer is told by a GOAWAY where that is still possible.
package enum HTTP2Error: Error, Equatable, Sendable {
    /// The client's first bytes are not HTTP/2's.
    case badPreface
    /// So many answers to pings and settings wait that the peer cannot be reading them.
    case flooded
    /// One header in too many frames.
    case tooManyContinuations
    /// What the library says of it.
    case session(String)
}

extension HTTPStreamError {
    /// Codes that the handlers' protocol has no word for are told by what they mean to a handler. Source: RFC 9113 §7.
    init(code: UInt32) {
        switch code {
        case 3, 5, 6, 9: self = .protocolError  // flow control, stream closed, frame size, compression
        default: self = HTTPStreamError(rawValue: code) ?? .internalError
        }
    }
}
