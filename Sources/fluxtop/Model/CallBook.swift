import AdminAPI

/// Which call is for what, and under which identifier it runs.
struct CallBook: Equatable, Sendable {
    /// What an answer is for.
    enum Purpose: Int, CaseIterable, Comparable, Sendable {
        case broker, table, slow, busy, deepest, deadLetters, series, headlines, journal, subject, subscriptions,
            retained,
            queueGroups, consumers, pending

        static func < (left: Purpose, right: Purpose) -> Bool { left.rawValue < right.rawValue }
    }

    private var running: [Purpose: TopCall] = [:]
    /// Those that ended with an error: not wanted any more until they would ask something else.
    private var failed: Set<UInt64> = []
    private var lastID: UInt64 = 0

    var wanted: TopWanted {
        TopWanted(
            calls: self.running.sorted { $0.key < $1.key }.map(\.value).filter { !self.failed.contains($0.id) }
        )
    }

    func purpose(of id: UInt64) -> Purpose? { self.running.first { $0.value.id == id }?.key }

    subscript(purpose: Purpose) -> TopCall? { self.running[purpose] }

    /// - Returns: Purposes that ask something else than before.
    @discardableResult
    mutating func update(_ requests: [Purpose: TopCall.Request]) -> Set<Purpose> {
        var changed: Set<Purpose> = []
        for purpose in Purpose.allCases {
            let old = self.running[purpose]
            guard let request = requests[purpose] else {
                if let old { self.failed.remove(old.id) }
                self.running[purpose] = nil
                continue
            }
            if let old, old.request.asksTheSame(as: request) {
                self.running[purpose]?.request = request
            } else {
                if let old { self.failed.remove(old.id) }
                self.lastID += 1
                self.running[purpose] = TopCall(id: self.lastID, request: request)
                changed.insert(purpose)
            }
        }
        return changed
    }

    mutating func fail(_ id: UInt64) { self.failed.insert(id) }

    /// Gives every call another identifier: to another server it is another call, whatever it asks.
    mutating func renew(_ requests: [Purpose: TopCall.Request]) {
        self.running = [:]
        self.failed = []
        self.update(requests)
    }

    /// Gives what failed another identifier, so that it is tried again.
    mutating func retry() {
        for (purpose, call) in self.running where self.failed.contains(call.id) {
            self.lastID += 1
            self.running[purpose] = TopCall(id: self.lastID, request: call.request)
        }
        self.failed = []
    }
}

extension TopCall.Request {
    /// Whether a running call for `self` serves `other`: from where it goes on is no difference.
    func asksTheSame(as other: TopCall.Request) -> Bool {
        switch (self, other) {
        case (.events(let left), .events(let right)):
            left.minLevel == right.minLevel && left.filter == right.filter && left.follow == right.follow
        case (.log(let left), .log(let right)):
            left.minLevel == right.minLevel && left.filter == right.filter && left.follow == right.follow
        case (.series(let left, let leftMs), .series(let right, let rightMs)):
            left.names == right.names && left.stepS == right.stepS && leftMs == rightMs
        default: self == other
        }
    }
}
