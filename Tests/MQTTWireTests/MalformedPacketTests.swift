import MQTTWire
import Testing

@Suite("MQTT packets against the rules")
struct MalformedPacketTests {
    @Test(
        "a PUBLISH or acknowledgement against the rules is refused with the reason that the rule names",
        arguments: [
            Refusal("[MQTT-3.3.1-4] QoS 3", .v5, 0x36, "0001'a' 0001 00", .malformedPacket),
            Refusal("[MQTT-3.3.1-2] DUP at QoS 0", .v5, 0x38, "0001'a' 00", .malformedPacket),
            Refusal("[MQTT-3.3.2-1] a topic that is not UTF-8", .v5, 0x30, "0001 FF 00", .malformedPacket),
            Refusal("[MQTT-1.5.4-2] NUL in the topic", .v3_1_1, 0x30, "0001 00", .malformedPacket),
            Refusal("[MQTT-1.5.4-1] a surrogate in the topic", .v3_1_1, 0x30, "0003 EDA080", .malformedPacket),
            Refusal("[MQTT-3.3.2-2] + in the topic", .v5, 0x30, "0003'a/+' 00", .topicNameInvalid),
            Refusal("[MQTT-3.3.2-2] # in the topic", .v3_1_1, 0x30, "0001'#'", .topicNameInvalid),
            Refusal("[MQTT-4.7.3-1] an empty topic before 5.0", .v3_1_1, 0x30, "0000", .topicNameInvalid),
            Refusal("[§3.3.2.1] neither topic nor alias", .v5, 0x30, "0000 00", .protocolError),
            Refusal("[MQTT-2.2.1-3] packet identifier 0", .v5, 0x32, "0001'a' 0000 00", .protocolError),
            Refusal("no packet identifier at QoS 1", .v3_1_1, 0x32, "0001'a' 00", .malformedPacket),
            Refusal("a topic beyond the packet", .v3_1_1, 0x30, "0005'a'", .malformedPacket),
            Refusal("no property length", .v5, 0x30, "0001'a'", .malformedPacket),
            Refusal("[MQTT-2.2.1-3] PUBACK of 0", .v5, 0x40, "0000", .protocolError),
            Refusal("PUBACK of one byte", .v3_1_1, 0x40, "00", .malformedPacket),
            Refusal("PUBACK with a reason before 5.0", .v3_1_1, 0x40, "0001 00", .malformedPacket),
            Refusal("[MQTT-3.4.2-1] PUBACK with a reason of PUBCOMP", .v5, 0x40, "0001 92", .malformedPacket),
            Refusal("[MQTT-3.5.2-1] PUBREC with an unknown reason", .v5, 0x50, "0001 FF", .malformedPacket),
            Refusal("[MQTT-3.6.1-1] PUBREL with other flags", .v5, 0x60, "0001", .malformedPacket),
            Refusal("[MQTT-3.6.2-1] PUBREL with a reason of PUBACK", .v5, 0x62, "0001 80", .malformedPacket),
            Refusal("PUBCOMP with a byte behind its properties", .v5, 0x70, "0001 00 00 00", .malformedPacket),
        ]
    )
    func publishing(row: Refusal) { row.check() }

