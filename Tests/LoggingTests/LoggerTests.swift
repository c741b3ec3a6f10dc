import Glibc
import Logging
import Synchronization
import Testing

@Suite("Logger")
struct LoggerTests {
    /// Lines and a clock that a test moves.
    final class Recorder: Sendable {
        let lines = Mutex<[String]>([])
        let seconds = Atomic<Int>(0)

        func logger(
            _ level: LogLevel = .info,
            _ format: LogFormat = .text,
            repeats: LogRepeats.Policy = LogRepeats.Policy(window: 10, lines: 1)
        ) -> Logger {
            Logger(
                level: level,
                format: format,
                output: .closure { line in self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } },
                repeats: repeats,
                clock: { LogTime(seconds: self.seconds.load(ordering: .relaxed), nanoseconds: 7_000_000) }
            )
        }

        var text: [String] { self.lines.withLock { $0 } }
    }

    @Test("a line holds time, level, message and metadata in order")
    func textLine() {
        let recorder = Recorder()
        let logger = recorder.logger().with(["shard": 2])
        logger.notice("listener open", ["listener": "plain", "port": 1883, "tls": false, "path": "a b", "none": ""])
        #expect(
            recorder.text == [
                "1970-01-01T00:00:00.007Z notice   listener open  shard=2 listener=plain port=1883 tls=false path=\"a b\" none=\"\"\n"
            ]
        )
    }

    @Test("a JSON line is one object")
    func jsonLine() {
        let recorder = Recorder()
        recorder.logger(.info, .json).warning("disk slow", ["volume": "/a\"b", "ms": 12, "ok": true])
        #expect(
            recorder.text == [
                "{\"time\":\"1970-01-01T00:00:00.007Z\",\"level\":\"warning\",\"message\":\"disk slow\",\"volume\":\"/a\\\"b\",\"ms\":12,\"ok\":true}\n"
            ]
        )
    }

    @Test("a peer's bytes can neither start a line nor reach a terminal", arguments: LogFormat.allCases)
    func escapes(format: LogFormat) throws {
        let recorder = Recorder()
        let hostile = "a\r\nERROR \u{1B}[31m\u{7F}\u{9B}0m\u{202E}\u{2028}\u{0}\t\\\""
        recorder.logger(.info, format).info("client refused", ["client": .text(hostile)])
        let line = try #require(recorder.text.first)
        #expect(line.contains(#""a\r\nERROR \u001b[31m\u007f\u009b0m\u202e\u2028\u0000\t\\\"""#))
        #expect(line.dropLast().unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }

    @Test("a long value is cut")
    func cut() throws {
        let recorder = Recorder()
        recorder.logger().info("client refused", ["client": .text(String(repeating: "x", count: 60_000))])
        #expect(try #require(recorder.text.first).hasSuffix("=\"\(String(repeating: "x", count: 256))…\"\n"))
    }

    @Test("below the level nothing is written and no metadata is made")
    func level() {
        let recorder = Recorder()
        let logger = recorder.logger(.warning)
        func metadata() -> LogMetadata {
            Issue.record("metadata was made")
            return [:]
        }
        logger.info("session made", metadata())
        #expect(recorder.text.isEmpty)
        logger.setLevel(.trace)
        logger.with([:]).trace("packet in")
        #expect(recorder.text.count == 1)
    }

    @Test("repeats within the window are counted, and the count is written when it ends")
    func repeats() {
        let recorder = Recorder()
        let logger = recorder.logger()
        for client in 0..<124 { logger.info("client refused", ["client": "\(client)"]) }
        logger.warning("client refused")  // another level is another line
        #expect(recorder.text.count == 2)
        recorder.seconds.store(9, ordering: .relaxed)
        logger.writeEndedCounts()
        #expect(recorder.text.count == 2)
        recorder.seconds.store(10, ordering: .relaxed)
        logger.info("client refused", ["client": "next"])
        #expect(
            recorder.text.dropFirst(2) == [
                "1970-01-01T00:00:10.007Z info     client refused (repeated 123 times)\n",
                "1970-01-01T00:00:10.007Z info     client refused  client=next\n",
            ]
        )
    }

    @Test("the count comes without another line too, and at the end at the latest")
    func counts() {
        let recorder = Recorder()
        let logger = recorder.logger(.info, .json, repeats: LogRepeats.Policy(window: 10, lines: 2))
        for _ in 0..<5 { logger.info("a") }
        recorder.seconds.store(11, ordering: .relaxed)
        logger.writeEndedCounts()
        for _ in 0..<4 { logger.info("b") }
        logger.finish()
        #expect(
            recorder.text.filter { $0.contains("repeated") } == [
                "{\"time\":\"1970-01-01T00:00:11.007Z\",\"level\":\"info\",\"message\":\"a\",\"repeated\":3}\n",
                "{\"time\":\"1970-01-01T00:00:11.007Z\",\"level\":\"info\",\"message\":\"b\",\"repeated\":2}\n",
            ]
        )
    }

    @Test("debug, trace and critical lines are never held back")
    func uncounted() {
        let recorder = Recorder()
        let logger = recorder.logger(.trace)
        for _ in 0..<3 {
            logger.trace("x")
            logger.debug("x")
            logger.critical("x")
        }
        #expect(recorder.text.count == 9)
    }

    @Test("a clock that is set back does not hold the counts")
    func clockSetBack() {
        var repeats = LogRepeats(LogRepeats.Policy(window: 10, lines: 1))
        let early = repeats.ended(now: LogTime(seconds: 1_000))
        let admitted = (0..<2).map { _ in repeats.admit(.info, "a", now: LogTime(seconds: 1_000)) }
        let ended = repeats.ended(now: LogTime(seconds: 500))
        #expect(early.isEmpty)
        #expect(admitted == [true, false])
        #expect(ended.map(\.repeated) == [1])
    }

    @Test(
        "times are RFC 3339 in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_795_366_683, "2026-11-22T16:58:03.000Z"),
            (-1, "1969-12-31T23:59:59.000Z"), (4_107_542_399, "2100-02-28T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ]
    )
    func times(seconds: Int, text: String) { #expect(LogTime(seconds: seconds).text == text) }

    @Test("threads write whole lines to a descriptor")
    func descriptor() async throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let (input, output) = (ends[0], ends[1])
        defer { close(input) }
        let logger = Logger(level: .debug, output: .descriptor(output))
        await withTaskGroup { group in
            for task in 0..<4 {
                group.addTask {
                    for number in 0..<50 {
                        logger.debug("a line", ["task": .integer(task), "number": .integer(number)])
                    }
                }
            }
        }
        close(output)
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(input, &block, block.count), count > 0 { bytes += block[..<count] }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 200)
        #expect(lines.allSatisfy { $0.contains(" debug    a line  task=") })
        #expect(logger.lostLines == 0)
    }

    @Test("a line that the output does not take is counted")
    func lost() {
        let logger = Logger(output: .descriptor(-1))
        logger.notice("a line")
        #expect(logger.lostLines == 1)
    }

    @Test("levels are known by name, and by the configuration's word")
    func names() {
        for level in LogLevel.allCases { #expect(LogLevel(name: level.name) == level) }
        #expect(LogLevel(name: "warn") == .warning)
        #expect(LogLevel(name: "loud") == nil)
    }
}
