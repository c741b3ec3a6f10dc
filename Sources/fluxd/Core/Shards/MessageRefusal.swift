package import QueueEngine

/// Why somebody who should have kept a message did not.
package enum MessageRefusal: Equatable, Sendable {
    /// There is no memory left for messages.
    case noMemory
    case queue(Queue.Refusal)

    /// For the publisher.
    package var reason: String {
        switch self {
        case .noMemory: "the broker has no room for the message"
        case .queue(let refusal): refusal.reason
        }
    }

    /// As a link's answer carries it.
    var code: UInt8 {
        switch self {
        case .noMemory: 0
        case .queue(let refusal): refusal.rawValue + 1
        }
    }

    init(code: UInt8) {
        self = code == 0 ? .noMemory : Queue.Refusal(rawValue: code - 1).map { .queue($0) } ?? .noMemory
    }
}
