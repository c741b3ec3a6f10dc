import Configuration
import Testing

@Suite("Units in configurations")
struct UnitsTests {
    @Test(
        "durations are read as Go reads them",
        arguments: [
            ("300ms", .milliseconds(300)), ("5s", .seconds(5)), ("1m30s", .seconds(90)), ("168h", .seconds(604_800)),
            ("0", .zero), ("0s", .zero), ("1.5s", .milliseconds(1_500)), (".5h", .seconds(1_800)),
            ("10us", .microseconds(10)),
            ("10µs", .microseconds(10)), ("7ns", .nanoseconds(7)), ("1h1ns", .seconds(3_600) + .nanoseconds(1)),
        ] as [(String, Duration)]
    )
    func durations(text: String, value: Duration) {
        #expect(DurationText.parse(text) == value)
        #expect(DurationText.parse(DurationText.format(value)) == value)
    }

    @Test(
        "what Go would not take, is negative or does not fit is no duration",
        arguments: ["", "5", "s", "-5s", "5 s", "5S", "1d", "1..5s", ".s", "3000000h", "9999999999999999999s", "५s"]
    )
    func notDurations(text: String) { #expect(DurationText.parse(text) == nil) }

    @Test("durations are printed in their shortest form")
    func durationText() {
        #expect(DurationText.format(.seconds(90)) == "1m30s")
        #expect(DurationText.format(.seconds(604_800)) == "168h")
        #expect(DurationText.format(.milliseconds(1_500)) == "1s500ms")
        #expect(DurationText.format(.zero) == "0s")
    }

    @Test(
        "sizes take plain integers, binary and decimal units",
        arguments: [
            ("0", 0), ("1048576", 1 << 20), ("64KiB", 65_536), ("1MiB", 1 << 20), ("10MB", 10_000_000), ("5B", 5),
            ("1TiB", 1 << 40),
        ]
    )
    func sizes(text: String, bytes: Int) { #expect(ByteSizeText.parse(text) == bytes) }

    @Test("other texts are no sizes", arguments: ["", "MiB", "-1", "1.5MiB", "1 MiB", "1M", "1mib", "9999999999TiB"])
    func notSizes(text: String) { #expect(ByteSizeText.parse(text) == nil) }

    @Test("a suggestion is given for a slip, not for another word")
    func suggestions() {
        let words = ["max_connections", "protocol", "addr"]
        #expect(suggestion(for: "max_conections", among: words) == "max_connections")
        #expect(suggestion(for: "Protocol", among: words) == "protocol")
        #expect(suggestion(for: "adrd", among: words) == "addr")
        #expect(suggestion(for: "path", among: words) == nil)
    }
}
