import Configuration
import DaemonConfig
import Glibc
import Testing

@Suite("fluxd.yaml(5)")
struct ManualTests {
    static let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/man/fluxd.yaml.5"

    /// `UPDATE_MAN=1 swift test --filter ManualTests` writes the page.
    @Test("the page in man/ is the one that the configuration's description gives")
    func isCurrent() throws {
        let page = DaemonConfig.manPage(date: "November 22, 2026", version: "FluxMQ 0.1.0")
        if getenv("UPDATE_MAN") != nil {
            let file = try #require(fopen(Self.path, "w"))
            fputs(page, file)
            fclose(file)
        }
        let found = String(decoding: try ConfigFile.read(Self.path), as: UTF8.self)
        #expect(found == page, "out of date; UPDATE_MAN=1 swift test --filter ManualTests writes it")
    }

    @Test("the shipped example is a configuration that loads, and opens what the defaults open")
    func shipped() throws {
        let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/packaging/fluxd.yaml"
        let config = try DaemonConfigTests.load(String(decoding: try ConfigFile.read(path), as: UTF8.self))
        let defaults = try DaemonConfigTests.load()
        #expect(config.openMQTTListeners == defaults.openMQTTListeners)
        #expect(config.limits == defaults.limits && config.ratelimit == defaults.ratelimit)
    }

    @Test("the page's example is a configuration that loads")
    func example() throws {
        let config = try DaemonConfigTests.load(DaemonConfig.example)
        #expect(config.openMQTTListeners.count == 2)
        #expect(DaemonConfig.manPage(date: "", version: "").contains("cert_file: /etc/fluxmq/server.pem"))
    }
}
