package import Bytes
package import Machine

/// What admission takes for one client: an IPv4 address, or the /64 that an IPv6 client can choose addresses from as it likes.
package struct AddressGroup: Hashable, Sendable, CustomStringConvertible {
    /// The group's first address.
    package let address: IPAddress

    /// nil for a unix socket: its other end is this machine's, and has no address.
    package init?(_ remote: PeerAddress) {
        guard let address = remote.ip else { return nil }
        self.init(address)
    }

    package init(_ address: IPAddress) {
        switch address.unmapped {
        case .v4(let address): self.address = .v4(address)
        case .v6(let high, _): self.address = .v6(high, 0)
        }
    }

    /// Reads what ``description`` writes, and any address of the group.
    package init?(_ text: String) {
        let address = text.hasSuffix("/64") ? String(text.dropLast(3)) : text
        guard let address = IPAddress(address) else { return nil }
        if case .v4 = address, text.hasSuffix("/64") { return nil }
        self.init(address)
    }

    package var isLoopback: Bool {
        switch self.address {
        case .v4(let address): address >> 24 == 127
        case .v6(let high, _): high == 0
        }
    }

    package var description: String {
        if case .v4 = self.address { "\(self.address)" } else { "\(self.address)/64" }
    }
}
