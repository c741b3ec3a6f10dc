import Machine
import TLS
import Testing

@Suite("What a server says of a client's certificate")
struct ClientCertificateTests {
    @Test("a verified certificate's names are the connection's facts", arguments: TLSVersion.allCases)
    func identity(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        let shown = try site.certificates.issue(
            "sensor-7",
            by: site.authority,
            .init(names: "DNS:s7.example,URI:urn:device:7", usage: "clientAuth")
        )
        site.demandCertificates(shown)
        let pair = try site.meet()
        #expect(pair.areOpen)
        let facts = try #require(pair.serverFacts?.certificate)
        #expect(facts.subject == "CN=sensor-7,O=Example")
        #expect(facts.commonName == "sensor-7")
        #expect(facts.dnsNames == ["s7.example"])
        #expect(facts.uris == ["urn:device:7"])
        #expect(facts.fingerprint == (try CertificateInfo.read(shown.files.certificate)[0].fingerprint))
    }

    @Test("a client may come through an intermediate CA")
    func intermediate() throws {
        var site = try TestSite()
        let below = try site.certificates.authority("Plant CA", by: site.authority)
        site.demandCertificates(try site.certificates.client(by: below))
        #expect(try site.meet().areOpen)
    }

    @Test("none is an end where one is required, and none where it is optional", arguments: TLSVersion.allCases)
    func missing(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        site.demandCertificates(nil)
        let pair = try site.meet()
        #expect(pair.serverFailure == LayerFailure("the client showed no certificate"))
        #expect(pair.clientFailure != nil)
        if version == .v1_3 { #expect(pair.clientFailure?.reason == "the server demands a certificate") }
        site.server.clientAuthentication = .optional
        let other = try site.meet()
        #expect(other.areOpen)
        #expect(other.serverFacts?.certificate == nil)
    }

    @Test("an optional certificate that is wrong is refused, not overlooked")
    func optionalIsVerified() throws {
        var site = try TestSite()
        site.demandCertificates(try site.certificates.client(by: nil))
        site.server.clientAuthentication = .optional
        let file = try #require(site.server.clientCAFile)
        #expect(
            try site.meet().serverFailure?.reason
                == "the client's certificate 'CN=sensor-7,O=Example' is self-signed and not in \(file)"
        )
    }

