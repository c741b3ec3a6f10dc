/// Source: RFC 3339 §5.6.
extension Timestamp {
    /// From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
    private static let validSeconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
    private static let secondsPerDay: Int64 = 86_400

    /// `2026-01-31T12:00:00.500Z`: in UTC, with no, three, six or nine digits of a second's fraction. This is the JSON form.
    ///
    /// It is nil outside of years 1 to 9999, and when `nanos` is not a fraction of a second.
    public var text: String? {
        guard Self.validSeconds.contains(self.seconds), (0...999_999_999).contains(self.nanos) else { return nil }
        let second = self.seconds - Self.validSeconds.lowerBound
        let time = second % Self.secondsPerDay
        let (year, month, day) = CivilDate.date(ofDay: Int(second / Self.secondsPerDay))
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let clock = "\(padded(Int(time / 3_600), 2)):\(padded(Int(time / 60 % 60), 2)):\(padded(Int(time % 60), 2))"
        return "\(date)T\(clock)\(Nanoseconds.text(Int(self.nanos)))Z"
    }

    /// Reads a time with `Z` or an offset from UTC, and at most nine digits of fraction.
    ///
    /// - Returns: nil for what is not such a text, a date that the calendar lacks, and times outside of years 1 to 9999.
    public init?(text: String) {
        var scanner = DigitScanner(rest: text.utf8[...])
        guard
            let year = scanner.number(4), scanner.take("-"),
            let month = scanner.number(2), scanner.take("-"),
            let day = scanner.number(2), scanner.take("T"),
            let hour = scanner.number(2), scanner.take(":"),
            let minute = scanner.number(2), scanner.take(":"),
            let second = scanner.number(2), hour < 24, minute < 60, second < 60,
            let days = CivilDate.day(year: year, month: month, day: day)
        else { return nil }
        let fraction = scanner.rest.prefix { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
        scanner.rest = scanner.rest.dropFirst(fraction.count)
        guard let nanos = Nanoseconds.value(of: fraction), let offset = scanner.offset(), scanner.rest.isEmpty else {
            return nil
        }
        let sinceYearOne = Int64(days) * Self.secondsPerDay + Int64(hour * 3_600 + minute * 60 + second - offset)
        let seconds = sinceYearOne + Self.validSeconds.lowerBound
        guard Self.validSeconds.contains(seconds) else { return nil }
        self.init(seconds: seconds, nanos: Int32(nanos))
    }
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: width - digits.count) + digits
}

private struct DigitScanner {
    var rest: Substring.UTF8View

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: character) else { return false }
        self.rest.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int? {
        let digits = self.rest.prefix(width)
        guard digits.count == width, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        self.rest = self.rest.dropFirst(width)
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// `Z` or `+01:00`, in seconds.
    mutating func offset() -> Int? {
        if self.take("Z") { return 0 }
        let isNegative = self.take("-")
        guard
            isNegative || self.take("+"),
            let hours = self.number(2), self.take(":"), let minutes = self.number(2), hours < 24, minutes < 60
        else { return nil }
        return (isNegative ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
}

/// The Gregorian calendar, in days since 0001-01-01.
enum CivilDate {
    private static let daysPer400Years = 146_097

    /// Days before the year's first one.
    private static func daysBefore(year: Int) -> Int {
        let years = year - 1
        return years * 365 + years / 4 - years / 100 + years / 400
    }

    private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: Self.isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func day(year: Int, month: Int, day: Int) -> Int? {
        guard year >= 1, (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day) else {
            return nil
        }
        let daysBeforeMonth = (1..<month).reduce(0) { $0 + Self.days(inMonth: $1, of: year) }
        return Self.daysBefore(year: year) + daysBeforeMonth + day - 1
    }

    static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        var year = day * 400 / Self.daysPer400Years + 1  // off by one at most
        if Self.daysBefore(year: year) > day { year -= 1 }
        if Self.daysBefore(year: year + 1) <= day { year += 1 }
        var (rest, month) = (day - Self.daysBefore(year: year), 1)
        while rest >= Self.days(inMonth: month, of: year) {
            rest -= Self.days(inMonth: month, of: year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}
