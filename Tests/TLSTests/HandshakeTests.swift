import COpenSSL
import Machine
import TLS
import Testing

@Suite("TLS handshakes and what goes through")
struct HandshakeTests {
    @Test("both versions shake hands, and say so", arguments: TLSVersion.allCases)
    func versions(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        let pair = try site.meet()
        #expect(pair.areOpen)
        #expect(pair.serverFacts?.version == (version == .v1_2 ? "TLSv1.2" : "TLSv1.3"))
        #expect(pair.serverFacts?.serverName == "localhost")
        #expect(pair.serverFacts?.isResumed == false)
        #expect(pair.serverFacts?.certificate == nil)
        let suites = ["TLS_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]
        #expect(suites.contains(pair.serverFacts?.cipher ?? ""))
    }

    @Test("a handshake and what follows may come byte by byte", arguments: TLSVersion.allCases)
    func byteByByte(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        site.demandCertificates(try site.certificates.client(by: site.authority))
        let pair = try site.meet(step: 1)
        #expect(pair.areOpen)
        try pair.clientSends([1, 2, 3])
        try pair.serverSends([4, 5])
        pair.run(step: 1)
        #expect(pair.atServer == [1, 2, 3])
        #expect(pair.atClient == [4, 5])
    }

    @Test("1 MiB comes out as it went in, whatever the cuts", arguments: [1 << 20, 16 << 10, 4_099])
    func megabyte(_ step: Int) throws {
        let pair = try TestSite().meet()
        let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try pair.clientSends(bytes)
        try pair.serverSends(bytes)
        pair.run(step: step)
        #expect(pair.atServer == bytes)
        #expect(pair.atClient == bytes)
    }

    @Test("what follows a handshake in one read is not lost")
    func dataBehindTheHandshake() throws {
        let pair = try TestSite().meet()
        try pair.clientSends([1])
        try pair.clientSends([2])
        pair.clientCloses()
        pair.run()
        #expect(pair.atServer == [1, 2])
        #expect(pair.server.hasEnded)
    }

    @Test("close_notify ends the direction, either way")
    func closes() throws {
        let pair = try TestSite().meet()
        pair.serverCloses()
        pair.run()
        #expect(pair.client.hasEnded)
        #expect(!pair.server.hasEnded)
        pair.clientCloses()
        pair.run()
        #expect(pair.server.hasEnded)
        #expect(pair.clientFailure == nil && pair.serverFailure == nil)
    }

    @Test("a server is costly until its handshake is done, a client never")
    func costs() throws {
        let site = try TestSite()
        let layer = try TLSServer(site.server).makeLayer()
        #expect(layer.isCostly)
        let pair = LayerPair(try TLSClientContext(site.client).makeLayer(), layer).run()
        #expect(pair.areOpen)
        #expect(!layer.isCostly)
        #expect(!pair.client.isCostly)
    }

    @Test("a changed byte ends the connection")
    func damage() throws {
        let pair = try TestSite().meet()
        try pair.clientSends([1, 2, 3])
        pair.damage(at: 8)
        pair.run()
        #expect(pair.serverFailure == LayerFailure("a record of the client was damaged or forged"))
        #expect(pair.atServer.isEmpty)
    }

    @Test("new keys are given, a flood of requests for them is ended")
    func keyUpdates() throws {
        let site = try TestSite()
        let server = try site.makeServer().makeLayer()
        let client = RawClient()
        client.talk(to: server)
        try #require(server.isOpen)
        var requests = 0
        while client.serverFailure == nil, requests < 10_000 {
            client.askForNewKeys()
            client.talk(to: server)
            requests += 1
        }
        #expect(client.serverFailure?.reason == "the client asks for new keys again and again")
        #expect(requests > 1_000)
    }

    @Test("a client that begins anew within a connection is refused, and gives up")
    func renegotiation() throws {
        let server = try TestSite().makeServer().makeLayer()
        let client = RawClient()
        client.limit(to: TLS1_2_VERSION)
        client.talk(to: server)
        try #require(server.isOpen)
        client.renegotiate()
        client.talk(to: server)
        let words = "the client ended the connection with the alert 'handshake failure'"
        #expect(client.serverFailure == LayerFailure(words, isPeersFault: false))
    }

    @Test("versions that do not overlap are told on both sides")
    func versionTooOld() throws {
        var site = try TestSite()
        site.server.minimumVersion = .v1_3
        site.client.maximumVersion = .v1_2
        var pair = try site.meet()
        #expect(pair.serverFailure?.reason == "the client's TLS is too old, at least TLS 1.3 is needed")
        #expect(
            pair.clientFailure
                == LayerFailure("the server speaks none of the TLS versions allowed here", isPeersFault: false)
        )
        site = try TestSite()
        site.server.maximumVersion = .v1_2
        site.client.minimumVersion = .v1_3
        pair = try site.meet()
        #expect(
            pair.serverFailure?.reason == "no TLS version in common with the client, TLS 1.2 to TLS 1.2 are allowed"
        )
    }

    @Test("no cipher suite in common is said")
    func noSharedCipher() throws {
        var site = try TestSite()
        // The server's key is EC, and this suite wants RSA.
        site.server.maximumVersion = .v1_2
        site.server.cipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
        #expect(try site.meet().serverFailure?.reason == "no cipher suite in common with the client")
    }

    @Test("the suites that are set are the ones that are spoken")
    func chosenCipher() throws {
        var site = try TestSite()
        site.server.cipherSuites = ["ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_CHACHA20_POLY1305_SHA256"]
        #expect(try site.meet().serverFacts?.cipher == "TLS_CHACHA20_POLY1305_SHA256")
        site.client.maximumVersion = .v1_2
        #expect(try site.meet().serverFacts?.cipher == "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
    }

    @Test("an RSA certificate serves as well")
    func rsa() throws {
        var site = try TestSite()
        let options = TestCertificates.Options(names: "DNS:localhost", key: .rsa(bits: 2_048))
        site.server.certificate = try site.certificates.server(by: site.authority, options).files
        #expect(try site.meet().areOpen)
    }
}

