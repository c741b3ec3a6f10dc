import HTTP
import RPC
import Testing

@Suite("Frames of messages")
struct FramingTests {
    static let three = MessageFramer.frame([1, 2, 3]) + MessageFramer.frame([]) + MessageFramer.frame([4])

    private func messages(of pieces: [[UInt8]], limit: Int = 100, allowedFlags: UInt8 = 0) throws -> [[UInt8]] {
        var framer = MessageFramer(limit: limit, allowedFlags: allowedFlags)
        var messages: [[UInt8]] = []
        for piece in pieces {
            framer.append(piece.span)
            while let frame = try framer.next() { messages.append(frame.message) }
        }
        return messages
    }

    @Test("three messages come out the same wherever their bytes are cut", arguments: 0...three.count)
    func cut(at cut: Int) throws {
        let pieces = [Array(Self.three[..<cut]), Array(Self.three[cut...])]
        #expect(try self.messages(of: pieces) == [[1, 2, 3], [], [4]])
    }

    @Test("three messages come out of single bytes")
    func bytewise() throws {
        #expect(try self.messages(of: Self.three.map { [$0] }) == [[1, 2, 3], [], [4]])
    }

    @Test("a frame is a byte of flags, four bytes of length and the message")
    func layout() {
        #expect(MessageFramer.frame(Array(repeating: 7, count: 300), flags: 2).prefix(6) == [2, 0, 0, 1, 44, 7])
    }

    @Test("a message over the limit is refused by its header, before a byte of it has come")
    func limit() throws {
        #expect(try self.messages(of: [[0, 0, 0, 0, 100]]) == [])
        #expect(throws: RPCError(.resourceExhausted, "a message of 101 bytes is over the limit of 100")) {
            try self.messages(of: [[0, 0, 0, 0, 101]])
        }
        #expect(throws: RPCError(.resourceExhausted, "a message of 4294967295 bytes is over the limit of 100")) {
            try self.messages(of: [[0, 0xFF, 0xFF, 0xFF, 0xFF]])
        }
    }

    @Test("a compressed message is INTERNAL while no encoding is agreed on, and so are unknown flags")
    func flags() throws {
        for flags: UInt8 in [1, 2, 0x80, 0xFF] {
            let error = #expect(throws: RPCError.self) {
                try self.messages(of: [MessageFramer.frame([1], flags: flags)])
            }
            #expect(error?.code == .internal)
        }
        #expect(try self.messages(of: [MessageFramer.frame([1], flags: 2)], allowedFlags: 2) == [[1]])
    }

    @Test("what belongs to no whole message is counted")
    func leftover() throws {
        var framer = MessageFramer()
        framer.append((Self.three + [0, 0, 0]).span)
        while try framer.next() != nil {}
        #expect(framer.leftover == 3)
    }
}

@Suite("grpc-timeout")
struct GRPCTimeoutTests {
    @Test(
        "units are read, and parts of a millisecond rounded up",
        arguments: [
            ("1H", 3_600_000), ("2M", 120_000), ("3S", 3_000), ("250m", 250), ("1u", 1), ("1000u", 1), ("1001u", 2),
            ("1n", 1),
            ("99999999n", 100), ("0m", 0), ("99999999H", 359_999_996_400_000),
        ] as [(String, UInt64)]
    )
    func parse(_ text: String, _ milliseconds: UInt64) { #expect(GRPCTimeout.parse(text) == milliseconds) }

    @Test(
        "what is no timeout is refused",
        arguments: ["", "m", "1", "1h", "1s", "123456789m", "-1m", "+1m", " 1m", "1 m", "1.5S", "٣m"]
    )
    func malformed(_ text: String) { #expect(GRPCTimeout.parse(text) == nil) }

    @Test("a timeout is written in the finest unit that eight digits have room for")
    func format() {
        #expect(GRPCTimeout.format(milliseconds: 1) == "1m")
        #expect(GRPCTimeout.format(milliseconds: 99_999_999) == "99999999m")
        #expect(GRPCTimeout.format(milliseconds: 100_000_001) == "100001S")
        #expect(GRPCTimeout.format(milliseconds: .max) == "99999999H")
    }

    @Test(
        "what is written is read as no less",
        arguments: [0, 1, 100_000_001, 99_999_999_000, 99_999_999_001, 6_000_000_000_000] as [UInt64]
    )
    func roundTrip(_ milliseconds: UInt64) throws {
        let read = try #require(GRPCTimeout.parse(GRPCTimeout.format(milliseconds: milliseconds)))
        #expect(read >= milliseconds)
    }
}

@Suite("Base64")
struct Base64Tests {
    @Test("bytes are written with and without padding, and read again", arguments: 0..<20)
    func roundTrip(_ count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 89 + 251) }
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        #expect(Base64.decode(Base64.encode(bytes, padded: true)) == bytes)
        #expect(Base64.decode(Base64.encode(bytes, alphabet: .url)) == bytes)
    }

