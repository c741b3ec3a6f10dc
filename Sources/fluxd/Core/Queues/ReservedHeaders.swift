import Bytes

/// User headers that a queue alone may write: what is said of a delivery, of a dead letter, and inside the broker. A publisher's own
/// are left out of what a queue keeps, whatever protocol they came by.
enum ReservedHeaders {
    private static let names: Set<[UInt8]> = Set(
        [
            "message-id", "group-id", "queue", "offset", "client_id", "external_id", "protocol", "x-source-topic",
            "x-delivery-count", "x-queue-forward-targets",
        ].map { Array($0.utf8) }
    )
    private static let prefixes = ["x-stream-", "x-work-", "_dlq_", "_flux."].map { Array($0.utf8) }

    private static func contains(_ name: Span<UInt8>) -> Bool {
        let name = name.copied()
        return self.names.contains(name) || self.prefixes.contains { name.starts(with: $0) }
    }

    /// - Returns: The header without them; nil when it has none.
    static func stripped(_ header: Span<UInt8>) -> [UInt8]? {
        if header.isEmpty { return nil }
        var kept: [UInt8] = []
        var isWhole = true
        var reader = ByteReader(header)
        var start = 0
        while let field = reader.readUInt8().flatMap({ HeaderField(rawValue: $0) }) {
            var isReserved = false
            switch field {
            case .payloadFormat, .priority: _ = reader.readUInt8()
            case .contentType, .replyTo, .correlation, .messageID: _ = reader.readLengthPrefixedRange()
            case .userHeader:
                if let name = reader.readLengthPrefixed() { isReserved = self.contains(name) }
                _ = reader.readLengthPrefixedRange()
            }
            if isReserved, isWhole {
                isWhole = false
                kept = header.extracting(0..<start).copied()
            } else if !isReserved, !isWhole {
                kept += header.extracting(start..<reader.index).copied()
            }
            start = reader.index
        }
        return isWhole ? nil : kept
    }
}
