package import Configuration
import Glibc

/// Where a listener binds: `127.0.0.1:1883`, `[::1]:1883`, `localhost:1883`, `:1883` (every address).
package struct ListenAddress: Equatable, Sendable {
    /// Without brackets; empty: every address of the machine, IPv4 and IPv6.
    package var host: String
    /// 0: any free port.
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    package init(_ text: String) throws(ConfigProblem) {
        guard let colon = text.lastIndex(of: ":") else { throw ConfigProblem("'\(text)' has no port") }
        let host = text[..<colon]
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw ConfigProblem("'\(text)' needs a port in digits")
        }
        guard let port = UInt16(digits) else { throw ConfigProblem("port \(digits) is out of range, 0...65535") }
        if host == "*" {
            throw ConfigProblem("'*' is not a host; an empty one is every address", suggestion: ":\(port)")
        }
        if host.first == "[" {
            let inner = String(host.dropFirst().dropLast())
            guard host.last == "]", IPv6(inner) != nil else { throw ConfigProblem("'\(host)' is not an IPv6 address") }
            self.init(host: inner, port: port)
            return
        }
        if host.contains(":") {
            throw ConfigProblem(
                "an IPv6 address stands in brackets",
                suggestion: IPv6(String(host)).map { _ in "[\(host)]:\(port)" }
            )
        }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        // Digits and dots are meant as an IPv4 address; resolvers disagree on what 127.1 is.
        let isNumeric = !host.isEmpty && host.allSatisfy { $0.isNumber || $0 == "." }
        guard isName, !isNumeric || IPv4(String(host)) != nil else {
            throw ConfigProblem("'\(host)' is neither an address nor a host name")
        }
        self.init(host: String(host), port: port)
    }

    /// Whether only this machine can reach it. A name other than `localhost` is not trusted to stay what it is today.
    package var isLoopback: Bool {
        if self.host.lowercased() == "localhost" { return true }
        if let address = IPv4(self.host) { return address.bytes.first == 127 }
        return IPv6(self.host) == IPv6("::1")
    }

    /// Whether two listeners cannot both bind: the same port, and equal hosts or one that covers the other.
    ///
    /// The empty host and `::` cover everything, `0.0.0.0` covers IPv4 addresses and names.
    package func conflicts(with other: ListenAddress) -> Bool {
        guard self.port != 0, self.port == other.port else { return false }
        return self.covers(other) || other.covers(self)
    }

    private func covers(_ other: ListenAddress) -> Bool {
        if let mine = IPv6(self.host) { return mine == IPv6("::") || mine == IPv6(other.host) }
        if self.host == "0.0.0.0" { return !other.host.isEmpty && IPv6(other.host) == nil }
        return self.host.isEmpty || self.host.lowercased() == other.host.lowercased()
    }
}

extension ListenAddress: CustomStringConvertible {
    package var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}

extension ConfigType where Value == ListenAddress? {
    /// Empty: closed.
    static var listenAddress: ConfigType {
        ConfigType("address", allowed: "host:port such as 127.0.0.1:1883, or \"\" to close it") {
            node throws(ConfigProblem) in
            let text = try node.scalar().text
            return text.isEmpty ? nil : try ListenAddress(text)
        } format: {
            .text($0?.description ?? "")
        }
    }
}

/// An address in numbers, so that `::1` and `0:0:0:0:0:0:0:1` are the same. nil for anything else.
private struct IPv4: Equatable {
    let bytes: [UInt8]

    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 4)
        guard inet_pton(AF_INET, text, &bytes) == 1 else { return nil }
        self.bytes = bytes
    }
}

private struct IPv6: Equatable {
    let bytes: [UInt8]

    init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        self.bytes = bytes
    }
}
