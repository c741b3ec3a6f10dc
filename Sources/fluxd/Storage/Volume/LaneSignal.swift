import Glibc

/// Wakes the thread of a lane. Signals that come before it waits are not lost, and many are one.
final class LaneSignal: @unchecked Sendable {
    // Sendable because: both are only ever given to pthread's calls, which lock; `isSet` is touched under the mutex alone.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var isSet = false

    init() {
        pthread_mutex_init(self.mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(self.condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(self.condition)
        pthread_mutex_destroy(self.mutex)
        self.condition.deallocate()
        self.mutex.deallocate()
    }

    func set() {
        pthread_mutex_lock(self.mutex)
        let wasSet = self.isSet
        self.isSet = true
        pthread_mutex_unlock(self.mutex)
        if !wasSet { pthread_cond_broadcast(self.condition) }
    }

    /// - Parameter end: Milliseconds of the monotonic clock to wait until at most; nil for ever.
    func wait(until end: UInt64?) {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        while !self.isSet {
            guard let end else {
                pthread_cond_wait(self.condition, self.mutex)
                continue
            }
            var time = timespec(tv_sec: Int(end / 1_000), tv_nsec: Int(end % 1_000) * 1_000_000)
            if pthread_cond_timedwait(self.condition, self.mutex, &time) == ETIMEDOUT { return }
        }
        self.isSet = false
    }

    /// Milliseconds of the monotonic clock.
    static func now() -> UInt64 { self.nanoseconds() / 1_000_000 }

    static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
