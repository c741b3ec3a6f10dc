import COpenSSL

/// The hash functions that hashes and SCRAM are made of. OpenSSL is met here, and throws nothing: its digests fail only when
/// memory has run out.
enum Digests {
    static func sha256(_ bytes: [UInt8]) -> [UInt8] { self.digest(bytes, EVP_sha256(), count: 32) }
    static func sha512(_ bytes: [UInt8]) -> [UInt8] { self.digest(bytes, EVP_sha512(), count: 64) }

    static func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var count = 0
        return [UInt8](unsafeUninitializedCapacity: 32) { output, used in
            let made = EVP_Q_mac(
                nil,
                "HMAC",
                nil,
                "SHA256",
                nil,
                key,
                key.count,
                bytes,
                bytes.count,
                output.baseAddress,
                output.count,
                &count
            )
            precondition(made != nil && count == 32, "OpenSSL has no HMAC-SHA-256")
            used = 32
        }
    }

    /// Source: RFC 8018 §5.2.
    ///
    /// - Parameter count: Bytes of the result.
    static func pbkdf2(
        _ function: PBKDF2Function,
        password: [UInt8],
        salt: [UInt8],
        iterations: Int,
        count: Int
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { output, used in
            let done = password.withUnsafeBytes { password in
                PKCS5_PBKDF2_HMAC(
                    password.assumingMemoryBound(to: CChar.self).baseAddress,
                    Int32(password.count),
                    salt,
                    Int32(salt.count),
                    Int32(clamping: iterations),
                    function == .sha256 ? EVP_sha256() : EVP_sha512(),
                    Int32(count),
                    output.baseAddress
                )
            }
            precondition(done == 1, "OpenSSL has no PBKDF2")
            used = count
        }
    }

    /// Bytes that nobody can guess.
    static func random(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { output, used in
            // A generator that cannot be seeded must not go on with what is in memory.
            precondition(RAND_bytes(output.baseAddress, Int32(count)) == 1, "OpenSSL has no random numbers")
            used = count
        }
    }

    /// Compares in a time that does not depend on where the two differ; their lengths are no secret.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    private static func digest(_ bytes: [UInt8], _ function: OpaquePointer?, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { output, used in
            var length: UInt32 = 0
            let done = EVP_Digest(bytes, bytes.count, output.baseAddress, &length, function, nil)
            precondition(done == 1 && Int(length) == count, "OpenSSL lacks a hash function")
            used = count
        }
    }
}

enum PBKDF2Function { case sha256, sha512 }
