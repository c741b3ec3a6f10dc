import AdminAPI
import Configuration
import Protobuf
import Testing

@testable import fluxd_sim

func scenario(_ text: String) throws(ConfigError) -> Scenario {
    try ScenarioReader.read(Array(text.utf8), file: "test.yaml")
}

@Suite("Scenario files")
struct ScenarioTests {
    @Test("those that are shipped are valid", arguments: ["demo", "empty", "hostile", "huge"])
    func shipped(_ name: String) throws {
        _ = try ScenarioReader.load("\(SimProgramTests.root)/Tests/Scenarios/\(name).yaml")
    }

    @Test("values are read in the units of their fields")
    func values() throws {
        let scenario = try scenario(
            """
            clock: frozen
            at: 2026-11-22T14:02:07Z
            uptime: 12d4h
            counts: {connection: 1}
            rows:
              connection:
                - {client_id: {repeat: "ab", times: 3}, queued: 12k, queued_bytes: 3MiB, uptime_ms: 5m, connected_at: -3h,
                   clean_start: true, messages_in_per_s: {mean: 4.1}, dropped: {start: 10, per_s: 0.5}, state: "\\e[31m"}
            """
        )
        #expect(scenario.at == Timestamp(seconds: 1_795_356_127))
        #expect(scenario.uptime == 12 * 86_400 + 4 * 3_600)
        let stage = Stage(scenario, epoch: Timestamp(seconds: 1_795_356_127), boot: 0)
        for _ in 0..<4 { stage.step() }
        let row = try #require(stage.connections.members.first { _ in true }).row
        #expect(row.clientID == "ababab")
        #expect(row.queued == 12_000)
        #expect(row.queuedBytes == 3 << 20)
        #expect(row.uptimeMs == 300_000)
        #expect(row.connectedAt?.seconds == 1_795_345_327)
        #expect(row.cleanStart)
        #expect(row.messagesInPerS == 4.1)
        #expect(row.dropped == 12)
        #expect(row.state == "\u{1B}[31m")
    }

    @Test(
        "what is wrong is said with its line",
        arguments: [
            ("sede: 3", "test.yaml:1:1: unknown key 'sede'; did you mean 'seed'?"),
            ("clock: stopped", "test.yaml:1:8: 'stopped' is not known here; allowed: real, frozen"),
            ("counts: {conection: 3}", "test.yaml:1:10: 'conection' is not a kind of row; did you mean 'connection'?"),
            ("counts: {connection: many}", "test.yaml:1:22: needs a whole number from 0 to 1000000"),
            ("rows:\n  queue:\n    - {redy: 3}", "test.yaml:3:8: unknown key 'redy'; did you mean 'ready'?"),
            (
                "rows:\n  queue:\n    - {ready: lots}",
                "test.yaml:3:15: ready wants a number: 250, 12k, 3M; not \"lots\""
            ),
            ("rows: {broker: [{protocols: 3}]}", "test.yaml:1:29: protocols is worked out from other rows"),
            ("faults: [{at: 3s, do: dorp}]", "test.yaml:1:23: 'dorp' is not known here; did you mean 'drop'?"),
            ("faults: [{at: 3s, do: delay}]", "test.yaml:1:10: by goes with delay, and delay with by"),
            ("events: [{at: soon}]", "test.yaml:1:15: needs a time counted from the start: 10s, or -5m"),
            ("log: [{level: loud}]", "test.yaml:1:15: 'loud' is not a level"),
            ("rows: 3", "test.yaml:1:7: needs a section, found a value"),
        ]
    )
    func mistakes(_ text: String, _ message: String) {
        do throws(ConfigError) {
            _ = try scenario(text)
            Issue.record("it was taken")
        } catch {
            #expect("\(error)" == message)
        }
    }

    @Test("scripted records come at their times, and again where they repeat")
    func scripts() {
        let once = ScriptedRecord(at: 5, every: nil, record: 0)
        #expect(once.times(after: -.infinity, upTo: 4.9) == [])
        #expect(once.times(after: 4.9, upTo: 5) == [5])
        #expect(once.times(after: 5, upTo: 9) == [])
        let often = ScriptedRecord(at: -3, every: 2, record: 0)
        #expect(often.times(after: -.infinity, upTo: 2) == [-3, -1, 1])
        #expect(often.times(after: 1, upTo: 6) == [3, 5])
        #expect(often.times(after: 5.5, upTo: 6) == [])
    }
}
