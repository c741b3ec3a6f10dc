import Testing
import Topics

@Suite("MQTT strings")
struct MQTTStringTests {
    @Test("U+0000 is refused wherever it stands [MQTT-1.5.4-2]", arguments: 0..<20)
    func nul(at index: Int) {
        var bytes = [UInt8](repeating: 0x61, count: 20)
        #expect(isString(bytes))
        bytes[index] = 0
        #expect(!isString(bytes))
    }

    @Test("a character of several bytes is taken whole and refused when cut, wherever it stands [MQTT-1.5.4-1]")
    func characters() {
        for character in [
            "ä", "€", "🚀", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FEFF}", "\u{FFFF}", "\u{10FFFF}",
        ] {
            for before in 0..<18 {
                let bytes = [UInt8](repeating: 0x61, count: before) + Array(character.utf8)
                #expect(isString(bytes))
                #expect(isString(bytes + [0x62]))
                for cut in 1..<character.utf8.count { #expect(!isString(Array(bytes.dropLast(cut)))) }
            }
        }
    }

    @Test(
        "what is not well-formed UTF-8 is refused [MQTT-1.5.4-1]",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xC3, 0x28], [0xE2, 0x28, 0xA1], [0xE2, 0x82, 0x28],
            [0xF0, 0x28, 0x8C, 0xBC], [0xF0, 0x90, 0x28, 0xBC], [0xF0, 0x90, 0x8C, 0x28], [0xC3, 0xA4, 0xA4],
        ] as [[UInt8]]
    )
    func malformed(bytes: [UInt8]) {
        #expect(!isString(bytes))
        #expect(!isString(Array("long enough for a step of eight".utf8) + bytes + [0x61]))
    }

    @Test("every pair of bytes is judged as the standard library judges it, NUL apart")
    func pairs() {
        for pair in UInt16.min...UInt16.max {
            let bytes = [UInt8(pair >> 8), UInt8(pair & 0xFF)]
            let expected = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
            if isString(bytes) != expected { Issue.record("\(bytes)") }
        }
    }
}
