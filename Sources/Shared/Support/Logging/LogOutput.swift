import Glibc

/// Where lines go.
package enum LogOutput: Sendable {
    /// Written with write(2), a call a line.
    case descriptor(Int32)
    /// A test's or a terminal view's. Called with the lock on the output held: it must not log.
    case closure(@Sendable ([UInt8]) -> Void)

    /// How long a descriptor that is set to non-blocking may take for one line. Unit: milliseconds.
    static let patience: Int32 = 1_000

    /// Whether the whole line is out.
    func write(_ line: [UInt8]) -> Bool {
        switch self {
        case .closure(let take):
            take(line)
            return true
        case .descriptor(let descriptor):
            return line.withUnsafeBytes { Self.write($0, to: descriptor) }
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let count = Glibc.write(descriptor, base, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&waiting, 1, self.patience) == 0 { return false }
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
