import AdminAPI
import Protobuf
import Terminal
import TopModel
import TopViews

/// A model with a broker behind it and an operator in front of it, in a time that stands until it is moved.
struct Stage {
    var model: TopModel
    var world: World
    var now: UInt64 = 100_000
    /// What the model asked the program for, in order.
    private(set) var performed: [AdminV1.DoRequest] = []
    private(set) var quits = 0
    private(set) var retries = 0
    private var sequences: [UInt64: UInt64] = [:]
    private var known: [UInt64: [String: AdminV1.Row]] = [:]

    init(_ world: World, size: ScreenSize = ScreenSize(width: 80, height: 24), options: TopOptions = TopOptions()) {
        self.world = world
        self.model = TopModel(options: options, size: size, now: self.now)
    }

    /// A stage on which fluxtop has connected and everything that it wants has been answered.
    static func live(_ world: World, width: Int = 80, height: Int = 24, options: TopOptions = TopOptions()) -> Stage {
        var stage = Stage(world, size: ScreenSize(width: width, height: height), options: options)
        stage.give(.clock(TopClock(unixMs: World.start * 1_000, utcOffsetSeconds: 3_600)))
        stage.give(.load(TopLoad(cpuPercent: 0.3, terminalBytesPerS: 2_150)))
        stage.give(.connected(stage.world.hello))
        stage.settle()
        return stage
    }

    var frame: CellBuffer { draw(self.model, now: self.now) }

    mutating func give(_ input: TopInput) { self.note(self.model.receive(input, now: self.now)) }

    mutating func key(_ key: KeyPress) {
        self.note(self.model.key(key, now: self.now))
        self.settle()
    }

    mutating func type(_ text: String) {
        for character in text { self.key(.character(character)) }
    }

    /// Lets a second pass, after which every call is answered again.
    mutating func tick(_ seconds: Int = 1) {
        for _ in 0..<seconds {
            self.now += 1_000
            self.answerAll(onlyNew: false)
            self.settle()
        }
    }

    /// Answers what is wanted and was not answered yet, until nothing more is asked for.
    mutating func settle() {
        guard case .up = self.model.link else { return }
        var rounds = 0
        while self.model.wanted.calls.contains(where: { self.sequences[$0.id] == nil }), rounds < 20 {
            self.answerAll(onlyNew: true)
            rounds += 1
        }
    }

    mutating func disconnect(_ reason: String = "connection refused (is fluxd running?)") {
        self.give(.disconnected(TopOutage(reason: reason, attempt: 3, retryAt: self.now + 3_000)))
        self.sequences = [:]
        self.known = [:]
    }

    mutating func reconnect() {
        self.give(.connected(self.world.hello))
        self.settle()
    }

    private mutating func note(_ effects: [TopEffect]) {
        for effect in effects {
            switch effect {
            case .perform(let request): self.performed.append(request)
            case .quit: self.quits += 1
            case .retryNow: self.retries += 1
            case .redraw, .resample: break
            }
        }
    }

    private mutating func answerAll(onlyNew: Bool) {
        for call in self.model.wanted.calls where !onlyNew || self.sequences[call.id] == nil {
            let seq = (self.sequences[call.id] ?? 0) + 1
            self.sequences[call.id] = seq
            self.answer(call, seq)
        }
    }

    private mutating func answer(_ call: TopCall, _ seq: UInt64) {
        switch call.request {
        case .watch(let request): self.answer(call.id, request.query ?? AdminV1.Query(), seq)
        case .get(let request, _):
            guard let row = self.world.row(request.kind, request.id) else {
                return self.give(.failed(call.id, TopFailure(code: "not_found", message: "there is no \(request.id)")))
            }
            var response = AdminV1.GetResponse()
            response.row = row
            self.give(.row(call.id, response))
        case .series(let request, _):
            var response = AdminV1.SeriesResponse()
            response.bootID = self.world.hello.bootID
            response.at = Timestamp(seconds: World.start + Int64(self.now / 1_000) - 100)
            response.stepS = 1
            response.series = request.names.map { name in
                var data = AdminV1.SeriesData()
                data.name = name
                data.values = Array((self.world.series[name] ?? []).suffix(Int(request.points)))
                return data
            }
            self.give(.series(call.id, response))
        case .events(let request):
            var response = AdminV1.EventsResponse()
            let wanted = self.world.events.filter { $0.level.rawValue >= request.minLevel.rawValue }
            response.events = wanted.filter { $0.seq >= request.fromSeq }
            response.nextSeq = (self.world.events.last?.seq ?? 0) + 1
            self.give(.events(call.id, response))
        case .log(let request):
            var response = AdminV1.LogResponse()
            response.records = self.world.log.filter {
                $0.level.rawValue >= request.minLevel.rawValue && $0.seq >= request.fromSeq
            }
            response.nextSeq = (self.world.log.last?.seq ?? 0) + 1
            self.give(.log(call.id, response))
        }
    }

    /// The whole result at first, then what changed, as the server does it.
    private mutating func answer(_ id: UInt64, _ query: AdminV1.Query, _ seq: UInt64) {
        guard let result = self.world.rows(query) else {
            let failure = TopFailure(code: "bad_filter", message: "expected a value after '='", offset: 4)
            return self.give(.failed(id, failure))
        }
        let before = seq == 1 ? [:] : self.known[id] ?? [:]
        var response = AdminV1.WatchResponse()
        response.seq = seq
        response.changed = result.rows.filter { before[$0.id] != $0 }
        response.order = result.rows.map(\.id)
        response.removed = before.keys.filter { id in !result.rows.contains { $0.id == id } }.sorted()
        response.total = UInt64(result.total)
        response.totalMatched = UInt64(result.matched)
        response.totals = result.totals
        response.costUs = 700
        self.known[id] = Dictionary(result.rows.map { ($0.id, $0) }) { $1 }
        self.give(.watch(id, response))
    }
}