@Suite("ALPN and SNI")
struct NegotiationTests {
    @Test("the server's first choice among what the client offers is taken")
    func agreed() throws {
        var site = try TestSite()
        site.server.applicationProtocols = ["mqtt"]
        site.client.applicationProtocols = ["http/1.1", "mqtt"]
        let pair = try site.meet()
        #expect(pair.client.report?.applicationProtocol == "mqtt")
    }

    @Test("a client that offers no protocol is served")
    func none() throws {
        var site = try TestSite()
        site.server.applicationProtocols = ["mqtt"]
        let pair = try site.meet()
        #expect(pair.areOpen)
        #expect(pair.client.report?.applicationProtocol == nil)
    }

    @Test("a client that offers only others is refused, and both say why")
    func refused() throws {
        var site = try TestSite()
        site.server.applicationProtocols = ["mqtt"]
        site.client.applicationProtocols = ["h2", "x\ny"]
        let pair = try site.meet()
        #expect(
            pair.serverFailure?.reason == "the client wants to speak h2, x?y (ALPN), and this listener speaks mqtt"
        )
        #expect(pair.clientFailure?.reason == "the server speaks none of the protocols offered (ALPN)")
    }

    @Test(
        "a name chooses the certificate, an unknown one the first",
        arguments: [
            ("localhost", 0), ("b.example", 1), ("B.Example", 1), ("x.wild.example", 2), ("x.y.wild.example", 0),
            ("nobody.example", 0),
        ]
    )
    func names(_ name: String, _ expected: Int) throws {
        var site = try TestSite()
        let more = try ["b.example", "*.wild.example"].map {
            try site.certificates.server($0, by: site.authority).files
        }
        site.server.moreCertificates = more
        site.client.serverName = name
        site.client.verifiesName = false
        let pair = try site.meet()
        #expect(pair.areOpen)
        let fingerprints = try ([site.server.certificate] + more).map { try CertificateInfo.read($0.certificate)[0] }
        #expect(pair.client.report?.chain.first == fingerprints[expected])
        #expect(pair.serverFacts?.serverName?.lowercased() == name.lowercased())
    }
}
