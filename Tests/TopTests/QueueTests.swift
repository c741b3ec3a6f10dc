import AdminAPI
import Terminal
import Testing
import TopModel

@Suite("Queues and groups")
struct QueueTests {
    private func why(_ name: String, _ change: (inout AdminV1.Queue) -> Void = { _ in }) -> Why {
        var queue = World.ok.queues.first { $0.id == name } ?? AdminV1.Queue()
        change(&queue)
        return Why.explain(queue, .iec)
    }

    private func group(
        _ name: String,
        credit: UInt64? = 1,
        stuck: (client: String, idleMs: UInt64)? = nil
    ) -> Why {
        Why.explain(World.ok.groups.first { $0.name == name } ?? AdminV1.Group(), credit: credit, stuck: stuck)
    }

    @Test("each state of a queue has its sentence")
    func queueReasons() {
        #expect(self.why("mail").weight == .fine)
        #expect(
            self.why("orders").sentence
                == "1.2k/s come, 1.1k/s are acknowledged by 4 consumers; about 1 more would hold the level"
        )
        #expect(self.why("orders") { $0.singleActiveConsumer = true }.sentence.contains("do not help"))
        #expect(
            self.why("pdf-render").sentence
                == "it holds the 416 messages that it may; publishers are refused until there is room"
        )
        #expect(self.why("pdf-render") { $0.overflow = "drop-head" }.sentence.hasSuffix("drops the oldest"))
        #expect(
            self.why("pdf-render") {
                $0.bytes = 1 << 30
                $0.depthLimit = 0
            }.sentence.contains("1.0 GiB")
        )
        #expect(self.why("sms").title == "PAUSED")
        #expect(self.why("$dlq/orders").sentence == "1,311 messages of orders could not be processed")
        #expect(self.why("mail") { $0.note = "no consumers" }.sentence.contains("310 messages wait"))
        #expect(self.why("mail") { $0.note = "consumers take nothing" }.weight == .trouble)
        #expect(self.why("mail") { $0.note = "something that is new" }.sentence == "something that is new")
        #expect(self.why("mail") { $0.deadLetteredPerS = 3 }.sentence.contains("3.0/s of its messages go to $dlq/mail"))
        let damaged = self.why("mail") {
            $0.state = "quarantined"
            $0.note = "quarantined: priority 4"
        }
        #expect(damaged.sentence == "priority 4; nothing comes or goes")
    }

    @Test("each state of a group has its sentence, and one that is stuck comes before one that is slow")
    func groupReasons() {
        #expect(self.group("audit").weight == .fine)
        #expect(self.group("billing").title == "WHY BEHIND")
        #expect(self.group("billing", credit: 0).sentence.contains("all in hand that they asked for, 318 messages"))
        #expect(
            self.group("billing", credit: 0, stuck: ("pay-1", 240_000)).sentence
                == "pay-1 has had a message for 4m00s and says nothing about it"
        )
        #expect(self.group("analytics", credit: 0).sentence.contains("no members"))
        #expect(self.group("sender").title == "PAUSED")
    }

    @Test("a drain is a time, never, nothing to do, or unknown")
    func drains() {
        var group = AdminV1.Group()
        #expect(group.drainText == "0s")
        group.lag = 10
        #expect(group.drainText == "-")
        group.growthPerS = 0
        #expect(group.drainText == "never")
        group.messagesOutPerS = 1_200
        #expect(group.drainText == "steady")
        group.growthPerS = 96
        #expect(group.drainText == "never")
        group.drainMs = 155_000
        #expect(group.drainText == "2m35s")
        group = AdminV1.Group()
        group.lag = 1
        group.state = "no members"
        #expect(group.drainText == "never")
    }

    @Test("the title sums over all queues, and over what is dead in them")
    func totals() {
        var stage = Stage.live(.ok)
        stage.type("3")
        let title = stage.frame.text[2]
        #expect(title.hasPrefix("Queues 8   ready 8.12M   unacked 542   consumers 36   dead letters 1,311"))
        stage.type("4")
        #expect(
            stage.frame.text[2].hasPrefix(
                "Groups 7   lag 8.12M   pending 538   2 falling behind   1 no members   1 paused"
            )
        )
    }

    @Test("a graph of a queue is drawn from its depth, of a group from its lag")
    func histories() {
        var stage = Stage.live(.ok, width: 200, height: 50)
        stage.type("3")
        stage.world.queues[0].depth = 20_000
        stage.tick()
        #expect(stage.model.data.queues.histories["orders"]?.points == [12_359, 20_000])
        stage.type("4")
        stage.world.groups[0].lag = 7
        stage.tick()
        #expect(stage.model.data.groups.histories["orders billing"]?.points == [12_041, 7])
    }

    @Test("sums are of fields that were asked for, at every width", arguments: [20, 40, 60, 80, 109, 110, 200])
    func totalsAtEveryWidth(width: Int) {
        var stage = Stage.live(.ok, width: width, height: 24)
        stage.type("3")
        guard case .queue(let sum) = stage.model.data.queues.totals?.row else {
            Issue.record("no totals")
            return
        }
        #expect([sum.ready, sum.unacked, sum.consumers].allSatisfy { $0 > 0 } && sum.bytes > 0)
        stage.type("4")
        guard case .group(let sum) = stage.model.data.groups.totals?.row else {
            Issue.record("no totals")
            return
        }
        #expect(sum.lag > 0 && sum.pending > 0)
    }

    @Test("what is in hand for a minute is stuck, and the sentence says with whom")
    func stuck() {
        var world = World.ok
        world.pending[0].idleMs = 240_000
        var stage = Stage.live(world, width: 200, height: 50)
        stage.type("4jj")
        stage.tick()
        #expect(stage.frame.text.contains { $0.contains("pay-1 has had a message for 4m00s") })
        #expect(stage.frame.text.contains { $0.contains("STUCK") })
    }

    @Test("nothing can be held or purged with --readonly or without the right, and the keys say so")
    func refusals() {
        var options = TopOptions()
        options.readOnly = true
        var world = World.ok
        world.hello.canChange = false
        for var stage in [Stage.live(.ok, options: options), .live(world)] {
            for keys in ["3jjzy", "3jjX", "4jjzy"] {
                stage.type(keys)
                #expect(stage.performed.isEmpty && stage.model.overlay == nil)
                #expect(stage.model.toast?.isTrouble == true)
            }
            stage.type("3")
            #expect(stage.model.keyHints.first { $0.keys == "z" }?.isAllowed == false)
            #expect(stage.model.keyHints.first { $0.keys == "X" }?.isAllowed == false)
        }
    }

    @Test("a fluxd that cannot hold or purge has no keys for it")
    func withoutVerbs() {
        var world = World.ok
        for index in world.hello.kinds.indices { world.hello.kinds[index].verbs = [] }
        var stage = Stage.live(world)
        stage.type("3jjz")
        #expect(stage.model.overlay == nil)
        #expect(!stage.model.keyHints.contains { ["z", "X", "Space"].contains($0.keys) })
    }

    @Test("what became of a deed is said in its own word")
    func verdicts() {
        var stage = Stage.live(.ok)
        stage.type("3jjzy")
        var response = AdminV1.DoResponse()
        response.affected = 1
        stage.give(.done(stage.performed[0], .success(response)))
        #expect(stage.model.toast?.text == "paused orders")
        stage.type("Xorders")
        stage.key(.enter)
        stage.give(.done(stage.performed[1], .failure(TopFailure(code: "version_changed", message: ""))))
        #expect(stage.model.toast?.text == "not purged: orders has changed since; look again")
    }

    @Test("a question has the newest counts, and still means the version that was seen")
    func freshCounts() {
        var stage = Stage.live(.ok)
        stage.type("3jjX")
        stage.world.queues[0].ready = 13_000
        stage.world.queues[0].version = "other"
        stage.tick()
        #expect(stage.frame.text.contains { $0.contains("13,000 ready, 318 unacked") })
        stage.type("orders")
        stage.key(.enter)
        #expect(stage.performed.map(\.ifVersion) == ["v0"])
    }

    @Test("a name that the screen has to escape can be typed as the screen shows it")
    func escapedNames() {
        var world = World.ok
        world.queues[0].id = "or\u{1B}ders"
        world.queues[0].ready = .max
        var stage = Stage.live(world)
        stage.type("3jXor\\x1bders")
        stage.key(.enter)
        #expect(stage.performed.map(\.id) == ["or\u{1B}ders"])
    }

    @Test("a purge of a name that is too long to be typed is refused, with the way that works")
    func longNames() {
        var world = World.ok
        world.queues[0].id = String(repeating: "x", count: 600)
        world.queues[0].ready = .max
        var stage = Stage.live(world)
        stage.type("3jX")
        #expect(stage.model.overlay == nil)
        #expect(stage.model.toast?.text.contains("fluxctl queue purge") == true)
    }
}
