import CommandSpec
import JSON
import MQTTClient
import Query
import Terminal
import Testing

@testable import fluxctl

@Suite("Formatting")
struct FormattingTests {
    @Test(
        "a time is written in UTC with nanoseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000000007Z"), (951_782_400, "2000-02-29T00:00:00.000000007Z"),
            (1_795_356_127, "2026-11-22T14:02:07.000000007Z"),
            (-1, "1969-12-31T23:59:59.000000007Z"),
        ]
    )
    func time(_ seconds: Int, _ expected: String) { #expect(timestamp(seconds: seconds, nanoseconds: 7) == expected) }

    @Test("numbers for people")
    func numbers() {
        #expect(grouped(12_044) == "12,044")
        #expect(grouped(-1_234_567) == "-1,234,567")
        #expect(byteCount(1_536) == "1.5 KiB")
        #expect(rate(8_140) == "8.1k/s")
        #expect(Duration.milliseconds(1_500).short == "1.5s")
        #expect(PublishRun.summaryLine(published: 0, failed: 0, elapsed: .zero) == "0 published")
        #expect(
            PublishRun.summaryLine(published: 12_044, failed: 1, elapsed: .milliseconds(1_480))
                == "12,044 published  1 failed  8.1k/s  1.48 s"
        )
    }

    @Test("where a table's numbers have no units, its headings have them; measured numbers have three decimals")
    func rawUnits() async {
        let line = ["queue", "ls", "--columns", "id,oldest_ms,bytes,messages_in_per_s", "--units"]
        let raw = await control(line + ["raw"])
        #expect(raw.out.split(separator: "\n").first?.split(separator: " ") == ["ID", "OLDEST", "ms", "BYTES", "IN/s"])
        let people = await control(line + ["iec"])
        #expect(people.out.split(separator: "\n").first?.split(separator: " ") == ["ID", "OLDEST", "BYTES", "IN/s"])
        let text = HumanText(units: .raw, time: .utc)
        #expect(text.heading(Column("buffered_bytes", .integer, title: "BUF", unit: .bytes, "")) == "BUF B")
        #expect(text.heading(Column("cpu_percent", .number, title: "CPU", unit: .percent, "")) == "CPU %")
        #expect(Datum.number(1.1778999999999997).rounded(.percent).plainText == "1.178")
        #expect(Datum.number(1.0005).rounded(.none).plainText == "1.0005")
    }

    @Test(
        "base64 and hexadecimal come back as they were",
        arguments: [[], [0], [1, 2], [0, 255, 27], [1, 2, 3, 4]] as [[UInt8]]
    )
    func binary(_ bytes: [UInt8]) {
        #expect(decodeBase64(Array(base64(bytes).utf8)) == bytes)
        #expect(
            decodeHexadecimal(Array(bytes.map { hexadecimal(UInt32($0), width: 2) }.joined(separator: " ").utf8))
                == bytes
        )
    }

    @Test("what is no base64 is refused", arguments: ["A", "AA", "AAA", "A===", "AA=A", "AA==AAAA", "====", "A*AA"])
    func notBase64(_ text: String) { #expect(decodeBase64(Array(text.utf8)) == nil) }

    @Test("what is no hexadecimal is refused", arguments: ["a", "0g", "0x00"])
    func notHexadecimal(_ text: String) { #expect(decodeHexadecimal(Array(text.utf8)) == nil) }

    @Test(
        "a payload for people has no byte that a terminal obeys",
        arguments: [
            ("\u{1B}[2J\n".utf8.map { $0 }, "\\x1b[2J\\x0a"), ([0x00, 0xFF, 0x41], "\\x00\\xffA"),
            (Array("é✓".utf8), "é✓"), ([0xC2], "\\xc2"),
        ] as [([UInt8], String)]
    )
    func payload(_ bytes: [UInt8], _ expected: String) { #expect(displayed(bytes, limit: nil) == expected) }

    @Test("a cut payload says how much is missing, and cuts no character in two")
    func cutPayload() {
        #expect(displayed(Array("aé".utf8), limit: 2) == "a…(+1 B)")
        #expect(displayed(Array(repeating: 0x61, count: 16 << 10), limit: 4 << 10).hasSuffix("a…(+12.0 KiB)"))
    }

    @Test("a template fills in fields, cuts them and escapes them")
    func template() throws {
        let message = MQTTMessage(
            topic: "a\u{1B}",
            payload: Array("hello".utf8),
            properties: .init(userProperties: [.init("unit", "C")])
        )
        let view = MessageView(sequence: 3, at: "T", delivery: MQTTDelivery(message: message), via: "mqtt5")
        let template = try Template(
            #"{seq} {topic} {payload:2} {headers.unit} {content_type}{{x}\t\0\\"#,
            schema: MessageView.schema,
            command: "sub"
        )
        var output: [UInt8] = []
        template.render(view.json, raw: { view.payload(of: $0, unescaped: false) }, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "3 a\\x1b he… C {x}\t\0\\")
    }

    @Test("a message's JSON has every required field of its schema and none besides")
    func schema() {
        var message = MQTTMessage(topic: "a", payload: [0xFF], qos: .atLeastOnce, retain: true)
        message.properties.correlationData = [1]
        message.properties.userProperties = [.init("a", "1"), .init("b", "2"), .init("a", "3")]
        let json = MessageView(sequence: 1, at: "T", delivery: MQTTDelivery(message: message), via: "mqtt5").json
        for field in MessageView.schema.fields where !field.isOptional { #expect(json[field.name] != nil) }
        guard case .object(let members) = json else { return }
        for member in members { #expect(MessageView.schema.fields.contains { $0.name == member.0 }) }
        #expect(json["headers"]?.text == #"{"a":["1","3"],"b":"2"}"#)
        #expect(json["payload_b64"]?.text == #""/w==""#)
    }

    @Test(
        "a filter matches by levels, and wildcards leave $ topics alone",
        arguments: [
            ("a/b", "a/+", true), ("a/b", "a/#", true), ("a", "a/#", true), ("a/b/c", "a/+", false),
            ("$SYS/x", "#", false), ("$SYS/x", "$SYS/#", true),
            ("a", "+/+", false), ("/a", "+/a", true), ("a", "b", false),
        ]
    )
    func filters(_ topic: String, _ filter: String, _ expected: Bool) {
        #expect(topicMatches(topic, filter: filter) == expected)
    }

    @Test("records are split wherever the reads end", arguments: 1..<9)
    func records(_ size: Int) throws {
        let bytes = Array("one\n\ntwo\nlast".utf8)
        var splitter = RecordSplitter(separator: 0x0A)
        var records: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            records += try splitter.add(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        if let last = splitter.finish() { records.append(last) }
        #expect(records == ["one", "", "two", "last"].map { Array($0.utf8) })
    }
}
