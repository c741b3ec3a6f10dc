/// One user of a password file: a name, and one or two ways to know the password.
package struct UserRecord: Equatable, Sendable {
    package let name: String
    package var password: PasswordHash?
    package var scram: ScramVerifier?

    package init(name: String, password: PasswordHash?, scram: ScramVerifier? = nil) {
        self.name = name
        self.password = password
        self.scram = scram
    }

    /// As the file has it: `name:HASH`, `name:VERIFIER` or `name:HASH VERIFIER`. No form of a hash has a blank in it.
    package var line: String {
        "\(self.name):" + [self.password?.text, self.scram?.text].compactMap { $0 }.joined(separator: " ")
    }

    /// Whether a password sent in full is this user's: by the hash, or by the verifier of a user who has nothing else.
    func matches(_ password: [UInt8]) -> Bool {
        self.password?.matches(password) ?? self.scram?.matches(password) ?? false
    }

    /// What is wrong with a name, worded to follow it; nil for a good one.
    package static func problem(withName name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > 1_024 { return "has \(name.utf8.count) bytes; the most is 1024" }
        if name.hasPrefix("#") { return "begins with #, which is a comment in the file" }
        if name.first == " " || name.last == " " { return "begins or ends with a blank" }
        for scalar in name.unicodeScalars {
            if scalar == ":" { return "has a colon in it, which ends the name in the file" }
            if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) { return "has a control character in it" }
        }
        return nil
    }

    /// - Parameter line: Not blank, not a comment.
    init(line: String) throws(HashProblem) {
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            throw HashProblem("no colon: expected NAME:HASH")
        }
        let name = String(line[..<colon])
        if let problem = Self.problem(withName: name) { throw HashProblem("the name \"\(quoted(name))\" \(problem)") }
        let fields = line[line.index(after: colon)...].split(separator: " ")
        if fields.isEmpty {
            throw HashProblem("user \"\(quoted(name))\" has no hash; write one: fluxctl user passwd \(quoted(name))")
        }
        self.init(name: name, password: nil)
        do throws(HashProblem) {
            for field in fields {
                if field.hasPrefix("SCRAM-") {
                    if self.scram != nil { throw HashProblem("has two SCRAM verifiers") }
                    self.scram = try ScramVerifier(String(field))
                } else {
                    if self.password != nil { throw HashProblem("has two hashes") }
                    self.password = try PasswordHash(String(field))
                }
            }
        } catch {
            throw HashProblem("user \"\(quoted(name))\" \(error.text)")
        }
    }
}

/// Text of a file within a message: at most 64 characters, control characters as question marks.
func quoted(_ text: String) -> String {
    let plain = text.unicodeScalars.prefix(64).map { scalar -> Character in
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "?" : Character(scalar)
    }
    return String(plain) + (text.unicodeScalars.count > 64 ? "..." : "")
}
