/// The time of an answer, for its Date field: `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// - Parameter seconds: Since 1970-01-01T00:00:00Z, not negative.
///
/// Source: RFC 9110 §5.6.7.
package func httpDate(secondsSince1970 seconds: Int) -> String {
    precondition(seconds >= 0, "a time before 1970")
    let days = seconds / 86_400
    let rest = seconds % 86_400
    // Days are counted in years that start in March, so that a leap day comes last.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days % 7]
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
    let time = "\(twoDigits(rest / 3_600)):\(twoDigits(rest / 60 % 60)):\(twoDigits(rest % 60))"
    return "\(weekday), \(twoDigits(day)) \(name) \(year) \(time) GMT"
}

private func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
