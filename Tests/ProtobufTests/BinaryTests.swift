import Protobuf
import TestMessages
import Testing

@Suite("Binary messages")
struct BinaryTests {
    @Test("each type is written as the encoding's specification says")
    func goldenBytes() {
        var message = Samples.scalars
        message.doubleValue = 0
        message.floatValue = 0
        message.stringValue = "testing"
        #expect(
            message.serialized() == [
                0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01,  // int32: ten bytes for -1
                0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01,
                0x28, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F,
                0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01,
                0x38, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F,  // zigzag
                0x40, 0x03,
                0x4D, 4, 3, 2, 1,
                0x51, 8, 7, 6, 5, 4, 3, 2, 1,
                0x5D, 0xFF, 0xFF, 0xFF, 0xFF,
                0x61, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                0x68, 0x01,
                0x72, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67,
                0x7A, 0x02, 0x00, 0xFF,
                0x80, 0x01, 0x02,
                0x88, 0x01, 0x09,
            ]
        )
    }

    @Test("numbers are packed, unless the field says otherwise, and both forms are read for either")
    func packed() throws {
        var packed = TestV1.Repeated()
        packed.int32Values = [3, 270, 86_942]
        let packedBytes: [UInt8] = [0x1A, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05]
        #expect(packed.serialized() == packedBytes)
        var unpacked = TestV1.Unpacked()
        unpacked.int32Values = packed.int32Values
        let unpackedBytes: [UInt8] = [0x18, 0x03, 0x18, 0x8E, 0x02, 0x18, 0x9E, 0xA7, 0x05]
        #expect(unpacked.serialized() == unpackedBytes)
        #expect(try TestV1.Repeated(serialized: unpackedBytes) == packed)
        #expect(try TestV1.Unpacked(serialized: packedBytes) == unpacked)
        let mixed = try TestV1.Repeated(serialized: packedBytes + unpackedBytes)
        #expect(mixed.int32Values == [3, 270, 86_942, 3, 270, 86_942])
    }

    @Test("what is written is read back")
    func roundTrips() throws {
        try expectRoundTrip(Samples.scalars)
        try expectRoundTrip(Samples.repeated)
        try expectRoundTrip(Samples.maps)
        try expectRoundTrip(Samples.node)
        try expectRoundTrip(TestV1.Scalars())
    }

    private func expectRoundTrip<M: Message>(_ message: M) throws {
        let bytes = message.serialized()
        #expect(try M(serialized: bytes) == message)
        #expect(try M(serialized: bytes).serialized() == bytes)
    }

    @Test("a buffer that has to grow often holds the same message")
    func growth() throws {
        var message = TestV1.Repeated()
        message.stringValues = (0..<2_000).map { String(repeating: "x", count: $0 % 300) }
        try expectRoundTrip(message)
    }

    @Test("zero is left out of a field without presence, and written to one with")
    func presence() throws {
        #expect(TestV1.Scalars().serialized().isEmpty)
        var optionals = TestV1.Optionals()
        optionals.int32Value = 0
        optionals.stringValue = ""
        optionals.scalars = TestV1.Scalars()
        #expect(optionals.serialized() == [0x18, 0x00, 0x72, 0x00, 0x8A, 0x01, 0x00])
        let read = try TestV1.Optionals(serialized: optionals.serialized())
        #expect(read.int32Value == 0 && read.int64Value == nil && read.scalars == TestV1.Scalars())
    }

    @Test("minus zero is not zero")
    func minusZero() {
        var message = TestV1.Scalars()
        message.floatValue = -0.0
        #expect(message.serialized() == [0x15, 0, 0, 0, 0x80])
    }

    @Test("of a field that comes twice the later one counts, and messages are merged")
    func merging() throws {
        #expect(try TestV1.Scalars(serialized: [0x18, 1, 0x18, 2]).int32Value == 2)
        // Two times field 17, with int32_value and with bool_value.
        let merged = try TestV1.Optionals(serialized: [0x8A, 0x01, 2, 0x18, 5, 0x8A, 0x01, 2, 0x68, 1])
        #expect(merged.scalars?.int32Value == 5 && merged.scalars?.boolValue == true)
    }

    @Test("of a oneof the last member counts; the same message twice is merged")
    func oneofs() throws {
        let last = try TestV1.Choices(serialized: [0x12, 1, 0x61, 0x18, 7])
        #expect(last.choice == .number(7))
        let merged = try TestV1.Choices(serialized: [0x22, 2, 0x18, 5, 0x22, 2, 0x68, 1])
        var expected = TestV1.Scalars()
        expected.int32Value = 5
        expected.boolValue = true
        #expect(merged.choice == .scalars(expected))
        #expect(try TestV1.Choices(serialized: [0x12, 0]).choice == .text(""))
    }

    @Test("a map's entry may lack its key or value, and of two with one key the later one counts")
    func maps() throws {
        let empty = try TestV1.Maps(serialized: [0x12, 0])
        #expect(empty.int32ToInt64 == [0: 0])
        let twice = try TestV1.Maps(serialized: [0x12, 4, 8, 1, 16, 1, 0x12, 4, 8, 1, 16, 2])
        #expect(twice.int32ToInt64 == [1: 2])
        let reversed = try TestV1.Maps(serialized: [0x12, 4, 16, 2, 8, 1])
        #expect(reversed.int32ToInt64 == [1: 2])
    }

    @Test("entries are written in the order of their keys")
    func mapOrder() {
        var message = TestV1.Maps()
        message.int32ToInt64 = Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, 0) })
        let keys = stride(from: 3, to: 20 * 6, by: 6).map { message.serialized()[$0] }
        #expect(keys == Array(0..<20))
    }

    @Test("64 bits in a field of 32 lose the upper half, and any bit makes a bool true")
    func narrowing() throws {
        let wide: [UInt8] = [0x81, 0x80, 0x80, 0x80, 0x10]  // 2^32 + 1
        #expect(try TestV1.Scalars(serialized: [0x18] + wide).int32Value == 1)
        #expect(try TestV1.Scalars(serialized: [0x80, 0x01] + wide).color == .red)
        #expect(try TestV1.Scalars(serialized: [0x68, 0x80, 0x80, 0x80, 0x80, 0x10]).boolValue)
    }

    @Test("setting a boxed field of a copy leaves the original alone")
    func boxes() {
        let original = Samples.node
        var copy = original
        copy.next?.value = 99
        #expect(original.next?.value == 3 && copy.next?.value == 99 && copy != original)
    }
}
