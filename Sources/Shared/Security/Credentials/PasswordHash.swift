import CArgon2

/// Why a hash was refused, worded to follow its user's name.
package struct HashProblem: Error, Equatable, Sendable {
    package let text: String

    init(_ text: String) { self.text = text }
}

/// A password's hash, in one of the forms that fluxd reads:
///
///     $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH          what fluxctl writes; argon2's own form
///     $7$ITERATIONS$SALT$HASH  $6$SALT$HASH             mosquitto_passwd: PBKDF2-SHA-512, salted SHA-512
///     $2b$..  $5$..  $6$..  $y$..                       crypt(5): bcrypt, SHA-256, SHA-512, yescrypt
///
/// How much work a check may cost is bounded here, when the hash is read: the most is some ten seconds of one core and 1 GiB.
package struct PasswordHash: Equatable, Sendable {
    /// As it stands in the file.
    package let text: String
    private let scheme: Scheme

    private enum Scheme: Equatable {
        case argon2id(memory: Int, passes: Int, lanes: Int)
        case saltedSHA512(salt: [UInt8], digest: [UInt8])
        case pbkdf2SHA512(iterations: Int, salt: [UInt8], digest: [UInt8])
        case crypt(CryptHash)
    }

    package init(_ text: String) throws(HashProblem) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).dropFirst().map(String.init)
        guard text.hasPrefix("$"), let method = parts.first else {
            throw HashProblem("is no hash: passwords are not kept in the clear")
        }
        self.text = text
        switch method {
        case "argon2id": self.scheme = try Self.argon2id(parts)
        case "7" where parts.count == 4: self.scheme = try Self.pbkdf2(parts)
        // crypt(5)'s `$6$` ends in 86 characters of its own alphabet, Mosquitto's in 64 bytes as base64: 88, of which two fill up.
        case "6" where parts.count == 3 && parts[2].utf8.count == 88: self.scheme = try Self.saltedSHA512(parts)
        default: self.scheme = .crypt(try CryptHash(text, method: method, parts: parts))
        }
    }

    private init(text: String, _ scheme: Scheme) {
        self.text = text
        self.scheme = scheme
    }

    /// Whether the password is the one that was hashed. Takes as long as the hash asks for; compares in constant time.
    package func matches(_ password: [UInt8]) -> Bool {
        switch self.scheme {
        case .argon2id:
            return password.withUnsafeBytes {
                argon2id_verify(self.text, $0.baseAddress, $0.count) == ARGON2_OK.rawValue
            }
        case .saltedSHA512(let salt, let digest):
            return Digests.areEqual(Digests.sha512(password + salt), digest)
        case .pbkdf2SHA512(let iterations, let salt, let digest):
            let made = Digests.pbkdf2(
                .sha512,
                password: password,
                salt: salt,
                iterations: iterations,
                count: digest.count
            )
            return Digests.areEqual(made, digest)
        case .crypt(let hash): return hash.matches(password)
        }
    }

    /// Method and cost: `argon2id m=19456,t=2,p=1`.
    package var summary: String {
        switch self.scheme {
        case .argon2id(let memory, let passes, let lanes): "argon2id m=\(memory),t=\(passes),p=\(lanes)"
        case .saltedSHA512: "sha512 (mosquitto)"
        case .pbkdf2SHA512(let iterations, _, _): "pbkdf2-sha512 i=\(iterations) (mosquitto)"
        case .crypt(let hash): hash.summary
        }
    }
}

/// Making one. Source: OWASP's minimum for argon2id, 19 MiB and two passes.
extension PasswordHash {
    private static let memory = 19_456
    private static let passes = 2

