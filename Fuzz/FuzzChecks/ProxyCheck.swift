import ProxyWire

/// Reads bytes as a proxy's stream and traps when a promise of the reader does not hold.
///
/// Byte by byte: nothing is decided that more bytes would change, a header is found with its last byte and no sooner, and a
/// decision is made within the bytes that a header may have.
package func fuzzProxy(_ bytes: [UInt8]) {
    var decided: Result<ProxyHeader, ProxyError>?
    for count in 0...bytes.count where count <= 512 || count == bytes.count {
        let seen = outcome(bytes.span.extracting(0..<count))
        if let decided { precondition(seen == decided, "more bytes change what was decided") }
        if case .success(let header)? = seen {
            precondition(header.length <= count, "a header is longer than what was read")
            precondition(header.length <= ProxyHeader.maximumLength, "a header is over its bound")
            let short = outcome(bytes.span.extracting(0..<(header.length - 1)))
            precondition(short == nil, "a header is found before its last byte")
        }
        decided = decided ?? seen
    }
    if bytes.count >= ProxyHeader.maximumLength { precondition(decided != nil, "a decision is put off for ever") }
}

private func outcome(_ bytes: Span<UInt8>) -> Result<ProxyHeader, ProxyError>? {
    do {
        return try ProxyHeader.read(bytes).map { .success($0) }
    } catch {
        return .failure(error)
    }
}
