import Bytes
package import Machine

extension ShardState {
    // MARK: Storing

    /// Notes that this burst stores something.
    @inline(__always) package func store(_ kind: DurabilityClass) {
        if kind == .journal { self.journalRecords += 1 } else { self.stateRecords += 1 }
    }

    /// What an acknowledgement has to wait for; nil in the common case that nobody stores.
    @inline(__always) package func receipt(for outcome: PublishOutcome, retained: Bool = false) -> Receipt? {
        if !outcome.storesHere, outcome.storesThere == 0, !retained { return nil }
        return self.makeReceipt(outcome, retained)
    }

    @inline(never) private func makeReceipt(_ outcome: PublishOutcome, _ retained: Bool) -> Receipt {
        var receipt = Receipt()
        if outcome.storesHere { receipt.local.journal = self.storeNumbers[1] + 1 }
        if retained { receipt.local.state = self.storeNumbers[0] + 1 }
        for shard in 0..<self.links.count where outcome.storesThere & 1 << UInt64(shard) != 0 {
            receipt.remote.append((shard, self.links[shard].openNumber))
        }
        return receipt
    }

    /// A receipt for what this burst has put into the class: a session's own state.
    package func receipt(for kind: DurabilityClass) -> Receipt {
        var receipt = Receipt()
        let number = self.storeNumbers[Int(kind.rawValue)] + 1
        if kind == .state { receipt.local.state = number } else { receipt.local.journal = number }
        return receipt
    }

    package func isSettled(_ receipt: Receipt) -> Bool {
        if receipt.local.state > self.storedNumbers[0] || receipt.local.journal > self.storedNumbers[1] { return false }
        return receipt.remote.allSatisfy { self.links[$0.shard].stored[1] >= $0.number }
    }

    /// Has the peer's ``StreamPeer/progressed()`` called once, when some of what the receipt waits for has come: then it asks
    /// again whether that was all.
    package func waitForStore(_ peer: StreamPeer, until receipt: Receipt) {
        if receipt.local.state > self.storedNumbers[0],
            self.storeWaiters.add(peer, .store(.state), receipt.local.state)
        {
            return
        }
        if receipt.local.journal > self.storedNumbers[1],
            self.storeWaiters.add(peer, .store(.journal), receipt.local.journal)
        {
            return
        }
        for (shard, number) in receipt.remote where self.links[shard].stored[1] < number {
            if self.storeWaiters.add(peer, .shard(shard), number) { return }
        }
        self.afterDeliveries { peer.progressed() }  // it has come already; never inline
    }

    package func stored(_ kind: DurabilityClass, through number: UInt64) {
        self.storedNumbers[Int(kind.rawValue)] = number
        for shard in self.inbound.indices { self.inbound[shard].stored(kind, through: number) }
        for peer in self.storeWaiters.take(.store(kind), through: number) { peer.progressed() }
    }

    // MARK: Sending

    func forward(_ message: borrowing MessageView, to shards: UInt64) {
        let stored = message.payload.count >= LinkWriter.referenceThreshold ? self.storedForm(of: message) : nil
        var rest = shards
        while rest != 0 {
            let shard = rest.trailingZeroBitCount
            rest &= rest - 1
            self.links[shard].writer.write(.publish)
            self.links[shard].writer.write(message, stored)
            self.checkWindow(shard)
        }
    }

    func checkWindow(_ shard: Int) {
        if self.links[shard].isFull(self.broker.settings) { self.fullLinks |= 1 << UInt64(shard) }
    }

    /// The stream stops at a publish that cannot go, and goes on when a link has room again.
    package func waitForLink(_ id: StreamID) {
        self.counters.add(.linkStops)
        self.linkWaiters.append(id)
    }

    func sendLinks() {
        for shard in self.links.indices {
            if let batch = self.links[shard].takeBatch() {
                self.counters.add(.linkBatches)
                self.effects.batches.append((shard, batch))
            }
            if let answer = self.inbound[shard].takeAnswer() { self.effects.answers.append((shard, answer)) }
        }
    }

    package func received(_ answer: LinkAnswer, from shard: Int) {
        self.links[shard].received(answer)
        if self.fullLinks & 1 << UInt64(shard) != 0, self.links[shard].hasRoom(self.broker.settings) {
            self.fullLinks &= ~(1 << UInt64(shard))
            self.effects.resume += self.linkWaiters
            self.linkWaiters.removeAll(keepingCapacity: true)
        }
        for peer in self.storeWaiters.take(.shard(shard), through: self.links[shard].stored[1]) { peer.progressed() }
    }

    // MARK: Receiving

    package func received(_ batch: LinkBatch, from shard: Int) {
        self.inbound[shard].append(batch)
        self.effects.hasMore = true  // one slice an iteration, however much arrives
    }

    /// Processes what arrived, as much as one slice holds; the rest has its turn in the next iteration.
    func processInbound() {
        let first = self.nextInbound
        for ahead in self.inbound.indices {
            let shard = (first + ahead) % self.inbound.count
            while let batch = self.inbound[shard].first {
                let before = [self.stateRecords, self.journalRecords]
                var position = self.inbound[shard].position
                var reader = LinkReader(batch.bytes.span, at: position, blocks: batch.blocks)
                while !reader.isAtEnd, !self.wantsFlush { self.process(&reader, from: shard) }
                position = reader.position
                self.inbound[shard].position = position
                self.noteStored(before, shard)
                if !reader.isAtEnd {
                    self.effects.hasMore = true
                    self.nextInbound = (shard + 1) % self.inbound.count  // no link waits for another to be empty
                    return
                }
                let needs = self.inboundNeeds[shard]
                self.inboundNeeds[shard] = Array(repeating: 0, count: needs.count)
                self.inbound[shard].finishFirst(needs: needs)
            }
        }
    }

    /// What the slice stored belongs to the batch, whichever slice of it that was.
    private func noteStored(_ before: [Int], _ shard: Int) {
        let after = [self.stateRecords, self.journalRecords]
        for kind in before.indices where after[kind] > before[kind] {
            self.inboundNeeds[shard][kind] = self.storeNumbers[kind] + 1
        }
    }

    private func process(_ reader: inout LinkReader, from shard: Int) {
        let record = reader.record()
        if record == .publish {
            reader.message { self.publishHere($0, stored: $1) }
        } else {
            self.processShare(record, &reader)
        }
    }
}
