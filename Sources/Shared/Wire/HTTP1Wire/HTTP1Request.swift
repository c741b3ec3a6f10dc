package enum HTTP1Version: Sendable, Comparable {
    case http1_0
    case http1_1
}

/// One field line. Source: RFC 9112 §5.
package struct HTTP1Header: Equatable, Sendable {
    /// As the peer wrote it; compared without regard to case.
    package var name: String
    /// Without the white space around it.
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// - Parameter lowercased: The name to compare with, in lower case.
    package func isNamed(_ lowercased: String) -> Bool { equalsIgnoringCase(self.name, lowercased) }
}

/// A whole request, its body decoded. Source: RFC 9112 §3.
package struct HTTP1Request: Equatable, Sendable {
    package var method: String
    /// As the peer wrote it: origin-form, absolute-form, or `*`.
    package var target: String
    package var version: HTTP1Version
    /// In the order of the request; those of a chunked body's trailer are dropped.
    package var headers: [HTTP1Header]
    package var body: [UInt8]
    /// Whether the connection serves another request after this one. Source: RFC 9112 §9.3.
    package var keepAlive: Bool

    package init(
        method: String,
        target: String,
        version: HTTP1Version = .http1_1,
        headers: [HTTP1Header] = [],
        body: [UInt8] = [],
        keepAlive: Bool = true
    ) {
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.body = body
        self.keepAlive = keepAlive
    }

    /// The first value of a field; nil when the request has none.
    package func header(_ lowercasedName: String) -> String? {
        self.headers.first { $0.isNamed(lowercasedName) }?.value
    }

    /// The elements of a field that is a comma-separated list, over all lines that it has. Source: RFC 9110 §5.6.1.
    package func elements(of lowercasedName: String) -> [Substring] {
        self.headers.filter { $0.isNamed(lowercasedName) }.flatMap { tokens($0.value) }
    }

    /// Whether such a list has an element, in whatever case.
    package func has(token lowercasedToken: String, in lowercasedName: String) -> Bool {
        self.elements(of: lowercasedName).contains { equalsIgnoringCase($0, lowercasedToken) }
    }

    /// The target's path, still percent-encoded, without scheme, authority and query; `/` when it has none, `*` for `OPTIONS *`.
    package var path: String {
        let target = Substring(self.target).withoutAuthority
        let path = target.prefix { $0 != "?" }
        return path.isEmpty ? "/" : String(path)
    }

    /// What follows the first `?` of the target; nil when there is none.
    package var query: String? {
        guard let mark = self.target.firstIndex(of: "?") else { return nil }
        return String(self.target[self.target.index(after: mark)...])
    }
}

extension Substring {
    /// The path and query of an absolute-form target, or the whole of another form.
    fileprivate var withoutAuthority: Substring {
        guard self.first != "/", let authority = authority(ofAbsoluteForm: self) else { return self }
        return self[authority.endIndex...]
    }
}

/// `host:80` of `http://host:80/path`; nil when the target is not in absolute-form. Source: RFC 9112 §3.2.2.
func authority(ofAbsoluteForm target: Substring) -> Substring? {
    for scheme in ["http://", "https://"] where equalsIgnoringCase(target.prefix(scheme.count), scheme) {
        return target.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
    }
    return nil
}

/// Compares ASCII letters without regard to case, and all else exactly.
func equalsIgnoringCase(_ text: some StringProtocol, _ lowercased: String) -> Bool {
    text.utf8.elementsEqual(lowercased.utf8) { byte, wanted in
        byte == wanted || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") && byte | 0x20 == wanted)
    }
}
