/// What the last three bits of a tag say about what follows. Source: protobuf "Encoding", message structure.
public enum WireType: UInt8, Sendable {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    /// Groups are of protobuf's first years: no field has them here, unknown ones are kept.
    case startGroup = 3
    case endGroup = 4
    case fixed32 = 5
}