    @Test("the examples of RFC 4648 §10 hold")
    func examples() {
        let examples = [
            "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
            "foobar": "Zm9vYmFy",
        ]
        for (text, encoded) in examples { #expect(Base64.encode(Array(text.utf8), padded: true) == encoded) }
    }

    @Test(
        "what is no base64 is refused",
        arguments: ["A", "AAAAA", "A===", "=", "====", "AA=", "Zg=", "Z g", "Zg==Zg==", "Zg\n", "é"]
    )
    func malformed(_ text: String) { #expect(Base64.decode(text) == nil) }
}

@Suite("Status of a gRPC call")
struct GRPCStatusTests {
    @Test(
        "a message keeps printable ASCII and escapes the rest",
        arguments: [("no queue 'a'", "no queue 'a'"), ("100%", "100%25"), ("zwölf\n", "zw%C3%B6lf%0A"), ("", "")]
    )
    func escapes(_ plain: String, _ escaped: String) {
        #expect(PercentEncoding.encode(plain) == escaped)
        #expect(PercentEncoding.decode(escaped) == plain)
    }

    @Test(
        "a malformed message is read as well as it can be",
        arguments: [
            ("100%", "100%"), ("%4", "%4"), ("%zz%41", "%zzA"), ("%FF%41", "\u{FFFD}A"), ("%e2%82%ac", "€"),
            ("%%41", "%A"),
        ]
    )
    func malformedEscapes(_ escaped: String, _ plain: String) { #expect(PercentEncoding.decode(escaped) == plain) }

    @Test("an error with details is read as it was written")
    func roundTrip() {
        let error = RPCError(
            .notFound,
            "no queue 'ü'",
            details: [
                .init(type: "a.B", value: [1, 2, 255]), .init(type: "c.D", value: Array(repeating: 9, count: 300)),
            ]
        )
        let trailers = GRPCStatus.trailers(error)
        #expect(trailers["grpc-status"] == "5")
        #expect(trailers["grpc-message"] == "no queue '%C3%BC'")
        #expect(throws: error) { try GRPCStatus.parse(trailers)?.get() }
    }

    @Test("details are a google.rpc.Status")
    func detailsOnTheWire() {
        let trailers = GRPCStatus.trailers(RPCError(.notFound, "no", details: [.init(type: "a.B", value: [7])]))
        let any: [UInt8] = [10, 23] + Array("type.googleapis.com/a.B".utf8) + [18, 1, 7]
        #expect(
            Base64.decode(trailers["grpc-status-details-bin"] ?? "?") == [8, 5, 18, 2] + Array("no".utf8) + [26, 28]
                + any
        )
    }

    @Test("a call that ended well has status 0 and nothing else")
    func ok() throws {
        #expect(GRPCStatus.trailers(nil) == HTTPFields(["grpc-status": "0"]))
        try GRPCStatus.parse(HTTPFields(["grpc-status": "0"]))?.get()
        #expect(GRPCStatus.parse(HTTPFields()) == nil)
    }

    @Test("a status that is no known number is UNKNOWN", arguments: ["17", "-1", "x", "", "99999999999999999999"])
    func unknown(_ status: String) {
        let error = #expect(throws: RPCError.self) {
            try GRPCStatus.parse(HTTPFields(["grpc-status": status, "grpc-message": "m"]))?.get()
        }
        #expect(error == RPCError(.unknown, "m"))
    }

    @Test(
        "details that cannot be read leave the status alone",
        arguments: ["?", "AA", "GgUKAwA", "Gv////8P", "/w", "GgL/", "////////////////"]
    )
    func hostileDetails(_ details: String) {
        let error = #expect(throws: RPCError.self) {
            try GRPCStatus.parse(HTTPFields(["grpc-status": "5", "grpc-status-details-bin": details]))?.get()
        }
        #expect(error?.code == .notFound)
    }

