import CCrypt

/// A hash of crypt(5), as /etc/shadow and htpasswd have them.
struct CryptHash: Equatable, Sendable {
    private let text: String
    /// `bcrypt c=12`.
    let summary: String

    /// - Parameter parts: What stands between the dollars; the first is `method`.
    init(_ text: String, method: String, parts: [String]) throws(HashProblem) {
        self.text = text
        switch method {
        case "2a", "2b", "2y": self.summary = try Self.bcrypt(parts)
        case "5": self.summary = try Self.sha(parts, "sha256crypt", characters: 43)
        case "6": self.summary = try Self.sha(parts, "sha512crypt", characters: 86)
        case "y": self.summary = try Self.yescrypt(parts)
        default:
            throw HashProblem(
                "has a hash of a kind that is not read ($\(method.prefix(16))$); there are $argon2id$, $7$ and $6$ of mosquitto_passwd, "
                    + "$y$, $2b$, $6$ and $5$ of crypt(5)"
            )
        }
    }

    func matches(_ password: [UInt8]) -> Bool {
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        defer { data.deallocate() }
        data.initialize(to: crypt_data())
        // crypt(3) takes a C string: a password with a NUL would be one that ends there.
        let isWhole = !password.contains(0)
        let made = password.withUnsafeBytes { bytes -> [UInt8]? in
            var phrase = [CChar](repeating: 0, count: bytes.count + 1)
            for (index, byte) in bytes.enumerated() { phrase[index] = CChar(bitPattern: byte) }
            guard let output = crypt_r(phrase, self.text, data) else { return nil }
            return Array(String(cString: output).utf8)
        }
        return made.map { Digests.areEqual($0, Array(self.text.utf8)) } == true && isWhole
    }

    /// `$2b$12$` and 53 characters of salt and hash.
    private static func bcrypt(_ parts: [String]) throws(HashProblem) -> String {
        guard parts.count == 3, parts[1].utf8.count == 2, let cost = Int(parts[1]), parts[2].utf8.count == 53,
            parts[2].utf8.allSatisfy(isCryptDigit)
        else { throw HashProblem("has a bcrypt hash that was cut or changed: $2b$COST$ and 53 characters make one") }
        guard (4...16).contains(cost) else {
            throw HashProblem(
                "has a bcrypt hash of cost \(cost); 4 to 16 are taken, and each doubles the time of the one before"
            )
        }
        return "bcrypt c=\(cost)"
    }

    /// `$6$rounds=5000$salt$hash`, where the rounds may be left away.
    private static func sha(_ parts: [String], _ name: String, characters: Int) throws(HashProblem) -> String {
        var rounds = 5_000
        var rest = parts.dropFirst()
        if let text = rest.first, text.hasPrefix("rounds=") {
            guard let number = decimal(text.dropFirst(7)), (1_000...largestIterations).contains(number) else {
                throw HashProblem("has a \(name) hash with \(text); 1000 to \(largestIterations) are taken")
            }
            rounds = number
            rest = rest.dropFirst()
        }
        guard rest.count == 2, let salt = rest.first, (1...16).contains(salt.utf8.count), let digest = rest.last,
            digest.utf8.count == characters, digest.utf8.allSatisfy(isCryptDigit)
        else {
            throw HashProblem(
                "has a \(name) hash that was cut or changed: a salt of 1 to 16 characters and a hash of \(characters) make one"
            )
        }
        return "\(name) rounds=\(rounds)"
    }

    /// `$y$j9T$salt$hash`. The three letters are flavour, memory as a power of two, and block size; what tools write has no more.
    ///
    /// Source: crypt(5), yescrypt's `encode64_uint32`.
    private static func yescrypt(_ parts: [String]) throws(HashProblem) -> String {
        guard parts.count == 4, parts[1].utf8.count == 3, (1...86).contains(parts[2].utf8.count),
            parts[3].utf8.count == 43, (parts[1] + parts[2] + parts[3]).utf8.allSatisfy(isCryptDigit)
        else {
            throw HashProblem("has a yescrypt hash that was cut or changed: $y$COST$SALT$ and 43 characters make one")
        }
        let letters = parts[1].utf8.map(cryptValue)
        // Up to 47 a letter stands for itself; above, it begins a longer number.
        guard letters[0] == cryptValue(UInt8(ascii: "j")), letters[1] <= 47, letters[2] <= 47 else {
            throw HashProblem(
                "has a yescrypt hash with the cost \"\(parts[1])\", which is not one that crypt(5) writes"
            )
        }
        let (power, block) = (letters[1] + 1, letters[2] + 1)
        guard power <= 23, 128 * block << power <= 1 << 30 else {
            throw HashProblem("has a yescrypt hash that takes more than 1 GiB to check")
        }
        return "yescrypt \(parts[1])"
    }
}

private func isCryptDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: ".")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}

/// A digit of crypt's own base64, `./0-9A-Za-z`.
private func cryptValue(_ byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "a")...: Int(byte - UInt8(ascii: "a")) + 38
    case UInt8(ascii: "A")...: Int(byte - UInt8(ascii: "A")) + 12
    default: Int(byte - UInt8(ascii: "."))
    }
}
