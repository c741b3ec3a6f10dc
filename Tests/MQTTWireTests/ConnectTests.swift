import MQTTWire
import Testing

@Suite("MQTT CONNECT")
struct ConnectTests {
    @Test("each version is known by its name and level [MQTT 5.0 §3.1.2.1, §3.1.2.2]")
    func versions() throws {
        for (body, version) in [
            ("0006'MQIsdp'03 02 003C 0001'a'", MQTTVersion.v3_1), ("0004'MQTT'04 02 003C 0001'a'", .v3_1_1),
            ("0004'MQTT'05 02 003C 00 0001'a'", .v5),
        ] {
            #expect(try connect(body) == MQTTConnect(version: version, keepAlive: 60, clientID: "a"))
            #expect(level(of: body) == version.rawValue)
        }
    }

    @Test("the level is known for an answer even where the rest is not a CONNECT")
    func levels() {
        #expect(level(of: "0004'MQTT'05") == 5)
        #expect(level(of: "0004'QTTM'09 FF") == 9)
        #expect(level(of: "0004'MQTT'") == nil)
        #expect(level(of: "0005'MQTT'") == nil)
        #expect(level(of: "") == nil)
    }

    @Test("a client may be nameless where the specification lets it [MQTT-3.1.3-6] [MQTT-3.1.3-7]")
    func namelessClients() throws {
        #expect(try connect("0004'MQTT'04 02 0000 0000").clientID == "")
        #expect(try connect("0004'MQTT'05 02 0000 00 0000").clientID == "")
        #expect(try connect("0004'MQTT'05 00 0000 00 0000").clientID == "")
    }

    @Test("5.0 allows a password without a user name [MQTT 5.0 §3.1.2.9]")
    func passwordOnly() throws {
        let packet = try connect("0004'MQTT'05 42 0000 00 0001'a' 0001'p'")
        #expect(packet.password == Array("p".utf8))
        #expect(packet.username == nil)
    }

    @Test(
        "a CONNECT against the rules is refused with the reason that the rule names",
        arguments: [
            Refusal(
                "[MQTT-3.1.2-1] a wrong name",
                .v5,
                0x10,
                "0004'MQTT'06 02 0000 00 0000",
                .unsupportedProtocolVersion
            ),
            Refusal(
                "[MQTT-3.1.2-2] level 3 under the new name",
                .v5,
                0x10,
                "0004'MQTT'03 02 0000 0001'a'",
                .unsupportedProtocolVersion
            ),
            Refusal("a bridge's level", .v5, 0x10, "0004'MQTT'84 02 0000 0001'a'", .unsupportedProtocolVersion),
            Refusal("a name in lower case", .v5, 0x10, "0004'mqtt'04 02 0000 0001'a'", .unsupportedProtocolVersion),
            Refusal("[MQTT-3.1.2-3] the reserved flag", .v5, 0x10, "0004'MQTT'05 03 0000 00 0001'a'", .malformedPacket),
            Refusal(
                "[MQTT-3.1.2-11] will QoS without a will",
                .v5,
                0x10,
                "0004'MQTT'05 0A 0000 00 0001'a'",
                .malformedPacket
            ),
            Refusal(
                "[MQTT-3.1.2-13] will retain without a will",
                .v5,
                0x10,
                "0004'MQTT'05 22 0000 00 0001'a'",
                .malformedPacket
            ),
            Refusal(
                "[MQTT-3.1.2-12] will QoS 3",
                .v5,
                0x10,
                "0004'MQTT'05 1E 0000 00 0001'a' 00 0001'w' 0000",
                .malformedPacket
            ),
            Refusal(
                "3.1.1 [MQTT-3.1.2-22] a password without a user name",
                .v3_1_1,
                0x10,
                "0004'MQTT'04 42 0000 0001'a' 0001'p'",
                .malformedPacket
            ),
            Refusal(
                "3.1.1 [MQTT-3.1.3-8] nameless and not clean",
                .v3_1_1,
                0x10,
                "0004'MQTT'04 00 0000 0000",
                .clientIdentifierNotValid
            ),
            Refusal("3.1 nameless", .v3_1, 0x10, "0006'MQIsdp'03 02 0000 0000", .clientIdentifierNotValid),
            Refusal(
                "[MQTT-3.1.3-4] a client identifier that is not UTF-8",
                .v5,
                0x10,
                "0004'MQTT'05 02 0000 00 0001 FF",
                .malformedPacket
            ),
            Refusal(
                "[MQTT-1.5.4-2] NUL in the user name",
                .v5,
                0x10,
                "0004'MQTT'05 82 0000 00 0001'a' 0001 00",
                .malformedPacket
            ),
            Refusal(
                "[MQTT-3.1.3-11] a will topic with a wildcard",
                .v5,
                0x10,
                "0004'MQTT'05 06 0000 00 0001'a' 00 0003'w/#' 0000",
                .topicNameInvalid
            ),
            Refusal("an empty will topic", .v3_1_1, 0x10, "0004'MQTT'04 06 0000 0001'a' 0000 0000", .topicNameInvalid),
            Refusal("a will that is not there", .v3_1_1, 0x10, "0004'MQTT'04 06 0000 0001'a'", .malformedPacket),
            Refusal("a user name that is not there", .v3_1_1, 0x10, "0004'MQTT'04 82 0000 0001'a'", .malformedPacket),
            Refusal("a byte at the end", .v3_1_1, 0x10, "0004'MQTT'04 02 0000 0001'a' 00", .malformedPacket),
            Refusal(
                "a property of another packet",
                .v5,
                0x10,
                "0004'MQTT'05 02 0000 03 23 0001 0001'a'",
                .malformedPacket
            ),
            Refusal(
                "a will delay outside the will",
                .v5,
                0x10,
                "0004'MQTT'05 02 0000 05 18 00000001 0001'a'",
                .malformedPacket
            ),
            Refusal("an empty body", .v5, 0x10, "", .malformedPacket),
            Refusal(
                "[MQTT-2.1.3-1] flags in the fixed header",
                .v5,
                0x11,
                "0004'MQTT'05 02 0000 00 0001'a'",
                .malformedPacket
            ),
        ]
    )
    func refused(row: Refusal) { row.check() }
}
