import COpenSSL
import Machine
import TLS
import Testing

@Suite("Records after a handshake")
struct RecordTests {
    private let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    @Test(
        "what goes in comes out with every suite, also in a session that is resumed",
        arguments: [
            "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
            "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
        ]
    )
    func suites(_ suite: String) throws {
        var site = try TestSite()
        site.server.cipherSuites = [suite]
        site.server.maximumVersion = suite.hasPrefix("TLS") ? .v1_3 : .v1_2
        let (client, server) = (try TLSClientContext(site.client), try site.makeServer())
        for isResumed in [false, true] {
            let pair = LayerPair(client.makeLayer(), server.makeLayer()).run()
            for count in [1, 0, 16_384, 16_385, 100_000] {
                try pair.clientSends(Array(self.bytes.prefix(count)))
                try pair.serverSends(Array(self.bytes.prefix(count)))
            }
            pair.run(step: 4_099)
            let all = [1, 0, 16_384, 16_385, 100_000].flatMap { self.bytes.prefix($0) }
            #expect(pair.atServer == all && pair.atClient == all)
            #expect(pair.areOpen && pair.serverFacts?.isResumed == isResumed)
        }
    }

    @Test("new keys of either side carry what follows")
    func newKeys() throws {
        let server = try TestSite().makeServer().makeLayer()
        let client = RawClient()
        client.talk(to: server)
        for number in UInt8(0)..<20 {
            if number % 2 == 0 { client.takeNewKeys() } else { client.askForNewKeys() }
            client.say([number])
            client.talk(to: server)
            try self.answer([number], from: server, to: client)
            client.talk(to: server)
        }
        #expect(client.atServer == Array(0..<20))
        #expect(client.atClient == Array(0..<20))
    }

    @Test("a suite that stays with OpenSSL carries as well")
    func withOpenSSL() throws {
        let server = try TestSite().makeServer().makeLayer()
        let client = RawClient()
        client.limit(to: TLS1_2_VERSION)
        client.offer("ECDHE-ECDSA-AES128-CCM")
        client.talk(to: server)
        try #require(server.isOpen)
        client.say([1, 2])
        client.talk(to: server)
        try self.answer([3], from: server, to: client)
        client.talk(to: server)
        #expect(client.atServer == [1, 2] && client.atClient == [3])
    }

    @Test("a client gets records as small as it asked for", arguments: TLSVersion.allCases)
    func fragments(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        let server = try site.makeServer().makeLayer()
        let client = RawClient(fragment: 1)
        client.talk(to: server)
        let before = client.recordLengths.count
        try self.answer(self.bytes, from: server, to: client)
        client.talk(to: server)
        #expect(client.atClient == self.bytes)
        #expect(client.recordLengths[before...].allSatisfy { $0 <= 512 + 24 })
    }

    @Test("a record with any byte changed carries nothing", arguments: TLSVersion.allCases)
    func damage(_ version: TLSVersion) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        for index in 0..<28 {
            let pair = try site.meet()
            try pair.clientSends([1, 2, 3, 4, 5, 6])
            // What is made longer is waited for.
            pair.damage(at: index)
            pair.run()
            #expect(pair.atServer.isEmpty)
            #expect(pair.serverFailure != nil || (3...4).contains(index), "byte \(index)")
        }
    }

    @Test(
        "what is no record of an open connection ends it",
        arguments: [
            (.v1_3, [20, 3, 3, 0, 1, 1], "the client broke TLS: a record of type 20 after the handshake"),
            (.v1_3, [21, 3, 3, 0, 2, 1, 0], "the client broke TLS: a record of type 21 after the handshake"),
            (.v1_3, [23, 3, 3, 0xFF, 0xFF], "the client sent a record of 65535 bytes"),
            (.v1_3, [23, 3, 3, 0, 0], "a record of the client was damaged or forged"),
            (.v1_2, [21, 3, 3, 0, 2, 1, 0], "a record of the client was damaged or forged"),
            (
                .v1_2, [23, 3, 3, 0, 24] + [UInt8](repeating: 7, count: 24),
                "a record of the client was damaged or forged"
            ),
            (.v1_3, [0x30, 0x31, 0x32, 0x33, 0x34], "the client sent a record that is no TLS"),
        ] as [(TLSVersion, [UInt8], String)]
    )
    func noRecord(_ version: TLSVersion, _ record: [UInt8], _ words: String) throws {
        var site = try TestSite()
        site.server.maximumVersion = version
        for step in [1, record.count] {
            let layer = try site.meet().server
            var (up, down): ([UInt8], [UInt8]) = ([], [])
            #expect(throws: LayerFailure(words)) {
                for start in stride(from: 0, to: record.count, by: step) {
                    try layer.received(record[start..<min(start + step, record.count)].span, up: &up, down: &down)
                }
            }
            #expect(up.isEmpty)
            #expect(!down.isEmpty, "the client is told")
            var more: [UInt8] = []
            try layer.send(UnsafeBufferPointer(start: nil, count: 0), down: &more)
            layer.close(down: &more)
            #expect(more.isEmpty, "and nothing comes after that")
        }
    }

    private func answer(_ bytes: [UInt8], from server: TLSLayer, to client: RawClient) throws {
        var down: [UInt8] = []
        try bytes.withUnsafeBufferPointer { try server.send($0, down: &down) }
        client.hear(down)
    }
}
