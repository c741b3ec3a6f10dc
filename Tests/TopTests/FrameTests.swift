import AdminAPI
import Terminal
import Testing
import TopModel
import TopViews

@Suite("Frames")
struct FrameTests {
    @Test("any keys, answers and sizes: nothing crashes, and every row has exactly its width", arguments: 0..<8)
    func randomWalks(seed: UInt64) {
        var random = Seeded(seed &* 7_919 &+ 1)
        let worlds: [World] = [.ok, .empty, .hostile]
        let world = worlds[Int(random.next() % 3)]
        var options = TopOptions()
        options.symbols = SymbolSet.allCases[Int(random.next() % 3)]
        var stage = Stage.live(world, width: 80, height: 24, options: options)
        let keys: [KeyPress] =
            Array("123456jjjjkkgG/<>I oUKzXyn?pur+-vqxé名").map { .character($0) }
            + [
                .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .enter, .escape, .tab, .backspace,
                .delete,
            ]
            + [.control("u"), .control("w"), .function(1), .function(9), .insert]
        for _ in 0..<120 {
            switch random.next() % 12 {
            case 0:
                let size = ScreenSize(width: Int(random.next() % 301), height: Int(random.next() % 101))
                stage.key(.resize(size))
            case 1: stage.tick()
            case 2 where random.next() % 4 == 0: stage.disconnect()
            case 3 where stage.model.isDown: stage.reconnect()
            case 4:
                stage.world.connections.shuffle(using: &random)
                if random.next() % 4 == 0 { stage.world.connections = Array(stage.world.connections.dropLast()) }
                for index in stage.world.connections.indices {
                    stage.world.connections[index].bufferedBytes = random.next() % 5_000
                }
            default: stage.key(keys[Int(random.next() % UInt64(keys.count))])
            }
            self.check(stage.frame, stage.model.size)
        }
    }

    @Test("every size from 1x1 to 300x100 has its frame", arguments: Scene.allCases)
    func sizes(scene: Scene) {
        var stage = Stage.live(.hostile)
        stage.type(
            [
                "overview": "1", "connections": "2j", "detail": "2j", "sessions": "2oj", "queues": "3j",
                "queue": "3j", "groups": "4j", "group": "4j", "topics": "5j", "events": "6",
            ][
                scene.rawValue
            ] ?? ""
        )
        if [.detail, .queue, .group].contains(scene) { stage.key(.enter) }
        for overlay in ["", "?", scene == .queue ? "X" : scene == .queues ? "z" : "K", "/"] {
            var stage = stage
            stage.type(overlay)
            let widths =
                overlay.isEmpty
                ? [1, 2, 19, 20, 21, 33, 35, 59, 60, 73, 74, 80, 109, 110, 150, 300] : [1, 20, 29, 30, 80]
            for width in widths {
                for height in width == 300 ? [1, 5, 100] : [1, 2, 4, 5, 6, 7, 8, 11, 24] {
                    let size = ScreenSize(width: width, height: height)
                    stage.key(.resize(size))
                    self.check(stage.frame, size)
                }
            }
        }
    }

    private func check(_ frame: CellBuffer, _ size: ScreenSize) {
        #expect(frame.size == size)
        for y in 0..<frame.height {
            let cells = (0..<frame.width).map { frame[$0, y] }
            let widths = cells.reduce(0) { $0 + Int($1.width) }
            if widths != size.width { Issue.record("row \(y) of \(size) is \(widths) wide") }
            let isSafe = cells.allSatisfy { cell in
                cell.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            }
            if !isSafe { Issue.record("row \(y) of \(size) has a control character") }
        }
    }

    @Test("with ASCII symbols nothing but ASCII is drawn, whatever peers are called", arguments: Scene.allCases)
    func ascii(scene: Scene) {
        let frame = scene.frame(.hostile, 120, 40, .ascii)
        for line in frame.text { #expect(line.utf8.allSatisfy { $0 < 0x7F }, "\(line)") }
    }

    @Test(
        "numbers are whole: in every unit the ends of number columns are blank or digits of theirs",
        arguments: SizeUnits.allCases
    )
    func numbersAreWhole(units: SizeUnits) {
        var world = World.huge
        world.connections = Array(world.connections.suffix(30))
        world.topics = Array(world.topics.suffix(30))
        for width in stride(from: 20, through: 130, by: 3) {
            var options = TopOptions()
            options.units = units
            var stage = Stage.live(world, width: width, height: 24, options: options)
            for keys in ["2", "2o", "3", "4", "5"] {
                stage.type(keys)
                guard let table = stage.model.table, let kind = stage.model.tableKind else { continue }
                let store = stage.model.data[kind]
                let row = table.row(at: 0, in: store)?.row
                let names = ["  device-10092", "  site/4999", "  site/0/", "  a-group-of-many-consumers-0"]
                let line = stage.frame.text.first { line in names.contains { line.hasPrefix($0.prefix(9)) } } ?? ""
                #expect(!line.isEmpty || ![TableKind.queues, .groups].contains(kind) || width < 40)
                for word in line.split(separator: " ") where word.last == "…" {
                    // Only text is ever cut.
                    let texts = [
                        row?.title ?? "", "edge", "10.0.4.9:51824", "mqtt", "site/", "growing +96/s", "running",
                    ]
                    let isText = texts.contains { $0.hasPrefix(word.dropLast()) || word.hasPrefix($0) }
                    #expect(isText, "\(width) \(units): \(line)")
                }
            }
        }
    }

    @Test("storage that takes nothing stands in the header of every size", arguments: ["full", "failed"])
    func storage(state: String) {
        var world = World.ok
        world.broker.storageState = state
        for (width, height) in [(20, 5), (80, 24)] {
            let stage = Stage.live(world, width: width, height: height)
            #expect(stage.frame.text[0].contains("n1 storage \(state)"), "\(stage.frame.text[0])")
        }
    }

    @Test("what was true before the connection broke is dimmed, and the header says since when")
    func disconnected() {
        var stage = Stage.live(.ok)
        stage.type("2")
        stage.disconnect()
        stage.now += 14_000
        let frame = stage.frame
        #expect(frame.text[0].contains("NO CONNECTION  frozen at 14:02:07, 14s old"))
        #expect(frame.roles[8].allSatisfy { $0 == "d" })
        stage.type("r")
        #expect(stage.retries == 1)
        stage.reconnect()
        #expect(!stage.frame.text[0].contains("NO CONNECTION"))
    }

    @Test("unknown is drawn as - and never as 0")
    func unknown() {
        let frame = Stage.live(.empty).frame.text
        #expect(frame.contains { $0.hasPrefix("msgs in         - ") })
        #expect(frame.contains { $0.contains("cpu                - ") })
    }
}

/// A generator whose numbers are the same on every run. Source: Vigna, "SplitMix64".
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
