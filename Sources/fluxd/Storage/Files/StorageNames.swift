/// What files of a volume are called. No name is ever a client's text.
package enum StorageNames {
    /// Locked by the process that uses the directory, with its number inside.
    package static let lock = "lock"
    /// Says what the directory is and of which version its files are.
    package static let format = "format"
    /// There while nobody uses the directory and everything in it is whole: the last stop was clean.
    package static let clean = "clean"
    /// Directory of the key-value store's files.
    package static let state = "state"
    /// Directory of the volume's sync journal.
    package static let journal = "journal"

    /// A file of the sync journal.
    package static func journal(_ number: Int) -> String { "\(self.journal)/\(number)" }

    /// Sixteen hexadecimal digits, so that names sort as numbers do.
    package static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Twenty decimal digits, so that names sort as numbers do.
    package static func decimal(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }
}
