import Protobuf
import Testing

@testable import TopModel
@testable import fluxtop

@Suite("Batch records")
struct BatchRecordsTests {
    private func sample(_ rows: [[FieldValue]], columns: [String] = ["id", "messages_per_s", "retained"]) -> TopBatch {
        TopBatch(
            schema: "fluxmq.top.topics/1",
            at: Timestamp(seconds: 1_795_356_127, nanos: 120_000_000),
            columns: columns,
            rows: rows
        )
    }

    @Test("csv has one header, and quotes what RFC 4180 says")
    func csv() {
        var records = BatchRecords(.csv, isForTerminal: false)
        let first = records.text(
            self.sample([[.string("a,\"b\""), .double(1.5), .bool(true)], [.string("x"), .none, .bool(false)]])
        )
        #expect(first == "id,messages_per_s,retained\n\"a,\"\"b\"\"\",1.5,true\nx,,false\n")
        #expect(records.text(self.sample([[.string("two\nlines"), .uint(0), .none]])) == "\"two\nlines\",0,\n")
    }

    @Test("a sample without rows is a header in csv, a document in json and nothing in jsonl")
    func empty() {
        var csv = BatchRecords(.csv, isForTerminal: false)
        #expect(csv.text(self.sample([])) == "id,messages_per_s,retained\n")
        var json = BatchRecords(.json, isForTerminal: false)
        #expect(
            json.text(self.sample([]))
                == #"{"schema":"fluxmq.top.topics/1","at":"2026-11-22T14:02:07.120Z","items":[]}"# + "\n"
        )
        var lines = BatchRecords(.jsonl, isForTerminal: false)
        #expect(lines.text(self.sample([])) == "")
    }

    @Test("jsonl has one whole object a row, and null for what is unknown")
    func lines() {
        var records = BatchRecords(.jsonl, isForTerminal: false)
        let text = records.text(
            self.sample([[.string("a\u{1B}"), .none, .bool(true)], [.string("b"), .double(2), .none]])
        )
        #expect(
            text.split(separator: "\n") == [
                #"{"schema":"fluxmq.top.topics/1","at":"2026-11-22T14:02:07.120Z","id":"a\u001b","messages_per_s":null,"retained":true}"#,
                #"{"schema":"fluxmq.top.topics/1","at":"2026-11-22T14:02:07.120Z","id":"b","messages_per_s":2.0,"retained":null}"#,
            ]
        )
    }

    @Test("a terminal gets nothing that it would obey, and a file gets the bytes as they are")
    func hostile() {
        let rows: [[FieldValue]] = [[.string("\u{1B}]0;x\u{7}"), .none, .none]]
        var shown = BatchRecords(.csv, isForTerminal: true)
        #expect(shown.text(self.sample(rows)).hasSuffix("\\x1b]0;x\\x07,,\n"))
        var kept = BatchRecords(.csv, isForTerminal: false)
        #expect(kept.text(self.sample(rows)).hasSuffix("\u{1B}]0;x\u{7},,\n"))
    }

    @Test("each event is printed once, however often it is in a sample")
    func journal() {
        var records = BatchRecords(.csv, isForTerminal: false)
        let columns = ["seq", "text"]
        _ = records.text(self.sample([[.uint(1), .string("a")], [.uint(2), .string("b")]], columns: columns))
        let again: [[FieldValue]] = [[.uint(2), .string("b")], [.uint(3), .string("c")]]
        #expect(records.text(self.sample(again, columns: columns)) == "3,c\n")
        #expect(records.text(self.sample(again, columns: columns)) == "")
    }

    @Test("an object has no member twice: an event's time stands in place of the sample's")
    func eventTime() {
        var records = BatchRecords(.jsonl, isForTerminal: false)
        let rows: [[FieldValue]] = [[.uint(7), .timestamp(Timestamp(seconds: 0))]]
        let text = records.text(self.sample(rows, columns: ["seq", "at"]))
        #expect(text == #"{"schema":"fluxmq.top.topics/1","seq":7,"at":"1970-01-01T00:00:00Z"}"# + "\n")
    }

    @Test("numbers too large for a JSON reader's integers are kept exact as text")
    func largeNumbers() {
        var records = BatchRecords(.jsonl, isForTerminal: false)
        #expect(records.text(self.sample([[.uint(.max), .none, .none]])).contains(#""id":"18446744073709551615""#))
    }
}
