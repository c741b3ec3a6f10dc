import HTTP1Wire
import Testing

@Suite("HTTP dates")
struct HTTP1DateTests {
    @Test(
        "a time is written as RFC 9110 §5.6.7 wants it",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"), (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
        ]
    )
    func dates(seconds: Int, expected: String) { #expect(httpDate(secondsSince1970: seconds) == expected) }
}
