import Bytes

/// `method SP target SP HTTP/1.x`. Source: RFC 9112 §3.
func requestLine(_ line: Span<UInt8>) throws(HTTP1Error) -> HTTP1Request {
    guard let first = line.firstIndex(of: space, from: 0), let second = line.firstIndex(of: space, from: first + 1)
    else {
        throw .badRequest("the request line has no version")  // HTTP/0.9, too
    }
    let method = line.extracting(0..<first)
    let target = line.extracting((first + 1)..<second)
    guard isToken(method) else { throw .badRequest("the method is not a token") }
    guard !target.isEmpty, target.allSatisfy({ $0 > space && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
        throw .badRequest("the target has a byte that no URI has")
    }
    let request = HTTP1Request(
        method: method.string(),
        target: target.string(),
        version: try version(line.extracting((second + 1)..<line.count))
    )
    if request.method == "CONNECT" { throw .badRequest("CONNECT is for proxies") }
    return request
}

/// Source: RFC 9112 §2.3.
private func version(_ bytes: Span<UInt8>) throws(HTTP1Error) -> HTTP1Version {
    let name = bytes.string()
    switch name {
    case "HTTP/1.1": return .http1_1
    case "HTTP/1.0": return .http1_0
    default:
        let rest = name.dropFirst(5)
        guard name.hasPrefix("HTTP/"), rest.utf8.count == 3, rest.dropFirst().first == ".",
            rest.utf8.first.map(isDigit) == true, rest.utf8.last.map(isDigit) == true
        else { throw .badRequest("the version is not one of HTTP") }
        throw HTTP1Error(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")
    }
}

/// `name: value`. Source: RFC 9112 §5.1, and §5.2 for folded lines, which are refused.
func fieldLine(_ line: Span<UInt8>) throws(HTTP1Error) -> HTTP1Header {
    if isBlank(line[0]) { throw .badRequest("a folded header line") }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":"), from: 0) else {
        throw .badRequest("a header line has no colon")
    }
    let name = line.extracting(0..<colon)
    guard isToken(name) else { throw .badRequest("a header name is not a token") }  // a space before the colon, too
    var start = colon + 1
    var end = line.count
    while start < end, isBlank(line[start]) { start += 1 }
    while end > start, isBlank(line[end - 1]) { end -= 1 }
    let value = line.extracting(start..<end)
    guard value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw .badRequest("a header value has a control character")
    }
    return HTTP1Header(name.string(), value.string())
}

/// The elements of a comma-separated list, without empty ones. Source: RFC 9110 §5.6.1.
func tokens(_ list: String) -> [Substring] {
    list.split(separator: ",").map { element in
        let start = element.drop { $0 == " " || $0 == "\t" }
        let end = start.lastIndex { $0 != " " && $0 != "\t" }
        return end.map { start[...$0] } ?? ""
    }
    .filter { !$0.isEmpty }
}

/// A host, a port or none: what may stand in Host. Empty is allowed. Source: RFC 9110 §7.2, RFC 3986 §3.2.
func isAuthority(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    var host = bytes[...]
    if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), bytes[colon...].dropFirst().allSatisfy(isDigit) {
        host = bytes[..<colon]
        if host.isEmpty { return false }
    }
    if host.first == UInt8(ascii: "[") {
        return host.count > 2 && host.last == UInt8(ascii: "]")
            && host.dropFirst().dropLast().allSatisfy {
                isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".")
            }
    }
    return host.allSatisfy { isAlphanumeric($0) || "-._~%!$&'()*+;=".utf8.contains($0) }
}

/// Source: RFC 9110 §5.6.2.
func isToken(_ bytes: Span<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) }
}

private let space = UInt8(ascii: " ")

func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == UInt8(ascii: "\t") }
func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
}
private func isAlphanumeric(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
}

extension Span<UInt8> {
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        while index < self.count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    func allSatisfy(_ predicate: (UInt8) -> Bool) -> Bool {
        for index in self.indices where !predicate(self[index]) { return false }
        return true
    }
}
