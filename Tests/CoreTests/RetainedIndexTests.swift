import Bytes
import Simulation
import Testing
import Topics

@testable import Core

@Suite("Retained index")
struct RetainedIndexTests {
    private func message(_ topic: [UInt8], _ payload: [UInt8], expiry: UInt64 = 0, namespace: Namespace = .standard)
        -> StoredMessage
    {
        let header: [UInt8] = []
        return StoredMessage(
            copying: MessageView(
                topic: topic.span,
                header: header.span,
                payload: payload.span,
                qos: 1,
                retain: true,
                expiry: expiry,
                namespace: namespace
            )
        )
    }

    private func text(_ message: StoredMessage) -> String {
        message.withView { $0.topic.string() + "=" + $0.payload.string() }
    }

    /// A whole read, slice by slice.
    private func read(_ index: RetainedIndex, _ filter: [UInt8], limit: Int, now: UInt64 = 0) -> [String] {
        var found: [String] = []
        var last: [UInt8]?
        repeat {
            let slice = index.read(filter.span, in: .standard, after: last, now: now, limit: limit)
            #expect(slice.messages.count <= limit)
            found += slice.messages.map(self.text)
            last = slice.last
        } while last != nil
        return found
    }

    @Test("reads in slices of any size give what a dictionary gives, in order", arguments: 1...6 as ClosedRange<UInt64>)
    func againstModel(seed: UInt64) {
        var source = TopicSource(seed: seed)
        let index = RetainedIndex()
        var model: [String: String] = [:]
        for round in 0..<1_500 {
            // Enough topics for several leaves.
            let topic = source.topic() + Array("/\(source.random.below(40))".utf8)
            let key = String(decoding: topic, as: UTF8.self)
            if source.random.chance(perMille: 300) {
                let expected = model[key] == nil ? RetainedIndex.Outcome.unchanged : .removed
                #expect(index.remove(topic.span, in: .standard) == expected)
                model[key] = nil
            } else {
                let expected = model[key] == nil ? RetainedIndex.Outcome.added : .replaced
                #expect(index.set(self.message(topic, Array("\(round)".utf8)), limit: .max, now: 5) == expected)
                model[key] = "\(round)"
            }
            #expect(index.count() == model.count)
            guard round % 10 == 0 else { continue }
            let filter = source.random.chance(perMille: 300) ? topic : source.filter()
            let matching = model.filter { topicMatches(filter: filter.span, topic: Array($0.key.utf8).span) }
            let sorted = matching.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            #expect(
                self.read(index, filter, limit: source.random.value(in: 1...300))
                    == sorted.map { "\($0.key)=\($0.value)" }
            )
        }
    }

    @Test("bytes are counted and given back")
    func bytes() {
        let index = RetainedIndex()
        for number in 0..<1_000 { _ = index.set(self.message(Array("t/\(number)".utf8), [1, 2]), limit: .max, now: 5) }
        let full = index.bytes
        _ = index.set(self.message(Array("t/5".utf8), Array(repeating: 1, count: 1_002)), limit: .max, now: 5)
        #expect(index.bytes == full + 1_000)
        for number in 0..<1_000 { _ = index.remove(Array("t/\(number)".utf8).span, in: .standard) }
        #expect(index.bytes == 0)
        #expect(index.count() == 0)
    }

    @Test("a full index takes no new topic, but replaces old ones")
    func limit() {
        let index = RetainedIndex()
        #expect(index.set(self.message([97], [1]), limit: 1, now: 5) == .added)
        #expect(index.set(self.message([98], [1]), limit: 1, now: 5) == .full)
        #expect(index.set(self.message([97], [2]), limit: 1, now: 5) == .replaced)
        #expect(index.count() == 1)
    }

    @Test("namespaces do not see each other")
    func namespaces() {
        let index = RetainedIndex()
        _ = index.set(self.message([97], [1], namespace: Namespace(5)), limit: .max, now: 5)
        #expect(self.read(index, [35], limit: 10).isEmpty)
        #expect(index.count(in: Namespace(5)) == 1)
        #expect(index.remove([97].span, in: .standard) == .unchanged)
    }

    @Test("what has expired is not read, and the sweep takes it out, slice by slice")
    func expiry() {
        let index = RetainedIndex()
        for number in 0..<600 {
            _ = index.set(
                self.message(Array("t/\(number)".utf8), [1], expiry: number % 2 == 0 ? 100 : 0),
                limit: .max,
                now: 5
            )
        }
        #expect(self.read(index, Array("t/#".utf8), limit: 256, now: 99).count == 600)
        #expect(self.read(index, Array("t/#".utf8), limit: 256, now: 100).count == 300)
        #expect(index.count() == 600)
        var cursor: [UInt8]?
        var rounds = 0
        repeat {
            cursor = index.sweep(.standard, after: cursor, now: 100, limit: 64)
            rounds += 1
        } while cursor != nil
        #expect(index.count() == 300)
        #expect(rounds >= 600 / 64)
    }

    @Test("a reader whose last topic is gone goes on behind it")
    func cursorOfRemoved() {
        let index = RetainedIndex()
        for letter in "abcdef".utf8 { _ = index.set(self.message([letter], [49]), limit: .max, now: 5) }
        let first = index.read([35].span, in: .standard, after: nil, now: 0, limit: 3)
        #expect(first.last == Array("c".utf8))
        _ = index.remove(Array("c".utf8).span, in: .standard)
        let second = index.read([35].span, in: .standard, after: first.last, now: 0, limit: 10)
        #expect(second.messages.map(self.text) == ["d=1", "e=1", "f=1"])
        #expect(second.last == nil)
    }
}
