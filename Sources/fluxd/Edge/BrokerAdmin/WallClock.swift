import Glibc
package import Protobuf

/// Times of the wall for times of the loops' clock.
package struct WallClock: Sendable {
    /// Nanoseconds between the loops' zero and 1970.
    private var offset: Int64
    /// Milliseconds of the loops' clock, when this was made.
    package private(set) var now: UInt64

    /// - Parameter now: Milliseconds of the loops' clock.
    package init(now: UInt64) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        self.now = now
        self.offset = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) - Int64(now) * 1_000_000
    }

    /// The same at another time. The offset stays as it is unless the wall's clock was set: what happened once has one time.
    package func at(_ now: UInt64) -> WallClock {
        let fresh = WallClock(now: now)
        if abs(fresh.offset - self.offset) > 100_000_000 { return fresh }
        var same = self
        same.now = now
        return same
    }

    package func time(at milliseconds: UInt64) -> Timestamp {
        let total = self.offset + Int64(milliseconds) * 1_000_000
        return Timestamp(seconds: total / 1_000_000_000, nanos: Int32(total % 1_000_000_000))
    }

    package func since(_ milliseconds: UInt64) -> UInt64 { self.now > milliseconds ? self.now - milliseconds : 0 }
}
