/// The server's side of one SCRAM-SHA-256 exchange: two messages from the client, two answers.
///
///     n,,n=user,r=NONCE            ->
///                                  <-  r=NONCE+OURS,s=SALT,i=4096
///     c=biws,r=NONCE+OURS,p=PROOF  ->
///                                  <-  v=SIGNATURE
///
/// Channel binding is not offered: `n,,` and `y,,` are taken and `p=..` is refused. A user who is not there gets a salt like any
/// other, always the same while the process lives, and fails where a wrong password fails.
///
/// Source: RFC 5802 §3, §5, §7; RFC 7677.
package struct ScramServer: Sendable {
    package enum Step: Equatable, Sendable {
        case challenge([UInt8])
        case accepted(username: String, final: [UInt8])
        case refused(why: String)
    }

    /// Longer messages are refused unread.
    private static let largestMessage = 4_096

    private enum State {
        case expectingFirst
        case expectingFinal(Challenge)
        case ended
    }

    /// What the first message settled.
    private struct Challenge {
        var username: String
        /// `n,,`, which the client repeats in base64.
        var header: String
        var firstBare: String
        var serverFirst: String
        var nonce: String
        var verifier: ScramVerifier
        var isKnown: Bool
    }

    private let users: UserDirectory
    private let ownNonce: String
    private var state = State.expectingFirst

    package init(users: UserDirectory) { self.init(users: users, nonce: Base64.encode(Digests.random(18))) }

    init(users: UserDirectory, nonce: String) {
        self.users = users
        self.ownNonce = nonce
    }

    package mutating func received(_ data: [UInt8]) -> Step {
        let state = self.state
        self.state = .ended
        guard data.count <= Self.largestMessage, let text = String(validating: data, as: UTF8.self) else {
            return .refused(why: "a SCRAM message that is no text of at most \(Self.largestMessage) bytes")
        }
        switch state {
        case .expectingFirst: return self.receivedFirst(text)
        case .expectingFinal(let challenge): return Self.receivedFinal(text, challenge)
        case .ended: return .refused(why: "a SCRAM message after the exchange had ended")
        }
    }

    private mutating func receivedFirst(_ text: String) -> Step {
        // gs2-cbind-flag "," [authzid] "," client-first-message-bare
        let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return .refused(why: "a first SCRAM message without its header n,,") }
        if parts[0].hasPrefix("p=") { return .refused(why: "SCRAM with channel binding, which is not offered") }
        guard parts[0] == "n" || parts[0] == "y" else {
            return .refused(why: "a first SCRAM message that does not begin with n,, or y,,")
        }
        let attributes = parts[2].split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 2, attributes[0].hasPrefix("n="), attributes[1].hasPrefix("r=") else {
            let isExtended = attributes[0].hasPrefix("m=")
            return .refused(
                why: isExtended ? "a SCRAM extension that is unknown" : "a first SCRAM message without n= and r="
            )
        }
        guard let username = Self.name(attributes[0].dropFirst(2)), !username.isEmpty else {
            return .refused(why: "a SCRAM user name with a stray = in it")
        }
        let nonce = attributes[1].dropFirst(2)
        guard (1...512).contains(nonce.utf8.count), nonce.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return .refused(why: "a SCRAM nonce that is not 1 to 512 printable characters")
        }
        if !parts[1].isEmpty, parts[1].hasPrefix("a=") ? Self.name(parts[1].dropFirst(2)) != username : true {
            return .refused(why: "a SCRAM user who wants to act for another one")
        }
        let (verifier, isKnown) = self.users.verifier(of: username)
        let whole = String(nonce) + self.ownNonce
        let answer = "r=\(whole),s=\(Base64.encode(verifier.salt)),i=\(verifier.iterations)"
        self.state = .expectingFinal(
            Challenge(
                username: username,
                header: "\(parts[0]),\(parts[1]),",
                firstBare: String(parts[2]),
                serverFirst: answer,
                nonce: whole,
                verifier: verifier,
                isKnown: isKnown
            )
        )
        return .challenge(Array(answer.utf8))
    }

    private static func receivedFinal(_ text: String, _ challenge: Challenge) -> Step {
        let attributes = text.split(separator: ",", omittingEmptySubsequences: false)
        guard attributes.count >= 3, let last = attributes.last, last.hasPrefix("p="),
            let proof = Base64.decode(last.dropFirst(2)), proof.count == 32
        else { return .refused(why: "a last SCRAM message without c=, r= and a proof of 32 bytes") }
        guard attributes[0] == "c=\(Base64.encode(challenge.header.utf8))" else {
            return .refused(why: "a last SCRAM message whose c= is not the header of the first")
        }
        guard Digests.areEqual(Array(attributes[1].utf8), Array("r=\(challenge.nonce)".utf8)) else {
            return .refused(why: "a last SCRAM message with another nonce")
        }
        let withoutProof = attributes.dropLast().joined(separator: ",")
        let signed = Array("\(challenge.firstBare),\(challenge.serverFirst),\(withoutProof)".utf8)
        let signature = Digests.hmacSHA256(key: challenge.verifier.storedKey, signed)
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        let isRight = Digests.areEqual(Digests.sha256(clientKey), challenge.verifier.storedKey)
        guard isRight, challenge.isKnown else { return .refused(why: "wrong user name or password") }
        let answer = "v=" + Base64.encode(Digests.hmacSHA256(key: challenge.verifier.serverKey, signed))
        return .accepted(username: challenge.username, final: Array(answer.utf8))
    }

    /// A `saslname`, in which `=2C` is a comma and `=3D` an equals sign; nil when another `=` is in it.
    private static func name(_ text: Substring) -> String? {
        var name = ""
        var rest = text
        while let mark = rest.firstIndex(of: "=") {
            name += rest[..<mark]
            rest = rest[mark...]
            if rest.hasPrefix("=2C") {
                name += ","
            } else if rest.hasPrefix("=3D") {
                name += "="
            } else {
                return nil
            }
            rest = rest.dropFirst(3)
        }
        return name + rest
    }
}
