import Bytes
import Core
import MQTTWire
import Machine
import Synchronization
import Testing

@testable import MQTTServer

/// Shards without a loop: a test does what a loop would do, one step at a time, and decides when a job is done.
final class Bench {
    let broker: Broker
    let shards: [ShardState]
    let servers: [MQTTShard]
    let reports = Reports()
    private(set) var now: UInt64 = 1_000
    /// Jobs that wait for the test to do them, oldest first.
    private(set) var jobs: [(shard: Int, ticket: UInt64, run: () -> any Sendable)] = []
    private(set) var ticks = 0
    private var clients: [StreamKey: BenchClient] = [:]
    private var slots: [Int]

    final class Reports: Sendable {
        private let list = Mutex<[MQTTReport]>([])
        func add(_ report: MQTTReport) { self.list.withLock { $0.append(report) } }
        var all: [MQTTReport] { self.list.withLock { $0 } }
        var words: [String] { self.all.map { "\($0)" } }
    }

    private struct StreamKey: Hashable {
        var shard: Int
        var id: StreamID
    }

    init(
        shards count: Int = 1,
        authenticator: any Authenticator = OpenAuthenticator(anonymous: [0]),
        authorizer: any Authorizer = AllowEverything(),
        allowsAnonymous: Bool = true,
        settings change: (inout MQTTSettings) -> Void = { _ in }
    ) {
        var settings = MQTTSettings()
        change(&settings)
        let broker = Broker(
            shards: count,
            key: 1,
            settings: BrokerSettings(),
            authenticator: authenticator,
            authorizer: authorizer
        )
        let listener = MQTTListener(
            index: 0,
            name: "bench",
            allowsAnonymous: allowsAnonymous,
            connectTimeout: 10_000
        )
        self.broker = broker
        let shards = (0..<count).map { ShardState(index: $0, broker: broker, now: 1_000) }
        let reports = self.reports
        self.servers = shards.map { shard in
            MQTTShard(on: shard, settings: settings, listeners: [listener]) { reports.add($0) }
        }
        self.shards = shards
        self.slots = Array(repeating: 0, count: count)
        for shard in shards { shard.now = self.now }
    }

    func count(_ counter: ShardCounter) -> Int { Int(self.broker.total(counter)) }

    // MARK: Streams

    private func makeID(_ shard: Int) -> StreamID {
        self.slots[shard] += 1
        return StreamID(slot: UInt32(self.slots[shard]), generation: 1)
    }

    func client(on shard: Int = 0, facts: StreamFacts? = nil) -> BenchClient {
        let id = self.makeID(shard)
        let facts = facts ?? StreamFacts(remote: .ipv4(0x0A00_0001, port: UInt16(truncatingIfNeeded: id.slot)))
        guard let peer = self.shards[shard].opened(id, listener: 0, facts: facts) else {
            preconditionFailure("the shard takes no streams")
        }
        let client = BenchClient(self, peer, shard)
        self.clients[StreamKey(shard: shard, id: id)] = client
        return client
    }

    /// A client that has sent its CONNECT, whatever became of that.
    func connect(
        _ clientID: String,
        user: String? = nil,
        password: String? = nil,
        version: MQTTVersion = .v5,
        on shard: Int = 0,
        _ change: (inout MQTTConnect) -> Void = { _ in }
    ) -> BenchClient {
        let client = self.client(on: shard)
        client.version = version
        var packet = MQTTConnect(version: version, keepAlive: 0, clientID: clientID)
        packet.username = user
        packet.password = password.map { Array($0.utf8) }
        change(&packet)
        client.send(packet.encoded())
        return client
    }

    /// The client's end is closed.
    func close(_ client: BenchClient) {
        if client.isClosed { return }
        client.isClosed = true
        self.clients[StreamKey(shard: client.shard, id: client.peer.id)] = nil
        client.peer.closed()
        self.settle()
    }

    // MARK: What a loop does

    /// Does all that the shards want done, except jobs; ticks only if asked to.
    func settle(ticking: Bool = true) {
        var isBusy = true
        while isBusy {
            isBusy = false
            for shard in self.shards { if self.settle(shard, ticking) { isBusy = true } }
        }
        for client in self.clients.values { client.read() }
    }

    private func settle(_ shard: ShardState, _ ticking: Bool) -> Bool {
        let effects = shard.effects
        var did = false
        if effects.hasMore, ticking {
            effects.hasMore = false
            self.ticks += 1
            shard.tick()
            did = true
        }
        shard.endOfBurst()
        for batch in effects.storage {
            shard.stored(batch.kind, through: batch.number)
            did = true
        }
        effects.storage.removeAll()
        for (to, batch) in effects.batches { self.shards[to].received(batch, from: shard.index) }
        for (to, answer) in effects.answers { self.shards[to].received(answer, from: shard.index) }
        did = did || !effects.batches.isEmpty || !effects.answers.isEmpty
        effects.batches.removeAll()
        effects.answers.removeAll()
        for peer in effects.dirty { peer._withUnsafeGuaranteedRef { $0.clearDirty() } }
        effects.dirty.removeAll()
        shard.flushed()
        for job in effects.jobs { self.jobs.append((shard.index, job.ticket, job.run)) }
        effects.jobs.removeAll()
        let (moves, closes, resumes) = (effects.moves, effects.close, effects.resume)
        (effects.moves, effects.close, effects.resume) = ([], [], [])
        for move in moves {
            guard let client = self.clients.removeValue(forKey: StreamKey(shard: shard.index, id: move.stream)) else {
                continue
            }
            client.read()
            var state = move.state
            state.unread = client.unread
            let id = self.makeID(move.to)
            client.peer = self.shards[move.to].arrived(id, state)
            client.shard = move.to
            client.stop = nil
            self.clients[StreamKey(shard: move.to, id: id)] = client
            client.offer()
        }
        for close in closes {
            guard let client = self.clients.removeValue(forKey: StreamKey(shard: shard.index, id: close.stream)) else {
                continue
            }
            client.read()
            client.isClosed = true
            client.peer.closed()
        }
        for id in resumes {
            guard let client = self.clients[StreamKey(shard: shard.index, id: id)], client.stop != nil else { continue }
            client.stop = nil
            client.offer()
        }
        return did || !moves.isEmpty || !closes.isEmpty || !resumes.isEmpty
    }

