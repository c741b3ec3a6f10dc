package import LogFormat
import Machine

/// One log as a clean stop left it.
struct LogTail: Equatable, Sendable {
    var info: LogInfo
    var lastBase: UInt64
    var lastBytes: Int
    /// It was damaged: each start looks at it again.
    var isOpenedAtStart = false

    var head: UInt64 { self.info.head }
    var next: UInt64 { self.info.next }
}

/// What is known of all logs of a volume when it stops cleanly, so that the next start reads none of them.
///
/// It is true until the first write after it: whoever starts takes the file away before.
///
/// As bytes: "FLXC", CRC-32C over all behind it, version 1 (2), 0 (2), number of logs (4), then 80 bytes for each: log, head,
/// next, bytes, records, first time, last time, base offset of the last segment, its bytes (8 each), segments (4), flags (4):
/// 1 if there are times, 2 if the log is to be opened at the start.
package struct CleanStop: Equatable, Sendable {
    private static let magic: UInt32 = 0x4358_4C46
    private static let version: UInt16 = 1
    private static let headerBytes = 16
    private static let tailBytes = 80

    let tails: [LogTail]

    init(tails: [LogTail]) { self.tails = tails }

    /// Logs that it tells of.
    package var logs: Int { self.tails.count }

    package func encoded() -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(CleanStop.headerBytes + self.tails.count * CleanStop.tailBytes)
        body.put(CleanStop.version)
        body.put(0 as UInt16)
        body.put(UInt32(self.tails.count))
        for tail in self.tails {
            let info = tail.info
            let values = [
                info.log.bits, info.head, info.next, info.bytes, info.records, info.firstTime ?? 0, info.lastTime ?? 0,
                tail.lastBase, UInt64(tail.lastBytes),
            ]
            for value in values { body.put(value) }
            body.put(UInt32(info.segments))
            body.put(UInt32((info.firstTime == nil ? 0 : 1) | (tail.isOpenedAtStart ? 2 : 0)))
        }
        var whole: [UInt8] = []
        whole.put(CleanStop.magic)
        whole.put(body.withUnsafeBytes { crc32c($0) })
        return whole + body
    }

    /// - Throws: When the bytes are not what ``encoded()`` made: then the start reads the logs.
    package init(_ bytes: [UInt8]) throws(LogFormatError) {
        var reader = Fields(bytes: bytes)
        let magic: UInt32 = try reader.take()
        guard magic == CleanStop.magic else {
            throw LogFormatError(.magic, expected: hexadecimal(CleanStop.magic), found: hexadecimal(magic))
        }
        let expected: UInt32 = try reader.take()
        let found = bytes.dropFirst(8).withUnsafeBytes { crc32c($0) }
        guard expected == found else {
            throw LogFormatError(.checksum, expected: hexadecimal(expected), found: hexadecimal(found))
        }
        let version: UInt16 = try reader.take()
        guard version == CleanStop.version else {
            throw LogFormatError(.version, expected: "\(CleanStop.version)", found: "\(version)")
        }
        _ = try reader.take() as UInt16
        let count = Int(try reader.take() as UInt32)
        guard bytes.count == CleanStop.headerBytes + count * CleanStop.tailBytes else {
            let there = (bytes.count - CleanStop.headerBytes) / CleanStop.tailBytes
            throw LogFormatError(.count, expected: "\(count)", found: "\(there)")
        }
        var tails: [LogTail] = []
        for _ in 0..<count {
            let log = LogID(bits: try reader.take())
            guard log.part != nil else {
                throw LogFormatError(.records, expected: "a part of a queue", found: "\(log.bits & 0xFF)")
            }
            var info = LogInfo(
                log: log,
                head: try reader.take(),
                next: try reader.take(),
                bytes: 0,
                records: 0,
                segments: 0
            )
            info.bytes = try reader.take()
            info.records = try reader.take()
            let (first, last) = (try reader.take() as UInt64, try reader.take() as UInt64)
            let lastBase: UInt64 = try reader.take()
            let lastBytes: UInt64 = try reader.take()
            info.segments = Int(try reader.take() as UInt32)
            let flags: UInt32 = try reader.take()
            if flags & 1 != 0 { (info.firstTime, info.lastTime) = (first, last) }
            tails.append(
                LogTail(
                    info: info,
                    lastBase: lastBase,
                    lastBytes: Int(clamping: lastBytes),
                    isOpenedAtStart: flags & 2 != 0
                )
            )
        }
        self.tails = tails
    }
}

private struct Fields {
    let bytes: [UInt8]
    var index = 0

    mutating func take<Value: FixedWidthInteger>() throws(LogFormatError) -> Value {
        let width = MemoryLayout<Value>.size
        guard self.bytes.count - self.index >= width else {
            throw LogFormatError(.length, expected: "\(self.index + width) bytes", found: "\(self.bytes.count)")
        }
        defer { self.index += width }
        return (0..<width).reversed().reduce(0) { $0 << 8 | Value(self.bytes[self.index + $1]) }
    }
}

extension [UInt8] {
    fileprivate mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        for byte in 0..<MemoryLayout<Value>.size { self.append(UInt8(truncatingIfNeeded: value >> Value(byte * 8))) }
    }
}
