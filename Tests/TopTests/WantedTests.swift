import AdminAPI
import Protobuf
import Terminal
import Testing
import TopModel

@Suite("What is asked for")
struct WantedTests {
    private func watches(_ stage: Stage) -> [AdminV1.Query] {
        stage.model.wanted.calls.compactMap { call in
            if case .watch(let request) = call.request { request.query } else { nil }
        }
    }

    private func query(_ stage: Stage, _ kind: AdminV1.Kind) -> AdminV1.Query? {
        self.watches(stage).first { $0.kind == kind }
    }

    @Test("a screen asks for what it shows and for nothing else")
    func onlyWhatIsInView() {
        var stage = Stage.live(.ok)
        #expect(self.watches(stage).map(\.kind) == [.broker, .connection, .topic, .queue])
        #expect(self.query(stage, .connection)?.filter == "buffered_bytes>0")
        stage.type("2")
        #expect(self.watches(stage).map(\.kind) == [.broker, .connection])
        #expect(stage.model.wanted.calls.count == 2)
        stage.type("5")
        #expect(self.watches(stage).map(\.kind) == [.broker, .topic])
        stage.type("6")
        #expect(self.watches(stage).map(\.kind) == [.broker])
        #expect(stage.model.wanted.calls.count == 2)
    }

    @Test("a screen of one line asks for the broker alone")
    func lineAsksForOneRow() {
        let stage = Stage.live(.ok, width: 18, height: 3)
        #expect(self.watches(stage).map(\.kind) == [.broker])
    }

    @Test("kinds and series that the server does not have are not asked for")
    func capabilities() {
        var world = World.ok
        world.hello.kinds.removeAll { $0.kind == .topic }
        world.hello.series = []
        var stage = Stage.live(world)
        #expect(self.watches(stage).map(\.kind) == [.broker, .connection, .queue])
        #expect(!stage.model.wanted.calls.contains { if case .series = $0.request { true } else { false } })
        stage.type("5")
        #expect(self.watches(stage).map(\.kind) == [.broker])
        #expect(stage.frame.text.contains { $0.contains("does not list topics") })
    }

    @Test("as many rows as there is room for, in steps; scrolling on asks for more", arguments: [(24, 64), (60, 128)])
    func limits(height: Int, limit: UInt32) {
        var stage = Stage.live(.huge, width: 80, height: height)
        stage.type("2")
        #expect(self.query(stage, .connection)?.limit == limit)
        for _ in 0..<3 { stage.key(.end) }
        #expect((self.query(stage, .connection)?.limit ?? 0) > limit)
        #expect((self.query(stage, .connection)?.limit ?? 0) <= 10_000)
    }

    @Test("every column in view is among the fields", arguments: [40, 80, 109, 110, 120, 200, 300])
    func fieldsCoverColumns(width: Int) throws {
        for keys in ["2", "2o", "3", "4", "5"] {
            var stage = Stage.live(.ok, width: width, height: 24)
            stage.type(keys)
            let kind = try #require(stage.model.tableKind)
            let fields = try #require(self.query(stage, kind.kind)?.fields)
            let rowWidth = stage.model.tableLayout.rows.width
            for (column, _) in TopModel.fitted(kind.columns, width: rowWidth) where column.isSortable {
                #expect(fields.contains(column.name), "\(kind) at \(width)")
            }
            let known = Set(kind.columns.filter(\.isSortable).map(\.name)).union(["id", "version"])
            #expect(known.isSuperset(of: fields))
        }
    }

    @Test("columns, filter and sort of the options are in the query")
    func options() {
        var options = TopOptions()
        options.screen = .connections
        options.filter = "state=slow"
        options.sort = "client_id"
        options.columns = ["client_id", "peer"]
        let stage = Stage.live(.ok, options: options)
        let query = self.query(stage, .connection)
        #expect(query?.filter == "state=slow")
        #expect(query?.sort == "client_id,-messages_out_per_s")
        #expect(query?.fields == ["client_id", "id", "peer", "state", "username", "version"])
    }

    @Test("every column but the history is a field of its kind", arguments: TableKind.allCases)
    func columnsAreFields(kind: TableKind) {
        for column in kind.columns where column.isSortable {
            #expect(kind.fields.contains { $0.name == column.name }, "\(kind) \(column.name)")
        }
    }

    @Test("what cannot be shown is said before anything starts")
    func problems() {
        var options = TopOptions()
        #expect(options.problem == nil)
        options.intervalMs = 100
        #expect(options.problem?.contains("200 ms") == true)
        options = TopOptions()
        options.screen = .connections
        options.columns = ["client_id", "colour"]
        #expect(options.problem?.hasPrefix("no column 'colour' in connections; there are client_id") == true)
        options.columns = []
        options.sort = "-history"
        #expect(options.problem?.contains("cannot be sorted by 'history'") == true)
        options.sort = "-bytes_out_per_s"
        #expect(options.problem == nil)
        options.screen = .events
        #expect(options.problem != nil)
    }