    @Test(
        "a SUBSCRIBE, UNSUBSCRIBE or their answer against the rules is refused with the reason that the rule names",
        arguments: [
            Refusal("[MQTT-3.8.1-1] flags of SUBSCRIBE", .v5, 0x80, "0001 00 0001'a' 00", .malformedPacket),
            Refusal("[MQTT-3.8.3-2] SUBSCRIBE without a filter", .v5, 0x82, "0001 00", .protocolError),
            Refusal("3.1.1 [MQTT-3.8.3-3] SUBSCRIBE without a filter", .v3_1_1, 0x82, "0001", .protocolError),
            Refusal("[MQTT-2.2.1-3] SUBSCRIBE of 0", .v3_1_1, 0x82, "0000 0001'a' 00", .protocolError),
            Refusal("[§3.8.3.1] QoS 3", .v5, 0x82, "0001 00 0001'a' 03", .protocolError),
            Refusal("3.1.1 [MQTT-3-8.3-4] QoS 3", .v3_1_1, 0x82, "0001 0001'a' 03", .malformedPacket),
            Refusal("[§3.8.3.1] retain handling 3", .v5, 0x82, "0001 00 0001'a' 30", .protocolError),
            Refusal("[MQTT-3.8.3-5] a reserved option", .v5, 0x82, "0001 00 0001'a' 40", .malformedPacket),
            Refusal("3.1.1 [MQTT-3-8.3-4] an option of 5.0", .v3_1_1, 0x82, "0001 0001'a' 04", .malformedPacket),
            Refusal(
                "[MQTT-3.8.3-4] no local on a shared subscription",
                .v5,
                0x82,
                "0001 00 000A'$share/g/a' 04",
                .protocolError
            ),
            Refusal("[MQTT-3.8.3-1] a filter that is not UTF-8", .v5, 0x82, "0001 00 0001 FF 00", .malformedPacket),
            Refusal("a filter without options", .v5, 0x82, "0001 00 0001'a'", .malformedPacket),
            Refusal("SUBACK without a reason", .v5, 0x90, "0001 00", .malformedPacket),
            Refusal("[MQTT-3.9.3-2] SUBACK with QoS 3", .v5, 0x90, "0001 00 03", .malformedPacket),
            Refusal("3.1.1 [MQTT-3.9.3-2] SUBACK with a reason of 5.0", .v3_1_1, 0x90, "0001 87", .malformedPacket),
            Refusal("[MQTT-3.10.1-1] flags of UNSUBSCRIBE", .v5, 0xA0, "0001 00 0001'a'", .malformedPacket),
            Refusal("[MQTT-3.10.3-2] UNSUBSCRIBE without a filter", .v5, 0xA2, "0001 00", .protocolError),
            Refusal("[MQTT-3.10.3-1] a filter that is not UTF-8", .v3_1_1, 0xA2, "0001 0001 C0", .malformedPacket),
            Refusal("UNSUBACK without a reason", .v5, 0xB0, "0001 00", .malformedPacket),
            Refusal("UNSUBACK with a reason before 5.0", .v3_1_1, 0xB0, "0001 00", .malformedPacket),
            Refusal("[MQTT-3.11.3-2] UNSUBACK with a reason of SUBACK", .v5, 0xB0, "0001 00 A2", .malformedPacket),
        ]
    )
    func subscribing(row: Refusal) { row.check() }

    @Test(
        "a CONNACK, PING, DISCONNECT or AUTH against the rules is refused with the reason that the rule names",
        arguments: [
            Refusal("[MQTT-3.2.2-1] reserved acknowledge flags", .v5, 0x20, "02 00 00", .malformedPacket),
            Refusal("[MQTT-3.2.2-6] session present in a refusal", .v5, 0x20, "01 87 00", .protocolError),
            Refusal("[MQTT-3.2.2-8] CONNACK with a reason of DISCONNECT", .v5, 0x20, "00 8E 00", .malformedPacket),
            Refusal("3.1.1 [§3.2.2.3] a reserved return code", .v3_1_1, 0x20, "00 06", .malformedPacket),
            Refusal("CONNACK of one byte", .v3_1_1, 0x20, "00", .malformedPacket),
            Refusal("PINGREQ with a body", .v3_1_1, 0xC0, "00", .malformedPacket),
            Refusal("PINGRESP with a body", .v5, 0xD0, "00", .malformedPacket),
            Refusal("[MQTT-3.14.1-1] flags of DISCONNECT", .v5, 0xE1, "", .malformedPacket),
            Refusal("DISCONNECT with a reason before 5.0", .v3_1_1, 0xE0, "00", .malformedPacket),
            Refusal("[MQTT-3.14.2-1] DISCONNECT with a reason of CONNACK", .v5, 0xE0, "84", .malformedPacket),
            Refusal("DISCONNECT with a byte at the end", .v5, 0xE0, "00 00 00", .malformedPacket),
            Refusal("AUTH before 5.0", .v3_1_1, 0xF0, "", .malformedPacket),
            Refusal("[MQTT-3.15.1-1] flags of AUTH", .v5, 0xF2, "", .malformedPacket),
            Refusal("[MQTT-3.15.2-1] AUTH with another reason", .v5, 0xF0, "87 00", .malformedPacket),
            Refusal("[§3.15.2.2.2] AUTH without a method", .v5, 0xF0, "18 00", .protocolError),
            Refusal("packet type 0", .v5, 0x00, "", .malformedPacket),
        ]
    )
    func others(row: Refusal) { row.check() }

    @Test("a filter that is a string but no filter is left for the SUBACK to refuse [MQTT 5.0 §3.9.3]")
    func badFiltersAreDecoded() throws {
        let packet = try decode(first: 0x82, body: hex("0001 00 0002'a#' 00 0000 01"), .v5)
        guard case .subscribe(let request) = packet else {
            Issue.record("\(packet)")
            return
        }
        #expect(request.filters.map(\.filter) == [Array("a#".utf8), []])
    }

    @Test("a PUBLISH whose alias stands for its topic is taken [MQTT 5.0 §3.3.2.3.4]")
    func aliasOnly() throws {
        let packet = try decode(first: 0x30, body: hex("0000 03 23 0007 'x'"), .v5)
        guard case .publish(let message) = packet else {
            Issue.record("\(packet)")
            return
        }
        #expect(message.topic == [])
        #expect(message.properties.topicAlias == 7)
        #expect(message.payload == Array("x".utf8))
    }
}
