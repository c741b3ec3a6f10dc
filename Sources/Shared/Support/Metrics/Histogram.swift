/// How often values of each size were seen, to within 1/32 of the value: 32 equal steps in each power of two.
///
/// 15 KiB, and no allocation after `init`. Values are what the user counts in, usually nanoseconds. Not shared: each
/// thread has its own, and a reader gets a copy.
package struct Histogram: Equatable, Sendable {
    private static let steps = 32
    private static let stepBits = 5

    private var buckets = [UInt64](repeating: 0, count: (64 - Self.stepBits + 1) * Self.steps)
    package private(set) var count: UInt64 = 0
    /// A Double, since nanoseconds of a busy year pass 64 bits.
    package private(set) var sum = 0.0
    package private(set) var maximum: UInt64 = 0

    package init() {}

    package mutating func record(_ value: UInt64, times: UInt64 = 1) {
        self.buckets[Self.bucket(of: value)] += times
        self.count += times
        self.sum += Double(value) * Double(times)
        self.maximum = max(self.maximum, value)
    }

    package mutating func merge(_ other: Histogram) {
        for index in self.buckets.indices { self.buckets[index] += other.buckets[index] }
        self.count += other.count
        self.sum += other.sum
        self.maximum = max(self.maximum, other.maximum)
    }

    /// The value that `fraction` (0...1) of all values do not pass, to within a step, never more than ``maximum``; nil
    /// when empty.
    package func quantile(_ fraction: Double) -> UInt64? {
        guard self.count > 0 else { return nil }
        let rank = max(1, UInt64((fraction * Double(self.count)).rounded(.up)))
        var seen: UInt64 = 0
        for (index, bucket) in self.buckets.enumerated() {
            seen += bucket
            if seen >= rank { return min(Self.upperBound(of: index), self.maximum) }
        }
        return self.maximum
    }

    /// How many values are less than two to the power of `exponent`, which is 5...63.
    package func count(below exponent: Int) -> UInt64 {
        precondition((Self.stepBits...63).contains(exponent), "no bucket ends at 2^\(exponent)")
        return self.buckets[..<Self.bucket(of: 1 << UInt64(exponent))].reduce(0, +)
    }

    /// Values below 32 have a bucket each; after that the five bits behind the leading one choose the step.
    private static func bucket(of value: UInt64) -> Int {
        guard value >= Self.steps else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        let shift = exponent - Self.stepBits
        return (shift + 1) * Self.steps + Int((value >> UInt64(shift)) & UInt64(Self.steps - 1))
    }

    private static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= Self.steps else { return UInt64(bucket) }
        let shift = UInt64(bucket / Self.steps - 1)
        let lower = UInt64(Self.steps + bucket % Self.steps) << shift
        return lower + ((1 << shift) - 1)
    }
}
