/// First in, first out, with one move an element however many wait: an array's `removeFirst` moves all the others.
struct FIFO<Element> {
    private var elements: [Element?] = []
    private var head = 0

    init() {}

    var count: Int { self.elements.count - self.head }
    var isEmpty: Bool { self.count == 0 }

    /// Counted from the first one that is left.
    subscript(index: Int) -> Element {
        guard let element = self.elements[self.head + index] else {
            preconditionFailure("an element that was taken out")
        }
        return element
    }

    mutating func append(_ element: Element) { self.elements.append(element) }

    mutating func removeFirst() -> Element {
        let element = self[0]
        self.elements[self.head] = nil
        self.head += 1
        if self.head == self.elements.count {
            self.elements.removeAll(keepingCapacity: self.head <= 1_024)
            self.head = 0
        } else if self.head >= 1_024, self.head * 2 >= self.elements.count {
            self.elements.removeFirst(self.head)
            self.head = 0
        }
        return element
    }
}
