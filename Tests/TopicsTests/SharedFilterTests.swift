import Testing
import Topics

@Suite("Shared filters")
struct SharedFilterTests {
    @Test("a shared filter gives its group and filter [MQTT-4.8.2-1]")
    func shared() {
        for (text, group, filter) in [
            ("$share/g/a", "g", "a"), ("$share/workers/a/+/b", "workers", "a/+/b"), ("$share/g/#", "g", "#"),
            ("$share/g//", "g", "/"), ("$share/g//a", "g", "/a"), ("$share/$g/$SYS/#", "$g", "$SYS/#"),
            ("$share/g/$share/h/a", "g", "$share/h/a"), ("$share/ä/b", "ä", "b"),
        ] {
            let bytes = Array(text.utf8)
            guard case .shared(let groupRange, let filterRange) = parse(bytes) else {
                Issue.record("\(text) is not taken for a shared filter")
                continue
            }
            #expect(String(decoding: bytes[groupRange], as: UTF8.self) == group)
            #expect(String(decoding: bytes[filterRange], as: UTF8.self) == filter)
        }
    }

    @Test(
        "a filter without the prefix is plain",
        arguments: ["a", "#", "$SYS/#", "$shared/g/a", "$share2", "$Share/g/a", "a/$share/g/b", "/$share/g/b"]
    )
    func plain(text: String) { #expect(parse(text) == .plain) }

    @Test(
        "what is neither a filter nor a shared one is invalid [MQTT-4.8.2-2]",
        arguments: [
            "", "a#", "$share", "$share/", "$share/g", "$share//a", "$share/g/", "$share/+/a", "$share/g+/a",
            "$share/#/a",
            "$share/#", "$share/g/a#", "$share/g/#/a", "$share/g\0/a", "$share/g/a\0",
        ]
    )
    func invalid(text: String) { #expect(parse(text) == .invalid) }

    @Test("a group that is not UTF-8 is invalid")
    func groupIsNotText() { #expect(parse(Array("$share/".utf8) + [0xFF, 0x2F, 0x61]) == .invalid) }
}