    @Test("details ask for one row, and stop when they are left")
    func details() {
        var stage = Stage.live(.ok)
        stage.type("2j")
        #expect(stage.model.wanted.calls.count == 2)
        stage.key(.enter)
        // The list is covered: broker, the row, its subscriptions.
        #expect(self.watches(stage).map(\.kind) == [.broker, .subscription])
        #expect(self.query(stage, .subscription)?.filter == "client_id=\"dash-07\"")
        #expect(stage.model.wanted.calls.count == 3)
        stage.key(.escape)
        #expect(stage.model.wanted.calls.count == 2)
    }

    @Test("a queue's details ask for its groups, a group's for its members and what they have in hand")
    func queueDetails() {
        var stage = Stage.live(.ok)
        stage.type("3")
        #expect(self.watches(stage).map(\.kind) == [.broker, .queue, .queue])
        #expect(self.watches(stage).map(\.skipTotals) == [true, false, false])
        stage.type("jj")
        stage.key(.enter)
        #expect(self.watches(stage).map(\.kind) == [.broker, .group])
        #expect(self.query(stage, .group)?.filter == "queue=\"orders\"")
        stage.type("4")
        #expect(self.watches(stage).map(\.kind) == [.broker, .group])
        stage.type("jj")
        stage.key(.enter)
        #expect(self.watches(stage).map(\.kind) == [.broker, .consumer, .pending])
        #expect(self.query(stage, .consumer)?.filter == "queue=\"orders\" group=\"billing\"")
        #expect(self.query(stage, .pending)?.sort == "-idle_ms")
    }

    @Test("a fluxd without queues is asked for none, and has no panel for them")
    func withoutQueues() {
        var world = World.ok
        world.hello.kinds.removeAll { [.queue, .group, .consumer, .pending].contains($0.kind) }
        var stage = Stage.live(world)
        #expect(!self.watches(stage).contains { $0.kind == .queue })
        #expect(!stage.frame.text.contains { $0.contains("QUEUES") })
        stage.type("3")
        #expect(self.watches(stage).map(\.kind) == [.broker])
        #expect(stage.frame.text.contains { $0.contains("does not list queues") })
        stage.type("4")
        #expect(stage.frame.text.contains { $0.contains("does not list groups") })
    }

    @Test("a client's name cannot leave its quotes in a filter")
    func quoting() {
        var world = World.ok
        world.connections[0].clientID = "a\" | x=\"\\"
        var stage = Stage.live(world)
        stage.type("2j")
        stage.key(.enter)
        #expect(self.query(stage, .subscription)?.filter == "client_id=\"a\\\" | x=\\\"\\\\\"")
    }

    @Test("a call that failed is not asked again until it differs, is told to, or there is a new connection")
    func failures() {
        var stage = Stage.live(.ok)
        stage.type("2/bad=")
        stage.key(.enter)
        #expect(self.query(stage, .connection) == nil)
        #expect(stage.model.filterFailure?.offset == 4)
        #expect(stage.model.prompt?.caret == 4)  // to be mended where it is wrong
        stage.key(.escape)
        stage.type("r")
        stage.tick()
        #expect(self.query(stage, .connection) == nil)
        #expect(stage.model.prompt?.caret == 4)
        stage.key(.control("u"))
        stage.key(.enter)
        #expect(self.query(stage, .connection)?.filter == "")
        #expect(stage.model.filterFailure == nil)
    }

    @Test("answers to calls that are no longer wanted change nothing")
    func lateAnswers() throws {
        var stage = Stage.live(.ok)
        stage.type("2")
        let id = try #require(stage.model.wanted.calls.last?.id)
        stage.type("5")
        let before = stage.frame
        var response = AdminV1.WatchResponse()
        response.seq = 1
        stage.give(.watch(id, response))
        stage.give(.failed(id, TopFailure(code: "internal", message: "late")))
        stage.give(.row(id, AdminV1.GetResponse()))
        stage.give(.events(id, AdminV1.EventsResponse()))
        #expect(stage.frame == before)
    }

    @Test("a journal goes on where it stopped, and begins anew at another level")
    func journals() throws {
        func request(_ stage: Stage) throws -> AdminV1.EventsRequest {
            let call = try #require(stage.model.wanted.calls.last)
            guard case .events(let request) = call.request else { throw Wrong() }
            return request
        }
        var stage = Stage.live(.ok)
        stage.type("6")
        #expect(stage.model.data.events.lines.count == 6)
        #expect(try request(stage).fromSeq == 8)
        stage.type("1")
        stage.type("6")
        #expect(stage.model.data.events.lines.count == 6)
        stage.type("v")
        #expect(try request(stage).minLevel == .notice)
        #expect(stage.model.data.events.lines.map(\.seq) == [1, 4, 6])
    }

    struct Wrong: Error {}
}
