package import AdminAPI
package import Terminal

/// What an operator wants to know first about a queue and about a group: why it grows, why it waits, why it stands.
extension Why {
    /// The server's note says which of the reasons is the gravest; here it gets its figures.
    package static func explain(_ queue: AdminV1.Queue, _ units: SizeUnits) -> Why {
        let ready = Quantity.count(queue.ready)
        if queue.state == "quarantined" {
            let reason = queue.note.hasPrefix("quarantined: ") ? String(queue.note.dropFirst(13)) : "it cannot be read"
            return Why(title: "QUARANTINED", sentence: "\(reason); nothing comes or goes", weight: .trouble)
        }
        if queue.state == "paused" {
            let sentence = "an operator holds it: nothing is delivered; \(ready) messages wait"
            return Why(title: "PAUSED", sentence: sentence, weight: .notice)
        }
        if queue.note.hasPrefix("full") {
            return Why(title: "WHY FULL", sentence: full(queue, units), weight: .trouble)
        }
        if !queue.deadLettersOf.isEmpty, queue.depth > 0, queue.consumers == 0 {
            let sentence = "\(Quantity.count(queue.depth)) messages of \(queue.deadLettersOf) could not be processed"
            return Why(title: "DEAD LETTERS", sentence: sentence, weight: .notice)
        }
        if queue.note == "no consumers" {
            let sentence = "\(ready) messages wait, and nobody takes them: it has no consumers"
            return Why(title: "WHY WAITING", sentence: sentence, weight: .trouble)
        }
        if queue.note.hasPrefix("growing") {
            return Why(title: "WHY GROWING", sentence: growing(queue), weight: .trouble)
        }
        if queue.note == "consumers take nothing" {
            let sentence = "\(ready) messages wait, and none of its consumers asks for any"
            return Why(title: "WHY WAITING", sentence: sentence, weight: .trouble)
        }
        if !queue.note.isEmpty { return Why(title: "WHY", sentence: queue.note, weight: .trouble) }
        if let rate = queue.deadLetteredPerS, rate > 0 {
            let place = queue.deadLetterQueue.isEmpty ? "away" : "to \(queue.deadLetterQueue)"
            let sentence = "\(Quantity.rate(rate))/s of its messages go \(place): they cannot be processed"
            return Why(title: "DEAD LETTERS", sentence: sentence, weight: .notice)
        }
        if queue.type == "stream" {
            return Why(
                title: "FINE",
                sentence: "its groups keep up; messages stay until they are too old",
                weight: .fine
            )
        }
        let sentence = queue.depth == 0 ? "nothing waits in it" : "its consumers take what comes"
        return Why(title: "FINE", sentence: sentence, weight: .fine)
    }

    private static func full(_ queue: AdminV1.Queue, _ units: SizeUnits) -> String {
        let isByCount = queue.depthLimit > 0 && queue.depth >= queue.depthLimit
        let what =
            isByCount || queue.bytesLimit == 0
            ? "\(Quantity.count(queue.depthLimit)) messages" : Quantity.size(queue.bytesLimit, units)
        let fate =
            switch queue.overflow {
            case "drop-head": "each that comes drops the oldest"
            case "dead-letter":
                "each that comes moves the oldest to \(queue.deadLetterQueue.isEmpty ? "nowhere" : queue.deadLetterQueue)"
            default: "publishers are refused until there is room"
            }
        return "it holds the \(what) that it may; \(fate)"
    }

    private static func growing(_ queue: AdminV1.Queue) -> String {
        let flow =
            "\(Quantity.rate(queue.messagesInPerS))/s come, \(Quantity.rate(queue.acknowledgedPerS))/s are acknowledged"
        if queue.singleActiveConsumer { return "\(flow); only one consumer may be active, more of them do not help" }
        return flow + by(queue.consumers, "consumer") + more(queue.consumers, queue.acknowledgedPerS, queue.growthPerS)
    }

    /// - Parameters:
    ///   - credit: Deliveries that its members take now; nil while that is unknown.
    ///   - stuck: Who has had a message in hand for the longest time, and how long; nil if nobody has for long.
    package static func explain(
        _ group: AdminV1.Group,
        credit: UInt64?,
        stuck: (client: String, idleMs: UInt64)?
    ) -> Why {
        let lag = Quantity.count(group.lag)
        switch group.state {
        case "paused":
            return Why(title: "PAUSED", sentence: "an operator holds it; \(lag) messages wait", weight: .notice)
        case "no members":
            let sentence = "\(lag) messages wait, and nobody takes them: it has no members"
            return Why(title: "WHY WAITING", sentence: sentence, weight: .trouble)
        default: break
        }
        if let stuck {
            let time = Quantity.duration(milliseconds: stuck.idleMs)
            let sentence = "\(stuck.client) has had a message for \(time) and says nothing about it"
            return Why(title: "WHY STUCK", sentence: sentence, weight: .trouble)
        }
        if group.members > 0, credit == 0, group.ready > 0 {
            let sentence =
                "its members have all in hand that they asked for, \(Quantity.count(group.pending)) messages;"
                + " \(Quantity.count(group.ready)) wait for them to settle some"
            return Why(title: "WHY WAITING", sentence: sentence, weight: .trouble)
        }
        if group.state == "falling behind" {
            let flow =
                "\(Quantity.rate(group.messagesInPerS))/s come, \(Quantity.rate(group.acknowledgedPerS))/s are acknowledged"
            let sentence =
                flow + by(group.members, "member") + more(group.members, group.acknowledgedPerS, group.growthPerS)
            return Why(title: "WHY BEHIND", sentence: sentence, weight: .trouble)
        }
        let sentence = group.lag == 0 ? "it has settled everything" : "it takes what comes"
        return Why(title: "FINE", sentence: sentence, weight: .fine)
    }

    private static func by(_ count: UInt64, _ noun: String) -> String {
        " by \(Quantity.count(count)) \(noun)\(count == 1 ? "" : "s")"
    }

    /// How many more like those that are there would hold the level.
    private static func more(_ count: UInt64, _ done: Double?, _ growth: Double?) -> String {
        guard count > 0, let done, let growth, done > 0, growth > 0 else { return "" }
        let wanted = (growth / (done / Double(count))).rounded(.up)
        guard wanted < 1_000 else { return "" }
        return "; about \(Quantity.count(UInt64(wanted))) more would hold the level"
    }
}
