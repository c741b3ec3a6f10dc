import CCountedMemory
import Machine
import TLS
import Testing

@Suite("What an idle TLS connection costs")
struct MemoryTests {
    @Test(
        "an idle connection of a server has less than 4 KiB, also one with a client's certificate",
        arguments: TLSVersion.allCases,
        [false, true]
    )
    func idle(_ version: TLSVersion, _ hasCertificate: Bool) throws {
        var site = try TestSite()
        try #require(counted_memory_works())
        site.server.maximumVersion = version
        if hasCertificate { site.demandCertificates(try site.certificates.client(by: site.authority)) }
        let server = try site.makeServer()
        var kept = [try self.connection(site, server)]
        let before = counted_memory_bytes()
        let count = 20
        for _ in 0..<count { kept.append(try self.connection(site, server)) }
        let each = (counted_memory_bytes() - before) / count
        #expect(each < 4 << 10)
    }

    @Test("a peer that only connects has no memory of OpenSSL's")
    func silent() throws {
        let server = try TestSite().makeServer()
        let before = counted_memory_bytes()
        let layers = (0..<10).map { _ in server.makeLayer() }
        #expect(counted_memory_bytes() == before)
        #expect(layers.allSatisfy { !$0.isOpen })
    }

    /// The server's half, after it has carried something.
    private func connection(_ site: TestSite, _ server: TLSServer) throws -> TLSLayer {
        let pair = LayerPair(try site.makeClient(), server.makeLayer()).run()
        try pair.clientSends([1])
        try pair.serverSends([1])
        pair.run()
        try #require(pair.areOpen && pair.atServer == [1])
        return pair.server
    }
}