    /// The end of one iteration on each shard that has work left.
    ///
    /// - Returns: Whether there was one.
    @discardableResult
    func iterate() -> Bool {
        let busy = self.shards.filter { $0.effects.hasMore }
        for shard in busy {
            shard.effects.hasMore = false
            self.ticks += 1
            shard.tick()
        }
        self.settle(ticking: false)
        return !busy.isEmpty
    }

    /// Lets time pass, and everything happen that is due meanwhile.
    func run(_ milliseconds: UInt64) {
        self.settle()
        let end = self.now + milliseconds
        while let due = self.shards.compactMap({ $0.effects.deadline }).min(), due <= end {
            self.now = max(self.now, due)
            for shard in self.shards { shard.now = self.now }
            for shard in self.shards where shard.effects.deadline.map({ $0 <= self.now }) ?? false {
                self.ticks += 1
                shard.tick()
            }
            self.settle()
        }
        self.now = end
        for shard in self.shards { shard.now = end }
    }

    /// Does the oldest job, and brings its answer.
    func finishJob() {
        let job = self.jobs.removeFirst()
        self.shards[job.shard].finished(job.ticket, job.run())
        self.settle()
    }
}

/// A client's end of a stream on a ``Bench``: bytes in, packets out.
final class BenchClient {
    private unowned let bench: Bench
    fileprivate(set) var peer: StreamPeer
    fileprivate(set) var shard: Int
    fileprivate(set) var isClosed = false
    fileprivate(set) var stop: StopReason?
    fileprivate(set) var unread: [UInt8] = []
    private(set) var packets: [MQTTPacket] = []
    private var received: [UInt8] = []
    var version = MQTTVersion.v5

    fileprivate init(_ bench: Bench, _ peer: StreamPeer, _ shard: Int) {
        self.bench = bench
        self.peer = peer
        self.shard = shard
    }

    func send(_ bytes: [UInt8], ticking: Bool = true) {
        self.unread += bytes
        if self.stop == nil { self.offer() }
        self.bench.settle(ticking: ticking)
    }

    func send(_ packet: MQTTPacket, ticking: Bool = true) { self.send(packet.encoded(self.version), ticking: ticking) }

    func publish(_ topic: String, _ payload: [UInt8] = [1], qos: UInt8 = 0, packetID: UInt16 = 1) {
        let packet = MQTTPublish(
            topic: Array(topic.utf8),
            payload: payload,
            qos: qos,
            packetID: qos > 0 ? packetID : nil
        )
        self.send(.publish(packet))
    }

    func subscribe(_ filters: String..., qos: UInt8 = 1) {
        let filters = filters.map { MQTTSubscription(filter: Array($0.utf8), qos: qos) }
        self.send(.subscribe(MQTTSubscribe(packetID: 7, filters: filters)))
    }

    fileprivate func offer() {
        while !self.isClosed, self.stop == nil, !self.unread.isEmpty {
            let result = self.peer.received(self.unread.span, block: nil)
            self.unread.removeFirst(result.consumed)
            self.stop = result.stop
            if result.stop == .slice { self.stop = nil } else if result.consumed == 0 { return }
        }
    }

    fileprivate func read() {
        let bytes = self.peer.output.withPending(limit: 256) { segments in
            segments.flatMap { Array(UnsafeRawBufferPointer(start: $0.base, count: $0.count)) }
        }
        if bytes.isEmpty { return }
        self.peer.output.dropFirst(bytes.count)
        self.received += bytes
        var start = 0
        while let header = try? mqttFrameHeader(in: self.received.span, at: start),
            self.received.count - start >= header.totalLength
        {
            let body = Array(self.received[(start + header.headerLength)..<(start + header.totalLength)])
            do throws(MQTTDecodeError) {
                self.packets.append(try MQTTPacket.decode(header, body.span, version: self.version))
            } catch {
                Issue.record("the server sent what is no packet: \(error)")
            }
            start += header.totalLength
        }
        self.received.removeFirst(start)
    }

    // MARK: What came

    var connack: MQTTConnack? {
        for case .connack(let packet) in self.packets { return packet }
        return nil
    }
    var disconnect: MQTTDisconnect? {
        for case .disconnect(let packet) in self.packets { return packet }
        return nil
    }
    var auths: [MQTTAuth] { self.packets.compactMap { if case .auth(let packet) = $0 { packet } else { nil } } }
    var subacks: [MQTTSuback] { self.packets.compactMap { if case .suback(let packet) = $0 { packet } else { nil } } }
    var unsubacks: [MQTTUnsuback] {
        self.packets.compactMap { if case .unsuback(let packet) = $0 { packet } else { nil } }
    }
    var pings: Int { self.packets.count { $0 == .pingresp } }
    var answers: [MQTTAcknowledgement] {
        self.packets.compactMap { if case .acknowledgement(let packet) = $0 { packet } else { nil } }
    }
    var publishes: [MQTTPublish] {
        self.packets.compactMap { if case .publish(let packet) = $0 { packet } else { nil } }
    }
    var isIn: Bool { self.connack?.reason == .success && !self.isClosed }
}
