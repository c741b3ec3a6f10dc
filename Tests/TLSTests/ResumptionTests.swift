import Machine
import TLS
import Testing

@Suite("TLS sessions that are resumed")
struct ResumptionTests {
    @Test("a second connection resumes, also after a reload", arguments: TLSVersion.allCases)
    func resumes(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        let server = try TLSServer(site.server)
        let client = try TLSClientContext(site.client)
        #expect(LayerPair(client.makeLayer(), server.makeLayer()).run().serverFacts?.isResumed == false)
        let second = LayerPair(client.makeLayer(), server.makeLayer()).run()
        #expect(second.areOpen)
        #expect(second.serverFacts?.isResumed == true)
        try server.reload()
        let third = LayerPair(client.makeLayer(), server.makeLayer()).run()
        #expect(third.serverFacts?.isResumed == true)
        #expect(third.client.report?.facts.isResumed == true)
    }

    @Test("who was verified once is known when it resumes", arguments: TLSVersion.allCases)
    func certificate(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        site.demandCertificates(try site.certificates.client(by: site.authority))
        let server = try TLSServer(site.server)
        let client = try TLSClientContext(site.client)
        let first = LayerPair(client.makeLayer(), server.makeLayer()).run()
        let second = LayerPair(client.makeLayer(), server.makeLayer()).run()
        #expect(second.serverFacts?.isResumed == true)
        #expect(second.serverFacts?.certificate == first.serverFacts?.certificate)
        #expect(second.serverFacts?.certificate?.commonName == "sensor-7")
    }

    @Test(
        "a certificate chosen by name changes nothing about who is verified and resumed",
        arguments: TLSVersion.allCases
    )
    func chosenByName(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        site.demandCertificates(try site.certificates.client(by: site.authority))
        site.server.moreCertificates = [try site.certificates.server("b.example", by: site.authority).files]
        site.client.serverName = "b.example"
        let server = try TLSServer(site.server)
        let client = try TLSClientContext(site.client)
        for isResumed in [false, true] {
            let pair = LayerPair(client.makeLayer(), server.makeLayer()).run()
            #expect(pair.areOpen)
            #expect(pair.serverFacts?.isResumed == isResumed)
            #expect(pair.serverFacts?.certificate?.commonName == "sensor-7")
        }
        site.client.certificate = nil
        let pair = LayerPair(try site.makeClient(), server.makeLayer()).run()
        #expect(pair.serverFailure?.reason == "the client showed no certificate")
    }

    @Test("a ticket is worth nothing once the client was revoked", arguments: TLSVersion.allCases)
    func revocation(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        let shown = try site.certificates.client(by: site.authority)
        site.demandCertificates(shown)
        site.server.revocationListFile = try site.certificates.revocationList([], by: site.authority)
        let server = try TLSServer(site.server)
        let client = try TLSClientContext(site.client)
        #expect(LayerPair(client.makeLayer(), server.makeLayer()).run().areOpen)
        _ = try site.certificates.revocationList([shown], by: site.authority)
        try server.reload()
        let pair = LayerPair(client.makeLayer(), server.makeLayer()).run()
        #expect(pair.serverFailure?.reason == "the client's certificate 'CN=sensor-7,O=Example' was revoked")
    }

    @Test("a ticket of a listener without certificates opens none that demands them")
    func otherListener() throws {
        var site = try TestSite()
        let open = try TLSServer(site.server)
        let client = try TLSClientContext(site.client)
        #expect(LayerPair(client.makeLayer(), open.makeLayer()).run().areOpen)
        site.demandCertificates(nil)
        let strict = try TLSServer(site.server)
        let pair = LayerPair(client.makeLayer(), strict.makeLayer()).run()
        #expect(pair.serverFailure?.reason == "the client showed no certificate")
    }

    @Test("without tickets nothing is resumed", arguments: TLSVersion.allCases)
    func off(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        site.server.resumesSessions = false
        let server = try TLSServer(site.server)
        let client = try TLSClientContext(site.client)
        for _ in 0..<3 {
            let pair = LayerPair(client.makeLayer(), server.makeLayer()).run()
            #expect(pair.areOpen)
            #expect(pair.serverFacts?.isResumed == false)
        }
    }

    @Test("several threads shake hands with one server while it is reloaded")
    func threads() async throws {
        let site = try TestSite()
        let server = try site.makeServer()
        let client = try TLSClientContext(site.client)
        let open = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try (0..<25).reduce(0) { sum, round in
                        if round % 5 == 0 { try server.reload() }
                        let pair = LayerPair(client.makeLayer(), server.makeLayer()).run()
                        return sum + (pair.areOpen ? 1 : 0)
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(open == 100)
        #expect(site.certificates.directory != "")  // the files are there until here
    }

    @Test("connections outlive a reload, and new ones get the new certificate")
    func reload() throws {
        let site = try TestSite()
        let server = try TLSServer(site.server)
        let old = LayerPair(try TLSClientContext(site.client).makeLayer(), server.makeLayer()).run()
        let renewed = try site.certificates.server(by: site.authority)
        try write(try read(renewed.files.certificate), to: site.localhost.files.certificate)
        #expect(
            throws: TLSError(
                .keyOfAnother(certificate: site.localhost.files.certificate),
                file: site.localhost.files.key
            )
        ) {
            try server.reload()
        }
        try write(try read(renewed.files.key), to: site.localhost.files.key)
        try server.reload()
        let new = LayerPair(try TLSClientContext(site.client).makeLayer(), server.makeLayer()).run()
        #expect(new.client.report?.chain.first?.serial != old.client.report?.chain.first?.serial)
        try old.clientSends([1])
        try old.serverSends([2])
        old.run()
        #expect(old.atServer == [1] && old.atClient == [2])
    }
}
