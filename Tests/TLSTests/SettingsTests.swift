import COpenSSL
import TLS
import Testing

@Suite("TLS settings that cannot work")
struct SettingsTests {
    private func problem(_ change: (inout TestSite) throws -> Void) throws -> TLSError? {
        var site = try TestSite()
        try change(&site)
        do { _ = try TLSServerContext(site.server) } catch { return error }
        return nil
    }

    @Test("a file that is not there, or is no file, is named")
    func unreadable() throws {
        let missing = try self.problem { $0.server.certificate.certificate = "/no/such.pem" }
        #expect(
            missing?.description
                == "/no/such.pem: cannot be read: No such file or directory; give a file that this user may read"
        )
        #expect(
            try self.problem { $0.server.certificate.key = "/tmp" }?.problem == .unreadable("it is not a regular file")
        )
    }

    @Test("a file without what it should have is told apart from a damaged one")
    func contents() throws {
        #expect(
            try self.problem { $0.server.certificate.certificate = $0.localhost.files.key }?.problem == .noCertificate
        )
        #expect(try self.problem { $0.server.certificate.key = $0.localhost.files.certificate }?.problem == .noKey)
        #expect(try self.problem { try write([], to: $0.localhost.files.certificate) }?.problem == .noCertificate)
        #expect(try self.problem { try write([], to: $0.localhost.files.key) }?.problem == .noKey)
        let damaged = try self.problem { site in
            var pem = try read(site.localhost.files.certificate)
            for index in 100..<110 { pem[index] = 0x21 }
            try write(pem, to: site.localhost.files.certificate)
        }
        guard case .malformed? = damaged?.problem else {
            Issue.record("\(String(describing: damaged))")
            return
        }
        #expect(
            try self.problem { $0.server.certificate.key = try $0.certificates.encryptedKey(of: $0.localhost) }?.problem
                == .encryptedKey
        )
    }

    @Test("a key of another certificate is refused")
    func mismatch() throws {
        let error = try self.problem { $0.server.certificate.key = $0.authority.files.key }
        guard case .keyOfAnother? = error?.problem else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("dates are looked at before a client does")
    func dates() throws {
        var options = TestCertificates.Options(names: "DNS:localhost")
        options.notAfter = "20260101000000Z"
        let expired = try self.problem {
            $0.server.certificate = try $0.certificates.server(by: $0.authority, options).files
        }
        #expect(expired?.problem == .expired(since: 1_767_225_600))
        #expect(expired?.description.hasSuffix("the certificate expired on 2026-01-01; have it renewed") == true)
        options.notBefore = "20900101000000Z"
        options.notAfter = "21000101000000Z"
        let early = try self.problem {
            $0.server.certificate = try $0.certificates.server(by: $0.authority, options).files
        }
        #expect(early?.problem == .notYetValid(from: 3_786_912_000))
    }

    @Test("a key that is too small is refused")
    func weak() throws {
        let options = TestCertificates.Options(names: "DNS:localhost", key: .rsa(bits: 1_024))
        let error = try self.problem {
            $0.server.certificate = try $0.certificates.server(by: $0.authority, options).files
        }
        guard case .tooWeak? = error?.problem else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("revocation lists that verify nobody are refused")
    func lists() throws {
        func problem(_ make: (TestSite) throws -> String) throws -> TLSError.Problem? {
            try self.problem {
                $0.demandCertificates(nil)
                $0.server.revocationListFile = try make($0)
            }?.problem
        }
        let expired = try problem {
            try $0.certificates.revocationList([], by: $0.authority, nextUpdate: "20260101000000Z")
        }
        #expect(expired == .revocationListExpired(issuer: "CN=Test CA,O=Example", since: 1_767_225_600))
        let forged = try problem {
            try $0.certificates.revocationList([], by: $0.authority, signedBy: $0.localhost)
        }
        #expect(forged == .revocationListForged(issuer: "CN=Test CA,O=Example"))
        #expect(try problem { $0.authority.files.certificate } == .noRevocationList)
        let early = try problem {
            try $0.certificates.revocationList([], by: $0.authority, lastUpdate: "20900101000000Z")
        }
        #expect(early == .revocationListNotYetValid(issuer: "CN=Test CA,O=Example", from: 3_786_912_000))
    }

    @Test("a staple that clients would refuse is refused")
    func staples() throws {
        func problem(_ make: (TestSite) throws -> String) throws -> TLSError.Problem? {
            try self.problem { $0.server.stapleFile = try make($0) }?.problem
        }
        #expect(try problem { try $0.certificates.staple(for: $0.localhost, by: $0.authority) } == nil)
        #expect(
            try problem { try $0.certificates.staple(for: $0.authority, by: $0.authority) }
                == .stapleOfAnotherCertificate
        )
        #expect(
            try problem {
                try $0.certificates.staple(for: $0.localhost, by: $0.authority, status: V_OCSP_CERTSTATUS_REVOKED)
            } == .stapleSaysRevoked
        )
        #expect(
            try problem {
                try $0.certificates.staple(for: $0.localhost, by: $0.authority, nextUpdate: "20260101000000Z")
            } == .stapleExpired(since: 1_767_225_600)
        )
        guard case .stapleRefused? = try problem({ $0.localhost.files.certificate }) else {
            Issue.record("a certificate was taken for an OCSP response")
            return
        }
    }

    @Test("an unknown suite is refused with the likeliest name")
    func suites() throws {
        let error = try self.problem { $0.server.cipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265"] }
        #expect(
            error?.description
                == "unknown cipher suite 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265'; "
                + "did you mean 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'?"
        )
        #expect(
            try self.problem { $0.server.cipherSuites = ["nonsense"] }?.problem
                == .unknownCipherSuite("nonsense", suggestion: nil)
        )
        let unused = try self.problem {
            $0.server.minimumVersion = .v1_3
            $0.server.cipherSuites = ["ECDHE-RSA-AES128-GCM-SHA256"]
        }
        #expect(unused?.problem == .cipherSuitesNotOffered(["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]))
    }

    @Test("settings that contradict each other are refused")
    func contradictions() throws {
        let versions = try self.problem {
            $0.server.minimumVersion = .v1_3
            $0.server.maximumVersion = .v1_2
        }
        #expect(versions?.problem == .versions(.v1_3, .v1_2))
        #expect(try self.problem { $0.server.clientAuthentication = .required }?.problem == .noClientCA)
        #expect(try self.problem { $0.server.applicationProtocols = [""] }?.problem == .protocolName(""))
    }
}

