import Protobuf
import TestMessages
import Testing

@Suite("Unknown fields")
struct UnknownFieldTests {
    private var newer: TestV1.Newer {
        var newer = TestV1.Newer()
        newer.id = 7
        newer.added = "new"
        newer.more = [Samples.scalars, TestV1.Scalars()]
        newer.changed = "was a number"
        newer.color = .red
        return newer
    }

    @Test("an older program gives back what a newer one sent")
    func roundTrip() throws {
        let older = try TestV1.Older(serialized: newer.serialized())
        #expect(older.id == 7 && older.changed == 0)
        #expect(try TestV1.Newer(serialized: older.serialized()) == newer)
    }

    @Test("unknown fields of a nested message stay in it")
    func nested() throws {
        let bytes: [UInt8] = [0x8A, 0x01, 3, 0xA0, 0x06, 0x2A]
        let message = try TestV1.Optionals(serialized: bytes)
        #expect(message.unknownFields.bytes.isEmpty)
        #expect(message.scalars?.unknownFields.bytes == [0xA0, 0x06, 0x2A])
        #expect(message.serialized() == bytes)
    }

    @Test(
        "a known number with another form is an unknown field",
        arguments: [[0x1D, 1, 2, 3, 4], [0x1A, 1, 0x61], [0x70, 1], [0x08, 1], [0x1B, 0x08, 0x01, 0x1C]] as [[UInt8]]
    )
    func wrongForm(_ bytes: [UInt8]) throws {
        let message = try TestV1.Scalars(serialized: bytes)
        #expect(message.unknownFields.bytes == bytes)
        var known = message
        known.unknownFields = UnknownFields()
        #expect(known == TestV1.Scalars())
        #expect(message.serialized() == bytes)
    }

    @Test("a member of a oneof in another form leaves the present one alone")
    func wrongFormInOneof() throws {
        let message = try TestV1.Choices(serialized: [0x18, 7, 0x25, 1, 2, 3, 4, 0x10, 1])
        #expect(message.choice == .number(7))
        #expect(message.unknownFields.bytes == [0x25, 1, 2, 3, 4, 0x10, 1])
    }

    @Test("groups are kept whole, whatever is inside")
    func groups() throws {
        let group: [UInt8] = [0xA3, 0x06, 0x08, 0x01, 0x13, 0x14, 0x1A, 0x01, 0xFF, 0xA4, 0x06]
        let message = try TestV1.Scalars(serialized: group + [0x18, 5])
        #expect(message.int32Value == 5)
        #expect(message.unknownFields.bytes == group)
    }

    @Test("numbers of an enum without a name are kept")
    func enums() throws {
        let message = try TestV1.Scalars(serialized: [0x80, 0x01, 0x63])
        #expect(message.color == .unrecognized(99))
        #expect(message.serialized() == [0x80, 0x01, 0x63])
    }
}
