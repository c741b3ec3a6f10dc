import Blocking
import Glibc
import Synchronization

/// Now, by the clock that never jumps, in nanoseconds.
func monotonicTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

extension NetworkAddress {
    /// `127.0.0.1` or `::1`.
    var text: String {
        let characters = [UInt8](unsafeUninitializedCapacity: Int(NI_MAXHOST)) { buffer, used in
            used = 0
            self.bytes.withUnsafeBytes { address in
                guard let base = address.bindMemory(to: sockaddr.self).baseAddress else { return }
                buffer.withMemoryRebound(to: CChar.self) { name in
                    let code = getnameinfo(
                        base,
                        socklen_t(address.count),
                        name.baseAddress,
                        socklen_t(name.count),
                        nil,
                        0,
                        NI_NUMERICHOST
                    )
                    if code == 0, let start = name.baseAddress { used = strlen(start) }
                }
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// Looks a host up, on a thread of its own, since a resolver knows no deadline. Blocks.
    ///
    /// - Parameter deadline: By ``monotonicTime()``; a thread that is late is left behind.
    static func lookUp(_ host: String, _ port: UInt16, until deadline: UInt64) throws(Failure) -> [NetworkAddress] {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw Failure(.failed, "no pipe: \(systemError(errno))")
        }
        defer { close(ends[0]) }
        let answer = Answer()
        let writeEnd = ends[1]
        startThread {
            let result = Result { () throws(LookUpProblem) in try Blocking.lookUp(host: host, port: port) }
            answer.result.withLock { $0 = result }
            close(writeEnd)  // which the other end sees as its end
        }
        var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        while entry.revents == 0 {
            let now = monotonicTime()
            guard now < deadline else { throw Failure(.unreachable, "cannot look up \"\(host)\" in time") }
            _ = poll(&entry, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
        }
        switch answer.result.withLock({ $0 }) {
        case .success(let addresses): return addresses
        case .failure(let problem): throw Failure(.unreachable, "cannot look up \"\(host)\": \(problem.reason)")
        case nil: return []
        }
    }

    /// What the thread found; both hold it, since one may be gone before the other.
    private final class Answer: Sendable {
        let result = Mutex<Result<[NetworkAddress], LookUpProblem>?>(nil)
    }
}
