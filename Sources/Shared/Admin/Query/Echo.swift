extension String {
    /// The text, or what of it fits into `limit` bytes with a mark that something is missing: whole scalars.
    package func cut(to limit: Int) -> String {
        if self.utf8.count <= limit { return self }
        var end = self.utf8.index(self.startIndex, offsetBy: max(0, limit - "…".utf8.count))
        while end.samePosition(in: self.unicodeScalars) == nil { end = self.utf8.index(before: end) }
        return String(self.unicodeScalars[..<end]) + "…"
    }

    /// As an error repeats what it was asked: at most 256 bytes, since a request may have megabytes of it and an answer must not.
    package var echo: String { self.cut(to: 256) }
}
