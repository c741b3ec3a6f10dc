package import LogStorage
package import Machine

/// Before turns are taken: what a daemon loads before its listeners open.
extension VolumeEngine {
    /// All logs, in order; each with its head, its next offset and its bytes.
    package var logs: [LogInfo] { self.writer.logs.ids.compactMap { self.writer.logs.existing($0)?.info } }

    /// Hands out a log's records from an offset on, oldest first, in pieces of about a megabyte.
    ///
    /// - Parameter first: nil for the oldest that is kept.
    /// - Throws: ``StorageFailure`` of kind `gone` for a log that is not there, `damaged` where its bytes are not what was written:
    ///   then what came before has been handed out.
    package func forEachRecord(
        _ id: LogID,
        from first: UInt64? = nil,
        _ body: (LogRead) -> Void
    ) throws(StorageFailure) {
        guard let log = self.writer.logs.existing(id) else {
            throw StorageFailure(.gone, "log \(id.bits): there is no such log")
        }
        do throws(LogError) {
            var next = max(first ?? log.head, log.head)
            while next < log.next {
                let read = try log.read(from: next, maximumBytes: 1 << 20)
                if !read.entries.isEmpty { body(read) }
                if read.next <= next { break }
                next = read.next
            }
        } catch {
            throw error.failure
        }
    }

    /// Logs that belong to nobody any more: they are removed when the writer has nothing else to do.
    package func removeLater(_ ids: [LogID]) { self.writer.leftovers += ids }
}

/// At any time, from any thread; answered on the writer's thread.
extension VolumeEngine {
    /// What an owner of an earlier life is called, for people who look into its files.
    package func setName(_ name: String, of owner: UInt64) {
        self.ask { $0.logs.setName(name, of: owner) }
    }

    /// nil for a log that is not there.
    package func describe(_ id: LogID, _ reply: @escaping @Sendable (LogInfo?) -> Void) {
        self.ask { reply($0.logs.existing(id)?.info) }
    }

    func ask(_ inquiry: @escaping @Sendable (WriterLane) -> Void) {
        self.exchange.inquiries.put(inquiry)
        self.exchange.wake(.writer)
    }
}
