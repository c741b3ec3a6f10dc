import Bytes

/// What the payload of every message of a load begins with: who sent it, as which one, and when. 32 bytes, big-endian.
///
/// `FxLd`, run, stream, sequence number (8 bytes), intended time (8 bytes), and the time it waited before it was sent.
struct Mark: Equatable, Sendable {
    static let size = 32
    private static let magic: UInt32 = 0x4678_4C64
    private static let warmUpBit: UInt32 = 1 << 31

    /// Of one process of fluxctl, so that two do not take each other's messages for their own.
    var run: UInt32
    /// Index into ``LoadLayout/streams``.
    var stream: UInt32
    var isWarmUp: Bool
    /// Counted from 0 in each stream; 0 in all of the warm-up.
    var sequence: UInt64
    /// When the message should have been sent, by the monotonic clock of the sender's machine, in nanoseconds.
    var intended: UInt64
    /// From then to when it was sent, in microseconds; 71 minutes and more are all the same.
    var waited: UInt32

    /// When it was sent, to the microsecond.
    var sent: UInt64 { self.intended + UInt64(self.waited) * 1_000 }

    func write(to writer: inout PacketWriter) {
        writer.write(bigEndian: Self.magic)
        writer.write(bigEndian: self.run)
        writer.write(bigEndian: self.stream | (self.isWarmUp ? Self.warmUpBit : 0))
        for value in [self.sequence, self.intended] {
            writer.write(bigEndian: UInt32(truncatingIfNeeded: value >> 32))
            writer.write(bigEndian: UInt32(truncatingIfNeeded: value))
        }
        writer.write(bigEndian: self.waited)
    }

    init(run: UInt32, stream: UInt32, isWarmUp: Bool, sequence: UInt64, intended: UInt64, waited: UInt32) {
        self.run = run
        self.stream = stream
        self.isWarmUp = isWarmUp
        self.sequence = sequence
        self.intended = intended
        self.waited = waited
    }

    /// - Returns: nil for a payload that no load made.
    init?(_ reader: inout ByteReader) {
        guard reader.readUInt32() == Self.magic, let run = reader.readUInt32(), let stream = reader.readUInt32(),
            let sequence = reader.readUInt64(), let intended = reader.readUInt64(), let waited = reader.readUInt32()
        else { return nil }
        self.init(
            run: run,
            stream: stream & ~Self.warmUpBit,
            isWarmUp: stream & Self.warmUpBit != 0,
            sequence: sequence,
            intended: intended,
            waited: waited
        )
    }
}
