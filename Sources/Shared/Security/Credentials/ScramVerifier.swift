/// What a server keeps to know a password by SCRAM-SHA-256: neither the password nor what logs in with it.
///
/// In the file it stands as PostgreSQL writes it: `SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY`, all in base64.
///
/// Source: RFC 5802 §3, RFC 7677.
package struct ScramVerifier: Equatable, Sendable {
    package let iterations: Int
    let salt: [UInt8]
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    /// RFC 7677's smallest number; each log-in costs the client so many rounds of SHA-256.
    package static let leastIterations = 4_096
    static let prefix = "SCRAM-SHA-256$"

    /// Makes one for a password, with a new salt.
    ///
    /// SASLprep would have a password outside ASCII normalised (NFKC). It is taken as it is: clients that do the same, which is
    /// most of them, are understood.
    package init(of password: [UInt8], iterations: Int = ScramVerifier.leastIterations) {
        self.init(of: password, salt: Digests.random(16), iterations: iterations)
    }

    init(of password: [UInt8], salt: [UInt8], iterations: Int) {
        let salted = Digests.pbkdf2(.sha256, password: password, salt: salt, iterations: iterations, count: 32)
        self.init(
            salt: salt,
            iterations: iterations,
            storedKey: Digests.sha256(Digests.hmacSHA256(key: salted, Array("Client Key".utf8))),
            serverKey: Digests.hmacSHA256(key: salted, Array("Server Key".utf8))
        )
    }

    init(salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        (self.salt, self.iterations, self.storedKey, self.serverKey) = (salt, iterations, storedKey, serverKey)
    }

    package init(_ text: String) throws(HashProblem) {
        let halves = text.dropFirst(Self.prefix.utf8.count).split(separator: "$", omittingEmptySubsequences: false)
        let first = halves.first?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        let second = halves.last?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        guard text.hasPrefix(Self.prefix), halves.count == 2, first.count == 2, second.count == 2,
            let salt = Base64.decode(first[1]), (8...64).contains(salt.count),
            let storedKey = Base64.decode(second[0]), storedKey.count == 32,
            let serverKey = Base64.decode(second[1]), serverKey.count == 32
        else {
            throw HashProblem("has a SCRAM verifier that is not SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY")
        }
        guard let iterations = decimal(first[0]), (Self.leastIterations...largestIterations).contains(iterations) else {
            throw HashProblem(
                "has a SCRAM verifier of \(first[0]) iterations; \(Self.leastIterations) to \(largestIterations) are taken"
            )
        }
        self.init(salt: salt, iterations: iterations, storedKey: storedKey, serverKey: serverKey)
    }

    package var text: String {
        "\(Self.prefix)\(self.iterations):\(Base64.encode(self.salt))"
            + "$\(Base64.encode(self.storedKey)):\(Base64.encode(self.serverKey))"
    }

    /// Whether a password that was sent in full is the one.
    package func matches(_ password: [UInt8]) -> Bool {
        let made = ScramVerifier(of: password, salt: self.salt, iterations: self.iterations)
        return Digests.areEqual(made.storedKey, self.storedKey)
    }
}
