/// First in, first out, with one move a number however many wait.
struct NumberQueue {
    private var numbers: [UInt64] = []
    private var head = 0

    var count: Int { self.numbers.count - self.head }
    var first: UInt64? { self.head < self.numbers.count ? self.numbers[self.head] : nil }

    mutating func append(_ number: UInt64) { self.numbers.append(number) }

    mutating func removeFirst() {
        self.head += 1
        if self.head == self.numbers.count || (self.head >= 1_024 && self.head * 2 >= self.numbers.count) {
            self.numbers.removeFirst(self.head)
            self.head = 0
        }
    }
}
