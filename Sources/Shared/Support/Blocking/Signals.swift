import Glibc

/// The process's signals, taken one at a time by a thread of their own, for as long as the process lives: no moment of a start or
/// a stop is left in which one of them does what it does by default.
///
/// A handler writes the signal's number into a pipe that the thread reads. Blocking the signals and waiting for them would not
/// do: an asynchronous main leaves the first thread in libdispatch, which unblocks every signal there.
package enum Signals {
    private static let pipeEnds: (read: Int32, write: Int32) = {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return (-1, -1) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }()

    /// Calls `handler` on that thread with each signal of `numbers`. Once a process, at its start.
    package static func take(_ numbers: [Int32], _ handler: @escaping @Sendable (Int32) -> Void) {
        // Without a pipe the signals keep their default, which ends the program at once.
        guard self.pipeEnds.read >= 0 else { return }
        startThread {
            var byte: UInt8 = 0
            while true {
                let count = read(self.pipeEnds.read, &byte, 1)
                if count < 0, errno == EINTR { continue }
                guard count == 1 else { return }
                handler(Int32(byte))
            }
        }
        for number in numbers {
            signal(number) { number in
                // Whoever was interrupted may be about to look at it.
                let error = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(Signals.pipeEnds.write, &byte, 1)
                errno = error
            }
        }
    }
}
