import AdminAPI
import CommandSpec
import Protobuf
import Testing

@testable import fluxctl

@Suite("Commands that repair queues and take messages out of them")
struct MessageCommandTests {
    private static func admin(affected: UInt64 = 1, _ change: (inout AdminV1.DoResponse) -> Void = { _ in })
        -> FakeAdmin
    {
        var script = FakeAdmin.Script()
        script.response.affected = affected
        script.response.ids = ["orders"]
        change(&script.response)
        return FakeAdmin(script)
    }

    private static func loss(_ records: UInt64) -> AdminV1.Loss {
        var (loss, range, one) = (AdminV1.Loss(), AdminV1.OffsetRange(), AdminV1.OffsetRange())
        (range.first, range.last) = (4, 6)
        (one.first, one.last) = (9, 9)
        (loss.log, loss.file, loss.bytes, loss.reason) = ("messages", "queues/1/messages/0.seg", 400, "checksum\u{1B}")
        loss.records = records
        loss.offsets = [range, one]
        return loss
    }

    @Test("a repair says what is lost before it asks, and without anybody to ask it does nothing")
    func repairAsks() async {
        let admin = Self.admin { $0.losses = [Self.loss(4)] }
        #expect(await control(["queue", "repair", "orders"], admin).code == 10)
        #expect(admin.changes.isEmpty)
        let done = await control(["queue", "repair", "orders", "-y", "--reason", "new disk"], admin)
        #expect(admin.changes.map(\.verb) == ["repair"] && admin.changes[0].reason == "new disk")
        #expect(done.code == 0 && done.out.contains("4-6, 9") && done.out.contains("queues/1/messages/0.seg"))
        #expect(!done.out.contains("\u{1B}"))
    }

