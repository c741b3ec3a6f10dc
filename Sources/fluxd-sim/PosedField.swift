import Glibc
import Protobuf
import Query

/// Numbers from a seed: the same ones for the same names, whatever else is drawn.
struct Dice {
    private var state: UInt64

    init(_ seed: UInt64, _ lane: UInt64, _ index: Int) {
        self.state = Dice.mix(Dice.mix(seed ^ lane &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(bitPattern: Int64(index)))
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return Dice.mix(self.state)
    }

    mutating func below(_ bound: Int) -> Int { Int(self.next().multipliedFullWidth(by: UInt64(bound)).high) }

    mutating func real(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * Double(self.next() >> 11) / 9_007_199_254_740_992
    }

    mutating func chance(_ probability: Double) -> Bool { self.real(0...1) < probability }
    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    /// SplitMix64's finalizer.
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// A number that rises and falls around its mean.
struct Wave: Sendable, Equatable {
    var mean: Double
    /// Part of the mean: 0 to 1.
    var swing = 0.0
    /// Seconds.
    var period = 60.0
    var phase = 0.0

    func value(at time: Double) -> Double {
        self.swing == 0 ? self.mean : self.mean * (1 + self.swing * sin(2 * .pi * time / self.period + self.phase))
    }
}

/// One field of a row that a scenario spells out.
struct PosedField: Sendable {
    enum Value: Sendable {
        case fixed(FieldValue)
        /// Seconds before (negative) or after the scenario's start.
        case time(Double)
        case wave(Wave)
        case counter(start: Double, perSecond: Double)
    }

    var descriptor: FieldDescriptor
    var value: Value

    func value(at time: Double, epoch: Timestamp) -> FieldValue {
        switch self.value {
        case .fixed(let value): value
        case .time(let offset): .timestamp(epoch.advanced(by: offset))
        case .wave(let wave): .double(rounded(wave.value(at: time)))
        case .counter(let start, let perSecond): .double(start + perSecond * time)
        }
    }
}

/// Rates with one digit behind the point, as people like them.
func rounded(_ rate: Double) -> Double { (rate * 10).rounded() / 10 }

extension Timestamp {
    func advanced(by seconds: Double) -> Timestamp {
        let nanoseconds = self.nanosecondsSince1970 + Int64((seconds * 1_000_000_000).rounded())
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0
            ? Timestamp(seconds: quotient - 1, nanos: Int32(remainder + 1_000_000_000))
            : Timestamp(seconds: quotient, nanos: Int32(remainder))
    }
}

extension BinaryEncoder {
    /// Writes a field by its description, zero or not, so that it replaces what comes before it in the bytes.
    mutating func write(_ value: FieldValue, of descriptor: FieldDescriptor) {
        let number = descriptor.number
        let numeric: Double =
            switch value {
            case .bool(let flag): flag ? 1 : 0
            case .int(let number): Double(number)
            case .uint(let number): Double(number)
            case .double(let number): number
            default: 0
            }
        switch (descriptor.kind, value) {
        case (.string, .string(let text)): self.writePresent(ProtoString.self, number, text)
        case (.bytes, .string(let text)): self.writePresent(ProtoBytes.self, number, Array(text.utf8))
        case (.bytes, .bytes(let bytes)): self.writePresent(ProtoBytes.self, number, bytes)
        case (.message, .timestamp(let time)): self.writePresent(MessageCoding<Timestamp>.self, number, time)
        case (.bool, _): self.writePresent(ProtoBool.self, number, numeric != 0)
        case (.double, .none), (.uint32, .none), (.uint64, .none): break
        case (.double, _): self.writePresent(ProtoDouble.self, number, numeric)
        case (.uint32, .uint(let exact)): self.writePresent(ProtoUInt32.self, number, UInt32(clamping: exact))
        case (.uint32, _): self.writePresent(ProtoUInt32.self, number, UInt32(max(0, min(numeric, 4_294_967_295))))
        case (.uint64, .uint(let exact)): self.writePresent(ProtoUInt64.self, number, exact)
        case (.uint64, _): self.writePresent(ProtoUInt64.self, number, UInt64(max(0, min(numeric, 9e18))))
        default: break
        }
    }
}
