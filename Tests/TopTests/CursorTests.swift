import AdminAPI
import Terminal
import Testing
import TopModel

@Suite("Cursor and closing")
struct CursorTests {
    @Test("the cursor is on A, the list turns round, K and y: A is closed, as it was seen")
    func closesWhatWasSeen() {
        var stage = Stage.live(.ok)
        stage.type("2jj")
        #expect(stage.model.cursorRow?.row.title == "edge-eu-114")
        stage.world.connections[1].version = "7"
        for index in stage.world.connections.indices {
            stage.world.connections[index].bufferedBytes = UInt64(index) * 1_000
        }
        stage.tick()
        #expect(stage.model.cursorRow?.row.title == "edge-eu-114")
        #expect(stage.model.table?.cursorIndex == 8)
        stage.type("K")
        stage.world.connections[1].version = "8"
        stage.world.connections[1].bufferedBytes = 9_999_999
        stage.tick()
        stage.type("y")
        #expect(stage.performed.map(\.id) == ["c1.801.1"])
        #expect(stage.performed.first?.ifVersion == "7")
        #expect(stage.performed.first?.verb == "close")
    }

    @Test(
        "anything but y closes nothing",
        arguments: [KeyPress.enter, .escape, .character("n"), .character("Y"), .character("K")]
    )
    func defaultsToNo(key: KeyPress) {
        var stage = Stage.live(.ok)
        stage.type("2jK")
        stage.key(key)
        #expect(stage.performed.isEmpty)
        #expect(stage.model.overlay == nil)
    }

    @Test("a row that vanished stays as GONE until the cursor leaves, and K does nothing to it")
    func goneStays() {
        var stage = Stage.live(.ok)
        stage.type("2jj")
        stage.world.connections.remove(at: 1)
        stage.tick()
        #expect(stage.model.table?.ghost?.fate == .gone)
        #expect(stage.model.table?.count(in: stage.model.data.connections) == 10)
        #expect(stage.frame.text.contains { $0.hasPrefix("> edge-eu-114") && $0.hasSuffix("GONE") })
        stage.type("Ky")
        #expect(stage.performed.isEmpty)
        stage.type("j")
        #expect(stage.model.table?.ghost == nil)
        #expect(stage.model.cursorRow?.row.title == "edge-eu-220")
        #expect(!stage.frame.text.contains { $0.dropFirst(2).hasPrefix("edge-eu-114") })
    }

    @Test("a row that only the filter or the limit leaves out is not GONE")
    func asideIsNotGone() {
        var world = World.huge
        world.connections = Array(world.connections.prefix(500))
        var stage = Stage.live(world)
        stage.type("2j")
        for index in stage.world.connections.indices where index != 499 {
            stage.world.connections[index].bufferedBytes += 1_000_000_000
        }
        stage.tick()
        #expect(stage.model.table?.ghost?.fate == .aside)
        stage.tick()
        #expect(stage.model.table?.ghost?.fate == .aside)
        #expect(stage.model.table?.ghost?.row.id == "c3.499.1")
    }

    @Test("a row that came back is an ordinary row again")
    func ghostReturns() {
        var stage = Stage.live(.ok)
        stage.type("5j")
        let topic = stage.world.topics.removeFirst()
        stage.tick()
        #expect(stage.model.table?.ghost?.fate == .gone)
        stage.world.topics.insert(topic, at: 0)
        stage.tick()
        #expect(stage.model.table?.ghost == nil)
        #expect(stage.model.table?.cursor == topic.id)
    }

    @Test("a row that vanished while the dialog was open is refused by the server, and the operator is told")
    func vanishedUnderTheDialog() {
        var stage = Stage.live(.ok)
        stage.type("2jKy")
        let request = stage.performed[0]
        stage.give(.done(request, .failure(TopFailure(code: "not_found", message: "there is no c0.800.1"))))
        #expect(stage.model.toast?.text == "not closed: dash-07 was gone already")
    }

    @Test("K closes what is tagged, each with the version that was seen, and says how it went")
    func closesTagged() {
        var stage = Stage.live(.ok)
        stage.type("2j   Ky")
        #expect(stage.performed.map(\.id) == ["c0.800.1", "c1.801.1", "c2.802.1"])
        #expect(stage.model.table?.tagged.isEmpty == true)
        var response = AdminV1.DoResponse()
        response.affected = 1
        stage.give(.done(stage.performed[0], .success(response)))
        stage.give(.done(stage.performed[1], .failure(TopFailure(code: "version_changed", message: "version is 9"))))
        #expect(stage.model.toast == nil)
        stage.give(.done(stage.performed[2], .success(response)))
        #expect(stage.model.toast?.text == "closed 2 of 3: edge-eu-114 has changed since; look again")
    }

    @Test("nothing can be closed with --readonly, without the right, or without a connection")
    func refusals() {
        var options = TopOptions()
        options.readOnly = true
        var stages = [Stage.live(.ok, options: options)]
        var world = World.ok
        world.hello.canChange = false
        stages.append(.live(world))
        stages.append(.live(.ok))
        stages[2].disconnect()
        for var stage in stages {
            stage.type("2jKy")
            #expect(stage.performed.isEmpty)
            #expect(stage.model.toast?.isTrouble == true)
            #expect(stage.model.keyHints.first { $0.keys == "K" }?.isAllowed == false)
        }
    }

    @Test("tags are bounded, and the one too many is refused aloud")
    func tagsAreBounded() {
        var stage = Stage.live(.huge)
        stage.type("2j" + String(repeating: " ", count: 101))
        #expect(stage.model.table?.tagged.count == 100)
        #expect(stage.model.toast?.isTrouble == true)
    }

    @Test("in a pause the view stands still, and a kick still means what is in view")
    func pauseAndKick() {
        var stage = Stage.live(.ok)
        stage.type("2jp")
        let before = stage.frame.text[4]
        stage.world.connections[0].bufferedBytes = 1
        stage.tick(3)
        #expect(stage.frame.text[4] == before)
        stage.type("Ky")
        #expect(stage.performed.map(\.id) == ["c0.800.1"])
        stage.type("p")
        #expect(stage.frame.text[4] != before)
    }

    @Test("another boot id empties cursor, tags and histories; the same one keeps them")
    func bootIDs() {
        var stage = Stage.live(.ok)
        stage.type("2j ")
        stage.tick(3)
        stage.disconnect()
        stage.reconnect()
        #expect(stage.model.table?.cursor == "c1.801.1")
        #expect(stage.model.table?.tagged.count == 1)
        #expect(stage.model.data.connections.histories["c1.801.1"].map { $0.points.count > 3 } == true)
        stage.type("K")
        stage.disconnect()
        stage.world.hello.bootID = "b2"
        stage.reconnect()
        #expect(stage.model.table?.cursor == nil)
        #expect(stage.model.table?.tagged.isEmpty == true)
        #expect(stage.model.overlay == nil)
        #expect(stage.model.data.connections.histories["c1.801.1"]?.points.count == 1)
    }

    @Test("a journal of another boot is read from its beginning, not from where the one before stopped")
    func journalOfAnotherBoot() {
        var stage = Stage.live(.ok)
        stage.type("6")
        let before = stage.model.wanted.calls.map(\.id)
        stage.disconnect()
        stage.world.hello.bootID = "b2"
        stage.world.events = Array(stage.world.events.prefix(2))
        stage.reconnect()
        #expect(Set(before).isDisjoint(with: stage.model.wanted.calls.map(\.id)))
        #expect(stage.model.data.events.lines.map(\.seq) == [1, 2])
    }
}
