import Glibc
import Synchronization

/// Now, by the clock that never jumps, in nanoseconds.
func monotonicTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// An address as the kernel takes it, `sockaddr_in` or `sockaddr_in6`.
struct NetworkAddress: Equatable, Sendable {
    let family: Int32
    let bytes: [UInt8]

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
            let result = Self.ask(host, port)
            answer.result.withLock { $0 = result }
            close(writeEnd)  // which the other end sees as its end
        }
        var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        while entry.revents == 0 {
            let now = monotonicTime()
            guard now < deadline else { throw Failure(.unreachable, "cannot look up \"\(host)\" in time") }
            _ = poll(&entry, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
        }
        guard let result = answer.result.withLock({ $0 }) else { return [] }
        return try result.get()
    }

    /// What the thread found; both hold it, since one may be gone before the other.
    private final class Answer: Sendable {
        let result = Mutex<Result<[NetworkAddress], Failure>?>(nil)
    }

    private static func ask(_ host: String, _ port: UInt16) -> Result<[NetworkAddress], Failure> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            let reason = gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"
            return .failure(Failure(.unreachable, "cannot look up \"\(host)\": \(reason)"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        var next = list
        while let entry = next {
            if let address = entry.pointee.ai_addr {
                let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
                addresses.append(NetworkAddress(family: entry.pointee.ai_family, bytes: Array(bytes)))
            }
            next = entry.pointee.ai_next
        }
        return .success(addresses)
    }
}

/// Runs `body` on a new detached thread: for what blocks, which tasks must not.
func startThread(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread,
        nil,
        { pointer in
            guard let pointer else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(pointer).takeRetainedValue().run()
            return nil
        },
        box.toOpaque()
    )
    guard code == 0 else { fatalError("no thread: \(systemError(code))") }
    pthread_detach(thread)
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