@Suite("What stands in a certificate")
struct CertificateInfoTests {
    @Test("all fields are read")
    func fields() throws {
        let site = try TestSite()
        let issued = try site.certificates.issue(
            "Ærø",
            by: site.authority,
            .init(names: "DNS:a.example,DNS:*.b.example,IP:192.0.2.1,IP:2001:db8::1,URI:urn:x,email:a@b.example")
        )
        let all = try CertificateInfo.read(issued.files.certificate)
        #expect(all.count == 2)
        let leaf = all[0]
        #expect(leaf.subject == "CN=Ærø,O=Example")
        #expect(leaf.issuer == "CN=Test CA,O=Example")
        #expect(leaf.serial == "1003")
        #expect(leaf.dnsNames == ["a.example", "*.b.example"])
        #expect(leaf.addresses == ["192.0.2.1", "2001:db8:0:0:0:0:0:1"])
        #expect(leaf.uris == ["urn:x"])
        #expect(leaf.emails == ["a@b.example"])
        #expect(leaf.notBefore == 1_577_836_800)
        #expect(leaf.notAfter == 4_102_444_800)
        #expect(leaf.keyType == "EC P-256")
        #expect(leaf.keyBits == 256)
        #expect(leaf.signatureAlgorithm == "ecdsa-with-SHA256")
        #expect(!leaf.isCA && !leaf.isSelfSigned)
        #expect(leaf.fingerprint.count == 64)
        #expect(all[1].isCA && all[1].isSelfSigned)
        #expect(leaf.dateProblem(at: 4_102_444_800) == nil)
        #expect(leaf.dateProblem(at: 4_102_444_801) == "expired on 2100-01-01")
        #expect(leaf.dateProblem(at: 0) == "is not valid before 2020-01-01")
        let rsa = try site.certificates.issue("r", by: nil, .init(key: .rsa(bits: 2_048)))
        #expect(try CertificateInfo.read(rsa.files.certificate).map(\.keyType) == ["RSA"])
    }
}
