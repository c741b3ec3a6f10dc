import Bytes
import Files
import LogStorage
import Machine

/// Answers questions to logs, one at a time, with files of its own.
final class ReaderLane {
    /// How often a log's view is asked for again, when its segments were rewritten or removed during a read.
    private static let attempts = 3

    private let exchange: VolumeExchange
    private let reader: LogReader
    /// How often files had been removed when this lane last closed what it had open of them.
    private var removals: UInt64 = 0

    init(_ exchange: VolumeExchange, _ files: any FileSystem) {
        self.exchange = exchange
        self.reader = LogReader(files: files, options: exchange.settings.logs)
    }

    func wanted() -> UInt64? {
        self.exchange.questions.isEmpty && self.removals == self.exchange.removals ? nil : 0
    }

    func turn() {
        self.closeRemoved()
        guard let question = self.exchange.questions.takeFirst() else { return }
        if !self.exchange.questions.isEmpty { self.exchange.wake(.reader) }
        let request = question.request
        if !question.isLookedFor, self.exchange.view(of: request.log) == nil {
            self.exchange.unopened.put(question)
            return self.exchange.wake(.writer)
        }
        let news: StorageNews =
            switch request.question {
            case .records(let first, let maximumBytes):
                .read(
                    ticket: request.ticket,
                    self.answer(request.log) { view throws(LogError) in
                        try self.reader.read(view, from: first, maximumBytes: maximumBytes)
                    }
                )
            case .offset(let time):
                .found(
                    ticket: request.ticket,
                    self.answer(request.log) { view throws(LogError) in try self.reader.offset(view, notBefore: time) }
                )
            }
        if case .read(_, .success(let read)) = news {
            self.exchange.count { counters in
                counters.reads += 1
                counters.readBytes += UInt64(read.block.count)
            }
        }
        var answers = AnswerList()
        answers.add(.news(news), for: question.shard)
        self.exchange.acknowledgements.deliver(answers)
    }

    /// What is removed gives its space back when the last who has it open closes it.
    private func closeRemoved() {
        let removals = self.exchange.removals
        if self.removals == removals { return }
        self.removals = removals
        self.reader.closeRemoved { self.exchange.view(of: $0) }
    }

    private func answer<Answer>(
        _ log: LogID,
        _ read: (LogView) throws(LogError) -> Answer
    ) -> Result<Answer, StorageFailure> {
        var last = StorageFailure(.gone, "log \(log.bits): there is no such log")
        for _ in 0..<Self.attempts {
            guard let view = self.exchange.view(of: log) else { return .failure(last) }
            do throws(LogError) {
                return .success(try read(view))
            } catch {
                last = error.failure
                switch error {
                case .stale: continue
                case .damaged(let damage):
                    self.exchange.damages.put((log, damage))
                    self.exchange.wake(.writer)
                case .file, .gone: break
                }
                return .failure(last)
            }
        }
        return .failure(last)
    }
}

@available(*, unavailable)
extension ReaderLane: Sendable {}
