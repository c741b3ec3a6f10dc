import Bytes
import Core
import MQTTWire
import Machine
import Simulation
import Testing

@testable import MQTTServer

@Suite("Inflight window")
struct InflightWindowTests {
    @Test(
        "it finds, releases and closes what a dictionary does, in the order of sending",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func againstModel(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var window = InflightWindow()
        var model: [(id: UInt16, state: InflightWindow.State)] = []
        for _ in 0..<3_000 {
            if model.count < 300, random.chance(perMille: 520) {
                let state = random.pick([InflightWindow.State.awaitingPuback, .awaitingPubrec])
                let id = window.open(state, MessageSlot(7), retain: false, identifier: 3)
                #expect(id != 0 && !model.contains { $0.id == id }, "an identifier is given twice")
                model.append((id, state))
            } else if !model.isEmpty {
                let index = random.below(model.count)
                if model[index].state == .awaitingPubrec {
                    window.released(model[index].id)
                    model[index].state = .awaitingPubcomp
                    #expect(window.find(model[index].id)?.slot == MessageSlot.none)
                } else {
                    window.close(model[index].id)
                    #expect(window.find(model[index].id) == nil)
                    model.remove(at: index)
                }
            }
            #expect(window.count == model.count)
        }
        #expect(window.inOrder.map(\.packetID) == model.map(\.id))
        #expect(window.inOrder.map(\.state) == model.map(\.state))
    }

    @Test("all 65,535 identifiers can be in flight at once")
    func everyIdentifier() {
        var window = InflightWindow()
        var seen = Set<UInt16>()
        for _ in 0..<65_535 { seen.insert(window.open(.awaitingPuback, .none, retain: false, identifier: 0)) }
        #expect(seen.count == 65_535 && !seen.contains(0))
        for id in 1...UInt16.max { window.close(id) }
        #expect(window.count == 0)
    }

    @Test("identifiers go round, passing over those in use")
    func wrapAround() {
        var window = InflightWindow()
        let first = window.open(.awaitingPuback, .none, retain: false, identifier: 0)
        for _ in 0..<65_534 {
            let id = window.open(.awaitingPuback, .none, retain: false, identifier: 0)
            #expect(id != first)
            window.close(id)
        }
        let next = window.open(.awaitingPuback, .none, retain: false, identifier: 0)
        #expect(next != first && next != 0)
        #expect(window.inOrder.map(\.packetID) == [first, next])
    }

    @Test(
        "entries of an earlier run come back under their identifiers, and new ones keep clear of them",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func restored(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var window = InflightWindow()
        var known: Set<UInt16> = []
        var order: [UInt16] = []
        for number in 0..<300 as Range<UInt32> {
            let packetID = UInt16(1 + random.below(65_535))
            guard known.insert(packetID).inserted else { continue }
            window.restore(packetID, .awaitingPubrec, MessageSlot(1), true, 7, UInt32.max - 150 &+ number)
            order.append(packetID)
        }
        window.goOn(after: UInt32.max - 150 &+ 299)
        #expect(window.count == order.count)
        #expect(window.inOrder.map(\.packetID) == order)
        for _ in 0..<2_000 {
            let packetID = window.open(.awaitingPuback, .none, retain: false, identifier: 0)
            #expect(known.insert(packetID).inserted)
            order.append(packetID)
        }
        #expect(window.inOrder.map(\.packetID) == order)
        for packetID in order { #expect(window.find(packetID) != nil) }
    }
}

@Suite("Message queue")
struct MessageQueueTests {
    @Test("it is first in, first out, and counts its bytes", arguments: 1...8 as ClosedRange<UInt64>)
    func againstModel(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var queue = MessageQueue()
        var ticket: UInt32 = 0
        var model: [(slot: MessageSlot, ticket: UInt32, bytes: Int)] = []
        for number in 0..<6_000 {
            switch random.below(5) {
            case 0, 1, 2:
                let bytes = random.below(100)
                let slot = MessageSlot(Int32(number))
                ticket &+= 1
                queue.append(slot, bytes: bytes, identifier: 0, qos: 1, retain: false, ticket: ticket)
                model.append((slot, ticket, bytes))
            case 3:
                guard let first = model.first else { continue }
                #expect(queue.next?.slot == first.slot && queue.next?.ticket == first.ticket)
                queue.removeFirst(bytes: first.bytes)
                model.removeFirst()
            default:
                guard random.chance(perMille: 10) else { continue }
                let sizes = Dictionary(uniqueKeysWithValues: model.map { ($0.ticket, $0.bytes) })
                let gone = queue.remove(unless: { $0.ticket % 3 != 0 }, bytes: { sizes[$0.ticket] ?? 0 })
                #expect(gone.map(\.ticket) == model.map(\.ticket).filter { $0 % 3 == 0 })
                model.removeAll { $0.ticket % 3 == 0 }
            }
            #expect(queue.count == model.count && queue.isEmpty == model.isEmpty)
            if number % 100 == 0 {
                let from = random.chance(perMille: 300) ? queue.beforeFirst : UInt32(random.below(Int(ticket) + 2))
                let expected = model.map(\.ticket).filter { $0 > from }.prefix(10)
                #expect(queue.entries(after: from, limit: 10).map(\.ticket) == Array(expected))
            }
            #expect(queue.bytes == model.reduce(0) { $0 + $1.bytes })
        }
    }
}

@Suite("Packet identifiers, owed acknowledgements, aliases")
struct SessionPartsTests {
    @Test("the set of identifiers is a set", arguments: 1...4 as ClosedRange<UInt64>)
    func packetIDs(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var set = PacketIDSet()
        var model = Set<UInt16>()
        for _ in 0..<5_000 {
            let id = UInt16(random.chance(perMille: 500) ? random.below(2_000) : random.below(65_536))
            switch random.below(3) {
            case 0: #expect(set.insert(id) == model.insert(id).inserted)
            case 1: #expect(set.remove(id) == (model.remove(id) != nil))
            default: #expect(set.contains(id) == model.contains(id))
            }
            #expect(set.count == model.count)
        }
    }

    @Test("a walk over packet identifiers meets each once, lowest first")
    func packetIDWalk() {
        var random = SeededRandom(seed: 1)
        var set = PacketIDSet()
        var model = Set<UInt16>()
        for _ in 0..<500 {
            let id = UInt16(random.below(65_536))
            _ = set.insert(id)
            model.insert(id)
        }
        var found: [UInt16] = []
        set.forEach { found.append($0) }
        #expect(found == model.sorted())
    }

    @Test("an acknowledgement of a message that is not routed yet holds up those behind it, and has its words then")
    func owedIntent() {
        var owed = OwedAcknowledgements()
        owed.append(.init(receipt: nil, packet: [], answersPublish: false, position: 9))
        owed.append(.init(receipt: nil, packet: [2], answersPublish: true))
        #expect(owed.firstReceipt == nil)
        #expect(packets(&owed) { _ in true }.isEmpty)
        let unknown = owed.resolve(8, [7], nil)
        #expect(!unknown)
        let isKnown = owed.resolve(9, [1], nil)
        #expect(isKnown)
        #expect(packets(&owed) { _ in true } == [[1], [2]])
    }

    @Test("an acknowledgement waits for those before it")
    func owed() {
        var owed = OwedAcknowledgements()
        let shard = ShardState(index: 0, broker: Broker(shards: 1, key: 1, settings: BrokerSettings()))
        let receipt = shard.receipt(for: .journal)
        owed.append(.init(receipt: nil, packet: [1], answersPublish: true))
        owed.append(.init(receipt: receipt, packet: [2], answersPublish: true))
        owed.append(.init(receipt: nil, packet: [3], answersPublish: false))
        owed.append(.init(receipt: nil, packet: [4], answersPublish: true))
        #expect(owed.publishes == 3)
        #expect(packets(&owed) { _ in false } == [[1]])
        #expect(packets(&owed) { _ in false }.isEmpty)
        #expect(owed.publishes == 2)
        #expect(packets(&owed) { _ in true } == [[2], [3], [4]])
        #expect(owed.isEmpty && owed.publishes == 0)
    }

    @Test("acknowledgements in a row that wait for one batch go together, and others wait for their own")
    func owedRuns() {
        var owed = OwedAcknowledgements()
        let shard = ShardState(index: 0, broker: Broker(shards: 1, key: 1, settings: BrokerSettings()))
        let (journal, state) = (shard.receipt(for: .journal), shard.receipt(for: .state))
        for packetID in UInt16(1)...40 {
            let receipt = packetID <= 20 ? journal : state
            owed.append(puback(packetID), receipt, answersPublish: packetID % 2 == 0)
        }
        #expect(owed.publishes == 20)
        let early = owed.takeReady { $0.localOnly == state.localOnly }
        #expect(early == nil)
        let first = owed.takeReady { $0.localOnly == journal.localOnly }
        #expect(first?.acknowledgements == (1...20).map(puback))
        #expect(owed.publishes == 10 && owed.firstReceipt?.localOnly == state.localOnly)
        // It waits for nothing but those before it.
        owed.append(puback(41), nil, answersPublish: true)
        let second = owed.takeReady { _ in true }
        #expect(second?.acknowledgements == (21...41).map(puback))
        #expect(owed.isEmpty && owed.publishes == 0)
    }

    @Test("an acknowledgement behind a whole packet goes behind it")
    func owedBehindPacket() {
        var owed = OwedAcknowledgements()
        owed.append(puback(1), nil, answersPublish: true)
        owed.append(.init(receipt: nil, packet: [2], answersPublish: true))
        owed.append(puback(3), nil, answersPublish: true)
        #expect(owed.takeReady { _ in true }?.acknowledgements == [puback(1)])
        #expect(owed.takeReady { _ in true }?.packet == [2])
        #expect(owed.takeReady { _ in true }?.acknowledgements == [puback(3)])
    }

    @Test("an acknowledgement that waits for a queue waits for its own answer, which may turn it round")
    func owedByQueues() {
        var owed = OwedAcknowledgements()
        owed.append(.init(receipt: nil, packet: [1], answersPublish: true, token: 7))
        owed.append(.init(receipt: nil, packet: [2], answersPublish: true, token: 8))
        #expect(packets(&owed) { _ in true }.isEmpty)
        owed.resolve(8) { $0 + [0] }
        owed.resolve(9) { _ in [] }
        #expect(packets(&owed) { _ in true }.isEmpty)
        owed.resolve(7) { $0 }
        #expect(packets(&owed) { _ in true } == [[1], [2, 0]])
        #expect(owed.isEmpty && owed.publishes == 0)
    }

    @Test("topics get numbers until the client's maximum, and the client is told each once")
    func outboundAliases() {
        let aliases = OutboundAliases(maximum: 2)
        func find(_ topic: String) -> (UInt16, Bool) {
            let bytes = Array(topic.utf8)
            let found = aliases.find(bytes.span)
            return (found.number, found.isKnown)
        }
        #expect(find("a") == (1, false))
        #expect(find("a") == (1, true))
        #expect(find("b") == (2, false))
        #expect(find("c") == (0, false))
        #expect(find("a") == (1, true))
        #expect(find("c") == (0, false))
    }

    @Test("a number that the client was not told of is given again")
    func forgottenAlias() {
        let aliases = OutboundAliases(maximum: 5)
        let (first, second): ([UInt8], [UInt8]) = ([97], [98])
        _ = aliases.find(first.span)
        aliases.forgetLast()
        let other = aliases.find(second.span)
        let again = aliases.find(first.span)
        #expect(other == (1, false))
        #expect(again == (2, false))
    }
}

private func puback(_ packetID: UInt16) -> OwedAcknowledgements.Acknowledgement {
    OwedAcknowledgements.Acknowledgement(type: 0x40, packetID: packetID, reason: .success)
}

/// The packets that may go now.
private func packets(_ owed: inout OwedAcknowledgements, _ isSettled: (Receipt) -> Bool) -> [[UInt8]] {
    var packets: [[UInt8]] = []
    while let run = owed.takeReady(isSettled) { packets.append(run.packet) }
    return packets
}
