import FuzzChecks
import Protobuf
import TestMessages
import Testing

@Suite("Binary messages from a hostile peer")
struct HostileBinaryTests {
    @Test("a message that is cut anywhere but between two fields is refused")
    func cuts() throws {
        let bytes = Samples.scalars.serialized()
        // Between fields a cut cannot be seen.
        var boundaries: Set<Int> = [0]
        var decoder = BinaryDecoder(bytes)
        var read = TestV1.Scalars()
        while try decoder.nextField() {
            try read.readField(from: &decoder)
            if !decoder.isFieldTaken { try decoder.skipField() }
            boundaries.insert(read.serialized().count)
        }
        for cut in 0..<bytes.count {
            let isRead = (try? TestV1.Scalars(serialized: Array(bytes[..<cut]))) != nil
            #expect(isRead == boundaries.contains(cut), "cut after \(cut) bytes")
        }
    }

    @Test("a nested message that is cut at any byte is refused", arguments: [0, 1, 2])
    func nestedCuts(_ sample: Int) throws {
        var message = TestV1.Repeated()
        message.scalars = [Samples.scalars]
        let bytes = [message.serialized(), packedFixed, packedVarints][sample]
        for cut in 1..<bytes.count {
            #expect(throws: ProtobufError.truncated, "cut after \(cut) bytes") {
                try TestV1.Repeated(serialized: Array(bytes[..<cut]))
            }
        }
    }

    private let packedFixed: [UInt8] = [0x4A, 8, 1, 0, 0, 0, 2, 0, 0, 0]
    private let packedVarints: [UInt8] = [0x1A, 3, 0x80, 0x01, 0x02]

    @Test(
        "bytes that are no message are refused",
        arguments: [
            ([0x72, 0xFF, 0xFF, 0xFF, 0xFF, 0x07], .truncated),  // a string of 2 GiB
            ([0x72, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], .truncated),
            ([0x72, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F], .malformedVarint),  // a length of 33 bits
            ([0x72, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 0x61], .malformedVarint),  // a length of six bytes
            ([0x72, 0x02, 0x61], .truncated),
            ([0x72, 0x01, 0xFF], .invalidUTF8),
            ([0x72, 0x03, 0xED, 0xA0, 0x80], .invalidUTF8),  // half of a surrogate pair
            ([0x72, 0x02, 0xC0, 0x80], .invalidUTF8),  // NUL, overlong
            ([0x18] + [UInt8](repeating: 0x80, count: 10) + [0x00], .malformedVarint),
            ([0x18] + [UInt8](repeating: 0xFF, count: 11), .malformedVarint),
            ([0x18], .truncated),
            ([0x18, 0x80], .truncated),
            ([0x00, 0x00], .malformedTag),
            ([0x02, 0x00], .malformedTag),
            ([0x1E, 0x00], .malformedTag),
            ([0x1F, 0x00], .malformedTag),
            ([0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0x00], .malformedVarint),
            ([0x98, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00], .malformedVarint),  // a tag of six bytes
            ([0x0C], .unmatchedEndGroup),
            ([0xA3, 0x06], .truncated),  // a group without end
            ([0xA3, 0x06, 0x94, 0x06], .unmatchedEndGroup),
            ([0x4D, 1, 2, 3], .truncated),
            ([0x51, 1, 2, 3, 4, 5, 6, 7], .truncated),
        ] as [([UInt8], ProtobufError)]
    )
    func refused(_ bytes: [UInt8], _ error: ProtobufError) {
        #expect(throws: error) { try TestV1.Scalars(serialized: bytes) }
    }

    @Test(
        "packed elements that do not end where their field ends are refused",
        arguments: [[0x4A, 5, 1, 0, 0, 0, 2], [0x1A, 1, 0x80], [0x6A, 2, 0x01, 0x80]] as [[UInt8]]
    )
    func packedRemainders(_ bytes: [UInt8]) {
        #expect(throws: ProtobufError.truncated) { try TestV1.Repeated(serialized: bytes) }
    }

    @Test("a field inside of a message cannot reach beyond it")
    func overlap() {
        // A message of two bytes with a string of five, which would be there.
        let bytes: [UInt8] = [0x8A, 0x01, 0x02, 0x72, 0x05, 0x61, 0x61, 0x61, 0x61, 0x61]
        #expect(throws: ProtobufError.truncated) { try TestV1.Repeated(serialized: bytes) }
    }

    @Test("messages nest 100 deep and no deeper")
    func depth() throws {
        func nested(_ depth: Int) -> [UInt8] {
            var node = TestV1.Node()
            for _ in 0..<depth {
                var outer = TestV1.Node()
                outer.next = node
                node = outer
            }
            return node.serialized()
        }
        _ = try TestV1.Node(serialized: nested(100))
        #expect(throws: ProtobufError.nestedTooDeeply) { try TestV1.Node(serialized: nested(101)) }
    }

    @Test("unknown groups nest 100 deep and no deeper")
    func groupDepth() throws {
        func groups(_ depth: Int) -> [UInt8] {
            Array(repeatElement([0xA3, 0x06], count: depth).joined())
                + Array(repeatElement([0xA4, 0x06], count: depth).joined())
        }
        _ = try TestV1.Scalars(serialized: groups(100))
        #expect(throws: ProtobufError.nestedTooDeeply) { try TestV1.Scalars(serialized: groups(101)) }
        #expect(throws: ProtobufError.nestedTooDeeply) { try TestV1.Scalars(serialized: groups(100_000)) }
    }

    /// `count` pieces of a message, each with one more element for a list inside of it: copying it each time takes hours.
    private func pieces(_ tag: UInt8, _ piece: [UInt8], _ count: Int = 100_000) -> [UInt8] {
        let field = [tag, UInt8(piece.count)] + piece
        return (0..<count).flatMap { _ in field }
    }

    @Test("a message in very many pieces is put together in one pass", .timeLimit(.minutes(1)))
    func pieces() throws {
        let plain = try TestV1.WellKnownTypes(serialized: pieces(0x3A, [0x0A, 0x00]))
        #expect(plain.listValue?.values.count == 100_000)
        let boxed = try TestV1.Branch(serialized: pieces(0x0A, [0x1A, 0x00]))
        #expect(boxed.node?.children.count == 100_000)
        let member = try TestV1.Node(serialized: pieces(0x2A, [0x1A, 0x00]))
        guard case .left(let left)? = member.side else {
            Issue.record("the member is missing")
            return
        }
        #expect(left.children.count == 100_000)
        let value = try TestV1.WellKnownTypes(serialized: pieces(0x32, [0x32, 0x02, 0x0A, 0x00]))
        guard case .listValue(let list)? = value.value?.kind else {
            Issue.record("the list is missing")
            return
        }
        #expect(list.values.count == 100_000)
        let packed = try TestV1.Repeated(serialized: pieces(0x4A, [1, 0, 0, 0]))
        #expect(packed.fixed32Values.count == 100_000)
    }

    @Test("what fuzzing found interesting stays right")
    func corpusHolds() {
        let inputs = corpus("FuzzProtobuf")
        #expect(!inputs.isEmpty)
        for input in inputs { fuzzProtobuf(input.bytes) }
    }
}
