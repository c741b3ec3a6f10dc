import Glibc

/// An address as the kernel takes it, `sockaddr_in` or `sockaddr_in6`.
struct SocketAddress: Equatable, Sendable {
    let family: Int32
    let bytes: [UInt8]
}

/// Looks a host up, which may take seconds, on a thread of its own.
///
/// - Parameter completion: Called on that thread with all addresses in the order to try them, or with the reason.
func resolve(
    host: String,
    port: UInt16,
    completion: @escaping @Sendable (Result<[SocketAddress], MQTTClientError>) -> Void
) {
    startThread { completion(lookUp(host: host, port: port)) }
}

private func lookUp(host: String, port: UInt16) -> Result<[SocketAddress], MQTTClientError> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else {
        let reason = gai_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return .failure(.unreachable("cannot look up \"\(host)\": \(reason)"))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next {
        if let address = entry.pointee.ai_addr {
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
            addresses.append(SocketAddress(family: entry.pointee.ai_family, bytes: Array(bytes)))
        }
        next = entry.pointee.ai_next
    }
    return .success(addresses)
}

/// Runs `body` on a new detached thread.
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
    guard code == 0 else { fatalError("no thread for a client: \(errorText(code))") }
    pthread_detach(thread)
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
