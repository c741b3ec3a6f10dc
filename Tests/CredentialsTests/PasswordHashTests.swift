import Testing

@testable import Credentials

private let password = Array("correct horse".utf8)
private let other = Array("pa:ss wörd".utf8)

@Suite("Hashes of passwords")
struct PasswordHashTests {
    /// Made by other programs: argon2-cffi, mosquitto_passwd 2.0, Python's hashlib, `openssl passwd`, and crypt(3) through Perl.
    static let vectors: [(String, [UInt8], String)] = [
        (
            "$argon2id$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$5jdMIzWoFbzSOl6k3wai9uU3f8LD+HmGXQgo1uhHQPI", password,
            "argon2id m=64,t=2,p=1"
        ),
        (
            "$argon2id$v=19$m=128,t=1,p=2$c2FsdHNhbHRzYWx0c2FsdA$cVzdJxBNMflLwDx5o5BEjQ", password,
            "argon2id m=128,t=1,p=2"
        ),
        (
            "$7$101$COKb0mdvhBUyXX/i$aLTLRAJkn39Ld8YS+8w1tiM1EA6kM7cYMVfEtxKz5oFdFTN1wzmuNxZg8VZnz0ECNOyeaO3UiDF4QpUvBSS4EA==",
            password, "pbkdf2-sha512 i=101 (mosquitto)"
        ),
        (
            "$7$1000$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==$1gWnp5pOj830ehWTXFdaZVq1NKrEjJRTCnYXsg/ujsLj4EWkpSW/7b4x3iy73VwQpfu0+aUMhcPyGVNFwKI+bg==",
            other, "pbkdf2-sha512 i=1000 (mosquitto)"
        ),
        (
            "$6$UBchs5yY3CH0S5x9$WBtUq6I7dfeymKtFbcbm/5kYPRWlllnn8G6qRZJAl+G87xJT0gyklYq6P4Y1s5MmY6F+oKn9vUWKHsxl3zC9MQ==",
            other, "sha512 (mosquitto)"
        ),
        (
            "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0",
            password,
            "sha512crypt rounds=5000"
        ),
        (
            "$6$rounds=1000$abcdefgh$DbXqPck5ABZumVXwcH5eMVHsPZwvQ3jylSxpJmKkZVxcoCiC3N0rPerjHmAqL7r6PK6CIeYnO9.vxpbsevscg/",
            password, "sha512crypt rounds=1000"
        ),
        ("$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/", password, "sha256crypt rounds=5000"),
        (
            "$y$j75$LdJMENpBABJJ3hIHjB1Bi.$rfA07bT0O97FNWV5Cb8oFDnoGBJLXwSI4w/PIpLfyy2", password, "yescrypt j75"
        ),
        (
            "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./tK5KU79", password, "yescrypt j9T"
        ),
        ("$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", password, "bcrypt c=4"),
        ("$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", password, "bcrypt c=5"),
    ]

    @Test("a hash that another program made takes its password and no other", arguments: vectors)
    func foreign(_ text: String, _ password: [UInt8], _ summary: String) throws {
        let hash = try PasswordHash(text)
        #expect(hash.matches(password))
        // HMAC fills keys up with zeros, so to PBKDF2 a password that ends in zeros is the one without them.
        let cut = text.hasPrefix("$7$") ? [] : [password + [0], password + [0, 0x20]]
        for wrong in [[], password + [0x20], Array(password.dropLast()), [0] + password] + cut {
            #expect(!hash.matches(wrong))
        }
        #expect(hash.summary == summary && hash.text == text)
    }

    @Test("what fluxctl writes is argon2id of 19 MiB, with a salt of its own each time")
    func own() throws {
        let first = PasswordHash(of: password)
        let second = PasswordHash(of: password)
        #expect(first.text.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$") && first.text != second.text)
        #expect(first.matches(password) && !first.matches(other))
        #expect(try PasswordHash(first.text) == first)
    }

    @Test(
        "a hash that is damaged, or asks for absurd work, is refused when it is read",
        arguments: [
            ("secret", "not kept in the clear"), ("", "not kept in the clear"), ("$", "of a kind that is not read"),
            ("$1$salt$hash", "kind that is not read ($1$)"), ("$argon2i$v=19$m=64,t=2,p=1$a$b", "not read ($argon2i$)"),
            ("$argon2id$v=16$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$5jdMIzWoFbzSOl6k3wai9g", "$argon2id$v=19$"),
            ("$argon2id$v=19$m=64,t=2$c2FsdHNhbHRzYWx0$5jdMIzWoFbzSOl6k3wai9g", "without its cost"),
            ("$argon2id$v=19$m=1048577,t=1,p=1$c2FsdHNhbHRzYWx0$5jdMIzWoFbzSOl6k3wai9g", "the most is 1048576 (1 GiB)"),
            ("$argon2id$v=19$m=1048576,t=17,p=1$c2FsdHNhbHRzYWx0$5jdMIzWoFbzSOl6k3wai9g", "m times t at most"),
            ("$argon2id$v=19$m=64,t=1,p=17$c2FsdHNhbHRzYWx0$5jdMIzWoFbzSOl6k3wai9g", "p is 1 to 16"),
            ("$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHRzYWx0$5jdMIzWoFbzSOl6k3wai9g", "m times t at most"),
            ("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$5jdM", "was cut or changed"),
            ("$7$10000001$COKb0mdvhBUyXX/i$AAAA", "1 to 10000000 are taken"),
            ("$7$0$COKb0mdvhBUyXX/i$AAAA", "1 to 10000000 are taken"),
            ("$7$101$COKb0mdvhBUyXX/i$AAAA", "was cut or changed"),
            ("$7$CU..../....salt$hash", "kind that is not read ($7$)"),
            ("$6$UBchs5yY3CH0S5x9$WBtUq6I7", "was cut or changed"),
            ("$6$rounds=999999999$abcdefgh$DbXq", "rounds=999999999; 1000 to 10000000"),
            ("$2b$17$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", "of cost 17; 4 to 16"),
            ("$2b$04$abcdefghijklmnopqrstuujyd", "was cut or changed"),
            ("$y$jFT$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./tK5KU79", nil),
            ("$y$jJT$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./tK5KU79", "more than 1 GiB"),
            (
                "$y$jzT$F5Jx5fExrKuPp53xLKQ..1$zwtVrjrUCmXcyLTs6oxLTQlzifSUkF8RHJ./tK5KU79",
                "not one that crypt(5) writes"
            ),
        ] as [(String, String?)]
    )
    func refused(_ text: String, _ message: String?) {
        var found: String?
        do throws(HashProblem) { _ = try PasswordHash(text) } catch { found = error.text }
        #expect(found?.contains(message ?? "") == (message == nil ? nil : true), "\(found ?? "taken")")
    }

    @Test("base64 has one way to write some bytes, and the others are refused")
    func base64() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        #expect(Base64.encode(Array("fooba".utf8)) == "Zm9vYmE=" && Base64.encode([]) == "")
        for bad in ["Zg=", "Zg", "Zh==", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm-v"] {
            #expect(Base64.decode(bad) == nil)
        }
        #expect(Base64.decode("Zg", isPadded: false) == Array("f".utf8))
        #expect(Base64.decode("Z", isPadded: false) == nil && Base64.decode("Zg==", isPadded: false) == nil)
    }
}
