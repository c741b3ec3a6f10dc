import Testing

/// Packets that no specification draws, and what is said of them: by packet type, beyond the numbered statements.
enum MalformedPackets {
    static let rows: [Row] = [
        refused(
            "CONNECT, malformed",
            0x81,
            "10 0F 0004'MQTT' 05 02 0000 01 26 0001'a'",  // a property that is cut
            "10 0E 0004'MQTT' 05 02 0000 05 0001'a'",  // properties longer than the packet
            "10 0E 0004'MQTT' 05 02 0000 00 0005'a'",  // an identifier longer than the packet
            "10 10 0004'MQTT' 05 02 0000 02 0100 0001'a'"  // a property of PUBLISH
        ),
        refused(
            "CONNECT, against the protocol",
            0x82,
            "10 18 0004'MQTT' 05 02 0000 0A 11 00000001 11 00000001 0001'a'",  // a property twice
            "10 10 0004'MQTT' 05 02 0000 02 1702 0001'a'",  // neither 0 nor 1
            "10 13 0004'MQTT' 05 02 0000 05 27 00000000 0001'a'",  // no packet at all
            "10 12 0004'MQTT' 05 02 0000 04 16 0001'x' 0001'a'"  // data without a method
        ),
        thrownOut(
            "PUBLISH, malformed",
            0x81,
            "32 04 0001't' 00",  // half an identifier
            "30 05 0001't' 05 00",  // properties longer than the packet
            "30 05 0001't' 01 01"  // a property that is cut
        ),
        thrownOut(
            "PUBLISH with a property of another packet",
            0x81,
            "30 06 0001't' 02 1701",
            "30 09 0001't' 05 18 00000001",
            "30 09 0001't' 05 11 00000001",
            "30 06 0001't' 02 7F01"
        ),
        thrownOut(
            "PUBLISH, a property twice",
            0x82,
            "30 08 0001't' 04 0100 0100",
            "30 0A 0001't' 06 23 0001 23 0001",
            "30 0E 0001't' 0A 02 00000001 02 00000001",
            "30 0C 0001't' 08 08 0001'r' 08 0001'r'"
        ),
        thrownOut("PUBLISH without a topic or an alias", 0x82, "30 03 0000 00", "30 06 0000 03 23 0009"),
        thrownOut(
            "acknowledgements, malformed",
            0x81,
            "40 00",
            "40 01 00",
            "50 01 00",
            "62 01 00",
            "70 01 00",
            "40 05 0001 00 01 00",  // a property that nobody has
            "40 05 0001 00 00 00"  // a byte too many
        ),
        thrownOut("acknowledgements of message 0", 0x82, "40 02 0000", "50 02 0000", "62 02 0000", "70 02 0000"),
        thrownOut(
            "SUBSCRIBE, malformed",
            0x81,
            "82 01 00",
            "82 02 0001",
            "82 07 0001 00 0005't' 00",
            "82 07 0001 01 00 0001't'",  // a property that nobody has
            "82 09 0001 02 2300 0001't' 00"  // one of PUBLISH
        ),
        thrownOut(
            "SUBSCRIBE, against the protocol",
            0x82,
            "82 07 0001 00 0001't' 03",  // QoS 3
            "82 07 0001 00 0001't' 30",  // retain handling 3
            "82 09 0001 02 0B00 0001't' 00",  // subscription identifier 0
            "82 0B 0001 04 0B01 0B02 0001't' 00",  // two of them
            "82 07 0000 00 0001't' 00"  // packet identifier 0
        ),
        thrownOut(
            "UNSUBSCRIBE, malformed",
            0x81,
            "A2 01 00",
            "A2 02 0001",
            "A2 06 0001 00 0005't'",
            "A2 08 0001 02 0B01 0001't'"
        ),
        thrownOut("pings with a body", 0x81, "C0 01 00", "C0 02 0000"),
        thrownOut("DISCONNECT, malformed", 0x81, "E0 02 00 05", "E0 03 00 00 00", "E0 04 00 02 2101", "E0 01 1F"),
        thrownOut("DISCONNECT with a property twice", 0x82, "E0 0C 00 0A 11 00000000 11 00000000"),
        thrownOut("what only a server sends", 0x82, "20 03 00 00 00", "90 04 0001 00 00", "B0 04 0001 00 00", "D0 00"),
        thrownOut("packet type 0", 0x81, "00 00", "01 00", "0F 02 0000"),
        thrownOut("a length of five bytes", 0x81, "30 80 80 80 80 01", "C0 FF FF FF FF 7F", "82 80 80 80 80 00"),
        thrownOut("a length in more bytes than needed", 0x81, "C0 80 00", "C0 80 80 00", "30 84 00 0001't' 00"),
    ]

    private static func thrownOut(_ id: String, _ reason: UInt8, _ packets: String...) -> Row {
        row(id, "\(packets.count) packets end their connections with the reason \(reason)") { s in
            for packet in packets {
                let a = s.connected("a")
                a.sends(.hex(packet))
                a.isThrownOut(reason)
            }
        }
    }

    private static func refused(_ id: String, _ reason: UInt8, _ packets: String...) -> Row {
        row(id, "\(packets.count) packets are refused with the reason \(reason)") { s in
            for packet in packets {
                let a = s.opened(packet)
                a.sends(.hex(packet))
                a.isRefused(reason)
            }
        }
    }
}
