import FuzzChecks
import MQTTWire
import Testing

@Suite("MQTT packets, whole and cut")
struct RoundTripTests {
    @Test("a packet is the same after it was written and read again", arguments: MQTTVersion.allCases)
    func roundTrip(version: MQTTVersion) throws {
        for packet in fullPackets(version) {
            #expect(try decode(packet.encoded(version), version) == packet)
        }
    }

    @Test("no packet that ends early is taken for a whole one of another kind", arguments: MQTTVersion.allCases)
    func cutBodies(version: MQTTVersion) throws {
        for packet in fullPackets(version) {
            let bytes = packet.encoded(version)
            let header = try #require(try header(of: bytes))
            for cut in 0..<header.remainingLength {
                let body = Array(bytes[header.headerLength...].prefix(cut))
                guard let other = try? decode(first: bytes[0], body: body, version) else { continue }
                // A cut may fall where a list or a payload, or what may be left out, ends.
                #expect(other != packet)
                #expect(try decode(other.encoded(version), version) == other)
            }
        }
    }

    @Test("a byte behind a packet's last field is refused", arguments: MQTTVersion.allCases)
    func trailingBytes(version: MQTTVersion) throws {
        for packet in fullPackets(version) {
            if case .publish = packet { continue }  // its payload is whatever is left
            if case .suback = packet { continue }  // a list of bytes: 0 is one more
            if case .unsuback = packet, version == .v5 { continue }
            if case .acknowledgement(let answer) = packet, version == .v5, answer.properties.isEmpty { continue }
            if case .disconnect(let last) = packet, version == .v5, last.properties.isEmpty { continue }
            if case .auth(let step) = packet, step.properties.isEmpty { continue }
            let bytes = packet.encoded(version)
            let header = try #require(try header(of: bytes))
            #expect(throws: MQTTDecodeError.self, "\(packet)") {
                try decode(first: bytes[0], body: Array(bytes[header.headerLength...]) + [0], version)
            }
        }
    }

    @Test(
        "the shortest forms are written: no reason and no properties where they say nothing [MQTT 5.0 §3.4.2.1, §3.14.2.1]"
    )
    func shortestForms() {
        #expect(MQTTAcknowledgement(type: .puback, packetID: 258).encoded(.v5) == [0x40, 2, 1, 2])
        #expect(MQTTAcknowledgement(type: .pubrel, packetID: 1).encoded(.v5) == [0x62, 2, 0, 1])
        #expect(
            MQTTAcknowledgement(type: .pubcomp, packetID: 1, reason: .packetIdentifierNotFound).encoded(.v5)
                == [0x70, 3, 0, 1, 0x92]
        )
        #expect(
            MQTTAcknowledgement(type: .pubrec, packetID: 1, reason: .quotaExceeded).encoded(.v3_1_1) == [0x50, 2, 0, 1]
        )
        #expect(MQTTDisconnect().encoded(.v5) == [0xE0, 0])
        #expect(MQTTDisconnect(reason: .serverShuttingDown).encoded(.v5) == [0xE0, 1, 0x8B])
        #expect(MQTTDisconnect(reason: .serverShuttingDown).encoded(.v3_1_1) == [0xE0, 0])
        #expect(MQTTAuth().encoded() == [0xF0, 0])
        #expect(MQTTConnack(sessionPresent: true).encoded(.v3_1_1) == [0x20, 2, 1, 0])
        #expect(MQTTConnack(sessionPresent: true).encoded(.v5) == [0x20, 3, 1, 0, 0])
    }

    @Test("a refusal never says session present, and 3.1 never does [MQTT-3.2.2-6]")
    func sessionPresent() {
        #expect(MQTTConnack(sessionPresent: true, reason: .serverBusy).encoded(.v5) == [0x20, 3, 0, 0x89, 0])
        #expect(MQTTConnack(sessionPresent: true, reason: .serverBusy).encoded(.v3_1_1) == [0x20, 2, 0, 3])
        #expect(MQTTConnack(sessionPresent: true).encoded(.v3_1) == [0x20, 2, 0, 0])
    }

    @Test("before 5.0 every refusal of a filter is 0x80 [MQTT 3.1.1 §3.9.3]")
    func subackBeforeV5() {
        let answer = MQTTSuback(packetID: 1, reasons: [.grantedQoS1, .topicFilterInvalid, .notAuthorized])
        #expect(answer.encoded(.v3_1_1) == [0x90, 5, 0, 1, 1, 0x80, 0x80])
        #expect(answer.encoded(.v5) == [0x90, 6, 0, 1, 0, 1, 0x8F, 0x87])
    }

    @Test("every input that the fuzzer starts from, or once failed with, keeps the codec's promises")
    func corpusHolds() {
        let inputs = corpus("FuzzMQTTWire")
        #expect(!inputs.isEmpty)
        for input in inputs { fuzzMQTTWire(input.bytes) }
    }
}