    @Test("one that has expired, or is not valid yet, is refused with the date", arguments: TLSVersion.allCases)
    func dates(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        var options = TestCertificates.Options(usage: "clientAuth")
        options.notAfter = "20250601000000Z"
        site.demandCertificates(try site.certificates.issue("old", by: site.authority, options))
        var pair = try site.meet()
        #expect(
            pair.serverFailure == LayerFailure("the client's certificate 'CN=old,O=Example' expired on 2025-06-01")
        )
        #expect(
            pair.clientFailure
                == LayerFailure("the server refuses our certificate: certificate expired", isPeersFault: false)
        )
        options.notBefore = "20900102000000Z"
        options.notAfter = "21000101000000Z"
        site.demandCertificates(try site.certificates.issue("new", by: site.authority, options))
        pair = try site.meet()
        let early = "the client's certificate 'CN=new,O=Example' is not valid before 2090-01-02"
        #expect(pair.serverFailure == LayerFailure(early))
    }

    @Test("an issuer that is not trusted is named")
    func unknownIssuer() throws {
        var site = try TestSite()
        let stranger = try site.certificates.authority("Other CA")
        site.demandCertificates(try site.certificates.client(by: stranger))
        let file = site.authority.files.certificate
        let pair = try site.meet()
        #expect(
            pair.serverFailure
                == LayerFailure(
                    "the issuing certificate 'CN=Other CA,O=Example', which the chain ends at, is not in \(file)"
                )
        )
        #expect(
            pair.clientFailure?.reason == "the server does not trust our certificate: unknown CA"
        )
    }

    @Test("a certificate made for servers is none for clients")
    func wrongPurpose() throws {
        var site = try TestSite()
        site.demandCertificates(site.localhost)
        #expect(
            try site.meet().serverFailure?.reason
                == "the client's certificate 'CN=localhost,O=Example' was not made for clients, its extended key usage says"
        )
    }

    @Test("a revoked one is refused, one that is not in the list is served")
    func revoked() throws {
        var site = try TestSite()
        let (bad, good) = (
            try site.certificates.client("bad", by: site.authority),
            try site.certificates.client("good", by: site.authority)
        )
        site.server.revocationListFile = try site.certificates.revocationList([bad], by: site.authority)
        site.demandCertificates(bad)
        #expect(
            try site.meet().serverFailure == LayerFailure("the client's certificate 'CN=bad,O=Example' was revoked")
        )
        site.demandCertificates(good)
        #expect(try site.meet().areOpen)
    }

    @Test("an issuer without a list is refused, and it is not the client's fault")
    func missingList() throws {
        var site = try TestSite()
        let below = try site.certificates.authority("Plant CA", by: site.authority)
        site.demandCertificates(try site.certificates.client(by: below))
        let file = try site.certificates.revocationList([], by: site.authority)
        site.server.revocationListFile = file
        #expect(
            try site.meet().serverFailure
                == LayerFailure(
                    "there is no revocation list of 'CN=Plant CA,O=Example' in \(file)",
                    isPeersFault: false
                )
        )
        // With both lists in the file, each issuer's certificates are looked up.
        let both = try read(file) + read(site.certificates.revocationList([], by: below, named: "below.pem"))
        try write(both, to: file)
        #expect(try site.meet().areOpen)
        // An issuer that was taken back takes what it issued with it.
        _ = try site.certificates.revocationList([below], by: site.authority)
        try write(try read(file) + read(site.certificates.path("below.pem")), to: file)
        #expect(try site.meet().serverFailure?.reason == "the issuing certificate 'CN=Plant CA,O=Example' was revoked")
    }

    @Test("a list that has run out verifies nobody, and it is not the client's fault")
    func expiredList() throws {
        var site = try TestSite()
        site.demandCertificates(try site.certificates.client(by: site.authority))
        let file = try site.certificates.revocationList([], by: site.authority, nextUpdate: "20260101000000Z")
        site.server.revocationListFile = file
        let words = "the revocation list of 'CN=Test CA,O=Example' in \(file) expired on 2026-01-01"
        #expect(try site.meet().serverFailure == LayerFailure(words, isPeersFault: false))
    }

    @Test("a chain beyond what a handshake may carry is refused")
    func giantChain() throws {
        var site = try TestSite()
        let shown = try site.certificates.client(by: site.authority)
        let one = try read(site.authority.files.certificate)
        let all = try read(shown.files.certificate) + (0..<100).flatMap { _ in one }
        try write(all, to: shown.files.certificate)
        site.demandCertificates(shown)
        #expect(
            try site.meet().serverFailure?.reason
                == "the client sent more than a message may have (32 KiB for certificates)"
        )
    }
}

