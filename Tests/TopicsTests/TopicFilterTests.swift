import Testing
import Topics

@Suite("Topic names and filters")
struct TopicFilterTests {
    @Test("a name is refused when it is empty, has a wildcard or NUL, or is not UTF-8 [MQTT-4.7.1-1] [MQTT-4.7.3-1]")
    func names() {
        for name in ["a", "/", "//", "a/b", "a//b", "/a", "a/", " ", "$SYS/x", "ä/€/🚀"] {
            #expect(isName(name), "\(name)")
        }
        for name in ["", "+", "#", "a/+", "a/#", "a+b", "a#", "a\0b"] {
            #expect(!isName(name), "\(name)")
        }
        #expect(!isName([0x61, 0xFF]))
        #expect(isName([UInt8](repeating: 0x61, count: 65_535)))
        #expect(!isName([UInt8](repeating: 0x61, count: 65_536)))
    }

    @Test("a wildcard, NUL or broken character in a name is found wherever it stands", arguments: 0..<20)
    func badByte(at index: Int) {
        for filler in ["a", "ä", "*", "\u{7F}"] {
            let name = Array(String(repeating: filler, count: 20).utf8)
            #expect(isName(name))
            for byte in [0x23, 0x2B, 0x00, 0xFF] as [UInt8] {
                var bad = name
                bad.insert(byte, at: index * filler.utf8.count)
                #expect(!isName(bad), "\(byte) in a row of \(filler)")
            }
        }
    }

    @Test("a filter has its wildcards as whole levels, # as the last one [MQTT-4.7.1-1] [MQTT-4.7.1-2]")
    func filters() {
        for filter in ["a", "/", "#", "+", "+/+", "/+", "+/", "a/+/b", "a/#", "/#", "+/#", "a/+/#", "$SYS/#", "ä/+"] {
            #expect(isFilter(filter), "\(filter)")
        }
        for filter in [
            "", "a#", "#/a", "##", "a/#/b", "a+", "+a", "a/+b", "a/b+/c", "++", "#+", "+#", "a/b#", "\0", "#\0",
        ] {
            #expect(!isFilter(filter), "\(filter)")
        }
    }

    @Test(
        "a filter takes exactly the topics that the specification's rules say [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.2-1]",
        arguments: [
            ("a/b", "a/b", true), ("a/b", "a/B", false), ("a/b", "a", false), ("a", "a/b", false), ("a", "a/", false),
            ("a/", "a", false), ("/a", "a", false), ("a/", "a/", true), ("//", "//", true), ("/", "//", false),
            ("+", "a", true), ("+", "a/b", false), ("+", "/", false), ("+/+", "/", true), ("/+", "/finance", true),
            ("+/+", "/finance", true), ("+", "/finance", false), ("a/+", "a", false), ("a/+", "a/", true),
            ("a/+/c", "a//c", true), ("a/+/c", "a/b/d", false), ("sport/+/player1", "sport/tennis/player1", true),
            ("#", "a", true), ("#", "a/b/c", true), ("#", "/", true), ("a/#", "a", true), ("a/#", "a/", true),
            ("a/#", "a/b/c", true), ("a/#", "ab", false), ("a/#", "b/a", false), ("/#", "/", true), ("/#", "a", false),
            ("/#", "/a", true), ("+/#", "a", true), ("+/#", "a/b", true), ("a/+/#", "a", false), ("a/+/#", "a/b", true),
            ("#", "$SYS/x", false), ("+/x", "$SYS/x", false), ("+/#", "$SYS/x", false), ("$SYS/#", "$SYS/x", true),
            ("$SYS/#", "$SYS", true), ("$SYS/+", "$SYS/x", true), ("$SYS/x", "$SYS/x", true), ("#", "a/$b", true),
            ("+/$b", "a/$b", true), ("/+", "/$a", true), ("#", "", false), ("", "a", false), ("", "", false),
        ]
    )
    func matching(filter: String, topic: String, expected: Bool) {
        #expect(matches(filter, topic) == expected)
    }

    @Test("the levels of a topic are what stands between its slashes, empty ones too")
    func splitting() {
        for (topic, expected) in [
            ("a", ["a"]), ("a/b", ["a", "b"]), ("/", ["", ""]), ("/a//b/", ["", "a", "", "b", ""]), ("", [""]),
        ] {
            #expect(levels(of: topic) == expected, "\(topic)")
        }
    }

    @Test("a filter's literal prefix is the levels before its first wildcard, without the slash")
    func prefixes() {
        for (filter, expected) in [
            ("a/b", "a/b"), ("a/b/+/c", "a/b"), ("a/#", "a"), ("#", ""), ("+/a", ""), ("/#", ""), ("//+", "/"),
            ("a//+", "a/"),
        ] {
            #expect(literalPrefix(of: filter) == expected, "\(filter)")
        }
    }

    @Test("a topic is hidden from leading wildcards when it starts with $")
    func hiding() {
        #expect(isHidden("$SYS/x"))
        #expect(isHidden("$"))
        #expect(!isHidden("a/$b"))
        #expect(!isHidden(""))
    }
}
