import Bytes
package import Machine

extension ShardState {
    // MARK: Storing

    /// Notes that this burst stores something, whose command comes at the end of the burst at the latest.
    @inline(__always) package func store(_ kind: DurabilityClass) { self.pending.add(kind) }

    /// Has the store of this shard do something.
    package func store(_ kind: DurabilityClass, _ command: StoreCommand) { self.pending.add(kind, command) }

    /// Whether this burst stores something of the class, as far as it has come.
    package func hasStores(_ kind: DurabilityClass) -> Bool { self.pending.has(kind) }

    /// What an acknowledgement has to wait for; nil in the common case that nobody stores.
    ///
    /// - Parameter keeper: The shard that stores the message as its topic's retained one; nil when it is none.
    @inline(__always) package func receipt(for outcome: PublishOutcome, keeper: Int? = nil) -> Receipt? {
        if outcome.storesHere.isEmpty, outcome.remote == nil, keeper == nil { return nil }
        return self.makeReceipt(outcome, keeper)
    }

    @inline(never) private func makeReceipt(_ outcome: PublishOutcome, _ keeper: Int?) -> Receipt {
        var receipt = Receipt()
        receipt.local = outcome.storesHere.select(from: self.storeNumbers &+ 1)
        if keeper == self.index { receipt.local[.state] = self.storeNumbers[.state] + 1 }
        if let remote = outcome.remote { receipt.elsewhere = remote }
        if let keeper, keeper != self.index {
            let position = self.links[keeper].lastPosition
            receipt.add([Receipt.Remote(shard: keeper, classes: StoreClasses(.state), position: position)])
        }
        return receipt
    }

    /// A receipt for what this burst has put into the class: a session's own state.
    package func receipt(for kind: DurabilityClass) -> Receipt {
        var receipt = Receipt()
        receipt.local[kind] = self.storeNumbers[kind] + 1
        return receipt
    }

    package func isSettled(_ receipt: Receipt) -> Bool {
        if any(receipt.local .> self.storedNumbers) { return false }
        return receipt.elsewhere?.receipts.allSatisfy { self.firstOpen($0) == nil } ?? true
    }

    /// Whether and why somebody on another shard refused the message, asked once when its receipt is settled.
    package func takeRefusal(of receipt: Receipt) -> MessageRefusal? {
        var refusal: MessageRefusal?
        for remote in receipt.remote {
            if let code = self.links[remote.shard].takeRefusal(remote.position) { refusal = MessageRefusal(code: code) }
        }
        return refusal
    }

    /// What other shards store of the message that was just forwarded.
    @inline(never) func remoteReceipts(_ storing: StoringShards) -> RemoteReceipts {
        var receipts: [Receipt.Remote] = []
        var rest = storing.any
        while rest != 0 {
            let shard = rest.trailingZeroBitCount
            rest &= rest - 1
            let position = self.links[shard].lastPosition
            receipts.append(Receipt.Remote(shard: shard, classes: storing.classes(of: shard), position: position))
        }
        return RemoteReceipts(receipts)
    }

    /// The class in which another shard has not yet stored what a batch carried to it.
    private func firstOpen(_ remote: Receipt.Remote) -> DurabilityClass? {
        DurabilityClass.allCases.first {
            remote.classes.contains(StoreClasses($0)) && self.links[remote.shard].stored[$0] < remote.position.batch
        }
    }

    /// Has the waiter's ``StoreWaiter/progressed()`` called once, when some of what the receipt waits for has come: then it asks
    /// again whether that was all.
    package func waitForStore(_ peer: any StoreWaiter, until receipt: Receipt) {
        for kind in DurabilityClass.allCases where receipt.local[kind] > self.storedNumbers[kind] {
            if self.storeWaiters.add(peer, .store(kind), receipt.local[kind]) { return }
        }
        for remote in receipt.remote {
            guard let kind = self.firstOpen(remote) else { continue }
            if self.storeWaiters.add(peer, .shard(remote.shard, kind), remote.position.batch) { return }
        }
        self.afterDeliveries { peer.progressed() }  // it has come already; never inline
    }

    package func stored(_ kind: DurabilityClass, through number: UInt64) {
        self.storedNumbers[kind] = number
        for shard in self.inbound.indices { self.inbound[shard].stored(kind, through: number) }
        if kind == .buffered || kind == .synced { self.queues.stored(kind, through: number) }
        for peer in self.storeWaiters.take(.store(kind), through: number) { peer.progressed() }
    }

    package func received(_ news: StorageNews) { self.queues.received(news) }

    /// The number of the batch that a record of the class goes into now.
    func openBatch(_ kind: DurabilityClass) -> UInt64 { self.storeNumbers[kind] + 1 }

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
        for kind in DurabilityClass.allCases {
            let number = self.links[shard].stored[kind]
            for peer in self.storeWaiters.take(.shard(shard, kind), through: number) { peer.progressed() }
        }
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
                self.pending.touched = []
                var position = self.inbound[shard].position
                var reader = LinkReader(batch.bytes.span, at: position, blocks: batch.blocks)
                while !reader.isAtEnd, !self.wantsFlush {
                    self.process(&reader, from: shard)
                    self.inbound[shard].records += 1
                }
                position = reader.position
                self.inbound[shard].position = position
                self.noteStored(self.pending.touched, shard)
                if !reader.isAtEnd {
                    self.effects.hasMore = true
                    self.nextInbound = (shard + 1) % self.inbound.count  // no link waits for another to be empty
                    return
                }
                let needs = self.inboundNeeds[shard]
                self.inboundNeeds[shard] = .zero
                self.inbound[shard].finishFirst(needs: needs)
            }
        }
    }

    /// What the slice stored belongs to the batch, whichever slice of it that was.
    private func noteStored(_ touched: StoreClasses, _ shard: Int) {
        if touched.isEmpty { return }
        for kind in DurabilityClass.allCases where touched.contains(StoreClasses(kind)) {
            self.inboundNeeds[shard][kind] = self.storeNumbers[kind] + 1
        }
    }

    private func process(_ reader: inout LinkReader, from shard: Int) {
        let record = reader.record()
        switch record {
        case .publish:
            reader.message { message, stored in
                let refusals = self.refusals
                self.publishHere(message, stored: stored)
                let why = self.takeRefusal()  // its publisher is elsewhere
                if self.refusals != refusals, message.qos > 0 { self.inbound[shard].refuse(why) }
            }
        case .retained: self.processRetained(&reader)
        case .join, .joined, .leave, .credit, .shareDelivery, .settle: self.processShare(record, &reader)
        default: self.processQueue(record, &reader)
        }
    }
}