    @Test("a long message is cut between characters, and details that are too long are left out")
    func bounds() throws {
        let long = RPCError(
            .internal,
            "x" + String(repeating: "ü", count: 600),
            details: [.init(type: "a.B", value: Array(repeating: 0, count: GRPCStatus.detailsLimit))]
        )
        let trailers = GRPCStatus.trailers(long)
        #expect(
            PercentEncoding.decode(try #require(trailers["grpc-message"])) == "x" + String(repeating: "ü", count: 511)
        )
        #expect(trailers["grpc-status-details-bin"] == nil)
    }

    @Test("each code has a number, a name and an HTTP status of its own or of its family")
    func codes() {
        #expect(RPCCode.allCases.map(\.rawValue) == Array(0...16))
        #expect(Set(RPCCode.allCases.map(\.name)).count == 17)
        #expect(RPCCode.cancelled.name == "canceled")
        #expect(RPCCode.cancelled.httpStatus == 499)
        #expect(RPCCode.deadlineExceeded.httpStatus == 504)
        #expect(RPCCode.unimplemented.httpStatus == 501)
        #expect(RPCCode(httpStatus: 200) == nil)
        #expect(RPCCode(httpStatus: 404) == .unimplemented)
        #expect(RPCCode(httpStatus: 503) == .unavailable)
        #expect(RPCCode(httpStatus: 418) == .unknown)
    }
}

@Suite("Metadata")
struct MetadataTests {
    @Test("fields of HTTP, gRPC and Connect are no metadata, and the others keep their order")
    func reserved() throws {
        let fields = HTTPFields([
            ":path": "/", "te": "trailers", "content-type": "application/grpc", "x-b": "2", "grpc-timeout": "1S",
            "x-a": "1",
            "connect-protocol-version": "1", "x-b": "3", "host": "a", "user-agent": "u",
        ])
        let metadata = try Metadata(fields)
        #expect(metadata.entries.map(\.name) == ["x-b", "x-a", "x-b", "user-agent"])
        #expect(metadata["x-b"] == "2")
        #expect(metadata.values("x-b") == [.text("2"), .text("3")])
        #expect(metadata["x-c"] == nil)
    }

    @Test("binary values come padded, unpadded and joined by commas")
    func binary() throws {
        let metadata = try Metadata(HTTPFields(["a-bin": "Zg==", "a-bin": "Zg", "a-bin": "Zg==, Zm8,", "b-bin": ""]))
        #expect(
            metadata.values("a-bin") == [.bytes([102]), .bytes([102]), .bytes([102]), .bytes([102, 111]), .bytes([])]
        )
        #expect(metadata[bytes: "b-bin"] == [])
        #expect(metadata["a-bin"] == nil)
    }

    @Test("a binary value that is no base64 is refused")
    func malformed() {
        #expect(throws: RPCError(.internal, "metadata 'a-bin' is not base64")) {
            try Metadata(HTTPFields(["a-bin": "%%"]))
        }
    }

    @Test("what is added is read again, and no value can break a header")
    func roundTrip() throws {
        var metadata = Metadata()
        metadata.add("x-name", "plain")
        metadata.add("x-name", "two\r\nlines: ü")
        metadata.add("x-key-bin", bytes: [0, 255])
        var fields = HTTPFields()
        metadata.append(to: &fields)
        #expect(fields == HTTPFields(["x-name": "plain", "x-name": "two??lines: ?", "x-key-bin": "AP8"]))
        #expect(try Metadata(fields)[bytes: "x-key-bin"] == [0, 255])
    }
}
