import Core
import MQTTWire
import Machine
import Testing

@testable import MQTTServer

@Suite("Requests of many filters")
struct FilterSliceTests {
    /// Filters that one slice does at most.
    private static let most = FilterRequest.slice / FilterRequest.perFilter

    private static func request(_ count: Int, _ name: (Int) -> String = { "f/\($0)" }) -> MQTTSubscribe {
        MQTTSubscribe(
            packetID: 7,
            filters: (0..<count).map { MQTTSubscription(filter: name($0).bytes, qos: UInt8($0 % 3)) }
        )
    }

    /// A client whose SUBSCRIBE of 2,000 filters is half done.
    private static func half(_ bench: Bench, _ change: (inout MQTTConnect) -> Void = { _ in }) -> BenchClient {
        let client = bench.connect("c", change)
        client.send(.subscribe(request(2_000)), ticking: false)
        while bench.count(.subscriptionsAdded) < 1_000 { bench.iterate() }
        #expect(client.subacks.isEmpty && bench.count(.subscriptionsAdded) < 2_000)
        return client
    }

    /// Nothing is under way, nothing is subscribed, nothing is held.
    private static func expectNothing(_ bench: Bench) {
        #expect(bench.count(.subscriptionsAdded) == bench.count(.subscriptionsRemoved))
        #expect(bench.broker.tree.filterCount == 0 && bench.servers.allSatisfy { $0.sessionCount == 0 })
        #expect(bench.servers.allSatisfy { $0.requests.isEmpty && $0.ending.isEmpty })
        #expect(bench.broker.budget.reservedBytes == 0)
        #expect(!bench.iterate())
    }

    @Test("between two slices others are served, what the client sent behind waits, and one SUBACK has every code")
    func slices() {
        let bench = Bench { $0.maxQoS = 1 }
        let client = bench.connect("c")
        let other = bench.connect("o")
        let request = FilterSliceTests.request(5_000) { $0 % 100 == 50 ? "f/#/\($0)" : "f/\($0)" }
        client.send(.subscribe(request), ticking: false)
        client.send(.pingreq, ticking: false)
        #expect(client.stop == .reply && bench.count(.subscriptionsAdded) == 0)
        var (before, iterations, answered) = (0, 0, 0)
        while client.subacks.isEmpty, iterations < 200 {
            other.send(.pingreq, ticking: false)
            bench.iterate()
            let added = bench.count(.subscriptionsAdded)
            #expect(added - before <= FilterSliceTests.most)
            (before, iterations, answered) = (added, iterations + 1, answered + other.pings)
            #expect(other.pings == iterations && (client.pings == 0 || !client.subacks.isEmpty))
        }
        #expect(iterations >= 5_000 / FilterSliceTests.most)
        let expected: [MQTTReasonCode] = (0..<5_000).map {
            $0 % 100 == 50 ? .topicFilterInvalid : $0 % 3 == 0 ? .grantedQoS0 : .grantedQoS1
        }
        #expect(client.subacks.first?.reasons == expected && client.subacks.first?.packetID == 7)
        bench.settle()
        #expect(client.pings == 1 && client.isIn && bench.count(.subscriptionsAdded) == 4_950)
        #expect(bench.broker.budget.reservedBytes == 0)
    }

    @Test("an UNSUBSCRIBE too: until its turn a filter has its messages, and one UNSUBACK has every code")
    func unsubscribe() {
        let bench = Bench()
        let client = bench.connect("c")
        client.send(.subscribe(FilterSliceTests.request(1_000)))
        let filters = (0..<2_000).map { $0 == 1_500 ? "#/\($0)".bytes : "f/\($0)".bytes }
        client.send(.unsubscribe(MQTTUnsubscribe(packetID: 9, filters: filters)), ticking: false)
        while bench.count(.subscriptionsRemoved) < 500 { bench.iterate() }
        let publisher = bench.connect("p")
        #expect(bench.count(.subscriptionsRemoved) == 1_000 || client.unsubacks.isEmpty)
        publisher.publish("f/0")
        bench.settle()
        #expect(client.publishes.isEmpty)
        let expected: [MQTTReasonCode] = (0..<2_000).map {
            $0 == 1_500 ? .topicFilterInvalid : $0 < 1_000 ? .success : .noSubscriptionExisted
        }
        #expect(client.unsubacks.map(\.reasons) == [expected] && bench.count(.subscriptionsRemoved) == 1_000)
    }

    @Test("nothing of a packet counts when its last filter is malformed, however many came before it")
    func malformed() {
        let bench = Bench()
        let client = bench.connect("c")
        var bytes = MQTTPacket.subscribe(FilterSliceTests.request(5_000)).encoded(.v5)
        bytes[bytes.count - 1] = 0xC0
        client.send(bytes, ticking: false)
        #expect(client.stop == .reply && client.disconnect == nil)
        bench.settle()
        #expect(client.disconnect?.reason == .malformedPacket && client.subacks.isEmpty)
        #expect(bench.count(.subscriptionsAdded) == 0)
        FilterSliceTests.expectNothing(bench)
    }