@Suite("What a client says of a server's certificate")
struct ServerCertificateTests {
    @Test("a date that is over or to come is told")
    func dates() throws {
        var site = try TestSite()
        var options = TestCertificates.Options(names: "DNS:localhost")
        options.notAfter = "20260101000000Z"
        site.server.certificate = try site.certificates.server(by: site.authority, options).files
        var pair = try site.meet()
        #expect(pair.clientFailure == LayerFailure("the server's certificate expired on 2026-01-01"))
        #expect(
            pair.serverFailure
                == LayerFailure("the client refuses our certificate: certificate expired", isPeersFault: false)
        )
        options.notBefore = "20900101000000Z"
        options.notAfter = "21000101000000Z"
        site.server.certificate = try site.certificates.server(by: site.authority, options).files
        pair = try site.meet()
        #expect(pair.clientFailure?.reason == "the server's certificate is not valid before 2090-01-01")
    }

    @Test("a certificate for another host names both")
    func wrongHost() throws {
        var site = try TestSite()
        site.server.certificate = try site.certificates.server("a.example", by: site.authority).files
        #expect(
            try site.meet().clientFailure?.reason == "the server's certificate is for a.example and not for localhost"
        )
        site.client.serverName = "127.0.0.1"
        #expect(
            try site.meet().clientFailure?.reason == "the server's certificate is for a.example and not for 127.0.0.1"
        )
        site.client.verifiesName = false
        #expect(try site.meet().areOpen)
    }

    @Test("an address is verified as one, and is not asked for by name", arguments: ["127.0.0.1", "::1"])
    func address(_ address: String) throws {
        var site = try TestSite()
        let options = TestCertificates.Options(names: "IP:127.0.0.1,IP:::1")
        site.server.certificate = try site.certificates.server(by: site.authority, options).files
        site.client.serverName = address
        let pair = try site.meet()
        #expect(pair.areOpen)
        #expect(pair.serverFacts?.serverName == nil)
    }

    @Test("a self-signed one is refused, unless it is in the file")
    func selfSigned() throws {
        var site = try TestSite()
        let own = try site.certificates.server(by: nil)
        site.server.certificate = own.files
        let file = site.authority.files.certificate
        let pair = try site.meet()
        #expect(pair.clientFailure?.reason == "the server's certificate is self-signed and not in \(file)")
        #expect(
            pair.serverFailure
                == LayerFailure("the client does not trust our certificate: unknown CA", isPeersFault: false)
        )
        site.client.caFile = own.files.certificate
        #expect(try site.meet().areOpen)
    }

    @Test("an issuer that is not trusted is named")
    func unknownIssuer() throws {
        var site = try TestSite()
        let stranger = try site.certificates.authority("Other CA")
        let server = try site.certificates.server(by: stranger)
        site.server.certificate = server.files
        // Only the certificate itself, as most servers send it.
        let whole = String(decoding: try read(server.files.certificate), as: UTF8.self)
        let end = "-----END CERTIFICATE-----\n"
        try write(
            Array((String(whole.prefix { _ in true }.split(separator: end, maxSplits: 1)[0]) + end).utf8),
            to: server.files.certificate
        )
        let file = site.authority.files.certificate
        #expect(
            try site.meet().clientFailure?.reason
                == "the server's certificate was issued by 'CN=Other CA,O=Example', who is not in \(file)"
        )
        site.client.caFile = nil
        #expect(
            try site.meet().clientFailure?.reason
                == "the server's certificate was issued by 'CN=Other CA,O=Example', who is not in what this system trusts"
        )
    }

    @Test("a revoked one is refused")
    func revoked() throws {
        var site = try TestSite()
        site.client.revocationListFile = try site.certificates.revocationList([site.localhost], by: site.authority)
        #expect(try site.meet().clientFailure?.reason == "the server's certificate was revoked")
    }

    @Test("an insecure client talks to anybody and knows what is wrong", arguments: TLSVersion.allCases)
    func insecure(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        site.server.certificate = try site.certificates.server("a.example", by: site.authority).files
        site.client.isInsecure = true
        let pair = try site.meet()
        #expect(pair.areOpen)
        #expect(
            pair.client.report?.problem == "the server's certificate is for a.example and not for localhost"
        )
    }

    @Test("an insecure client that resumes still knows that something is wrong")
    func insecureResumed() throws {
        var site = try TestSite()
        site.server.certificate = try site.certificates.server(by: nil).files
        site.client.isInsecure = true
        let (server, client) = (try site.makeServer(), try TLSClientContext(site.client))
        for isResumed in [false, true] {
            let pair = LayerPair(client.makeLayer(), server.makeLayer()).run()
            #expect(pair.client.report?.facts.isResumed == isResumed)
            #expect(pair.client.report?.problem?.contains("self-signed") == true)
        }
    }

    @Test("a report says what was settled")
    func report() throws {
        var site = try TestSite()
        site.server.stapleFile = try site.certificates.staple(for: site.localhost, by: site.authority)
        let report = try #require(try site.meet().client.report)
        #expect(report.facts.version == "TLSv1.3")
        #expect(report.problem == nil)
        #expect(report.hasStaple)
        #expect(report.chain.map(\.subject) == ["CN=localhost,O=Example", "CN=Test CA,O=Example"])
        site.server.stapleFile = nil
        #expect(try site.meet().client.report?.hasStaple == false)
    }
}
