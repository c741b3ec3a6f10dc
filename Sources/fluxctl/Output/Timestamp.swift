import Glibc

/// Now, as machine formats write it: `2026-11-22T14:02:07.120031000Z`.
func timestamp() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return timestamp(seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec))
}

/// Source: RFC 3339; the calendar is Howard Hinnant's civil_from_days.
func timestamp(seconds: Int, nanoseconds: Int) -> String {
    let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let time = seconds - days * 86_400
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, 2))"
    return
        "\(date)T\(padded(time / 3_600, 2)):\(padded(time / 60 % 60, 2)):\(padded(time % 60, 2)).\(padded(nanoseconds, 9))Z"
}

private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// `12,044`.
func grouped(_ value: Int) -> String {
    let digits = Array(String(value))
    var result = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0, digits[index - 1] != "-" { result.append(",") }
        result.append(digit)
    }
    return result
}

/// A number with so many digits after the point.
func decimal(_ value: Double, _ digits: Int) -> String {
    let scale = digits == 0 ? 1.0 : digits == 1 ? 10.0 : digits == 2 ? 100.0 : 1_000.0
    let scaled = Int((value * scale).rounded())
    if digits == 0 { return String(scaled) }
    return "\(scaled / Int(scale)).\(padded(abs(scaled) % Int(scale), digits))"
}

/// `4 B`, `1.5 KiB`, `10.0 MiB`.
func byteCount(_ count: Int) -> String {
    if count < 1 << 10 { return "\(count) B" }
    if count < 1 << 20 { return "\(decimal(Double(count) / 1_024, 1)) KiB" }
    return "\(decimal(Double(count) / 1_048_576, 1)) MiB"
}

/// `950/s`, `8.1k/s`, `1.2M/s`.
func rate(_ perSecond: Double) -> String {
    if perSecond < 1_000 { return "\(decimal(perSecond, 0))/s" }
    if perSecond < 1_000_000 { return "\(decimal(perSecond / 1_000, 1))k/s" }
    return "\(decimal(perSecond / 1_000_000, 1))M/s"
}

extension Duration {
    var inSeconds: Double { Double(self.components.seconds) + Double(self.components.attoseconds) * 1e-18 }

    /// `5s`, `1.5s`, `250ms`.
    var short: String {
        let seconds = self.inSeconds
        if seconds < 1 { return "\(decimal(seconds * 1_000, 0))ms" }
        return seconds == seconds.rounded() ? "\(Int(seconds))s" : "\(decimal(seconds, 1))s"
    }
}
