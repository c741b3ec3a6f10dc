import Blocking
import CLinux
import Glibc
import Machine
import Synchronization

/// Threads for what would hold up a loop: a password's hash, a look-up in a large file.
///
/// Two of them, whatever the number of loops: such work takes memory as well as time. The queue has no bound of its own,
/// because every machine bounds what it has under way.
final class WorkerPool: @unchecked Sendable {
    // Sendable because: the queue is locked, and the semaphore's calls are safe from any thread.
    static let shared = WorkerPool(threads: 2)

    private let queue = Mutex<Queue>(Queue())
    private let ready = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    private struct Queue {
        var work: [@Sendable () -> Void] = []
        var next = 0

        mutating func take() -> (@Sendable () -> Void)? {
            guard self.next < self.work.count else { return nil }
            let first = self.work[self.next]
            self.next += 1
            if self.next == self.work.count || self.next > 256 {
                self.work.removeFirst(self.next)
                self.next = 0
            }
            return first
        }
    }

    private init(threads: Int) {
        sem_init(self.ready, 0, 0)
        for index in 0..<threads {
            startThread {
                clinux_name_thread("worker-\(index)")
                self.workForEver()
            }
        }
    }

    func run(_ work: @escaping @Sendable () -> Void) {
        self.queue.withLock { $0.work.append(work) }
        sem_post(self.ready)
    }

    private func workForEver() -> Never {
        while true {
            while sem_wait(self.ready) != 0 {}  // a signal came between
            let work = self.queue.withLock { $0.take() }
            work?()
        }
    }
}

extension LoopDriver {
    /// Hands the machine's jobs to the workers. What is done comes back through the inbox, however many at a time.
    func startJobs() {
        let jobs = self.effects.jobs
        self.effects.jobs = []
        let inbox = self.inboxes[self.index]
        for (ticket, job) in jobs {
            WorkerPool.shared.run { inbox.put(.finished(ticket: ticket, job())) }
        }
    }
}
