import Machine

/// Drives the store's lanes: each takes its turn when the seed has it, so that writes, syncs and reads overlap in any order.
extension Simulator {
    func attachStore() {
        for loop in self.loops {
            let mailbox = loop.mailbox
            self.store?.attach(shard: loop.index) { mailbox.put($0) }
        }
        self.driveStore()
    }

    /// Sees to it that every lane that has something to do will do it.
    func driveStore() {
        guard let store = self.store else { return }
        if self.laneTurns.isEmpty { self.laneTurns = Array(repeating: nil, count: store.laneCount) }
        for lane in 0..<store.laneCount {
            guard let wanted = store.wanted(lane) else { continue }
            let delay = self.random.value(in: self.conditions.storeDelay ?? 0...0)
            let time = max(wanted, self.now) + UInt64(delay)
            if let planned = self.laneTurns[lane], planned <= time { continue }
            self.laneTurns[lane] = time
            self.at(time) { [self] in self.takeTurn(lane, time) }
        }
    }

    private func takeTurn(_ lane: Int, _ time: UInt64) {
        // A turn that an earlier one has overtaken.
        guard let store = self.store, self.laneTurns[lane] == time else { return }
        self.laneTurns[lane] = nil
        self.note(11, UInt64(lane))
        store.turn(lane, now: self.now)
        for loop in self.loops {
            let answers = loop.mailbox.takeAll()
            if !answers.isEmpty { self.send(.stored(answers), from: loop.index, to: loop.index) }
        }
        self.driveStore()
    }
}
