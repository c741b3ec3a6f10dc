/// Reads protobuf's binary form in one pass: ``nextField()``, then a typed read, or nothing for an unknown field.
///
/// Bounds: nothing is allocated for a length before the bytes are known to be there, and messages, map entries and groups
/// nest at most ``maximumDepth`` deep.
public struct BinaryDecoder {
    /// As in the other implementations of protobuf.
    public static let maximumDepth = 100

    private let bytes: [UInt8]
    private var index = 0
    /// Where the present message ends.
    private var end: Int
    private var depth = 0

    /// The number of the present field.
    public private(set) var field = 0
    private var wireType = WireType.varint
    private var fieldStart = 0
    /// Whether somebody has read the present field.
    public private(set) var isFieldTaken = true

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.end = bytes.count
    }

    /// Goes on to the next field; false at the end of the present message.
    public mutating func nextField() throws(ProtobufError) -> Bool {
        guard self.index < self.end else { return false }
        self.fieldStart = self.index
        let tag = try self.readShortVarint()
        guard let wireType = WireType(rawValue: UInt8(tag & 7)), tag >> 3 != 0 else { throw .malformedTag }
        self.field = Int(tag >> 3)
        self.wireType = wireType
        self.isFieldTaken = false
        return true
    }

    /// Whether the present field comes in this form; it is then the caller's to read.
    mutating func takeField(_ wireType: WireType) -> Bool {
        guard self.wireType == wireType else { return false }
        self.isFieldTaken = true
        return true
    }

    /// Skips the present field, which nobody has taken, and keeps its bytes.
    mutating func keepField(in unknown: inout UnknownFields) throws(ProtobufError) {
        try self.skipField()
        unknown.bytes += self.bytes[self.fieldStart..<self.index]
    }

    /// Skips the present field, which nobody has taken.
    public mutating func skipField() throws(ProtobufError) {
        switch self.wireType {
        case .varint: _ = try self.readVarint()
        case .fixed64: _ = try self.take(8)
        case .fixed32: _ = try self.take(4)
        case .lengthDelimited: _ = try self.take(Int(try self.readShortVarint()))
        case .startGroup: try self.skipGroup()
        case .endGroup: throw .unmatchedEndGroup
        }
    }

    private mutating func skipGroup() throws(ProtobufError) {
        let (group, start) = (self.field, self.fieldStart)
        try self.descend()
        while try self.nextField() {
            if self.wireType == .endGroup {
                guard self.field == group else { throw .unmatchedEndGroup }
                self.depth -= 1
                self.fieldStart = start
                return
            }
            try self.skipField()
        }
        throw .truncated
    }

    private mutating func descend() throws(ProtobufError) {
        self.depth += 1
        if self.depth > Self.maximumDepth { throw .nestedTooDeeply }
    }

    /// Reads a length and lets `body` read that many bytes as a message.
    public mutating func nested<Result>(
        _ body: (inout BinaryDecoder) throws(ProtobufError) -> Result
    ) throws(ProtobufError) -> Result {
        let (field, outerEnd) = (self.field, self.end)
        let content = try self.take(Int(try self.readShortVarint()))
        try self.descend()
        self.index = content.lowerBound
        self.end = content.upperBound
        let result = try body(&self)
        self.end = outerEnd
        self.depth -= 1
        self.field = field
        self.isFieldTaken = true
        return result
    }

    /// Reads a length and lets `element` read values until that many bytes are used up.
    mutating func packed(
        _ element: (inout BinaryDecoder) throws(ProtobufError) -> Void
    ) throws(ProtobufError) {
        let content = try self.take(Int(try self.readShortVarint()))
        let outerEnd = self.end
        self.index = content.lowerBound
        self.end = content.upperBound
        while self.index < self.end { try element(&self) }
        self.end = outerEnd
    }

    /// Steps over `count` bytes of the present message.
    private mutating func take(_ count: Int) throws(ProtobufError) -> Range<Int> {
        guard count <= self.end - self.index else { throw .truncated }
        defer { self.index += count }
        return self.index..<(self.index + count)
    }
}

extension BinaryDecoder {
    /// At most ten bytes; bits above the 64th are dropped, as everybody's decoder does.
    public mutating func readVarint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard self.index < self.end else { throw .truncated }
            let byte = self.bytes[self.index]
            self.index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .malformedVarint
    }

    /// A tag or a length: at most five bytes and 32 bits.
    private mutating func readShortVarint() throws(ProtobufError) -> UInt32 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 35, by: 7) {
            guard self.index < self.end else { throw .truncated }
            let byte = self.bytes[self.index]
            self.index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                guard let short = UInt32(exactly: value) else { throw .malformedVarint }
                return short
            }
        }
        throw .malformedVarint
    }

    /// Little-endian, as many bytes as the integer has.
    public mutating func readFixed<Integer: FixedWidthInteger>() throws(ProtobufError) -> Integer {
        var value: Integer = 0
        for index in try self.take(Integer.bitWidth / 8).reversed() { value = value << 8 | Integer(self.bytes[index]) }
        return value
    }

    public mutating func readString() throws(ProtobufError) -> String {
        let content = try self.take(Int(try self.readShortVarint()))
        guard let text = String(validating: self.bytes[content], as: UTF8.self) else { throw .invalidUTF8 }
        return text
    }

    public mutating func readBytes() throws(ProtobufError) -> [UInt8] {
        Array(self.bytes[try self.take(Int(try self.readShortVarint()))])
    }
}
