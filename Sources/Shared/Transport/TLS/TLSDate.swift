import COpenSSL
import Glibc

/// A certificate's dates: seconds since 1970-01-01, UTC.
enum TLSDate {
    static func now() -> Int { time(nil) }

    static func seconds(_ asn1: UnsafePointer<ASN1_TIME>?) -> Int {
        guard let asn1, let epoch = ASN1_TIME_set(nil, 0) else { return 0 }
        defer { ASN1_STRING_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        guard ASN1_TIME_diff(&days, &seconds, epoch, asn1) == 1 else { return 0 }
        return Int(days) * 86_400 + Int(seconds)
    }

    /// `2026-01-31`.
    static func text(_ seconds: Int) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        gmtime_r(&moment, &parts)
        return [(Int(parts.tm_year) + 1900, 4), (Int(parts.tm_mon) + 1, 2), (Int(parts.tm_mday), 2)]
            .map { number, width in
                let digits = "\(number)"
                return String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
            .joined(separator: "-")
    }
}
