/// First in, first out, with one move an element however many wait: an array's `removeFirst` moves all the others.
///
/// Public, as what is inlined into other modules has to be: a session looks at one with each acknowledgement.
public struct FIFO<Element> {
    @usableFromInline var elements: [Element?] = []
    @usableFromInline var head = 0

    @inlinable public init() {}

    @inlinable public var count: Int { self.elements.count - self.head }
    @inlinable public var isEmpty: Bool { self.elements.count == self.head }
    @inlinable public var first: Element? { self.isEmpty ? nil : self[0] }

    /// Counted from the first one that is left.
    @inlinable public subscript(index: Int) -> Element {
        guard let element = self.elements[self.head + index] else {
            preconditionFailure("an element that was taken out")
        }
        return element
    }

    @inlinable public mutating func append(_ element: Element) { self.elements.append(element) }

    @inlinable public mutating func removeFirst() -> Element {
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
