/// How often times of each length were seen, to within 1/1024 of the length: 1,024 equal steps in each power of two.
///
/// Finer than the daemon's histogram, which is on the path of every message: 264 KiB, for one that is read to three digits.
/// Nanoseconds from 0 to 73 minutes; what is longer counts as that long, but ``maximum`` is exact.
struct LatencyHistogram: Equatable, Sendable {
    private static let stepBits = 10
    private static let steps = 1 << Self.stepBits
    private static let topBits = 42
    private static let largest: UInt64 = 1 << UInt64(Self.topBits) - 1

    private static let bucketCount = (Self.topBits - Self.stepBits + 1) * Self.steps

    /// Empty until something is recorded.
    private var buckets: [UInt64] = []
    /// Buckets that may hold something; merging and reading look at no others.
    private var used: Range<Int>?
    private(set) var count: UInt64 = 0
    private(set) var sum = 0.0
    private(set) var minimum = UInt64.max
    private(set) var maximum: UInt64 = 0

    mutating func record(_ nanoseconds: UInt64) {
        let bucket = Self.bucket(of: min(nanoseconds, Self.largest))
        self.makeBuckets()
        self.buckets[bucket] += 1
        self.note(bucket..<(bucket + 1))
        self.count += 1
        self.sum += Double(nanoseconds)
        self.minimum = min(self.minimum, nanoseconds)
        self.maximum = max(self.maximum, nanoseconds)
    }

    mutating func merge(_ other: LatencyHistogram) {
        if other.count == 0 { return }
        self.makeBuckets()
        let range = other.used ?? 0..<0
        for index in range { self.buckets[index] += other.buckets[index] }
        self.note(range)
        self.count += other.count
        self.sum += other.sum
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
    }

    var mean: Double? { self.count == 0 ? nil : self.sum / Double(self.count) }

    /// Of all values, each taken as the middle of its step.
    var standardDeviation: Double {
        guard let mean else { return 0 }
        let squares = self.filled.reduce(0.0) { sum, bucket in
            let middle = (Double(bucket.lower) + Double(bucket.upper)) / 2
            return sum + (middle - mean) * (middle - mean) * Double(bucket.count)
        }
        return (squares / Double(self.count)).squareRoot()
    }

    /// The value that `fraction` (0...1) of all values do not pass, to within a step, never more than ``maximum``; nil when empty.
    func quantile(_ fraction: Double) -> UInt64? {
        guard self.count > 0 else { return nil }
        let rank = max(1, UInt64((fraction * Double(self.count)).rounded(.up)))
        var seen: UInt64 = 0
        for bucket in self.filled {
            seen += bucket.count
            if seen >= rank { return min(bucket.upper, self.maximum) }
        }
        return self.maximum
    }

    /// One step that holds values: both bounds belong to it.
    struct Bucket: Equatable {
        let lower: UInt64
        let upper: UInt64
        let count: UInt64
    }

    /// In ascending order.
    var filled: some Sequence<Bucket> {
        (self.used ?? 0..<0).lazy.filter { self.buckets[$0] > 0 }.map { index in
            let lower = Self.lowerBound(of: index)
            return Bucket(lower: lower, upper: Self.lowerBound(of: index + 1) - 1, count: self.buckets[index])
        }
    }

    private mutating func makeBuckets() {
        if self.buckets.isEmpty { self.buckets = [UInt64](repeating: 0, count: Self.bucketCount) }
    }

    private mutating func note(_ range: Range<Int>) {
        let old = self.used ?? range
        self.used = min(old.lowerBound, range.lowerBound)..<max(old.upperBound, range.upperBound)
    }

    /// Values below 1,024 have a bucket each; after that the ten bits behind the leading one choose the step.
    private static func bucket(of value: UInt64) -> Int {
        guard value >= Self.steps else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - Self.stepBits
        return (shift + 1) * Self.steps + Int(value >> UInt64(shift)) - Self.steps
    }

    private static func lowerBound(of bucket: Int) -> UInt64 {
        guard bucket >= Self.steps else { return UInt64(bucket) }
        let shift = UInt64(bucket / Self.steps - 1)
        return UInt64(Self.steps + bucket % Self.steps) << shift
    }
}
