import Testing

@testable import Credentials

@Suite("SCRAM-SHA-256")
struct ScramTests {
    /// RFC 7677 §3: user `user`, password `pencil`.
    private static let verifier =
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    private static let serverNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    private static let first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    private static let challenge =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    private static let last =
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="

    private func server(_ lines: String = "user:\(verifier)") throws -> ScramServer {
        let file = try PasswordFile(Array(lines.utf8), name: "users")
        return ScramServer(users: UserDirectory(file), nonce: Self.serverNonce)
    }

    private func text(_ step: ScramServer.Step) -> String? {
        if case .challenge(let data) = step { return String(decoding: data, as: UTF8.self) }
        return nil
    }

    private func refusal(_ step: ScramServer.Step) -> String? { if case .refused(let why) = step { why } else { nil } }

    @Test("RFC 7677's example goes as the RFC says [§3]")
    func vector() throws {
        var server = try self.server()
        #expect(self.text(server.received(Array(Self.first.utf8))) == Self.challenge)
        let final = Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8)
        #expect(server.received(Array(Self.last.utf8)) == .accepted(username: "user", final: final))
        #expect(self.refusal(server.received(Array(Self.last.utf8))) == "a SCRAM message after the exchange had ended")
    }

    @Test("a verifier is PostgreSQL's text, and takes its password sent in full")
    func verifiers() throws {
        let verifier = try ScramVerifier(Self.verifier)
        #expect(verifier.text == Self.verifier && verifier.matches(Array("pencil".utf8)))
        #expect(!verifier.matches(Array("pencils".utf8)) && !verifier.matches([]))
        #expect(ScramVerifier(of: Array("pencil".utf8), salt: verifier.salt, iterations: 4_096) == verifier)
        let own = ScramVerifier(of: Array("pencil".utf8))
        #expect(own.iterations == 4_096 && own.salt != verifier.salt && own.matches(Array("pencil".utf8)))
        #expect(try ScramVerifier(own.text) == own)
    }

    @Test("a wrong proof, and any changed part of the last message, is refused")
    func wrongEnds() throws {
        let proof = "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        let nonce = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
        for (message, why) in [
            ("c=biws,\(nonce),p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=", "without c=, r= and a proof"),
            ("c=biws,\(nonce),p=eHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "wrong user name or password"),
            ("c=eSws,\(nonce),\(proof)", "not the header of the first"), ("c=biws,\(nonce)x,\(proof)", "another nonce"),
            ("c=biws,r=rOprNGfwEbeRWgbNEkqO,\(proof)", "another nonce"), ("c=biws,\(nonce)", "a proof of 32 bytes"),
            ("c=biws,\(nonce),x=1,\(proof)", "wrong user name or password"), ("", "a proof of 32 bytes"),
        ] {
            var server = try self.server()
            _ = server.received(Array(Self.first.utf8))
            #expect(self.refusal(server.received(Array(message.utf8)))?.contains(why) == true, "\(message)")
        }
    }

    @Test(
        "a first message that is none is refused, and says why",
        arguments: [
            ("p=tls-unique,,n=user,r=abc", "channel binding, which is not offered"), ("n,,n=user", "without n= and r="),
            ("n,,m=x,n=user,r=abc", "extension that is unknown"), ("x,,n=user,r=abc", "begin with n,, or y,,"),
            ("n", "without its header"), ("", "without its header"), ("n,,n=us=er,r=abc", "stray ="),
            ("n,,n=,r=abc", "stray ="), ("n,,n=user,r=", "1 to 512 printable"), ("n,,n=user,r=a\u{7F}", "printable"),
            ("n,a=root,n=user,r=abc", "act for another"), ("n,x,n=user,r=abc", "act for another"),
            ("n,,n=user,r=" + String(repeating: "a", count: 5_000), "at most 4096 bytes"),
        ]
    )
    func wrongStarts(_ message: String, _ why: String) throws {
        var server = try self.server()
        #expect(self.refusal(server.received(Array(message.utf8)))?.contains(why) == true)
    }

    @Test("names with commas and equals signs travel as =2C and =3D; the same authorization name and y,, are taken")
    func names() throws {
        for first in ["n,,n=a=2Cb=3D=2C,r=abc", "y,a=a=2Cb=3D=2C,n=a=2Cb=3D=2C,r=abc,x=later"] {
            var server = try self.server("a,b=,:\(Self.verifier)")
            #expect(self.text(server.received(Array(first.utf8)))?.contains("s=W22ZaJ0SNY7soEsUEjb6gQ==") == true)
        }
    }

    @Test("somebody unknown gets a salt like anybody's, the same each time, and fails at the end")
    func unknown() throws {
        let challenge = { (name: String) in
            var server = try self.server()
            return self.text(server.received(Array("n,,n=\(name),r=abc".utf8)))
        }
        let first = try #require(try challenge("nobody"))
        #expect(try challenge("nobody") == first)
        #expect(try challenge("somebody") != first)
        #expect(first.utf8.count == (try challenge("user"))?.utf8.count && first.hasSuffix(",i=4096"))
        var server = try self.server()
        _ = server.received(Array("n,,n=nobody,r=rOprNGfwEbeRWgbNEkqO".utf8))
        #expect(self.refusal(server.received(Array(Self.last.utf8))) == "wrong user name or password")
    }

    @Test("a user without a verifier is as unknown to SCRAM as one who is not there")
    func hashOnly() throws {
        let lines = "user:\(Self.verifier)\nplain:$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/\n"
        var server = try self.server(lines)
        #expect(self.text(server.received(Array("n,,n=plain,r=abc".utf8)))?.hasSuffix(",i=4096") == true)
        let directory = UserDirectory(try PasswordFile(Array(lines.utf8), name: "users"))
        #expect(directory.verifier(of: "user").isKnown && !directory.verifier(of: "plain").isKnown)
    }
}