    @Test("a connection that is cut half way leaves nothing, and nothing goes on for it")
    func cut() {
        let bench = Bench()
        bench.close(FilterSliceTests.half(bench))
        FilterSliceTests.expectNothing(bench)
    }

    @Test("so does one that the broker's stop ends, or an administrator")
    func ended() {
        for end in [{ $0.servers[0].shutDown() }, { _ = $0.servers[0].expire("c".bytes) }] as [(Bench) -> Void] {
            let bench = Bench()
            let client = FilterSliceTests.half(bench)
            end(bench)
            bench.settle()
            #expect(client.disconnect != nil && client.subacks.isEmpty)
            FilterSliceTests.expectNothing(bench)
        }
    }

    @Test("a kept session that is taken over half way has what it had got, and its new connection asks for all again")
    func takenOver() {
        let bench = Bench()
        let old = FilterSliceTests.half(bench) { $0.properties.sessionExpiryInterval = 100 }
        let client = bench.connect("c") {
            $0.cleanStart = false
            $0.properties.sessionExpiryInterval = 0
        }
        let had = bench.count(.subscriptionsAdded)
        #expect(client.connack?.sessionPresent == true && old.disconnect?.reason == .sessionTakenOver && had < 2_000)
        client.send(.subscribe(FilterSliceTests.request(2_000)))
        #expect(client.subacks.map(\.reasons.count) == [2_000] && old.subacks.isEmpty)
        #expect(bench.count(.subscriptionsAdded) == 2_000)
        bench.close(client)
        bench.settle()
        FilterSliceTests.expectNothing(bench)
    }

    @Test("a session that begins anew while the old one's request is half done has none of its filters")
    func anew() {
        let bench = Bench()
        let old = FilterSliceTests.half(bench) { $0.properties.sessionExpiryInterval = 100 }
        let client = bench.connect("c")
        bench.settle()
        #expect(old.isClosed && client.connack?.sessionPresent == false)
        #expect(
            bench.count(.subscriptionsAdded) == bench.count(.subscriptionsRemoved) && bench.broker.tree.filterCount == 0
        )
        bench.close(client)
        FilterSliceTests.expectNothing(bench)
    }

    @Test("retained messages come behind the SUBACK, in the order of the filters, and only where they are asked for")
    func retained() {
        let bench = Bench()
        let publisher = bench.connect("p")
        for number in [1_900, 3, 700, 5] {
            publisher.send(
                .publish(MQTTPublish(topic: "f/\(number)".bytes, payload: [1], qos: 0, packetID: nil, retain: true))
            )
        }
        let client = bench.connect("c")
        var request = FilterSliceTests.request(2_000)
        request.filters[5].retainHandling = 2
        client.send(.subscribe(request), ticking: false)
        while bench.count(.subscriptionsAdded) < 1_000 { bench.iterate() }
        client.peer.drained()  // what a flush in between brings
        bench.settle(ticking: false)
        #expect(client.publishes.isEmpty)
        bench.settle()
        for _ in 0..<200 { client.peer.drained() }
        bench.settle()
        #expect(client.publishes.map(\.topic) == ["f/3", "f/700", "f/1900"].map(\.bytes))
        let suback = client.packets.firstIndex { if case .suback = $0 { true } else { false } }
        let first = client.packets.firstIndex { if case .publish = $0 { true } else { false } }
        #expect(suback.map { $0 < first ?? 0 } == true)
    }

    @Test("shared filters whose homes are on another shard are awaited, whatever slice asked for them")
    func shared() {
        let bench = Bench(shards: 2)
        // The homes are where the first member was.
        let member = bench.connect("m", on: 1)
        member.send(.subscribe(FilterSliceTests.request(300) { "$share/g/\($0)" }))
        let client = bench.connect("c", on: 0)
        client.send(.subscribe(FilterSliceTests.request(600) { "$share/g/\($0)" }))
        #expect(member.subacks.count == 1 && client.subacks.map(\.reasons.count) == [600])
        client.send(.pingreq)
        #expect(client.pings == 1)
        bench.close(client)
        bench.close(member)
        bench.settle()
        #expect(bench.broker.tree.filterCount == 0 && bench.broker.directory.count == 0)
    }

    @Test("many such requests take turns: the slice of one iteration is for all of them")
    func turns() {
        let bench = Bench()
        let clients = (0..<10).map { bench.connect("c\($0)") }
        for (number, client) in clients.enumerated() {
            client.send(.subscribe(FilterSliceTests.request(500) { "\(number)/\($0)" }), ticking: false)
        }
        var before = bench.count(.subscriptionsAdded)
        while bench.iterate() {
            let added = bench.count(.subscriptionsAdded)
            #expect(added - before <= FilterSliceTests.most)
            before = added
        }
        #expect(clients.allSatisfy { $0.subacks.map(\.reasons.count) == [500] })
    }
}
