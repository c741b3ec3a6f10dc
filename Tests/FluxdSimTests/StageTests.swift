import AdminAPI
import Protobuf
import Query
import RPC
import Testing

@testable import fluxd_sim

@Suite("The posed broker")
struct StageTests {
    private func stage(_ text: String, seconds: Int = 0) throws -> Stage {
        let stage = Stage(try scenario(text), epoch: Timestamp(seconds: 1_000_000_000), boot: 0)
        for _ in 0..<seconds { stage.step() }
        return stage
    }

    static let small = """
        seed: 3
        churn_per_s: 0.5
        counts: {connection: 40, session: 50, subscription: 60, topic: 70, retained: 20, queue: 30, ban: 3, group: 70, consumer: 9, pending: 8, message: 20}
        """

    private func rows(_ stage: Stage, _ kind: AdminV1.Kind) throws -> [AdminV1.Row] {
        let cast = try #require(stage.cast(kind))
        var scan = Scan(kind: kind, limit: 1_000, now: 0)
        cast.visit(with: &scan)
        return cast.rows(scan.page(fingerprint: 0).keys, fields: nil)
    }

    @Test("a seed gives the same rows at the same second, another seed others")
    func deterministic() throws {
        let one = try self.stage(Self.small, seconds: 20)
        let two = try self.stage(Self.small, seconds: 20)
        let other = try self.stage(Self.small.replacing("seed: 3", with: "seed: 4"), seconds: 20)
        for kind in AdminV1.Kind.allCases where kind != .unspecified {
            let rows = try self.rows(one, kind)
            #expect(try self.rows(two, kind) == rows)
            #expect(!rows.isEmpty)
        }
        #expect(try self.rows(other, .connection) != self.rows(one, .connection))
    }

    @Test("ids are different within a kind, also while connections come and go", arguments: [0, 60])
    func uniqueIDs(_ seconds: Int) throws {
        let stage = try self.stage(Self.small, seconds: seconds)
        for kind in AdminV1.Kind.allCases where kind != .unspecified {
            let ids = try self.rows(stage, kind).map(\.id)
            #expect(Set(ids).count == ids.count, "\(kind.name)")
        }
        #expect(stage.connections.count == 40)
    }

    @Test("counters never go back, and grow by their rates")
    func counters() throws {
        let stage = try self.stage(Self.small.replacing("churn_per_s: 0.5", with: "churn_per_s: 0"))
        var before = stage.connections.members.map(\.row)
        for _ in 0..<30 {
            stage.step()
            let after = stage.connections.members.map(\.row)
            for (old, new) in zip(before, after) {
                #expect(new.messagesIn >= old.messagesIn)
                #expect(abs(Double(new.messagesIn - old.messagesIn) - (new.messagesInPerS ?? 0)) <= 1)
                #expect(new.uptimeMs == old.uptimeMs + 1_000)
            }
            before = Array(after)
        }
    }

    @Test("the broker's row is the sum of the others")
    func sums() throws {
        let stage = try self.stage(Self.small, seconds: 5)
        guard case .broker(let broker)? = try self.rows(stage, .broker).first?.row else { return #expect(Bool(false)) }
        let rates = stage.connections.members.compactMap { $0.row.messagesInPerS }
        #expect(abs((broker.messagesInPerS ?? 0) - rates.reduce(0, +)) < 0.1)
        #expect(broker.connections == 40)
        #expect(broker.sessions == 50)
        #expect(broker.protocols.reduce(0) { $0 + $1.connections } == 40)
    }

    @Test("only the fields that are wanted are filled in")
    func fields() throws {
        let stage = try self.stage(Self.small)
        var scan = Scan(kind: .connection, limit: 1, now: 0)
        stage.connections.visit(with: &scan)
        let keys = scan.page(fingerprint: 0).keys
        guard case .connection(let row)? = stage.connections.rows(keys, fields: [1, 17]).first?.row else {
            return #expect(Bool(false))
        }
        #expect(!row.id.isEmpty && row.messagesInPerS != nil)
        #expect(row.clientID.isEmpty && row.messagesIn == 0 && row.messagesOutPerS == nil)
    }

    private func `do`(
        _ stage: Stage,
        _ kind: AdminV1.Kind,
        _ verb: String,
        _ ids: [String],
        value: String? = nil
    ) throws -> AdminV1.DoResponse {
        var request = AdminV1.DoRequest()
        request.kind = kind
        request.verb = verb
        request.id = ids.first ?? ""
        if let value { request.arguments["value"] = value }
        return try stage.perform(request, on: ids).get()
    }

    @Test("a closed connection is gone, its session away or ended, and somebody hears of it")
    func closes() throws {
        let stage = try self.stage(Self.small)
        var events: [String] = []
        stage.emit = { events.append($0.kind) }
        let victim = try #require(stage.connections.members.first { !$0.row.cleanStart }).row
        #expect(try self.do(stage, .connection, "close", [victim.id]).affected == 1)
        #expect(stage.connections.row(id: victim.id) == nil)
        guard case .session(let session)? = stage.sessions.row(id: victim.clientID)?.row else {
            return #expect(Bool(false))
        }
        #expect(session.state == "offline")
        #expect(events == ["connection.closed"])
        #expect(try self.do(stage, .connection, "close", [victim.id]).affected == 0)
    }

    @Test("a purged queue is empty, a paused one stays paused, whatever the scenario spells out")
    func queues() throws {
        let stage = try self.stage("rows: {queue: [{id: orders, ready: 500, state: running}]}")
        _ = try self.do(stage, .queue, "pause", ["orders"])
        _ = try self.do(stage, .queue, "purge", ["orders"])
        stage.step()
        guard case .queue(let queue)? = stage.queues.row(id: "orders")?.row else { return #expect(Bool(false)) }
        #expect(queue.state == "paused")
        #expect(queue.ready < 500)
        #expect(queue.version == "2")
    }

    @Test("a key that is set differs until the reload")
    func config() throws {
        let stage = try self.stage("")
        let set = try self.do(stage, .config, "set", ["log.level"], value: "debug")
        #expect(set.changes.map(\.to) == ["debug"])
        #expect(set.changes.map(\.effect) == ["live"])
        #expect(try self.do(stage, .config, "diff", []).changes.map(\.key) == ["log.level"])
        #expect(try self.do(stage, .config, "reload", []).changes.map(\.to) == ["info"])
        #expect(try self.do(stage, .config, "diff", []).message == "nothing differs")
    }

    @Test("every verb that is offered is understood")
    func verbs() throws {
        for (kind, verbs) in Stage.verbs {
            for verb in verbs {
                let stage = try self.stage(Self.small)
                let id = try #require(self.rows(stage, kind).first).id
                let response = try self.do(stage, kind, verb, [id], value: "x")
                #expect(!response.message.isEmpty, "\(kind.name) \(verb)")
            }
        }
    }
}
