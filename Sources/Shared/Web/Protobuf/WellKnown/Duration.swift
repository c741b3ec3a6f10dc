extension WellKnown {
    /// A span of time: `google.protobuf.Duration`. In JSON it is a string: `"1.500s"`.
    public struct Duration: Message {
        /// Up to 315,576,000,000 in either direction, which is 10,000 years.
        public var seconds: Int64 = 0
        /// Up to 999,999,999 in either direction, and in the one of `seconds`.
        public var nanos: Int32 = 0
        public var unknownFields = UnknownFields()

        public init() {}

        public init(seconds: Int64, nanos: Int32 = 0) {
            self.seconds = seconds
            self.nanos = nanos
        }
    }
}

extension WellKnown.Duration {
    public static let protoName = "google.protobuf.Duration"

    public static let fields = [
        FieldDescriptor(number: 1, name: "seconds", jsonName: "seconds", kind: .int64),
        FieldDescriptor(number: 2, name: "nanos", jsonName: "nanos", kind: .int32),
    ]

    private static let maximumSeconds: Int64 = 315_576_000_000

    /// The JSON form; nil beyond what a duration may be.
    public var text: String? {
        guard
            (-Self.maximumSeconds...Self.maximumSeconds).contains(self.seconds),
            (-999_999_999...999_999_999).contains(self.nanos),
            self.seconds == 0 || self.nanos == 0 || (self.seconds < 0) == (self.nanos < 0)
        else { return nil }
        let sign = self.seconds < 0 || self.nanos < 0 ? "-" : ""
        return "\(sign)\(self.seconds.magnitude)\(Nanoseconds.text(Int(self.nanos.magnitude)))s"
    }

    /// - Returns: nil for what is not such a text, or beyond what a duration may be.
    public init?(text: String) {
        guard text.last == "s" else { return nil }
        var rest = text.utf8.dropLast()[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        let whole = rest.prefix { $0 != UInt8(ascii: ".") }
        guard
            !whole.isEmpty, whole.allSatisfy({ (0x30...0x39).contains($0) }),
            let seconds = Int64(String(decoding: whole, as: UTF8.self)), seconds <= Self.maximumSeconds,
            let nanos = Nanoseconds.value(of: rest.dropFirst(whole.count))
        else { return nil }
        self.init(seconds: isNegative ? -seconds : seconds, nanos: Int32(isNegative ? -nanos : nanos))
    }

    public func value(of number: Int) -> FieldValue {
        switch number {
        case 1: .int(self.seconds)
        case 2: .int(Int64(self.nanos))
        default: .none
        }
    }

    public mutating func readField(from decoder: inout BinaryDecoder) throws(ProtobufError) {
        switch decoder.field {
        case 1: try decoder.read(ProtoInt64.self, into: &self.seconds)
        case 2: try decoder.read(ProtoInt32.self, into: &self.nanos)
        default: break
        }
    }

    public func writeFields(to encoder: inout BinaryEncoder) {
        encoder.write(self.unknownFields)
        encoder.write(ProtoInt32.self, 2, self.nanos)
        encoder.write(ProtoInt64.self, 1, self.seconds)
    }

    public mutating func readJSONField(_ number: Int, from reader: JSONReader) throws(ProtobufError) {
        switch number {
        case 1: try reader.read(ProtoInt64.self, into: &self.seconds)
        case 2: try reader.read(ProtoInt32.self, into: &self.nanos)
        default: break
        }
    }

    public func writeJSONFields(to writer: inout JSONWriter) {
        writer.write(ProtoInt64.self, "seconds", self.seconds)
        writer.write(ProtoInt32.self, "nanos", self.nanos)
    }

    public mutating func readJSONValue(from reader: JSONReader) throws(ProtobufError) {
        guard let duration = Self(text: try reader.string()) else {
            throw reader.problem("must be a duration like '1.5s'")
        }
        self = duration
    }

    public func writeJSONValue(to writer: inout JSONWriter) {
        if let text = self.text { writer.string(text) } else { writer.word("null") }
    }
}

/// The fraction of a second behind its point.
enum Nanoseconds {
    /// With three, six or nine digits, as many as it takes; nothing for 0.
    static func text(_ nanos: Int) -> String {
        if nanos == 0 { return "" }
        let digits = String(nanos)
        let all = String(repeating: "0", count: 9 - digits.count) + digits
        return ".\(all.prefix(nanos % 1_000_000 == 0 ? 3 : nanos % 1_000 == 0 ? 6 : 9))"
    }

    /// - Returns: nil unless it is nothing, or a point and one to nine digits.
    static func value(of text: Substring.UTF8View) -> Int? {
        if text.isEmpty { return 0 }
        let digits = text.dropFirst()
        guard
            text.first == UInt8(ascii: "."), (1...9).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(String(decoding: digits, as: UTF8.self) + String(repeating: "0", count: 9 - digits.count))
    }
}
