/// Cuts a body into messages, however the network cut it. On the wire: a byte of flags, four bytes of length (big-endian), and
/// so many bytes of message.
///
/// Source: gRPC over HTTP/2, "Length-Prefixed-Message"; Connect, "Streaming RPCs" (enveloped messages).
package struct MessageFramer: Sendable {
    package struct Frame: Equatable, Sendable {
        package var flags: UInt8
        package var message: [UInt8]
        /// Bytes that it took on the wire.
        package var wireBytes: Int { MessageFramer.headerBytes + self.message.count }

        package init(flags: UInt8 = 0, message: [UInt8]) {
            self.flags = flags
            self.message = message
        }
    }

    package static let headerBytes = 5
    /// Bytes of one message, when nothing else is agreed. gRPC's libraries have the same.
    package static let defaultLimit = 4 << 20
    /// The message is compressed, in both protocols.
    private static let compressed: UInt8 = 0x01
    /// The last frame of a response that streams, in Connect: its message is an end-of-stream object in JSON.
    package static let endOfStream: UInt8 = 0x02

    private let limit: Int
    private let allowedFlags: UInt8
    private var buffer: [UInt8] = []
    private var start = 0

    /// - Parameters:
    ///   - limit: Bytes of one message. What is longer is refused by its header, before it has come.
    ///   - allowedFlags: Flags that the caller knows what to do with.
    package init(limit: Int = MessageFramer.defaultLimit, allowedFlags: UInt8 = 0) {
        self.limit = limit
        self.allowedFlags = allowedFlags
    }

    /// Keeps what came. The caller bounds how much comes beyond one message, by its window.
    package mutating func append(_ bytes: Span<UInt8>) {
        if self.start == self.buffer.count {
            self.buffer.removeAll(keepingCapacity: self.buffer.capacity <= 64 << 10)
            self.start = 0
        } else if self.start > self.buffer.count / 2 {
            self.buffer.removeFirst(self.start)
            self.start = 0
        }
        bytes.withUnsafeBufferPointer { self.buffer.append(contentsOf: $0) }
    }

    /// The next whole message; nil while bytes of it are missing.
    ///
    /// - Throws: `.resourceExhausted` for a message over the limit, `.internal` for a flag that was not agreed on. The body
    ///   cannot be read any further.
    package mutating func next() throws(RPCError) -> Frame? {
        let waiting = self.buffer.count - self.start
        guard waiting >= Self.headerBytes else { return nil }
        let flags = self.buffer[self.start]
        if flags & ~self.allowedFlags != 0 {
            throw flags & ~self.allowedFlags == Self.compressed
                ? RPCError(.internal, "a message is compressed, but no encoding was agreed on")
                : RPCError(.internal, "a message has unknown flags: \(flags)")
        }
        var length = 0
        for index in (self.start + 1)..<(self.start + Self.headerBytes) {
            length = length << 8 | Int(self.buffer[index])
        }
        if length > self.limit {
            throw RPCError(.resourceExhausted, "a message of \(length) bytes is over the limit of \(self.limit)")
        }
        guard waiting - Self.headerBytes >= length else { return nil }
        let body = (self.start + Self.headerBytes)..<(self.start + Self.headerBytes + length)
        self.start = body.upperBound
        return Frame(flags: flags, message: Array(self.buffer[body]))
    }

    /// Bytes that belong to no whole message; at the end of a body there must be none.
    package var leftover: Int { self.buffer.count - self.start }

    package static func frame(_ message: [UInt8], flags: UInt8 = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.headerBytes + message.count)
        bytes.append(flags)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: message.count >> shift)) }
        bytes += message
        return bytes
    }
}
