package import Bytes

/// Addresses that belong together, as an operator writes them: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`, `unix`.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: Hashable {
        /// Bits after the prefix are 0.
        case ip(IPAddress, prefix: Int)
        /// Every unix socket.
        case unix
    }
    private let kind: Kind

    /// - Throws: When the text is none, with what is wrong and what would be right.
    package init(_ text: String) throws(AddressBlockError) {
        if text == "unix" {
            self.kind = .unix
            return
        }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = IPAddress(parts[0]) else { throw AddressBlockError(text, .noAddress) }
        let width = if case .v4 = address { 32 } else { 128 }
        guard parts.count == 2 else {
            self.kind = .ip(address, prefix: width)
            return
        }
        let isNumber = !parts[1].isEmpty && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let prefix = Int(parts[1]), prefix <= width else {
            throw AddressBlockError(text, .prefix(width: width))
        }
        let first = AddressBlock.masked(address, prefix)
        guard first == address else {
            throw AddressBlockError(text, .bitsAfterPrefix(suggestion: "\(first)/\(prefix)"))
        }
        self.kind = .ip(address, prefix: prefix)
    }

    /// An IPv4 address that is written as an IPv6 one is in the blocks of either.
    package func contains(_ address: PeerAddress) -> Bool {
        switch (self.kind, address.ip) {
        case (.unix, nil): return true
        case (.unix, _?), (.ip, nil): return false
        case (.ip(let first, let prefix), let ip?):
            return AddressBlock.masked(ip, prefix) == first || AddressBlock.masked(ip.unmapped, prefix) == first
        }
    }

    package var description: String {
        switch self.kind {
        case .unix: "unix"
        case .ip(let address, let prefix): "\(address)/\(prefix)"
        }
    }

    private static func masked(_ address: IPAddress, _ prefix: Int) -> IPAddress {
        switch address {
        // A shift by the width or more gives 0, as it does for no other language's `<<`.
        case .v4(let address): .v4(address & UInt32.max << (32 - min(prefix, 32)))
        case .v6(let high, let low):
            .v6(high & UInt64.max << (64 - min(prefix, 64)), low & UInt64.max << (64 - max(0, prefix - 64)))
        }
    }
}

/// Why a text names no block of addresses.
package struct AddressBlockError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        case noAddress
        case prefix(width: Int)
        case bitsAfterPrefix(suggestion: String)
    }
    package let text: String
    package let reason: Reason

    init(_ text: String, _ reason: Reason) {
        self.text = text
        self.reason = reason
    }

    package var description: String {
        switch self.reason {
        case .noAddress:
            "'\(self.text)' is no block of addresses; write it like 10.0.0.0/8, 192.0.2.7, 2001:db8::/32 or unix"
        case .prefix(let width): "'\(self.text)': the prefix after '/' is a number of bits, 0...\(width)"
        case .bitsAfterPrefix(let suggestion):
            "'\(self.text)' has address bits after its prefix; did you mean '\(suggestion)'?"
        }
    }
}

extension PeerAddress {
    /// Without the port; nil for a unix socket.
    package var ip: IPAddress? {
        switch self {
        case .ipv4(let address, _): .v4(address)
        case .ipv6(let high, let low, _): .v6(high, low)
        case .unix: nil
        }
    }
}
