import Core
import MQTTWire
import Machine

/// Answers that a connection owes, in the order of what they answer [MQTT-4.6.0-2] [MQTT-4.6.0-3]: each waits for its own
/// receipt and for those before it.
///
/// They stand in runs: what a burst stores is one batch, so that all of its acknowledgements wait for the same.
struct OwedAcknowledgements {
    /// A PUBACK, PUBREC or PUBCOMP.
    struct Acknowledgement: Equatable {
        /// The first byte of the packet.
        var type: UInt8
        var packetID: UInt16
        var reason: MQTTReasonCode
    }

    /// Answers in a row that wait for one receipt.
    struct Run {
        var receipt: Receipt?
        /// What most answers are, without a packet to be made for each.
        fileprivate(set) var acknowledgements: [Acknowledgement] = []
        /// The only answer, whole; empty where there are ``acknowledgements``.
        var packet: [UInt8]
        /// Answers to publishes, which count against the receive maximum until they go.
        fileprivate var publishes: Int
        /// The question to a queue that the packet also waits for; 0 for none.
        var token: UInt32
        /// The message of quality of service 2 that is not routed yet; 0 for none.
        var position: UInt64

        init(receipt: Receipt?, packet: [UInt8], answersPublish: Bool, token: UInt32 = 0, position: UInt64 = 0) {
            self.receipt = receipt
            self.packet = packet
            self.publishes = answersPublish ? 1 : 0
            self.token = token
            self.position = position
        }

        fileprivate init(_ acknowledgement: Acknowledgement, _ receipt: Receipt?, answersPublish: Bool) {
            self.init(receipt: receipt, packet: [], answersPublish: answersPublish)
            self.acknowledgements.reserveCapacity(16)
            self.acknowledgements.append(acknowledgement)
        }

        /// Its answer is not known yet.
        fileprivate var isOpen: Bool { self.token != 0 || self.position != 0 }
    }

    private var runs: [Run] = []
    /// The first that is left.
    private var first = 0
    /// What the last run waits for, when acknowledgements that wait for the same may join it.
    private var joined: ClassNumbers?
    private(set) var publishes = 0

    var isEmpty: Bool { self.first == self.runs.count }
    /// What the first answer waits for.
    var firstReceipt: Receipt? { self.isEmpty ? nil : self.runs[self.first].receipt }

    mutating func append(_ run: Run) {
        self.publishes += run.publishes
        self.runs.append(run)
        self.joined = nil
    }

    mutating func append(_ acknowledgement: Acknowledgement, _ receipt: Receipt?, answersPublish: Bool) {
        // One that waits for nothing has to wait for those before it.
        let awaited = receipt == nil ? ClassNumbers.zero : receipt?.localOnly
        guard let joined = self.joined, let awaited, awaited == joined || awaited == .zero else {
            self.append(Run(acknowledgement, receipt, answersPublish: answersPublish))
            self.joined = awaited
            return
        }
        let last = self.runs.count - 1
        self.runs[last].acknowledgements.append(acknowledgement)
        if answersPublish {
            self.runs[last].publishes += 1
            self.publishes += 1
        }
    }

    /// Takes out the first run if it may go now.
    mutating func takeReady(_ isSettled: (Receipt) -> Bool) -> Run? {
        guard !self.isEmpty, !self.runs[self.first].isOpen else { return nil }
        if let receipt = self.runs[self.first].receipt, !isSettled(receipt) { return nil }
        let run = self.runs[self.first]
        self.publishes -= run.publishes
        self.first += 1
        if self.first == self.runs.count {
            self.joined = nil
            self.runs.removeAll(keepingCapacity: self.first <= 64)
            self.first = 0
        } else if self.first >= 64, self.first * 2 >= self.runs.count {
            self.runs.removeFirst(self.first)
            self.first = 0
        }
        return run
    }

    /// A message is routed.
    ///
    /// - Returns: Whether its answer was owed here.
    mutating func resolve(_ position: UInt64, _ packet: [UInt8], _ receipt: Receipt?) -> Bool {
        guard let index = self.runs[self.first...].firstIndex(where: { $0.position == position }) else { return false }
        (self.runs[index].position, self.runs[index].packet) = (0, packet)
        self.runs[index].receipt = receipt
        return true
    }

    /// A queue has answered.
    ///
    /// - Parameter packet: Makes the answer of what it was going to be.
    mutating func resolve(_ token: UInt32, _ packet: ([UInt8]) -> [UInt8]) {
        guard let index = self.runs[self.first...].firstIndex(where: { $0.token == token }) else { return }
        self.runs[index].token = 0
        self.runs[index].packet = packet(self.runs[index].packet)
    }
}