    @Test("a repair's losses are rows for programs, and nothing damaged is an empty list")
    func repairRows() async {
        let admin = Self.admin { $0.losses = [Self.loss(4)] }
        let done = await control(["queue", "repair", "orders", "--dry-run", "-o", "jsonl"], admin)
        #expect(
            done.out.contains("\"records\":4") && done.out.contains("\"offsets\":\"4-6, 9\"")
                && done.out.contains("\"queue\":\"orders\"")
        )
        #expect(admin.changes.allSatisfy { $0.dryRun })
        let whole = Self.admin { $0.message = "nothing of queue \"orders\" is damaged" }
        let nothing = await control(["queue", "repair", "orders", "-y"], whole)
        #expect(nothing.code == 0 && nothing.out.isEmpty && nothing.err.contains("nothing"))
    }

    @Test("get wants to be told what becomes of the messages, and takes no more than is wanted")
    func get() async {
        let admin = Self.admin(affected: 1) { response in
            var message = AdminV1.QueueMessage()
            (message.id, message.number, message.offset) = ("orders:7", 7, 7)
            (message.payload, message.payloadBytes) = (Array("hello".utf8), 5)
            response.messages = [message]
        }
        #expect(await control(["queue", "get", "orders"], admin).code == 2)
        #expect(await control(["queue", "get", "orders", "--ack", "--requeue"], admin).code == 2)
        #expect(await control(["queue", "get", "orders", "--requeue", "--count", "5000"], admin).code == 2)
        #expect(admin.changes.isEmpty)
        let done = await control(
            ["queue", "get", "orders", "--ack", "--count", "2", "--filter", "qos=1", "-o", "jsonl"],
            admin
        )
        #expect(done.code == 0 && done.out.contains("\"payload\":\"hello\""))
        #expect(admin.changes.map { $0.arguments["count"] } == ["2", "1"])
        #expect(admin.changes.allSatisfy { $0.arguments["filter"] == "qos=1" && $0.arguments["keep"] == nil })
        _ = await control(["queue", "get", "orders", "--requeue"], admin)
        #expect(admin.changes.last?.arguments == ["count": "1", "keep": "true"])
    }

    @Test("a move goes on until nothing is left, and what the other queue refuses is a part of it only")
    func move() async {
        let admin = Self.admin(affected: 1)
        let done = await control(["queue", "move", "a", "b", "--count", "2", "-y", "--filter", "qos=1"], admin)
        #expect(done.code == 0 && done.err == "moved 2 messages of a to b\n")
        #expect(admin.changes.map { $0.arguments["count"] } == ["2", "1"])
        #expect(
            admin.changes.allSatisfy { $0.id == "a" && $0.arguments["to"] == "b" && $0.arguments["filter"] == "qos=1" }
        )
        let full = Self.admin { $0.warnings = ["the rest is refused: the queue is full"] }
        let partial = await control(["queue", "move", "a", "b", "-y"], full)
        #expect(partial.code == 3 && partial.err.contains("1 message moved, then") && full.changes.count == 1)
        #expect(await control(["queue", "move", "a", "b"], admin).code == 10)
        _ = await control(["dlq", "move", "$dlq/a", "b", "-y", "--count", "1"], admin)
        #expect(admin.changes.last?.id == "$dlq/a" && admin.changes.last?.verb == "move")
    }

    @Test("a purge of some says which, of one queue or of many")
    func purge() async {
        let admin = Self.admin()
        _ = await control(["queue", "purge", "a", "--older", "1h", "-y"], admin)
        _ = await control(["queue", "purge", "a", "--keep", "5", "-y"], admin)
        _ = await control(["queue", "purge", "a", "--filter", "qos=1", "-y"], admin)
        _ = await control(["queue", "purge", "--filter", "id~^tmp", "--keep", "5", "-y"], admin)
        #expect(
            admin.changes.map(\.arguments) == [
                ["older_ms": "3600000"], ["keep": "5"], ["filter": "qos=1"], ["keep": "5"],
            ]
        )
        #expect(admin.changes.map(\.id) == ["a", "a", "a", ""] && admin.changes[3].filter == "id~^tmp")
        #expect(await control(["queue", "purge", "a", "--keep", "5", "--older", "1h", "-y"], admin).code == 2)
        #expect(await control(["queue", "purge", "a", "--keep", "5"], admin).code == 10)
    }

    @Test("stats count dead letters by reason and origin, page by page, and say when the first and the last came")
    func stats() async {
        var script = FakeAdmin.Script()
        script.rows[.queue] = [FakeRows.row(.queue(FakeRows.queue))]
        script.rows[.message] = [("rejected", "orders", 5), ("expired", "orders", 9), ("rejected", "orders", 3)].map {
            reason,
            origin,
            second in
            var message = AdminV1.QueueMessage()
            (message.reason, message.originalQueue, message.payloadBytes) = (reason, origin, 10)
            message.deadAt = Timestamp(seconds: Int64(second), nanos: 0)
            return FakeRows.row(.message(message))
        }
        let admin = FakeAdmin(script)
        let done = await control(["dlq", "stats", "$dlq/orders", "-o", "jsonl", "--filter", "age_ms<1h"], admin)
        let lines = done.out.split(separator: "\n")
        #expect(done.code == 0 && lines.count == 2)
        #expect(
            lines.last?.contains("\"reason\":\"rejected\"") == true && lines.last?.contains("\"messages\":2") == true
        )
        #expect(lines.last?.contains("\"first_at\":\"1970-01-01T00:00:03") == true)
        #expect(lines.last?.contains("\"last_at\":\"1970-01-01T00:00:05") == true)
        #expect(admin.queries.last?.filter == "(queue=\"$dlq/orders\" state!=settled) (age_ms<1h)")
    }

    @Test("a message is claimed for a member by its client's name; one that is no member is named")
    func claim() async {
        var script = FakeAdmin.Script()
        var member = FakeRows.consumer
        (member.clientID, member.id) = ("w1", "m1.300.17")
        script.rows[.consumer] = [FakeRows.row(.consumer(member))]
        script.response.affected = 1
        let admin = FakeAdmin(script)
        _ = await control(["group", "claim", "orders", "billing", "5012", "--to", "w1", "-y"], admin)
        #expect(admin.changes.map(\.verb) == ["claim"] && admin.changes[0].kind == .pending)
        #expect(admin.changes[0].id == "orders:5012 billing" && admin.changes[0].arguments == ["to": "m1.300.17"])
        #expect(await control(["group", "claim", "orders", "billing", "5012", "-y"], admin).code == 2)
    }

    @Test("only a stream is deleted as a stream")
    func streams() async {
        var script = FakeAdmin.Script()
        var queue = FakeRows.queue
        queue.type = "classic"
        script.rows[.queue] = [FakeRows.row(.queue(queue))]
        let admin = FakeAdmin(script)
        let done = await control(["stream", "rm", queue.id, "-y"], admin)
        #expect(done.code == 5 && done.err.contains("fluxctl queue rm") && admin.changes.isEmpty)
    }
}
