import CommandSpec
import Glibc
import JSON
import Testing

@testable import fluxctl

@Suite("fluxctl cert")
struct CertificateCommandTests {
    /// Of broker.example and 192.0.2.1, signed by itself, valid for a hundred years.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBzjCCAXSgAwIBAgIUHZ1Rp74uhM272Weal282tRWN7IMwCgYIKoZIzj0EAwIw
        KzEQMA4GA1UECgwHRXhhbXBsZTEXMBUGA1UEAwwOYnJva2VyLmV4YW1wbGUwIBcN
        MjYxMTIyMjM1NjM1WhgPMjEyNjEwMjkyMzU2MzVaMCsxEDAOBgNVBAoMB0V4YW1w
        bGUxFzAVBgNVBAMMDmJyb2tlci5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0D
        AQcDQgAEyuYtf0TTetGuhyfucGXOd3Qke+AtXpm/97E3nfj+BynapViGDv3sE73J
        ZtpmglhoCCpgbqwYxNtvdyH5fbVs46N0MHIwHQYDVR0OBBYEFDx4WbhRvTfuiODH
        piHxKsiIMhtNMB8GA1UdIwQYMBaAFDx4WbhRvTfuiODHpiHxKsiIMhtNMA8GA1Ud
        EwEB/wQFMAMBAf8wHwYDVR0RBBgwFoIOYnJva2VyLmV4YW1wbGWHBMAAAgEwCgYI
        KoZIzj0EAwIDSAAwRQIgcsUMlH9R50l0MzLaNrpIEmwo/v723Fno1iIv+6mKJxQC
        IQCmmeUgY2IqNE56+1MqR1P6jUzOgosdkkkzNpxAE+HeBg==
        -----END CERTIFICATE-----

        """

    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/fluxctl-cert-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        let path = directory + "/cert.pem"
        if let file = fopen(path, "w") {
            fputs(text, file)
            fclose(file)
        }
        try await body(path)
        unlink(path)
        rmdir(directory)
    }

    @Test("a file's certificates are shown, for people and as documents of their schema")
    func show() async throws {
        try await self.withFile(Self.certificate + Self.certificate) { path in
            let done = await control(["cert", "show", path, "-o", "json"])
            let document = try JSONParser.parse(Array(done.out.utf8))
            #expect(done.code == 0 && mismatches(document, CertificateCommands.type.listSchema.jsonSchema).isEmpty)
            #expect(document["total"]?.text == "2" && done.out.contains(#""names":["broker.example","192.0.2.1"]"#))
            let table = await control(["cert", "show", path, "--columns", "id,key,self_signed", "-qq"])
            #expect(table.out == String(repeating: "CN=broker.example,O=Example  EC P-256  yes\n", count: 2))
        }
    }

    @Test("a check is OK, WARNING or CRITICAL by the time that is left, and ends as checks do")
    func check() async throws {
        try await self.withFile(Self.certificate) { path in
            let fine = await control(["cert", "check", path])
            #expect(fine.code == 0 && fine.out.hasPrefix("FLUXMQ CERT OK - CN=broker.example,O=Example expires in "))
            #expect(await control(["cert", "check", path, "--warn", "40000d"]).code == 1)
            #expect(await control(["cert", "check", path, "--warn", "40000d", "--crit", "40000d"]).code == 2)
            #expect(await control(["cert", "check", path, "--warn", "1d"]).code == 3, "--crit is more by default")
            #expect(await control(["cert", "check", path, "--ca", path]).code == 3)
        }
        try await self.withFile("nothing\n") { path in
            let done = await control(["cert", "check", path])
            #expect(
                done.code == 2 && done.out.hasPrefix("FLUXMQ CERT CRITICAL - \(path): there is no certificate in it")
            )
        }
        #expect(await control(["cert", "check", "/nonexistent.pem"]).code == 2)
        #expect(await control(["cert", "show", "/nonexistent.pem"]).code == 4)
    }

    @Test(
        "a host with a port is a server, and everything else a file",
        arguments: [
            ("h:8883", .server(host: "h", port: 8883)), ("[::1]:1", .server(host: "::1", port: 1)),
            ("/etc/x:1", .file("/etc/x:1")), ("cert.pem", .file("cert.pem")), ("h:x", .file("h:x")),
            (":1", .file(":1")), ("h:0", .file("h:0")),
        ] as [(String, CertificateSource)]
    )
    func sources(_ text: String, _ source: CertificateSource) { #expect(CertificateSource(text) == source) }
}