    /// Hashes a password with a new salt. Costs some 20 ms and 19 MiB.
    package init(of password: [UInt8]) {
        let salt = Digests.random(16)
        let count = argon2_encodedlen(UInt32(Self.passes), UInt32(Self.memory), 1, 16, 32, Argon2_id)
        let text = [CChar](unsafeUninitializedCapacity: count) { output, used in
            let code = password.withUnsafeBytes { password in
                argon2id_hash_encoded(
                    UInt32(Self.passes),
                    UInt32(Self.memory),
                    1,
                    password.baseAddress,
                    password.count,
                    salt,
                    salt.count,
                    32,
                    output.baseAddress,
                    count
                )
            }
            precondition(code == ARGON2_OK.rawValue, "argon2 has no memory for 19 MiB")
            used = count
        }
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let scheme = Scheme.argon2id(memory: Self.memory, passes: Self.passes, lanes: 1)
        self.init(text: String(decoding: bytes, as: UTF8.self), scheme)
    }
}

/// Reading one.
extension PasswordHash {
    /// Source: the reference implementation's encoding, base64 without padding.
    private static func argon2id(_ parts: [String]) throws(HashProblem) -> Scheme {
        guard parts.count == 5, parts[1] == "v=19" else {
            throw HashProblem("has an argon2id hash that is not $argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH")
        }
        var values: [Int] = []
        for (pair, name) in zip(parts[2].split(separator: ",", omittingEmptySubsequences: false), ["m=", "t=", "p="])
        where pair.hasPrefix(name) {
            if let value = decimal(pair.dropFirst(2)) { values.append(value) }
        }
        guard values.count == 3, parts[2].utf8.count(where: { $0 == UInt8(ascii: ",") }) == 2 else {
            throw HashProblem(
                "has an argon2id hash without its cost: expected m=KIB,t=PASSES,p=LANES, found \"\(parts[2])\""
            )
        }
        let (memory, passes, lanes) = (values[0], values[1], values[2])
        guard memory <= 1 << 20 else {
            throw HashProblem("has an argon2id hash that takes \(memory) KiB to check; the most is 1048576 (1 GiB)")
        }
        guard (1...16).contains(lanes), passes >= 1, memory >= 8 * lanes, passes * memory <= 16 << 20 else {
            throw HashProblem(
                "has an argon2id hash of a cost that is not taken: p is 1 to 16, m at least 8 times p, and m times t at most 16777216"
            )
        }
        guard let salt = Base64.decode(parts[3], isPadded: false), (8...64).contains(salt.count),
            let digest = Base64.decode(parts[4], isPadded: false), (16...64).contains(digest.count)
        else {
            throw HashProblem(
                "has an argon2id hash that was cut or changed: its salt has 8 to 64 bytes, its hash 16 to 64"
            )
        }
        return .argon2id(memory: memory, passes: passes, lanes: lanes)
    }

    private static func pbkdf2(_ parts: [String]) throws(HashProblem) -> Scheme {
        guard let iterations = decimal(Substring(parts[1])), (1...largestIterations).contains(iterations) else {
            throw HashProblem("has a $7$ hash of \(parts[1]) iterations; 1 to \(largestIterations) are taken")
        }
        guard let salt = Base64.decode(parts[2]), (8...128).contains(salt.count), let digest = Base64.decode(parts[3]),
            digest.count == 64
        else { throw HashProblem("has a $7$ hash that was cut or changed: its salt or its 64 bytes are no base64") }
        return .pbkdf2SHA512(iterations: iterations, salt: salt, digest: digest)
    }

    private static func saltedSHA512(_ parts: [String]) throws(HashProblem) -> Scheme {
        guard let salt = Base64.decode(parts[1]), (8...128).contains(salt.count), let digest = Base64.decode(parts[2]),
            digest.count == 64
        else { throw HashProblem("has a $6$ hash that was cut or changed: its salt or its 64 bytes are no base64") }
        return .saltedSHA512(salt: salt, digest: digest)
    }
}

/// Rounds of a hash function: some ten seconds of one core.
let largestIterations = 10_000_000

/// A number of up to ten decimal digits; nil for anything else, a sign and a leading zero too.
func decimal(_ text: Substring) -> Int? {
    let digits = text.utf8
    guard (1...10).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
        digits.first != 0x30 || digits.count == 1
    else { return nil }
    return Int(text)
}
