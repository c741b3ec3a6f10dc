import Glibc

/// An address as the kernel takes it, `sockaddr_in` or `sockaddr_in6`.
package struct NetworkAddress: Equatable, Sendable {
    package let family: Int32
    package let bytes: [UInt8]

    package init(family: Int32, bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
    }
}

/// Why a host has no address, in the resolver's words.
package struct LookUpProblem: Error, Equatable, Sendable {
    package let reason: String
}

/// All addresses of a host, in the order to try them. Blocks, for seconds at worst: for a thread of its own.
package func lookUp(host: String, port: UInt16) throws(LookUpProblem) -> [NetworkAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else {
        throw LookUpProblem(reason: gai_strerror(code).map { String(cString: $0) } ?? "error \(code)")
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
    return addresses
}
