import Terminal
import Testing

@Suite("Quantities")
struct QuantityTests {
    @Test(
        "counts have all digits up to 9,999 and three from there, and carry into the next unit",
        arguments: [
            (0, "0"), (999, "999"), (1_000, "1,000"), (1_234, "1,234"), (9_999, "9,999"), (10_000, "10.0k"),
            (12_041, "12.0k"),
            (99_949, "99.9k"), (99_950, "100k"), (233_499, "233k"), (999_499, "999k"), (999_500, "1.00M"),
            (999_950, "1.00M"),
            (8_110_000, "8.11M"), (9_994_999, "9.99M"), (9_995_001, "10.0M"), (999_500_000, "1.00G"),
            (UInt64.max, "18.4E"),
        ] as [(UInt64, String)]
    )
    func counts(_ value: UInt64, _ text: String) { #expect(Quantity.count(value) == text) }

    @Test(
        "a count takes the most exact form that fits",
        arguments: [
            (8_110_000, 9, "8,110,000"), (8_110_000, 8, "8.11M"), (8_110_000, 4, "8.1M"), (8_110_000, 2, "8M"),
            (8_110_000, 1, "8M"),
            (12_041, 6, "12,041"), (12_041, 5, "12.0k"), (12_041, 4, "12k"), (999, 1, "999"), (1_234, 4, "1.2k"),
        ] as [(UInt64, Int, String)]
    )
    func narrowCounts(_ value: UInt64, _ width: Int, _ text: String) {
        #expect(Quantity.count(value, width: width) == text)
    }

    @Test("all digits come in groups of three")
    func exact() {
        #expect(Quantity.exact(1_192_290) == "1,192,290")
        #expect(Quantity.exact(100) == "100")
        #expect(Quantity.exact(.max) == "18,446,744,073,709,551,615")
    }

    @Test(
        "rates have one decimal where it says something",
        arguments: [
            (0, "0"), (0.01, "<0.1"), (0.05, "0.1"), (0.2, "0.2"), (9.94, "9.9"), (9.95, "10"), (17, "17"),
            (999.4, "999"),
            (999.5, "1.0k"), (4_100, "4.1k"), (12_100, "12.1k"), (99_949, "99.9k"), (99_950, "100k"), (161_000, "161k"),
            (999_499, "999k"), (999_500, "1.0M"), (999_950, "1.0M"), (1.2e6, "1.2M"), (-2, "-2.0"), (.nan, "-"),
            (.infinity, "-"),
        ]
    )
    func rates(_ value: Double, _ text: String) { #expect(Quantity.rate(value) == text) }

    @Test(
        "a change has its sign, and none where a tenth would not show it",
        arguments: [
            (0.0, "0"), (0.04, "0"), (-0.04, "0"), (0.4, "+0.4"), (96, "+96"), (-2, "-2.0"), (-1_240, "-1.2k"),
        ]
    )
    func changes(_ value: Double, _ text: String) {
        #expect(Quantity.change(value) == text)
        #expect(Quantity.change(nil) == "-")
    }

    @Test(
        "sizes change unit before they need a fifth digit",
        arguments: [
            (0, "0 B", "0"), (312, "312 B", "312"), (1_023, "1023 B", "1023"), (1_024, "1.0 KiB", "1.0K"),
            (1_945, "1.9 KiB", "1.9K"),
            (10_188, "9.9 KiB", "9.9K"), (10_189, "10 KiB", "10K"), (90_112, "88 KiB", "88K"),
            (1_048_063, "1023 KiB", "1023K"),
            (1_048_064, "1.0 MiB", "1.0M"), (432_013_312, "412 MiB", "412M"), (10_522_669_875, "9.8 GiB", "9.8G"),
            (.max, "16 EiB", "16E"),
        ] as [(UInt64, String, String)]
    )
    func sizes(_ value: UInt64, _ long: String, _ short: String) {
        #expect(Quantity.size(value) == long)
        #expect(Quantity.shortSize(value) == short)
    }

    @Test("SI steps by 1,000, and raw by nothing")
    func otherUnits() {
        #expect(Quantity.size(999, .si) == "999 B")
        #expect(Quantity.size(1_000, .si) == "1.0 kB")
        #expect(Quantity.size(999_500, .si) == "1.0 MB")
        #expect(Quantity.shortSize(88_000, .si) == "88k")
        #expect(Quantity.size(432_013_312, .raw) == "432013312")
        #expect(Quantity.byteRate(31) == "31 B/s")
        #expect(Quantity.byteRate(1_153_434) == "1.1 MiB/s")
        #expect(Quantity.byteRate(31, .raw) == "31")
        #expect(Quantity.shortByteRate(1_153_434) == "1.1M")
    }

    @Test(
        "durations show two units and are never rounded up",
        arguments: [
            (0, "0s"), (1, "1ms"), (999, "999ms"), (1_000, "1.0s"), (9_999, "9.9s"), (10_000, "10s"), (59_999, "59s"),
            (60_000, "1m00s"), (125_000, "2m05s"), (3_599_999, "59m59s"), (3_600_000, "1h00m"), (11_520_000, "3h12m"),
            (86_399_999, "23h59m"), (86_400_000, "1d00h"), (1_051_200_000, "12d04h"), (8_639_999_999, "99d23h"),
            (8_640_000_000, "100d"),
        ] as [(UInt64, String)]
    )
    func durations(_ milliseconds: UInt64, _ text: String) {
        #expect(Quantity.duration(milliseconds: milliseconds) == text)
    }

    @Test(
        "percentages have decimals only where they are small",
        arguments: [
            (0, "0%"), (0.001, "<0.01%"), (0.04, "0.04%"), (0.094, "0.09%"), (0.095, "0.1%"), (0.3, "0.3%"),
            (9.94, "9.9%"),
            (9.95, "10%"), (38, "38%"), (100, "100%"), (250, "250%"), (-1, "-"), (.nan, "-"),
        ]
    )
    func percentages(_ value: Double, _ text: String) { #expect(Quantity.percent(value) == text) }

    @Test("what is unknown is a dash, and not zero")
    func unknown() {
        #expect(Quantity.count(nil) == "-")
        #expect(Quantity.count(nil, width: 3) == "-")
        #expect(Quantity.exact(nil) == "-")
        #expect(Quantity.rate(nil) == "-")
        #expect(Quantity.size(nil) == "-")
        #expect(Quantity.shortSize(nil) == "-")
        #expect(Quantity.byteRate(nil) == "-")
        #expect(Quantity.duration(milliseconds: nil) == "-")
        #expect(Quantity.percent(nil) == "-")
    }
}
