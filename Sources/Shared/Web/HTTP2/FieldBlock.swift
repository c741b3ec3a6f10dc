import HTTP

/// The fields of one HEADERS frame while they come.
struct FieldBlock {
    var method = ""
    var path = ""
    var scheme = ""
    var authority = ""
    /// 0 when there is none: a request, or trailers.
    var status = 0
    var fields = HTTPFields()
    private var size = 0
    /// The peer sent more than the limit; the fields are gone.
    private(set) var isTooLarge = false

    /// nghttp2 has checked names, values and pseudo-fields; how much they are together is for us to count.
    mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, limit: Int) {
        self.size += name.count + value.count + 32
        if self.size > limit {
            if !self.isTooLarge { self.fields = HTTPFields() }
            self.isTooLarge = true
            return
        }
        let name = String(decoding: name, as: UTF8.self)
        let value = String(decoding: value, as: UTF8.self)
        switch name {
        case ":method": self.method = value
        case ":path": self.path = value
        case ":scheme": self.scheme = value
        case ":authority": self.authority = value
        case ":status": self.status = Int(value) ?? 0
        default: self.fields.append(name, value)
        }
    }

    /// nil when Host names another one than `:authority`. Source: RFC 9113 §8.3.1.
    func requestHead() -> HTTPRequestHead? {
        var authority = self.authority
        if let host = self.fields["host"] {
            if authority.isEmpty { authority = host }
            if authority.lowercased() != host.lowercased() { return nil }
        }
        var head = HTTPRequestHead(method: self.method, path: self.path, authority: authority, fields: self.fields)
        head.scheme = self.scheme
        return head
    }
}
