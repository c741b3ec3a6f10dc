import Bytes

/// Topics that a client named by a number on this connection. Source: MQTT 5.0 §3.3.2.3.4.
struct InboundAliases {
    private var topics: [UInt16: [UInt8]] = [:]

    subscript(alias: UInt16) -> [UInt8]? {
        get { self.topics[alias] }
        set { self.topics[alias] = newValue }
    }
}

/// Numbers that we gave to topics on this connection: first come, first served, up to the client's maximum. Topics repeat, so
/// the first ones are as good as any.
final class OutboundAliases {
    private let maximum: UInt16
    private var numbers: [[UInt8]: UInt16] = [:]
    private var lastTopic: [UInt8] = []
    private var lastNumber: UInt16 = 0

    init(maximum: UInt16) { self.maximum = maximum }

    /// - Returns: The topic's number, 0 for none, and whether the client knows it already.
    func find(_ topic: Span<UInt8>) -> (number: UInt16, isKnown: Bool) {
        if topic.elementsEqual(self.lastTopic) { return (self.lastNumber, self.lastNumber != 0) }
        let key = topic.copied()
        if let number = self.numbers[key] {
            (self.lastTopic, self.lastNumber) = (key, number)
            return (number, true)
        }
        if self.numbers.count >= Int(self.maximum) { return (0, false) }
        let number = UInt16(self.numbers.count + 1)
        self.numbers[key] = number
        (self.lastTopic, self.lastNumber) = (key, number)
        return (number, false)
    }

    /// Takes back the number that ``find(_:)`` gave last: the client was not told.
    func forgetLast() {
        self.numbers[self.lastTopic] = nil
        (self.lastTopic, self.lastNumber) = ([], 0)
    }
}
