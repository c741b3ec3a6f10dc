/// SplitMix64: every choice of a simulation comes from here, so that its seed is all that a replay needs.
package struct SeededRandom: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { self.state = seed }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        return SeededRandom.mix(self.state)
    }

    /// 0 ..< `bound`, which is at least 1.
    package mutating func below(_ bound: Int) -> Int {
        precondition(bound > 0, "nothing lies below \(bound)")
        return Int(self.next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    package mutating func value(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + self.below(range.upperBound - range.lowerBound + 1)
    }

    package mutating func chance(perMille: Int) -> Bool { perMille > 0 && self.below(1_000) < perMille }

    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[self.below(elements.count)] }

    package mutating func bytes(count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: self.next()) }
    }

    /// A generator of its own, so that what one part draws does not shift what another draws.
    package mutating func fork() -> SeededRandom { SeededRandom(seed: self.next()) }

    /// The finalizer alone: also what a trace is hashed with.
    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
