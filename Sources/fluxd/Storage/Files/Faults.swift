import Synchronization

/// What goes wrong with the files below a ``FaultyFiles``. May be changed at any time, from any thread.
package final class Faults: Sendable {
    package enum Operation: CaseIterable, Sendable { case create, open, read, write, truncate, sync, remove, rename }

    /// Operations that fail.
    package struct Rule: Sendable {
        package var operation: Operation
        package var kind: FileError.Kind
        /// The path begins with it.
        package var path = ""
        /// So many succeed before the first failure.
        package var after = 0
        /// So many fail; nil for all from then on.
        package var times: Int?

        package init(
            _ operation: Operation,
            _ kind: FileError.Kind,
            path: String = "",
            after: Int = 0,
            times: Int? = nil
        ) {
            self.operation = operation
            self.kind = kind
            self.path = path
            self.after = after
            self.times = times
        }
    }

    /// A bit that the device gives back wrong.
    package struct Rot: Sendable {
        package var path: String
        package var offset: Int
        package var bit: UInt8

        package init(path: String, offset: Int, bit: UInt8) {
            self.path = path
            self.offset = offset
            self.bit = bit
        }
    }

    package struct Plan: Sendable {
        package var rules: [Rule] = []
        package var rot: [Rot] = []
        /// Bytes that may still be written; nil for as many as there is room for.
        package var room: Int?
        /// What a sync takes besides what it takes anyway: nanoseconds.
        package var syncDelay: UInt64 = 0
        /// The parts of a failing write that reach the file: in thousandths of its bytes.
        package var torn = 500

        package init() {}

        /// What is to be done about an operation that is about to happen.
        mutating func meet(_ operation: Operation, _ path: String) -> FileError.Kind? {
            for index in self.rules.indices {
                let rule = self.rules[index]
                guard rule.operation == operation, path.hasPrefix(rule.path), rule.times != 0 else { continue }
                if rule.after > 0 {
                    self.rules[index].after -= 1
                    continue
                }
                if let times = rule.times { self.rules[index].times = times - 1 }
                return rule.kind
            }
            return nil
        }
    }

    private let plan = Mutex(Plan())

    package init() {}

    package func change(_ body: (inout Plan) -> Void) { self.plan.withLock { body(&$0) } }

    func check(_ operation: Operation, _ path: String) throws(FileError) {
        if let kind = self.plan.withLock({ $0.meet(operation, path) }) {
            throw FileError(kind, "\(operation) \(path): a fault was asked for")
        }
    }

    /// How much of a write reaches the file, and what it then ends with.
    func admit(_ bytes: Int, _ path: String) -> (bytes: Int, FileError?) {
        self.plan.withLock { plan in
            if let kind = plan.meet(.write, path) {
                return (bytes * plan.torn / 1_000, FileError(kind, "write \(path): a fault was asked for"))
            }
            guard let room = plan.room else { return (bytes, nil) }
            plan.room = max(room - bytes, 0)
            return bytes <= room
                ? (bytes, nil) : (room, FileError(.full, "write \(path): no room is left of what was given"))
        }
    }

    func room(_ actual: UInt64) -> UInt64 { self.plan.withLock { $0.room.map { min(actual, UInt64($0)) } ?? actual } }
    var syncDelay: UInt64 { self.plan.withLock { $0.syncDelay } }
    func rot(of path: String) -> [Rot] { self.plan.withLock { $0.rot.filter { $0.path == path } } }
}
