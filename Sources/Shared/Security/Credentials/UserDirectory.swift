/// Who is known, and by what: a password file as the broker asks it. A value, shared by all shards.
///
/// Somebody who is not in the file costs as much time as somebody who is: their password is checked against a user's hash, chosen
/// by a keyed hash of the name, and the answer thrown away. So neither one look at the clock nor many tell which names exist.
package struct UserDirectory: Sendable {
    private let users: [String: UserRecord]
    /// What the password of somebody unknown is checked against: as costly as the file's users, in the same proportions.
    private let standIns: [UserRecord]
    /// Like most verifiers of the file; nil when it has none.
    private let commonScram: ScramShape?

    private struct ScramShape: Hashable {
        var iterations: Int
        var saltCount: Int
    }

    /// Differs from process to process: nobody outside can work out which stand-in a name has.
    private static let key = Digests.random(32)

    package init(_ file: PasswordFile) {
        let records = file.users
        self.users = Dictionary(records.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.standIns = records
        var shapes: [ScramShape: Int] = [:]
        for case let verifier? in records.map(\.scram) {
            shapes[ScramShape(iterations: verifier.iterations, saltCount: verifier.salt.count), default: 0] += 1
        }
        self.commonScram = shapes.max { ($0.value, $0.key.iterations) < ($1.value, $1.key.iterations) }?.key
    }

    package var count: Int { self.users.count }

    package func knows(_ name: String) -> Bool { self.users[name] != nil }

    /// Whether anybody can log in by SCRAM.
    package var servesScram: Bool { self.commonScram != nil }

    /// Whether this is a user with this password. Takes milliseconds by design: not for a loop's thread.
    package func check(_ name: String, password: [UInt8]) -> Bool {
        if let user = self.users[name] { return user.matches(password) }
        if self.standIns.isEmpty { return false }
        let index = self.digest("password", name).prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        _ = self.standIns[Int(index % UInt64(self.standIns.count))].matches(password)
        return false
    }

    /// - Returns: A user's verifier; or one that no password fits, always the same for a name.
    func verifier(of name: String) -> (ScramVerifier, isKnown: Bool) {
        if let verifier = self.users[name]?.scram { return (verifier, true) }
        let shape = self.commonScram ?? ScramShape(iterations: ScramVerifier.leastIterations, saltCount: 16)
        let salt = self.digest("salt", name) + self.digest("more salt", name)
        return (ScramVerifier(unmatched: Array(salt.prefix(shape.saltCount)), iterations: shape.iterations), false)
    }

    private func digest(_ purpose: String, _ name: String) -> [UInt8] {
        Digests.hmacSHA256(key: Self.key, Array("\(purpose):\(name)".utf8))
    }
}

extension ScramVerifier {
    /// A verifier that no password has.
    fileprivate init(unmatched salt: [UInt8], iterations: Int) {
        self.init(salt: salt, iterations: iterations, storedKey: Digests.random(32), serverKey: Digests.random(32))
    }
}
