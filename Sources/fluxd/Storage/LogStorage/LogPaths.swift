import Files
package import Machine

/// Where a log's files are, from the volume's directory: numbers and fixed words only, so no queue's name is a file's name.
package enum LogPaths {
    package static let queues = "queues"
    package static let sessions = "sessions"

    /// `queues/<owner, 16 hexadecimal digits>/<part>`, or `sessions/<shard>` for a session journal.
    package static func directory(of log: LogID) -> String {
        guard let part = log.part else {
            preconditionFailure("log \(log.bits) has a part that this version does not know")
        }
        if part == .sessions { return "\(self.sessions)/\(log.owner)" }
        return "\(self.ownerDirectory(of: log))/\(self.name(of: part))"
    }

    /// What a queue's logs share.
    package static func ownerDirectory(of log: LogID) -> String {
        if log.part == .sessions { return "\(self.sessions)/\(log.owner)" }
        return "\(self.queues)/\(StorageNames.hexadecimal(log.owner))"
    }

    package static func name(of part: LogPart) -> String {
        switch part {
        case .messages(priority: 0): "messages"
        case .groups: "groups"
        case .delayed: "delayed"
        case .stragglers: "stragglers"
        case .sessions: "sessions"
        default: "messages-p\(part.rawValue)"
        }
    }

    static func part(named name: String) -> LogPart? {
        (0...UInt8.max).lazy.compactMap { LogPart(rawValue: $0) }.first { $0 != .sessions && self.name(of: $0) == name }
    }

    /// nil for a name that ``directory(of:)`` does not make.
    static func owner(named name: String) -> UInt64? {
        guard name.utf8.count == 16, let owner = UInt64(name, radix: 16), owner <= UInt64.max >> 8,
            StorageNames.hexadecimal(owner) == name
        else { return nil }
        return owner
    }

    static func shard(named name: String) -> UInt64? {
        guard let shard = UInt64(name), shard <= UInt64.max >> 8, String(shard) == name else { return nil }
        return shard
    }

    static func segment(_ base: UInt64) -> String { StorageNames.decimal(base) + ".seg" }
    static func index(_ base: UInt64) -> String { StorageNames.decimal(base) + ".idx" }

    /// The base offset of a file with the ending; nil for another file.
    static func base(of name: String, ending: String) -> UInt64? {
        guard name.hasSuffix(ending), name.utf8.count == 20 + ending.utf8.count else { return nil }
        return UInt64(name.prefix(20))
    }
}
