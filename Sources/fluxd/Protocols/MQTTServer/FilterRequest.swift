import Core
import MQTTWire

/// A SUBSCRIBE or UNSUBSCRIBE under way. All of it is read once before any of it counts, and it is answered when all of it is done.
///
/// One packet may name 60,000 filters, so it is done in slices: the first at once, the others one a tick, and nothing else of the
/// client is parsed meanwhile. If the connection ends first, nobody is owed an answer, and the session has what it had got: the
/// client asks again, as it does when it misses an answer.
final class FilterRequest {
    /// What one slice may cost, about 150 us: a filter is ``perFilter``, and 1 to be read beforehand.
    static let slice = 512
    static let perFilter = 8

    let packetID: UInt16
    let isSubscribe: Bool
    let identifier: UInt32
    private let body: [UInt8]
    private var reader: MQTTFilterReader
    /// Where ``reader`` was before it read ahead; nil once all has been read.
    private var start: MQTTFilterReader?

    /// One for each filter that is done.
    var reasons: [MQTTReasonCode] = []
    /// Why the first filter that was refused was.
    var why: String?
    /// Shared filters whose home has not answered.
    var awaited: Set<[UInt8]> = []
    /// Queues that have not answered: the place in ``reasons`` by the subscription's handle.
    var awaitedQueues: [UInt32: Int] = [:]
    private let userProperties: [MQTTUserProperty]
    private var knownTerms: Result<QueueTerms, QueueRefusal>?
    /// All filters are done.
    var isThrough = false
    /// The record of a kept session's subscriptions.
    var receipt: Receipt?

    init(_ reader: MQTTFilterReader, _ body: [UInt8]) {
        self.packetID = reader.packetID
        self.isSubscribe = reader.type == .subscribe
        self.identifier = reader.properties.subscriptionIdentifiers.first ?? 0
        self.userProperties = reader.properties.userProperties
        self.body = body
        self.reader = reader
        self.start = reader
    }

    /// - Returns: Whether the budget was enough to read what had not been read yet.
    func check(_ budget: inout Int) throws(MQTTDecodeError) -> Bool {
        guard let start = self.start else { return true }
        let body = self.body
        while budget > 0 {
            budget -= 1
            if try self.reader.next(in: body.span) == nil {
                self.reader = start
                self.start = nil
                return true
            }
        }
        return false
    }

    func next() throws(MQTTDecodeError) -> MQTTSubscription? {
        let body = self.body
        return try self.reader.next(in: body.span)
    }

    /// Everybody who has to be asked has answered.
    var isAnswered: Bool { self.isThrough && self.awaited.isEmpty && self.awaitedQueues.isEmpty }

    /// What the packet's user properties say about queues; the same for all of its filters.
    func queueTerms() throws(QueueRefusal) -> QueueTerms {
        if self.knownTerms == nil {
            let properties = self.userProperties
            self.knownTerms = Result { () throws(QueueRefusal) in try QueueTerms(properties) }
        }
        guard let terms = self.knownTerms else { return QueueTerms() }
        return try terms.get()
    }

    func refuse(_ reason: MQTTReasonCode, _ why: String) {
        self.reasons.append(reason)
        if self.why == nil { self.why = why }
    }
}

@available(*, unavailable)
extension FilterRequest: Sendable {}
