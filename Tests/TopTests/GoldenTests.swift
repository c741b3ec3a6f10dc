import Foundation
import Terminal
import Testing
import TopModel

/// Frames as text, held against files. `UPDATE_GOLDEN=1 swift test --filter TopTests` writes them anew: read the difference
/// before you commit it.
@Suite("Golden frames")
struct GoldenTests {
    static let sizes = [(20, 5), (40, 12), (80, 24), (120, 40), (200, 60)]

    @Test("every screen looks as it is written down, at every size", arguments: Scene.allCases, State.allCases)
    func frames(scene: Scene, state: State) throws {
        var text = ""
        for (width, height) in Self.sizes {
            text += section("\(width)x\(height)", scene.frame(state, width, height, .block))
        }
        for (width, height) in [(40, 12), (80, 24)] {
            text += section("\(width)x\(height) ascii", scene.frame(state, width, height, .ascii))
        }
        try compare(text, with: "\(scene)-\(state)")
    }

    @Test("what lies over a screen looks as it is written down", arguments: Extra.allCases)
    func extras(extra: Extra) throws {
        var text = ""
        for (width, height) in [(40, 12), (80, 24), (120, 40)] {
            text += section("\(width)x\(height)", extra.frame(width, height))
        }
        text += section("80x24 roles", extra.frame(80, 24).roles)
        try compare(text, with: "extra-\(extra)")
    }

    @Test("graphs in braille look as they are written down")
    func braille() throws {
        let frame = Scene.overview.frame(.ok, 80, 24, .braille)
        try compare(section("80x24", frame), with: "overview-braille")
    }

    @Test("roles are as they are written down", arguments: [State.ok, .disconnected, .hostile])
    func roles(state: State) throws {
        var text = ""
        for scene in Scene.allCases { text += section("\(scene)", scene.frame(state, 80, 24, .block).roles) }
        try compare(text, with: "roles-\(state)")
    }
}

enum Scene: String, CaseIterable, Sendable {
    case overview, connections, detail, sessions, queues, queue, groups, group, topics, events

    func frame(_ state: State, _ width: Int, _ height: Int, _ symbols: SymbolSet) -> CellBuffer {
        var options = TopOptions()
        options.symbols = symbols
        options.context = "prod"
        options.endpoint = "unix:/run/fluxmq/admin.sock"
        var stage = Stage.live(state.world, width: width, height: height, options: options)
        switch self {
        case .overview: break
        case .connections: stage.type("2jj")
        case .detail:
            stage.type("2j")
            stage.key(.enter)
        case .sessions: stage.type("2oj")
        case .queues: stage.type("3jj")
        case .queue:
            stage.type("3jj")
            stage.key(.enter)
        case .groups: stage.type("4jj")
        case .group:
            stage.type(state == .hostile ? "4Gkk" : state == .huge ? "4j" : "4jj")
            stage.key(.enter)
        case .topics: stage.type("5j")
        case .events: stage.type("6")
        }
        stage.tick(5)
        switch state {
        case .ok, .empty, .huge, .hostile: break
        case .disconnected:
            stage.disconnect()
            stage.now += 14_000
        case .paused:
            stage.type("p")
            stage.tick(3)
        }
        return stage.frame
    }
}

enum State: String, CaseIterable, Sendable {
    case ok, empty, huge, disconnected, paused, hostile

    var world: World {
        switch self {
        case .ok, .disconnected, .paused: .ok
        case .empty: .empty
        case .huge: .huge
        case .hostile: .hostile
        }
    }
}

/// Moments that are not a screen of their own.
enum Extra: String, CaseIterable, Sendable {
    case help, helpReadOnly, confirm, confirmMany, prompt, badFilter, noMatch, gone, log, record, neverConnected,
        topicDetail, queueHelp, groupHelp, purge, pauseMany

    func frame(_ width: Int, _ height: Int) -> CellBuffer {
        var options = TopOptions()
        options.context = "prod"
        options.endpoint = "unix:/run/fluxmq/admin.sock"
        options.readOnly = self == .helpReadOnly
        if self == .neverConnected {
            var stage = Stage(.empty, size: ScreenSize(width: width, height: height), options: options)
            stage.disconnect()
            return stage.frame
        }
        var stage = Stage.live(.ok, width: width, height: height, options: options)
        switch self {
        case .help, .helpReadOnly: stage.type("2?")
        case .confirm: stage.type("2jK")
        case .confirmMany: stage.type("2j       K")
        case .prompt: stage.type("2/state=slow | client_id~^edge")
        case .badFilter:
            stage.type("2/bad=")
            stage.key(.enter)
        case .noMatch:
            stage.type("2/nobody")
            stage.key(.enter)
        case .gone:
            stage.type("2jj")
            stage.world.connections.remove(at: 1)
            stage.tick(2)
        case .log:
            stage.type("6")
            stage.key(.tab)
        case .record:
            stage.type("6kk")
            stage.key(.enter)
        case .topicDetail:
            stage.type("5j")
            stage.key(.enter)
        case .queueHelp: stage.type("3?")
        case .groupHelp: stage.type("4?")
        case .purge: stage.type("3jjXord")
        case .pauseMany: stage.type("3j  z")
        case .neverConnected: break
        }
        return stage.frame
    }
}

private func section(_ title: String, _ frame: CellBuffer) -> String { section(title, frame.text) }

private func section(_ title: String, _ lines: [String]) -> String {
    "== \(title)\n" + lines.map { $0 + "\n" }.joined()
}

private let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Golden"

private func compare(_ text: String, with name: String) throws {
    let path = "\(folder)/\(name).txt"
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return
    }
    let expected = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    guard expected != text else { return }
    Issue.record("\(name) differs:\n\(difference(expected, text))")
}

/// The lines that differ, at most forty.
private func difference(_ expected: String, _ actual: String) -> String {
    let (old, new) = (
        expected.split(separator: "\n", omittingEmptySubsequences: false),
        actual.split(separator: "\n", omittingEmptySubsequences: false)
    )
    var lines: [String] = []
    for index in 0..<max(old.count, new.count) {
        let (left, right) = (index < old.count ? old[index] : "", index < new.count ? new[index] : "")
        if left != right { lines += ["\(index + 1) - \(left)", "\(index + 1) + \(right)"] }
        if lines.count >= 40 { break }
    }
    return lines.joined(separator: "\n")
}
