import MQTTWire
import Testing

@Suite("MQTT fixed header")
struct FrameHeaderTests {
    @Test(
        "a remaining length is read in one to four bytes [MQTT 5.0 §1.5.5]",
        arguments: [
            ("00", 0), ("7F", 127), ("80 01", 128), ("FF 7F", 16_383), ("80 80 01", 16_384), ("FF FF 7F", 2_097_151),
            ("80 80 80 01", 2_097_152), ("FF FF FF 7F", 268_435_455), ("80 00", 0),
        ]
    )
    func lengths(digits: String, expected: Int) throws {
        let bytes = [0x30] + hex(digits)
        let whole = try #require(try header(of: bytes))
        #expect(whole == MQTTFrameHeader(typeAndFlags: 0x30, headerLength: bytes.count, remainingLength: expected))
        #expect(whole.totalLength == bytes.count + expected)
        for cut in 0..<bytes.count { #expect(try header(of: bytes.prefix(cut)) == nil) }
        #expect(try header(of: [0xC0, 0x00] + bytes, at: 2) == whole)
    }

    @Test("a length of five bytes is malformed, as soon as the fourth is there [MQTT 5.0 §1.5.5]")
    func tooLong() {
        #expect(throws: MQTTDecodeError.self) { try header(of: hex("30 FF FF FF FF")) }
        #expect(throws: MQTTDecodeError.self) { try header(of: hex("30 80 80 80 80 01")) }
        #expect(throws: Never.self) { try header(of: hex("30 FF FF FF")) }
    }

    @Test(
        "the type and flags of every first byte are those of the specification [MQTT-2.1.3-1] [MQTT-3.3.1-2] [MQTT-3.3.1-4]"
    )
    func flags() {
        var allowed: Set<UInt8> = [
            0x10, 0x20, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xA2, 0xB0, 0xC0, 0xD0, 0xE0, 0xF0,
        ]
        for qos: UInt8 in 0...2 {
            for retain: UInt8 in 0...1 {
                allowed.insert(0x30 | qos << 1 | retain)
                if qos > 0 { allowed.insert(0x38 | qos << 1 | retain) }
            }
        }
        for first in UInt8.min...UInt8.max {
            let isValid = (try? validateFlags(first)) != nil
            #expect(isValid == allowed.contains(first), "0x\(String(first, radix: 16))")
        }
    }

    @Test("a length in more bytes than it needs is read, and known as such [MQTT-1.5.5-1]")
    func padding() throws {
        let cases: [([UInt8], Bool)] = [
            ([0xC0, 0x00], false), ([0xC0, 0x7F], false), ([0xC0, 0x80, 0x01], false), ([0xC0, 0x80, 0x00], true),
            ([0xC0, 0xFF, 0x00], true), ([0xC0, 0xFF, 0x7F], false), ([0xC0, 0x80, 0x80, 0x00], true),
            ([0xC0, 0x80, 0x80, 0x01], false), ([0xC0, 0xFF, 0xFF, 0xFF, 0x00], true),
            ([0xC0, 0xFF, 0xFF, 0xFF, 0x7F], false),
        ]
        for (bytes, isPadded) in cases {
            #expect(try mqttFrameHeader(in: bytes.span, at: 0)?.isPadded == isPadded, "\(bytes)")
        }
    }

    @Test("a first byte names its packet type")
    func types() {
        #expect(MQTTFrameHeader(typeAndFlags: 0x00, headerLength: 2, remainingLength: 0).type == nil)
        for type in MQTTPacketType.allCases {
            let header = MQTTFrameHeader(typeAndFlags: type.firstByte, headerLength: 2, remainingLength: 0)
            #expect(header.type == type)
            #expect(header.flags == type.requiredFlags ?? 0)
        }
    }
}

@Suite("MQTT reason codes")
struct ReasonCodeTests {
    @Test("a refusal has one of the five return codes that 3.1.1 knows, or none [MQTT 3.1.1 §3.2.2.3]")
    func connackCodes() {
        for code in UInt8.min...UInt8.max {
            let reason = MQTTReasonCode(rawValue: code)
            let answer = reason.v3ConnackCode
            #expect(reason.isError ? answer.map { (1...5).contains($0) } != false : answer == 0)
        }
        for code: UInt8 in 0...5 { #expect(MQTTReasonCode(v3ConnackCode: code)?.v3ConnackCode == code) }
        #expect(MQTTReasonCode(v3ConnackCode: 6) == nil)
        #expect(MQTTReasonCode.unsupportedProtocolVersion.v3ConnackCode == 1)
        #expect(MQTTReasonCode.quotaExceeded.v3ConnackCode == 3)
        // [MQTT-3.1.4-1] and [MQTT-3.2.2-6]: closed without a CONNACK.
        for reason in [MQTTReasonCode.malformedPacket, .protocolError, .topicNameInvalid, .qosNotSupported] {
            #expect(reason.v3ConnackCode == nil)
        }
    }

    @Test("a reason code is written in the specification's words, an unknown one as its number")
    func descriptions() {
        #expect("\(MQTTReasonCode.sessionTakenOver)" == "Session taken over")
        #expect("\(MQTTReasonCode(rawValue: 0xFE))" == "Reason code 0xFE")
    }

    @Test("an error says what it is and carries the reason that goes to the peer")
    func errors() {
        #expect(MQTTDecodeError.packetTooLarge(bytes: 9, limit: 8).reasonCode == .packetTooLarge)
        #expect("\(MQTTDecodeError.packetTooLarge(bytes: 9, limit: 8))" == "packet too large: 9 bytes, the limit is 8")
        #expect(
            "\(MQTTDecodeError.unsupportedVersion(name: "MQTT", level: 6))"
                == "unsupported protocol version: 'MQTT' level 6"
        )
    }
}
